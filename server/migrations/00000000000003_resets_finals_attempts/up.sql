-- Links that set a new password, made by organizers. An account has one that holds, at most.
CREATE TABLE password_resets (
    id TEXT NOT NULL PRIMARY KEY,
    code_hash TEXT NOT NULL UNIQUE,
    account_id TEXT NOT NULL REFERENCES accounts (id),
    created_by TEXT NOT NULL REFERENCES accounts (id),
    created_at BIGINT NOT NULL,
    expires_at BIGINT NOT NULL,
    used_at BIGINT,
    revoked_at BIGINT
);
CREATE INDEX password_resets_by_account ON password_resets (account_id);

-- When the team chose it to stand for it; a frozen board knows of no later choice.
ALTER TABLE submissions ADD COLUMN final_at BIGINT;

-- Every attempt at an evaluation: who made it, and how it ended.
CREATE TABLE attempts (
    evaluation_id TEXT NOT NULL REFERENCES evaluations (id),
    attempt INTEGER NOT NULL,
    scorer_id TEXT NOT NULL,
    scorer_name TEXT NOT NULL,
    started_at BIGINT NOT NULL,
    ended_at BIGINT,
    ended TEXT,
    cause TEXT,
    PRIMARY KEY (evaluation_id, attempt)
);
-- The list of evaluations, by what organizers ask for.
CREATE INDEX evaluations_by_task ON evaluations (task_id, id);
