ALTER TABLE submissions DROP COLUMN kept_back;
