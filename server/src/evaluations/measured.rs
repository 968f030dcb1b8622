//! What a scorer measured, checked against the test set and counted by its parts.

use holdout_evaluation::{Bits, Predictions};
use holdout_protocol::{Correctness, SubmissionKind, VerdictCode};

use crate::db::evaluations::Evaluation;
use crate::db::results::{Counts, EvaluationResult};
use crate::db::test_sets::TestSet;
use crate::error::{Error, Result};

/// Bits that fit a test set, with their counts.
pub struct Counted {
    all: Counts,
    public: Counts,
    /// Images whose first label is right.
    pub top1: Vec<u8>,
    /// Images with a right one among the labels.
    pub top5: Vec<u8>,
    /// The labels that were given, packed, if the scorer sent them.
    pub answers: Option<Vec<u8>>,
}

impl Counted {
    /// The row of a result.
    pub fn result_of(&self, evaluation: &Evaluation) -> EvaluationResult {
        EvaluationResult {
            evaluation: evaluation.id,
            task: evaluation.task,
            all: self.all,
            public: self.public,
            top1: self.top1.clone(),
            top5: self.top5.clone(),
            answers_of: self.answers.as_ref().map(|_| evaluation.id),
        }
    }
}

/// Checks the bits and counts them.
///
/// # Errors
/// `invalid_value` if they are not of this test set's size, not base64, have bits after the last
/// image, or have an image whose first label is right and none of its labels, or if the answers do
/// not fit these images and classes.
pub fn count(correctness: &Correctness, test_set: &TestSet) -> Result<Counted> {
    let field = |message: String| Error::invalid("outcome", message);
    if correctness.n != test_set.images {
        return Err(field(format!("`n` is {}; the test set has {} images", correctness.n, test_set.images)));
    }
    let checked = holdout_evaluation::Correctness::from_protocol(correctness)
        .map_err(|error| field(format!("the bits do not fit {} images: {error}", test_set.images)))?;
    let (top1, top5) = (&checked.top1, &checked.top5);
    if top1.count_and_not(top5) != Some(0) {
        return Err(field(
            "an image is set in `top1` and not in `top5`; the first label is one of the five".to_owned(),
        ));
    }
    let answers = correctness.answers.as_deref().map(|text| answers(text, test_set).map_err(field)).transpose()?;
    Ok(Counted { answers, ..of_parts(&checked, test_set)? })
}

/// Counts bits that fit a test set.
pub fn of_parts(correctness: &holdout_evaluation::Correctness, test_set: &TestSet) -> Result<Counted> {
    let (top1, top5) = (&correctness.top1, &correctness.top5);
    let n = top1.len();
    let public = match &test_set.public_mask {
        None => Bits::ones(n),
        Some(mask) => Bits::from_bytes(n, mask).map_err(Error::internal)?,
    };
    Ok(Counted {
        all: counts(&Bits::ones(n), top1, top5)?,
        public: counts(&public, top1, top5)?,
        top1: top1.to_bytes(),
        top5: top5.to_bytes(),
        answers: None,
    })
}

/// The packed answers, if they are some for the images and classes of a test set.
fn answers(text: &str, test_set: &TestSet) -> std::result::Result<Vec<u8>, String> {
    let images = usize::try_from(test_set.images).map_err(|error| error.to_string())?;
    let (predictions, packed) =
        Predictions::unpack_base64(text, images).map_err(|error| format!("`answers`: {error}"))?;
    match predictions.rows().iter().flatten().find(|label| u32::from(**label) > test_set.classes) {
        Some(label) => Err(format!("`answers` has the label {label}; the test set has {} classes", test_set.classes)),
        None => Ok(packed),
    }
}

fn counts(mask: &Bits, top1: &Bits, top5: &Bits) -> Result<Counts> {
    let wrong = |right: &Bits| {
        let count = mask.count_and_not(right).ok_or_else(|| Error::internal("masks of another size"))?;
        u32::try_from(count).map_err(Error::internal)
    };
    let n = u32::try_from(mask.count()).map_err(Error::internal)?;
    Ok(Counts { n, top1_wrong: wrong(top1)?, top5_wrong: wrong(top5)? })
}

/// Returns true if a verdict can be one on a file of this kind.
pub const fn is_about(code: VerdictCode, kind: SubmissionKind) -> bool {
    match code {
        // A file of predictions, or an archive that unpacks to more than a model's file may.
        VerdictCode::TooLarge => true,
        VerdictCode::EmptyFile
        | VerdictCode::NotText
        | VerdictCode::BadHeader
        | VerdictCode::BadLabel
        | VerdictCode::LabelOutOfRange
        | VerdictCode::TooManyLabels
        | VerdictCode::RepeatedLabel
        | VerdictCode::EmptyLine
        | VerdictCode::TooFewRows
        | VerdictCode::TooManyRows
        | VerdictCode::MissingImage
        | VerdictCode::UnknownImage
        | VerdictCode::RepeatedImage => matches!(kind, SubmissionKind::Predictions),
        VerdictCode::NotTorchscript
        | VerdictCode::ForbiddenOperator
        | VerdictCode::LoadFailed
        | VerdictCode::ModelError
        | VerdictCode::WrongOutput
        | VerdictCode::NonFiniteOutput
        | VerdictCode::NotReproducible
        | VerdictCode::TimeLimit
        | VerdictCode::MemoryLimit
        | VerdictCode::Crashed
        | VerdictCode::ForbiddenSystemCall => matches!(kind, SubmissionKind::Torchscript),
    }
}

#[cfg(test)]
mod tests;
