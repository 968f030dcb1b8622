DROP TABLE log_retired_keys;
