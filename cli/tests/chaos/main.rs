//! Whole installations under trouble: processes are killed, and the platform fails.

#![expect(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic,
    reason = "a test that cannot go on fails"
)]

mod bucket;
mod clock;
mod disk;
mod kills;
mod line;
#[path = "../support/mod.rs"]
mod support;
mod troubles;
