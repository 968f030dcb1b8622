-- Keys that signed entries of the log until another one took their place. The present key is the setting `log-key`.
CREATE TABLE log_retired_keys (
    -- The entry that names the key after it.
    position BIGINT NOT NULL PRIMARY KEY,
    -- What verifies its signatures, NAME+HASH+KEY.
    verifier TEXT NOT NULL,
    -- Until then it signs heads of the log, too.
    signs_until BIGINT NOT NULL,
    -- What it signs with, base64; null after that time.
    seed TEXT
);
