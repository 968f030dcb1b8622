//! What is said in a season: announcements of its organizers, questions of its teams and their
//! answers.

use serde::{Deserialize, Serialize};

use crate::{AnnouncementId, PageQuery, QuestionId, Slug, TeamName, Timestamp};

/// A request for an announcement to everybody who sees the season.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct NewAnnouncement {
    /// One line, 1 to 200 characters.
    pub title: String,
    /// Plain text; line breaks are kept. 1 to 10,000 characters.
    pub text: String,
}

/// Changes to an announcement; what is omitted stays.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(default)]
pub struct AnnouncementChanges {
    /// One line, 1 to 200 characters.
    pub title: Option<String>,
    /// Plain text; line breaks are kept. 1 to 10,000 characters.
    pub text: Option<String>,
    /// Whether it is withdrawn: then others than organizers see that there was one, and not what it
    /// said.
    pub withdrawn: Option<bool>,
}

/// An announcement of the organizers of a season.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Announcement {
    /// The id of the announcement, as addresses name it.
    pub id: AnnouncementId,
    /// The season, by its name in addresses.
    pub season: Slug,
    /// One line; `null` if it is withdrawn and the reader is no organizer.
    pub title: Option<String>,
    /// Plain text; `null` if it is withdrawn and the reader is no organizer.
    pub text: Option<String>,
    /// When it was made.
    pub created_at: Timestamp,
    /// When its text was last changed.
    pub edited_at: Option<Timestamp>,
    /// When it was withdrawn.
    pub withdrawn_at: Option<Timestamp>,
    /// When it was made, changed or withdrawn last.
    pub updated_at: Timestamp,
    /// Whether the caller has not said yet that they saw it; always false for those who are not
    /// logged in.
    pub unread: bool,
}

/// A question to the organizers of a season.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct NewQuestion {
    /// Plain text; line breaks are kept. 1 to 2,000 characters.
    pub text: String,
    /// The task that it is about, if it is about one.
    #[serde(default)]
    pub task: Option<Slug>,
}

/// An answer to a question. A later one replaces it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct NewAnswer {
    /// Plain text; line breaks are kept. 1 to 10,000 characters.
    pub text: String,
    /// Whether everybody sees question and answer, without the name of the team; otherwise the team
    /// alone sees it.
    #[serde(default)]
    pub public: bool,
}

/// An answer of the organizers.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Answer {
    /// The text, without markup: the pages show it as it is written.
    pub text: String,
    /// Whether everybody sees question and answer.
    pub public: bool,
    /// When it was last written.
    pub at: Timestamp,
}

/// A question to the organizers of a season.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Question {
    /// The id of the question, as addresses name it.
    pub id: QuestionId,
    /// The season, by its name in addresses.
    pub season: Slug,
    /// The task that it is about.
    pub task: Option<Slug>,
    /// The team that asks; only organizers and the team itself see it.
    pub team: Option<TeamName>,
    /// The text, without markup: the pages show it as it is written.
    pub text: String,
    /// When it was asked.
    pub asked_at: Timestamp,
    /// The answer.
    pub answer: Option<Answer>,
    /// Whether it has an answer that the caller has not said yet that they saw.
    pub unread: bool,
}

/// The query of the list of questions.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::IntoParams))]
#[cfg_attr(feature = "openapi", into_params(parameter_in = Query))]
#[serde(default, deny_unknown_fields)]
pub struct QuestionQuery {
    /// If true, only questions without an answer.
    pub open: Option<bool>,
    /// `next_cursor` of the page before.
    #[serde(default, deserialize_with = "crate::page::cursor")]
    pub cursor: Option<String>,
    /// Items a page, 1 to 200; 50 if omitted. A page has fewer if they are long: it ends at 256
    /// KiB.
    #[serde(default, deserialize_with = "crate::page::limit")]
    #[cfg_attr(feature = "openapi", param(minimum = 1, maximum = 200))]
    pub limit: Option<u32>,
}

impl QuestionQuery {
    /// Returns the page that is asked for.
    #[must_use]
    pub fn page(&self) -> PageQuery {
        PageQuery { cursor: self.cursor.clone(), limit: self.limit }
    }
}

/// What the caller has seen of a season's announcements and answers; what is omitted stays.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(default)]
pub struct NewsSeen {
    /// Announcements up to this time: the latest `updated_at` that was shown.
    pub announcements: Option<Timestamp>,
    /// Answers up to this time: the latest `answer.at` that was shown.
    pub answers: Option<Timestamp>,
}
