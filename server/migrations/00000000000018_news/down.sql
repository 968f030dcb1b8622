DROP TABLE news_seen;
DROP TABLE questions;
DROP TABLE announcements;
