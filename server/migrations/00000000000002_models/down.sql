DROP INDEX evaluations_by_finish;
CREATE INDEX evaluations_by_finish ON evaluations (finished_at);
ALTER TABLE evaluations DROP COLUMN images_per_second;
ALTER TABLE scorers DROP COLUMN kinds;
