ALTER TABLE scorers DROP COLUMN process_id;
