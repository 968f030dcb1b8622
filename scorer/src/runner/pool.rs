//! Runners for one device, each used once: made as tasks need them, one ahead if that is wanted.

use std::io::Seek;
use std::sync::Arc;

use holdout_protocol::{Arithmetic, Precision, RUNNER_PROTOCOL, RunnerDevice, RunnerSetup};

use super::RunnerConfig;
use super::cause::Causes;
use super::memory_file::MemoryFile;
use super::start::StartingRunner;
use super::task::ModelTask;
use super::visible_gpus::{own_gpu, visible_devices};
use crate::outcome::{Fault, Interruption};
use crate::progress::Cancellation;

/// Slots of a ring: one that is computed, one that waits for it, one that is filled.
const SLOTS: u32 = 3;
/// Most bytes of a slot, unless a single image is larger.
const MAX_SLOT_BYTES: u64 = 64 << 20;
/// Images in a batch on a CPU and on other devices.
const BATCH: (u32, u32) = (64, 256);

/// A runner, and the memory that its model goes into.
pub(crate) struct PooledRunner {
    /// The runner, which prepares itself.
    pub(crate) starting: StartingRunner,
    /// Empty.
    pub(crate) model: MemoryFile,
}

/// Makes runners for a device.
pub(crate) struct RunnerPool {
    config: RunnerConfig,
    device: RunnerDevice,
    threads: u32,
    /// Bytes of memory that there are for a model, if that is known.
    memory: Option<u64>,
    spare: Option<PooledRunner>,
    /// Where to keep what libtorch says, if the images belong to the reader of the verdict. Then
    /// nothing about them has to be kept back.
    causes: Option<Arc<Causes>>,
}

impl RunnerPool {
    /// Runners on `device` with this many threads and this much memory for a model.
    pub(crate) const fn new(config: RunnerConfig, device: RunnerDevice, threads: u32, memory: Option<u64>) -> Self {
        Self { config, device, threads, memory, spare: None, causes: None }
    }

    /// Changes the pool for images of the reader of the verdict: runners send what libtorch says,
    /// and verdicts may tell all.
    pub(crate) fn with_own_images(self, causes: Arc<Causes>) -> Self {
        Self { causes: Some(causes), ..self }
    }

    /// Returns where to keep what libtorch says, if the images belong to the reader of the verdict.
    pub(crate) fn causes(&self) -> Option<&Causes> {
        self.causes.as_deref()
    }

    /// Returns the task with a memory limit that this machine can keep. If a model took more than
    /// there is, the kernel would kill any process that it finds.
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

    /// Returns the bytes of memory that there are for a model, if that is known.
    pub(crate) const fn memory(&self) -> Option<u64> {
        self.memory
    }

    pub(crate) const fn device(&self) -> &RunnerDevice {
        &self.device
    }

    pub(crate) const fn config(&self) -> &RunnerConfig {
        &self.config
    }

    /// Threads of a runner.
    pub(crate) const fn threads(&self) -> u32 {
        self.threads
    }

    /// Returns whether models run on the processors themselves.
    pub(crate) fn is_cpu(&self) -> bool {
        self.device.device == "cpu"
    }

    /// Returns how exactly matrix products of float32 are computed for a task.
    pub(crate) fn arithmetic(&self, task: &ModelTask) -> Arithmetic {
        let wanted = match task.input.precision {
            Precision::Tf32 if !self.is_cpu() => Arithmetic::Tf32,
            Precision::Tf32 | Precision::Float32 => Arithmetic::Float32,
        };
        self.config.arithmetic.unwrap_or(wanted)
    }

    /// Returns the bytes of the device's own memory that a model may have: the task's limit, or
    /// what there is. `None` on a CPU, and if the device does not tell.
    pub(crate) fn device_memory(&self, task: &ModelTask) -> Option<u64> {
        let there = self.device.memory_bytes.filter(|_| !self.is_cpu())?;
        Some(there.min(task.limits.memory_bytes))
    }

    /// Images in a batch of a task.
    pub(crate) fn batch_size(&self, task: &ModelTask) -> u32 {
        let wanted = self.config.batch.unwrap_or(if self.is_cpu() { BATCH.0 } else { BATCH.1 });
        let fitting = MAX_SLOT_BYTES / task.image_bytes().max(1);
        let most = u32::try_from(fitting).unwrap_or(u32::MAX).clamp(1, holdout_protocol::MAX_BATCH);
        wanted.clamp(1, most)
    }

    /// Prepares a runner for the most usual task, to find out if device and sandbox can be used.
    ///
    /// # Errors
    /// If one of them cannot be used, or the scorer has to stop.
    pub(crate) fn try_out(&mut self, cancellation: &dyn Cancellation) -> Result<(), Interruption> {
        let mut usual = ModelTask::usual();
        usual.limits.memory_bytes = usual.limits.memory_bytes.min(self.memory.unwrap_or(u64::MAX));
        let mut pooled = self.start_runner(self.setup_for(&usual))?;
        pooled.starting.wait(cancellation)?;
        if self.config.warm {
            self.spare = Some(pooled);
        }
        Ok(())
    }

    /// Returns a runner for a task: the one prepared ahead, if it fits and is alive, or a new one.
    pub(crate) fn take_runner(&mut self, task: &ModelTask) -> Result<PooledRunner, Fault> {
        let setup = self.setup_for(task);
        match self.spare.take() {
            Some(spare) if is_same_but_seed(spare.starting.setup(), &setup) && spare.starting.is_alive() => Ok(spare),
            _ => self.start_runner(setup),
        }
    }

    /// Starts another runner for a model that is packed already.
    pub(crate) fn start_another(&self, task: &ModelTask, model: &MemoryFile) -> Result<StartingRunner, Fault> {
        StartingRunner::spawn(&self.config, self.setup_for(task), model)
    }

    /// Keeps a runner whose model was refused before it was sent.
    pub(crate) fn put_back(&mut self, pooled: PooledRunner) {
        let emptied = pooled.model.file().set_len(0).and_then(|()| pooled.model.file().rewind());
        if self.config.warm && emptied.is_ok() {
            self.spare = Some(pooled);
        }
    }

    /// Prepares a runner ahead for a further model of the same task.
    pub(crate) fn keep_warm(&mut self, task: &ModelTask) {
        let setup = self.setup_for(task);
        if self.config.warm && self.spare.is_none() {
            // An error is reported when a runner is needed.
            self.spare = self.start_runner(setup).ok();
        }
    }

    fn start_runner(&self, setup: RunnerSetup) -> Result<PooledRunner, Fault> {
        let model =
            MemoryFile::new("holdout-model").map_err(|error| Fault::new(format!("no memory for a model: {error}")))?;
        let starting = StartingRunner::spawn(&self.config, setup, &model)?;
        Ok(PooledRunner { starting, model })
    }

    fn setup_for(&self, task: &ModelTask) -> RunnerSetup {
        let (device, visible_devices) = own_gpu(&self.device, visible_devices());
        RunnerSetup {
            protocol: RUNNER_PROTOCOL,
            device,
            threads: self.threads,
            memory_bytes: task.limits.memory_bytes,
            device_millionths: self.device_memory(task).map(|bytes| millionths(bytes, self.device.memory_bytes)),
            // A new one in every run, because a fixed one would hide what depends on it.
            seed: rand::random(),
            slots: SLOTS,
            slot_bytes: u64::from(self.batch_size(task)).saturating_mul(task.image_bytes()),
            user: self.config.runner_user(),
            without: self.config.without.clone(),
            cuda_libraries: self.config.cuda_libraries_text(),
            visible_devices,
            arithmetic: self.arithmetic(task),
        }
    }
}

/// Returns how many millionths of `whole` these bytes are, rounded up, and at most all of it.
fn millionths(bytes: u64, whole: Option<u64>) -> u32 {
    let part =
        whole.and_then(|whole| (u128::from(bytes) * 1_000_000).div_ceil(u128::from(whole.max(1))).try_into().ok());
    part.unwrap_or(u32::MAX).min(1_000_000)
}

/// Returns true if two setups are the same in all but the seed, so one runner can do for both.
fn is_same_but_seed(one: &RunnerSetup, other: &RunnerSetup) -> bool {
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

    fn pool(device: &str, batch: Option<u32>) -> RunnerPool {
        let device = RunnerDevice { device: device.to_owned(), name: String::new(), threads: None, memory_bytes: None };
        RunnerPool::new(RunnerConfig { batch, ..RunnerConfig::new("holdout-runner") }, device, 1, Some(4 << 30))
    }

    #[test]
    fn a_slot_stays_small_whatever_the_images() {
        assert_eq!(pool("cpu", None).batch_size(&task(224)), 64);
        assert_eq!(pool("cuda:0", None).batch_size(&task(224)), 256);
        assert_eq!(pool("cpu", Some(1_000_000)).batch_size(&task(8)), 4096);
        assert_eq!(pool("cpu", Some(0)).batch_size(&task(8)), 1);
        assert_eq!(pool("cpu", None).batch_size(&task(4096)), 1);
        let setup = pool("cpu", None).setup_for(&task(1024));
        assert!(setup.slot_bytes <= MAX_SLOT_BYTES && setup.slot_bytes > 0);
    }

    #[test]
    fn no_model_gets_more_memory_than_there_is() {
        let limited = |bytes| {
            let mut task = task(224);
            task.limits.memory_bytes = bytes;
            pool("cpu", None).within_memory(task).limits.memory_bytes
        };
        assert_eq!([limited(16 << 30), limited(1 << 30)], [4 << 30, 1 << 30]);
    }

    #[test]
    fn a_model_gets_no_more_of_a_device_than_the_task_allows() {
        let on = |name: &str, there, allowed| {
            let mut pool = pool(name, None);
            pool.device.memory_bytes = there;
            let mut task = task(224);
            task.limits.memory_bytes = allowed;
            let setup = pool.setup_for(&task);
            (pool.device_memory(&task), setup.device_millionths)
        };
        assert_eq!(on("cuda:0", Some(80 << 30), 16 << 30), (Some(16 << 30), Some(200_000)));
        assert_eq!(on("cuda:0", Some(3 << 30), 1 << 30), (Some(1 << 30), Some(333_334)));
        assert_eq!(on("cuda:0", Some(8 << 30), 16 << 30), (Some(8 << 30), Some(1_000_000)));
        assert_eq!(on("cuda:0", None, 16 << 30), (None, None));
        assert_eq!(on("cpu", Some(8 << 30), 16 << 30), (None, None));
    }

    #[test]
    fn a_runner_fits_a_task_of_the_same_needs() {
        let pool = pool("cpu", None);
        let one = pool.setup_for(&task(224));
        assert_ne!(one.seed, pool.setup_for(&task(224)).seed);
        assert!(is_same_but_seed(&one, &pool.setup_for(&task(224))));
        assert!(!is_same_but_seed(&one, &pool.setup_for(&task(160))));
        let mut other = task(224);
        other.limits.memory_bytes += 1;
        assert!(!is_same_but_seed(&one, &pool.setup_for(&other)));
    }
}
