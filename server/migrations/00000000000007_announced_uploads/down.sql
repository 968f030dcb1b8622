ALTER TABLE uploads DROP COLUMN announced_sha256;
