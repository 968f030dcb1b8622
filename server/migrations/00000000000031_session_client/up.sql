-- The program or browser that a session was begun with, in its own words, so that its owner tells their sessions apart.
ALTER TABLE sessions ADD COLUMN client TEXT;
