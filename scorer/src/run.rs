//! The scorer's life: claim, work, report, until it has to stop. A scorer has one worker for prediction files and one for
//! each device that models run on. Each is a scorer of its own for the server, so predictions never wait behind a model.
//!
//! A worker never gives up. If it withdraws after faults, or cannot work from the start, it says so to the server, tests
//! itself in longer and longer pauses, and returns.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;
use std::thread::{self, ScopedJoinHandle};
use std::time::Duration;

use holdout_images::PreparedCache;
use holdout_protocol::{BlobRef, ClaimRequest, RunnerDevice, SubmissionKind};

use crate::cache::Cache;
use crate::claim::{Asked, announce, claim, request};
use crate::client::Client;
use crate::report::{Reported, report};
use crate::runner::{Supply, choose, close_own_memory, threads, usable_memory};
use crate::self_test::{test_start, test_worker};
use crate::test_sets::TestSets;
use crate::work::{ModelTools, Unfinished, Worker};
use crate::{RunnerConfig, ScorerConfig, ScorerError, StopSignal};

/// Folder of prepared images within the cache folder.
const PREPARED: &str = "prepared";
/// How often a worker that takes no work says that it is there.
const ANNOUNCING: Duration = Duration::from_secs(15);
/// Longest pause between two tests.
const LONGEST_PAUSE: Duration = Duration::from_secs(600);
/// Pause before a worker that panicked is started again.
const AFTER_A_PANIC: Duration = Duration::from_secs(1);

/// Works until `stop` is given; blocks. A server that cannot be reached is waited for, and so is whatever this machine
/// lacks: the log and the organizers' page say what it is.
///
/// # Errors
/// If the server's address cannot be one, or the server does not take this scorer.
pub fn run(config: ScorerConfig, stop: Arc<StopSignal>) -> Result<(), ScorerError> {
    let client = Arc::new(Client::new(&config)?);
    let cache = Arc::new(Cache::new(config.cache.clone(), config.cache_bytes));
    let scorer = Scorer { config, client, cache, stop };
    thread::scope(|scope| {
        let predictions = scope.spawn(|| scorer.score_predictions());
        let runner = scorer.config.runner.as_ref();
        let models = runner.map_or_else(Vec::new, |runner| scorer.start_model_workers(scope, runner));
        let mut ends = std::iter::once(predictions).chain(models);
        ends.try_for_each(|worker| {
            worker.join().unwrap_or_else(|_| Err(ScorerError::Fault("a worker panicked".into())))
        })
    })
}

/// What all workers share.
struct Scorer {
    config: ScorerConfig,
    client: Arc<Client>,
    cache: Arc<Cache>,
    stop: Arc<StopSignal>,
}

/// A device with a worker of its own.
struct DeviceSlot {
    device: RunnerDevice,
    /// What is added to the scorer's name.
    suffix: String,
    threads: u32,
    /// Bytes of memory for a model, if that is known.
    memory: Option<u64>,
}

impl Scorer {
    fn score_predictions(&self) -> Result<(), ScorerError> {
        let request = request(&self.config, self.config.name.clone(), SubmissionKind::Predictions, None);
        self.keep_working(request, || None)
    }

    /// Starts a worker for each device, once the runner names them.
    fn start_model_workers<'scope>(
        &'scope self,
        scope: &'scope thread::Scope<'scope, '_>,
        runner: &'scope RunnerConfig,
    ) -> Vec<ScopedJoinHandle<'scope, Result<(), ScorerError>>> {
        close_own_memory();
        let starting = scope.spawn(move || {
            let Some(devices) = self.find_devices(runner) else { return Ok(()) };
            let start = |slot| scope.spawn(move || self.run_models(runner, slot));
            let workers: Vec<_> = slots(runner, devices).into_iter().map(start).collect();
            let panicked = |_| Err(ScorerError::Fault("a worker panicked".to_owned()));
            workers.into_iter().try_for_each(|worker| worker.join().unwrap_or_else(panicked))
        });
        vec![starting]
    }

    /// Asks the runner for devices until it names some. Returns `None` if the scorer has to stop.
    fn find_devices(&self, runner: &RunnerConfig) -> Option<Vec<RunnerDevice>> {
        let mut failures = 0;
        loop {
            match choose(runner) {
                Ok(devices) => return Some(devices),
                Err(error) => {
                    let pause = self.pause(failures);
                    tracing::error!(
                        %error,
                        seconds = pause.as_secs(),
                        "no model can be run here; only prediction files are scored; trying again"
                    );
                    failures += 1;
                    if self.stop.wait(pause) {
                        return None;
                    }
                }
            }
        }
    }

    /// A worker for models.
    fn run_models(&self, runner: &RunnerConfig, slot: DeviceSlot) -> Result<(), ScorerError> {
        let DeviceSlot { device, suffix, threads, memory } = slot;
        let name = format!("{} ({suffix})", self.config.name);
        tracing::info!(device = device.device, threads, memory, "models can use this many bytes of memory");
        let shown = Some((device.device.clone(), memory));
        let request = request(&self.config, name, SubmissionKind::Torchscript, shown);
        self.keep_working(request, || {
            let supply = Supply::new(runner.clone(), device.clone(), threads, memory);
            let prepared = PreparedCache::new(self.config.cache.join(PREPARED), runner.prepared_bytes);
            Some(ModelTools { supply, prepared })
        })
    }

    /// Keeps a worker at work until the scorer has to stop; starts another one if it panics.
    fn keep_working(
        &self,
        mut request: ClaimRequest,
        tools: impl Fn() -> Option<ModelTools>,
    ) -> Result<(), ScorerError> {
        let scorer = request.scorer;
        tracing::info!(%scorer, name = request.name, server = self.config.server, "the scorer waits for work");
        loop {
            let worker = Worker {
                client: Arc::clone(&self.client),
                cache: Arc::clone(&self.cache),
                test_sets: TestSets::default(),
                models: tools(),
                stop: Arc::clone(&self.stop),
            };
            match catch_unwind(AssertUnwindSafe(|| self.work(worker, &mut request))) {
                Ok(Ok(())) => {
                    tracing::info!(%scorer, "the scorer has stopped");
                    return Ok(());
                }
                Ok(Err(error)) => {
                    tracing::error!(%scorer, name = request.name, %error, "the scorer has stopped by itself");
                    return Err(error);
                }
                Err(_) => tracing::error!(%scorer, name = request.name, "a worker panicked; starting another one"),
            }
            self.stop.wait(AFTER_A_PANIC);
        }
    }

    /// A worker's life.
    fn work(&self, mut worker: Worker, request: &mut ClaimRequest) -> Result<(), ScorerError> {
        let mut life = Life::default();
        let mut trouble = match test_start(&mut worker) {
            Ok(()) => None,
            Err(Unfinished::Fault(cause) | Unfinished::Known(_, cause)) => Some(cause),
            Err(Unfinished::GaveBack | Unfinished::Dropped) => return Ok(()),
        };
        loop {
            if let Some(cause) = trouble.take()
                && !self.recover(&mut worker, request, cause, &mut life)
            {
                return Ok(());
            }
            match claim(&self.client, request, &self.stop)? {
                Asked::Stopped => return Ok(()),
                Asked::Withdrawn(cause) => trouble = Some(cause),
                Asked::Work(claim) => {
                    life.known = Some(claim.test_set.clone());
                    // Without an end, the attempt is over for the server: nothing is left to say.
                    let Some(ended) = worker.work(&claim) else { continue };
                    match report(&self.client, &claim, ended, &self.stop)? {
                        Reported::Next { good } => life.setbacks = if good { 0 } else { life.setbacks },
                        Reported::Withdraw(cause) => trouble = Some(cause),
                    }
                }
            }
        }
    }

    /// Tests a worker that takes no work until it can work again. Returns false if the scorer has to stop.
    fn recover(&self, worker: &mut Worker, request: &mut ClaimRequest, mut trouble: String, life: &mut Life) -> bool {
        let (scorer, name) = (request.scorer, request.name.clone());
        loop {
            let pause = self.pause(life.setbacks);
            life.setbacks = life.setbacks.saturating_add(1);
            let seconds = pause.as_secs();
            tracing::error!(%scorer, name, trouble, seconds, "this scorer takes no work; it tests itself and returns");
            if self.wait_in_trouble(request, &trouble, pause) {
                return false;
            }
            match test_worker(worker, life.known.as_ref()) {
                Ok(()) => {
                    tracing::info!(%scorer, name, "this scorer has tested itself and takes work again");
                    request.returned = true;
                    return true;
                }
                Err(Unfinished::Fault(cause) | Unfinished::Known(_, cause)) => trouble = cause,
                Err(Unfinished::GaveBack | Unfinished::Dropped) => return false,
            }
        }
    }

    /// Waits, and says now and then that the worker is there. Returns whether the scorer has to stop.
    fn wait_in_trouble(&self, request: &ClaimRequest, trouble: &str, pause: Duration) -> bool {
        let mut left = pause;
        loop {
            announce(&self.client, request, trouble, &self.stop);
            let part = left.min(ANNOUNCING);
            if self.stop.wait(part) {
                return true;
            }
            left = left.saturating_sub(part);
            if left.is_zero() {
                return false;
            }
        }
    }

    /// The pause before a test, after this many that did not help.
    fn pause(&self, setbacks: u32) -> Duration {
        let first = Duration::from_secs(self.config.self_test_seconds.max(1).into());
        first.saturating_mul(2_u32.saturating_pow(setbacks)).min(LONGEST_PAUSE)
    }
}

/// What a worker remembers of its work.
#[derive(Default)]
struct Life {
    /// Withdrawals and failed tests since the last attempt that went well.
    setbacks: u32,
    /// A file that the server has given before.
    known: Option<BlobRef>,
}

/// The devices with their workers; a device that is listed twice is told apart by a number.
fn slots(runner: &RunnerConfig, devices: Vec<RunnerDevice>) -> Vec<DeviceSlot> {
    let names: Vec<String> = devices.iter().map(|device| device.device.clone()).collect();
    let on_cpu = names.iter().filter(|name| *name == "cpu").count();
    let memory = usable_memory(runner, names.len());
    let slot = |(index, device): (usize, RunnerDevice)| {
        let before = names.iter().take(index).filter(|name| **name == device.device).count();
        let suffix = if before == 0 { device.device.clone() } else { format!("{} {}", device.device, before + 1) };
        let is_cpu = device.device == "cpu";
        let threads = threads(runner, if is_cpu { on_cpu } else { names.len() }, is_cpu);
        DeviceSlot { device, suffix, threads, memory }
    };
    devices.into_iter().enumerate().map(slot).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_device_has_a_name_of_its_own() {
        let device = |name: &str| RunnerDevice {
            device: name.to_owned(),
            name: name.to_owned(),
            threads: None,
            memory_bytes: None,
        };
        let devices = ["cpu", "cuda:0", "cpu", "cpu"].map(device).to_vec();
        let slots = slots(&RunnerConfig::new("x"), devices);
        let suffixes: Vec<&str> = slots.iter().map(|slot| slot.suffix.as_str()).collect();
        assert_eq!(suffixes, ["cpu", "cuda:0", "cpu 2", "cpu 3"]);
        assert!(slots.iter().all(|slot| slot.threads >= 1 && slot.memory.is_some()));
    }

    #[test]
    fn pauses_between_tests_grow_up_to_ten_minutes() {
        let config = ScorerConfig::new("http://127.0.0.1:1", "hs_t", "unused");
        let client = Arc::new(Client::new(&config).unwrap());
        let cache = Arc::new(Cache::new("/nowhere".into(), 1));
        let scorer = Scorer { config, client, cache, stop: Arc::default() };
        assert_eq!([0, 1, 2, 7, 99].map(|setbacks| scorer.pause(setbacks).as_secs()), [5, 10, 20, 600, 600]);
    }
}
