-- A failed attempt is not repeated at once, and preferably not by the same scorer.
ALTER TABLE evaluations ADD COLUMN not_before BIGINT;
ALTER TABLE evaluations ADD COLUMN avoided_scorer TEXT;
ALTER TABLE evaluations ADD COLUMN avoided_until BIGINT;

-- The submissions that a scorer has failed on in a row (JSON), why it takes no work now, and the memory that it has for
-- a model.
ALTER TABLE scorers ADD COLUMN faulted TEXT NOT NULL DEFAULT '[]';
ALTER TABLE scorers ADD COLUMN trouble TEXT;
ALTER TABLE scorers ADD COLUMN memory_bytes BIGINT;
