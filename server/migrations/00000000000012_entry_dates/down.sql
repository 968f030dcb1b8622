ALTER TABLE submissions DROP COLUMN dated_at;
