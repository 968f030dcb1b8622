ALTER TABLE submission_versions DROP COLUMN team_id;
DROP INDEX teams_merged_into;
ALTER TABLE teams DROP COLUMN merge_reason;
ALTER TABLE teams DROP COLUMN merged_at;
ALTER TABLE teams DROP COLUMN merged_into;
