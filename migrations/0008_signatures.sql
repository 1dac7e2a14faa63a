-- Who vouches for a version of a plugin: an Ed25519 signature of the module's bytes.

ALTER TABLE gameplay.plugin_versions
    ADD COLUMN signature bytea CHECK (octet_length(signature) = 64),
    -- Whose key it was made with; none if the server trusted no keys when it came.
    ADD COLUMN signer text CHECK (signer IS NULL OR signature IS NOT NULL);
