//! Carrying out a plan, step by step; every step can be repeated.

use std::path::Path;
use std::time::Duration;

use holdout_protocol::{ErrorCode, NewSeason, NewTestSet, SeasonChanges, Submission, UploadId, format_duration};

use super::files::CheckedSeason;
use super::plan::{Action, KnownImages};
use super::unfinished::Unfinished;
use crate::client::{Client, ClientError, TaskPath};
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
    pub(super) fn act(&self, action: &Action) -> Result<Option<Submission>, Failure> {
        let (client, season) = (self.client(), &self.checked.season.season);
        match action {
            Action::CreateSeason => self.create_season().map(|()| None),
            Action::ShowSeason => self.show_season().map(|()| None),
            Action::ChangeSeason(changes) => client.change_season(season, changes).map(|_| None).map_err(Failure::from),
            Action::CreateTask(_, new) => client.create_task(season, new).map(|_| None).map_err(Failure::from),
            Action::ReplaceTask(index, settings) => {
                client.replace_task(&self.path(*index)?, settings, self.discard).map(|_| None).map_err(Failure::from)
            }
            Action::PutTestSet(index, images) => self.put_test_set(*index, *images).map(|()| None),
            Action::Submit(index) => self.submit(*index, Repetition::Show).map(Some),
            Action::SubmitAgain(index, scored_on) => self.submit_again(*index, scored_on),
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

    fn path(&self, index: usize) -> Result<TaskPath, Failure> {
        let task =
            self.checked.tasks.get(index).ok_or_else(|| Failure::refused("internal", "the plan names no task"))?;
        Ok(TaskPath { season: self.checked.season.season.clone(), task: task.task.clone() })
    }

    fn put_test_set(&self, index: usize, handling: KnownImages) -> Result<(), Failure> {
        let path = self.path(index)?;
        let Some(task) = self.checked.tasks.get(index) else { return Ok(()) };
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

    /// Enters an entry again unless its result counts: if the earlier files came back, the results on them did, too.
    fn submit_again(&self, index: usize, scored_on: &[u32]) -> Result<Option<Submission>, Failure> {
        let Some(entry) = self.checked.entries.get(index) else { return Ok(None) };
        let present = self.client().task(&self.path(entry.task)?)?.test_set;
        if present.is_some_and(|present| scored_on.contains(&present.version)) {
            return Ok(None);
        }
        self.submit(index, Repetition::Again).map(Some)
    }

    fn submit(&self, index: usize, repetition: Repetition) -> Result<Submission, Failure> {
        let nothing = || Failure::refused("internal", "the plan names no entry");
        let entry = self.checked.entries.get(index).ok_or_else(nothing)?;
        let path = self.path(entry.task)?;
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
                .advise("Run the same command again later; it goes on where it stopped."));
        }
        self.uploader.watcher().remark(&format!("waiting {}: {error}", format_duration(asked)));
        std::thread::sleep(asked.max(Duration::from_secs(1)));
        Ok(())
    }
}
