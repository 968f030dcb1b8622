//! One attempt, from the claim to its end. Whatever happens in it ends as one of three: a result, a verdict on the team's
//! file, or a fault of ours. A prediction file goes through *fetch*, *check* and *score*; the way of a model is longer:
//! [`model`].

mod model;

use std::fs::File;
use std::io::Seek as _;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;
use std::time::{Duration, Instant};

use holdout_evaluation::{CheckError, Predictions, TestSet, recognise_file};
use holdout_protocol::{Claim, FaultReason, Measures, Outcome, Stage, SubmissionKind, Verdict};

use crate::StopSignal;
use crate::bounded::bounded;
use crate::cache::Cache;
use crate::client::Client;
use crate::fetch::fetch;
use crate::oversight::Oversight;
use crate::pulse::Pulse;
use crate::test_sets::TestSets;

pub(crate) use model::ModelTools;

/// Longest check of a prediction file, whose size is limited: seconds on any machine that works.
const CHECKING: Duration = Duration::from_secs(300);

/// Why an attempt came to no result and no verdict.
#[derive(Debug)]
pub(crate) enum Unfinished {
    /// A fault of ours, with its cause for operators.
    Fault(String),
    /// A fault of a kind that is counted apart.
    Known(FaultReason, String),
    /// The scorer has to stop.
    GaveBack,
    /// The attempt is over for the server: there is nothing to report.
    Dropped,
}

/// Why an attempt came to no result.
#[derive(Debug)]
pub(crate) enum NotScored {
    /// The team's work is at fault.
    Rejected(Box<Verdict>),
    /// It is not.
    Unfinished(Unfinished),
}

impl From<Unfinished> for NotScored {
    fn from(unfinished: Unfinished) -> Self {
        Self::Unfinished(unfinished)
    }
}

/// How an attempt ended, and what it used.
pub(crate) struct Ended {
    /// The outcome to report.
    pub(crate) outcome: Outcome,
    /// What was measured.
    pub(crate) measures: Measures,
    /// Whether a model had begun to run on the hidden images.
    pub(crate) ran_on_images: bool,
}

/// What evaluates one submission after the other.
pub(crate) struct Worker {
    /// The server.
    pub(crate) client: Arc<Client>,
    /// Fetched files.
    pub(crate) cache: Arc<Cache>,
    /// Parsed test sets.
    pub(crate) test_sets: TestSets,
    /// What models are run with; `None` for a worker on prediction files.
    pub(crate) models: Option<ModelTools>,
    /// The wish to stop.
    pub(crate) stop: Arc<StopSignal>,
}

impl Worker {
    /// Makes one attempt. Returns `None` if it is over for the server. A panic in it is a fault as any other.
    pub(crate) fn work(&mut self, claim: &Claim) -> Option<Ended> {
        let pulse = Pulse::begin(&self.client, claim, &self.stop);
        let worked = catch_unwind(AssertUnwindSafe(|| self.evaluate(claim, &pulse)));
        let outcome = match worked {
            // Not with the panic's own words: they might hold what is in the files.
            Err(_) => fault("the evaluation panicked; see the scorer's log".to_owned(), FaultReason::Other),
            Ok(Ok((outcome, measures))) => {
                return Some(Ended { outcome, measures, ran_on_images: pulse.has_run_on_images() });
            }
            Ok(Err(Unfinished::Fault(cause))) => fault(cause, FaultReason::Other),
            Ok(Err(Unfinished::Known(reason, cause))) => fault(cause, reason),
            Ok(Err(Unfinished::GaveBack)) => Outcome::GaveBack,
            Ok(Err(Unfinished::Dropped)) => return None,
        };
        Some(Ended { outcome, measures: Measures::default(), ran_on_images: pulse.has_run_on_images() })
    }

    fn evaluate(&mut self, claim: &Claim, pulse: &Pulse) -> Result<(Outcome, Measures), Unfinished> {
        match (claim.kind, &mut self.models) {
            (SubmissionKind::Predictions, _) => self.evaluate_predictions(claim, pulse),
            (SubmissionKind::Torchscript, Some(_)) => self.evaluate_model(claim, pulse),
            (kind, None) => Err(Unfinished::Fault(format!("this scorer does not evaluate `{}`", kind.as_str()))),
        }
    }

    fn evaluate_predictions(&mut self, claim: &Claim, pulse: &Pulse) -> Result<(Outcome, Measures), Unfinished> {
        let begun = Instant::now();
        let test_set = self.test_sets.get(&self.client, &self.cache, &claim.test_set, pulse)?;
        pulse.enter(Stage::Fetching, claim.blob.size);
        let file = fetch(&self.client, &self.cache, &claim.blob, pulse)?;
        let images = images(&test_set)?;
        pulse.enter(Stage::Checking, images.into());
        let (shapes, most) = (Arc::clone(&test_set), claim.limits.predictions_bytes);
        let checked = bounded("check", CHECKING, pulse, move || check(&shapes, file, most))??;
        let outcome = match checked {
            Ok(predictions) => {
                pulse.enter(Stage::Scoring, images.into());
                score(&test_set, &predictions)?
            }
            Err(rejected) => rejected,
        };
        Ok((outcome, measures(images, begun)))
    }
}

fn fault(cause: String, reason: FaultReason) -> Outcome {
    Outcome::Fault { cause, reason }
}

/// Number of images of a test set.
fn images(test_set: &TestSet) -> Result<u32, Unfinished> {
    u32::try_from(test_set.len()).map_err(|error| Unfinished::Fault(error.to_string()))
}

/// Stage *check*: the answers of a file, or the verdict on it.
fn check(test_set: &TestSet, mut file: File, max_bytes: u64) -> Result<Result<Predictions, Outcome>, Unfinished> {
    let unreadable = |error: std::io::Error| Unfinished::Fault(format!("the file cannot be read: {error}"));
    let size = file.metadata().map_err(unreadable)?.len();
    let kind = recognise_file(&mut file).map_err(unreadable)?;
    if let Some(verdict) = kind.refusal(SubmissionKind::Predictions, size) {
        return Ok(Err(Outcome::Rejected(verdict)));
    }
    file.rewind().map_err(unreadable)?;
    match holdout_evaluation::check(test_set.shape(), file, max_bytes) {
        Ok(predictions) => Ok(Ok(predictions)),
        Err(CheckError::Rejected(verdict)) => Ok(Err(Outcome::Rejected(*verdict))),
        Err(error @ CheckError::Read(_)) => Err(Unfinished::Fault(error.to_string())),
    }
}

/// Stage *score*: which images are right.
fn score(test_set: &TestSet, predictions: &Predictions) -> Result<Outcome, Unfinished> {
    let correctness = holdout_evaluation::score(predictions, test_set.labels())
        .map_err(|error| Unfinished::Fault(format!("checked answers do not fit their test set: {error}")))?;
    Ok(Outcome::Scored(correctness.to_protocol()))
}

fn measures(images: u32, begun: Instant) -> Measures {
    let seconds = begun.elapsed().as_secs_f64();
    Measures {
        wall_seconds: Some(seconds),
        images_per_second: (seconds > 0.0).then(|| f64::from(images) / seconds),
        ..Measures::default()
    }
}
