//! Running models: the scorer's side of `holdout-runner`.
//!
//! A runner is a process for one run. [`pool`] starts it, ahead of time if it can; [`start`] waits
//! until it has closed its sandbox; [`run`] gives it a model and images and takes its answers,
//! while [`watchdog`] watches it; [`judge`] says how the run ended. Whatever a runner says after it
//! has seen a model may be the model's own words: it is believed only as far as it can be checked,
//! and a runner is never used again.

mod answers;
mod assignment;
#[cfg(test)]
mod carried;
mod cause;
mod compute_time;
mod config;
mod devices;
mod feed;
mod frames;
mod images;
mod judge;
mod limits;
mod memory_file;
mod order;
mod pool;
mod process;
mod process_handle;
mod run;
mod session;
mod start;
mod task;
mod usage;
mod verdicts;
mod visible_gpus;
mod watchdog;

pub use answers::Answers;
pub(crate) use assignment::{Assignment, ProgressOffset};
pub(crate) use cause::Causes;
pub use config::RunnerConfig;
pub(crate) use devices::{BESIDE_A_GPU, because, choose_devices, runner_threads, usable_memory};
pub use devices::{RunnerError, find_devices};
pub(crate) use images::{Images, Noise, WithNoise};
pub(crate) use memory_file::MemoryFile;
pub(crate) use order::Order;
pub(crate) use pool::{PooledRunner, RunnerPool};
pub(crate) use run::{CompletedRun, FailedRun, run_once};
pub(crate) use start::StartingRunner;
pub use task::ModelTask;
pub(crate) use verdicts::{not_reproducible, without_shape};

/// Takes this process out of the reach of its own children: nobody of the same user can read its
/// memory any more, and it leaves no core file, because labels are in there.
pub(crate) fn close_own_memory() {
    use rustix::process::{DumpableBehavior, set_dumpable_behavior};
    if let Err(error) = set_dumpable_behavior(DumpableBehavior::NotDumpable) {
        tracing::warn!(%error, "other processes of this user can read the memory of this one");
    }
}
