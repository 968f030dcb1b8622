//! Limits of prediction files.

/// Most labels an image may have.
pub const LABELS: usize = 5;

/// Longest line of a prediction file, bytes without its end.
pub const MAX_LINE_BYTES: usize = 64 * 1024;
