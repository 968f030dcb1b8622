//! The crate through its front door: pictures whose pixels Pillow gave, archives honest and
//! hostile, preparing that is interrupted, and many damaged files.
#![expect(clippy::unwrap_used, clippy::panic, clippy::indexing_slicing, reason = "tests")]

mod archives;
mod cache;
mod checking;
mod mutations;
mod pictures;
mod preparing;
mod refusals;
mod support;
