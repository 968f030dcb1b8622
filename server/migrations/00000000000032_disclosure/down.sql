ALTER TABLE submission_versions DROP COLUMN ensemble;
ALTER TABLE submission_versions DROP COLUMN training_data;
ALTER TABLE submissions DROP COLUMN ensemble;
ALTER TABLE submissions DROP COLUMN training_data;
