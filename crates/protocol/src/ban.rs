//! Bans: people and teams that may not take part.

use serde::{Deserialize, Serialize};

use crate::{AccountId, BanId, PageQuery, Slug, TeamName, Timestamp};

/// A request to ban a person or a team.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct NewBan {
    /// The season that the ban is for; with `team` the season of the team.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub season: Option<Slug>,
    /// Ban from the whole server, not only from one season.
    #[serde(default)]
    pub everywhere: bool,
    /// Name or id of the team to ban, together with its present members. Give either this or
    /// `email`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub team: Option<String>,
    /// E-mail address of one account.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub email: Option<String>,
    /// Why, 1 to 500 characters; the people who are banned read it.
    pub reason: String,
    /// When the ban ends; until it is lifted if omitted.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub until: Option<Timestamp>,
    /// Only show whom it is about.
    #[serde(default)]
    pub dry_run: bool,
}

/// Whom a ban is about.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct BanReply {
    /// Its id; `null` in the answer to `dry_run`.
    pub id: Option<BanId>,
    /// The people.
    pub people: Vec<BannedPerson>,
    /// How many of their submissions wait or run. These are scored, and results stay on the board.
    pub waiting: u64,
}

/// A person who is banned.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct BannedPerson {
    /// The id of the account, as addresses name it.
    pub account: AccountId,
    /// Name.
    pub name: String,
}

/// A ban.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Ban {
    /// The id of the ban, as addresses name it.
    pub id: BanId,
    /// Season; `null` for the whole server.
    pub season: Option<Slug>,
    /// The team; `null` if one person is banned.
    pub team: Option<TeamName>,
    /// The people.
    pub people: Vec<BannedPerson>,
    /// Why; the people who are banned read it.
    pub reason: String,
    /// When it ends; `null` until it is lifted.
    pub until: Option<Timestamp>,
    /// When it was made.
    pub created_at: Timestamp,
    /// When it was lifted.
    pub lifted_at: Option<Timestamp>,
}

/// A ban as the banned person sees it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct BanNotice {
    /// Season; `null` for the whole server.
    pub season: Option<Slug>,
    /// The team with which the person was banned; `null` if they were banned alone.
    pub team: Option<TeamName>,
    /// Why; the people who are banned read it.
    pub reason: String,
    /// When it ends; `null` until it is lifted.
    pub until: Option<Timestamp>,
}

/// The query of a list of bans.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::IntoParams))]
#[cfg_attr(feature = "openapi", into_params(parameter_in = Query))]
#[serde(default)]
pub struct BanQuery {
    /// Only those that are in force in this season.
    pub season: Option<Slug>,
    /// Those that have ended or were lifted as well.
    pub all: bool,
    /// `next_cursor` of the page before.
    #[serde(default, deserialize_with = "crate::page::cursor")]
    pub cursor: Option<String>,
    /// Items a page, 1 to 200; 50 if omitted. A page has fewer if they are long: it ends at 256
    /// KiB.
    #[serde(default, deserialize_with = "crate::page::limit")]
    #[cfg_attr(feature = "openapi", param(minimum = 1, maximum = 200))]
    pub limit: Option<u32>,
}

impl BanQuery {
    /// Returns the page that is asked for.
    #[must_use]
    pub fn page(&self) -> PageQuery {
        PageQuery { cursor: self.cursor.clone(), limit: self.limit }
    }
}
