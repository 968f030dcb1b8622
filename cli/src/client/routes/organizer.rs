//! For organizers: links for passwords, scorers and their tokens, the queue, the audit log.

use std::io::Read;

use holdout_client::{Call, Method, segment};
use holdout_protocol::{
    AuditEntry, CreatedPasswordReset, CreatedScorerToken, EvaluationQuery, EvaluationRecord, IdenticalSubmissions,
    JudgementReply, NewJudgement, NewPasswordReset, NewScorerToken, Queue, ScorerStatus, ScorerToken, ScorerTokenId,
    SimilarSubmissions, Slug, Submission, SubmissionId,
};

use crate::client::{Client, ClientError, TaskPath};

impl Client {
    /// Makes a link that sets a new password.
    pub(crate) fn create_password_reset(&self, reset: &NewPasswordReset) -> Result<CreatedPasswordReset, ClientError> {
        self.create("/organizer/password-resets", reset)
    }

    /// Returns the tokens of scorers.
    pub(crate) fn scorer_tokens(&self) -> Result<Vec<ScorerToken>, ClientError> {
        self.list("/organizer/scorer-tokens", None)
    }

    /// Makes a scorer's token.
    pub(crate) fn create_scorer_token(&self, token: &NewScorerToken) -> Result<CreatedScorerToken, ClientError> {
        self.create("/organizer/scorer-tokens", token)
    }

    /// Revokes a scorer's token.
    pub(crate) fn revoke_scorer_token(&self, id: ScorerTokenId) -> Result<(), ClientError> {
        self.delete(format!("/organizer/scorer-tokens/{id}"))
    }

    /// Returns what runs and waits.
    pub(crate) fn queue(&self) -> Result<Queue, ClientError> {
        self.get("/organizer/queue")
    }

    /// Evaluations with their attempts, newest first.
    pub(crate) fn evaluations(
        &self,
        query: &EvaluationQuery,
        most: Option<usize>,
    ) -> Result<Vec<EvaluationRecord>, ClientError> {
        let season = query.season.as_ref().map(|season| format!("season={season}"));
        let task = query.task.as_ref().map(|task| format!("task={task}"));
        let team = query.team.as_ref().map(|team| format!("team={}", segment(team)));
        let state = query.state.map(|state| format!("state={}", state.as_str()));
        let submission = query.submission.map(|submission| format!("submission={submission}"));
        let parts: Vec<String> = [season, task, team, state, submission].into_iter().flatten().collect();
        let query = if parts.is_empty() { String::new() } else { format!("?{}", parts.join("&")) };
        self.list(&format!("/organizer/evaluations{query}"), most)
    }

    /// Returns the scorers that were seen.
    pub(crate) fn scorers(&self) -> Result<Vec<ScorerStatus>, ClientError> {
        self.list("/organizer/scorers", None)
    }

    /// Queues a stalled submission again.
    pub(crate) fn requeue(&self, id: SubmissionId) -> Result<Submission, ClientError> {
        self.send_json(&Call::new(Method::POST, format!("/organizer/submissions/{id}/requeue")).body(b""))
    }

    /// Decides about results, or shows what that would change.
    pub(crate) fn judge(&self, judgement: &NewJudgement) -> Result<JudgementReply, ClientError> {
        self.change(Method::POST, "/organizer/judgements".to_owned(), judgement)
    }

    /// Returns the teams of a task whose answers agree too much.
    pub(crate) fn similar_submissions(&self, task: &TaskPath) -> Result<SimilarSubmissions, ClientError> {
        self.get(format!("/organizer/seasons/{}/tasks/{}/similar-submissions", task.season, task.task))
    }

    /// Returns the submissions of a season that are the same as those of other teams.
    pub(crate) fn identical_submissions(&self, season: &Slug) -> Result<IdenticalSubmissions, ClientError> {
        self.get(format!("/organizer/seasons/{season}/identical-submissions"))
    }

    /// Opens the file of a submission.
    pub(crate) fn submission_file(&self, id: SubmissionId) -> Result<impl Read + use<>, ClientError> {
        Ok(self.send(&Call::new(Method::GET, format!("/organizer/submissions/{id}/file")))?.reader())
    }

    /// Returns the audit log of the server or of one season, newest first.
    pub(crate) fn audit(&self, season: Option<&Slug>, most: Option<usize>) -> Result<Vec<AuditEntry>, ClientError> {
        let query = season.map(|season| format!("?season={season}")).unwrap_or_default();
        self.list(&format!("/organizer/audit{query}"), most)
    }
}
