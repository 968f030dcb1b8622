DROP INDEX api_tokens_by_parent;
ALTER TABLE api_tokens DROP COLUMN parent_id;
DROP INDEX sessions_by_api_token;
ALTER TABLE sessions DROP COLUMN api_token_id;
