ALTER TABLE scorers DROP COLUMN stopped_at;
