//! Why a scorer stops by itself, and why a call to the server failed.

use holdout_protocol::ErrorCode;

use crate::RunnerError;

/// Why a scorer stopped without having been told to.
#[derive(Debug, thiserror::Error)]
pub enum ScorerError {
    /// The server's address cannot be one.
    #[error("`{0}` is not the address of a server; write it as `https://holdout.example.org`")]
    Address(String),
    /// The server does not work with this scorer: the token, the version or a value is not valid.
    #[error("the server refuses this scorer: {0}")]
    Refused(String),
    /// No model can be run.
    #[error(transparent)]
    Runner(#[from] RunnerError),
    /// Something else on this machine failed; the model is not the cause.
    #[error("the model could not be evaluated: {0}")]
    Fault(String),
    /// Whoever wanted it does not any more.
    #[error("interrupted")]
    Interrupted,
}

/// Why a call to the server failed.
#[derive(Debug, thiserror::Error)]
pub(crate) enum CallError {
    /// Holdout answered and refused.
    #[error("{message} (HTTP {status})")]
    Refused {
        status: u16,
        /// Which of Holdout's codes.
        code: ErrorCode,
        message: String,
    },
    /// No answer, an answer that is not Holdout's, or a fault of the server: another try may
    /// succeed.
    #[error("{0}")]
    Unavailable(String),
}

impl CallError {
    /// Returns whether the server says that the attempt is not the present one any more.
    pub(crate) const fn is_stale(&self) -> bool {
        matches!(self, Self::Refused { code: ErrorCode::StaleAttempt, .. })
    }

    /// Returns whether the server does not take this scorer's token any more.
    pub(crate) const fn is_unwelcome(&self) -> bool {
        matches!(self, Self::Refused { code: ErrorCode::Unauthenticated | ErrorCode::Forbidden, .. })
    }
}
