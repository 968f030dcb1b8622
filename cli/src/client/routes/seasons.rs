//! Seasons, tasks, test sets.

use std::io::Read;

use holdout_client::{Call, Method};
use holdout_protocol::{
    CommitmentList, NewSeason, NewTask, NewTestSet, OpenMatters, Season, SeasonChanges, Sha256, Slug, Task,
    TaskSettings, TestSetSummary,
};

use super::TaskPath;
use crate::client::{Client, ClientError};

/// A test set as organizers may read it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct StoredTestSet {
    /// The canonical form, labels and all.
    pub(crate) canonical: Vec<u8>,
    /// The digest of its images, if it has any.
    pub(crate) images: Option<Sha256>,
}

impl Client {
    /// Returns the seasons that one may see.
    pub(crate) fn seasons(&self) -> Result<Vec<Season>, ClientError> {
        self.list("/seasons", None)
    }

    pub(crate) fn season(&self, season: &Slug) -> Result<Season, ClientError> {
        self.get(format!("/seasons/{season}"))
    }

    /// Returns what waits for the organizers of a season, and what still runs in it.
    pub(crate) fn open_matters(&self, season: &Slug) -> Result<OpenMatters, ClientError> {
        self.get(format!("/organizer/seasons/{season}/open-matters"))
    }

    pub(crate) fn create_season(&self, season: &NewSeason) -> Result<Season, ClientError> {
        self.create("/seasons", season)
    }

    pub(crate) fn change_season(&self, season: &Slug, changes: &SeasonChanges) -> Result<Season, ClientError> {
        self.change(Method::PATCH, format!("/seasons/{season}"), changes)
    }

    pub(crate) fn task(&self, task: &TaskPath) -> Result<Task, ClientError> {
        self.get(task.path(""))
    }

    pub(crate) fn create_task(&self, season: &Slug, task: &NewTask) -> Result<Task, ClientError> {
        self.create(format!("/seasons/{season}/tasks"), task)
    }

    /// Replaces a task's settings.
    pub(crate) fn replace_task(
        &self,
        task: &TaskPath,
        settings: &TaskSettings,
        discard: bool,
    ) -> Result<Task, ClientError> {
        self.change(Method::PUT, task.path(&discard_query("", discard)), settings)
    }

    /// Gives a task a test set; `discard` accepts that results leave the board.
    pub(crate) fn replace_test_set(
        &self,
        task: &TaskPath,
        test_set: &NewTestSet,
        discard: bool,
    ) -> Result<TestSetSummary, ClientError> {
        self.change(Method::PUT, task.path(&discard_query("/test-set", discard)), test_set)
    }

    /// Returns how a season is cited, as a file with this ending: `bib` or `cff`.
    pub(crate) fn citation(&self, season: &Slug, ending: &str) -> Result<Vec<u8>, ClientError> {
        self.get_bytes(format!("/seasons/{season}/citation.{ending}"))
    }

    /// Returns the class list of a task: number, class id, name; a line a class in the models'
    /// output order.
    pub(crate) fn classes(&self, task: &TaskPath) -> Result<Vec<u8>, ClientError> {
        self.get_bytes(task.path("/classes"))
    }

    /// Returns the image names of a task, a line an image in file-name order.
    pub(crate) fn images(&self, task: &TaskPath) -> Result<Vec<u8>, ClientError> {
        self.get_bytes(task.path("/images"))
    }

    /// The present test set with its labels in its canonical form, or another version of it; for
    /// organizers.
    ///
    /// # Errors
    ///
    /// The server's refusal, or that it was not reached.
    pub(crate) fn test_set(&self, task: &TaskPath, version: Option<u32>) -> Result<StoredTestSet, ClientError> {
        let query = version.map(|version| format!("?version={version}")).unwrap_or_default();
        let answer = self.send(&Call::new(Method::GET, task.path(&format!("/test-set/labels{query}"))))?;
        let images = answer.header("Images-SHA256").and_then(|digest| digest.parse().ok());
        Ok(StoredTestSet { canonical: answer.bytes()?, images })
    }

    /// Returns the salts that open the commitments to a task's labels, for organizers. The audit
    /// log has who asked.
    pub(crate) fn commitments(&self, task: &TaskPath) -> Result<CommitmentList, ClientError> {
        self.get(format!("/organizer/seasons/{}/tasks/{}/commitment", task.season, task.task))
    }

    /// Opens the archive with the images of a task's test set; for organizers.
    pub(crate) fn image_archive(&self, task: &TaskPath) -> Result<impl Read + use<>, ClientError> {
        Ok(self.send(&Call::new(Method::GET, task.path("/test-set/images")))?.reader())
    }
}

fn discard_query(path: &str, discard: bool) -> String {
    if discard { format!("{path}?discard_results=true") } else { path.to_owned() }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn results_are_discarded_only_if_that_is_said() {
        assert_eq!(discard_query("/test-set", true), "/test-set?discard_results=true");
        assert_eq!(discard_query("/test-set", false), "/test-set");
    }
}
