-- Where the server sends what happens in a season.
CREATE TABLE webhooks (
    id TEXT NOT NULL PRIMARY KEY,
    season_id TEXT NOT NULL REFERENCES seasons (id),
    url TEXT NOT NULL,
    -- The kinds of events, JSON.
    kinds TEXT NOT NULL,
    description TEXT NOT NULL,
    created_by TEXT NOT NULL REFERENCES accounts (id),
    created_at BIGINT NOT NULL,
    -- Base64, in clear text, because every signature needs it. It never leaves the database.
    secret TEXT NOT NULL,
    -- The one before, with which deliveries are also signed until then.
    old_secret TEXT,
    old_secret_until BIGINT,
    disabled_at BIGINT,
    disabled_reason TEXT,
    -- Since when attempts fail; null if the last one succeeded.
    failing_since BIGINT,
    -- When the first delivery that waits is tried next.
    next_try_at BIGINT NOT NULL,
    -- Until then a server sends it, and no other one does.
    claimed_until BIGINT NOT NULL
);
CREATE INDEX webhooks_by_season ON webhooks (season_id, id);

-- What is sent to a webhook, in the order of the ids. `webhook_id` is no reference, because what happens in a season must not fail if a
-- webhook is deleted at the same moment.
CREATE TABLE webhook_deliveries (
    id TEXT NOT NULL PRIMARY KEY,
    webhook_id TEXT NOT NULL,
    kind TEXT NOT NULL,
    at BIGINT NOT NULL,
    -- The number of the season's event that it tells of, or else what it tells, JSON.
    event_number BIGINT,
    data TEXT,
    state TEXT NOT NULL,
    attempts INTEGER NOT NULL,
    tried_at BIGINT,
    status INTEGER,
    fault TEXT,
    error TEXT,
    ended_at BIGINT
);
CREATE INDEX webhook_deliveries_by_webhook ON webhook_deliveries (webhook_id, state, id);
CREATE INDEX webhook_deliveries_by_end ON webhook_deliveries (ended_at);
