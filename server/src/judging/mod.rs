//! What organizers decide about results: disqualify, hide, flag, restore. What such a decision does to a board is decided by
//! [`crate::db::boards::Entry::showing`].

mod apply;
mod preview;

pub use apply::judge;
