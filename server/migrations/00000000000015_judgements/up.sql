-- What organizers decided about a result: `hidden` or `disqualified`; null if it counts.
ALTER TABLE submissions ADD COLUMN ruling TEXT;
ALTER TABLE submissions ADD COLUMN ruling_reason TEXT;
-- What the board says of it.
ALTER TABLE submissions ADD COLUMN public_reason TEXT;
ALTER TABLE submissions ADD COLUMN ruled_at BIGINT;
-- A note that only organizers see.
ALTER TABLE submissions ADD COLUMN flag TEXT;
-- When its team took the result off the board.
ALTER TABLE submissions ADD COLUMN withdrawn_at BIGINT;
