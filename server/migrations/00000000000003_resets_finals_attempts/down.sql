DROP INDEX evaluations_by_task;
DROP TABLE attempts;
ALTER TABLE submissions DROP COLUMN final_at;
DROP TABLE password_resets;
