-- What the server tells people: each message is a row before it is sent as e-mail.
CREATE TABLE messages (
    id TEXT NOT NULL PRIMARY KEY,
    -- Whom it is for; null if the address has no account, which it need not have to be invited.
    account_id TEXT REFERENCES accounts (id),
    address TEXT NOT NULL,
    kind TEXT NOT NULL,
    season_id TEXT REFERENCES seasons (id),
    -- What it tells of, so that nothing is told twice to the same person.
    once TEXT UNIQUE,
    subject TEXT NOT NULL,
    text TEXT NOT NULL,
    -- Where the link in the e-mail leads on this server. With `secret` it holds a code, and is forgotten when the message has ended.
    path TEXT,
    secret BOOLEAN NOT NULL,
    created_at BIGINT NOT NULL,
    state TEXT NOT NULL,
    attempts INTEGER NOT NULL,
    -- A claim moves it to when the claim expires.
    next_try_at BIGINT NOT NULL,
    -- Since when it is tried; it begins again if somebody sends it again.
    waiting_since BIGINT NOT NULL,
    -- When it is of no more use.
    expires_at BIGINT,
    ended_at BIGINT,
    error TEXT
);
CREATE INDEX messages_by_account ON messages (account_id, id);
CREATE INDEX messages_by_season ON messages (season_id, id);
CREATE INDEX messages_by_state ON messages (state, secret, next_try_at);
CREATE INDEX messages_by_end ON messages (ended_at);

-- Kinds of e-mail that an address gets no more.
CREATE TABLE mail_optouts (
    address TEXT NOT NULL,
    kind TEXT NOT NULL,
    created_at BIGINT NOT NULL,
    PRIMARY KEY (address, kind)
);

-- When somebody opened a link that was sent to the present address of the account.
ALTER TABLE accounts ADD COLUMN email_verified_at BIGINT;

-- Links that confirm an address, which becomes that of the account.
CREATE TABLE email_verifications (
    id TEXT NOT NULL PRIMARY KEY,
    code_hash TEXT NOT NULL UNIQUE,
    account_id TEXT NOT NULL REFERENCES accounts (id),
    email TEXT NOT NULL,
    created_at BIGINT NOT NULL,
    expires_at BIGINT NOT NULL,
    used_at BIGINT,
    revoked_at BIGINT
);
CREATE INDEX email_verifications_by_account ON email_verifications (account_id);

-- Whether the link was sent to the address of the account, so that whoever uses it owns the address.
ALTER TABLE password_resets ADD COLUMN mailed BOOLEAN NOT NULL DEFAULT FALSE;
