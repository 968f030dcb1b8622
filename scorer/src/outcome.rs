//! How the evaluation of a submission can end without a result. Blame is in the type: a [`Verdict`]
//! is the team's, a [`Fault`] is ours, and nobody is to blame if the evaluation is [`Cancelled`].

use holdout_protocol::{FaultReason, Verdict};

/// Something on our side failed. The server tries the submission again elsewhere.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Fault {
    /// What kind of fault it is, for the server's counters.
    pub(crate) reason: FaultReason,
    /// What failed, for operators.
    pub(crate) cause: String,
}

impl Fault {
    /// A fault that is not counted apart.
    pub(crate) fn new(cause: impl Into<String>) -> Self {
        Self::with_reason(FaultReason::Other, cause)
    }

    /// A fault of a kind that is counted apart.
    pub(crate) fn with_reason(reason: FaultReason, cause: impl Into<String>) -> Self {
        Self { reason, cause: cause.into() }
    }
}

/// Why nobody waits for the evaluation any more.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Cancelled {
    /// The scorer has to stop, so it gives the submission back.
    Stopping,
    /// The attempt is over for the server: there is nothing to report.
    AttemptOver,
}

/// Why a step that passes no judgement on the team's work did not finish.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Interruption {
    /// Something on our side failed.
    Fault(Fault),
    /// Nobody waits for it any more.
    Cancelled(Cancelled),
}

/// Why an evaluation came to no result.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum EvaluationError {
    /// The team's work is at fault.
    Rejected(Box<Verdict>),
    /// Something on our side failed.
    Fault(Fault),
    /// Nobody waits for it any more.
    Cancelled(Cancelled),
}

impl From<Fault> for Interruption {
    fn from(fault: Fault) -> Self {
        Self::Fault(fault)
    }
}

impl From<Cancelled> for Interruption {
    fn from(cancelled: Cancelled) -> Self {
        Self::Cancelled(cancelled)
    }
}

impl From<Fault> for EvaluationError {
    fn from(fault: Fault) -> Self {
        Self::Fault(fault)
    }
}

impl From<Cancelled> for EvaluationError {
    fn from(cancelled: Cancelled) -> Self {
        Self::Cancelled(cancelled)
    }
}

impl From<Interruption> for EvaluationError {
    fn from(interruption: Interruption) -> Self {
        match interruption {
            Interruption::Fault(fault) => Self::Fault(fault),
            Interruption::Cancelled(cancelled) => Self::Cancelled(cancelled),
        }
    }
}

impl EvaluationError {
    /// Returns the verdict, or an error if the evaluation came to none.
    pub(crate) fn into_verdict(self) -> Result<Box<Verdict>, Interruption> {
        match self {
            Self::Rejected(verdict) => Ok(verdict),
            Self::Fault(fault) => Err(fault.into()),
            Self::Cancelled(cancelled) => Err(cancelled.into()),
        }
    }
}
