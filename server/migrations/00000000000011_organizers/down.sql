DROP TABLE setup_codes;
DROP TABLE organizer_invitations;
ALTER TABLE accounts DROP COLUMN has_password;
ALTER TABLE accounts DROP COLUMN invited_by;
ALTER TABLE accounts DROP COLUMN organizer_until;
ALTER TABLE accounts DROP COLUMN organizer_since;
