ALTER TABLE submissions DROP COLUMN answers_sha256;
