-- The digest of a prediction file's answers: the same for files that say the same in another form. None for what was submitted before.
ALTER TABLE submissions ADD COLUMN answers_sha256 TEXT;
CREATE INDEX submissions_by_answers ON submissions (answers_sha256) WHERE answers_sha256 IS NOT NULL;
