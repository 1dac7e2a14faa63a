-- Published plugins. Versions are immutable; the bytes of one module are kept once, whatever it is published as.

CREATE TABLE gameplay.plugin_modules (
    digest text PRIMARY KEY CHECK (digest ~ '^[0-9a-f]{64}$'),
    wasm bytea NOT NULL
);
-- WebAssembly is small and already dense, and is read whole: not worth compressing.
ALTER TABLE gameplay.plugin_modules ALTER COLUMN wasm SET STORAGE EXTERNAL;

CREATE TABLE gameplay.plugin_versions (
    plugin text NOT NULL CHECK (plugin ~ '^[a-z][a-z0-9-]{0,63}$'),
    version text NOT NULL,
    digest text NOT NULL REFERENCES gameplay.plugin_modules (digest),
    description text NOT NULL,
    capabilities text[] NOT NULL,
    parameters_schema jsonb,
    size_bytes bigint NOT NULL,
    yanked boolean NOT NULL DEFAULT false,
    published_by text NOT NULL,
    published_at timestamptz NOT NULL,
    PRIMARY KEY (plugin, version)
);

ALTER TABLE gameplay.world_events ADD CONSTRAINT world_events_rules_published
    FOREIGN KEY (rules_plugin, rules_version) REFERENCES gameplay.plugin_versions (plugin, version);
