-- Who may found and join teams: JSON, `{}` for everybody.
ALTER TABLE seasons ADD COLUMN registration TEXT NOT NULL DEFAULT '{}';

-- `pending` and `declined` teams cannot submit.
ALTER TABLE teams ADD COLUMN status TEXT NOT NULL DEFAULT 'approved';
-- What an organizer told the team with the decision.
ALTER TABLE teams ADD COLUMN status_note TEXT;

-- Codes that let people into a season.
CREATE TABLE registration_codes (
    id TEXT NOT NULL PRIMARY KEY,
    season_id TEXT NOT NULL REFERENCES seasons (id),
    code_hash TEXT NOT NULL UNIQUE,
    label TEXT NOT NULL,
    max_uses INTEGER NOT NULL,
    uses INTEGER NOT NULL,
    created_by TEXT NOT NULL REFERENCES accounts (id),
    created_at BIGINT NOT NULL,
    expires_at BIGINT NOT NULL,
    revoked_at BIGINT
);
CREATE INDEX registration_codes_by_season ON registration_codes (season_id, id);

-- Who came in by which code: a person uses one in a season, however often they change teams.
CREATE TABLE registrations (
    season_id TEXT NOT NULL REFERENCES seasons (id),
    account_id TEXT NOT NULL REFERENCES accounts (id),
    code_id TEXT NOT NULL REFERENCES registration_codes (id),
    at BIGINT NOT NULL,
    PRIMARY KEY (season_id, account_id)
);
