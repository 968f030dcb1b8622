DROP TABLE team_changes;
DROP TABLE submission_members;
