//! The real program, driven over its real protocol.
#![expect(clippy::unwrap_used, reason = "tests")]

mod answers;
#[path = "../support/mod.rs"]
mod support;
