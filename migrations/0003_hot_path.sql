-- What the hot path needs: figures that are kept as participations change, claims that can be told apart, and words to
-- other servers about what they hold in memory.

-- Analytics ----------------------------------------------------------------------------------------------------------

-- Sums that are kept right by the same triggers that count participants; the figures follow from them. Nothing ever has
-- to look at all participations of an event.
ALTER TABLE gameplay.event_analytics
    ADD COLUMN score_sum numeric NOT NULL DEFAULT 0,
    ADD COLUMN completion_millis_sum numeric NOT NULL DEFAULT 0,
    ADD COLUMN rating_sum numeric NOT NULL DEFAULT 0,
    ADD COLUMN ratings bigint NOT NULL DEFAULT 0,
    ADD COLUMN population bigint CHECK (population >= 1),
    ALTER COLUMN total_participants SET DEFAULT 0,
    ALTER COLUMN completed_participants SET DEFAULT 0,
    DROP COLUMN average_completion_time,
    DROP COLUMN average_score,
    DROP COLUMN participation_rate,
    DROP COLUMN satisfaction_rating;
ALTER TABLE gameplay.event_analytics
    ADD COLUMN average_completion_time interval GENERATED ALWAYS AS
        (make_interval(secs => (completion_millis_sum / nullif(completed_participants, 0))::float8 / 1000)) STORED,
    ADD COLUMN average_score double precision GENERATED ALWAYS AS
        ((score_sum / nullif(total_participants, 0))::float8) STORED,
    ADD COLUMN participation_rate double precision GENERATED ALWAYS AS
        (CASE WHEN population IS NOT NULL THEN least(total_participants::float8 / population, 1) END) STORED
        CHECK (participation_rate BETWEEN 0 AND 1),
    ADD COLUMN satisfaction_rating double precision GENERATED ALWAYS AS
        (CASE WHEN ratings > 0 THEN least((rating_sum / ratings)::float8, 5) END) STORED
        CHECK (satisfaction_rating BETWEEN 0 AND 5);
-- One row for each event, rewritten with each batch of reports.
ALTER TABLE gameplay.event_analytics SET (fillfactor = 50);

CREATE FUNCTION gameplay.open_analytics() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO gameplay.event_analytics (event_id, population, last_updated)
    SELECT NEW.id, (SELECT population FROM gameplay.regions WHERE region = NEW.region), NEW.created_at
    ON CONFLICT (event_id) DO UPDATE SET population = excluded.population;
    RETURN NULL;
END;
$$;
CREATE TRIGGER open_analytics AFTER INSERT OR UPDATE OF region ON gameplay.world_events
    FOR EACH ROW EXECUTE FUNCTION gameplay.open_analytics();

CREATE FUNCTION gameplay.spread_population() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    UPDATE gameplay.event_analytics a SET population = NEW.population
    FROM gameplay.world_events e WHERE e.id = a.event_id AND e.region = NEW.region;
    RETURN NULL;
END;
$$;
CREATE TRIGGER spread_population AFTER INSERT OR UPDATE OF population ON gameplay.regions
    FOR EACH ROW EXECUTE FUNCTION gameplay.spread_population();

-- Counting -----------------------------------------------------------------------------------------------------------

-- Runs once for each statement, however many rows it writes, and reads them once: counts by status for the event's row,
-- sums for its analytics. One body for three triggers, which differ in the rows that a statement adds and takes away.
DROP TRIGGER count_inserted ON gameplay.event_participants;
DROP TRIGGER count_updated ON gameplay.event_participants;
DROP TRIGGER count_deleted ON gameplay.event_participants;
DROP FUNCTION gameplay.count_participants();
DROP FUNCTION gameplay.move_participants(uuid[], text[], integer[]);

DO $do$
DECLARE
    columns constant text := 'status, score, join_time, completed_at, rating, last_activity';
    added constant text := 'SELECT event_id, 1 AS step, ' || columns || ' FROM new_rows';
    removed constant text := 'SELECT event_id, -1 AS step, ' || columns || ' FROM old_rows';
    body constant text := $body$
        CREATE FUNCTION gameplay.%1$s() RETURNS trigger LANGUAGE plpgsql AS $tally$
        BEGIN
            WITH tally AS (
                SELECT event_id,
                       coalesce(sum(step) FILTER (WHERE status = 'ACTIVE'), 0)::integer AS active,
                       coalesce(sum(step) FILTER (WHERE status = 'COMPLETED'), 0)::integer AS completed,
                       coalesce(sum(step) FILTER (WHERE status = 'LEFT'), 0)::integer AS gone,
                       coalesce(sum(step) FILTER (WHERE status = 'KICKED'), 0)::integer AS kicked,
                       sum(step)::integer AS total,
                       sum(step * score) AS score,
                       coalesce(sum(step * (extract(epoch FROM completed_at - join_time) * 1000))
                           FILTER (WHERE status = 'COMPLETED'), 0) AS completion_millis,
                       coalesce(sum(step * rating::numeric) FILTER (WHERE rating IS NOT NULL), 0) AS rating,
                       count(*) FILTER (WHERE rating IS NOT NULL AND step > 0)
                           - count(*) FILTER (WHERE rating IS NOT NULL AND step < 0) AS ratings,
                       max(last_activity) AS last_activity
                FROM (%2$s) AS change
                GROUP BY event_id
            ), counts AS (
                UPDATE gameplay.world_events e
                SET current_participants = e.current_participants + t.active + t.completed,
                    participants_active = e.participants_active + t.active,
                    participants_completed = e.participants_completed + t.completed,
                    participants_left = e.participants_left + t.gone,
                    participants_kicked = e.participants_kicked + t.kicked
                FROM tally t
                WHERE e.id = t.event_id AND (t.active, t.completed, t.gone, t.kicked) <> (0, 0, 0, 0)
            )
            UPDATE gameplay.event_analytics a
            SET total_participants = a.total_participants + t.total,
                completed_participants = a.completed_participants + t.completed,
                score_sum = a.score_sum + t.score,
                completion_millis_sum = a.completion_millis_sum + t.completion_millis,
                rating_sum = a.rating_sum + t.rating,
                ratings = a.ratings + t.ratings,
                last_updated = greatest(a.last_updated, t.last_activity)
            FROM tally t
            WHERE a.event_id = t.event_id;
            RETURN NULL;
        END;
        $tally$
    $body$;
BEGIN
    EXECUTE format(body, 'tally_inserted', added);
    EXECUTE format(body, 'tally_updated', added || ' UNION ALL ' || removed);
    EXECUTE format(body, 'tally_deleted', removed);
END;
$do$;
CREATE TRIGGER tally_inserted AFTER INSERT ON gameplay.event_participants
    REFERENCING NEW TABLE AS new_rows FOR EACH STATEMENT EXECUTE FUNCTION gameplay.tally_inserted();
CREATE TRIGGER tally_updated AFTER UPDATE ON gameplay.event_participants
    REFERENCING OLD TABLE AS old_rows NEW TABLE AS new_rows FOR EACH STATEMENT
    EXECUTE FUNCTION gameplay.tally_updated();
CREATE TRIGGER tally_deleted AFTER DELETE ON gameplay.event_participants
    REFERENCING OLD TABLE AS old_rows FOR EACH STATEMENT EXECUTE FUNCTION gameplay.tally_deleted();

-- What there is already, once.
DELETE FROM gameplay.event_analytics;
INSERT INTO gameplay.event_analytics (event_id, total_participants, completed_participants, score_sum,
    completion_millis_sum, rating_sum, ratings, population, last_updated)
SELECT e.id, count(p.event_id), count(*) FILTER (WHERE p.status = 'COMPLETED'), coalesce(sum(p.score), 0),
    coalesce(sum(extract(epoch FROM p.completed_at - p.join_time) * 1000) FILTER (WHERE p.status = 'COMPLETED'), 0),
    coalesce(sum(p.rating::numeric), 0), count(p.rating), max(r.population),
    greatest(e.created_at, max(p.last_activity))
FROM gameplay.world_events e
LEFT JOIN gameplay.event_participants p ON p.event_id = e.id
LEFT JOIN gameplay.regions r ON r.region = e.region
GROUP BY e.id;

-- Claims -------------------------------------------------------------------------------------------------------------

-- Which request took the reward: one whose answer was lost with the connection finds out that it was its own.
ALTER TABLE gameplay.event_rewards ADD COLUMN claim_id uuid;

-- Words to servers that hold things in memory --------------------------------------------------------------------------

-- NOTIFY takes a lock of the whole database at commit, so it is for edits, and never for joins and reports.
CREATE FUNCTION gameplay.tell_change() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_TABLE_NAME = 'event_settlements' THEN
        PERFORM pg_notify('gameplay_changes', 'event ' || NEW.event_id || ' 0');
    ELSIF TG_TABLE_NAME = 'world_events' THEN
        PERFORM pg_notify('gameplay_changes', 'event ' || NEW.id || ' ' || NEW.version);
    ELSIF TG_TABLE_NAME = 'event_templates' THEN
        PERFORM pg_notify('gameplay_changes', 'template ' || NEW.id || ' ' || NEW.version);
    ELSIF TG_TABLE_NAME = 'plugin_versions' THEN
        PERFORM pg_notify('gameplay_changes', 'plugin ' || NEW.plugin || ' 0');
    END IF;
    RETURN NULL;
END;
$$;
CREATE TRIGGER tell_change AFTER UPDATE OF name, type, region, status, start_time, end_time, description, objectives,
    rewards, max_participants, difficulty, event_data, rules_plugin, rules_version, rules_digest, rules_capabilities,
    rules_parameters, rules_goals, player_reports, version
    ON gameplay.world_events FOR EACH ROW EXECUTE FUNCTION gameplay.tell_change();
CREATE TRIGGER tell_change AFTER UPDATE ON gameplay.event_templates
    FOR EACH ROW EXECUTE FUNCTION gameplay.tell_change();
CREATE TRIGGER tell_change AFTER INSERT OR UPDATE ON gameplay.plugin_versions
    FOR EACH ROW EXECUTE FUNCTION gameplay.tell_change();
CREATE TRIGGER tell_opened AFTER INSERT ON gameplay.event_settlements
    FOR EACH ROW EXECUTE FUNCTION gameplay.tell_change();
CREATE TRIGGER tell_state AFTER UPDATE OF state ON gameplay.event_settlements
    FOR EACH ROW WHEN (OLD.state IS DISTINCT FROM NEW.state) EXECUTE FUNCTION gameplay.tell_change();
