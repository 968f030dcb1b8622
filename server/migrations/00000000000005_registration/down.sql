DROP TABLE registrations;
DROP TABLE registration_codes;
ALTER TABLE teams DROP COLUMN status_note;
ALTER TABLE teams DROP COLUMN status;
ALTER TABLE seasons DROP COLUMN registration;
