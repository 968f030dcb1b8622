//! Seasons and tasks.
