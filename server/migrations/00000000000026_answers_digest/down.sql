DROP INDEX submissions_by_answers;
ALTER TABLE submissions DROP COLUMN answers_sha256;
