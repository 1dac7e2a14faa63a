-- What servers tell each other about standings, so that each keeps its leaderboards in memory up to date.
--
-- All of this is worth nothing after a crash (servers then load their boards anew), hence UNLOGGED.

-- Servers that listen. `seen_at` is PostgreSQL's own time, not that of the game.
CREATE UNLOGGED TABLE gameplay.servers (
    id text PRIMARY KEY,
    seen_at timestamptz NOT NULL DEFAULT clock_timestamp()
) WITH (fillfactor = 50);

-- One row for each event and statement. Without `player_ids`: too much to tell, load the event's board anew.
CREATE UNLOGGED TABLE gameplay.standings_feed (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    event_id uuid NOT NULL,
    -- Who wrote; null for a write by hand.
    server text,
    player_ids text[],
    scores bigint[],
    score_ats timestamptz[],
    statuses text[],
    versions bigint[],
    created_at timestamptz NOT NULL DEFAULT clock_timestamp()
);

-- Tells only if somebody listens: always for a write by hand, else if there is another server.
CREATE FUNCTION gameplay.feed_standings() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    own text := nullif(current_setting('world_events.server', true), '');
BEGIN
    IF own IS NOT NULL AND NOT EXISTS (
        SELECT FROM gameplay.servers WHERE id <> own AND seen_at > clock_timestamp() - interval '10 seconds'
    ) THEN
        RETURN NULL;
    END IF;
    IF TG_OP = 'DELETE' THEN
        -- Whoever comes back starts at version 1, which nobody could tell from an old one.
        INSERT INTO gameplay.standings_feed (event_id, server) SELECT DISTINCT event_id, NULL FROM old_rows;
    ELSE
        INSERT INTO gameplay.standings_feed (event_id, server, player_ids, scores, score_ats, statuses, versions)
        SELECT event_id, own, array_agg(player_id), array_agg(score), array_agg(score_at), array_agg(status),
               array_agg(version)
        FROM new_rows GROUP BY event_id HAVING count(*) <= 10000
        UNION ALL
        SELECT event_id, own, NULL, NULL, NULL, NULL, NULL FROM new_rows GROUP BY event_id HAVING count(*) > 10000;
    END IF;
    RETURN NULL;
END;
$$;
CREATE TRIGGER feed_inserted AFTER INSERT ON gameplay.event_participants
    REFERENCING NEW TABLE AS new_rows FOR EACH STATEMENT EXECUTE FUNCTION gameplay.feed_standings();
CREATE TRIGGER feed_updated AFTER UPDATE ON gameplay.event_participants
    REFERENCING NEW TABLE AS new_rows FOR EACH STATEMENT EXECUTE FUNCTION gameplay.feed_standings();
CREATE TRIGGER feed_deleted AFTER DELETE ON gameplay.event_participants
    REFERENCING OLD TABLE AS old_rows FOR EACH STATEMENT EXECUTE FUNCTION gameplay.feed_standings();

-- The server raises `version` itself. For anybody else who edits a participation, this trigger does, as what is newer is
-- told by it.
CREATE FUNCTION gameplay.raise_participation_version() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    NEW.version := OLD.version + 1;
    RETURN NEW;
END;
$$;
CREATE TRIGGER raise_version BEFORE UPDATE ON gameplay.event_participants FOR EACH ROW
    WHEN (NEW.version <= OLD.version) EXECUTE FUNCTION gameplay.raise_participation_version();

-- The final standing of one player.
CREATE INDEX event_standings_by_player ON gameplay.event_standings (event_id, player_id);
