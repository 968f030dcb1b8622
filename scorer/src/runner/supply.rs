//! Runners for one device: made as a task needs them, one prepared ahead if that is wanted. A runner is used once.

use std::io::Seek;
use std::sync::Arc;

use holdout_protocol::{Precision, RUNNER_PROTOCOL, RunnerDevice, RunnerSetup};

use super::RunnerConfig;
use super::cause::Causes;
use super::memory_file::MemoryFile;
use super::prepare::Starting;
use crate::model::ModelTask;
use crate::oversight::Oversight;
use crate::work::Unfinished;

/// Slots of a ring: one that is computed, one that waits for it, one that is filled.
const SLOTS: u32 = 3;
/// Most bytes of a slot, unless a single image is larger.
const MAX_SLOT_BYTES: u64 = 64 << 20;
/// Images in a batch on a CPU and on other devices.
const BATCH: (u32, u32) = (64, 256);

/// A runner, and the memory that its model goes into.
pub(crate) struct Supplied {
    /// The runner, which prepares itself.
    pub(crate) starting: Starting,
    /// Empty.
    pub(crate) model: MemoryFile,
}

/// Makes runners for a device.
pub(crate) struct Supply {
    config: RunnerConfig,
    device: RunnerDevice,
    threads: u32,
    /// Bytes of memory that there are for a model, if that is known.
    memory: Option<u64>,
    spare: Option<Supplied>,
    /// Where to keep what libtorch says, if the images are those of whoever reads the verdict, so that nothing about them has
    /// to be kept back.
    causes: Option<Arc<Causes>>,
}

impl Supply {
    /// Runners on `device` with this many threads and this much memory for a model.
    pub(crate) const fn new(config: RunnerConfig, device: RunnerDevice, threads: u32, memory: Option<u64>) -> Self {
        Self { config, device, threads, memory, spare: None, causes: None }
    }

    /// For images of whoever reads the verdict: it may tell all, and runners send what libtorch says.
    pub(crate) fn with_own_images(self, causes: Arc<Causes>) -> Self {
        Self { causes: Some(causes), ..self }
    }

    /// Where to keep what libtorch says, if the images are those of whoever reads the verdict.
    pub(crate) fn causes(&self) -> Option<&Causes> {
        self.causes.as_deref()
    }

    /// The task with a memory limit that this machine can keep: a model that takes more than there is would have the
    /// kernel kill whatever it finds.
    pub(crate) fn within_memory(&self, mut task: ModelTask) -> ModelTask {
        let limit = &mut task.limits.memory_bytes;
        if let Some(most) = self.memory.filter(|most| *most < *limit) {
            tracing::warn!(
                allowed = *limit,
                available = most,
                "the task allows a model more memory than this scorer has; the model is stopped at what there is"
            );
            *limit = most;
        }
        task
    }

    /// Bytes of memory that there are for a model, if that is known.
    pub(crate) const fn memory(&self) -> Option<u64> {
        self.memory
    }

    /// The device.
    pub(crate) const fn device(&self) -> &RunnerDevice {
        &self.device
    }

    /// The configuration.
    pub(crate) const fn config(&self) -> &RunnerConfig {
        &self.config
    }

    /// Threads of a runner.
    pub(crate) const fn threads(&self) -> u32 {
        self.threads
    }

    /// Whether models run on the processors themselves.
    pub(crate) fn is_cpu(&self) -> bool {
        self.device.device == "cpu"
    }

    /// Images in a batch of a task.
    pub(crate) fn batch(&self, task: &ModelTask) -> u32 {
        let wanted = self.config.batch.unwrap_or(if self.is_cpu() { BATCH.0 } else { BATCH.1 });
        let fitting = MAX_SLOT_BYTES / task.image_bytes().max(1);
        let most = u32::try_from(fitting).unwrap_or(u32::MAX).clamp(1, holdout_protocol::MAX_BATCH);
        wanted.clamp(1, most)
    }

    /// Prepares a runner for the most usual task, to find out whether device and sandbox can be used.
    ///
    /// # Errors
    /// Why not.
    pub(crate) fn try_out(&mut self, oversight: &dyn Oversight) -> Result<(), Unfinished> {
        let mut usual = ModelTask::usual();
        usual.limits.memory_bytes = usual.limits.memory_bytes.min(self.memory.unwrap_or(u64::MAX));
        let mut supplied = self.make(self.setup(&usual))?;
        supplied.starting.wait(oversight)?;
        if self.config.warm {
            self.spare = Some(supplied);
        }
        Ok(())
    }

    /// A runner for a task: the one that was prepared ahead, if it fits and lives.
    pub(crate) fn take(&mut self, task: &ModelTask) -> Result<Supplied, Unfinished> {
        let setup = self.setup(task);
        match self.spare.take() {
            Some(spare) if fits(spare.starting.setup(), &setup) && spare.starting.is_alive() => Ok(spare),
            _ => self.make(setup),
        }
    }

    /// Another runner for a model that is packed already.
    pub(crate) fn another(&self, task: &ModelTask, model: &MemoryFile) -> Result<Starting, Unfinished> {
        Starting::spawn(&self.config, self.setup(task), model)
    }

    /// Keeps a runner whose model was refused before it was sent.
    pub(crate) fn put_back(&mut self, supplied: Supplied) {
        let emptied = supplied.model.file().set_len(0).and_then(|()| supplied.model.file().rewind());
        if self.config.warm && emptied.is_ok() {
            self.spare = Some(supplied);
        }
    }

    /// Prepares a runner ahead for a further model of the same task.
    pub(crate) fn keep_warm(&mut self, task: &ModelTask) {
        let setup = self.setup(task);
        if self.config.warm && self.spare.is_none() {
            // Whatever keeps it from starting is told when one is needed.
            self.spare = self.make(setup).ok();
        }
    }

    fn make(&self, setup: RunnerSetup) -> Result<Supplied, Unfinished> {
        let model = MemoryFile::new("holdout-model")
            .map_err(|error| Unfinished::Fault(format!("no memory for a model: {error}")))?;
        let starting = Starting::spawn(&self.config, setup, &model)?;
        Ok(Supplied { starting, model })
    }

    fn setup(&self, task: &ModelTask) -> RunnerSetup {
        RunnerSetup {
            protocol: RUNNER_PROTOCOL,
            device: self.device.device.clone(),
            threads: self.threads,
            memory_bytes: task.limits.memory_bytes,
            // Another one in every run: a fixed one would hide what depends on it.
            seed: rand::random(),
            slots: SLOTS,
            slot_bytes: u64::from(self.batch(task)).saturating_mul(task.image_bytes()),
            user: self.config.runner_user(),
            without: self.config.without.clone(),
            cuda_libraries: self.config.cuda_libraries_text(),
            tf32: task.input.precision == Precision::Tf32,
        }
    }
}

/// Whether a runner that was set up in one way can be used in the other: in all but its seed.
fn fits(one: &RunnerSetup, other: &RunnerSetup) -> bool {
    RunnerSetup { seed: other.seed, ..one.clone() } == *other
}

#[cfg(test)]
mod tests {
    use holdout_protocol::{InputTransform, Limits};

    use super::*;

    fn task(crop: u32) -> ModelTask {
        let input = InputTransform { resize: None, crop, mean: [0.0; 3], std: [1.0; 3], precision: Precision::Float32 };
        ModelTask { classes: 10, input, limits: Limits::default(), noise_seed: 0 }
    }

    fn supply(device: &str, batch: Option<u32>) -> Supply {
        let device = RunnerDevice { device: device.to_owned(), name: String::new(), threads: None, memory_bytes: None };
        Supply::new(RunnerConfig { batch, ..RunnerConfig::new("holdout-runner") }, device, 1, Some(4 << 30))
    }

    #[test]
    fn a_slot_stays_small_whatever_the_images() {
        assert_eq!(supply("cpu", None).batch(&task(224)), 64);
        assert_eq!(supply("cuda:0", None).batch(&task(224)), 256);
        assert_eq!(supply("cpu", Some(1_000_000)).batch(&task(8)), 4096);
        assert_eq!(supply("cpu", Some(0)).batch(&task(8)), 1);
        assert_eq!(supply("cpu", None).batch(&task(4096)), 1);
        let setup = supply("cpu", None).setup(&task(1024));
        assert!(setup.slot_bytes <= MAX_SLOT_BYTES && setup.slot_bytes > 0);
    }

    #[test]
    fn no_model_gets_more_memory_than_there_is() {
        let limited = |bytes| {
            let mut task = task(224);
            task.limits.memory_bytes = bytes;
            supply("cpu", None).within_memory(task).limits.memory_bytes
        };
        assert_eq!([limited(16 << 30), limited(1 << 30)], [4 << 30, 1 << 30]);
    }

    #[test]
    fn a_runner_fits_a_task_of_the_same_needs() {
        let supply = supply("cpu", None);
        let one = supply.setup(&task(224));
        assert_ne!(one.seed, supply.setup(&task(224)).seed);
        assert!(fits(&one, &supply.setup(&task(224))));
        assert!(!fits(&one, &supply.setup(&task(160))));
        let mut other = task(224);
        other.limits.memory_bytes += 1;
        assert!(!fits(&one, &supply.setup(&other)));
    }
}
