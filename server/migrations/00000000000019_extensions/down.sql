ALTER TABLE submissions DROP COLUMN late;
DROP TABLE extensions;
