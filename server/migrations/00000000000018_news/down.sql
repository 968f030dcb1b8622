DROP TABLE news_seen;
DROP TABLE season_events;
DROP TABLE questions;
DROP TABLE announcements;
