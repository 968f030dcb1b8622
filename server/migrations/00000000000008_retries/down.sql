ALTER TABLE scorers DROP COLUMN memory_bytes;
ALTER TABLE scorers DROP COLUMN trouble;
ALTER TABLE scorers DROP COLUMN faulted;
ALTER TABLE evaluations DROP COLUMN avoided_until;
ALTER TABLE evaluations DROP COLUMN avoided_scorer;
ALTER TABLE evaluations DROP COLUMN not_before;
