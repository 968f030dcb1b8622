//! Stage *score*: labels against answers.

use holdout_evaluation::{Predictions, TestSet};
use holdout_protocol::Outcome;

use crate::outcome::Fault;

/// Returns the number of images of a test set.
pub(crate) fn image_count(test_set: &TestSet) -> Result<u32, Fault> {
    u32::try_from(test_set.len()).map_err(|error| Fault::new(error.to_string()))
}

/// Returns which images are right.
pub(crate) fn score_predictions(test_set: &TestSet, predictions: &Predictions) -> Result<Outcome, Fault> {
    let correctness = holdout_evaluation::score(predictions, test_set.labels())
        .map_err(|error| Fault::new(format!("checked answers do not fit their test set: {error}")))?;
    Ok(Outcome::Scored(correctness.to_protocol()))
}
