//! From a program to a runner that has closed its sandbox and waits for a model.

use std::time::{Duration, Instant};

use holdout_protocol::{FromRunner, Layer, RUNNER_PROTOCOL, RunnerSetup, ToRunner};

use super::RunnerConfig;
use super::frames::{Frames, NoMessage, send};
use super::judge::{Bounds, Heard, Judgement, Limit, Observed, Reached, judge};
use super::memory_file::MemoryFile;
use super::process::{Process, Resident};
use super::usage::Usage;
use super::watch::{Allowance, Stopped, watched};
use crate::oversight::Oversight;
use crate::work::Unfinished;

/// How long a runner may take to prepare itself: half a gigabyte of libraries may have to come from a slow disk first.
const PREPARATION: Duration = Duration::from_secs(120);
/// How long a process may take to end after it has closed its socket.
pub(crate) const ENDING: Duration = Duration::from_secs(5);

/// A runner that prepares itself, while others do something else.
pub(crate) struct Starting {
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
pub(crate) struct Ready {
    /// Its processes.
    pub(crate) process: Process,
    /// How it has prepared itself.
    pub(crate) setup: RunnerSetup,
    /// Its memory before there is a model.
    pub(crate) baseline: Resident,
    /// Layers of the sandbox that it does without.
    pub(crate) missing: Vec<Layer>,
}

impl Starting {
    /// Starts a runner. `model` may be filled later, until it is loaded.
    pub(crate) fn spawn(config: &RunnerConfig, setup: RunnerSetup, model: &MemoryFile) -> Result<Self, Unfinished> {
        let process = Process::spawn(config, &setup, model)
            .and_then(|process| send(process.control(), &ToRunner::Setup(setup.clone())).map(|()| process))
            .map_err(|error| Unfinished::Fault(format!("cannot start `{}`: {error}", config.program.display())))?;
        Ok(Self { process, setup, greeting: None })
    }

    /// How it prepares itself.
    pub(crate) const fn setup(&self) -> &RunnerSetup {
        &self.setup
    }

    /// Whether it has not ended yet.
    pub(crate) fn is_alive(&self) -> bool {
        self.process.is_alive()
    }

    /// Waits until it is prepared, and hands it over.
    ///
    /// # Errors
    /// As [`Starting::wait`].
    pub(crate) fn ready(mut self, oversight: &dyn Oversight) -> Result<Ready, Unfinished> {
        let Greeting { baseline, missing } = match self.greeting.take() {
            Some(greeting) => greeting,
            None => self.greet(oversight)?,
        };
        Ok(Ready { process: self.process, setup: self.setup, baseline, missing })
    }

    /// Waits until it is prepared.
    ///
    /// # Errors
    /// Whatever goes wrong is a fault of ours; or nobody waits for it any more.
    pub(crate) fn wait(&mut self, oversight: &dyn Oversight) -> Result<(), Unfinished> {
        if self.greeting.is_none() {
            self.greeting = Some(self.greet(oversight)?);
        }
        Ok(())
    }

    fn greet(&mut self, oversight: &dyn Oversight) -> Result<Greeting, Unfinished> {
        let allowance = Allowance { until: Instant::now() + PREPARATION, resident: None, time: None };
        let reins = self.process.reins();
        let mut frames = Frames::new(self.process.control(), 0);
        let (heard, watch) = watched(reins, allowance, oversight, || frames.next());
        let (heard, limit) = match (heard, watch.stopped) {
            (_, Some(Stopped::Unwanted(unfinished))) => return Err(unfinished),
            (_, Some(Stopped::Time | Stopped::Trial | Stopped::Memory | Stopped::Wall)) => {
                (Heard::Silence, Some(Limit::Wall))
            }
            (Ok(FromRunner::Hello { protocol: RUNNER_PROTOCOL, layers, process }), None) => {
                return self.meet(layers, process);
            }
            (Ok(FromRunner::Failed(failure)), None) => (Heard::Failed(failure), None),
            (Ok(_) | Err(NoMessage::Nonsense), None) => (Heard::Nonsense, None),
            (Err(NoMessage::Ended), None) => (Heard::Silence, None),
        };
        Err(self.fault(heard, limit))
    }

    /// Takes note of a prepared runner's process, after all layers were counted.
    fn meet(&self, layers: u32, process: u32) -> Result<Greeting, Unfinished> {
        let missing: Vec<Layer> = Layer::ALL.iter().copied().filter(|layer| layers & layer.bit() == 0).collect();
        if let Some(layer) = missing.iter().find(|layer| !self.setup.without.contains(layer)) {
            let layer = layer.as_str();
            return Err(Unfinished::Fault(format!("the runner did not put on the layer `{layer}` of the sandbox")));
        }
        let met = self.process.reins().meet(process);
        met.map_err(|error| Unfinished::Fault(format!("the process of a runner cannot be watched: {error}")))?;
        let baseline = self.process.reins().resident();
        let baseline =
            baseline.ok_or_else(|| Unfinished::Fault("the memory of a runner cannot be measured".to_owned()))?;
        Ok(Greeting { baseline, missing })
    }

    fn fault(&mut self, heard: Heard, limit: Option<Limit>) -> Unfinished {
        let end = if heard == Heard::Silence && limit.is_none() { self.process.end(ENDING) } else { None };
        let bounds = Bounds { classes: 0, answers: 0, wall_seconds: 0, memory_bytes: 0 };
        let (machine_bytes, usage) = (u64::MAX, Usage::default());
        let reached = Reached::Starting;
        let seen = Observed { reached, limit, end, heard, peak_bytes: 0, machine_bytes, usage, bounds };
        match judge(&seen) {
            Judgement::Fault(cause) | Judgement::Starved(cause) => Unfinished::Fault(cause),
            Judgement::Complete | Judgement::Verdict(_) => Unfinished::Fault("a runner was not prepared".to_owned()),
        }
    }
}
