//! Seasons, and what organizers set of them.

use serde::{Deserialize, Serialize};

use crate::{Registration, Slug, Task, Timestamp};

/// Where a season stands. Opening and closing follow the clock.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "snake_case")]
pub enum SeasonState {
    /// Not yet open.
    Draft,
    /// Takes submissions.
    Open,
    /// Takes none any more; private scores are still hidden.
    Closed,
    /// Private scores are shown and decide.
    Published,
}

/// What a submission consists of.
#[derive(Debug, PartialOrd, Ord, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "snake_case")]
pub enum SubmissionKind {
    /// A file with up to five labels an image.
    Predictions,
    /// A model of PyTorch: a TorchScript archive, or an exported program, which is run as one.
    Torchscript,
}

impl SubmissionKind {
    /// Returns the kind as it is written in JSON.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Predictions => "predictions",
            Self::Torchscript => "torchscript",
        }
    }

    /// Returns how the name of a file ends under which a submission is saved.
    #[must_use]
    pub const fn file_ending(self) -> &'static str {
        match self {
            Self::Predictions => "predictions",
            Self::Torchscript => "pt",
        }
    }
}

/// A season.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Season {
    /// The name in addresses, for example `ilsvrc-2012`.
    pub season: Slug,
    /// Title, 1 to 200 characters.
    pub title: String,
    /// The rules, in Markdown; the pages show them to everybody.
    pub rules: String,
    /// When it opens. Teams can submit from then on.
    pub opens: Timestamp,
    /// When it closes; never if `null`.
    pub closes: Option<Timestamp>,
    /// Hidden from all but organizers, and not opened by the clock.
    pub draft: bool,
    /// Takes no submissions for the moment.
    pub paused: bool,
    /// The board shows the results up to this time.
    pub frozen_at: Option<Timestamp>,
    /// When the private scores were published.
    pub published_at: Option<Timestamp>,
    /// Who may found and join its teams.
    #[serde(default)]
    pub registration: Registration,
    /// Where it stands now.
    pub state: SeasonState,
    /// Its tasks, in the organizers' order.
    pub tasks: Vec<Task>,
}

/// A request for a new season.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct NewSeason {
    /// The name in addresses, for example `ilsvrc-2012`.
    pub season: Slug,
    /// Title, 1 to 200 characters.
    pub title: String,
    /// Rules, Markdown, at most 256 KiB.
    #[serde(default)]
    pub rules: String,
    /// When it opens. Teams can submit from then on.
    pub opens: Timestamp,
    /// When it closes; never if omitted.
    #[serde(default)]
    pub closes: Option<Timestamp>,
    /// Hidden from all but organizers, and not opened by the clock.
    #[serde(default)]
    pub draft: bool,
    /// Who may found and join its teams; everybody if omitted.
    #[serde(default)]
    pub registration: Registration,
}

/// Changes to a season; what is omitted stays.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(default)]
pub struct SeasonChanges {
    /// New title.
    pub title: Option<String>,
    /// New rules.
    pub rules: Option<String>,
    /// New opening.
    pub opens: Option<Timestamp>,
    /// New closing; `null` for never.
    #[serde(skip_serializing_if = "Option::is_none", with = "crate::present")]
    pub closes: Option<Option<Timestamp>>,
    /// Hide or show it.
    pub draft: Option<bool>,
    /// Pause or resume.
    pub paused: Option<bool>,
    /// Freeze the board as it is now, or let it continue.
    pub frozen: Option<bool>,
    /// Publish the private scores, or hide them again.
    pub published: Option<bool>,
    /// Who may found and join its teams, as a whole. Teams that are there stay as they are.
    pub registration: Option<Registration>,
    /// Why, at most 500 characters; kept in the audit log.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub reason: Option<String>,
}
