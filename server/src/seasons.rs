//! Seasons, tasks and test sets.
