-- More time or more attempts for one team.
CREATE TABLE extensions (
    id TEXT NOT NULL PRIMARY KEY,
    season_id TEXT NOT NULL REFERENCES seasons (id),
    team_id TEXT NOT NULL REFERENCES teams (id),
    -- The task that extra attempts are for; null for each task of the season.
    task_id TEXT REFERENCES tasks (id),
    -- How many extra attempts, until `until`; with 0 that is the team's own deadline.
    attempts INTEGER NOT NULL,
    until BIGINT NOT NULL,
    reason TEXT NOT NULL,
    created_by TEXT NOT NULL REFERENCES accounts (id),
    created_at BIGINT NOT NULL,
    revoked_at BIGINT
);
CREATE INDEX extensions_by_team ON extensions (team_id);
CREATE INDEX extensions_by_season ON extensions (season_id, id);

-- Submitted after the season had closed for the others.
ALTER TABLE submissions ADD COLUMN late BOOLEAN NOT NULL DEFAULT FALSE;
