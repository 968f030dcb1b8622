//! What keeps one caller from taking the server away from the others: bounds on connections,
//! bodies, answers, streams, checks and the use of the database.
//!
//! The counts here are of this process alone, because they protect its memory and its cores. Limits
//! that hold over all servers are in [`crate::rates`] and in the database.

pub mod answers;
mod bodies;
pub mod connections;
mod cpu;
mod descriptors;
mod guard;
mod reading;
mod streams;
mod tally;
mod turns;
pub mod whose;

pub use bodies::Bodies;
pub use connections::Connections;
pub use cpu::{CpuBudget, is_exhausted};
pub use descriptors::raise_descriptor_limit;
pub use guard::{MAX_OUTCOME, guard};
pub use reading::Answers;
pub use streams::{StreamPlace, Streams};
pub use tally::Full;
pub use turns::{FairTurns, Most, Turn};
