//! Models run by the real runner, from their file to their verdict.
#![expect(clippy::unwrap_used, clippy::panic, clippy::indexing_slicing, reason = "tests")]

mod answers;
mod models;
mod world;
