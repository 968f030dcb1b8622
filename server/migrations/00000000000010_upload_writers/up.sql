-- The connection that may record bytes of the upload; 0 if there is none. A connection that finds another number here, or
-- another offset than it expects, has been replaced and records nothing more.
ALTER TABLE uploads ADD COLUMN writer BIGINT NOT NULL DEFAULT 0;
