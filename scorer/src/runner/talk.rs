//! The conversation with a runner that has a model: every message that comes is checked against the one that must come.

use std::os::unix::net::UnixStream;
use std::sync::mpsc::{SyncSender, sync_channel};
use std::thread;
use std::time::{Duration, Instant};

use holdout_protocol::{FromRunner, RunnerFailure, RunnerLoad, Stage, ToRunner};

use super::feed::{Feed, feed};
use super::frames::{Frames, NoMessage, send};
use super::judge::{Heard, Reached};
use super::prepare::Ready;
use super::process::Resident;
use super::run::Assignment;
use super::watch::Pending;
use crate::oversight::Oversight;

/// A runner that tells larger numbers of itself than this makes them up: no device has as many bytes.
const LARGEST_NUMBER: u64 = 1 << 50;

/// Why a conversation ended early.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Interrupted {
    /// By what the runner said, or did not say.
    Heard(Heard),
    /// By a fault of ours.
    Fault(String),
}

/// What was learnt.
#[derive(Debug, Default)]
pub(crate) struct Found {
    /// Ranked class indices in the run's order.
    pub(crate) indices: Vec<u16>,
    /// Images of the test set that are done.
    pub(crate) done: u32,
    /// Whether it was optimised.
    pub(crate) optimised: bool,
    /// From the first batch to the last answer.
    pub(crate) running: Duration,
    /// Memory after the last answer.
    pub(crate) resident: Resident,
    /// Most memory of the device, bytes.
    pub(crate) peak_device_bytes: u64,
}

/// A conversation.
pub(crate) struct Talk<'a> {
    ready: &'a Ready,
    assignment: &'a Assignment<'a>,
    oversight: &'a dyn Oversight,
    pending: &'a Pending,
    frames: Frames<&'a UnixStream>,
    reached: Reached,
    found: Found,
}

impl<'a> Talk<'a> {
    /// With a runner that has not been told anything of a model.
    pub(crate) fn new(
        ready: &'a Ready,
        assignment: &'a Assignment<'a>,
        oversight: &'a dyn Oversight,
        pending: &'a Pending,
    ) -> Self {
        let batch = assignment.order.batches().map(<[u32]>::len).max().unwrap_or(0);
        let frames = Frames::new(ready.process.control(), batch * usize::from(assignment.task.answers()));
        let frames = if assignment.causes.is_some() { frames.with_causes() } else { frames };
        Self { ready, assignment, oversight, pending, frames, reached: Reached::Loading, found: Found::default() }
    }

    /// How far it came, and what was learnt.
    pub(crate) fn into_parts(self) -> (Reached, Found) {
        (self.reached, self.found)
    }

    /// From the model to the last answer.
    ///
    /// # Errors
    /// Why it ended early.
    pub(crate) fn hold(&mut self, near_end: &mut dyn FnMut()) -> Result<(), Interrupted> {
        self.load()?;
        let begun = Instant::now();
        self.batches(near_end)?;
        self.found.running = begun.elapsed();
        // Before the runner is told that it is over: a process that has ended has no memory to measure.
        self.found.resident = self.ready.process.reins().resident().unwrap_or(self.ready.baseline);
        self.finish()
    }

    fn load(&mut self) -> Result<(), Interrupted> {
        let (task, input) = (self.assignment.task, &self.assignment.task.input);
        if let Some(causes) = self.assignment.causes {
            causes.forget();
        }
        self.pending.add();
        self.say(&ToRunner::Load(RunnerLoad {
            model_bytes: self.assignment.model_bytes,
            classes: task.classes,
            answers: task.answers(),
            side: input.crop,
            mean: input.mean,
            std: input.std,
            optimise: self.assignment.optimise,
            fresh: self.assignment.fresh,
            causes: self.assignment.causes.is_some(),
        }));
        match self.next()? {
            FromRunner::Loaded { optimised } if self.assignment.optimise || !optimised => {
                self.pending.remove();
                self.found.optimised = optimised;
                Ok(())
            }
            _ => Err(Interrupted::Heard(Heard::Nonsense)),
        }
    }

    fn batches(&mut self, near_end: &mut dyn FnMut()) -> Result<(), Interrupted> {
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
                feed(&feeding, &credits).inspect_err(|_| process.reins().kill())
            });
            let heard = self.answers(credit, near_end);
            match feeder.join() {
                Ok(Ok(())) => heard,
                Ok(Err(error)) => Err(Interrupted::Fault(format!("the images cannot be read: {error}"))),
                Err(_) => Err(Interrupted::Fault("the thread that reads images panicked".to_owned())),
            }
        })
    }

    /// Takes the answers to all batches, in their order; gives a credit for every slot that is free.
    fn answers(&mut self, credit: SyncSender<()>, near_end: &mut dyn FnMut()) -> Result<(), Interrupted> {
        let slots = usize::try_from(self.ready.setup.slots).unwrap_or(1);
        let assignment = self.assignment;
        let trial = assignment.order.trial_batches();
        // No hidden image is in the ring before the trial is over: whoever took the process over in it has seen none.
        (0..trial).for_each(|_| credit.try_send(()).unwrap_or(()));
        // When this one is answered, nothing is left to be told of.
        let last_told = assignment.order.batches().len().saturating_sub(slots);
        let mut done = 0_u32;
        for (number, batch) in (0..).zip(assignment.order.batches()) {
            let images = u32::try_from(batch.len()).unwrap_or(u32::MAX);
            let is_trial = usize::try_from(number).is_ok_and(|number| number < trial);
            if usize::try_from(number) == Ok(trial) {
                self.pending.end_trial();
                self.oversight.enter(Stage::Running, assignment.tally.total);
                self.oversight.done(assignment.tally.before);
                (0..slots).for_each(|_| credit.try_send(()).unwrap_or(()));
            }
            self.reached = if is_trial || assignment.causes.is_some() {
                Reached::Trying { images }
            } else {
                Reached::Running { images }
            };
            self.answer(number, batch.len())?;
            if is_trial {
                self.found.indices.clear();
                continue;
            }
            credit.try_send(()).ok();
            done = done.saturating_add(images);
            self.found.done = done;
            self.oversight.done(assignment.tally.told(done.into()));
            if usize::try_from(number) == Ok(last_told) {
                near_end();
            }
        }
        drop(credit);
        Ok(())
    }

    fn answer(&mut self, number: u32, images: usize) -> Result<(), Interrupted> {
        let width = usize::from(self.assignment.task.answers());
        match self.next()? {
            FromRunner::Predictions { number: of, indices }
                if of == number && indices.len() == images * width && self.are_ranked(&indices, width) =>
            {
                self.pending.remove();
                self.found.indices.extend(indices);
                Ok(())
            }
            _ => Err(Interrupted::Heard(Heard::Nonsense)),
        }
    }

    /// Whether these are indices of classes, each once in its row.
    fn are_ranked(&self, indices: &[u16], width: usize) -> bool {
        let once = |row: &[u16]| row.iter().enumerate().all(|(at, index)| !row.iter().take(at).any(|one| one == index));
        indices.iter().all(|index| *index < self.assignment.task.classes) && indices.chunks(width.max(1)).all(once)
    }

    fn finish(&mut self) -> Result<(), Interrupted> {
        self.pending.add();
        self.say(&ToRunner::Finish);
        match self.next()? {
            FromRunner::Done { peak_device_bytes } if peak_device_bytes <= LARGEST_NUMBER => {
                self.found.peak_device_bytes = peak_device_bytes;
                Ok(())
            }
            _ => Err(Interrupted::Heard(Heard::Nonsense)),
        }
    }

    /// Says something. That the runner is gone is found out when it does not answer.
    fn say(&self, message: &ToRunner) {
        send(self.ready.process.control(), message).ok();
    }

    fn next(&mut self) -> Result<FromRunner, Interrupted> {
        let heard = match self.frames.next() {
            Ok(FromRunner::Cause(text)) => self.explained(&text),
            Ok(FromRunner::Failed(failure)) => Heard::Failed(failure),
            Ok(message) => return Ok(message),
            Err(NoMessage::Nonsense) => Heard::Nonsense,
            Err(NoMessage::Ended) => Heard::Silence,
        };
        Err(Interrupted::Heard(heard))
    }

    /// Takes a text that was asked for, and the failure that has to follow it.
    fn explained(&mut self, text: &str) -> Heard {
        let Some(causes) = self.assignment.causes else { return Heard::Nonsense };
        match self.frames.next() {
            Ok(FromRunner::Failed(failure @ (RunnerFailure::Load | RunnerFailure::Forward))) => {
                causes.keep(text);
                Heard::Failed(failure)
            }
            Ok(_) | Err(NoMessage::Nonsense) => Heard::Nonsense,
            Err(NoMessage::Ended) => Heard::Silence,
        }
    }
}
