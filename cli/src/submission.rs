//! A file becomes a submission: uploaded, then submitted once, however often the command is killed
//! and run again.

use std::path::Path;

use holdout_evaluation::{FileKind, recognise_file};
use holdout_protocol::{
    Disclosure, ErrorCode, NewSubmission, Preflight, Submission, SubmissionId, SubmissionKind, SubmissionState,
    TeamName, Timestamp, UploadId,
};

use crate::client::{ClientError, TaskPath};
use crate::upload::{Deadline, Finished, KnownFile, Uploader, digest_of};

/// What a submission says of itself.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Draft {
    /// What the file is.
    pub(crate) kind: SubmissionKind,
    /// Name of the method.
    pub(crate) method: Option<String>,
    pub(crate) description: Option<String>,
    pub(crate) links: Vec<String>,
    pub(crate) disclosure: Disclosure,
    /// For organizers: the team on whose behalf.
    pub(crate) team: Option<TeamName>,
    /// For organizers: a note.
    pub(crate) note: Option<String>,
    /// For organizers: marks the row as a baseline.
    pub(crate) baseline: bool,
    /// For organizers: create the team if no team has this name.
    pub(crate) create_team: bool,
    /// For organizers: when the entry was made.
    pub(crate) submitted_at: Option<Timestamp>,
}

/// What to do with a file that the team has submitted before.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Repetition {
    /// Show what became of it: another run would cost a slot and have the same result.
    Show,
    /// Submit it once more.
    Again,
}

impl Draft {
    fn with(&self, upload: UploadId, again: bool) -> NewSubmission {
        let Self { kind, method, description, links, disclosure, team, note, baseline, create_team, submitted_at } =
            self.clone();
        let Disclosure { training_data, ensemble } = disclosure;
        NewSubmission {
            upload,
            kind,
            method,
            description,
            links,
            training_data,
            ensemble,
            team,
            note,
            baseline,
            again,
            create_team,
            submitted_at,
        }
    }
}

/// What became of a file.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Submitted {
    /// It is a new submission.
    New(Submission),
    /// The team had submitted the same before; this is not a submission.
    Before {
        earlier: Submission,
        /// Whether it was the same file, and not another one with the same answers.
        is_same_file: bool,
    },
}

impl Submitted {
    #[must_use]
    pub(crate) fn into_submission(self) -> Submission {
        match self {
            Self::New(submission) | Self::Before { earlier: submission, .. } => submission,
        }
    }
}

/// Asks the server, uploads and submits. A file that the team has submitted before is not submitted
/// again unless `repetition` says so. For organizers' entries, which the server does not compare,
/// what this machine remembers decides.
///
/// # Errors
///
/// As [`Uploader::upload`], and the server's refusal of the submission. What is worth resuming is
/// kept.
pub(crate) fn submit(
    uploader: &Uploader<'_>,
    task: &TaskPath,
    file: &Path,
    draft: &Draft,
    repetition: Repetition,
) -> Result<Submitted, ClientError> {
    let request = digest_of(format!("{draft:?} {repetition:?}").as_bytes());
    let purpose = match &draft.team {
        Some(team) => format!("submission {task} of {}", team.key()),
        None => format!("submission {task}"),
    };
    let known = uploader.look_up(file, &purpose, request)?;
    if let Some(earlier) = before(uploader, task, draft, &known, repetition)? {
        return Ok(Submitted::Before { earlier, is_same_file: true });
    }
    if known.submission.is_some() {
        uploader.forget(file, &purpose)?;
    }
    let finished = uploader.upload(file, &purpose, request)?;
    let asked_before = finished.was_asked_before();
    let made = match ask(uploader, task, draft, repetition, finished) {
        // It was asked for long ago and never granted, and the upload has expired since.
        Err(error) if asked_before && error.is_missing() => {
            uploader.watcher().remark("the earlier upload has expired; it starts again");
            ask(uploader, task, draft, repetition, uploader.upload(file, &purpose, request)?)
        }
        result => result,
    };
    match made {
        Ok(submission) => Ok(Submitted::New(submission)),
        // A team mate was faster, or another file had the same answers.
        Err(error) => match earlier(uploader, &error)? {
            Some(earlier) => {
                let is_same_file = earlier.sha256 == known.sha256;
                Ok(Submitted::Before { earlier, is_same_file })
            }
            None => Err(error),
        },
    }
}

/// Returns the earlier submission of the file, if the team does not want another one. Asks the
/// server for everything that can be known before the file is sent.
fn before(
    uploader: &Uploader<'_>,
    task: &TaskPath,
    draft: &Draft,
    known: &KnownFile,
    repetition: Repetition,
) -> Result<Option<Submission>, ClientError> {
    if let (Some(_), Some(id), Repetition::Show) = (&draft.team, known.submission, repetition) {
        let found = match uploader.persist(|| uploader.client().submission(id)) {
            Err(error) if error.is_missing() => None,
            found => Some(found?).filter(|found| found.state != SubmissionState::Cancelled),
        };
        if found.is_some() {
            return Ok(found);
        }
    }
    // The answer to an earlier run's request was not seen. The request is repeated under its key,
    // whatever holds now.
    if known.was_asked {
        return Ok(None);
    }
    let KnownFile { size, sha256, .. } = *known;
    let again = repetition == Repetition::Again;
    let question = Preflight { kind: draft.kind, size, sha256: Some(sha256), team: draft.team.clone(), again };
    match uploader.persist(|| uploader.client().preflight(task, &question)) {
        Ok(reply) => {
            if let (Some(closes), Some(until)) = (reply.closes_at, reply.accepted_until) {
                uploader.watcher().deadline(Deadline { closes, until, size });
            }
            Ok(None)
        }
        Err(error) => earlier(uploader, &error)?.map(Some).ok_or(error),
    }
}

/// Returns the submission that a refusal names, if it is about the same file.
fn earlier(uploader: &Uploader<'_>, refusal: &ClientError) -> Result<Option<Submission>, ClientError> {
    let Some(error) = refusal.api().filter(|error| error.is(ErrorCode::AlreadySubmitted)) else { return Ok(None) };
    let id: Option<SubmissionId> =
        error.detail.get("submission").and_then(serde_json::Value::as_str).and_then(|id| id.parse().ok());
    id.map(|id| uploader.client().submission(id)).transpose()
}

fn ask(
    uploader: &Uploader<'_>,
    task: &TaskPath,
    draft: &Draft,
    repetition: Repetition,
    mut finished: Finished,
) -> Result<Submission, ClientError> {
    let key = finished.request_key()?;
    let request = draft.with(finished.upload, repetition == Repetition::Again);
    match uploader.persist(|| uploader.client().create_submission(task, &request, &key)) {
        Ok(submission) => {
            finished.done(submission.id)?;
            Ok(submission)
        }
        Err(error) => {
            settle(finished, &error)?;
            Err(error)
        }
    }
}

/// What to keep after a refusal.
fn settle(mut finished: Finished, error: &ClientError) -> Result<(), ClientError> {
    // Nothing was decided, as far as we know: the same key asks again.
    let undecided = error.is_passing() || error.is(ErrorCode::Internal);
    if undecided || error.api().is_none_or(|api| matches!(api.status, 401 | 403)) {
        return Ok(());
    }
    let used_up = error.is_missing() || error.is(ErrorCode::WrongState) || error.is(ErrorCode::IdempotencyMismatch);
    if used_up { finished.forget() } else { finished.drop_request_key() }
}

/// Returns what a file was probably sent as: models of any framework as a model, which is then
/// refused by its name.
#[must_use]
pub(crate) fn kind_of(file: &Path) -> SubmissionKind {
    let found = std::fs::File::open(file).and_then(|mut file| recognise_file(&mut file)).ok();
    if let Some(FileKind::ZippedTable(_) | FileKind::Spreadsheet) = found {
        return SubmissionKind::Predictions;
    }
    let extension = file.extension().map(|extension| extension.to_string_lossy().to_lowercase());
    let of_model = ["pt", "pth", "ts", "torchscript", "pt2", "ptl", "onnx", "safetensors", "h5", "keras", "tflite"];
    let named = extension.is_some_and(|extension| of_model.contains(&extension.as_str()));
    let like = found.is_some_and(|kind| {
        kind.is_model_like() || matches!(kind, FileKind::DamagedZip | FileKind::ZipWithSurplus(_) | FileKind::Tar)
    });
    if named || like { SubmissionKind::Torchscript } else { SubmissionKind::Predictions }
}

#[cfg(test)]
mod tests;
