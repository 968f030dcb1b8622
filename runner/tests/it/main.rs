//! The real program, driven over its real protocol.
#![expect(clippy::unwrap_used, clippy::indexing_slicing, clippy::panic, reason = "tests")]

mod answers;
mod failures;
mod lifecycle;
mod missing_layers;
mod models;
mod outputs;
mod program;
#[path = "../support/mod.rs"]
mod support;
