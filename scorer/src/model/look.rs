//! Stages *load* and *run*: a model is run on the whole test set, and then a second time, by another process, on other
//! batches in another order. Its answers count if the two agree.
//!
//! The first run may be optimised by libtorch, which can change sums in their last digits; the second never is. Optimising is
//! our doing: if an optimised run fails, or disagrees with the second, the whole test set is run once more without it, and
//! only what is wrong then is the model's. If so few answers differ that this is accepted, those of the second run count. Each run
//! has the task's wall time and memory for itself.
//!
//! Progress counts the images of the test set, each once: it stands still while a later run goes over them again.

use holdout_protocol::{Hint, HintCode, Layer, Measures, Stage, VerdictCode};

use super::answers::Answers;
use super::compare::{differing, tolerated};
use super::images::{Images, Noise, WithNoise};
use super::order::Order;
use super::pack::Packed;
use super::steps;
use super::task::ModelTask;
use crate::oversight::Oversight;
use crate::runner::{
    Assignment, BESIDE_A_GPU, NotRun, Run, Starting, Supply, Tally, not_reproducible, run, without_shape,
};
use crate::work::{NotScored, Unfinished};

/// Sizes of the batches of noise that a run begins with, when it is the first and when it is without optimisation. Their
/// sizes differ, so that what depends on the size of a batch is told from what does not. There are no more of them than slots.
const TRIALS: [[u32; 2]; 2] = [[3, 1], [5, 1]];

/// A model's answers, and what they took.
pub(crate) struct Looked {
    /// In test-set order.
    pub(crate) answers: Answers,
    /// All but the wall time.
    pub(crate) measures: Measures,
    /// What is worth knowing of the model's file.
    pub(crate) hints: Vec<String>,
}

/// What every run of a model has in common.
struct Looks<'a> {
    supply: &'a Supply,
    model: &'a Packed,
    task: &'a ModelTask,
    images: &'a dyn Images,
    oversight: &'a dyn Oversight,
}

/// How a module is used in a run.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Way {
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
pub(crate) fn look(
    supply: &Supply,
    first: Starting,
    (model, task): (&Packed, &ModelTask),
    images: &dyn Images,
    oversight: &dyn Oversight,
) -> Result<Looked, NotScored> {
    look_twice(supply, first, (model, task), images, oversight).map_err(|mut why| {
        if let NotScored::Rejected(verdict) = &mut why
            && let Some(hint) = weights_hint(verdict.code, model.weights, supply.is_cpu())
        {
            verdict.detail.hint(hint);
        }
        why
    })
}

/// What the type of the weights may have to do with a verdict. This says something of the file, and nothing of the run.
fn weights_hint(code: VerdictCode, weights: Option<&'static str>, is_cpu: bool) -> Option<Hint> {
    let weights = weights.filter(|weights| *weights != "float32")?;
    match code {
        VerdictCode::ModelError => Some(Hint::from(HintCode::OtherWeights).with("weights", weights)),
        VerdictCode::TimeLimit if is_cpu && weights == "float16" => Some(HintCode::SlowHalf.into()),
        _ => None,
    }
}

fn look_twice(
    supply: &Supply,
    first: Starting,
    (model, task): (&Packed, &ModelTask),
    images: &dyn Images,
    oversight: &dyn Oversight,
) -> Result<Looked, NotScored> {
    let looks = Looks { supply, model, task, images, oversight };
    let sample = Order::second_look(images.len(), supply.batch(task), &mut rand::rng());
    oversight.enter(Stage::Loading, 0);
    let mut ahead = None;
    let one = looks.whole(first, Way::Optimised, Tally::of(0, images.len()), &mut || {
        // Whatever keeps it from starting is told when it is needed.
        ahead = supply.another(task, &model.memory).ok();
    });
    let all_done = Tally::of(images.len(), images.len());
    let (one, mut answers) = match one {
        Err(failed) if may_be_ours(&failed) => {
            let tally = Tally::of(failed.done, images.len());
            looks.plain(tally).map_err(|again| compared(&failed, again))?
        }
        one => one?,
    };
    let second = ahead.map_or_else(|| looks.another(), Ok)?;
    let two = looks.run(second, Way::Fresh, (&sample, all_done), &mut || ())?;
    if agree(&mut answers, one.optimised, &two, &sample) {
        return Ok(looks.found(answers, &one));
    }
    if one.optimised {
        let (three, mut answers) = looks.plain(all_done)?;
        if agree(&mut answers, false, &two, &sample) {
            tracing::info!("optimisation changed the model's ranking; its answers without it are used");
            return Ok(looks.found(answers, &three));
        }
    }
    Err(NotScored::Rejected(Box::new(not_reproducible())))
}

/// Whether optimising may be the cause of a verdict. It takes memory of its own, but hardly ever time. A wrong output is looked
/// at twice in any case, to see whether its shape depends on the batch.
fn may_be_ours(failed: &NotRun) -> bool {
    let NotRun { why: NotScored::Rejected(verdict), optimised, .. } = failed else { return false };
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

/// The second of two failures; without a shape if the first had another.
fn compared(first: &NotRun, second: NotRun) -> NotRun {
    let NotRun { why: NotScored::Rejected(verdict), optimised, done } = second else { return second };
    let before = if let NotScored::Rejected(before) = &first.why { before.detail.found.as_ref() } else { None };
    let is_same = verdict.detail.found.is_none() || verdict.detail.found.as_ref() == before;
    let verdict = if is_same { verdict } else { Box::new(without_shape(*verdict)) };
    NotRun { why: NotScored::Rejected(verdict), optimised, done }
}

/// Whether so few answers of a run differ from those of the second look that this is accepted. Then the second look decides.
fn agree(answers: &mut Answers, optimised: bool, second: &Run, order: &Order) -> bool {
    let agree = differing(answers, &second.answers, order) <= tolerated(order.images().len(), optimised);
    if agree {
        answers.adopt(&second.answers, order);
    }
    agree
}

impl Looks<'_> {
    fn another(&self) -> Result<Starting, Unfinished> {
        self.supply.another(self.task, &self.model.memory)
    }

    /// One run. A runner that cannot be prepared is replaced, once: it may have waited for long.
    fn run(
        &self,
        starting: Starting,
        way: Way,
        (order, tally): (&Order, Tally),
        near_end: &mut dyn FnMut(),
    ) -> Result<Run, NotRun> {
        let ready = match starting.ready(self.oversight) {
            Err(Unfinished::Fault(cause)) => {
                tracing::warn!(cause, "a runner cannot be used; trying another one");
                self.another()?.ready(self.oversight)?
            }
            other => other?,
        };
        let fillers = if self.supply.is_cpu() { 1 } else { self.supply.threads().min(BESIDE_A_GPU) };
        // Other pictures in each kind of run, so that a shape that depends on them is another.
        let seed = self.task.noise_seed ^ u64::from(way != Way::Optimised);
        let noise = Noise { count: u32::MAX, seed };
        let assignment = Assignment {
            task: self.task,
            model_bytes: self.model.bytes,
            optimise: way == Way::Optimised,
            fresh: way == Way::Fresh,
            images: &WithNoise { images: self.images, noise },
            order,
            causes: self.supply.causes(),
            fillers: usize::try_from(fillers).unwrap_or(1),
            tally,
        };
        run(ready, &assignment, self.oversight, near_end)
    }

    /// The whole test set in an order of its own: the run, and the answers in test-set order.
    fn whole(
        &self,
        starting: Starting,
        way: Way,
        tally: Tally,
        near_end: &mut dyn FnMut(),
    ) -> Result<(Run, Answers), NotRun> {
        let batch = self.supply.batch(self.task);
        let [first, plain] = TRIALS;
        let trial = if way == Way::Optimised { first } else { plain }.map(|size| size.min(batch));
        let order = Order::whole(self.images.len(), batch, &mut rand::rng()).after_trial(&trial);
        let run = self.run(starting, way, (&order, tally), near_end)?;
        let answers = run.answers.in_test_set_order(&order);
        Ok((run, answers))
    }

    /// The whole test set without optimisation.
    fn plain(&self, tally: Tally) -> Result<(Run, Answers), NotRun> {
        self.whole(self.another()?, Way::Plain, tally, &mut || ())
    }

    fn found(&self, answers: Answers, run: &Run) -> Looked {
        let seconds = run.running.as_secs_f64();
        let speed = (seconds > 0.0).then(|| f64::from(self.images.len()) / seconds);
        let measures = Measures {
            images_per_second: speed.map(steps::nearest),
            peak_memory_bytes: Some(steps::nearest_bytes(run.peak_memory_bytes)),
            peak_device_memory_bytes: (!self.supply.is_cpu()).then(|| steps::nearest_bytes(run.peak_device_bytes)),
            parameters: Some(self.model.parameters),
            device: Some(self.supply.device().name.clone()),
            wall_seconds: None,
            missing_layers: run.missing.iter().map(|layer| Layer::as_str(*layer).to_owned()).collect(),
        };
        let is_slow = self.supply.is_cpu() && self.model.weights == Some("float16");
        Looked { answers, measures, hints: is_slow.then(|| HintCode::SlowHalf.text().to_owned()).into_iter().collect() }
    }
}

/// Three digits: more would be noise.
pub(crate) fn rounded(value: f64) -> f64 {
    format!("{value:.2e}").parse().unwrap_or(value)
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
    fn measures_have_three_digits() {
        assert_eq!([82.1234, 25_049.0, 0.001_234_9, 0.0].map(rounded), [82.1, 25_000.0, 0.001_23, 0.0]);
    }
}
