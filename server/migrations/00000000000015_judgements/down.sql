ALTER TABLE submissions DROP COLUMN withdrawn_at;
ALTER TABLE submissions DROP COLUMN flag;
ALTER TABLE submissions DROP COLUMN ruled_at;
ALTER TABLE submissions DROP COLUMN public_reason;
ALTER TABLE submissions DROP COLUMN ruling_reason;
ALTER TABLE submissions DROP COLUMN ruling;
