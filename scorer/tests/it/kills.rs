//! Runners that are killed by somebody else.
