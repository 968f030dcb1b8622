//! Holdout's scorer: claims work over HTTP, fetches files, evaluates, reports. No database, no web
//! framework, no `unsafe`.
//!
//! One attempt goes through named stages: *claim* (a long poll) → *fetch* (file and test set, by
//! digest) → *check* (the format) → *score* (labels against answers) → *report* (until the server
//! has answered). A model goes another way between check and score: it is packed, its test set's
//! images are prepared, and sandboxed runners run it. Blame is a type: what a team did wrong is a
//! verdict, everything else is a fault, which the server tries again elsewhere. Labels, answers and
//! tokens are never logged, nor anything that a model says.

mod bounded;
mod claim;
mod client;
mod config;
mod devices;
mod error;
mod files;
mod heartbeat;
pub mod local;
mod machine;
mod model;
mod outcome;
mod progress;
mod report;
mod runner;
mod scorer;
#[cfg(test)]
mod scripted;
mod self_test;
mod stop;
mod worker;

pub use config::ScorerConfig;
pub use error::ScorerError;
pub use runner::{RunnerConfig, RunnerError, find_devices};
pub use scorer::run;
pub use stop::StopSignal;
