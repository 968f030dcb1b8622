//! Test sets.
