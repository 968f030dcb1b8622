//! A model run on this machine, as a scorer would run it: the same check of the file, sandbox,
//! second run and verdicts.

use std::fs::File;
use std::ops::ControlFlow;
use std::path::{Path, PathBuf};

use holdout_evaluation::TestSet;
use holdout_images::{Archive, Preparation, Prepared, PreparedCache, Transform};
use holdout_protocol::Stage;
use holdout_scorer::local::{LocalImages, LocalOutcome, LocalTask, run_model};
use holdout_scorer::{RunnerConfig, ScorerError};

use crate::console::Console;
use crate::counter::Counter;
use crate::failure::Failure;
use crate::season::{Images, names};
use crate::show::submission::stage_name;

/// Pictures of noise that a model is tried on if there are no images: enough for batches of several
/// sizes.
pub(crate) const SAMPLE: u32 = 100;

/// Runs models with one configuration.
#[derive(Debug)]
pub(crate) struct LocalRunner {
    pub(crate) config: RunnerConfig,
    /// Where to tell how far it is.
    pub(crate) console: Console,
}

impl LocalRunner {
    /// Runs a model.
    ///
    /// # Errors
    ///
    /// If no runner can be used here, or something else on this machine fails. What is wrong with
    /// the model is an outcome.
    pub(crate) fn run(&self, model: &Path, task: &LocalTask, images: LocalImages) -> Result<LocalOutcome, Failure> {
        let file = File::open(model).map_err(|error| Failure::file(model, &error))?;
        let mut counter = Counter::new(self.console);
        let outcome = run_model(&self.config, &file, task, images, |progress| {
            counter.advance(stage_name(progress.stage), progress.done, progress.total);
            ControlFlow::Continue(())
        });
        outcome.map_err(unusable)
    }

    /// Returns the images of a test set as the model will see them; kept in `cache` for the next
    /// time.
    ///
    /// # Errors
    ///
    /// Names the images that cannot be used.
    pub(crate) fn prepare(
        &self,
        images: &Path,
        test_set: &TestSet,
        transform: Transform,
        places: &ImagePlaces,
    ) -> Result<LocalImages, Failure> {
        let packed = Images::at(images)?.pack(&places.packed)?;
        let key = holdout_images::key(test_set.sha256(), packed.sha256, transform);
        let cache = PreparedCache::new(places.prepared.clone(), self.config.prepared_bytes);
        if let Some(prepared) = cache.open(key) {
            return Ok(LocalImages::Prepared(prepared));
        }
        let refused = |error: &dyn ToString| Failure::refused("invalid_images", error.to_string());
        let archive = Archive::open(&packed.path).map_err(|error| refused(&error))?;
        let names = names(test_set.shape());
        let preparation = Preparation { key, archive: &archive, names: &names, transform };
        let mut counter = Counter::new(self.console);
        let prepared: Prepared = cache
            .open_or_prepare(&preparation, |done, total| {
                counter.advance(stage_name(Stage::Preparing), done, total);
                ControlFlow::Continue(())
            })
            .map_err(|error| refused(&error))?;
        Ok(LocalImages::Prepared(prepared))
    }
}

/// Folders of this machine for images.
#[derive(Debug, Clone)]
pub(crate) struct ImagePlaces {
    /// Of folders packed into archives.
    pub(crate) packed: PathBuf,
    pub(crate) prepared: PathBuf,
}

fn unusable(error: ScorerError) -> Failure {
    match error {
        ScorerError::Runner(error) => Failure::refused("runner_unusable", error.to_string()),
        error => Failure::refused("runner_failed", error.to_string())
            .advise("This machine is at fault, not the model. `--without-layer` leaves out a layer of the sandbox that it lacks."),
    }
}
