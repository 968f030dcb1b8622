//! Deletes what no row names.
