//! A worker for prediction files. A file goes through *fetch*, *check* and *score*.

use std::fs::File;
use std::io::Seek as _;
use std::sync::Arc;
use std::time::{Duration, Instant};

use holdout_evaluation::{CheckError, Predictions, TestSet, recognise_file};
use holdout_protocol::{Claim, Measures, Outcome, Stage, SubmissionKind};

use super::score::{image_count, score_predictions};
use super::{Worker, WorkerBase, check_kind};
use crate::bounded::run_bounded;
use crate::heartbeat::Heartbeats;
use crate::outcome::{EvaluationError, Fault, Interruption};
use crate::progress::ProgressSink as _;

/// Longest check of a prediction file, whose size is limited: seconds on any machine that works.
const CHECK_DEADLINE: Duration = Duration::from_secs(300);

pub(crate) struct PredictionWorker {
    base: WorkerBase,
}

impl PredictionWorker {
    pub(crate) const fn new(base: WorkerBase) -> Self {
        Self { base }
    }
}

impl Worker for PredictionWorker {
    fn base(&mut self) -> &mut WorkerBase {
        &mut self.base
    }

    fn evaluate(&mut self, claim: &Claim, heartbeats: &Heartbeats) -> Result<(Outcome, Measures), Interruption> {
        check_kind(claim, SubmissionKind::Predictions)?;
        let begun = Instant::now();
        let test_set = self.base.test_set(claim, heartbeats)?;
        heartbeats.enter_stage(Stage::Fetching, claim.blob.size);
        let file = self.base.fetch(&claim.blob, heartbeats)?;
        let images = image_count(&test_set)?;
        heartbeats.enter_stage(Stage::Checking, images.into());
        let (shape_of, max_bytes) = (Arc::clone(&test_set), claim.limits.predictions_bytes);
        let check = move || check_predictions(&shape_of, file, max_bytes);
        let outcome = match run_bounded("check", CHECK_DEADLINE, heartbeats, check)? {
            Ok(predictions) => {
                heartbeats.enter_stage(Stage::Scoring, images.into());
                score_predictions(&test_set, &predictions)?
            }
            Err(error) => Outcome::Rejected(*error.into_verdict()?),
        };
        Ok((outcome, measures(images, begun)))
    }
}

/// Stage *check*: returns the answers of a file.
fn check_predictions(test_set: &TestSet, mut file: File, max_bytes: u64) -> Result<Predictions, EvaluationError> {
    let unreadable = |error: std::io::Error| Fault::new(format!("the file cannot be read: {error}"));
    let size = file.metadata().map_err(unreadable)?.len();
    let kind = recognise_file(&mut file).map_err(unreadable)?;
    if let Some(verdict) = kind.refusal(SubmissionKind::Predictions, size) {
        return Err(EvaluationError::Rejected(Box::new(verdict)));
    }
    file.rewind().map_err(unreadable)?;
    holdout_evaluation::check(test_set.shape(), file, max_bytes).map_err(|error| match error {
        CheckError::Rejected(verdict) => EvaluationError::Rejected(verdict),
        CheckError::Read(_) => Fault::new(error.to_string()).into(),
    })
}

fn measures(images: u32, begun: Instant) -> Measures {
    let seconds = begun.elapsed().as_secs_f64();
    Measures {
        wall_seconds: Some(seconds),
        images_per_second: (seconds > 0.0).then(|| f64::from(images) / seconds),
        ..Measures::default()
    }
}
