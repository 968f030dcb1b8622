-- What organizers may do, and where: in one season, or on the whole server if there is none. A role that has ended stays, because
-- who was an organizer of a season does not compete in it.
CREATE TABLE organizer_roles (
    id TEXT NOT NULL PRIMARY KEY,
    account_id TEXT NOT NULL REFERENCES accounts (id),
    season_id TEXT REFERENCES seasons (id),
    -- `observer`, `judge`, `organizer` or `owner`; each may do what those before it may.
    role TEXT NOT NULL,
    granted_at BIGINT NOT NULL,
    granted_by TEXT REFERENCES accounts (id),
    ended_at BIGINT
);
CREATE UNIQUE INDEX organizer_roles_server ON organizer_roles (account_id) WHERE season_id IS NULL AND ended_at IS NULL;
CREATE UNIQUE INDEX organizer_roles_season ON organizer_roles (account_id, season_id)
    WHERE season_id IS NOT NULL AND ended_at IS NULL;
CREATE INDEX organizer_roles_by_account ON organizer_roles (account_id);

-- Every organizer could do everything everywhere.
INSERT INTO organizer_roles (id, account_id, role, granted_at, granted_by)
    SELECT id, id, 'owner', COALESCE(organizer_since, created_at), invited_by FROM accounts WHERE organizer;
INSERT INTO organizer_roles (id, account_id, role, granted_at, ended_at)
    SELECT 'past-' || id, id, 'owner', created_at, organizer_until FROM accounts WHERE organizer_until IS NOT NULL;
ALTER TABLE accounts DROP COLUMN organizer;
ALTER TABLE accounts DROP COLUMN organizer_since;
ALTER TABLE accounts DROP COLUMN organizer_until;
ALTER TABLE accounts DROP COLUMN invited_by;

ALTER TABLE organizer_invitations ADD COLUMN role TEXT NOT NULL DEFAULT 'organizer';
ALTER TABLE organizer_invitations ADD COLUMN season_id TEXT REFERENCES seasons (id);
