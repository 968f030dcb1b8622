//! One run of one model: load it, feed it batch by batch, take its answers.
//!
//! Two threads share the work. The one that called reads the runner's answers; another fills the slots of the ring ahead
//! and tells the runner of them. A third, the watchdog, can kill the runner at any time, and then both find it gone.

use std::time::{Duration, Instant};

use holdout_protocol::{FaultReason, Layer};

use super::cause::Causes;
use super::judge::{Bounds, Heard, Judgement, Observed, Reached, WALL_FACTOR, judge};
use super::prepare::{ENDING, Ready};
use super::talk::{Found, Interrupted, Talk};
use super::watch::{Allowance, Pending, Stopped, TimeAllowance, watched};
use crate::machine::Machine;
use crate::model::{Answers, Images, ModelTask, Order};
use crate::oversight::Oversight;
use crate::work::{NotScored, Unfinished};

/// Longer than any task gives a model.
const LONGEST: Duration = Duration::from_secs(366 * 24 * 3600);

/// What a run has to do.
pub(crate) struct Assignment<'a> {
    /// The task.
    pub(crate) task: &'a ModelTask,
    /// Bytes of the packed model.
    pub(crate) model_bytes: u64,
    /// Whether to optimise it, if that succeeds.
    pub(crate) optimise: bool,
    /// Whether every batch gets a module without memory of the batches before.
    pub(crate) fresh: bool,
    /// The images.
    pub(crate) images: &'a dyn Images,
    /// Which of them, and in what order.
    pub(crate) order: &'a Order,
    /// Where to keep what libtorch says, if the images are those of whoever reads the verdict. Then how a model fails on them may
    /// be told in full.
    pub(crate) causes: Option<&'a Causes>,
    /// Threads that fill a slot.
    pub(crate) fillers: usize,
    /// How the progress is told.
    pub(crate) tally: Tally,
}

/// How the progress of a run is told. It counts images of the test set, and no image that an earlier run has counted.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Tally {
    /// Images done by runs before: so many are done until this run has done more.
    pub(crate) before: u64,
    /// Images of the test set.
    pub(crate) total: u64,
}

impl Tally {
    /// After runs that have done `before` of `total` images.
    pub(crate) fn of(before: u32, total: u32) -> Self {
        Self { before: before.into(), total: total.into() }
    }

    /// What is told when this run has done so many images.
    pub(crate) fn told(self, done: u64) -> u64 {
        done.max(self.before).min(self.total)
    }
}

/// A run that came to its end.
#[derive(Debug)]
pub(crate) struct Run {
    /// Answers in the run's order.
    pub(crate) answers: Answers,
    /// Whether the model was optimised.
    pub(crate) optimised: bool,
    /// From the first batch to the last answer.
    pub(crate) running: Duration,
    /// Most resident memory, bytes.
    pub(crate) peak_memory_bytes: u64,
    /// Most memory of the device, bytes; 0 on a CPU.
    pub(crate) peak_device_bytes: u64,
    /// Layers of the sandbox that the runner did without.
    pub(crate) missing: Vec<Layer>,
}

/// A run that came to another end.
#[derive(Debug)]
pub(crate) struct NotRun {
    /// The verdict on the model, a fault of ours, or that nobody waits for it any more.
    pub(crate) why: NotScored,
    /// Whether the model was optimised, or was being optimised.
    pub(crate) optimised: bool,
    /// Images of the test set that it had done.
    pub(crate) done: u32,
}

impl From<Unfinished> for NotRun {
    fn from(unfinished: Unfinished) -> Self {
        Self { why: unfinished.into(), optimised: false, done: 0 }
    }
}

impl From<NotRun> for NotScored {
    fn from(not_run: NotRun) -> Self {
        not_run.why
    }
}

/// Runs a model. Its time begins when it is sent. `near_end` is called once, when the runner has its last batches.
///
/// # Errors
/// Why there are no answers.
pub(crate) fn run(
    mut ready: Ready,
    assignment: &Assignment<'_>,
    oversight: &dyn Oversight,
    near_end: &mut dyn FnMut(),
) -> Result<Run, NotRun> {
    let pending = Pending::default();
    let mut talk = Talk::new(&ready, assignment, oversight, &pending);
    let allowance = allowance(&ready, assignment.task, &pending);
    let (held, watch) = watched(ready.process.reins(), allowance, oversight, || talk.hold(near_end));
    let (reached, found) = talk.into_parts();
    let limit = watch.stopped.as_ref().and_then(Stopped::limit);
    let heard = match (held, watch.stopped) {
        (_, Some(Stopped::Unwanted(unfinished))) => return Err(unfinished.into()),
        (Err(Interrupted::Fault(cause)), _) => return Err(Unfinished::Fault(cause).into()),
        (Err(Interrupted::Heard(heard)), _) => heard,
        (Ok(()), _) => Heard::Everything,
    };
    let end = if heard == Heard::Silence && limit.is_none() { ready.process.end(ENDING) } else { None };
    ready.process.clear_away();
    let peak_bytes = watch.peak_bytes.saturating_sub(ready.baseline.now);
    let machine_bytes = Machine::read().map_or(u64::MAX, |machine| machine.total);
    let (usage, bounds) = (watch.usage, bounds(assignment.task));
    match judge(&Observed { reached, limit, end, heard, peak_bytes, machine_bytes, usage, bounds }) {
        Judgement::Complete => Ok(completed(found, assignment.task, ready.missing)),
        Judgement::Verdict(verdict) => {
            let optimised = assignment.optimise && (reached == Reached::Loading || found.optimised);
            Err(NotRun { why: NotScored::Rejected(verdict), optimised, done: found.done })
        }
        Judgement::Fault(cause) => Err(Unfinished::Fault(cause).into()),
        Judgement::Starved(cause) => Err(Unfinished::Known(FaultReason::Starved, cause).into()),
    }
}

/// The time of the task from now on; its memory beyond that of the prepared runner and of the ring, which are ours.
///
/// The limit of L seconds is that of an idle machine: L seconds in which the model could compute, and no more processor
/// time than L seconds on each of its threads. Wall time ends at a multiple of it.
fn allowance<'a>(ready: &Ready, task: &ModelTask, pending: &'a Pending) -> Allowance<'a> {
    let ring_bytes = ready.setup.slot_bytes.saturating_mul(ready.setup.slots.into());
    let own = ready.baseline.now.saturating_add(ring_bytes);
    let limit = Duration::from_secs(task.limits.wall_seconds).min(LONGEST);
    // Beside a GPU, the driver's threads spin while they wait for it.
    let is_cpu = ready.setup.device == "cpu";
    let threads = is_cpu.then_some(ready.setup.threads);
    Allowance {
        until: Instant::now() + limit.saturating_mul(WALL_FACTOR),
        resident: Some(own.saturating_add(task.limits.memory_bytes)),
        time: Some(TimeAllowance { computing: limit, trial: trial_time(limit), threads, pending }),
    }
}

/// Shortest time for loading a model and its batches of noise, if the task's limit is not shorter.
const SHORTEST_TRIAL: Duration = Duration::from_secs(30);

/// Returns the part of the limit that may pass before a model has computed its batches of noise: a tenth, and 30 s at least.
/// Loading and four small pictures take an honest model far less than the whole test set.
pub(super) fn trial_time(limit: Duration) -> Duration {
    (limit / 10).max(SHORTEST_TRIAL).min(limit)
}

fn bounds(task: &ModelTask) -> Bounds {
    Bounds {
        classes: task.classes,
        answers: task.answers(),
        wall_seconds: task.limits.wall_seconds,
        memory_bytes: task.limits.memory_bytes,
    }
}

fn completed(found: Found, task: &ModelTask, missing: Vec<Layer>) -> Run {
    Run {
        answers: Answers::new(task.answers(), found.indices),
        optimised: found.optimised,
        running: found.running,
        peak_memory_bytes: found.resident.peak,
        peak_device_bytes: found.peak_device_bytes,
        missing,
    }
}

#[cfg(test)]
mod tests;
