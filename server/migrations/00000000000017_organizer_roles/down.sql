ALTER TABLE organizer_invitations DROP COLUMN season_id;
ALTER TABLE organizer_invitations DROP COLUMN role;
ALTER TABLE accounts ADD COLUMN organizer BOOLEAN NOT NULL DEFAULT FALSE;
ALTER TABLE accounts ADD COLUMN organizer_since BIGINT;
ALTER TABLE accounts ADD COLUMN organizer_until BIGINT;
ALTER TABLE accounts ADD COLUMN invited_by TEXT;
-- Before, an organizer could do everything: only owners of the server stay organizers.
UPDATE accounts SET organizer = TRUE,
    organizer_since = (SELECT granted_at FROM organizer_roles WHERE account_id = accounts.id AND season_id IS NULL AND ended_at IS NULL),
    invited_by = (SELECT granted_by FROM organizer_roles WHERE account_id = accounts.id AND season_id IS NULL AND ended_at IS NULL)
    WHERE id IN (SELECT account_id FROM organizer_roles WHERE season_id IS NULL AND role = 'owner' AND ended_at IS NULL);
UPDATE accounts SET organizer_until = (SELECT MAX(ended_at) FROM organizer_roles WHERE account_id = accounts.id);
DROP TABLE organizer_roles;
