DROP TABLE banned_people;
DROP TABLE bans;
