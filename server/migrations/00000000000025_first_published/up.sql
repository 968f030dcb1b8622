-- When the private scores of a season were published first: it stays if they are hidden again, because teams have seen them.
ALTER TABLE seasons ADD COLUMN first_published_at BIGINT;
UPDATE seasons SET first_published_at = coalesce(
    (SELECT min(season_events.at) FROM season_events WHERE season_events.season_id = seasons.id AND season_events.kind = 'published'),
    published_at
);
