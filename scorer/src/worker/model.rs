//! A worker for models, a stage a call: *fetch* → *read* (labels and classes) → *check* (and write
//! again) → *prepare* (images) → *evaluate* (load and run, twice) → *score*.

use std::fs::File;
use std::sync::Arc;
use std::time::Duration;

use holdout_evaluation::TestSet;
use holdout_images::{Prepared, PreparedCache};
use holdout_protocol::{
    Claim, FaultReason, Hint, HintCode, Measures, Outcome, Stage, SubmissionKind, Verdict, VerdictCode,
};

use super::score::{image_count, score_predictions};
use super::{Worker, WorkerBase, check_kind};
use crate::bounded::run_bounded;
use crate::heartbeat::Heartbeats;
use crate::model::{
    ByTime, EvaluatedModel, PackedModel, check_and_pack, evaluate_twice, prepare_images, run_small_model,
};
use crate::outcome::{EvaluationError, Fault, Interruption};
use crate::progress::ProgressSink as _;
use crate::runner::{Answers, ModelTask, PooledRunner, RunnerPool, StartingRunner};

/// Evaluates models on one device.
pub(crate) struct ModelWorker {
    base: WorkerBase,
    /// Runners for this worker's device.
    pool: RunnerPool,
    prepared: PreparedCache,
}

impl ModelWorker {
    pub(crate) const fn new(base: WorkerBase, pool: RunnerPool, prepared: PreparedCache) -> Self {
        Self { base, pool, prepared }
    }
}

impl Worker for ModelWorker {
    fn base(&mut self) -> &mut WorkerBase {
        &mut self.base
    }

    /// Evaluates a model, and prepares a runner for the next one while the outcome is reported.
    fn evaluate(&mut self, claim: &Claim, heartbeats: &Heartbeats) -> Result<(Outcome, Measures), Interruption> {
        check_kind(claim, SubmissionKind::Torchscript)?;
        self.run_stages(claim, heartbeats).or_else(|error| {
            let mut verdict = error.into_verdict()?;
            self.test_device_after(&verdict)?;
            self.explain_memory(claim, &mut verdict);
            let measures = Measures { device: Some(self.pool.device().name.clone()), ..Measures::default() };
            Ok((Outcome::Rejected(*verdict), measures))
        })
    }

    /// Tests the sandbox and the device.
    fn test_start(&mut self) -> Result<(), Interruption> {
        self.pool.try_out(&*self.base.stop)
    }

    fn test_evaluation(&mut self) -> Result<(), Interruption> {
        run_small_model(&self.pool, &self.base.stop)
    }
}

impl ModelWorker {
    fn run_stages(&mut self, claim: &Claim, heartbeats: &Heartbeats) -> Result<(Outcome, Measures), EvaluationError> {
        let (file, test_set) = self.fetch_model(claim, heartbeats)?;
        let task = ModelTask::of_claim(claim, test_set.shape().classes.count())?;
        let task = self.pool.within_memory(task);
        let (starting, packed) = self.check_model(&file, &task, heartbeats)?;
        let images = self.prepare_images(claim, &test_set, &task, heartbeats)?;
        let evaluated = self.evaluate_model(starting, &packed, &task, &images, heartbeats)?;
        let outcome = score_model(&test_set, &evaluated.answers, heartbeats)?;
        Ok((outcome, evaluated.measures))
    }

    /// Tests a device after a model has failed on it: errors of memory and of the bus look like
    /// errors of the model. A CPU that is broken takes the scorer with it.
    ///
    /// # Errors
    /// A fault if the device fails. Then the model has not failed, as far as anybody knows.
    fn test_device_after(&self, verdict: &Verdict) -> Result<(), Interruption> {
        if self.pool.is_cpu() || !may_be_the_device(verdict.code) {
            return Ok(());
        }
        run_small_model(&self.pool, &self.base.stop).map_err(|interruption| match interruption {
            Interruption::Fault(Fault { cause, .. }) => {
                let device = &self.pool.device().device;
                let cause = format!("the device `{device}` failed its test after a model had failed on it: {cause}");
                Fault::with_reason(FaultReason::Device, cause).into()
            }
            cancelled @ Interruption::Cancelled(_) => cancelled,
        })
    }

    /// Adds to a verdict on memory that the scorer had less than the task allows.
    fn explain_memory(&self, claim: &Claim, verdict: &mut Verdict) {
        let allowed = claim.limits.memory_bytes;
        let Some(memory) = self.pool.memory().filter(|memory| *memory < allowed) else { return };
        if verdict.code == VerdictCode::MemoryLimit {
            let hint = Hint::from(HintCode::LessMemory);
            verdict.detail.hint(hint.with("allowed", allowed >> 20).with("available", memory >> 20));
        }
    }

    /// Stages *fetch* and *read*.
    fn fetch_model(&mut self, claim: &Claim, heartbeats: &Heartbeats) -> Result<(File, Arc<TestSet>), Interruption> {
        let test_set = self.base.test_set(claim, heartbeats)?;
        heartbeats.enter_stage(Stage::Fetching, claim.blob.size);
        Ok((self.base.fetch(&claim.blob, heartbeats)?, test_set))
    }

    /// Stage *check*. A runner prepares itself meanwhile, and is kept if the file is refused.
    fn check_model(
        &mut self,
        file: &File,
        task: &ModelTask,
        heartbeats: &Heartbeats,
    ) -> Result<(StartingRunner, PackedModel), EvaluationError> {
        heartbeats.enter_stage(Stage::Checking, 0);
        let PooledRunner { starting, model } = self.pool.take_runner(task)?;
        let file = file.try_clone().map_err(|error| Fault::new(format!("the model's file: {error}")))?;
        let size = file.metadata().map_or(0, |metadata| metadata.len());
        let (deadline, operators) = (check_deadline(size), self.pool.config().operators);
        match run_bounded("check", deadline, heartbeats, move || check_and_pack(&file, model, operators))? {
            Ok(packed) => Ok((starting, packed)),
            Err((refused, model)) => {
                self.pool.put_back(PooledRunner { starting, model });
                Err(refused)
            }
        }
    }

    fn prepare_images(
        &self,
        claim: &Claim,
        test_set: &TestSet,
        task: &ModelTask,
        heartbeats: &Heartbeats,
    ) -> Result<Prepared, Interruption> {
        let images = image_count(test_set)?.into();
        heartbeats.enter_stage(Stage::Preparing, images);
        let archive = claim.images.as_ref();
        let fetch = || {
            let archive = archive.ok_or_else(|| Fault::new("there are no images"))?;
            heartbeats.enter_stage(Stage::Fetching, archive.size);
            let file = self.base.fetch(archive, heartbeats)?;
            heartbeats.enter_stage(Stage::Preparing, images);
            Ok(file)
        };
        prepare_images(&self.prepared, claim, test_set, task, heartbeats, fetch)
    }

    fn evaluate_model(
        &mut self,
        starting: StartingRunner,
        packed: &PackedModel,
        task: &ModelTask,
        images: &Prepared,
        heartbeats: &Heartbeats,
    ) -> Result<EvaluatedModel, EvaluationError> {
        let by_time = ByTime::begin(heartbeats);
        let evaluated = evaluate_twice(&self.pool, starting, packed, task, images, &by_time);
        // Not for an attempt that is over or failed, nor for a scorer that has to stop.
        if matches!(evaluated, Ok(_) | Err(EvaluationError::Rejected(_))) {
            self.pool.keep_warm(task);
        }
        // The end of a model that has seen images is reported at one of few times, whatever it is.
        let is_cancelled = matches!(evaluated, Err(EvaluationError::Cancelled(_)));
        let seconds = if is_cancelled { None } else { Some(by_time.wait_for_step()?) };
        evaluated.map(|evaluated| EvaluatedModel {
            measures: Measures { wall_seconds: seconds, ..evaluated.measures },
            ..evaluated
        })
    }
}

/// Returns whether a device that is broken can be the cause of a verdict.
const fn may_be_the_device(code: VerdictCode) -> bool {
    matches!(
        code,
        VerdictCode::LoadFailed
            | VerdictCode::ModelError
            | VerdictCode::NonFiniteOutput
            | VerdictCode::NotReproducible
            | VerdictCode::Crashed
    )
}

/// Longest check of a model's file. The work on its code is bounded, the rest is copying.
const fn check_deadline(bytes: u64) -> Duration {
    Duration::from_secs(300 + bytes / (4 << 20))
}

/// Stage *score*: the model's indices stand for classes in the order of its outputs.
fn score_model(test_set: &TestSet, answers: &Answers, heartbeats: &Heartbeats) -> Result<Outcome, Fault> {
    heartbeats.enter_stage(Stage::Scoring, image_count(test_set)?.into());
    let numbers = test_set.shape().classes.numbers_in_output_order();
    let predictions = answers.to_predictions(&numbers);
    let predictions = predictions.ok_or_else(|| Fault::new("an index without a class"))?;
    score_predictions(test_set, &predictions)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_device_is_tested_after_what_it_can_cause() {
        for code in
            [VerdictCode::Crashed, VerdictCode::ModelError, VerdictCode::LoadFailed, VerdictCode::NonFiniteOutput]
        {
            assert!(may_be_the_device(code), "{code:?}");
        }
        for code in [
            VerdictCode::NotTorchscript,
            VerdictCode::ForbiddenOperator,
            VerdictCode::WrongOutput,
            VerdictCode::TimeLimit,
        ] {
            assert!(!may_be_the_device(code), "{code:?}");
        }
    }
}
