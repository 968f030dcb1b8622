//! The routes of the API as methods.

use std::fmt;

use holdout_protocol::{
    Account, ApiToken, AuditEntry, BoardSplit, CreatedApiToken, CreatedInvitation, CreatedScorerToken, Invitation,
    Leaderboard, Me, NewAccount, NewApiToken, NewInvitation, NewScorerToken, NewSeason, NewSession, NewSubmission,
    NewTask, NewTeam, NewTestSet, Quota, ScorerToken, Season, SeasonChanges, SessionTokens, Slug, Submission,
    SubmissionId, Task, TaskSettings, Team, TestSetSummary, Timestamp,
};
use serde::Serialize;
use serde::de::DeserializeOwned;
use ureq::http::Method;
use uuid::Uuid;

use super::exchange::{json_call, to_json};
use super::{Call, Client, ClientError, ServerEvents, segment};

/// A task of a season, as addresses name it.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct TaskPath {
    /// Season.
    pub season: Slug,
    /// Task.
    pub task: Slug,
}

impl TaskPath {
    fn path(&self, rest: &str) -> String {
        format!("/seasons/{}/tasks/{}{rest}", self.season, self.task)
    }
}

impl fmt::Display for TaskPath {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/{}", self.season, self.task)
    }
}

/// Which board.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct BoardQuery {
    /// Which part of the test set; the one that decides now where omitted.
    pub split: Option<BoardSplit>,
    /// Every submission instead of each team's best.
    pub all: bool,
    /// The results up to this time.
    pub as_of: Option<Timestamp>,
}

impl BoardQuery {
    fn text(self) -> String {
        let split = self.split.map(|split| match split {
            BoardSplit::Public => "split=public".to_owned(),
            BoardSplit::Private => "split=private".to_owned(),
        });
        let all = self.all.then(|| "all=true".to_owned());
        let as_of = self.as_of.map(|at| format!("as_of={}", segment(&at.to_string())));
        let parts: Vec<String> = [split, all, as_of].into_iter().flatten().collect();
        if parts.is_empty() { String::new() } else { format!("?{}", parts.join("&")) }
    }
}

impl Client {
    fn get<T: DeserializeOwned>(&self, path: impl Into<String>) -> Result<T, ClientError> {
        self.send(&Call::new(Method::GET, path))?.json()
    }

    fn get_bytes(&self, path: impl Into<String>) -> Result<Vec<u8>, ClientError> {
        self.send(&Call::new(Method::GET, path))?.bytes()
    }

    fn change<T: DeserializeOwned>(
        &self,
        method: Method,
        path: String,
        body: &impl Serialize,
    ) -> Result<T, ClientError> {
        let bytes = to_json(body)?;
        self.send(&json_call(method, path, &bytes).repeatable(true))?.json()
    }

    fn create<T: DeserializeOwned>(&self, path: impl Into<String>, body: &impl Serialize) -> Result<T, ClientError> {
        self.create_under(path, body, &fresh_key())
    }

    fn create_under<T: DeserializeOwned>(
        &self,
        path: impl Into<String>,
        body: &impl Serialize,
        key: &str,
    ) -> Result<T, ClientError> {
        let bytes = to_json(body)?;
        self.send(&json_call(Method::POST, path, &bytes).key(key))?.json()
    }

    fn delete(&self, path: String) -> Result<(), ClientError> {
        self.send(&Call::new(Method::DELETE, path)).map(drop)
    }
}

/// Accounts, sessions, tokens.
impl Client {
    /// Makes an account.
    ///
    /// # Errors
    ///
    /// The server's refusal, or that it was not reached.
    pub fn create_account(&self, account: &NewAccount) -> Result<Account, ClientError> {
        let bytes = to_json(account)?;
        self.send(&json_call(Method::POST, "/accounts", &bytes).key(&fresh_key()).anonymous())?.json()
    }

    /// Logs in.
    ///
    /// # Errors
    ///
    /// The server's refusal, or that it was not reached.
    pub fn create_session(&self, login: &NewSession) -> Result<SessionTokens, ClientError> {
        let bytes = to_json(login)?;
        // No key: the answer holds tokens, which a server should not keep to give out again.
        self.send(&json_call(Method::POST, "/sessions", &bytes).anonymous())?.json()
    }

    /// Ends the session.
    ///
    /// # Errors
    ///
    /// The server's refusal, or that it was not reached.
    pub fn end_session(&self) -> Result<(), ClientError> {
        self.delete("/sessions".to_owned())
    }

    /// Who one is.
    ///
    /// # Errors
    ///
    /// The server's refusal, or that it was not reached.
    pub fn me(&self) -> Result<Me, ClientError> {
        self.get("/me")
    }

    /// The personal tokens.
    ///
    /// # Errors
    ///
    /// The server's refusal, or that it was not reached.
    pub fn tokens(&self) -> Result<Vec<ApiToken>, ClientError> {
        self.list("/me/tokens", None)
    }

    /// Makes a personal token.
    ///
    /// # Errors
    ///
    /// The server's refusal, or that it was not reached.
    pub fn create_token(&self, token: &NewApiToken) -> Result<CreatedApiToken, ClientError> {
        self.create("/me/tokens", token)
    }

    /// Revokes a personal token.
    ///
    /// # Errors
    ///
    /// The server's refusal, or that it was not reached.
    pub fn revoke_token(&self, id: &str) -> Result<(), ClientError> {
        self.delete(format!("/me/tokens/{}", segment(id)))
    }
}

/// Seasons and tasks.
impl Client {
    /// The seasons that one may see.
    ///
    /// # Errors
    ///
    /// The server's refusal, or that it was not reached.
    pub fn seasons(&self) -> Result<Vec<Season>, ClientError> {
        self.list("/seasons", None)
    }

    /// A season.
    ///
    /// # Errors
    ///
    /// The server's refusal, or that it was not reached.
    pub fn season(&self, season: &Slug) -> Result<Season, ClientError> {
        self.get(format!("/seasons/{season}"))
    }

    /// Makes a season.
    ///
    /// # Errors
    ///
    /// The server's refusal, or that it was not reached.
    pub fn create_season(&self, season: &NewSeason) -> Result<Season, ClientError> {
        self.create("/seasons", season)
    }

    /// Changes a season.
    ///
    /// # Errors
    ///
    /// The server's refusal, or that it was not reached.
    pub fn change_season(&self, season: &Slug, changes: &SeasonChanges) -> Result<Season, ClientError> {
        self.change(Method::PATCH, format!("/seasons/{season}"), changes)
    }

    /// A task.
    ///
    /// # Errors
    ///
    /// The server's refusal, or that it was not reached.
    pub fn task(&self, task: &TaskPath) -> Result<Task, ClientError> {
        self.get(task.path(""))
    }

    /// Makes a task.
    ///
    /// # Errors
    ///
    /// The server's refusal, or that it was not reached.
    pub fn create_task(&self, season: &Slug, task: &NewTask) -> Result<Task, ClientError> {
        self.create(format!("/seasons/{season}/tasks"), task)
    }

    /// Replaces a task's settings.
    ///
    /// # Errors
    ///
    /// The server's refusal, or that it was not reached.
    pub fn replace_task(&self, task: &TaskPath, settings: &TaskSettings) -> Result<Task, ClientError> {
        self.change(Method::PUT, task.path(""), settings)
    }

    /// Gives a task a test set.
    ///
    /// # Errors
    ///
    /// The server's refusal, or that it was not reached.
    pub fn replace_test_set(&self, task: &TaskPath, test_set: &NewTestSet) -> Result<TestSetSummary, ClientError> {
        self.change(Method::PUT, task.path("/test-set"), test_set)
    }

    /// The class list of a task: number, WordNet id, name; a line a class in the models' output order.
    ///
    /// # Errors
    ///
    /// The server's refusal, or that it was not reached.
    pub fn classes(&self, task: &TaskPath) -> Result<Vec<u8>, ClientError> {
        self.get_bytes(task.path("/classes"))
    }

    /// The image names of a task, a line an image in file-name order.
    ///
    /// # Errors
    ///
    /// The server's refusal, or that it was not reached.
    pub fn images(&self, task: &TaskPath) -> Result<Vec<u8>, ClientError> {
        self.get_bytes(task.path("/images"))
    }

    /// The test set with its labels in its canonical form; for organizers.
    ///
    /// # Errors
    ///
    /// The server's refusal, or that it was not reached.
    pub fn test_set(&self, task: &TaskPath) -> Result<Vec<u8>, ClientError> {
        self.get_bytes(task.path("/test-set/labels"))
    }
}

/// Teams.
impl Client {
    /// Makes a team.
    ///
    /// # Errors
    ///
    /// The server's refusal, or that it was not reached.
    pub fn create_team(&self, season: &Slug, team: &NewTeam) -> Result<Team, ClientError> {
        self.create(format!("/seasons/{season}/teams"), team)
    }

    /// A team, by id or name.
    ///
    /// # Errors
    ///
    /// The server's refusal, or that it was not reached.
    pub fn team(&self, season: &Slug, team: &str) -> Result<Team, ClientError> {
        self.get(format!("/seasons/{season}/teams/{}", segment(team)))
    }

    /// Makes an invitation.
    ///
    /// # Errors
    ///
    /// The server's refusal, or that it was not reached.
    pub fn create_invitation(
        &self,
        season: &Slug,
        team: &str,
        invitation: &NewInvitation,
    ) -> Result<CreatedInvitation, ClientError> {
        self.create(format!("/seasons/{season}/teams/{}/invitations", segment(team)), invitation)
    }

    /// The open invitations of a team.
    ///
    /// # Errors
    ///
    /// The server's refusal, or that it was not reached.
    pub fn invitations(&self, season: &Slug, team: &str) -> Result<Vec<Invitation>, ClientError> {
        self.list(&format!("/seasons/{season}/teams/{}/invitations", segment(team)), None)
    }

    /// Accepts an invitation.
    ///
    /// # Errors
    ///
    /// The server's refusal, or that it was not reached.
    pub fn accept_invitation(&self, code: &str) -> Result<Team, ClientError> {
        let path = format!("/invitations/{}/accept", segment(code));
        self.send(&Call::new(Method::POST, path).body(b"").key(&fresh_key()))?.json()
    }
}

/// Submissions and boards.
impl Client {
    /// Makes a submission under a key of the caller's, so that it is made once however often this is called.
    ///
    /// # Errors
    ///
    /// The server's refusal, or that it was not reached.
    pub fn create_submission(
        &self,
        task: &TaskPath,
        submission: &NewSubmission,
        key: &str,
    ) -> Result<Submission, ClientError> {
        self.create_under(task.path("/submissions"), submission, key)
    }

    /// The submissions of one's team; of all teams for organizers; newest first.
    ///
    /// # Errors
    ///
    /// The server's refusal, or that it was not reached.
    pub fn submissions(&self, task: &TaskPath, most: Option<usize>) -> Result<Vec<Submission>, ClientError> {
        self.list(&task.path("/submissions"), most)
    }

    /// A submission.
    ///
    /// # Errors
    ///
    /// The server's refusal, or that it was not reached.
    pub fn submission(&self, id: SubmissionId) -> Result<Submission, ClientError> {
        self.get(format!("/submissions/{id}"))
    }

    /// Withdraws a submission.
    ///
    /// # Errors
    ///
    /// The server's refusal, or that it was not reached.
    pub fn cancel_submission(&self, id: SubmissionId) -> Result<Submission, ClientError> {
        self.send(&Call::new(Method::POST, format!("/submissions/{id}/cancel")).body(b""))?.json()
    }

    /// The changes of a submission as they happen.
    ///
    /// # Errors
    ///
    /// The server's refusal, or that it was not reached.
    pub fn submission_events(&self, id: SubmissionId) -> Result<ServerEvents, ClientError> {
        let call = Call::new(Method::GET, format!("/submissions/{id}/events")).header("Accept", "text/event-stream");
        let answer = self.send_once(&call)?;
        Ok(ServerEvents::new(self.server().to_string(), answer.reader()))
    }

    /// The quota of one's team.
    ///
    /// # Errors
    ///
    /// The server's refusal, or that it was not reached.
    pub fn quota(&self, task: &TaskPath) -> Result<Quota, ClientError> {
        self.get(task.path("/quota"))
    }

    /// A leaderboard.
    ///
    /// # Errors
    ///
    /// The server's refusal, or that it was not reached.
    pub fn leaderboard(&self, task: &TaskPath, query: BoardQuery) -> Result<Leaderboard, ClientError> {
        self.get(task.path(&format!("/leaderboard{}", query.text())))
    }

    /// A leaderboard as the server writes it, CSV.
    ///
    /// # Errors
    ///
    /// The server's refusal, or that it was not reached.
    pub fn leaderboard_csv(&self, task: &TaskPath, query: BoardQuery) -> Result<Vec<u8>, ClientError> {
        self.get_bytes(task.path(&format!("/leaderboard.csv{}", query.text())))
    }
}

/// For organizers.
impl Client {
    /// The tokens of scorers.
    ///
    /// # Errors
    ///
    /// The server's refusal, or that it was not reached.
    pub fn scorer_tokens(&self) -> Result<Vec<ScorerToken>, ClientError> {
        self.list("/organizer/scorer-tokens", None)
    }

    /// Makes a scorer's token.
    ///
    /// # Errors
    ///
    /// The server's refusal, or that it was not reached.
    pub fn create_scorer_token(&self, token: &NewScorerToken) -> Result<CreatedScorerToken, ClientError> {
        self.create("/organizer/scorer-tokens", token)
    }

    /// Revokes a scorer's token.
    ///
    /// # Errors
    ///
    /// The server's refusal, or that it was not reached.
    pub fn revoke_scorer_token(&self, id: &str) -> Result<(), ClientError> {
        self.delete(format!("/organizer/scorer-tokens/{}", segment(id)))
    }

    /// The audit log, newest first.
    ///
    /// # Errors
    ///
    /// The server's refusal, or that it was not reached.
    pub fn audit(&self, most: Option<usize>) -> Result<Vec<AuditEntry>, ClientError> {
        self.list("/organizer/audit", most)
    }
}

/// A key under which one thing is created once.
pub(crate) fn fresh_key() -> String {
    Uuid::now_v7().to_string()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn board_queries() {
        assert_eq!(BoardQuery::default().text(), "");
        let as_of = Some("2012-09-30T23:00:00Z".parse().unwrap());
        let query = BoardQuery { split: Some(BoardSplit::Private), all: true, as_of };
        assert_eq!(query.text(), "?split=private&all=true&as_of=2012-09-30T23%3A00%3A00Z");
    }
}
