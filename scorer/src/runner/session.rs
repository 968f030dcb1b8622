//! A session with a runner that has a model: every message that comes is checked against the one
//! that must come.

use std::os::unix::net::UnixStream;
use std::sync::mpsc::{SyncSender, sync_channel};
use std::thread;
use std::time::{Duration, Instant};

use holdout_protocol::{FromRunner, NearTies, Optimisation, RunnerFailure, RunnerLoad, Stage, ToRunner};

use super::assignment::Assignment;
use super::compute_time::Pending;
use super::feed::{Feed, feed_batches};
use super::frames::{FrameError, Frames, send};
use super::judge::{LastMessage, Phase};
use super::process_handle::Resident;
use super::start::ReadyRunner;
use crate::progress::ProgressSink;

/// A runner that reports larger numbers of itself than this makes them up: no device has as many
/// bytes.
const LARGEST_NUMBER: u64 = 1 << 50;

/// Why a session ended early.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum SessionError {
    /// Because of what the runner said, or did not say.
    Ended(LastMessage),
    /// Because of a fault of ours, with its cause.
    Fault(String),
}

/// What a session found out.
#[derive(Debug, Default)]
pub(crate) struct SessionResult {
    /// Ranked class indices in the run's order.
    pub(crate) indices: Vec<u16>,
    /// Which of them were decided by nearly nothing.
    pub(crate) near_ties: Vec<NearTies>,
    /// Whether the batches of noise are done.
    pub(crate) trial_done: bool,
    /// Images of the test set that are done.
    pub(crate) done: u32,
    /// Whether it was optimised.
    pub(crate) optimised: bool,
    /// Whether its code is in training mode whatever its own mode, as the runner says.
    pub(crate) training: bool,
    /// From the first batch to the last answer.
    pub(crate) running: Duration,
    /// Memory after the last answer.
    pub(crate) resident: Resident,
    /// Most memory of the device, bytes.
    pub(crate) peak_device_bytes: u64,
}

/// A session with one runner.
pub(crate) struct Session<'a> {
    ready: &'a ReadyRunner,
    assignment: &'a Assignment<'a>,
    progress: &'a dyn ProgressSink,
    pending: &'a Pending,
    frames: Frames<&'a UnixStream>,
    phase: Phase,
    result: SessionResult,
}

impl<'a> Session<'a> {
    /// Begins a session with a runner that has not been told anything of a model.
    pub(crate) fn new(
        ready: &'a ReadyRunner,
        assignment: &'a Assignment<'a>,
        progress: &'a dyn ProgressSink,
        pending: &'a Pending,
    ) -> Self {
        let batch = assignment.order.batches().map(<[u32]>::len).max().unwrap_or(0);
        let frames = Frames::new(ready.process.control(), batch, assignment.task.answers().into());
        let frames = if assignment.causes.is_some() { frames.with_causes() } else { frames };
        Self { ready, assignment, progress, pending, frames, phase: Phase::Loading, result: SessionResult::default() }
    }

    /// Returns how far it got, and what it found out.
    pub(crate) fn into_parts(self) -> (Phase, SessionResult) {
        (self.phase, self.result)
    }

    /// Sends the model and all batches, and takes the answers. Calls `before_last_batches` once,
    /// when the runner has its last batches.
    ///
    /// # Errors
    /// If the session ends early.
    pub(crate) fn run_to_end(&mut self, before_last_batches: &mut dyn FnMut()) -> Result<(), SessionError> {
        self.load()?;
        let begun = Instant::now();
        self.batches(before_last_batches)?;
        self.result.running = begun.elapsed();
        // Before the runner is told that it is over: a process that has ended has no memory to
        // measure.
        self.result.resident = self.ready.process.handle().resident().unwrap_or(self.ready.baseline);
        self.finish()
    }

    fn load(&mut self) -> Result<(), SessionError> {
        let (task, input) = (self.assignment.task, &self.assignment.task.input);
        if let Some(causes) = self.assignment.causes {
            causes.forget();
        }
        self.pending.add();
        self.send(&ToRunner::Load(RunnerLoad {
            model_bytes: self.assignment.model_bytes,
            classes: task.classes,
            answers: task.answers(),
            side: input.crop,
            mean: input.mean,
            std: input.std,
            optimise: self.assignment.optimise,
            fresh: self.assignment.fresh,
            tolerance: self.assignment.tolerance,
            causes: self.assignment.causes.is_some(),
        }));
        match self.next()? {
            FromRunner::Loaded { optimised, training } if self.assignment.optimise || !optimised => {
                self.pending.remove();
                self.result.optimised = optimised;
                self.result.training = training;
                Ok(())
            }
            _ => Err(SessionError::Ended(LastMessage::Nonsense)),
        }
    }

    fn batches(&mut self, before_last_batches: &mut dyn FnMut()) -> Result<(), SessionError> {
        let (setup, process) = (&self.ready.setup, &self.ready.process);
        let feeding = Feed {
            control: process.control(),
            ring: process.ring(),
            slots: setup.slots,
            slot_bytes: setup.slot_bytes,
            image_bytes: self.assignment.task.image_bytes(),
            images: self.assignment.images,
            order: self.assignment.order,
            fillers: self.assignment.fillers,
            pending: self.pending,
        };
        let (credit, credits) = sync_channel(usize::try_from(setup.slots).unwrap_or(1));
        thread::scope(|scope| {
            let feeder = scope.spawn(move || {
                // Without images there will be no answers: who waits for one is woken.
                feed_batches(&feeding, &credits).inspect_err(|_| process.handle().kill())
            });
            let last_message = self.answers(credit, before_last_batches);
            match feeder.join() {
                Ok(Ok(())) => last_message,
                Ok(Err(error)) => Err(SessionError::Fault(format!("the images cannot be read: {error}"))),
                Err(_) => Err(SessionError::Fault("the thread that reads images panicked".to_owned())),
            }
        })
    }

    /// Takes the answers to all batches, in their order; gives a credit for every slot that is
    /// free.
    fn answers(&mut self, credit: SyncSender<()>, before_last_batches: &mut dyn FnMut()) -> Result<(), SessionError> {
        let slots = usize::try_from(self.ready.setup.slots).unwrap_or(1);
        let assignment = self.assignment;
        let trial = assignment.order.trial_batches();
        // No hidden image is in the ring before the trial is over: whoever took the process over in
        // it has seen none.
        (0..trial).for_each(|_| credit.try_send(()).unwrap_or(()));
        // When this one is answered, the runner knows of all batches.
        let last_unknown = assignment.order.batches().len().saturating_sub(slots);
        let mut done = 0_u32;
        for (number, batch) in (0..).zip(assignment.order.batches()) {
            let images = u32::try_from(batch.len()).unwrap_or(u32::MAX);
            let is_trial = usize::try_from(number).is_ok_and(|number| number < trial);
            if usize::try_from(number) == Ok(trial) {
                self.pending.end_trial();
                self.result.trial_done = true;
                self.progress.enter_stage(Stage::Running, assignment.offset.total);
                self.progress.set_done(assignment.offset.before);
                (0..slots).for_each(|_| credit.try_send(()).unwrap_or(()));
            }
            self.phase = if is_trial || assignment.causes.is_some() {
                Phase::Trying { images }
            } else {
                Phase::Running { images }
            };
            self.answer(number, batch.len())?;
            if is_trial {
                self.result.indices.clear();
                self.result.near_ties.clear();
                continue;
            }
            credit.try_send(()).ok();
            done = done.saturating_add(images);
            self.result.done = done;
            self.progress.set_done(assignment.offset.total_done(done.into()));
            if usize::try_from(number) == Ok(last_unknown) {
                before_last_batches();
            }
        }
        drop(credit);
        Ok(())
    }

    fn answer(&mut self, number: u32, images: usize) -> Result<(), SessionError> {
        let width = usize::from(self.assignment.task.answers());
        match self.next()? {
            FromRunner::Predictions { number: of, near_ties, indices }
                if of == number
                    && near_ties.len() == images
                    && indices.len() == images * width
                    && self.are_ranked(&indices, width) =>
            {
                self.pending.remove();
                self.result.near_ties.extend(near_ties);
                self.result.indices.extend(indices);
                Ok(())
            }
            _ => Err(SessionError::Ended(LastMessage::Nonsense)),
        }
    }

    /// Returns whether these are indices of classes, each once in its row.
    fn are_ranked(&self, indices: &[u16], width: usize) -> bool {
        let once = |row: &[u16]| row.iter().enumerate().all(|(at, index)| !row.iter().take(at).any(|one| one == index));
        indices.iter().all(|index| *index < self.assignment.task.classes) && indices.chunks(width.max(1)).all(once)
    }

    fn finish(&mut self) -> Result<(), SessionError> {
        self.pending.add();
        self.send(&ToRunner::Finish);
        match self.next()? {
            FromRunner::Done { peak_device_bytes, optimisation } if peak_device_bytes <= LARGEST_NUMBER => {
                self.result.peak_device_bytes = peak_device_bytes;
                if self.result.optimised && optimisation != Optimisation::Whole {
                    let kept = if optimisation == Optimisation::Frozen { "torch.jit.freeze" } else { "nothing" };
                    tracing::info!(
                        kept,
                        "torch.jit.optimize_for_inference changes what this model answers; it was left out"
                    );
                }
                self.result.optimised &= optimisation != Optimisation::None;
                Ok(())
            }
            _ => Err(SessionError::Ended(LastMessage::Nonsense)),
        }
    }

    /// Sends a message. If the runner is gone, this is found out when it does not answer.
    fn send(&self, message: &ToRunner) {
        send(self.ready.process.control(), message).ok();
    }

    fn next(&mut self) -> Result<FromRunner, SessionError> {
        let last_message = match self.frames.next() {
            Ok(FromRunner::Cause(text)) => self.explained(&text),
            Ok(FromRunner::Failed(failure)) => LastMessage::Failed(failure),
            Ok(message) => return Ok(message),
            Err(FrameError::Nonsense) => LastMessage::Nonsense,
            Err(FrameError::Ended) => LastMessage::Silence,
        };
        Err(SessionError::Ended(last_message))
    }

    /// Takes a text that was asked for, and the failure that has to follow it.
    fn explained(&mut self, text: &str) -> LastMessage {
        let Some(causes) = self.assignment.causes else { return LastMessage::Nonsense };
        match self.frames.next() {
            Ok(FromRunner::Failed(failure @ (RunnerFailure::Load | RunnerFailure::Forward))) => {
                causes.keep(text);
                LastMessage::Failed(failure)
            }
            Ok(_) | Err(FrameError::Nonsense) => LastMessage::Nonsense,
            Err(FrameError::Ended) => LastMessage::Silence,
        }
    }
}
