-- What a scorer takes, so that those who wait are told of the scorers that can serve them.
ALTER TABLE scorers ADD COLUMN kinds TEXT NOT NULL DEFAULT '["predictions"]';
-- The pace of the present stage, as the scorer measures it.
ALTER TABLE evaluations ADD COLUMN images_per_second DOUBLE PRECISION;
-- The pace of the queue is that of a kind: a model takes a thousand times longer than a prediction file.
DROP INDEX evaluations_by_finish;
CREATE INDEX evaluations_by_finish ON evaluations (kind, finished_at);
