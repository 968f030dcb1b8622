//! The scorer's life: claim, work, report, until it has to stop. A scorer has one desk for prediction files and one for each
//! device that models run on, each a scorer of its own for the server: predictions never wait behind a model.

use std::sync::Arc;
use std::thread::{self, ScopedJoinHandle};

use holdout_images::PreparedCache;
use holdout_protocol::{ClaimRequest, RunnerDevice, SubmissionKind};

use crate::cache::Cache;
use crate::claim::{claim, request};
use crate::client::Client;
use crate::report::report;
use crate::runner::{Supply, choose, close_own_memory, threads};
use crate::test_sets::TestSets;
use crate::work::{Desk, ModelBench, Unfinished};
use crate::{RunnerConfig, ScorerConfig, ScorerError, StopSignal};

/// Folder of prepared images within the cache folder.
const PREPARED: &str = "prepared";

/// Works until `stop` is given; blocks. A server that cannot be reached is waited for. Where no model can be run, the log
/// says why, and prediction files are scored all the same. A desk that withdraws is logged at once; the others go on.
///
/// # Errors
/// Where the cache folder cannot be used, the server does not take this scorer, or it withdraws after too many faults:
/// the first of these, when no desk is at work any more.
pub fn run(config: ScorerConfig, stop: Arc<StopSignal>) -> Result<(), ScorerError> {
    let client = Arc::new(Client::new(&config)?);
    let cache = Arc::new(Cache::open(config.cache.clone(), config.cache_bytes)?);
    let office = Office { config, client, cache, stop };
    thread::scope(|scope| {
        let predictions = scope.spawn(|| office.score_predictions());
        let runner = office.config.runner.as_ref();
        let models = runner.map_or_else(Vec::new, |runner| office.open_model_desks(scope, runner));
        let mut ends = std::iter::once(predictions).chain(models);
        ends.try_for_each(|desk| desk.join().unwrap_or_else(|_| Err(ScorerError::Fault("a desk panicked".to_owned()))))
    })
}

/// What all desks share.
struct Office {
    config: ScorerConfig,
    client: Arc<Client>,
    cache: Arc<Cache>,
    stop: Arc<StopSignal>,
}

/// A device with a desk of its own.
struct Place {
    device: RunnerDevice,
    /// What is added to the scorer's name.
    suffix: String,
    threads: u32,
}

impl Office {
    fn score_predictions(&self) -> Result<(), ScorerError> {
        let request = request(&self.config, self.config.name.clone(), Vec::new(), SubmissionKind::Predictions);
        self.work(request, None)
    }

    /// A desk for each device that there is.
    fn open_model_desks<'scope>(
        &'scope self,
        scope: &'scope thread::Scope<'scope, '_>,
        runner: &'scope RunnerConfig,
    ) -> Vec<ScopedJoinHandle<'scope, Result<(), ScorerError>>> {
        close_own_memory();
        match choose(runner) {
            Ok(devices) => {
                let open = |place| scope.spawn(move || self.run_models(runner, place));
                places(runner, devices).into_iter().map(open).collect()
            }
            Err(error) => {
                tracing::error!(%error, "no model can be run here; only prediction files are scored");
                Vec::new()
            }
        }
    }

    /// A desk for models. It opens only after its device and the sandbox were tried out.
    fn run_models(&self, runner: &RunnerConfig, place: Place) -> Result<(), ScorerError> {
        let device = place.device.device.clone();
        let name = format!("{} ({})", self.config.name, place.suffix);
        let mut supply = Supply::new(runner.clone(), place.device, place.threads);
        match supply.try_out(&*self.stop) {
            Ok(()) => (),
            Err(Unfinished::Fault(cause)) => {
                tracing::error!(device, cause, "no model can be run on this device");
                return Ok(());
            }
            Err(Unfinished::GaveBack | Unfinished::Dropped) => return Ok(()),
        }
        let prepared = PreparedCache::new(self.config.cache.join(PREPARED), runner.prepared_bytes);
        let request = request(&self.config, name, vec![device], SubmissionKind::Torchscript);
        self.work(request, Some(ModelBench { supply, prepared }))
    }

    /// A desk's life.
    fn work(&self, request: ClaimRequest, models: Option<ModelBench>) -> Result<(), ScorerError> {
        let mut desk = Desk {
            client: Arc::clone(&self.client),
            cache: Arc::clone(&self.cache),
            test_sets: TestSets::default(),
            models,
            stop: Arc::clone(&self.stop),
        };
        let request = Arc::new(request);
        let (scorer, server) = (request.scorer, &self.config.server);
        tracing::info!(%scorer, name = request.name, server, "the scorer waits for work");
        let ended = serve(&mut desk, &request);
        match &ended {
            Ok(()) => tracing::info!(%scorer, "the scorer has stopped"),
            Err(error) => tracing::error!(%scorer, name = request.name, %error, "the scorer has stopped by itself"),
        }
        ended
    }
}

fn serve(desk: &mut Desk, request: &Arc<ClaimRequest>) -> Result<(), ScorerError> {
    while let Some(claim) = claim(&desk.client, request, &desk.stop)? {
        // Without an end, the attempt is over for the server: nothing is left to say.
        if let Some(ended) = desk.work(&claim) {
            report(&desk.client, &claim, ended, &desk.stop)?;
        }
    }
    Ok(())
}

/// The desks of the devices; a device that stands twice is told apart by a number.
fn places(runner: &RunnerConfig, devices: Vec<RunnerDevice>) -> Vec<Place> {
    let names: Vec<String> = devices.iter().map(|device| device.device.clone()).collect();
    let desks = names.iter().filter(|name| *name == "cpu").count();
    let place = |(index, device): (usize, RunnerDevice)| {
        let before = names.iter().take(index).filter(|name| **name == device.device).count();
        let suffix = if before == 0 { device.device.clone() } else { format!("{} {}", device.device, before + 1) };
        let is_cpu = device.device == "cpu";
        let threads = threads(runner, if is_cpu { desks } else { names.len() }, is_cpu);
        Place { device, suffix, threads }
    };
    devices.into_iter().enumerate().map(place).collect()
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
        let places = places(&RunnerConfig::new("x"), devices);
        let suffixes: Vec<&str> = places.iter().map(|place| place.suffix.as_str()).collect();
        assert_eq!(suffixes, ["cpu", "cuda:0", "cpu 2", "cpu 3"]);
        assert!(places.iter().all(|place| place.threads >= 1));
    }
}
