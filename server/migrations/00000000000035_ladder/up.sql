-- Whether the Ladder of its task keeps the score of a submission back: it was not clearly better than its team's best when
-- it came.
ALTER TABLE submissions ADD COLUMN kept_back BOOLEAN NOT NULL DEFAULT FALSE;
