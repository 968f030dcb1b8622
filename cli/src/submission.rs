//! A file becomes a submission: uploaded, then submitted once, however often the command is killed and run again.

use std::path::Path;

use holdout_protocol::{
    ErrorCode, NewSubmission, Submission, SubmissionId, SubmissionKind, SubmissionState, TeamName, UploadId,
};

use crate::client::{ClientError, TaskPath};
use crate::upload::{Finished, Uploader, digest_of};

/// What a submission says of itself.
#[derive(Debug, Clone, PartialEq)]
pub struct Draft {
    /// What the file is.
    pub kind: SubmissionKind,
    /// Name of the method.
    pub method: Option<String>,
    /// Description.
    pub description: Option<String>,
    /// Links.
    pub links: Vec<String>,
    /// For organizers: the team on whose behalf.
    pub team: Option<TeamName>,
    /// For organizers: a note.
    pub note: Option<String>,
    /// For organizers: marks the row as a baseline.
    pub baseline: bool,
}

/// What to do with a file that was submitted before, by the same command.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Repetition {
    /// Show what became of it: most likely the command was killed before its end was seen.
    Show,
    /// Submit it once more.
    Again,
}

impl Draft {
    fn with(&self, upload: UploadId) -> NewSubmission {
        let Self { kind, method, description, links, team, note, baseline } = self.clone();
        NewSubmission { upload, kind, method, description, links, team, note, baseline }
    }
}

/// Uploads and submits. A file that the same command submitted before is not submitted again, unless that submission was
/// cancelled or `repetition` says so.
///
/// # Errors
///
/// As [`Uploader::upload`], and the server's refusal of the submission. What is worth resuming is kept.
pub fn submit(
    uploader: &Uploader<'_>,
    task: &TaskPath,
    file: &Path,
    draft: &Draft,
    repetition: Repetition,
) -> Result<Submission, ClientError> {
    let request = digest_of(format!("{draft:?}").as_bytes());
    let purpose = match &draft.team {
        Some(team) => format!("submission {task} of {}", team.key()),
        None => format!("submission {task}"),
    };
    if let Some(id) = uploader.already(file, &purpose, request)? {
        match earlier(uploader, id)? {
            Some(submission) if repetition == Repetition::Show => {
                uploader.watcher().remark(&format!(
                    "`{}` was submitted already, as {id}; `--again` submits it once more",
                    file.display()
                ));
                return Ok(submission);
            }
            _ => uploader.forget(file, &purpose)?,
        }
    }
    let finished = uploader.upload(file, &purpose, request)?;
    let asked_before = finished.was_asked_before();
    match ask(uploader, task, draft, finished) {
        // It was asked for long ago and never granted, and the upload has expired since.
        Err(error) if asked_before && error.is_missing() => {
            uploader.watcher().remark("the earlier upload has expired; it starts anew");
            ask(uploader, task, draft, uploader.upload(file, &purpose, request)?)
        }
        result => result,
    }
}

/// What became of an earlier submission; none where it was cancelled, or the server does not know it.
fn earlier(uploader: &Uploader<'_>, id: SubmissionId) -> Result<Option<Submission>, ClientError> {
    match uploader.persist(|| uploader.client().submission(id)) {
        Ok(submission) => Ok(Some(submission).filter(|found| found.state != SubmissionState::Cancelled)),
        Err(error) if error.is_missing() => Ok(None),
        Err(error) => Err(error),
    }
}

fn ask(
    uploader: &Uploader<'_>,
    task: &TaskPath,
    draft: &Draft,
    mut finished: Finished,
) -> Result<Submission, ClientError> {
    let key = finished.request_key()?;
    let request = draft.with(finished.upload);
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

/// What a file is by its name and first bytes; a zip archive is taken for a TorchScript model.
#[must_use]
pub fn kind_of(file: &Path) -> SubmissionKind {
    let extension = file.extension().map(|extension| extension.to_string_lossy().to_lowercase());
    if extension.is_some_and(|extension| matches!(extension.as_str(), "pt" | "pth" | "ts" | "torchscript")) {
        return SubmissionKind::Torchscript;
    }
    let mut first = [0; 4];
    let read = std::fs::File::open(file).and_then(|mut file| std::io::Read::read_exact(&mut file, &mut first));
    if read.is_ok() && first == *b"PK\x03\x04" { SubmissionKind::Torchscript } else { SubmissionKind::Predictions }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn kinds_by_name_and_by_content() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("model");
        std::fs::write(&path, b"PK\x03\x04rest").unwrap();
        assert_eq!(kind_of(&path), SubmissionKind::Torchscript);
        assert_eq!(kind_of(Path::new("net.PT")), SubmissionKind::Torchscript);
        let text = folder.path().join("a.txt");
        std::fs::write(&text, "1 2 3\n").unwrap();
        assert_eq!(kind_of(&text), SubmissionKind::Predictions);
    }
}
