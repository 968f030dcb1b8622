//! Every type that crosses a process boundary: what of it goes over the wire, and what of another
//! version is read.
#![expect(clippy::unwrap_used, clippy::panic, reason = "tests")]

mod lists;
mod sources;
mod texts;
mod wire;
