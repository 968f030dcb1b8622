ALTER TABLE uploads DROP COLUMN writer;
