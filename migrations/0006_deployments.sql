-- Versions and deployments are two things: channels say which version is deployed, drafts are tried before there is one.

-- Channels -------------------------------------------------------------------------------------------------------------

-- Where a channel is: the last of its moves.
CREATE TABLE gameplay.plugin_channels (
    plugin text NOT NULL,
    channel text NOT NULL CHECK (channel ~ '^[a-z][a-z0-9-]{0,63}$'),
    version text NOT NULL,
    number bigint NOT NULL CHECK (number >= 1),
    PRIMARY KEY (plugin, channel),
    FOREIGN KEY (plugin, version) REFERENCES gameplay.plugin_versions (plugin, version)
);

-- How it came there; the server keeps the last 100 moves of each channel.
CREATE TABLE gameplay.plugin_channel_moves (
    plugin text NOT NULL,
    channel text NOT NULL,
    number bigint NOT NULL,
    version text NOT NULL,
    -- A rollback: the move whose version was taken up again. It goes on from there, so that the next rollback goes further
    -- back instead of forth.
    back_to bigint,
    moved_by text NOT NULL,
    moved_at timestamptz NOT NULL,
    PRIMARY KEY (plugin, channel, number),
    FOREIGN KEY (plugin, channel) REFERENCES gameplay.plugin_channels (plugin, channel) DEFERRABLE INITIALLY DEFERRED
);

-- Drafts ---------------------------------------------------------------------------------------------------------------

CREATE TABLE gameplay.plugin_drafts (
    plugin text NOT NULL CHECK (plugin ~ '^[a-z][a-z0-9-]{0,63}$'),
    draft text NOT NULL CHECK (draft ~ '^[a-z][a-z0-9-]{0,63}$'),
    version text NOT NULL,
    digest text NOT NULL REFERENCES gameplay.plugin_modules (digest),
    description text NOT NULL,
    capabilities text[] NOT NULL,
    parameters_schema jsonb,
    size_bytes bigint NOT NULL,
    published_by text NOT NULL,
    published_at timestamptz NOT NULL,
    PRIMARY KEY (plugin, draft)
);
-- Whether anybody still needs a module that a draft no longer is.
CREATE INDEX plugin_drafts_by_digest ON gameplay.plugin_drafts (digest);
CREATE INDEX plugin_versions_by_digest ON gameplay.plugin_versions (digest);

-- Events ---------------------------------------------------------------------------------------------------------------

ALTER TABLE gameplay.world_events
    -- Where the pinned version came from.
    ADD COLUMN rules_channel text,
    ADD COLUMN rules_draft text,
    ADD COLUMN rules_on_failure text NOT NULL DEFAULT 'refuse' CHECK (rules_on_failure IN ('refuse', 'admit')),
    -- For trying things out: in no list that does not ask for it.
    ADD COLUMN is_test boolean NOT NULL DEFAULT false,
    -- The version of a draft is not a published one.
    ADD COLUMN rules_published_version text
        GENERATED ALWAYS AS (CASE WHEN rules_draft IS NULL THEN rules_version END) STORED,
    DROP CONSTRAINT world_events_rules_published,
    ADD CONSTRAINT world_events_rules_published FOREIGN KEY (rules_plugin, rules_published_version)
        REFERENCES gameplay.plugin_versions (plugin, version),
    ADD CONSTRAINT world_events_rules_source CHECK (num_nonnulls(rules_channel, rules_draft) <= 1),
    ADD CONSTRAINT world_events_rules_draft CHECK (rules_draft IS NULL OR is_test);
-- Which events follow a draft, and which need its module.
CREATE INDEX world_events_by_draft ON gameplay.world_events (rules_plugin, rules_draft) WHERE rules_draft IS NOT NULL;
CREATE INDEX world_events_by_draft_digest ON gameplay.world_events (rules_digest) WHERE rules_draft IS NOT NULL;
-- Which events use which version of a plugin.
CREATE INDEX world_events_by_plugin ON gameplay.world_events (rules_plugin, rules_version, status)
    WHERE rules_plugin IS NOT NULL;
CREATE INDEX event_templates_by_plugin ON gameplay.event_templates ((rules ->> 'plugin')) WHERE rules IS NOT NULL;

-- Words to servers that hold things in memory ----------------------------------------------------------------------------

CREATE OR REPLACE FUNCTION gameplay.tell_change() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_TABLE_NAME = 'event_settlements' THEN
        PERFORM pg_notify('gameplay_changes', 'event ' || NEW.event_id || ' 0');
    ELSIF TG_TABLE_NAME = 'world_events' THEN
        PERFORM pg_notify('gameplay_changes', 'event ' || NEW.id || ' ' || NEW.version);
    ELSIF TG_TABLE_NAME = 'event_templates' THEN
        PERFORM pg_notify('gameplay_changes', 'template ' || NEW.id || ' ' || NEW.version);
    ELSIF TG_TABLE_NAME IN ('plugin_versions', 'plugin_channels') THEN
        PERFORM pg_notify('gameplay_changes', 'plugin ' || NEW.plugin || ' 0');
    END IF;
    RETURN NULL;
END;
$$;
CREATE TRIGGER tell_change AFTER INSERT OR UPDATE ON gameplay.plugin_channels
    FOR EACH ROW EXECUTE FUNCTION gameplay.tell_change();
