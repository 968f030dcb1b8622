//! For organizers: links for passwords, scorers' tokens, the audit log.

use holdout_protocol::{
    AuditEntry, CreatedPasswordReset, CreatedScorerToken, NewPasswordReset, NewScorerToken, Queue, ScorerToken,
    Submission, SubmissionId,
};

use ureq::http::Method;

use crate::client::{Call, Client, ClientError, segment};

impl Client {
    /// Makes a link that sets a new password.
    ///
    /// # Errors
    ///
    /// The server's refusal, or that it was not reached.
    pub fn create_password_reset(&self, reset: &NewPasswordReset) -> Result<CreatedPasswordReset, ClientError> {
        self.create("/organizer/password-resets", reset)
    }

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

    /// What runs and waits.
    ///
    /// # Errors
    ///
    /// The server's refusal, or that it was not reached.
    pub fn queue(&self) -> Result<Queue, ClientError> {
        self.get("/organizer/queue")
    }

    /// Queues a stalled submission again.
    ///
    /// # Errors
    ///
    /// The server's refusal, or that it was not reached.
    pub fn requeue(&self, id: SubmissionId) -> Result<Submission, ClientError> {
        self.send(&Call::new(Method::POST, format!("/organizer/submissions/{id}/requeue")).body(b""))?.json()
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
