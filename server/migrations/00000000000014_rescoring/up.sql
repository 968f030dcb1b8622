-- The labels that evaluations gave to the images, compressed: what a corrected test set is counted with. The rows are in the
-- order of the images of `test_set_id`.
CREATE TABLE answers (
    evaluation_id TEXT NOT NULL PRIMARY KEY REFERENCES evaluations (id),
    test_set_id TEXT NOT NULL REFERENCES test_sets (id),
    packed BYTEA NOT NULL
);

-- The evaluation whose answers a result was counted from; null if they are not kept.
ALTER TABLE results ADD COLUMN answers_of TEXT;

-- An evaluation for a version of the test set that the board does not show yet: it waits until nothing else does.
ALTER TABLE evaluations ADD COLUMN rescoring BOOLEAN NOT NULL DEFAULT FALSE;
CREATE INDEX evaluations_by_version ON evaluations (test_set_id, state, id);
-- Two servers that work on the same re-scoring do not both write a result.
CREATE UNIQUE INDEX evaluations_rescored ON evaluations (submission_id, test_set_id)
    WHERE rescoring AND state <> 'cancelled';

-- Whether the task has not taken the version up yet, because organizers look at what it would change.
ALTER TABLE test_sets ADD COLUMN staged BOOLEAN NOT NULL DEFAULT FALSE;

-- Results of one version of a test set, counted for another one. At most one a task is open.
CREATE TABLE rescorings (
    id TEXT NOT NULL PRIMARY KEY,
    task_id TEXT NOT NULL REFERENCES tasks (id),
    from_id TEXT NOT NULL REFERENCES test_sets (id),
    to_id TEXT NOT NULL REFERENCES test_sets (id),
    created_by TEXT NOT NULL REFERENCES accounts (id),
    created_at BIGINT NOT NULL,
    -- `applied` or `dropped`; null while it is open.
    ended TEXT,
    ended_at BIGINT
);
CREATE UNIQUE INDEX rescorings_open ON rescorings (task_id) WHERE ended IS NULL;
