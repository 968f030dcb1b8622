//! Models run by the real runner, from their file to their verdict.
#![expect(clippy::unwrap_used, reason = "tests")]

mod answers;
mod kills;
mod models;
mod verdicts;
mod world;
