-- How a submission stood before each edit: what a board of an earlier time shows. The state at a moment is the row with the
-- smallest `until` after it, or the submission itself if there is none.
CREATE TABLE submission_versions (
    id TEXT NOT NULL PRIMARY KEY,
    submission_id TEXT NOT NULL REFERENCES submissions (id),
    task_id TEXT NOT NULL REFERENCES tasks (id),
    until BIGINT NOT NULL,
    method TEXT,
    description TEXT,
    links TEXT NOT NULL,
    final_at BIGINT
);
CREATE INDEX submission_versions_by_submission ON submission_versions (submission_id, until);
CREATE INDEX submission_versions_by_task ON submission_versions (task_id);
