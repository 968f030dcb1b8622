//! The server's own checks and scores on this machine: the one place that uses the evaluation crate
//! for files of teams.

use std::fs::File;
use std::io::Seek as _;
use std::path::Path;

use holdout_evaluation::{
    CheckError, ClassList, ImageList, Predictions, TaskShape, TestSet, class_order_hint, clopper_pearson, error_rate,
    recognise_file, score,
};
use holdout_protocol::{Hint, Interval, SubmissionKind, Verdict};
use holdout_torchscript::{OperatorCheck, RepackError};
use serde::Serialize;

use crate::client::{Client, TaskPath};
use crate::failure::Failure;

/// Largest class list or list of labels that is read, bytes.
const MAX_LIST: u64 = 1 << 30;

/// What to do about a model that is larger than its task allows.
pub(crate) const SMALLER_MODEL: &str = "Make the model smaller. Weights in bfloat16 take half the space of float32 and are as fast: \
     `model.bfloat16()`, with `x = x.bfloat16()` in `forward`. Those in float16 are slow without a GPU.";

/// What the check of a file came to.
#[derive(Debug)]
pub(crate) enum Checked<T> {
    /// The server would take it; what the check found of it.
    Good(T),
    /// The server would refuse it.
    Refused(Box<Verdict>),
}

/// Returns what the check needs of a task, fetched from the server.
///
/// # Errors
///
/// If the server refuses or is out of reach, or its lists cannot be used.
pub(crate) fn fetch_shape(client: &Client, task: &TaskPath) -> Result<TaskShape, Failure> {
    let (classes, images) = (client.classes(task)?, client.images(task)?);
    let unusable = |error: holdout_evaluation::ListError| Failure::refused("invalid_value", format!("{task}: {error}"));
    Ok(TaskShape {
        classes: ClassList::parse(&classes).map_err(unusable)?,
        images: ImageList::parse(&images).map_err(unusable)?,
    })
}

/// Returns a row for each image of a test set in its canonical form, as a folder's `labels.csv` has
/// it: the image's name, or its number from 1, and its class number.
///
/// # Errors
///
/// If the bytes are no test set.
pub(crate) fn labels_csv(canonical: &[u8], task: &TaskPath) -> Result<Vec<u8>, Failure> {
    let test_set = TestSet::from_canonical(canonical)
        .map_err(|error| Failure::refused("invalid_value", format!("the server's test set of {task}: {error}")))?;
    let unwritable = |error: csv::Error| Failure::refused("output", error.to_string());
    let mut table = csv::Writer::from_writer(Vec::new());
    table.write_record(["image", "class"]).map_err(unwritable)?;
    for (image, class) in test_set.shape().images.iter().zip(test_set.labels()) {
        table.write_record([image.to_string(), class.to_string()]).map_err(unwritable)?;
    }
    table.into_inner().map_err(|error| Failure::refused("output", error.to_string()))
}

/// Reads an organizer's class list.
///
/// # Errors
///
/// Names the file, the line and what is allowed.
pub(crate) fn read_classes(path: &Path) -> Result<ClassList, Failure> {
    let bytes = read_list(path)?;
    ClassList::parse(&bytes)
        .map_err(|error| Failure::refused("invalid_value", format!("`{}`: {error}", path.display())))
}

/// Reads an organizer's labels.
///
/// # Errors
///
/// Names the file, the line and what is allowed.
pub(crate) fn read_test_set(classes: ClassList, path: &Path) -> Result<TestSet, Failure> {
    let bytes = read_list(path)?;
    TestSet::parse_labels(classes, &bytes)
        .map_err(|error| Failure::refused("invalid_value", format!("`{}`: {error}", path.display())))
}

fn read_list(path: &Path) -> Result<Vec<u8>, Failure> {
    let size = std::fs::metadata(path).map_err(|error| Failure::file(path, &error))?.len();
    if size > MAX_LIST {
        return Err(Failure::refused("too_large", format!("`{}` has more than 1 GiB", path.display())));
    }
    std::fs::read(path).map_err(|error| Failure::file(path, &error))
}

/// Returns the verdict on a file that is something else than it would be sent as, as the server's
/// door gives it.
pub(crate) fn refusal(file: &mut File, path: &Path, kind: SubmissionKind) -> Result<Option<Verdict>, Failure> {
    let unreadable = |error: std::io::Error| Failure::file(path, &error);
    let size = file.metadata().map_err(unreadable)?.len();
    Ok(recognise_file(file).map_err(unreadable)?.refusal(kind, size))
}

/// Checks a prediction file as the server would.
pub(crate) fn check_file(shape: &TaskShape, path: &Path, max_bytes: u64) -> Result<Checked<Predictions>, Failure> {
    let mut file = File::open(path).map_err(|error| Failure::file(path, &error))?;
    if let Some(verdict) = refusal(&mut file, path, SubmissionKind::Predictions)? {
        return Ok(Checked::Refused(Box::new(verdict)));
    }
    file.rewind().map_err(|error| Failure::file(path, &error))?;
    match holdout_evaluation::check(shape, file, max_bytes) {
        Ok(predictions) => Ok(Checked::Good(predictions)),
        Err(CheckError::Rejected(verdict)) => Ok(Checked::Refused(verdict)),
        Err(CheckError::Read(error)) => Err(Failure::file(path, &error)),
    }
}

/// Looks at a model's file as a scorer does before anything runs. Of a good file, returns what a
/// scorer without a GPU would say of its weights.
pub(crate) fn check_archive(model: &Path) -> Result<Checked<Option<Hint>>, Failure> {
    let mut file = File::open(model).map_err(|error| Failure::file(model, &error))?;
    if let Some(verdict) = refusal(&mut file, model, SubmissionKind::Torchscript)? {
        return Ok(Checked::Refused(Box::new(verdict)));
    }
    // A scorer runs what is written here; for the check alone nobody reads it.
    match holdout_torchscript::repack(&file, &mut std::io::sink(), OperatorCheck::Enforced) {
        Ok(packed) => Ok(Checked::Good(Hint::on_slow_weights(packed.weights))),
        Err(RepackError::Refused(verdict)) => Ok(Checked::Refused(verdict)),
        Err(RepackError::Input(error) | RepackError::Output(error)) => Err(Failure::file(model, &error)),
    }
}

/// An error rate with what goes with it.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub(crate) struct LocalError {
    /// Share of images at fault.
    pub(crate) error: f64,
    pub(crate) wrong: u32,
    /// Clopper–Pearson interval at 95 %.
    pub(crate) interval: Interval,
    /// Clopper–Pearson interval at 99.9 %.
    pub(crate) interval_999: Interval,
}

/// The scores of a file on a part of a test set.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub(crate) struct LocalScore {
    /// `all`: which images are public is the server's secret.
    pub(crate) part: &'static str,
    pub(crate) n: u32,
    /// Top-1 error.
    pub(crate) top1: LocalError,
    /// Top-5 error.
    pub(crate) top5: LocalError,
}

/// Scores a file on all images of a test set whose labels are at hand.
///
/// # Errors
///
/// If the predictions are for another number of images.
pub(crate) fn scores(predictions: &Predictions, test_set: &TestSet) -> Result<Vec<LocalScore>, Failure> {
    let correct =
        score(predictions, test_set.labels()).map_err(|error| Failure::refused("internal", error.to_string()))?;
    let n = test_set.len();
    let error_of = |right: &holdout_evaluation::Bits| local_error(n.saturating_sub(right.count()), n);
    let all = LocalScore { part: "all", n: small(n), top1: error_of(&correct.top1)?, top5: error_of(&correct.top5)? };
    Ok(vec![all])
}

fn local_error(wrong: usize, n: usize) -> Result<LocalError, Failure> {
    let (wrong, n) = (small(wrong), small(n));
    let interval =
        |level| clopper_pearson(wrong, n, level).map_err(|error| Failure::refused("internal", error.to_string()));
    Ok(LocalError { error: error_rate(wrong, n), wrong, interval: interval(0.95)?, interval_999: interval(0.999)? })
}

fn small(count: usize) -> u32 {
    // A test set has at most ten million images.
    u32::try_from(count).unwrap_or(u32::MAX)
}

/// Returns a word if the errors look as if the classes were in another order.
#[must_use]
pub(crate) fn order_hint(score: &LocalScore, test_set: &TestSet, kind: SubmissionKind) -> Option<String> {
    let hint = class_order_hint((score.top1.wrong, score.top5.wrong), test_set.shape().classes.count(), score.n, kind);
    hint.map(|hint| hint.to_string())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_is_checked_and_scored() {
        let folder = tempfile::tempdir().unwrap();
        let write = |name: &str, text: &str| {
            let path = folder.path().join(name);
            std::fs::write(&path, text).unwrap();
            path
        };
        let classes = read_classes(&write("classes.tsv", "1\tn1\tone\n2\tn2\ttwo\n3\tn3\tthree\n")).unwrap();
        let test_set = read_test_set(classes, &write("labels.csv", "image,class\nb,2\na,1\n")).unwrap();
        let good = write("good.txt", "1 2\n1 2\n");
        let Checked::Good(predictions) = check_file(test_set.shape(), &good, 1 << 20).unwrap() else {
            panic!("refused")
        };
        let all = scores(&predictions, &test_set).unwrap();
        let [LocalScore { part: "all", n: 2, top1, top5 }] = all.as_slice() else { panic!("{all:?}") };
        assert_eq!((top1.wrong, top5.wrong), (1, 0));
        assert!(top1.interval_999.high > top1.interval.high);
        let bad = write("bad.txt", "1 2\n1 9\n");
        let Checked::Refused(verdict) = check_file(test_set.shape(), &bad, 1 << 20).unwrap() else { panic!("taken") };
        assert_eq!(verdict.detail.lines[0].line, Some(2));
    }

    #[test]
    fn a_fault_in_a_list_names_file_and_line() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("classes.tsv");
        std::fs::write(&path, "1\tn1\tone\nx\tn2\ttwo\n").unwrap();
        let message = read_classes(&path).unwrap_err().to_string();
        assert!(message.contains("classes.tsv") && message.contains("line 2"), "{message}");
    }
}
