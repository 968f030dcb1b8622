-- The SHA-256 that the client announced when it began the upload: the file was fixed at that moment, so that the upload may
-- end after the deadline.
ALTER TABLE uploads ADD COLUMN announced_sha256 TEXT;
