//! Evaluations: states, queue, leases and outcomes.
//!
//! Only this module changes a state. Every change is [`state::after`] followed by one guarded
//! write, which tells apart whether it moved the evaluation, found it moved on by somebody else, or
//! found none.

mod cancel;
mod claim;
pub mod fair_share;
pub mod file;
pub mod fleet;
mod ladder;
pub mod lease;
mod measured;
mod outcome;
pub mod overview;
pub mod reaper;
mod refuse;
mod renew;
mod requeue;
mod rescored;
mod state;
pub mod tokens;
mod transition;

pub use cancel::cancel;
pub use claim::claim;
pub use outcome::record;
pub use refuse::refuse;
pub use renew::renew;
pub use requeue::requeue;
pub use rescored::{AnswersOf, cancel_rescoring, insert_counted, queue_rescoring};
pub use state::Event;
pub use transition::queue;
