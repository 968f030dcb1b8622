//! How a run ended: one pure function of what the scorer saw. Its order is that of trust: first
//! what the scorer did and measured itself, then what the kernel says of the process, last what the
//! process said.
//!
//! A file that is refused before any runner sees it has its verdict from the check of the file.

use holdout_protocol::{FaultReason, RunnerFailure, Verdict};

use super::limits::{ReachedLimit, RunLimits, WALL_FACTOR};
use super::process::ProcessEnd;
use super::usage::Usage;
use super::verdicts;
use crate::outcome::{EvaluationError, Fault};

/// How far a run got.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Phase {
    /// It prepares itself; no model was sent.
    Starting,
    /// The model was sent.
    Loading,
    /// The model has to compute a batch of so many pictures of noise, or of images that are no
    /// secret. It has not seen a hidden image yet.
    Trying {
        /// Pictures of the batch.
        images: u32,
    },
    /// The model has to compute a batch of so many images.
    Running {
        /// Images of the batch.
        images: u32,
    },
}

/// What the runner said last.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum LastMessage {
    /// Every answer, and that it was the last.
    Everything,
    /// That it cannot continue.
    Failed(RunnerFailure),
    /// Something that no runner says, or not at this time.
    Nonsense,
    /// Nothing: it closed its end.
    Silence,
}

/// What the scorer saw of a run.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Observed {
    /// How far it got.
    pub(crate) phase: Phase,
    /// Whether the watchdog killed it.
    pub(crate) limit: Option<ReachedLimit>,
    /// How it ended by itself; `None` if we ended it.
    pub(crate) end: Option<ProcessEnd>,
    /// The last message of the runner.
    pub(crate) last_message: LastMessage,
    /// Most bytes of memory seen beyond those of the prepared runner.
    pub(crate) peak_bytes: u64,
    /// All memory that the machine has for this scorer and its runners, bytes.
    pub(crate) machine_bytes: u64,
    /// The processor time that it got, and how long it waited for a processor.
    pub(crate) usage: Usage,
    /// What it may use.
    pub(crate) limits: RunLimits,
}

const SIGKILL: i32 = 9;
const SIGSYS: i32 = 31;

/// Returns `Ok` if all answers are there, otherwise who is to blame for the end of the run.
pub(crate) fn judge(seen: &Observed) -> Result<(), EvaluationError> {
    if seen.phase == Phase::Starting {
        return Err(Fault::new(start_fault(seen)).into());
    }
    if seen.last_message == LastMessage::Everything {
        return Ok(());
    }
    let verdict = match (seen.limit, seen.end) {
        (Some(ReachedLimit::Memory), _) => verdicts::memory_limit(&seen.limits),
        (Some(ReachedLimit::Trial), _) if !has_seen_images(seen) => verdicts::trial_time_limit(&seen.limits),
        (Some(ReachedLimit::Time | ReachedLimit::Trial), _) => verdicts::time_limit(&seen.limits),
        (Some(ReachedLimit::Wall), _) => return Err(Fault::with_reason(FaultReason::Starved, starved(seen)).into()),
        (None, Some(ProcessEnd::Signalled(SIGSYS))) => verdicts::forbidden_system_call(),
        (None, Some(ProcessEnd::Signalled(SIGKILL))) if is_at_memory_limit(seen) => {
            verdicts::memory_limit(&seen.limits)
        }
        (None, Some(ProcessEnd::Signalled(SIGKILL))) => {
            let cause = "a runner was killed: by somebody, or because the machine is out of memory";
            return Err(Fault::new(cause).into());
        }
        (None, end) => match &seen.last_message {
            LastMessage::Failed(failure) => failed(failure, seen),
            LastMessage::Nonsense => nonsense(seen),
            LastMessage::Silence | LastMessage::Everything => verdicts::crashed(end.filter(|_| !has_seen_images(seen))),
        },
    };
    Err(EvaluationError::Rejected(Box::new(verdict)))
}

/// Returns whether a process that was killed by the kernel was at the end of the memory it may
/// have: 15/16 of it, because the last bytes are asked for faster than they are measured. One that
/// held most of the memory of the machine counts as well: it is why the kernel ran out, whatever
/// the task would have allowed.
fn is_at_memory_limit(seen: &Observed) -> bool {
    let limit = seen.limits.memory_bytes;
    seen.peak_bytes >= limit - limit / 16 || seen.peak_bytes > seen.machine_bytes / 2
}

/// Returns what operators are told of a model that hardly got a processor.
fn starved(seen: &Observed) -> String {
    let Usage { cpu, waited } = seen.usage;
    format!(
        "this machine is too busy: in {} times its time limit of {} s, the model got {:.1} s of processor time and waited \
         {:.1} s for a processor",
        WALL_FACTOR,
        seen.limits.wall_seconds,
        cpu.as_secs_f64(),
        waited.as_secs_f64()
    )
}

/// Returns whether the model may have chosen how it fails by what it saw: then little is told of
/// how.
fn has_seen_images(seen: &Observed) -> bool {
    matches!(seen.phase, Phase::Running { .. })
}

/// Returns what no runner says, or not at this time.
fn nonsense(seen: &Observed) -> Verdict {
    if has_seen_images(seen) { verdicts::crashed(None) } else { verdicts::nonsense() }
}

/// Returns why a runner that has no model yet cannot be used: never a verdict.
fn start_fault(seen: &Observed) -> String {
    if seen.limit.is_some() {
        return "a runner was not prepared in time".to_owned();
    }
    match &seen.last_message {
        LastMessage::Failed(RunnerFailure::Layer(layer)) => {
            let layer = layer.as_str();
            format!(
                "the layer `{layer}` of the sandbox cannot be put on; configure this host, or run without the layer by naming it"
            )
        }
        LastMessage::Failed(RunnerFailure::Device) => "the device cannot be used".to_owned(),
        LastMessage::Failed(RunnerFailure::Setup) => {
            "the runner cannot follow its setup; is it of the same version?".to_owned()
        }
        LastMessage::Failed(_) | LastMessage::Nonsense | LastMessage::Everything => {
            "the runner does not speak this protocol; is it of the same version?".to_owned()
        }
        LastMessage::Silence => match seen.end {
            Some(ProcessEnd::Exited(status)) => {
                format!("the runner ended before it was prepared, with status {status}")
            }
            Some(ProcessEnd::Signalled(signal)) => {
                format!("the runner ended before it was prepared, by signal {signal}")
            }
            None => "the runner fell silent before it was prepared".to_owned(),
        },
    }
}

/// Returns the verdict on a failure, if a runner can say so at this time.
fn failed(failure: &RunnerFailure, seen: &Observed) -> Verdict {
    match (failure, seen.phase) {
        (RunnerFailure::Load, Phase::Loading) => verdicts::load_failed(),
        (RunnerFailure::Forward, Phase::Trying { .. } | Phase::Running { .. }) => verdicts::model_error(),
        (RunnerFailure::NonFinite, Phase::Trying { .. } | Phase::Running { .. }) => verdicts::non_finite_output(),
        (RunnerFailure::Memory, _) => verdicts::memory_limit(&seen.limits),
        (RunnerFailure::DeviceMemory, _) => verdicts::device_memory(&seen.limits),
        (RunnerFailure::Output(found), Phase::Trying { images }) if found.shape.iter().all(|size| *size >= 0) => {
            verdicts::wrong_output(found, images, &seen.limits)
        }
        (RunnerFailure::Output(found), Phase::Running { .. }) if found.shape.iter().all(|size| *size >= 0) => {
            verdicts::wrong_output_of_images(&seen.limits)
        }
        _ => nonsense(seen),
    }
}

#[cfg(test)]
mod tests;
