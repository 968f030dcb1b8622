//! Stages *load* and *run*: a model is run on the whole test set, and then a second time, by
//! another process, on other batches in another order. Its answers count if the two agree.
//!
//! The first run may be optimised by libtorch, which can change sums in their last digits; the
//! second never is. Optimising is our doing. So the runner compares its first batches with the
//! module as it was sent, and leaves out what changes the answers; if an optimised run fails
//! nevertheless, or disagrees with the second, the whole test set is run once more without it, and
//! only what is wrong then is the model's. If so few answers differ that this is accepted, those of
//! the second run count. Each run has the task's wall time and memory for itself.
//!
//! Progress counts the images of the test set, each once: it stands still while a later run goes
//! over them again.

use std::time::{Duration, Instant};

use holdout_protocol::{Arithmetic, Hint, HintCode, Layer, Measures, Stage, VerdictCode};
use holdout_torchscript::ExportedBatch;

use super::agree::{Agreement, Differences};
use super::batches::Batches;
use super::check::PackedModel;
use super::steps;
use crate::outcome::{EvaluationError, Fault, Interruption};
use crate::progress::ProgressSink;
use crate::runner::{
    Answers, Assignment, BESIDE_A_GPU, CompletedRun, FailedRun, Images, ModelTask, Noise, Order, ProgressOffset,
    RunnerPool, StartingRunner, WithNoise, not_reproducible, run_once, without_shape,
};

/// Sizes of the batches of noise that a run begins with, when it is the first and when it is
/// without optimisation. Their sizes differ, so that what depends on the size of a batch is told
/// from what does not. There are no more of them than slots.
const TRIALS: [[u32; 2]; 2] = [[3, 1], [5, 1]];

/// Sizes of batches that models are traced for, the most usual one first.
const TRACED_SIZES: [u16; 9] = [1, 2, 4, 8, 16, 32, 64, 128, 256];
/// How long such sizes are tried. One try takes as long as to load the model.
const TRYING_SIZES: Duration = Duration::from_secs(60);

/// A model's answers, and what they took.
pub(crate) struct EvaluatedModel {
    pub(crate) answers: Answers,
    /// All but the wall time.
    pub(crate) measures: Measures,
    /// What is worth knowing of the model's file.
    pub(crate) hints: Vec<String>,
}

/// What every run of a model has in common.
#[derive(Clone, Copy)]
struct ModelRuns<'a> {
    pool: &'a RunnerPool,
    model: &'a PackedModel,
    task: &'a ModelTask,
    images: &'a dyn Images,
    progress: &'a dyn ProgressSink,
    batches: Batches,
    agreement: Agreement,
}

/// How a module is used in a run.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum ModuleUse {
    /// Optimised, if that succeeds.
    Optimised,
    /// As it was sent.
    Plain,
    /// As it was sent, and for each batch as it was loaded.
    Fresh,
}

/// Runs a model until its answers are known and agree.
///
/// # Errors
/// The verdict on it, a fault of ours, or that nobody waits for it any more.
pub(crate) fn evaluate_twice(
    pool: &RunnerPool,
    first: StartingRunner,
    model: &PackedModel,
    task: &ModelTask,
    images: &dyn Images,
    progress: &dyn ProgressSink,
) -> Result<EvaluatedModel, EvaluationError> {
    evaluate_in_batches(pool, first, model, task, images, progress).map_err(|mut error| {
        if let EvaluationError::Rejected(verdict) = &mut error {
            let hints = [
                weights_hint(verdict.code, model.weights, pool.is_cpu()),
                input_hint(verdict.code, task.input.crop),
                batch_hint(model).filter(|_| verdict.code == VerdictCode::TimeLimit),
            ];
            hints.into_iter().flatten().for_each(|hint| verdict.detail.hint(hint));
        }
        error
    })
}

/// Returns what the type of the weights may have to do with a verdict. This says something of the
/// file, and nothing of the run.
fn weights_hint(code: VerdictCode, weights: Option<&'static str>, is_cpu: bool) -> Option<Hint> {
    let weights = weights.filter(|weights| *weights != "float32")?;
    match code {
        VerdictCode::ModelError => Some(Hint::from(HintCode::OtherWeights).with("weights", weights)),
        VerdictCode::TimeLimit if is_cpu => Hint::on_slow_weights(Some(weights)),
        _ => None,
    }
}

/// Returns what `forward` is given, which is most often what it raises about.
fn input_hint(code: VerdictCode, side: u32) -> Option<Hint> {
    (code == VerdictCode::ModelError).then(|| Hint::from(HintCode::ForwardInput).with("side", side))
}

/// Returns what it costs that a program was exported for batches of one size.
fn batch_hint(model: &PackedModel) -> Option<Hint> {
    match model.input?.batch {
        ExportedBatch::Exactly(size) => Some(Hint::from(HintCode::FixedBatch).with("batch", size)),
        ExportedBatch::Any | ExportedBatch::UpTo(_) => None,
    }
}

/// Evaluates a model in batches that it takes. TorchScript does not say which: a model that fails
/// on batches of any size is tried in batches of one size.
fn evaluate_in_batches(
    pool: &RunnerPool,
    first: StartingRunner,
    model: &PackedModel,
    task: &ModelTask,
    images: &dyn Images,
    progress: &dyn ProgressSink,
) -> Result<EvaluatedModel, EvaluationError> {
    let batches =
        Batches::suiting(model.input.as_ref(), task, pool.batch_size(task)).map_err(EvaluationError::Rejected)?;
    let agreement = Agreement::suiting(pool.arithmetic(task), model.weights);
    let runs = ModelRuns { pool, model, task, images, progress, batches, agreement };
    let failed = match run_until_agreed(&runs, first) {
        Err(failed) if model.input.is_none() && may_want_one_size(&failed) => failed,
        other => return Ok(other?),
    };
    let Some(size) = runs.traced_size()? else { return Err(failed.into()) };
    let runs = ModelRuns { batches: Batches::Exactly(size), ..runs };
    let mut evaluated = run_until_agreed(&runs, runs.start_another()?)?;
    evaluated.hints.push(Hint::from(HintCode::TracedBatch).with("batch", size).to_string());
    Ok(evaluated)
}

/// Returns whether a model failed as one does that was traced for batches of one size: with an
/// error at its first batches of noise. One that answers too few rows is at fault, whatever its
/// reason.
fn may_want_one_size(failed: &FailedRun) -> bool {
    let EvaluationError::Rejected(verdict) = &failed.error else { return false };
    failed.trying && verdict.code == VerdictCode::ModelError
}

fn run_until_agreed(runs: &ModelRuns<'_>, first: StartingRunner) -> Result<EvaluatedModel, FailedRun> {
    let ModelRuns { pool, model, task, images, progress, batches, .. } = *runs;
    let sample = Order::second_run(images.len(), batches.most(), &mut rand::rng());
    let sample = batches.cut(sample, images.len());
    progress.enter_stage(Stage::Loading, 0);
    let mut ahead = None;
    let one = runs.run_whole(first, ModuleUse::Optimised, ProgressOffset::new(0, images.len()), &mut || {
        // An error is reported when the runner is needed.
        ahead = pool.start_another(task, &model.memory).ok();
    });
    let all_done = ProgressOffset::new(images.len(), images.len());
    let (one, mut answers) = match one {
        Err(failed) if may_be_our_fault(&failed) => {
            let offset = ProgressOffset::new(failed.done, images.len());
            runs.run_unoptimised(offset).map_err(|again| merge_failures(&failed, again))?
        }
        one => one?,
    };
    let second = ahead.map_or_else(|| runs.start_another(), Ok)?;
    let two = runs.run(second, ModuleUse::Fresh, &sample, all_done, &mut || ())?;
    if runs.agree(&mut answers, one.optimised, &two, &sample) {
        return Ok(runs.evaluated(answers, &one));
    }
    if one.optimised {
        let (three, mut answers) = runs.run_unoptimised(all_done)?;
        if runs.agree(&mut answers, false, &two, &sample) {
            tracing::info!("optimisation changed the model's ranking; its answers without it are used");
            return Ok(runs.evaluated(answers, &three));
        }
    }
    let mut verdict = not_reproducible();
    if two.training {
        verdict.detail.hint(HintCode::LeftInTraining.into());
    }
    Err(EvaluationError::Rejected(Box::new(verdict)).into())
}

/// Returns whether optimising may be the cause of a verdict. It takes memory of its own, but hardly
/// ever time. A wrong output is looked at twice in any case, to see whether its shape depends on
/// the batch.
fn may_be_our_fault(failed: &FailedRun) -> bool {
    let FailedRun { error: EvaluationError::Rejected(verdict), optimised, .. } = failed else { return false };
    if !optimised {
        return verdict.code == VerdictCode::WrongOutput;
    }
    matches!(
        verdict.code,
        VerdictCode::ModelError
            | VerdictCode::NonFiniteOutput
            | VerdictCode::WrongOutput
            | VerdictCode::Crashed
            | VerdictCode::MemoryLimit
    )
}

/// Returns the second of two failures; without a shape if the first had another.
fn merge_failures(first: &FailedRun, second: FailedRun) -> FailedRun {
    let FailedRun { error: EvaluationError::Rejected(verdict), optimised, done, trying } = second else {
        return second;
    };
    let before = if let EvaluationError::Rejected(before) = &first.error { before.detail.found.as_ref() } else { None };
    let is_same = verdict.detail.found.is_none() || verdict.detail.found.as_ref() == before;
    let verdict = if is_same { verdict } else { Box::new(without_shape(*verdict)) };
    FailedRun { error: EvaluationError::Rejected(verdict), optimised, done, trying }
}

impl ModelRuns<'_> {
    fn start_another(&self) -> Result<StartingRunner, Fault> {
        self.pool.start_another(self.task, &self.model.memory)
    }

    /// Returns whether so few answers of a run differ from those of the second run that this is
    /// accepted. Then the second run decides.
    fn agree(&self, answers: &mut Answers, optimised: bool, second: &CompletedRun, order: &Order) -> bool {
        let differences = Differences::between(answers, &second.answers, order);
        let agree = self.agreement.accepts(differences, order.images().len(), optimised);
        tracing::debug!(agree, optimised, differences.near, differences.beyond, "two runs are compared");
        if agree {
            answers.adopt(&second.answers, order);
        }
        agree
    }

    /// Does one run. Replaces a runner that cannot be prepared once, because it may have waited for
    /// long.
    fn run(
        &self,
        starting: StartingRunner,
        module_use: ModuleUse,
        order: &Order,
        offset: ProgressOffset,
        before_last_batches: &mut dyn FnMut(),
    ) -> Result<CompletedRun, FailedRun> {
        let ready = match starting.into_ready(self.progress) {
            Err(Interruption::Fault(fault)) => {
                tracing::warn!(fault.cause, "a runner cannot be used; trying another one");
                self.start_another()?.into_ready(self.progress)?
            }
            other => other?,
        };
        let fillers = if self.pool.is_cpu() { 1 } else { self.pool.threads().min(BESIDE_A_GPU) };
        // Other pictures in each kind of run, so that a shape that depends on them is another.
        let seed = self.task.noise_seed ^ u64::from(module_use != ModuleUse::Optimised);
        let noise = Noise { count: u32::MAX, seed };
        let assignment = Assignment {
            task: self.task,
            model_bytes: self.model.bytes,
            optimise: module_use == ModuleUse::Optimised,
            fresh: module_use == ModuleUse::Fresh,
            tolerance: self.agreement.tolerance,
            device_memory_bytes: self.pool.device_memory(self.task),
            images: &WithNoise { images: self.images, noise },
            order,
            causes: self.pool.causes(),
            fillers: usize::try_from(fillers).unwrap_or(1),
            offset,
        };
        run_once(ready, &assignment, self.progress, before_last_batches)
    }

    /// Returns the whole test set in an order of its own: the run, and the answers in test-set
    /// order.
    fn run_whole(
        &self,
        starting: StartingRunner,
        module_use: ModuleUse,
        offset: ProgressOffset,
        before_last_batches: &mut dyn FnMut(),
    ) -> Result<(CompletedRun, Answers), FailedRun> {
        let [first, plain] = TRIALS;
        let trial = self.batches.trial(if module_use == ModuleUse::Optimised { first } else { plain });
        let order = Order::whole(self.images.len(), self.batches.most(), &mut rand::rng());
        let order = self.batches.cut(order, self.images.len()).after_trial(&trial);
        let run = self.run(starting, module_use, &order, offset, before_last_batches)?;
        let answers = run.answers.in_test_set_order(&order);
        Ok((run, answers))
    }

    /// Returns the size of the batches that the model takes, if it is one for which models are
    /// traced and that stands in its code: others would cost the time of a load each, and it is
    /// free for the team.
    fn traced_size(&self) -> Result<Option<u32>, EvaluationError> {
        let begun = Instant::now();
        let named = TRACED_SIZES.into_iter().filter(|size| self.model.first_sizes.contains(size)).map(u32::from);
        let sizes = named.filter(|size| *size <= self.batches.most());
        for size in sizes.take_while(|_| begun.elapsed() < TRYING_SIZES) {
            let order = Order::whole(0, size, &mut rand::rng()).after_trial(&[size, size]);
            let offset = ProgressOffset::new(0, self.images.len());
            match self.run(self.start_another()?, ModuleUse::Plain, &order, offset, &mut || ()) {
                Ok(_) => return Ok(Some(size)),
                Err(FailedRun { error: EvaluationError::Rejected(_), .. }) => (),
                Err(failed) => return Err(failed.into()),
            }
        }
        Ok(None)
    }

    /// Returns the whole test set without optimisation.
    fn run_unoptimised(&self, offset: ProgressOffset) -> Result<(CompletedRun, Answers), FailedRun> {
        self.run_whole(self.start_another()?, ModuleUse::Plain, offset, &mut || ())
    }

    /// Returns the device's name, and that it computed in TF32 if the task says so.
    fn device(&self) -> String {
        let name = &self.pool.device().name;
        match self.pool.arithmetic(self.task) {
            Arithmetic::Tf32 => format!("{name}, TF32"),
            Arithmetic::Bfloat16 => format!("{name}, bfloat16"),
            Arithmetic::Float32 => name.clone(),
        }
    }

    fn evaluated(&self, answers: Answers, run: &CompletedRun) -> EvaluatedModel {
        let seconds = run.running.as_secs_f64();
        let speed = (seconds > 0.0).then(|| f64::from(self.images.len()) / seconds);
        let measures = Measures {
            images_per_second: speed.map(steps::nearest),
            peak_memory_bytes: Some(steps::nearest_bytes(run.peak_memory_bytes)),
            peak_device_memory_bytes: (!self.pool.is_cpu()).then(|| steps::nearest_bytes(run.peak_device_bytes)),
            parameters: Some(self.model.parameters),
            weights: self.model.weights.map(str::to_owned),
            device: Some(self.device()),
            wall_seconds: None,
            missing_layers: run.missing.iter().map(|layer| Layer::as_str(*layer).to_owned()).collect(),
        };
        let hints = measures.hint().into_iter().chain(batch_hint(self.model));
        let hints = hints.map(|hint| hint.to_string()).collect();
        EvaluatedModel { answers, measures, hints }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_type_of_weights_that_may_be_the_cause_is_named() {
        let hint = |code, weights| weights_hint(code, weights, true).map(|hint| hint.to_string()).unwrap_or_default();
        for weights in ["float16", "bfloat16", "float64"] {
            let hint = hint(VerdictCode::ModelError, Some(weights));
            assert!(hint.contains(weights) && hint.contains("float32"), "{hint}");
        }
        assert!(hint(VerdictCode::TimeLimit, Some("float16")).contains("bfloat16"));
        assert_eq!(hint(VerdictCode::TimeLimit, Some("bfloat16")), "");
        assert_eq!(hint(VerdictCode::ModelError, Some("float32")), "");
        assert_eq!(hint(VerdictCode::WrongOutput, Some("float16")), "");
        assert_eq!(weights_hint(VerdictCode::TimeLimit, Some("float16"), false), None, "fast on a GPU");
    }

    #[test]
    fn a_forward_that_raises_is_told_the_shape_of_its_input() {
        let hint = input_hint(VerdictCode::ModelError, 64).unwrap().to_string();
        assert!(hint.contains("[n, 3, 64, 64]") && hint.contains("torch.zeros(1, 3, 64, 64)"), "{hint}");
        assert_eq!(input_hint(VerdictCode::TimeLimit, 64), None);
    }
}
