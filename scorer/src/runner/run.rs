//! One run of one model: load it, feed it batch by batch, take its answers.
//!
//! Two threads share the work. The one that called reads the runner's answers; another fills the
//! slots of the ring ahead and tells the runner of them. A third, the watchdog, can kill the runner
//! at any time, and then both find it gone.

use std::time::{Duration, Instant};

use holdout_protocol::Layer;

use super::answers::Answers;
use super::assignment::Assignment;
use super::compute_time::{Pending, TimeAllowance};
use super::judge::{LastMessage, Observed, Phase, judge};
use super::limits::{RunLimits, WALL_FACTOR, trial_time};
use super::session::{Session, SessionError, SessionResult};
use super::start::{ENDING, ReadyRunner};
use super::task::ModelTask;
use super::watchdog::{Allowance, KillReason, watch};
use crate::machine::Machine;
use crate::outcome::{EvaluationError, Fault, Interruption};
use crate::progress::ProgressSink;

/// Longer than any task gives a model.
const LONGEST: Duration = Duration::from_secs(366 * 24 * 3600);

/// A run that came to its end.
#[derive(Debug)]
pub(crate) struct CompletedRun {
    /// Answers in the run's order.
    pub(crate) answers: Answers,
    /// Whether the model was optimised.
    pub(crate) optimised: bool,
    /// Whether its code is in training mode whatever its own mode, as the runner says.
    pub(crate) training: bool,
    /// From the first batch to the last answer.
    pub(crate) running: Duration,
    /// Most resident memory, bytes.
    pub(crate) peak_memory_bytes: u64,
    /// Most memory of the device, bytes; 0 on a CPU.
    pub(crate) peak_device_bytes: u64,
    /// Layers of the sandbox that the runner did without.
    pub(crate) missing: Vec<Layer>,
}

/// A run without answers.
#[derive(Debug)]
pub(crate) struct FailedRun {
    /// Why there are none.
    pub(crate) error: EvaluationError,
    /// Whether the model was optimised, or was being optimised.
    pub(crate) optimised: bool,
    /// Images of the test set that it had done.
    pub(crate) done: u32,
    /// Whether it was at a batch of the noise that comes first.
    pub(crate) trying: bool,
}

impl From<Interruption> for FailedRun {
    fn from(interruption: Interruption) -> Self {
        Self { error: interruption.into(), optimised: false, done: 0, trying: false }
    }
}

impl From<Fault> for FailedRun {
    fn from(fault: Fault) -> Self {
        Interruption::from(fault).into()
    }
}

/// A verdict after all runs.
impl From<EvaluationError> for FailedRun {
    fn from(error: EvaluationError) -> Self {
        Self { error, optimised: false, done: 0, trying: false }
    }
}

impl From<FailedRun> for EvaluationError {
    fn from(failed: FailedRun) -> Self {
        failed.error
    }
}

/// Runs a model. Its time begins when it is sent. `before_last_batches` is called once, when the
/// runner has its last batches.
///
/// # Errors
/// If there are no answers.
pub(crate) fn run_once(
    mut ready: ReadyRunner,
    assignment: &Assignment<'_>,
    progress: &dyn ProgressSink,
    before_last_batches: &mut dyn FnMut(),
) -> Result<CompletedRun, FailedRun> {
    let pending = Pending::default();
    let mut session = Session::new(&ready, assignment, progress, &pending);
    let allowance = allowance(&ready, assignment.task, &pending);
    let work = || session.run_to_end(before_last_batches);
    let (ended, report) = watch(ready.process.handle(), allowance, progress, work);
    let (phase, result) = session.into_parts();
    let limit = report.killed.and_then(KillReason::limit);
    let last_message = match (ended, report.killed) {
        (_, Some(KillReason::Cancelled(cancelled))) => return Err(Interruption::from(cancelled).into()),
        (Err(SessionError::Fault(cause)), _) => return Err(Fault::new(cause).into()),
        (Err(SessionError::Ended(last_message)), _) => last_message,
        (Ok(()), _) => LastMessage::Everything,
    };
    let is_silent = last_message == LastMessage::Silence && limit.is_none();
    let end = if is_silent { ready.process.end(ENDING) } else { None };
    ready.process.clear_away();
    let peak_bytes = report.peak_bytes.saturating_sub(ready.baseline.now);
    let machine_bytes = Machine::read().map_or(u64::MAX, |machine| machine.total);
    let (usage, limits) = (report.usage, RunLimits::of_task(assignment.task, assignment.device_memory_bytes));
    match judge(&Observed { phase, limit, end, last_message, peak_bytes, machine_bytes, usage, limits }) {
        Ok(()) => Ok(completed_run(result, assignment.task, ready.missing)),
        Err(error) => {
            let is_rejected = matches!(error, EvaluationError::Rejected(_));
            let was_optimised = assignment.optimise && (phase == Phase::Loading || result.optimised);
            let done = if is_rejected { result.done } else { 0 };
            Err(FailedRun {
                error,
                optimised: is_rejected && was_optimised,
                done,
                trying: matches!(phase, Phase::Trying { .. }) && !result.trial_done,
            })
        }
    }
}

/// Returns the time of the task from now on; its memory beyond that of the prepared runner and of
/// the ring, which are ours.
///
/// The limit of L seconds is that of an idle machine: L seconds in which the model could compute,
/// and no more processor time than L seconds on each of its threads. Wall time ends at a multiple
/// of it.
fn allowance<'a>(ready: &ReadyRunner, task: &ModelTask, pending: &'a Pending) -> Allowance<'a> {
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

fn completed_run(result: SessionResult, task: &ModelTask, missing: Vec<Layer>) -> CompletedRun {
    CompletedRun {
        answers: Answers::new(task.answers(), result.indices, result.near_ties),
        optimised: result.optimised,
        training: result.training,
        running: result.running,
        peak_memory_bytes: result.resident.peak,
        peak_device_bytes: result.peak_device_bytes,
        missing,
    }
}

#[cfg(test)]
mod tests;
