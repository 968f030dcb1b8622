-- What a reader takes a team's name for; empty until a server has worked it out, and for teams of the same look from before.
ALTER TABLE teams ADD COLUMN look_key TEXT NOT NULL DEFAULT '';
CREATE UNIQUE INDEX teams_look ON teams (season_id, look_key) WHERE look_key <> '';
