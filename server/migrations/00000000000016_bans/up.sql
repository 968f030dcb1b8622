-- Who may not take part, in a season or on the whole server.
CREATE TABLE bans (
    id TEXT NOT NULL PRIMARY KEY,
    -- Null: on the whole server.
    season_id TEXT REFERENCES seasons (id),
    -- Null if one person is banned and not a team.
    team_id TEXT REFERENCES teams (id),
    reason TEXT NOT NULL,
    -- Null: until it is lifted.
    until BIGINT,
    created_by TEXT NOT NULL REFERENCES accounts (id),
    created_at BIGINT NOT NULL,
    lifted_at BIGINT
);
CREATE INDEX bans_by_team ON bans (team_id);

-- The people that a ban is about: of a team, those who were in it. An account is found by its address as well, so that another one
-- with the same address is banned, too. No references: a ban outlives an account.
CREATE TABLE banned_people (
    ban_id TEXT NOT NULL REFERENCES bans (id),
    account_id TEXT NOT NULL,
    name TEXT NOT NULL,
    email_sha256 TEXT NOT NULL,
    PRIMARY KEY (ban_id, account_id)
);
CREATE INDEX banned_people_by_account ON banned_people (account_id);
CREATE INDEX banned_people_by_email ON banned_people (email_sha256);
