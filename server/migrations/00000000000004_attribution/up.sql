-- The members of the team at the moment of a submission: all of them have used the slot that it was charged for, and take
-- that with them when they change teams. No `ON DELETE CASCADE`, here or from accounts and teams: whoever deletes or
-- merges those has to decide what becomes of the slots, because a row that vanishes gives a slot back.
CREATE TABLE submission_members (
    submission_id TEXT NOT NULL REFERENCES submissions (id),
    account_id TEXT NOT NULL REFERENCES accounts (id),
    PRIMARY KEY (submission_id, account_id)
);
CREATE INDEX submission_members_by_account ON submission_members (account_id, submission_id);

-- Submissions from before this table: the submitter, and whoever is in the team now. What organizers entered on a team's
-- behalf is not in the ledger and nobody's.
INSERT INTO submission_members (submission_id, account_id)
    SELECT submissions.id, submissions.account_id
    FROM submissions JOIN quota_ledger ON quota_ledger.submission_id = submissions.id
    UNION
    SELECT submissions.id, memberships.account_id
    FROM submissions JOIN quota_ledger ON quota_ledger.submission_id = submissions.id
    JOIN memberships ON memberships.team_id = submissions.team_id;

-- Who founded, joined and left teams. A team that never submitted is deleted when its last member leaves, therefore
-- `team_id` is no reference: that it was founded still counts.
CREATE TABLE team_changes (
    id TEXT NOT NULL PRIMARY KEY,
    season_id TEXT NOT NULL REFERENCES seasons (id),
    team_id TEXT NOT NULL,
    team_name TEXT NOT NULL,
    account_id TEXT NOT NULL REFERENCES accounts (id),
    -- `founded`, `joined`, `left` or `removed`.
    action TEXT NOT NULL,
    -- Submissions charged to the person in this season by then.
    submissions INTEGER NOT NULL,
    at BIGINT NOT NULL
);
CREATE INDEX team_changes_by_season ON team_changes (season_id, id);
CREATE INDEX team_changes_by_account ON team_changes (account_id, season_id);

-- The audit log knows the changes of the past; who was in a team besides the submitter it does not say, so that each change
-- counts what the person had submitted themself. An object is `season/team`; the detail of somebody leaving is `{"account":"ID"}`, also where a captain took
-- them out.
INSERT INTO team_changes (id, season_id, team_id, team_name, account_id, action, submissions, at)
    SELECT past.id, past.season_id, past.team_id, COALESCE(teams.name, ''), accounts.id, past.action,
        (SELECT COUNT(*) FROM submissions JOIN quota_ledger ON quota_ledger.submission_id = submissions.id
            WHERE submissions.account_id = accounts.id AND submissions.season_id = past.season_id
                AND submissions.created_at < past.at AND quota_ledger.state <> 'refunded'),
        past.at
    FROM (
        SELECT audit_log.id, seasons.id AS season_id, substr(object, length(slug) + 2) AS team_id, audit_log.at,
            CASE audit_log.action WHEN 'team.create' THEN 'founded' WHEN 'team.join' THEN 'joined'
                WHEN 'team.leave' THEN 'left' ELSE 'removed' END AS action,
            CASE WHEN audit_log.action IN ('team.create', 'team.join') THEN account_id
                ELSE substr(detail, 13, 36) END AS person
        FROM audit_log JOIN seasons ON substr(object, 1, length(slug) + 1) = slug || '/'
        WHERE audit_log.action IN ('team.create', 'team.join', 'team.leave', 'team.remove_member')
    ) AS past
    JOIN accounts ON accounts.id = past.person
    LEFT JOIN teams ON teams.id = past.team_id;
