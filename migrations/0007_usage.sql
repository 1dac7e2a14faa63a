-- What rules were called for: sums over all servers, added to every few seconds. Drafts count for the version that they are of.
CREATE TABLE gameplay.plugin_calls (
    plugin text NOT NULL,
    version text NOT NULL,
    capability text NOT NULL CHECK (capability IN ('eligibility', 'scoring', 'rewards')),
    -- `OK`, `REFUSED` (a rule's "no"), or the code of a failure.
    outcome text NOT NULL,
    calls bigint NOT NULL,
    fuel numeric NOT NULL,
    micros numeric NOT NULL,
    PRIMARY KEY (plugin, version, capability, outcome)
);
