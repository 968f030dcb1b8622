//! Carrying out a plan, step by step; every step can be repeated.

use std::path::Path;
use std::time::Duration;

use holdout_protocol::{
    ErrorCode, NewSeason, NewTask, NewTestSet, SeasonChanges, Submission, UploadId, format_duration,
};

use super::files::{CheckedEntry, CheckedSeason, CheckedTask};
use super::plan::{Action, KnownImages};
use super::unfinished::Unfinished;
use crate::client::{Client, ClientError};
use crate::failure::Failure;
use crate::submission::{Repetition, submit};
use crate::upload::{Finished, Uploader, digest_of};

/// Longest wait for the server's rate limit.
const LONGEST_WAIT: Duration = Duration::from_secs(5 * 60);

/// What the steps need.
pub(super) struct Actor<'a> {
    pub(super) uploader: &'a Uploader<'a>,
    pub(super) checked: &'a CheckedSeason,
    /// Whether another version of a test set is shown at once.
    pub(super) discard: bool,
    pub(super) unfinished: &'a Unfinished,
}

impl Actor<'_> {
    /// Does it; returns the submission, if it made one.
    pub(super) fn act(&self, action: &Action<'_>) -> Result<Option<Submission>, Failure> {
        let (client, season) = (self.client(), &self.checked.season.season);
        match action {
            Action::CreateSeason => self.create_season().map(|()| None),
            Action::ShowSeason => self.show_season().map(|()| None),
            Action::ChangeSeason(changes) => client.change_season(season, changes).map(|_| None).map_err(Failure::from),
            Action::CreateTask(task) => self.create_task(task).map(|()| None),
            Action::ReplaceTask(task) => {
                let path = self.checked.path_of(&task.task);
                client.replace_task(&path, &task.settings, self.discard).map(|_| None).map_err(Failure::from)
            }
            Action::PutTestSet(task, images) => self.put_test_set(task, *images).map(|()| None),
            Action::Submit(entry) => self.submit(entry, Repetition::Show).map(Some),
            Action::SubmitAgain(entry, scored_on) => self.submit_again(entry, scored_on),
        }
    }

    fn create_season(&self) -> Result<(), Failure> {
        self.unfinished.begin()?;
        let new = NewSeason { draft: true, ..self.checked.season.clone() };
        self.client().create_season(&new)?;
        if self.checked.season.draft { self.unfinished.end() } else { Ok(()) }
    }

    fn show_season(&self) -> Result<(), Failure> {
        let changes = SeasonChanges { draft: Some(false), ..SeasonChanges::default() };
        self.client().change_season(&self.checked.season.season, &changes)?;
        self.unfinished.end()
    }

    fn client(&self) -> &Client {
        self.uploader.client()
    }

    fn create_task(&self, task: &CheckedTask) -> Result<(), Failure> {
        let new = NewTask { task: task.task.clone(), settings: task.settings.clone() };
        self.client().create_task(&self.checked.season.season, &new)?;
        Ok(())
    }

    fn put_test_set(&self, task: &CheckedTask, handling: KnownImages) -> Result<(), Failure> {
        let path = self.checked.path_of(&task.task);
        let classes = self.upload(&task.classes, &format!("classes of {path}"))?;
        let labels = self.upload(&task.labels, &format!("labels of {path}"))?;
        let (images, known_images) = match (&task.images, handling) {
            (Some(images), KnownImages::Keep) => (None, Some(images.sha256)),
            (Some(images), KnownImages::Send) => (Some(self.upload(&images.path, &format!("images of {path}"))?), None),
            (None, _) => (None, None),
        };
        let upload = |finished: &Finished| -> UploadId { finished.upload };
        let (classes_upload, labels_upload) = (classes.upload, labels.upload);
        let images_upload = images.as_ref().map(upload);
        let new = NewTestSet { classes: classes_upload, labels: labels_upload, images: images_upload, known_images };
        self.client().replace_test_set(&path, &new, self.discard)?;
        for finished in [Some(classes), Some(labels), images].into_iter().flatten() {
            finished.forget()?;
        }
        Ok(())
    }

    fn upload(&self, file: &Path, purpose: &str) -> Result<Finished, Failure> {
        Ok(self.uploader.upload(file, purpose, digest_of(purpose.as_bytes()))?)
    }

    /// Enters an entry again unless its result counts: if the earlier files came back, the results
    /// on them did, too.
    fn submit_again(&self, entry: &CheckedEntry, scored_on: &[u32]) -> Result<Option<Submission>, Failure> {
        let present = self.client().task(&self.checked.path_of(&entry.task))?.test_set;
        if present.is_some_and(|present| scored_on.contains(&present.version)) {
            return Ok(None);
        }
        self.submit(entry, Repetition::Again).map(Some)
    }

    fn submit(&self, entry: &CheckedEntry, repetition: Repetition) -> Result<Submission, Failure> {
        let path = self.checked.path_of(&entry.task);
        loop {
            match submit(self.uploader, &path, &entry.file, &entry.draft, repetition) {
                // A season may have more entries than an account may submit in a minute.
                Err(error) if error.is(ErrorCode::RateLimited) => self.wait(&error)?,
                result => return Ok(result?.into_submission()),
            }
        }
    }

    fn wait(&self, error: &ClientError) -> Result<(), Failure> {
        let asked = error.api().and_then(|api| api.retry_after).unwrap_or(Duration::from_secs(10));
        if asked > LONGEST_WAIT {
            return Err(Failure::refused(ErrorCode::RateLimited.as_str(), error.to_string())
                .advise("Run the same command again later; it resumes where it stopped."));
        }
        self.uploader.watcher().remark(&format!("waiting {}: {error}", format_duration(asked)));
        std::thread::sleep(asked.max(Duration::from_secs(1)));
        Ok(())
    }
}
