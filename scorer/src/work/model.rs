//! The way of a model, a stage a call: *fetch* → *read* (labels and classes) → *pack* (check and write anew) → *prepare* (images)
//! → *look* (load and run, twice) → *score*.

use std::fs::File;
use std::sync::Arc;

use holdout_evaluation::TestSet;
use holdout_images::{Prepared, PreparedCache};
use holdout_protocol::{Claim, Measures, Outcome, Stage};

use super::{Desk, NotScored, Unfinished, images, score};
use crate::fetch::fetch;
use crate::model::{Answers, ByTime, Looked, ModelTask, Packed, look, pack, prepare};
use crate::oversight::Oversight;
use crate::pulse::Pulse;
use crate::runner::{Starting, Supplied, Supply};

/// What models are run with.
pub(crate) struct ModelBench {
    /// Runners for this desk's device.
    pub(crate) supply: Supply,
    /// Prepared images.
    pub(crate) prepared: PreparedCache,
}

impl Desk {
    /// Evaluates a model, and prepares a runner for the next one while the server is told of the outcome.
    pub(super) fn evaluate_model(&mut self, claim: &Claim, pulse: &Pulse) -> Result<(Outcome, Measures), Unfinished> {
        match self.stages(claim, pulse) {
            Ok((outcome, measures)) => Ok((outcome, measures)),
            Err(NotScored::Rejected(verdict)) => {
                let device = self.models.as_ref().map(|bench| bench.supply.device().name.clone());
                let measures = Measures { device, ..Measures::default() };
                Ok((Outcome::Rejected(*verdict), measures))
            }
            Err(NotScored::Unfinished(unfinished)) => Err(unfinished),
        }
    }

    fn stages(&mut self, claim: &Claim, pulse: &Pulse) -> Result<(Outcome, Measures), NotScored> {
        let (file, test_set) = self.fetch_model(claim, pulse)?;
        let task = ModelTask::of(claim, test_set.shape().classes.count())?;
        let (starting, packed) = self.pack_model(&file, &task, pulse)?;
        let images = self.prepare_images(claim, (&test_set, &task), pulse)?;
        let looked = self.look_at(starting, (&packed, &task), &images, pulse)?;
        let outcome = score_model(&test_set, &looked.answers, pulse)?;
        Ok((outcome, looked.measures))
    }

    /// Stages *fetch* and *read*.
    fn fetch_model(&mut self, claim: &Claim, pulse: &Pulse) -> Result<(File, Arc<TestSet>), NotScored> {
        let test_set = self.test_sets.get(&self.client, &self.cache, &claim.test_set, pulse)?;
        pulse.enter(Stage::Fetching, claim.blob.size);
        Ok((fetch(&self.client, &self.cache, &claim.blob, pulse)?, test_set))
    }

    /// Stage *pack*. A runner prepares itself meanwhile, and is kept where the file is refused.
    fn pack_model(&mut self, file: &File, task: &ModelTask, pulse: &Pulse) -> Result<(Starting, Packed), NotScored> {
        let supply = &mut self.bench()?.supply;
        pulse.enter(Stage::Checking, 0);
        let Supplied { starting, model } = supply.take(task)?;
        match pack(file, model, supply.config().operators) {
            Ok(packed) => Ok((starting, packed)),
            Err((refused, model)) => {
                supply.put_back(Supplied { starting, model });
                Err(refused)
            }
        }
    }

    /// Stage *prepare*.
    fn prepare_images(
        &mut self,
        claim: &Claim,
        (test_set, task): (&TestSet, &ModelTask),
        pulse: &Pulse,
    ) -> Result<Prepared, NotScored> {
        let cache = self.bench()?.prepared.clone();
        pulse.enter(Stage::Preparing, images(test_set)?.into());
        let archive = claim.images.as_ref();
        let fetch = || {
            let archive = archive.ok_or_else(|| Unfinished::Fault("there are no images".to_owned()))?;
            pulse.enter(Stage::Fetching, archive.size);
            let file = fetch(&self.client, &self.cache, archive, pulse)?;
            pulse.enter(Stage::Preparing, images(test_set)?.into());
            Ok(file)
        };
        Ok(prepare(&cache, claim, (test_set, task), pulse, fetch)?)
    }

    /// Stage *look*.
    fn look_at(
        &mut self,
        starting: Starting,
        (packed, task): (&Packed, &ModelTask),
        images: &Prepared,
        pulse: &Pulse,
    ) -> Result<Looked, NotScored> {
        let supply = &mut self.bench()?.supply;
        let told = ByTime::begin(pulse);
        let looked = look(supply, starting, (packed, task), images, &told);
        // Not for an attempt that is over, nor for a scorer that has to stop.
        if !matches!(looked, Err(NotScored::Unfinished(_))) {
            supply.keep_warm(task);
        }
        // The end of a model that has seen images is told at one of few times, whatever it is.
        let over = matches!(looked, Err(NotScored::Unfinished(Unfinished::GaveBack | Unfinished::Dropped)));
        let seconds = if over { None } else { Some(told.hold()?) };
        looked.map(|looked| Looked { measures: Measures { wall_seconds: seconds, ..looked.measures }, ..looked })
    }

    fn bench(&mut self) -> Result<&mut ModelBench, Unfinished> {
        self.models.as_mut().ok_or_else(|| Unfinished::Fault("this desk runs no models".to_owned()))
    }
}

/// Stage *score*: the model's indices stand for classes in the order of its outputs.
fn score_model(test_set: &TestSet, answers: &Answers, pulse: &Pulse) -> Result<Outcome, NotScored> {
    pulse.enter(Stage::Scoring, images(test_set)?.into());
    let numbers = test_set.shape().classes.numbers_in_output_order();
    let predictions = answers.to_predictions(&numbers);
    let predictions = predictions.ok_or_else(|| Unfinished::Fault("an index without a class".to_owned()))?;
    Ok(score(test_set, &predictions)?)
}
