//! Submissions, quota, boards.

use std::time::Duration;

use holdout_client::{Call, Method, json_call, segment};
use holdout_protocol::{
    BoardSplit, Comparison, ComparisonQuery, Leaderboard, LeaderboardQuery, NewSubmission, Preflight, PreflightReply,
    Quota, Submission, SubmissionChanges, SubmissionId, SubmissionReceipts,
};

use super::TaskPath;
use crate::client::exchange::to_json;
use crate::client::{Client, ClientError, ServerEvents};

/// Returns a board's query as text, with its `?`.
fn board_query(query: &LeaderboardQuery) -> String {
    let split = query.split.map(|split| match split {
        BoardSplit::Public => "split=public".to_owned(),
        BoardSplit::Private => "split=private".to_owned(),
    });
    let all = query.all.map(|all| format!("all={all}"));
    let track = query.training_data.map(|kind| format!("training_data={}", kind.as_str()));
    let as_of = query.as_of.map(|at| format!("as_of={}", segment(&at.to_string())));
    let version = query.version.map(|version| format!("version={version}"));
    let parts: Vec<String> = [split, all, track, as_of, version].into_iter().flatten().collect();
    if parts.is_empty() { String::new() } else { format!("?{}", parts.join("&")) }
}

impl Client {
    /// Makes a submission under a key of the caller's, so that it is made once however often this
    /// is called.
    pub(crate) fn create_submission(
        &self,
        task: &TaskPath,
        submission: &NewSubmission,
        key: &str,
    ) -> Result<Submission, ClientError> {
        self.create_under(task.path("/submissions"), submission, key)
    }

    /// Asks whether a submission could be accepted now.
    ///
    /// # Errors
    ///
    /// The refusal that the submission would get, or that the server was not reached.
    pub(crate) fn preflight(&self, task: &TaskPath, question: &Preflight) -> Result<PreflightReply, ClientError> {
        let body = to_json(question)?;
        let path = task.path("/submissions/preflight");
        // It changes nothing: a lost answer is asked for again.
        self.send_json(&json_call(Method::POST, path, &body).repeatable(true))
    }

    /// Returns the submissions of one's team; of all teams for organizers; newest first.
    pub(crate) fn submissions(&self, task: &TaskPath, most: Option<usize>) -> Result<Vec<Submission>, ClientError> {
        self.list(&task.path("/submissions"), most)
    }

    pub(crate) fn submission(&self, id: SubmissionId) -> Result<Submission, ClientError> {
        self.get(format!("/submissions/{id}"))
    }

    /// Returns the receipts of a submission, with all that verifies them.
    pub(crate) fn receipts(&self, id: SubmissionId) -> Result<SubmissionReceipts, ClientError> {
        self.get(format!("/submissions/{id}/receipts"))
    }

    pub(crate) fn cancel_submission(&self, id: SubmissionId) -> Result<Submission, ClientError> {
        self.send_json(&Call::new(Method::POST, format!("/submissions/{id}/cancel")).body(b""))
    }

    /// Takes a result off the board.
    pub(crate) fn withdraw_submission(&self, id: SubmissionId) -> Result<Submission, ClientError> {
        self.send_json(&Call::new(Method::POST, format!("/submissions/{id}/withdraw")).body(b""))
    }

    /// Changes what is said of a submission, and whether it stands for its team.
    pub(crate) fn change_submission(
        &self,
        id: SubmissionId,
        changes: &SubmissionChanges,
    ) -> Result<Submission, ClientError> {
        self.change(Method::PATCH, format!("/submissions/{id}"), changes)
    }

    /// Returns the changes of a submission as they happen.
    pub(crate) fn submission_events(&self, id: SubmissionId) -> Result<ServerEvents, ClientError> {
        let call = Call::new(Method::GET, format!("/submissions/{id}/events")).header("Accept", "text/event-stream");
        let answer = self.send_once(&call)?;
        Ok(ServerEvents::new(self.server().to_string(), answer.reader()))
    }

    /// Returns the quota of one's team.
    pub(crate) fn quota(&self, task: &TaskPath) -> Result<Quota, ClientError> {
        self.get(task.path("/quota"))
    }

    pub(crate) fn leaderboard(&self, task: &TaskPath, query: &LeaderboardQuery) -> Result<Leaderboard, ClientError> {
        self.leaderboard_with_age(task, query).map(|(board, _)| board)
    }

    /// Returns a leaderboard, and how old it is if the server shows it from memory because its
    /// database is away.
    pub(crate) fn leaderboard_with_age(
        &self,
        task: &TaskPath,
        query: &LeaderboardQuery,
    ) -> Result<(Leaderboard, Option<Duration>), ClientError> {
        let path = task.path(&format!("/leaderboard{}", board_query(query)));
        let answer = self.send(&Call::new(Method::GET, path))?;
        let age = answer.header("Age").and_then(|seconds| seconds.parse().ok()).map(Duration::from_secs);
        Ok((answer.json()?, age))
    }

    /// Returns entries of a leaderboard against each other.
    pub(crate) fn comparison(&self, task: &TaskPath, query: &ComparisonQuery) -> Result<Comparison, ClientError> {
        let ComparisonQuery { entries, split, as_of, version } = query;
        let board = LeaderboardQuery { split: *split, as_of: *as_of, version: *version, ..LeaderboardQuery::default() };
        let ids: Vec<String> = entries.iter().map(ToString::to_string).collect();
        let rest = board_query(&board).replacen('?', "&", 1);
        self.get(task.path(&format!("/comparison?entries={}{rest}", ids.join(","))))
    }

    /// Returns a leaderboard as the server writes it, JSON.
    pub(crate) fn leaderboard_json(&self, task: &TaskPath, query: &LeaderboardQuery) -> Result<Vec<u8>, ClientError> {
        self.get_bytes(task.path(&format!("/leaderboard{}", board_query(query))))
    }

    /// Returns a leaderboard as the server writes it, CSV.
    pub(crate) fn leaderboard_csv(&self, task: &TaskPath, query: &LeaderboardQuery) -> Result<Vec<u8>, ClientError> {
        self.get_bytes(task.path(&format!("/leaderboard.csv{}", board_query(query))))
    }
}

#[cfg(test)]
mod tests {
    use holdout_protocol::TrainingData;

    use super::*;

    #[test]
    fn board_queries() {
        assert_eq!(board_query(&LeaderboardQuery::default()), "");
        let as_of = Some("2012-09-30T23:00:00Z".parse().unwrap());
        let (split, training_data) = (Some(BoardSplit::Private), Some(TrainingData::Supplied));
        let query = LeaderboardQuery { split, all: Some(true), training_data, as_of, version: Some(2) };
        assert_eq!(
            board_query(&query),
            "?split=private&all=true&training_data=supplied&as_of=2012-09-30T23%3A00%3A00Z&version=2"
        );
    }
}
