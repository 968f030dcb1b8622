-- What organizers announce to everybody who sees a season.
CREATE TABLE announcements (
    id TEXT NOT NULL PRIMARY KEY,
    season_id TEXT NOT NULL REFERENCES seasons (id),
    created_by TEXT NOT NULL REFERENCES accounts (id),
    created_at BIGINT NOT NULL,
    title TEXT NOT NULL,
    text TEXT NOT NULL,
    edited_at BIGINT,
    withdrawn_at BIGINT,
    -- When it was made, changed or withdrawn last.
    updated_at BIGINT NOT NULL
);
CREATE INDEX announcements_by_season ON announcements (season_id, id);

-- What teams ask the organizers. A team that never submitted goes with its last member, therefore `team_id` is no reference.
CREATE TABLE questions (
    id TEXT NOT NULL PRIMARY KEY,
    season_id TEXT NOT NULL REFERENCES seasons (id),
    task_id TEXT REFERENCES tasks (id),
    team_id TEXT NOT NULL,
    account_id TEXT NOT NULL REFERENCES accounts (id),
    text TEXT NOT NULL,
    asked_at BIGINT NOT NULL,
    answer TEXT,
    answer_public BOOLEAN NOT NULL DEFAULT FALSE,
    answered_by TEXT REFERENCES accounts (id),
    answered_at BIGINT
);
CREATE INDEX questions_by_season ON questions (season_id, id);

-- What happened in a season, as everybody may know it.
CREATE TABLE season_events (
    season_id TEXT NOT NULL REFERENCES seasons (id),
    -- Its place, given under the season's lock: who has read up to one of them misses none below it.
    number BIGINT NOT NULL,
    id TEXT NOT NULL UNIQUE,
    at BIGINT NOT NULL,
    kind TEXT NOT NULL,
    -- Of a board: who leads it.
    task_id TEXT REFERENCES tasks (id),
    submission_id TEXT REFERENCES submissions (id),
    error DOUBLE PRECISION,
    announcement_id TEXT REFERENCES announcements (id),
    question_id TEXT REFERENCES questions (id),
    PRIMARY KEY (season_id, number)
);
CREATE INDEX season_events_by_task ON season_events (task_id, number);

-- Up to when somebody has seen the announcements and answers of a season.
CREATE TABLE news_seen (
    account_id TEXT NOT NULL REFERENCES accounts (id),
    season_id TEXT NOT NULL REFERENCES seasons (id),
    announcements_until BIGINT NOT NULL DEFAULT 0,
    answers_until BIGINT NOT NULL DEFAULT 0,
    PRIMARY KEY (account_id, season_id)
);
