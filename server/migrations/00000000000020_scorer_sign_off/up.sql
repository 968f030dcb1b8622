-- When a scorer said that it stops; null while it is there, and if it was killed.
ALTER TABLE scorers ADD COLUMN stopped_at BIGINT;
