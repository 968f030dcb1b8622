//! What a run may use.

use std::time::Duration;

use super::task::ModelTask;

/// What a run may use, and what its answers have to look like.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct RunLimits {
    /// Classes of the task.
    pub(crate) classes: u16,
    /// Ranked indices wanted for an image.
    pub(crate) answers: u8,
    /// Seconds that a run may take.
    pub(crate) wall_seconds: u64,
    /// Bytes of memory beyond those of the prepared runner.
    pub(crate) memory_bytes: u64,
    /// Bytes that the model may use of the device's own memory, if it has some and tells.
    pub(crate) device_memory_bytes: Option<u64>,
}

impl RunLimits {
    /// The limits of a task on a device that has so much memory of its own.
    pub(crate) fn of_task(task: &ModelTask, device_memory_bytes: Option<u64>) -> Self {
        Self {
            classes: task.classes,
            answers: task.answers(),
            wall_seconds: task.limits.wall_seconds,
            memory_bytes: task.limits.memory_bytes,
            device_memory_bytes,
        }
    }
}

/// The limit at which the watchdog killed a run.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum ReachedLimit {
    /// Time in which the model could compute, or processor time.
    Time,
    /// The part of it that the model may use before it has computed its batches of noise.
    Trial,
    Memory,
    /// Wall time, a multiple of the time limit, in which the model did not get to use its time: the
    /// machine is too busy.
    Wall,
}

/// Longest wall time of a run, as a multiple of the time that the model may compute. A run that
/// reaches it was kept waiting for three quarters of the time.
pub(crate) const WALL_FACTOR: u32 = 4;

/// Shortest time for loading a model and its batches of noise, if the task's limit is not shorter.
const SHORTEST_TRIAL: Duration = Duration::from_secs(30);

/// Returns the part of the limit that may pass before a model has computed its batches of noise: a
/// tenth, and 30 s at least. Loading and four small pictures take an honest model far less than the
/// whole test set.
pub(crate) fn trial_time(limit: Duration) -> Duration {
    (limit / 10).max(SHORTEST_TRIAL).min(limit)
}
