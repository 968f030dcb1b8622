-- Which API token a session or another token was made with. When that token is deleted, they end too.
ALTER TABLE sessions ADD COLUMN api_token_id TEXT REFERENCES api_tokens (id);
CREATE INDEX sessions_by_api_token ON sessions (api_token_id);
ALTER TABLE api_tokens ADD COLUMN parent_id TEXT REFERENCES api_tokens (id);
CREATE INDEX api_tokens_by_parent ON api_tokens (parent_id);
