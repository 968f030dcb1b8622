DROP TABLE rescorings;
ALTER TABLE test_sets DROP COLUMN staged;
DROP INDEX evaluations_rescored;
DROP INDEX evaluations_by_version;
ALTER TABLE evaluations DROP COLUMN rescoring;
ALTER TABLE results DROP COLUMN answers_of;
DROP TABLE answers;
