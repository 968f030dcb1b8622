//! What became of a run: one pure function of what the parent saw. Its order is that of trust: first what the parent
//! did and measured itself, then what the kernel says of the process, last what the process said.
//!
//! A file that is refused before any runner sees it has its verdict from the check of the file.

use holdout_protocol::{RunnerFailure, Verdict};

use super::process::End;
use super::usage::Usage;
use super::verdicts;

/// How far a run came.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Reached {
    /// It prepares itself; no model was sent.
    Starting,
    /// The model was sent.
    Loading,
    /// The model has to compute a batch of so many pictures of noise, or of images that are no secret. It has not seen a hidden
    /// image yet.
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

/// The limit at which the watchdog killed a run.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Limit {
    /// Time in which the model could compute, or processor time.
    Time,
    /// The part of it that it may use before it has computed its batches of noise.
    Trial,
    /// Resident memory.
    Memory,
    /// Wall time, a multiple of the time limit, in which the model did not get to use its time: the machine is too busy.
    Wall,
}

/// What the runner said last.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Heard {
    /// Every answer, and that it was the last.
    Everything,
    /// That it cannot go on.
    Failed(RunnerFailure),
    /// Something that no runner says, or not at this time.
    Nonsense,
    /// Nothing: it closed its end.
    Silence,
}

/// What holds for the run.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Bounds {
    /// Classes of the task.
    pub(crate) classes: u16,
    /// Ranked indices wanted for an image.
    pub(crate) answers: u8,
    /// Seconds that a run may take.
    pub(crate) wall_seconds: u64,
    /// Bytes of memory beyond those of the prepared runner.
    pub(crate) memory_bytes: u64,
}

/// What the parent saw of a run.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Observed {
    /// How far it came.
    pub(crate) reached: Reached,
    /// Whether the watchdog killed it.
    pub(crate) limit: Option<Limit>,
    /// How it ended by itself; `None` if we ended it.
    pub(crate) end: Option<End>,
    /// What it said last.
    pub(crate) heard: Heard,
    /// Most bytes of memory seen beyond those of the prepared runner.
    pub(crate) peak_bytes: u64,
    /// All memory that the machine has for this scorer and its runners, bytes.
    pub(crate) machine_bytes: u64,
    /// The processor time that it got, and how long it waited for a processor.
    pub(crate) usage: Usage,
    /// What holds for it.
    pub(crate) bounds: Bounds,
}

/// What became of it.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Judgement {
    /// All answers are there.
    Complete,
    /// The model is at fault.
    Verdict(Box<Verdict>),
    /// We are.
    Fault(String),
    /// The machine is: it was too busy for the model.
    Starved(String),
}

/// Longest wall time of a run, as a multiple of the time that the model may compute. A run that reaches it was kept waiting
/// for three quarters of the time.
pub(crate) const WALL_FACTOR: u32 = 4;

const SIGKILL: i32 = 9;
const SIGSYS: i32 = 31;

/// Judges a run.
pub(crate) fn judge(seen: &Observed) -> Judgement {
    if seen.reached == Reached::Starting {
        return Judgement::Fault(start_fault(seen));
    }
    if seen.heard == Heard::Everything {
        return Judgement::Complete;
    }
    let verdict = match (seen.limit, seen.end) {
        (Some(Limit::Memory), _) => verdicts::memory_limit(&seen.bounds),
        (Some(Limit::Trial), _) if !has_seen_images(seen) => verdicts::trial_time_limit(&seen.bounds),
        (Some(Limit::Time | Limit::Trial), _) => verdicts::time_limit(&seen.bounds),
        (Some(Limit::Wall), _) => return Judgement::Starved(starved(seen)),
        (None, Some(End::Signalled(SIGSYS))) => verdicts::forbidden_system_call(),
        (None, Some(End::Signalled(SIGKILL))) if is_at_memory_limit(seen) => verdicts::memory_limit(&seen.bounds),
        (None, Some(End::Signalled(SIGKILL))) => {
            return Judgement::Fault(
                "a runner was killed: by somebody, or because the machine is out of memory".to_owned(),
            );
        }
        (None, end) => match &seen.heard {
            Heard::Failed(failure) => failed(failure, seen),
            Heard::Nonsense => nonsense(seen),
            Heard::Silence | Heard::Everything => verdicts::crashed(end.filter(|_| !has_seen_images(seen))),
        },
    };
    Judgement::Verdict(Box::new(verdict))
}

/// Whether a process that was killed by the kernel was at the end of the memory it may have: 15/16 of it, because the last
/// bytes are asked for faster than they are measured. One that held most of the memory of the machine counts as well: it
/// is why the kernel ran out, whatever the task would have allowed.
fn is_at_memory_limit(seen: &Observed) -> bool {
    let limit = seen.bounds.memory_bytes;
    seen.peak_bytes >= limit - limit / 16 || seen.peak_bytes > seen.machine_bytes / 2
}

/// What operators are told of a model that hardly got a processor.
fn starved(seen: &Observed) -> String {
    let Usage { cpu, waited } = seen.usage;
    format!(
        "this machine is too busy: in {} times its time limit of {} s, the model got {:.1} s of processor time and waited \
         {:.1} s for a processor",
        WALL_FACTOR,
        seen.bounds.wall_seconds,
        cpu.as_secs_f64(),
        waited.as_secs_f64()
    )
}

/// Whether the model may have chosen how it fails by what it saw: then little is told of how.
fn has_seen_images(seen: &Observed) -> bool {
    matches!(seen.reached, Reached::Running { .. })
}

/// What no runner says, or not at this time.
fn nonsense(seen: &Observed) -> Verdict {
    if has_seen_images(seen) { verdicts::crashed(None) } else { verdicts::nonsense() }
}

/// Why a runner that has no model yet cannot be used: never a verdict.
fn start_fault(seen: &Observed) -> String {
    if seen.limit.is_some() {
        return "a runner was not prepared in time".to_owned();
    }
    match &seen.heard {
        Heard::Failed(RunnerFailure::Layer(layer)) => {
            let layer = layer.as_str();
            format!(
                "the layer `{layer}` of the sandbox cannot be put on; configure this host, or run without the layer by naming it"
            )
        }
        Heard::Failed(RunnerFailure::Device) => "the device cannot be used".to_owned(),
        Heard::Failed(RunnerFailure::Setup) => {
            "the runner cannot follow its setup; is it of the same version?".to_owned()
        }
        Heard::Failed(_) | Heard::Nonsense | Heard::Everything => {
            "the runner does not speak this protocol; is it of the same version?".to_owned()
        }
        Heard::Silence => match seen.end {
            Some(End::Exited(status)) => format!("the runner ended before it was prepared, with status {status}"),
            Some(End::Signalled(signal)) => format!("the runner ended before it was prepared, by signal {signal}"),
            None => "the runner fell silent before it was prepared".to_owned(),
        },
    }
}

/// The verdict on a failure, if a runner can say so at this time.
fn failed(failure: &RunnerFailure, seen: &Observed) -> Verdict {
    match (failure, seen.reached) {
        (RunnerFailure::Load, Reached::Loading) => verdicts::load_failed(),
        (RunnerFailure::Forward, Reached::Trying { .. } | Reached::Running { .. }) => verdicts::model_error(),
        (RunnerFailure::NonFinite, Reached::Trying { .. } | Reached::Running { .. }) => verdicts::non_finite_output(),
        (RunnerFailure::Memory, _) => verdicts::memory_limit(&seen.bounds),
        (RunnerFailure::DeviceMemory, _) => verdicts::device_memory(),
        (RunnerFailure::Output(found), Reached::Trying { images }) if found.shape.iter().all(|size| *size >= 0) => {
            verdicts::wrong_output(found, images, &seen.bounds)
        }
        (RunnerFailure::Output(found), Reached::Running { .. }) if found.shape.iter().all(|size| *size >= 0) => {
            verdicts::wrong_output_of_images(&seen.bounds)
        }
        _ => nonsense(seen),
    }
}

#[cfg(test)]
mod tests;
