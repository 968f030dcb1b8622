-- Since when somebody runs seasons, until when somebody did, and who invited them.
ALTER TABLE accounts ADD COLUMN organizer_since BIGINT;
ALTER TABLE accounts ADD COLUMN organizer_until BIGINT;
ALTER TABLE accounts ADD COLUMN invited_by TEXT;
UPDATE accounts SET organizer_since = created_at WHERE organizer;

-- Whether somebody chose a password. Only the server's own organizer begins without one.
ALTER TABLE accounts ADD COLUMN has_password BOOLEAN NOT NULL DEFAULT TRUE;
UPDATE accounts SET has_password = FALSE WHERE email = 'organizer@localhost'
    AND id NOT IN (SELECT object FROM audit_log WHERE action IN ('password_reset.use', 'password.change'));

CREATE TABLE organizer_invitations (
    id TEXT NOT NULL PRIMARY KEY,
    code_hash TEXT NOT NULL UNIQUE,
    email TEXT,
    created_by TEXT NOT NULL REFERENCES accounts (id),
    created_at BIGINT NOT NULL,
    expires_at BIGINT NOT NULL,
    accepted_at BIGINT,
    accepted_by TEXT REFERENCES accounts (id),
    revoked_at BIGINT
);

-- Links with which the first organizer chooses a password. All of them go when one is used.
CREATE TABLE setup_codes (
    code_hash TEXT NOT NULL PRIMARY KEY,
    expires_at BIGINT NOT NULL
);
