//! The way of a model, a stage a call: *fetch* → *read* (labels and classes) → *pack* (check and write again) → *prepare* (images)
//! → *look* (load and run, twice) → *score*.

use std::fs::File;
use std::sync::Arc;
use std::time::Duration;

use holdout_evaluation::TestSet;
use holdout_images::{Prepared, PreparedCache};
use holdout_protocol::{Claim, Hint, HintCode, Measures, Outcome, Stage, Verdict, VerdictCode};

use super::{NotScored, Unfinished, Worker, images, score};
use crate::bounded::bounded;
use crate::fetch::fetch;
use crate::model::{Answers, ByTime, Looked, ModelTask, Packed, look, pack, prepare};
use crate::oversight::Oversight;
use crate::pulse::Pulse;
use crate::runner::{Starting, Supplied, Supply};

/// What models are run with.
pub(crate) struct ModelTools {
    /// Runners for this worker's device.
    pub(crate) supply: Supply,
    /// Prepared images.
    pub(crate) prepared: PreparedCache,
}

impl Worker {
    /// Evaluates a model, and prepares a runner for the next one while the server is told of the outcome.
    pub(super) fn evaluate_model(&mut self, claim: &Claim, pulse: &Pulse) -> Result<(Outcome, Measures), Unfinished> {
        match self.stages(claim, pulse) {
            Ok((outcome, measures)) => Ok((outcome, measures)),
            Err(NotScored::Rejected(mut verdict)) => {
                self.explain_memory(claim, &mut verdict);
                let device = self.models.as_ref().map(|tools| tools.supply.device().name.clone());
                let measures = Measures { device, ..Measures::default() };
                Ok((Outcome::Rejected(*verdict), measures))
            }
            Err(NotScored::Unfinished(unfinished)) => Err(unfinished),
        }
    }

    fn stages(&mut self, claim: &Claim, pulse: &Pulse) -> Result<(Outcome, Measures), NotScored> {
        let (file, test_set) = self.fetch_model(claim, pulse)?;
        let task = ModelTask::of(claim, test_set.shape().classes.count())?;
        let task = self.tools()?.supply.within_memory(task);
        let (starting, packed) = self.pack_model(&file, &task, pulse)?;
        let images = self.prepare_images(claim, (&test_set, &task), pulse)?;
        let looked = self.look_at(starting, (&packed, &task), &images, pulse)?;
        let outcome = score_model(&test_set, &looked.answers, pulse)?;
        Ok((outcome, looked.measures))
    }

    /// Says in a verdict on memory that the scorer had less than the task allows.
    fn explain_memory(&self, claim: &Claim, verdict: &mut Verdict) {
        let memory = self.models.as_ref().and_then(|tools| tools.supply.memory());
        let allowed = claim.limits.memory_bytes;
        let Some(memory) = memory.filter(|memory| *memory < allowed) else { return };
        if verdict.code == VerdictCode::MemoryLimit {
            let hint = Hint::from(HintCode::LessMemory);
            verdict.detail.hint(hint.with("allowed", allowed >> 20).with("available", memory >> 20));
        }
    }

    /// Stages *fetch* and *read*.
    fn fetch_model(&mut self, claim: &Claim, pulse: &Pulse) -> Result<(File, Arc<TestSet>), NotScored> {
        let test_set = self.test_sets.get(&self.client, &self.cache, &claim.test_set, pulse)?;
        pulse.enter(Stage::Fetching, claim.blob.size);
        Ok((fetch(&self.client, &self.cache, &claim.blob, pulse)?, test_set))
    }

    /// Stage *pack*. A runner prepares itself meanwhile, and is kept if the file is refused.
    fn pack_model(&mut self, file: &File, task: &ModelTask, pulse: &Pulse) -> Result<(Starting, Packed), NotScored> {
        let supply = &mut self.tools()?.supply;
        pulse.enter(Stage::Checking, 0);
        let Supplied { starting, model } = supply.take(task)?;
        let file = file.try_clone().map_err(|error| Unfinished::Fault(format!("the model's file: {error}")))?;
        let size = file.metadata().map_or(0, |metadata| metadata.len());
        let (deadline, operators) = (checking(size), supply.config().operators);
        match bounded("check", deadline, pulse, move || pack(&file, model, operators))? {
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
        let cache = self.tools()?.prepared.clone();
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
        let supply = &mut self.tools()?.supply;
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

    fn tools(&mut self) -> Result<&mut ModelTools, Unfinished> {
        self.models.as_mut().ok_or_else(|| Unfinished::Fault("this worker runs no models".to_owned()))
    }
}

/// Longest check of a model's file. The work on its code is bounded, the rest is copying.
const fn checking(bytes: u64) -> Duration {
    Duration::from_secs(300 + bytes / (4 << 20))
}

/// Stage *score*: the model's indices stand for classes in the order of its outputs.
fn score_model(test_set: &TestSet, answers: &Answers, pulse: &Pulse) -> Result<Outcome, NotScored> {
    pulse.enter(Stage::Scoring, images(test_set)?.into());
    let numbers = test_set.shape().classes.numbers_in_output_order();
    let predictions = answers.to_predictions(&numbers);
    let predictions = predictions.ok_or_else(|| Unfinished::Fault("an index without a class".to_owned()))?;
    Ok(score(test_set, &predictions)?)
}
