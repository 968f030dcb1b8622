//! The scorer's life: claim, work, report, until it has to stop. A scorer has a few workers for
//! prediction files and one for each device that models run on. Each is a scorer of its own for the
//! server, so predictions never wait behind a model.
//!
//! A worker never gives up. If it withdraws after faults, or cannot work from the start, it says so
//! to the server, tests itself in longer and longer pauses, and returns.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;
use std::thread::{self, ScopedJoinHandle};
use std::time::Duration;

use holdout_client::Backoff;
use holdout_images::PreparedCache;
use holdout_protocol::{BlobRef, ClaimRequest, FaultReason, Outcome, SubmissionKind};

use crate::claim::{ClaimAnswer, announce, claim_request, claim_work, sign_off};
use crate::client::Client;
use crate::devices::{DeviceSearch, DeviceSlot};
use crate::files::{Cache, TestSets};
use crate::outcome::Interruption;
use crate::report::{AfterReport, report_outcome};
use crate::runner::{RunnerPool, close_own_memory};
use crate::self_test::{test_start, test_worker};
use crate::worker::model::ModelWorker;
use crate::worker::predictions::PredictionWorker;
use crate::worker::{Worker, WorkerBase, make_attempt};
use crate::{RunnerConfig, ScorerConfig, ScorerError, StopSignal};

/// Folder of prepared images within the cache folder.
const PREPARED: &str = "prepared";
/// How often a worker that takes no work says that it is there.
const ANNOUNCING: Duration = Duration::from_secs(15);
/// Longest pause between two tests.
const LONGEST_PAUSE: Duration = Duration::from_secs(600);
/// Pause before a worker that panicked is started again.
const AFTER_A_PANIC: Duration = Duration::from_secs(1);

/// Works until `stop` is given; blocks. A server that cannot be reached is waited for, and so is
/// whatever this machine lacks: the log and the organizers' page say what it is.
///
/// # Errors
/// If the server's address cannot be one, or the server does not take this scorer.
pub fn run(config: ScorerConfig, stop: Arc<StopSignal>) -> Result<(), ScorerError> {
    let client = Arc::new(Client::new(&config)?);
    let cache = Arc::new(Cache::new(config.cache.clone(), config.cache_bytes));
    let scorer = Scorer { config, client, cache, stop };
    thread::scope(|scope| {
        let scorer = &scorer;
        let score_predictions = |number| scope.spawn(move || scorer.score_predictions(number));
        let mut workers: Vec<_> = (1..=scorer.config.prediction_workers.max(1)).map(score_predictions).collect();
        workers.extend(scorer.config.runner.as_ref().map(|runner| {
            close_own_memory();
            scope.spawn(move || scorer.start_model_workers(scope, runner))
        }));
        join(workers)
    })
}

/// Waits for workers, and returns the first error of one.
fn join(workers: Vec<ScopedJoinHandle<'_, Result<(), ScorerError>>>) -> Result<(), ScorerError> {
    let panicked = |_| Err(ScorerError::Fault("a worker panicked".to_owned()));
    workers.into_iter().try_for_each(|worker| worker.join().unwrap_or_else(panicked))
}

/// What all workers share.
struct Scorer {
    config: ScorerConfig,
    client: Arc<Client>,
    cache: Arc<Cache>,
    stop: Arc<StopSignal>,
}

impl Scorer {
    fn score_predictions(&self, number: u32) -> Result<(), ScorerError> {
        let name = &self.config.name;
        let name = if number == 1 { name.clone() } else { format!("{name} {number}") };
        let request = claim_request(&self.config, name, SubmissionKind::Predictions, None);
        self.keep_working(request, PredictionWorker::new)
    }

    /// Starts a worker for each device as soon as the runner names it. A device may come late,
    /// because a driver is still starting, and so may the runner: both are looked for until they
    /// are there.
    fn start_model_workers<'scope>(
        &'scope self,
        scope: &'scope thread::Scope<'scope, '_>,
        runner: &'scope RunnerConfig,
    ) -> Result<(), ScorerError> {
        let mut search = DeviceSearch::new(&self.config, runner);
        let mut workers = Vec::new();
        for failures in 0.. {
            let result = search.search();
            workers.extend(result.found.into_iter().map(|slot| scope.spawn(move || self.run_models(runner, slot))));
            let Some(trouble) = result.trouble else { break };
            let pause = self.pause(failures);
            tracing::error!(trouble, seconds = pause.as_secs(), "a device for models is missing; looking again");
            if self.wait_in_trouble(&search.requests(), &trouble, pause)? {
                search.requests().iter().for_each(|request| sign_off(&self.client, request, &self.stop));
                break;
            }
        }
        join(workers)
    }

    /// A worker for models.
    fn run_models(&self, runner: &RunnerConfig, slot: DeviceSlot) -> Result<(), ScorerError> {
        let DeviceSlot { device, threads, memory, request } = slot;
        tracing::info!(device = device.device, threads, memory, "models can use this many bytes of memory");
        self.keep_working(request, |base| {
            let pool = RunnerPool::new(runner.clone(), device.clone(), threads, memory);
            let prepared = PreparedCache::new(self.config.cache.join(PREPARED), runner.prepared_bytes);
            ModelWorker::new(base, pool, prepared)
        })
    }

    /// Keeps a worker at work until the scorer has to stop; starts another one if it panics.
    fn keep_working<W: Worker>(
        &self,
        mut request: ClaimRequest,
        new_worker: impl Fn(WorkerBase) -> W,
    ) -> Result<(), ScorerError> {
        let scorer = request.scorer;
        tracing::info!(%scorer, name = request.name, server = self.config.server, "the scorer waits for work");
        loop {
            let mut worker = new_worker(WorkerBase {
                client: Arc::clone(&self.client),
                cache: Arc::clone(&self.cache),
                test_sets: TestSets::default(),
                stop: Arc::clone(&self.stop),
            });
            match catch_unwind(AssertUnwindSafe(|| self.work(&mut worker, &mut request))) {
                Ok(Ok(())) => {
                    sign_off(&self.client, &request, &self.stop);
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

    fn work(&self, worker: &mut dyn Worker, request: &mut ClaimRequest) -> Result<(), ScorerError> {
        let mut history = WorkerHistory::default();
        let mut trouble = match test_start(worker) {
            Ok(()) => None,
            Err(Interruption::Fault(fault)) => Some(fault.cause),
            Err(Interruption::Cancelled(_)) => return Ok(()),
        };
        loop {
            if let Some(cause) = trouble.take()
                && !self.recover(worker, request, cause, &mut history)?
            {
                return Ok(());
            }
            match claim_work(&self.client, request, &self.stop)? {
                ClaimAnswer::Stopped => return Ok(()),
                ClaimAnswer::Withdrawn(cause) => trouble = Some(cause),
                ClaimAnswer::Work(claim) => {
                    history.known = Some(claim.test_set.clone());
                    // Without an end, the attempt is over for the server: nothing is left to say.
                    let Some(result) = make_attempt(worker, &claim) else { continue };
                    // No further model is to meet a device that is broken, whatever the server
                    // thinks of one fault.
                    trouble = broken_device(&result.outcome);
                    match report_outcome(&self.client, &claim, result, &self.stop)? {
                        AfterReport::Next { good } => history.setbacks = if good { 0 } else { history.setbacks },
                        AfterReport::Withdraw(cause) => trouble = Some(cause),
                    }
                }
            }
        }
    }

    /// Tests a worker that takes no work until it can work again. Returns false if the scorer has
    /// to stop.
    fn recover(
        &self,
        worker: &mut dyn Worker,
        request: &mut ClaimRequest,
        mut trouble: String,
        history: &mut WorkerHistory,
    ) -> Result<bool, ScorerError> {
        let (scorer, name) = (request.scorer, request.name.clone());
        loop {
            let pause = self.pause(history.setbacks);
            history.setbacks = history.setbacks.saturating_add(1);
            let seconds = pause.as_secs();
            tracing::error!(%scorer, name, trouble, seconds, "this scorer takes no work; it tests itself and returns");
            if self.wait_in_trouble(std::slice::from_ref(request), &trouble, pause)? {
                return Ok(false);
            }
            match test_worker(worker, history.known.as_ref()) {
                Ok(()) => {
                    tracing::info!(%scorer, name, "this scorer has tested itself and takes work again");
                    request.returned = true;
                    return Ok(true);
                }
                Err(Interruption::Fault(fault)) => trouble = fault.cause,
                Err(Interruption::Cancelled(_)) => return Ok(false),
            }
        }
    }

    /// Waits, and says now and then that these workers are there. Returns whether the scorer has to
    /// stop.
    fn wait_in_trouble(&self, requests: &[ClaimRequest], trouble: &str, pause: Duration) -> Result<bool, ScorerError> {
        let mut left = pause;
        loop {
            for request in requests {
                announce(&self.client, request, trouble, &self.stop)?;
            }
            let part = left.min(ANNOUNCING);
            if self.stop.wait(part) {
                return Ok(true);
            }
            left = left.saturating_sub(part);
            if left.is_zero() {
                return Ok(false);
            }
        }
    }

    /// Returns the pause before a test, after this many that did not help.
    fn pause(&self, setbacks: u32) -> Duration {
        let first = Duration::from_secs(self.config.self_test_seconds.max(1).into());
        Backoff::new(first, LONGEST_PAUSE).full_pause(setbacks.saturating_add(1))
    }
}

/// Returns what is wrong with the device if it failed its test.
fn broken_device(outcome: &Outcome) -> Option<String> {
    match outcome {
        Outcome::Fault { cause, reason: FaultReason::Device } => Some(cause.clone()),
        _ => None,
    }
}

/// What a worker remembers of its work.
#[derive(Default)]
struct WorkerHistory {
    /// Withdrawals and failed tests since the last attempt that went well.
    setbacks: u32,
    /// A file that the server has given before.
    known: Option<BlobRef>,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_a_broken_device_ends_the_work_at_once() {
        let fault = |reason| Outcome::Fault { cause: "no kernel image".to_owned(), reason };
        assert_eq!(broken_device(&fault(FaultReason::Device)).as_deref(), Some("no kernel image"));
        for other in [FaultReason::Starved, FaultReason::Files, FaultReason::Deadline, FaultReason::Other] {
            assert_eq!(broken_device(&fault(other)), None);
        }
        assert_eq!(broken_device(&Outcome::GaveBack), None);
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
