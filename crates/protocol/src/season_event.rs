//! What happened in a season, as everybody may know it.

use serde::{Deserialize, Serialize};

use crate::{AnnouncementId, QuestionId, SeasonEventId, Slug, SubmissionId, TeamName, Timestamp};

/// What happened.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "snake_case")]
pub enum SeasonEventKind {
    /// The season takes submissions.
    Opened,
    /// It takes none any more.
    Closed,
    /// The private scores are published.
    Published,
    /// They are hidden again.
    Unpublished,
    /// Another team leads the public board of `task`.
    Leader,
    /// A result that had led a board was taken off it, by its team or by organizers: `retracts`.
    Retracted,
    /// Something was announced: `announcement`.
    Announced,
    /// An announcement was changed, withdrawn, or is shown again.
    AnnouncementChanged,
    /// A question was answered to everybody: `question`.
    Answered,
}

/// Something that happened in a season.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct SeasonEvent {
    /// The id of the event, which the feed names.
    pub id: SeasonEventId,
    /// Its place: later events have a higher number. As `after`, it gives what came later.
    pub cursor: u64,
    /// When it happened.
    pub at: Timestamp,
    /// What happened.
    pub kind: SeasonEventKind,
    /// The task that it is about.
    pub task: Option<Slug>,
    /// The team that leads, by its present name; `null` if its result was taken off the board
    /// since.
    pub team: Option<TeamName>,
    /// The submission that it leads with; `null` if its result was taken off the board since.
    pub submission: Option<SubmissionId>,
    /// The error of that submission then, 0 to 1; `null` if its result was taken off the board
    /// since.
    pub error: Option<f64>,
    /// Whether the result that the event is about was taken off the board since.
    #[serde(default)]
    pub retracted: bool,
    /// The event of kind `leader` whose result was taken off the board.
    #[serde(default)]
    pub retracts: Option<SeasonEventId>,
    /// The announcement.
    pub announcement: Option<AnnouncementId>,
    /// The question.
    pub question: Option<QuestionId>,
    /// The title of the announcement, or the question, as they are now; `null` if the announcement
    /// is withdrawn.
    pub title: Option<String>,
    /// The text of the announcement or the answer as they are now; `null` if the announcement is
    /// withdrawn.
    pub text: Option<String>,
}

/// What happened in a season, oldest first.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct SeasonEvents {
    /// The events.
    pub items: Vec<SeasonEvent>,
    /// Send as `after` to get what comes later. It is there on the last page, too.
    pub next: u64,
}

/// The query of the events of a season.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::IntoParams))]
#[cfg_attr(feature = "openapi", into_params(parameter_in = Query))]
#[serde(default, deny_unknown_fields)]
pub struct SeasonEventQuery {
    /// `next` of the page before; from the beginning if omitted.
    pub after: Option<u64>,
    /// Items a page, 1 to 200; 50 if omitted. A page has fewer if they are long: it ends at 256
    /// KiB.
    #[serde(default, deserialize_with = "crate::page::limit")]
    #[cfg_attr(feature = "openapi", param(minimum = 1, maximum = 200))]
    pub limit: Option<u32>,
}
