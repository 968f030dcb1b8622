-- What a team discloses of how a submission was made: `supplied` or `outside`, and whether it is an ensemble; NULL if it
-- does not say. Versions keep both, because boards of an earlier time have the tracks of that time.
ALTER TABLE submissions ADD COLUMN training_data TEXT;
ALTER TABLE submissions ADD COLUMN ensemble BOOLEAN;
ALTER TABLE submission_versions ADD COLUMN training_data TEXT;
ALTER TABLE submission_versions ADD COLUMN ensemble BOOLEAN;
