DROP TABLE submission_versions;
