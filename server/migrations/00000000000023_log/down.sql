DROP TABLE log_backlog;
DROP TABLE log_checkpoints;
DROP TABLE log_nodes;
DROP TABLE log_entries;
DELETE FROM settings WHERE name IN ('log-name', 'log-key');
