//! Models run by the real runner, from their file to their verdict; with a real server, from their
//! submission.
#![expect(clippy::unwrap_used, clippy::expect_used, clippy::indexing_slicing, clippy::panic, reason = "tests")]

mod answers;
mod arena;
mod batches;
mod kills;
mod leaks;
mod memory;
mod models;
mod near_ties;
mod pictures;
mod programs;
mod verdicts;
mod workers;
mod world;
