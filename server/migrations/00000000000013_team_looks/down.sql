DROP INDEX teams_look;
ALTER TABLE teams DROP COLUMN look_key;
