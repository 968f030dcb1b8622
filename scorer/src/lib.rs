//! Holdout's scorer: claims work over HTTP, fetches files, evaluates, reports. No database, no web framework, no `unsafe`.
//!
//! One attempt goes through named stages: *claim* (a long poll) → *fetch* (file and test set, by digest) → *check* (the
//! format) → *score* (labels against answers) → *report* (until the server has answered). A model goes another way between
//! check and score: it is packed, its test set's images are prepared, and sandboxed runners run it. Blame is a type: what a
//! team did wrong is a verdict, everything else is a fault, which the server tries again elsewhere. Labels, answers and
//! tokens are never logged, nor anything that a model says.

mod bounded;
mod cache;
mod claim;
mod client;
mod config;
mod devices;
mod error;
mod fetch;
pub mod local;
mod machine;
mod model;
mod oversight;
mod pulse;
mod report;
mod run;
mod runner;
#[cfg(test)]
mod scripted;
mod self_test;
mod stop;
mod test_sets;
mod trust;
mod work;

pub use config::ScorerConfig;
pub use error::ScorerError;
pub use run::run;
pub use runner::{RunnerConfig, RunnerError, find_devices};
pub use stop::StopSignal;
pub use trust::{Trust, TrustError};
