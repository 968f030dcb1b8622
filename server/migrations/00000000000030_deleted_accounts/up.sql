-- An account that was deleted stays as a row without a name and an address, because what it submitted still counts: for its
-- quota, for its teams, on boards.
ALTER TABLE accounts ADD COLUMN deleted_at BIGINT;
-- Digest of the address that a deleted account had: while a season that it submitted in runs, the address gets no second quota.
ALTER TABLE accounts ADD COLUMN former_email_sha256 TEXT;
CREATE INDEX accounts_by_former_email ON accounts (former_email_sha256);
