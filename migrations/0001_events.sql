-- Templates, events, participations, rewards, analytics: the tables that clients' data lives in.
--
-- Every key of an event-scoped table starts with event_id, so that the tables can be sharded by it.
-- Times are written by the server from its own clock; the defaults and triggers serve whoever writes by hand.

CREATE SCHEMA IF NOT EXISTS gameplay;

-- Edits of events and templates --------------------------------------------------------------------------------------

-- The server raises `version` and sets `updated_at` itself. For anybody else who edits a row, this trigger does.
CREATE FUNCTION gameplay.touch() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF NEW.version = OLD.version AND NEW IS DISTINCT FROM OLD THEN
        NEW.version := OLD.version + 1;
        NEW.updated_at := clock_timestamp();
    END IF;
    RETURN NEW;
END;
$$;

CREATE TABLE gameplay.event_templates (
    id uuid PRIMARY KEY,
    name text NOT NULL CHECK (char_length(name) BETWEEN 1 AND 200),
    type text NOT NULL CHECK (type IN ('DISASTER', 'FESTIVAL', 'WAR', 'INVASION', 'TOURNAMENT', 'QUEST')),
    difficulty text NOT NULL CHECK (difficulty IN ('EASY', 'MEDIUM', 'HARD', 'EXTREME')),
    is_active boolean NOT NULL DEFAULT true,
    description text,
    objectives_template jsonb NOT NULL DEFAULT '[]' CHECK (jsonb_typeof(objectives_template) = 'array'),
    rewards_template jsonb NOT NULL DEFAULT '[]' CHECK (jsonb_typeof(rewards_template) = 'array'),
    duration_minutes integer CHECK (duration_minutes >= 1),
    max_participants integer CHECK (max_participants >= 1),
    region_restrictions jsonb NOT NULL DEFAULT '[]' CHECK (jsonb_typeof(region_restrictions) = 'array'),
    event_data_template jsonb NOT NULL DEFAULT '{}' CHECK (jsonb_typeof(event_data_template) = 'object'),
    rules jsonb CHECK (jsonb_typeof(rules) = 'object'),
    player_reports boolean NOT NULL DEFAULT false,
    version bigint NOT NULL DEFAULT 1,
    created_at timestamptz NOT NULL DEFAULT clock_timestamp(),
    updated_at timestamptz NOT NULL DEFAULT clock_timestamp()
);
CREATE INDEX event_templates_newest ON gameplay.event_templates (created_at DESC, id DESC);
CREATE TRIGGER touch BEFORE UPDATE ON gameplay.event_templates FOR EACH ROW EXECUTE FUNCTION gameplay.touch();

-- Events -------------------------------------------------------------------------------------------------------------

CREATE TABLE gameplay.world_events (
    id uuid PRIMARY KEY,
    name text NOT NULL CHECK (char_length(name) BETWEEN 1 AND 200),
    type text NOT NULL CHECK (type IN ('DISASTER', 'FESTIVAL', 'WAR', 'INVASION', 'TOURNAMENT', 'QUEST')),
    region text NOT NULL CHECK (char_length(region) BETWEEN 1 AND 100),
    status text NOT NULL CHECK (status IN ('ANNOUNCED', 'ACTIVE', 'COMPLETED', 'CANCELLED')),
    start_time timestamptz NOT NULL,
    end_time timestamptz CHECK (end_time >= start_time),
    description text,
    objectives jsonb NOT NULL DEFAULT '[]' CHECK (jsonb_typeof(objectives) = 'array'),
    rewards jsonb NOT NULL DEFAULT '[]' CHECK (jsonb_typeof(rewards) = 'array'),
    max_participants integer CHECK (max_participants >= 1),
    current_participants integer NOT NULL DEFAULT 0 CHECK (current_participants >= 0),
    difficulty text NOT NULL CHECK (difficulty IN ('EASY', 'MEDIUM', 'HARD', 'EXTREME')),
    event_data jsonb NOT NULL DEFAULT '{}' CHECK (jsonb_typeof(event_data) = 'object'),
    template_id uuid REFERENCES gameplay.event_templates (id),
    -- The pinned rules: all of these, or none.
    rules_plugin text,
    rules_version text,
    rules_digest text,
    rules_capabilities text[],
    rules_parameters jsonb,
    rules_goals jsonb,
    player_reports boolean NOT NULL DEFAULT false,
    -- How many participations there are in each status, so that no list ever has to count them.
    participants_active integer NOT NULL DEFAULT 0,
    participants_completed integer NOT NULL DEFAULT 0,
    participants_left integer NOT NULL DEFAULT 0,
    participants_kicked integer NOT NULL DEFAULT 0,
    version bigint NOT NULL DEFAULT 1,
    created_at timestamptz NOT NULL DEFAULT clock_timestamp(),
    updated_at timestamptz NOT NULL DEFAULT clock_timestamp(),
    CONSTRAINT world_events_capacity CHECK (current_participants <= max_participants),
    CONSTRAINT world_events_rules CHECK (
        num_nulls(rules_plugin, rules_version, rules_digest, rules_capabilities, rules_parameters, rules_goals) IN (0, 6)
    )
);
-- Lists: newest start first, by status, and by region within the most asked for.
CREATE INDEX world_events_by_status ON gameplay.world_events (status, start_time DESC, id DESC);
CREATE INDEX world_events_active ON gameplay.world_events (region, start_time DESC, id DESC) WHERE status = 'ACTIVE';
CREATE INDEX world_events_announced ON gameplay.world_events (region, start_time DESC, id DESC)
    WHERE status = 'ANNOUNCED';
-- What time does next.
CREATE INDEX world_events_due_start ON gameplay.world_events (start_time) WHERE status = 'ANNOUNCED';
CREATE INDEX world_events_due_end ON gameplay.world_events (end_time) WHERE status = 'ACTIVE' AND end_time IS NOT NULL;
-- Search by containment.
CREATE INDEX world_events_event_data ON gameplay.world_events USING gin (event_data jsonb_path_ops);
CREATE INDEX world_events_rules ON gameplay.world_events (rules_plugin, rules_version) WHERE rules_plugin IS NOT NULL;

-- Counts of participants are not edits: this trigger does not fire for them.
CREATE TRIGGER touch BEFORE UPDATE OF name, type, region, status, start_time, end_time, description, objectives, rewards,
    max_participants, difficulty, event_data, rules_plugin, rules_version, rules_digest, rules_capabilities,
    rules_parameters, rules_goals, player_reports
    ON gameplay.world_events FOR EACH ROW EXECUTE FUNCTION gameplay.touch();

-- Participations -----------------------------------------------------------------------------------------------------

-- Scores, progress and activity change all the time and are in no index, which keeps their updates heap-only; the free
-- space in each page is for them.
CREATE TABLE gameplay.event_participants (
    event_id uuid NOT NULL REFERENCES gameplay.world_events (id) ON DELETE CASCADE,
    id uuid NOT NULL,
    player_id text NOT NULL CHECK (char_length(player_id) BETWEEN 1 AND 100),
    join_time timestamptz NOT NULL DEFAULT clock_timestamp(),
    status text NOT NULL DEFAULT 'ACTIVE' CHECK (status IN ('ACTIVE', 'COMPLETED', 'LEFT', 'KICKED')),
    progress_data jsonb NOT NULL DEFAULT '{}' CHECK (jsonb_typeof(progress_data) = 'object'),
    score bigint NOT NULL DEFAULT 0 CHECK (score BETWEEN 0 AND 9007199254740991),
    score_at timestamptz NOT NULL DEFAULT clock_timestamp(),
    achievements jsonb NOT NULL DEFAULT '[]' CHECK (jsonb_typeof(achievements) = 'array'),
    last_activity timestamptz NOT NULL DEFAULT clock_timestamp(),
    completed_at timestamptz,
    rating double precision CHECK (rating BETWEEN 0 AND 5),
    last_sequence bigint CHECK (last_sequence >= 1),
    version bigint NOT NULL DEFAULT 1,
    PRIMARY KEY (event_id, player_id)
) WITH (fillfactor = 80);
CREATE INDEX event_participants_by_join ON gameplay.event_participants (event_id, join_time, player_id);
CREATE INDEX event_participants_by_player ON gameplay.event_participants (player_id, join_time, event_id);

-- Adds steps (+1, -1) to the counts of events, one update for each event.
CREATE FUNCTION gameplay.move_participants(event_ids uuid[], statuses text[], steps integer[]) RETURNS void
LANGUAGE sql AS $$
    UPDATE gameplay.world_events e
    SET current_participants = e.current_participants + c.active + c.completed,
        participants_active = e.participants_active + c.active,
        participants_completed = e.participants_completed + c.completed,
        participants_left = e.participants_left + c.gone,
        participants_kicked = e.participants_kicked + c.kicked
    FROM (
        SELECT event_id,
               coalesce(sum(step) FILTER (WHERE status = 'ACTIVE'), 0)::integer AS active,
               coalesce(sum(step) FILTER (WHERE status = 'COMPLETED'), 0)::integer AS completed,
               coalesce(sum(step) FILTER (WHERE status = 'LEFT'), 0)::integer AS gone,
               coalesce(sum(step) FILTER (WHERE status = 'KICKED'), 0)::integer AS kicked
        FROM unnest(event_ids, statuses, steps) AS change (event_id, status, step)
        GROUP BY event_id
    ) c
    WHERE e.id = c.event_id AND (c.active, c.completed, c.gone, c.kicked) <> (0, 0, 0, 0);
$$;

-- Runs once for each statement, however many rows it writes: a trigger for each row would update the event's one row once
-- for every player.
CREATE FUNCTION gameplay.count_participants() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    event_ids uuid[];
    statuses text[];
    steps integer[];
BEGIN
    IF TG_OP = 'INSERT' THEN
        SELECT array_agg(event_id), array_agg(status), array_agg(1) INTO event_ids, statuses, steps FROM new_rows;
    ELSIF TG_OP = 'DELETE' THEN
        SELECT array_agg(event_id), array_agg(status), array_agg(-1) INTO event_ids, statuses, steps FROM old_rows;
    ELSE
        SELECT array_agg(event_id), array_agg(status), array_agg(step) INTO event_ids, statuses, steps
        FROM (SELECT event_id, status, 1 AS step FROM new_rows
              UNION ALL SELECT event_id, status, -1 FROM old_rows) AS changes;
    END IF;
    PERFORM gameplay.move_participants(event_ids, statuses, steps);
    RETURN NULL;
END;
$$;
CREATE TRIGGER count_inserted AFTER INSERT ON gameplay.event_participants
    REFERENCING NEW TABLE AS new_rows FOR EACH STATEMENT EXECUTE FUNCTION gameplay.count_participants();
CREATE TRIGGER count_updated AFTER UPDATE ON gameplay.event_participants
    REFERENCING OLD TABLE AS old_rows NEW TABLE AS new_rows FOR EACH STATEMENT
    EXECUTE FUNCTION gameplay.count_participants();
CREATE TRIGGER count_deleted AFTER DELETE ON gameplay.event_participants
    REFERENCING OLD TABLE AS old_rows FOR EACH STATEMENT EXECUTE FUNCTION gameplay.count_participants();

-- Shared counters ----------------------------------------------------------------------------------------------------

CREATE TABLE gameplay.event_counters (
    event_id uuid NOT NULL REFERENCES gameplay.world_events (id) ON DELETE CASCADE,
    counter text NOT NULL CHECK (char_length(counter) BETWEEN 1 AND 100),
    value bigint NOT NULL CHECK (value BETWEEN -9007199254740991 AND 9007199254740991),
    PRIMARY KEY (event_id, counter)
) WITH (fillfactor = 50);

-- Rewards ------------------------------------------------------------------------------------------------------------

CREATE TABLE gameplay.event_rewards (
    event_id uuid NOT NULL REFERENCES gameplay.world_events (id) ON DELETE CASCADE,
    id uuid NOT NULL,
    player_id text NOT NULL CHECK (char_length(player_id) BETWEEN 1 AND 100),
    reward_type text NOT NULL CHECK (reward_type IN ('xp', 'currency', 'item', 'achievement')),
    reward_id text CHECK (char_length(reward_id) BETWEEN 1 AND 200),
    amount bigint NOT NULL DEFAULT 1 CHECK (amount BETWEEN 1 AND 9007199254740991),
    reason text,
    claimed boolean NOT NULL DEFAULT false,
    claimed_at timestamptz,
    created_at timestamptz NOT NULL DEFAULT clock_timestamp(),
    PRIMARY KEY (event_id, id),
    CHECK (claimed = (claimed_at IS NOT NULL))
);
CREATE UNIQUE INDEX event_rewards_once
    ON gameplay.event_rewards (event_id, player_id, reward_type, (coalesce(reward_id, '')));
CREATE INDEX event_rewards_by_player ON gameplay.event_rewards (player_id, created_at, id);

-- Settlement ---------------------------------------------------------------------------------------------------------

-- A row exists once an event with a payout rule is over.
CREATE TABLE gameplay.event_settlements (
    event_id uuid PRIMARY KEY REFERENCES gameplay.world_events (id) ON DELETE CASCADE,
    state text NOT NULL CHECK (state IN ('running', 'failed', 'done')),
    -- Whether the final standings are written.
    ranked boolean NOT NULL DEFAULT false,
    paid bigint NOT NULL DEFAULT 0,
    total bigint NOT NULL DEFAULT 0,
    error jsonb,
    -- What the payout rule gets as "now"; the same for all pages.
    started_at timestamptz NOT NULL,
    updated_at timestamptz NOT NULL,
    CHECK ((state = 'failed') = (error IS NOT NULL)),
    CHECK (paid <= total)
);
CREATE INDEX event_settlements_running ON gameplay.event_settlements (event_id) WHERE state = 'running';

-- The final standings, sorted once. Position is unique, rank is shared by equal scores.
CREATE TABLE gameplay.event_standings (
    event_id uuid NOT NULL REFERENCES gameplay.world_events (id) ON DELETE CASCADE,
    position bigint NOT NULL,
    rank bigint NOT NULL,
    player_id text NOT NULL,
    PRIMARY KEY (event_id, position)
);

-- Analytics ----------------------------------------------------------------------------------------------------------

CREATE TABLE gameplay.regions (
    region text PRIMARY KEY CHECK (char_length(region) BETWEEN 1 AND 100),
    population bigint NOT NULL CHECK (population BETWEEN 1 AND 9007199254740991),
    updated_at timestamptz NOT NULL DEFAULT clock_timestamp()
);

CREATE TABLE gameplay.event_analytics (
    event_id uuid PRIMARY KEY REFERENCES gameplay.world_events (id) ON DELETE CASCADE,
    total_participants bigint NOT NULL,
    completed_participants bigint NOT NULL,
    average_completion_time interval,
    average_score double precision,
    participation_rate double precision CHECK (participation_rate BETWEEN 0 AND 1),
    satisfaction_rating double precision CHECK (satisfaction_rating BETWEEN 0 AND 5),
    last_updated timestamptz NOT NULL
);

-- Players ------------------------------------------------------------------------------------------------------------

-- What game servers say about players; what eligibility and scoring rules see.
CREATE TABLE gameplay.player_attributes (
    player_id text PRIMARY KEY CHECK (char_length(player_id) BETWEEN 1 AND 100),
    attributes jsonb NOT NULL CHECK (jsonb_typeof(attributes) = 'object'),
    updated_at timestamptz NOT NULL DEFAULT clock_timestamp()
);

-- What the world is to hear ------------------------------------------------------------------------------------------

-- Written in the transaction of what it tells about.
CREATE TABLE gameplay.outbox (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    event_id uuid NOT NULL,
    type text NOT NULL,
    data jsonb NOT NULL,
    created_at timestamptz NOT NULL
);
CREATE INDEX outbox_by_event ON gameplay.outbox (event_id, id);
