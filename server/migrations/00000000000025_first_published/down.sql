ALTER TABLE seasons DROP COLUMN first_published_at;
