-- One text for SQLite and PostgreSQL. Ids are UUIDv7 as text, times are microseconds since 1970 (UTC),
-- structured settings are JSON as text. SQLite keeps BYTEA values as blobs.

CREATE TABLE settings (
    name TEXT NOT NULL PRIMARY KEY,
    value TEXT NOT NULL
);

CREATE TABLE accounts (
    id TEXT NOT NULL PRIMARY KEY,
    email TEXT NOT NULL UNIQUE,
    name TEXT NOT NULL,
    password_hash TEXT NOT NULL,
    organizer BOOLEAN NOT NULL,
    created_at BIGINT NOT NULL
);

CREATE TABLE sessions (
    id TEXT NOT NULL PRIMARY KEY,
    account_id TEXT NOT NULL REFERENCES accounts (id),
    created_at BIGINT NOT NULL,
    expires_at BIGINT NOT NULL,
    revoked_at BIGINT
);
CREATE INDEX sessions_by_account ON sessions (account_id);

-- Every refresh token ever given out in a session: one that comes back after its use is a theft.
CREATE TABLE refresh_tokens (
    hash TEXT NOT NULL PRIMARY KEY,
    session_id TEXT NOT NULL REFERENCES sessions (id) ON DELETE CASCADE,
    issued_at BIGINT NOT NULL,
    expires_at BIGINT NOT NULL,
    used_at BIGINT
);
CREATE INDEX refresh_tokens_by_session ON refresh_tokens (session_id);

CREATE TABLE api_tokens (
    id TEXT NOT NULL PRIMARY KEY,
    account_id TEXT NOT NULL REFERENCES accounts (id),
    name TEXT NOT NULL,
    hash TEXT NOT NULL UNIQUE,
    created_at BIGINT NOT NULL,
    expires_at BIGINT NOT NULL,
    last_used_at BIGINT
);
CREATE INDEX api_tokens_by_account ON api_tokens (account_id);

CREATE TABLE scorer_tokens (
    id TEXT NOT NULL PRIMARY KEY,
    name TEXT NOT NULL,
    hash TEXT NOT NULL UNIQUE,
    created_at BIGINT NOT NULL,
    revoked_at BIGINT
);

CREATE TABLE scorers (
    id TEXT NOT NULL PRIMARY KEY,
    token_id TEXT NOT NULL REFERENCES scorer_tokens (id),
    name TEXT NOT NULL,
    version TEXT NOT NULL,
    devices TEXT NOT NULL,
    last_seen_at BIGINT NOT NULL,
    faults INTEGER NOT NULL,
    withdrawn_at BIGINT
);

CREATE TABLE rate_limits (
    bucket TEXT NOT NULL PRIMARY KEY,
    window_start BIGINT NOT NULL,
    hits INTEGER NOT NULL
);

CREATE TABLE idempotency_keys (
    account_id TEXT NOT NULL,
    idempotency_key TEXT NOT NULL,
    operation TEXT NOT NULL,
    request_hash TEXT NOT NULL,
    response TEXT NOT NULL,
    created_at BIGINT NOT NULL,
    PRIMARY KEY (account_id, idempotency_key)
);
CREATE INDEX idempotency_keys_by_age ON idempotency_keys (created_at);

CREATE TABLE seasons (
    id TEXT NOT NULL PRIMARY KEY,
    slug TEXT NOT NULL UNIQUE,
    title TEXT NOT NULL,
    rules TEXT NOT NULL,
    opens_at BIGINT NOT NULL,
    closes_at BIGINT,
    draft BOOLEAN NOT NULL,
    paused BOOLEAN NOT NULL,
    frozen_at BIGINT,
    published_at BIGINT,
    created_at BIGINT NOT NULL
);

CREATE TABLE tasks (
    id TEXT NOT NULL PRIMARY KEY,
    season_id TEXT NOT NULL REFERENCES seasons (id),
    slug TEXT NOT NULL,
    position INTEGER NOT NULL,
    settings TEXT NOT NULL,
    test_set_id TEXT,
    -- Goes up with every change that a viewer of the board could see.
    board_version BIGINT NOT NULL,
    created_at BIGINT NOT NULL,
    UNIQUE (season_id, slug)
);

CREATE TABLE test_sets (
    id TEXT NOT NULL PRIMARY KEY,
    task_id TEXT NOT NULL REFERENCES tasks (id),
    version INTEGER NOT NULL,
    -- The canonical form: classes, image names, labels.
    sha256 TEXT NOT NULL,
    size BIGINT NOT NULL,
    images_sha256 TEXT,
    images_size BIGINT,
    classes INTEGER NOT NULL,
    images INTEGER NOT NULL,
    -- Bit i is set where image i is in the public part; null where all are.
    public_mask BYTEA,
    split TEXT,
    salt TEXT NOT NULL,
    commitment TEXT NOT NULL,
    created_at BIGINT NOT NULL,
    UNIQUE (task_id, version)
);

CREATE TABLE teams (
    id TEXT NOT NULL PRIMARY KEY,
    season_id TEXT NOT NULL REFERENCES seasons (id),
    name TEXT NOT NULL,
    name_key TEXT NOT NULL,
    affiliation TEXT,
    created_at BIGINT NOT NULL,
    UNIQUE (season_id, name_key)
);

CREATE TABLE memberships (
    season_id TEXT NOT NULL REFERENCES seasons (id),
    account_id TEXT NOT NULL REFERENCES accounts (id),
    team_id TEXT NOT NULL REFERENCES teams (id),
    role TEXT NOT NULL,
    joined_at BIGINT NOT NULL,
    -- One team a person a season.
    PRIMARY KEY (season_id, account_id)
);
CREATE INDEX memberships_by_team ON memberships (team_id);

CREATE TABLE invitations (
    id TEXT NOT NULL PRIMARY KEY,
    code_hash TEXT NOT NULL UNIQUE,
    team_id TEXT NOT NULL REFERENCES teams (id),
    created_by TEXT NOT NULL REFERENCES accounts (id),
    email TEXT,
    created_at BIGINT NOT NULL,
    expires_at BIGINT NOT NULL,
    accepted_at BIGINT,
    accepted_by TEXT,
    revoked_at BIGINT
);
CREATE INDEX invitations_by_team ON invitations (team_id);

CREATE TABLE uploads (
    id TEXT NOT NULL PRIMARY KEY,
    account_id TEXT NOT NULL REFERENCES accounts (id),
    length BIGINT NOT NULL,
    received BIGINT NOT NULL,
    filename TEXT,
    -- The receipt, once complete; names a blob.
    sha256 TEXT,
    created_at BIGINT NOT NULL,
    expires_at BIGINT NOT NULL
);
CREATE INDEX uploads_by_expiry ON uploads (expires_at);
CREATE INDEX uploads_by_blob ON uploads (sha256);

-- What has been received of an unfinished upload, one object of the store each.
CREATE TABLE upload_parts (
    upload_id TEXT NOT NULL REFERENCES uploads (id) ON DELETE CASCADE,
    start BIGINT NOT NULL,
    length BIGINT NOT NULL,
    object TEXT NOT NULL,
    PRIMARY KEY (upload_id, start)
);

CREATE TABLE submissions (
    id TEXT NOT NULL PRIMARY KEY,
    season_id TEXT NOT NULL REFERENCES seasons (id),
    task_id TEXT NOT NULL REFERENCES tasks (id),
    team_id TEXT NOT NULL REFERENCES teams (id),
    account_id TEXT NOT NULL REFERENCES accounts (id),
    kind TEXT NOT NULL,
    sha256 TEXT NOT NULL,
    size BIGINT NOT NULL,
    method TEXT,
    description TEXT,
    links TEXT NOT NULL,
    note TEXT,
    baseline BOOLEAN NOT NULL,
    -- The evaluation that counts.
    evaluation_id TEXT NOT NULL,
    created_at BIGINT NOT NULL
);
CREATE INDEX submissions_by_team ON submissions (task_id, team_id);
CREATE INDEX submissions_by_blob ON submissions (sha256);

CREATE TABLE evaluations (
    id TEXT NOT NULL PRIMARY KEY,
    submission_id TEXT NOT NULL REFERENCES submissions (id),
    task_id TEXT NOT NULL REFERENCES tasks (id),
    team_id TEXT NOT NULL REFERENCES teams (id),
    test_set_id TEXT NOT NULL REFERENCES test_sets (id),
    kind TEXT NOT NULL,
    state TEXT NOT NULL,
    -- Attempts begun; the number of the present or last one.
    attempt INTEGER NOT NULL,
    -- Attempts that ended in a fault or an expired lease.
    failures INTEGER NOT NULL,
    scorer_id TEXT,
    lease_expires_at BIGINT,
    stage TEXT,
    done BIGINT NOT NULL,
    total BIGINT NOT NULL,
    queued_at BIGINT NOT NULL,
    started_at BIGINT,
    finished_at BIGINT,
    verdict TEXT,
    -- For operators; never shown to a team.
    fault TEXT,
    measures TEXT,
    scorer_version TEXT
);
CREATE INDEX evaluations_by_submission ON evaluations (submission_id);
-- The queue, whatever has gone through it before: only what waits or runs.
CREATE INDEX evaluations_open ON evaluations (state, kind, team_id, task_id, queued_at)
    WHERE state IN ('queued', 'running');
CREATE INDEX evaluations_leases ON evaluations (lease_expires_at) WHERE lease_expires_at IS NOT NULL;
CREATE INDEX evaluations_by_team ON evaluations (team_id, task_id, state);
CREATE INDEX evaluations_by_finish ON evaluations (finished_at);
-- Fair share: how much a team had in the last hour.
CREATE INDEX evaluations_by_start ON evaluations (team_id, started_at);

-- What a scored evaluation got right: all that ranks and paired tests need.
CREATE TABLE results (
    evaluation_id TEXT NOT NULL PRIMARY KEY REFERENCES evaluations (id),
    task_id TEXT NOT NULL REFERENCES tasks (id),
    n INTEGER NOT NULL,
    top1_wrong INTEGER NOT NULL,
    top5_wrong INTEGER NOT NULL,
    public_n INTEGER NOT NULL,
    public_top1_wrong INTEGER NOT NULL,
    public_top5_wrong INTEGER NOT NULL,
    -- The task's board version that came with this result: what is new on a board is found by it.
    board_version BIGINT NOT NULL,
    top1 BYTEA NOT NULL,
    top5 BYTEA NOT NULL
);
CREATE INDEX results_by_task ON results (task_id, board_version);

-- Who was charged: reserve, then commit or refund with a reason. One row a submission that counts against a quota.
CREATE TABLE quota_ledger (
    submission_id TEXT NOT NULL PRIMARY KEY REFERENCES submissions (id),
    task_id TEXT NOT NULL REFERENCES tasks (id),
    team_id TEXT NOT NULL REFERENCES teams (id),
    state TEXT NOT NULL,
    reason TEXT,
    reserved_at BIGINT NOT NULL,
    settled_at BIGINT
);
CREATE INDEX quota_ledger_by_team ON quota_ledger (task_id, team_id, reserved_at);

CREATE TABLE audit_log (
    id TEXT NOT NULL PRIMARY KEY,
    at BIGINT NOT NULL,
    account_id TEXT,
    action TEXT NOT NULL,
    object TEXT NOT NULL,
    detail TEXT NOT NULL
);
