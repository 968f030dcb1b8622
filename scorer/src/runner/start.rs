//! From a program to a runner that has closed its sandbox and waits for a model.

use std::time::{Duration, Instant};

use holdout_protocol::{FromRunner, Layer, RUNNER_PROTOCOL, RunnerSetup, ToRunner};

use super::RunnerConfig;
use super::frames::{FrameError, Frames, send};
use super::judge::{LastMessage, Observed, Phase, judge};
use super::limits::{ReachedLimit, RunLimits};
use super::memory_file::MemoryFile;
use super::process::Process;
use super::process_handle::Resident;
use super::usage::Usage;
use super::watchdog::{Allowance, KillReason, watch};
use crate::outcome::{EvaluationError, Fault, Interruption};
use crate::progress::Cancellation;

/// How long a runner may take to prepare itself: half a gigabyte of libraries may have to come from
/// a slow disk first.
const PREPARATION: Duration = Duration::from_secs(120);
/// How long a process may take to end after it has closed its socket.
pub(crate) const ENDING: Duration = Duration::from_secs(5);

/// A runner that prepares itself, while others do something else.
pub(crate) struct StartingRunner {
    process: Process,
    setup: RunnerSetup,
    greeting: Option<Greeting>,
}

/// What is known of a prepared runner.
struct Greeting {
    baseline: Resident,
    missing: Vec<Layer>,
}

/// A runner that waits for its model.
pub(crate) struct ReadyRunner {
    pub(crate) process: Process,
    /// How it has prepared itself.
    pub(crate) setup: RunnerSetup,
    /// Its memory before there is a model.
    pub(crate) baseline: Resident,
    /// Layers of the sandbox that it does without.
    pub(crate) missing: Vec<Layer>,
}

impl StartingRunner {
    /// Starts a runner. `model` may be filled later, until it is loaded.
    pub(crate) fn spawn(config: &RunnerConfig, setup: RunnerSetup, model: &MemoryFile) -> Result<Self, Fault> {
        let process = Process::spawn(config, &setup, model)
            .and_then(|process| send(process.control(), &ToRunner::Setup(setup.clone())).map(|()| process))
            .map_err(|error| Fault::new(format!("cannot start `{}`: {error}", config.program.display())))?;
        Ok(Self { process, setup, greeting: None })
    }

    /// Returns how it prepares itself.
    pub(crate) const fn setup(&self) -> &RunnerSetup {
        &self.setup
    }

    /// Returns whether it has not ended yet.
    pub(crate) fn is_alive(&self) -> bool {
        self.process.is_alive()
    }

    /// Waits until it is prepared, and returns it.
    ///
    /// # Errors
    /// As [`StartingRunner::wait`].
    pub(crate) fn into_ready(mut self, cancellation: &dyn Cancellation) -> Result<ReadyRunner, Interruption> {
        let Greeting { baseline, missing } = match self.greeting.take() {
            Some(greeting) => greeting,
            None => self.wait_for_greeting(cancellation)?,
        };
        Ok(ReadyRunner { process: self.process, setup: self.setup, baseline, missing })
    }

    /// Waits until it is prepared.
    ///
    /// # Errors
    /// If it cannot prepare itself, which is a fault of ours, or if nobody waits for it any more.
    pub(crate) fn wait(&mut self, cancellation: &dyn Cancellation) -> Result<(), Interruption> {
        if self.greeting.is_none() {
            self.greeting = Some(self.wait_for_greeting(cancellation)?);
        }
        Ok(())
    }

    fn wait_for_greeting(&mut self, cancellation: &dyn Cancellation) -> Result<Greeting, Interruption> {
        let allowance = Allowance { until: Instant::now() + PREPARATION, resident: None, time: None };
        let mut frames = Frames::new(self.process.control(), 0, 0);
        let (message, report) = watch(self.process.handle(), allowance, cancellation, || frames.next());
        let (last_message, limit) = match (message, report.killed) {
            (_, Some(KillReason::Cancelled(cancelled))) => return Err(cancelled.into()),
            (_, Some(KillReason::Limit(_))) => (LastMessage::Silence, Some(ReachedLimit::Wall)),
            (Ok(FromRunner::Hello { protocol: RUNNER_PROTOCOL, layers, process }), None) => {
                return Ok(self.check_greeting(layers, process)?);
            }
            (Ok(FromRunner::Failed(failure)), None) => (LastMessage::Failed(failure), None),
            (Ok(_) | Err(FrameError::Nonsense), None) => (LastMessage::Nonsense, None),
            (Err(FrameError::Ended), None) => (LastMessage::Silence, None),
        };
        Err(self.start_fault(last_message, limit).into())
    }

    /// Checks that all layers of the sandbox are on, and attaches to the process that will run the
    /// model.
    fn check_greeting(&self, layers: u32, process: u32) -> Result<Greeting, Fault> {
        let missing: Vec<Layer> = Layer::ALL.iter().copied().filter(|layer| layers & layer.bit() == 0).collect();
        if let Some(layer) = missing.iter().find(|layer| !self.setup.without.contains(layer)) {
            let layer = layer.as_str();
            return Err(Fault::new(format!("the runner did not put on the layer `{layer}` of the sandbox")));
        }
        let handle = self.process.handle();
        let attached = handle.attach_model_process(process);
        attached.map_err(|error| Fault::new(format!("the process of a runner cannot be watched: {error}")))?;
        let baseline = handle.resident().ok_or_else(|| Fault::new("the memory of a runner cannot be measured"))?;
        Ok(Greeting { baseline, missing })
    }

    fn start_fault(&mut self, last_message: LastMessage, limit: Option<ReachedLimit>) -> Fault {
        let is_silent = last_message == LastMessage::Silence && limit.is_none();
        let end = if is_silent { self.process.end(ENDING) } else { None };
        let limits = RunLimits { classes: 0, answers: 0, wall_seconds: 0, memory_bytes: 0, device_memory_bytes: None };
        let (machine_bytes, usage) = (u64::MAX, Usage::default());
        let phase = Phase::Starting;
        match judge(&Observed { phase, limit, end, last_message, peak_bytes: 0, machine_bytes, usage, limits }) {
            Err(EvaluationError::Fault(fault)) => fault,
            _ => Fault::new("a runner was not prepared"),
        }
    }
}
