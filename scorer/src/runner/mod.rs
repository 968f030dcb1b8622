//! Running models: the scorer's side of `holdout-runner`.
//!
//! A runner is a process for one run. [`supply`] starts it, ahead of time if it can; [`prepare`] waits until it has closed
//! its sandbox; [`run`] gives it a model and images and takes its answers, under the eyes of [`watch`]; [`judge`] says what
//! became of it. Whatever a runner says after it has seen a model may be the model's own words: it is believed only as far
//! as it can be checked, and a runner is never used again.

#[cfg(test)]
mod carried;
mod cause;
mod config;
mod devices;
mod feed;
mod frames;
mod judge;
mod memory_file;
mod prepare;
mod process;
mod run;
mod supply;
mod talk;
mod usage;
mod verdicts;
mod watch;

pub(crate) use cause::Causes;
pub use config::RunnerConfig;
pub(crate) use devices::{BESIDE_A_GPU, choose, threads, usable_memory};
pub use devices::{RunnerError, find_devices};
pub(crate) use memory_file::MemoryFile;
pub(crate) use prepare::Starting;
pub(crate) use run::{Assignment, NotRun, Run, Tally, run};
pub(crate) use supply::{Supplied, Supply};
pub(crate) use verdicts::{not_reproducible, without_shape};

/// Takes this process out of the reach of its own children: nobody of the same user can read its memory any more, and it
/// leaves no core file. Labels are in there.
pub(crate) fn close_own_memory() {
    use rustix::process::{DumpableBehavior, set_dumpable_behavior};
    if let Err(error) = set_dumpable_behavior(DumpableBehavior::NotDumpable) {
        tracing::warn!(%error, "other processes of this user can read the memory of this one");
    }
}
