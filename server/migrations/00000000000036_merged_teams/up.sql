-- The team that a team became part of, when, and the reason that organizers gave. The row stays: its name is not given
-- to another team, and boards of an earlier time name it.
ALTER TABLE teams ADD COLUMN merged_into TEXT REFERENCES teams (id);
ALTER TABLE teams ADD COLUMN merged_at BIGINT;
ALTER TABLE teams ADD COLUMN merge_reason TEXT;
CREATE INDEX teams_merged_into ON teams (merged_into);
-- Whose a submission was until the edit.
ALTER TABLE submission_versions ADD COLUMN team_id TEXT NOT NULL DEFAULT '';
UPDATE submission_versions SET team_id =
    COALESCE((SELECT submissions.team_id FROM submissions WHERE submissions.id = submission_versions.submission_id), '');
