//! Receipts, notes and proofs, from outside.

#![expect(clippy::unwrap_used, clippy::indexing_slicing, reason = "tests")]

mod mutations;
mod notes;
mod support;
mod tamper;
mod tree;
mod vectors;
