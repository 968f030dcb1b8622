DROP INDEX accounts_by_former_email;
ALTER TABLE accounts DROP COLUMN former_email_sha256;
ALTER TABLE accounts DROP COLUMN deleted_at;
