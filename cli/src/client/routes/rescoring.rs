//! Re-scorings, for organizers.

use holdout_client::{Call, Method};
use holdout_protocol::{
    ApplyRescoring, BoardSplit, NewRescoring, Rescoring, RescoringId, RescoringQuery, TestSetSummary,
};

use super::TaskPath;
use crate::client::{Client, ClientError};

fn path(task: &TaskPath) -> String {
    format!("/organizer/seasons/{}/tasks/{}/rescoring", task.season, task.task)
}

impl Client {
    /// Returns the open re-scoring of a task.
    pub(crate) fn rescoring(&self, task: &TaskPath, query: &RescoringQuery) -> Result<Rescoring, ClientError> {
        let private = query.split.filter(|split| *split == BoardSplit::Private).map(|_| "split=private");
        let all = query.all.filter(|all| *all).map(|_| "all=true");
        let parts: Vec<&str> = [private, all].into_iter().flatten().collect();
        let query = if parts.is_empty() { String::new() } else { format!("?{}", parts.join("&")) };
        self.get(format!("{}{query}", path(task)))
    }

    /// Begins to count the results of a task for another version of its test set.
    pub(crate) fn begin_rescoring(&self, task: &TaskPath, version: u32) -> Result<Rescoring, ClientError> {
        self.change(Method::POST, path(task), &NewRescoring { version })
    }

    /// Applies a re-scoring.
    pub(crate) fn apply_rescoring(&self, id: RescoringId, incomplete: bool) -> Result<TestSetSummary, ClientError> {
        self.change(Method::POST, format!("/organizer/rescorings/{id}/apply"), &ApplyRescoring { incomplete })
    }

    /// Drops a re-scoring.
    pub(crate) fn drop_rescoring(&self, id: RescoringId) -> Result<(), ClientError> {
        self.send(&Call::new(Method::DELETE, format!("/organizer/rescorings/{id}"))).map(drop)
    }
}
