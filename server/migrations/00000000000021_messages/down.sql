ALTER TABLE password_resets DROP COLUMN mailed;
DROP TABLE email_verifications;
ALTER TABLE accounts DROP COLUMN email_verified_at;
DROP TABLE mail_optouts;
DROP TABLE messages;
