//! What organizers see of scorers, and the tokens by which scorers log in.

use serde::{Deserialize, Serialize};

use crate::{EvaluationId, ScorerId, ScorerTokenId, SubmissionKind, Timestamp};

/// A request for a scorer token.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct NewScorerToken {
    /// What it is for, 1 to 100 characters.
    pub name: String,
}

/// A scorer token, without its secret.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct ScorerToken {
    /// The id of the token, as addresses name it.
    pub id: ScorerTokenId,
    /// What it is for.
    pub name: String,
    /// When it was made.
    pub created_at: Timestamp,
    /// When it was revoked.
    pub revoked_at: Option<Timestamp>,
}

/// A new scorer token with its secret, which is shown this once.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct CreatedScorerToken {
    /// The token.
    pub token: ScorerToken,
    /// The secret, for `HOLDOUT_SCORER_TOKEN`.
    pub secret: String,
}

/// How a scorer is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "snake_case")]
pub enum ScorerState {
    /// Waits for work, as far as a server knows that does not tell states apart.
    #[default]
    Ready,
    /// Evaluates a submission.
    Busy,
    /// Takes no work until it has tested itself.
    Withdrawn,
    /// Was not heard of for a minute: it was killed, or cannot reach the server.
    Silent,
    /// Signed off when it stopped.
    Stopped,
}

/// A scorer as organizers see it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct ScorerStatus {
    /// The process.
    pub id: ScorerId,
    /// Name for people.
    pub name: String,
    /// Version of the program.
    pub version: String,
    /// Devices it runs models on.
    pub devices: Vec<String>,
    /// What it can evaluate.
    #[serde(default)]
    pub kinds: Vec<SubmissionKind>,
    /// How it is.
    #[serde(default)]
    #[cfg_attr(feature = "openapi", schema(required = true))]
    pub state: ScorerState,
    /// When it last spoke.
    pub last_seen_at: Timestamp,
    /// Different submissions in a row that it failed on.
    pub faults: u32,
    /// Since when it takes no work. It tests itself and returns by itself.
    pub withdrawn_at: Option<Timestamp>,
    /// Why it takes no work.
    #[serde(default)]
    pub trouble: Option<String>,
    /// Bytes of memory that it has for a model; `null` if it runs none.
    #[serde(default)]
    pub memory_bytes: Option<u64>,
    /// What it is at.
    pub evaluation: Option<EvaluationId>,
}
