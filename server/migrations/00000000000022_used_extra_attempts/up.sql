-- The extension whose extra attempt was used, if the quota of the team or of a member was used up.
ALTER TABLE quota_ledger ADD COLUMN extension_id TEXT REFERENCES extensions (id);
