-- When an entry that organizers made for a team was made, by their word. It is shown and decides nothing.
ALTER TABLE submissions ADD COLUMN dated_at BIGINT;
