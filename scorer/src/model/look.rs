//! Stages *load* and *run*: a model is run on the whole test set, and then a second time, by another process, on other
//! batches in another order. Its answers count where the two agree.
//!
//! The first run may be optimised by libtorch, which can change sums in their last digits; the second never is. Where they
//! disagree after an optimised run, a third one without it shows whether the model or the optimisation is the cause.
//! Each run has the task's wall time and memory for itself.

use holdout_protocol::{Layer, Measures, Stage};

use super::answers::Answers;
use super::compare::{differing, tolerated};
use super::images::Images;
use super::order::Order;
use super::pack::Packed;
use super::task::ModelTask;
use crate::oversight::Oversight;
use crate::runner::{Assignment, BESIDE_A_GPU, Run, Starting, Supply, Tally, not_reproducible, run};
use crate::work::{NotScored, Unfinished};

/// A model's answers, and what they took.
pub(crate) struct Looked {
    /// In test-set order.
    pub(crate) answers: Answers,
    /// All but the wall time.
    pub(crate) measures: Measures,
}

/// What every run of a model has in common.
struct Looks<'a> {
    supply: &'a Supply,
    model: &'a Packed,
    task: &'a ModelTask,
    images: &'a dyn Images,
    oversight: &'a dyn Oversight,
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
    let looks = Looks { supply, model, task, images, oversight };
    let (count, batch) = (images.len(), supply.batch(task));
    let whole = Order::whole(count, batch, &mut rand::rng());
    let sample = Order::second_look(count, batch, &mut rand::rng());
    oversight.enter(Stage::Loading, 0);
    let total = u64::from(whole.len()) + u64::from(sample.len());
    let mut ahead = None;
    let one = looks.run(first, true, (&whole, Tally { before: 0, total }), &mut || {
        // Whatever keeps it from starting is told when it is needed.
        ahead = supply.another(task, &model.memory).ok();
    })?;
    let second = ahead.map_or_else(|| looks.another(), Ok)?;
    let before = u64::from(whole.len());
    let two = looks.run(second, false, (&sample, Tally { before, total }), &mut || ())?;
    let answers = one.answers.in_test_set_order(&whole);
    if agree(&answers, &two, &sample) {
        return Ok(looks.found(answers, &one));
    }
    if !one.optimised {
        return Err(NotScored::Rejected(Box::new(not_reproducible())));
    }
    looks.third(&two, &sample)
}

fn agree(answers: &Answers, second: &Run, order: &Order) -> bool {
    differing(answers, &second.answers, order) <= tolerated(order.images().len())
}

impl Looks<'_> {
    fn another(&self) -> Result<Starting, NotScored> {
        Ok(self.supply.another(self.task, &self.model.memory)?)
    }

    /// One run. A runner that cannot be prepared is replaced, once: it may have waited for long.
    fn run(
        &self,
        starting: Starting,
        optimise: bool,
        (order, tally): (&Order, Tally),
        near_end: &mut dyn FnMut(),
    ) -> Result<Run, NotScored> {
        let ready = match starting.ready(self.oversight) {
            Err(Unfinished::Fault(cause)) => {
                tracing::warn!(cause, "a runner cannot be used; trying another one");
                self.another()?.ready(self.oversight)?
            }
            other => other?,
        };
        let fillers = if self.supply.is_cpu() { 1 } else { self.supply.threads().min(BESIDE_A_GPU) };
        let assignment = Assignment {
            task: self.task,
            model_bytes: self.model.bytes,
            optimise,
            images: self.images,
            order,
            fillers: usize::try_from(fillers).unwrap_or(1),
            tally,
        };
        run(ready, &assignment, self.oversight, near_end)
    }

    /// The whole test set once more, without optimisation, for answers that agree with the second look.
    fn third(&self, two: &Run, sample: &Order) -> Result<Looked, NotScored> {
        let count = self.images.len();
        let whole = Order::whole(count, self.supply.batch(self.task), &mut rand::rng());
        let tally = Tally { before: 0, total: u64::from(count) };
        let three = self.run(self.another()?, false, (&whole, tally), &mut || ())?;
        let answers = three.answers.in_test_set_order(&whole);
        if !agree(&answers, two, sample) {
            return Err(NotScored::Rejected(Box::new(not_reproducible())));
        }
        tracing::info!("optimisation changed the model's ranking; its answers without it are used");
        Ok(self.found(answers, &three))
    }

    fn found(&self, answers: Answers, run: &Run) -> Looked {
        let seconds = run.running.as_secs_f64();
        let speed = (seconds > 0.0).then(|| f64::from(self.images.len()) / seconds);
        let measures = Measures {
            images_per_second: speed.map(rounded),
            peak_memory_bytes: Some(run.peak_memory_bytes),
            peak_device_memory_bytes: (!self.supply.is_cpu()).then_some(run.peak_device_bytes),
            parameters: Some(run.parameters),
            device: Some(self.supply.device().name.clone()),
            wall_seconds: None,
            missing_layers: run.missing.iter().map(|layer| Layer::as_str(*layer).to_owned()).collect(),
        };
        Looked { answers, measures }
    }
}

/// Three digits: more would be noise, and something to read other things from.
pub(crate) fn rounded(value: f64) -> f64 {
    format!("{value:.2e}").parse().unwrap_or(value)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn measures_have_three_digits() {
        assert_eq!([82.1234, 25_049.0, 0.001_234_9, 0.0].map(rounded), [82.1, 25_000.0, 0.001_23, 0.0]);
    }
}
