//! Stage *score*: labels against answers.

use holdout_evaluation::{Predictions, TestSet};
use holdout_protocol::{Correctness, Outcome};

use crate::outcome::Fault;

/// Most bytes of packed answers, in base64, that a report carries: with the rest of it they stay
/// below the server's limit.
const MAX_ANSWERS: usize = 3 << 20;

/// Returns the number of images of a test set.
pub(crate) fn image_count(test_set: &TestSet) -> Result<u32, Fault> {
    u32::try_from(test_set.len()).map_err(|error| Fault::new(error.to_string()))
}

/// Returns which images are right, with the answers unless they are too large to be sent.
pub(crate) fn score_predictions(test_set: &TestSet, predictions: &Predictions) -> Result<Outcome, Fault> {
    let correctness = holdout_evaluation::score(predictions, test_set.labels())
        .map_err(|error| Fault::new(format!("checked answers do not fit their test set: {error}")))?;
    let packed =
        predictions.pack_base64().map_err(|error| Fault::new(format!("the answers cannot be packed: {error}")))?;
    let answers = Some(packed).filter(|packed| packed.len() <= MAX_ANSWERS);
    Ok(Outcome::Scored(Correctness { answers, ..correctness.to_protocol() }))
}
