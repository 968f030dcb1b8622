-- The process that a scorer is a worker of: workers of one process share disk and memory, and fail together.
ALTER TABLE scorers ADD COLUMN process_id TEXT;
