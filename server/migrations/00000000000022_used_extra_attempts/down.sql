ALTER TABLE quota_ledger DROP COLUMN extension_id;
