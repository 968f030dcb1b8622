-- What happened to results, as the log has it. Written in the transaction of the change; its place comes later.
CREATE TABLE log_entries (
    id TEXT NOT NULL PRIMARY KEY,
    -- Its place in the log, from 0; null until it has one.
    position BIGINT UNIQUE,
    kind TEXT NOT NULL,
    at BIGINT NOT NULL,
    -- The text that is signed and hashed, and the lines with its signatures, which are there once it has a place.
    body TEXT NOT NULL,
    signatures TEXT,
    leaf BYTEA NOT NULL,
    submission_id TEXT REFERENCES submissions (id),
    -- The evaluation of a result.
    evaluation_id TEXT REFERENCES evaluations (id),
    -- What opens the commitment to the private part, JSON. Secret until the private part is published.
    opening TEXT
);
CREATE INDEX log_entries_waiting ON log_entries (at, id) WHERE position IS NULL;
CREATE INDEX log_entries_by_submission ON log_entries (submission_id, at);

-- Hashes of the complete subtrees of the log: 2^level leaves, the position-th of its level.
CREATE TABLE log_nodes (
    level INTEGER NOT NULL,
    position BIGINT NOT NULL,
    hash BYTEA NOT NULL,
    PRIMARY KEY (level, position)
);

-- The signed heads of the log. At most one for a size.
CREATE TABLE log_checkpoints (
    size BIGINT NOT NULL PRIMARY KEY,
    note TEXT NOT NULL,
    at BIGINT NOT NULL
);

-- Results that count since their task took up another version of its test set, and are no entries yet: to write so many receipts at
-- once would hold up all other writers.
CREATE TABLE log_backlog (
    evaluation_id TEXT NOT NULL REFERENCES evaluations (id),
    submission_id TEXT NOT NULL REFERENCES submissions (id),
    task_id TEXT NOT NULL REFERENCES tasks (id),
    -- Since when it counts.
    at BIGINT NOT NULL,
    PRIMARY KEY (submission_id, at)
);
CREATE INDEX log_backlog_of_task ON log_backlog (task_id, at, evaluation_id);
