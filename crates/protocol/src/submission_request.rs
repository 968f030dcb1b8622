//! What teams ask about submissions.

use serde::{Deserialize, Serialize};

use crate::{
    PageQuery, Quota, Ruling, Sha256, SubmissionKind, SubmissionState, TeamName, Timestamp, TrainingData, UploadId,
};

/// A request for a new submission.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct NewSubmission {
    /// The upload that has the file.
    pub upload: UploadId,
    /// What the file is.
    pub kind: SubmissionKind,
    /// Name of the method, at most 200 characters.
    #[serde(default)]
    pub method: Option<String>,
    /// Description, at most 20,000 characters.
    #[serde(default)]
    pub description: Option<String>,
    /// Links to paper, code and the like: at most 10, http or https.
    #[serde(default)]
    pub links: Vec<String>,
    /// What it was trained with; some tasks require it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub training_data: Option<TrainingData>,
    /// Whether several models answer together; some tasks require it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub ensemble: Option<bool>,
    /// Organizers only: the team on whose behalf. It has to exist unless `create_team` is set. No
    /// quota is charged.
    #[serde(default)]
    pub team: Option<TeamName>,
    /// Organizers only: a note shown beside the row, at most 500 characters.
    #[serde(default)]
    pub note: Option<String>,
    /// Organizers only: marks the row as a baseline.
    #[serde(default)]
    pub baseline: bool,
    /// Submit the file although the team has submitted the same one before.
    #[serde(default, skip_serializing_if = "is_false")]
    pub again: bool,
    /// For organizers: create the team that `team` names if there is none. Otherwise an unknown
    /// name is refused, because it may be mistyped.
    #[serde(default, skip_serializing_if = "is_false")]
    pub create_team: bool,
    /// Organizers only, with `team`: when the entry was made, if that was before now. It is shown,
    /// with the mark of a replay. Deadlines, quotas, ties, frozen boards and `as_of` go by the time
    /// at which the server got it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub submitted_at: Option<Timestamp>,
}

pub(crate) const fn is_false(value: &bool) -> bool {
    !*value
}

/// A question before anything is sent: could this be submitted now?
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Preflight {
    /// What the file is.
    pub kind: SubmissionKind,
    /// Size of the file, bytes.
    pub size: u64,
    /// SHA-256 of the file: finds an earlier submission of the same file.
    #[serde(default)]
    pub sha256: Option<Sha256>,
    /// Organizers only: the team on whose behalf.
    #[serde(default)]
    pub team: Option<TeamName>,
    /// Whether to submit the file although the team has submitted the same one before.
    #[serde(default)]
    pub again: bool,
}

/// The answer if a submission could be accepted now. A refusal is the one that the submission
/// itself would get.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct PreflightReply {
    /// The team's quota; `null` for what organizers enter for a team, which costs none.
    pub quota: Option<Quota>,
    /// When the season closes, if it does.
    pub closes_at: Option<Timestamp>,
    /// Until when a submission is accepted whose upload was begun before the season closed and
    /// announced the file's SHA-256.
    pub accepted_until: Option<Timestamp>,
}

/// Changes to what is said of a submission; what is omitted stays, `null` clears a text.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(default)]
pub struct SubmissionChanges {
    /// New name of the method.
    #[serde(skip_serializing_if = "Option::is_none", with = "crate::present")]
    pub method: Option<Option<String>>,
    /// New description.
    #[serde(skip_serializing_if = "Option::is_none", with = "crate::present")]
    pub description: Option<Option<String>>,
    /// All links again.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub links: Option<Vec<String>>,
    /// What it was trained with.
    #[serde(skip_serializing_if = "Option::is_none", with = "crate::present")]
    pub training_data: Option<Option<TrainingData>>,
    /// Whether several models answer together.
    #[serde(skip_serializing_if = "Option::is_none", with = "crate::present")]
    pub ensemble: Option<Option<bool>>,
    /// Choose it to stand for the team, or give the choice up. Only a scored one, while the season
    /// is open, and at most as many as the task's `finals`.
    #[serde(skip_serializing_if = "Option::is_none", rename = "final")]
    pub is_final: Option<bool>,
    /// Organizers only: new note.
    #[serde(skip_serializing_if = "Option::is_none", with = "crate::present")]
    pub note: Option<Option<String>>,
    /// Organizers only: mark it as a baseline, or not.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub baseline: Option<bool>,
}

/// The query of a list of submissions.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::IntoParams))]
#[cfg_attr(feature = "openapi", into_params(parameter_in = Query))]
#[serde(default)]
pub struct SubmissionQuery {
    /// Only those whose method or team contains this, without regard to case; at most 200
    /// characters.
    pub q: Option<String>,
    /// Only those in this state.
    pub state: Option<SubmissionState>,
    /// Only those of the team with this id or name; to others than organizers only their own are
    /// shown in any case.
    pub team: Option<String>,
    /// Only those that organizers ruled out like this.
    pub ruling: Option<Ruling>,
    /// `next_cursor` of the page before.
    #[serde(default, deserialize_with = "crate::page::cursor")]
    pub cursor: Option<String>,
    /// Items a page, 1 to 200; 50 if omitted. A page has fewer if they are long: it ends at 256
    /// KiB.
    #[serde(default, deserialize_with = "crate::page::limit")]
    #[cfg_attr(feature = "openapi", param(minimum = 1, maximum = 200))]
    pub limit: Option<u32>,
}

impl SubmissionQuery {
    /// Returns the page that is asked for.
    #[must_use]
    pub fn page(&self) -> PageQuery {
        PageQuery { cursor: self.cursor.clone(), limit: self.limit }
    }
}
