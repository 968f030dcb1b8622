//! Re-scoring: what another version of a test set changes is counted beside the board, looked at,
//! and applied or dropped.
//!
//! A version that would replace one with results is only staged. [`worker`] counts every result for
//! it, from the answers that are kept ([`count`]), and queues again what has none. The board shows
//! the version before until an organizer applies the re-scoring, which takes one transaction.
//! Nothing is lost when a server dies in between: what is missing is found again.

mod count;
mod end;
pub mod order;
mod preview;
mod stage;
pub mod worker;

pub use end::{apply, drop_rescoring};
pub use preview::preview;
pub use stage::{begin, check_none_open, stage};
