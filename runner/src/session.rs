//! Loading one model and answering its batches.

use std::io;
use std::os::fd::OwnedFd;

use holdout_protocol::{FromRunner, MAX_BATCH, Optimisation, RunnerFailure, RunnerLoad, RunnerSetup, ToRunner};
use tch::Device;

use crate::answers::{Answers, Pending, Ranked, Wanted};
use crate::control::Control;
use crate::flight::Flight;
use crate::input::Input;
use crate::keeper::exit;
use crate::mapping::Mapping;
use crate::torch::{self, Model, Raised, Use};

/// A prepared runner that has no model yet.
#[derive(Debug)]
pub struct Session {
    device: Device,
    ring: Mapping,
    slots: usize,
    slot_bytes: usize,
    /// Most bytes of the device's own memory that the model may have.
    memory_bytes: u64,
}

/// Why a session ends before it is finished.
#[derive(Debug)]
enum Stop {
    /// To be told to the scorer.
    Failed(RunnerFailure),
    /// The scorer is gone, or says what no scorer of this version says.
    Scorer,
}

impl From<RunnerFailure> for Stop {
    fn from(failure: RunnerFailure) -> Self {
        Self::Failed(failure)
    }
}

impl Session {
    /// Maps the ring and closes its descriptor: it could be mapped for writing otherwise.
    ///
    /// # Errors
    /// If the name is not that of a device, or the ring cannot be mapped.
    pub fn new(setup: &RunnerSetup, images: OwnedFd) -> io::Result<Self> {
        let device = parse_device(&setup.device).ok_or(io::ErrorKind::InvalidInput)?;
        let slot_bytes = usize::try_from(setup.slot_bytes).map_err(io::Error::other)?;
        let slots = usize::try_from(setup.slots).map_err(io::Error::other)?;
        let length = slot_bytes.checked_mul(slots).ok_or(io::ErrorKind::InvalidInput)?;
        let ring = Mapping::shared(images, length)?;
        Ok(Self { device, ring, slots, slot_bytes, memory_bytes: setup.memory_bytes })
    }

    /// Returns the device to compute on.
    #[must_use]
    pub fn device(&self) -> Device {
        self.device
    }

    /// Serves a scorer to the end: the exit code of this process.
    #[must_use]
    pub fn serve(self, control: &mut Control, model: OwnedFd) -> u8 {
        match self.load(control, model).and_then(|mut loaded| loaded.answer_all(control)) {
            Ok(()) => exit::DONE,
            Err(Stop::Scorer) => exit::USAGE,
            Err(Stop::Failed(failure)) => {
                explain(control, &failure);
                control.fail(failure);
                exit::FAILED
            }
        }
    }

    /// Waits for `Load`, and loads.
    fn load(self, control: &mut Control, model: OwnedFd) -> Result<Loaded, Stop> {
        let Ok(ToRunner::Load(load)) = control.receive() else { return Err(Stop::Scorer) };
        let length = usize::try_from(load.model_bytes).map_err(|_| Stop::Scorer)?;
        if load.causes {
            torch::keep_causes();
        }
        // If the address space is used up already, that is the model's size.
        let archive = Mapping::private(&model, length).map_err(|_| RunnerFailure::Memory)?;
        drop(model);
        let use_of = Use { optimise: load.optimise, fresh: load.fresh };
        let in_load = |raised: Raised| raised.or_unless_memory(RunnerFailure::Load);
        let model = Model::load(archive, self.device, self.memory_bytes, use_of).map_err(in_load)?;
        send(
            control,
            &FromRunner::Loaded { optimised: model.optimisation() != Optimisation::None, training: model.training() },
        )?;
        let input = Input::new(&load, self.device, self.slots, self.slot_bytes).map_err(in_load)?;
        // A CPU computes a batch before anything else happens, and one that wants a new module for
        // each batch is done with the last one first.
        let depth = if self.device == Device::Cpu || load.fresh { 1 } else { self.slots.max(1) };
        Ok(Loaded { session: self, load, model, input, answers: Answers::default(), flight: Flight::new(depth) })
    }
}

/// A runner with its model.
struct Loaded {
    session: Session,
    load: RunnerLoad,
    model: Model,
    input: Input,
    answers: Answers,
    flight: Flight<(u32, Pending)>,
}

impl Loaded {
    /// Answers batch after batch until `Finish`.
    fn answer_all(&mut self, control: &mut Control) -> Result<(), Stop> {
        let mut expected = 0;
        loop {
            if self.flight.should_land(|| control.has_message()) {
                self.land_one(control)?;
                continue;
            }
            match control.receive() {
                Ok(ToRunner::Batch { number, slot, images }) if number == expected => {
                    expected += 1;
                    match self.begin(slot, images) {
                        Ok(pending) => self.flight.add((number, pending)),
                        // The batches before have answers of their own, and come first.
                        Err(stop) => return self.land_all(control).and(Err(stop)),
                    }
                }
                Ok(ToRunner::Finish) => {
                    self.land_all(control)?;
                    let (peak_device_bytes, optimisation) = (self.model.peak_device_bytes(), self.model.optimisation());
                    return send(control, &FromRunner::Done { peak_device_bytes, optimisation });
                }
                _ => return Err(Stop::Scorer),
            }
        }
    }

    /// Waits for the oldest batch that is computed, and sends its answers.
    fn land_one(&mut self, control: &mut Control) -> Result<(), Stop> {
        let Some((number, pending)) = self.flight.land() else { return Ok(()) };
        let Ranked { indices, near_ties } = self.answers.of(pending)?;
        send(control, &FromRunner::Predictions { number, near_ties, indices })
    }

    fn land_all(&mut self, control: &mut Control) -> Result<(), Stop> {
        while !self.flight.is_empty() {
            self.land_one(control)?;
        }
        Ok(())
    }

    /// Gives the images in a slot to the device, and everything that should be computed from them.
    fn begin(&mut self, slot: u32, images: u32) -> Result<Pending, Stop> {
        let count = usize::try_from(images).map_err(|_| Stop::Scorer)?;
        let slot = usize::try_from(slot).map_err(|_| Stop::Scorer)?;
        let bytes = self.input.image_bytes().checked_mul(count).ok_or(Stop::Scorer)?;
        let valid = (1..=MAX_BATCH).contains(&images) && bytes <= self.session.slot_bytes;
        let offset = self.session.slot_bytes.checked_mul(slot).ok_or(Stop::Scorer)?;
        if !valid || slot >= self.session.slots {
            return Err(Stop::Scorer);
        }
        let ring = &self.session.ring;
        let input = self.input.batch(slot, ring, offset, count).map_err(forward)?;
        let found = self.model.forward(&input, self.load.classes).map_err(forward)?;
        drop(input);
        let RunnerLoad { classes, answers, tolerance, .. } = self.load;
        let wanted = Wanted { images: count, classes, answers, tolerance };
        Ok(Pending::take(&mut self.model, &found, wanted)?)
    }
}

fn forward(raised: Raised) -> RunnerFailure {
    raised.or_unless_memory(RunnerFailure::Forward)
}

/// Sends what libtorch said of a failure, if the scorer asked for causes.
fn explain(control: &mut Control, failure: &RunnerFailure) {
    let has_cause = matches!(failure, RunnerFailure::Load | RunnerFailure::Forward);
    if let Some(text) = torch::cause().filter(|_| has_cause) {
        // If the scorer is gone, `Failed` does not reach it either.
        control.send(&FromRunner::Cause(text)).ok();
    }
}

fn send(control: &mut Control, message: &FromRunner) -> Result<(), Stop> {
    control.send(message).map_err(|_| Stop::Scorer)
}

/// `cpu`, or `cuda:` and a number.
fn parse_device(name: &str) -> Option<Device> {
    match name {
        "cpu" => Some(Device::Cpu),
        name => name.strip_prefix("cuda:")?.parse().ok().map(Device::Cuda),
    }
}
