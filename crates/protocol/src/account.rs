//! Accounts, sessions and personal API tokens.

use serde::{Deserialize, Serialize};

use crate::{
    AccountId, ApiTokenId, BanNotice, MemberRole, MyOrganizerRole, SessionId, Slug, TeamId, TeamName, Timestamp,
};

/// A request for a new account.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct NewAccount {
    /// E-mail address; unique without regard to case.
    pub email: String,
    /// Name as shown, 1 to 100 characters.
    pub name: String,
    /// Password, 10 to 200 characters.
    pub password: String,
}

/// An account as its owner sees it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Account {
    /// The id of the account, as addresses name it.
    pub id: AccountId,
    /// The e-mail address, with which its owner logs in.
    pub email: String,
    /// The name that others see, for example on the page of a team.
    pub name: String,
    /// Whether the account runs seasons: has a role as an organizer anywhere.
    pub organizer: bool,
    /// When it was made.
    pub created_at: Timestamp,
}

/// Changes to the own account.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct AccountChanges {
    /// Name that is shown to others, 1 to 100 characters.
    pub name: String,
}

/// A request to delete the own account.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct AccountDeletion {
    /// The password of the account.
    pub password: String,
    /// Whether teams that nobody else was ever in keep their name, affiliation, descriptions and
    /// links.
    #[serde(default)]
    pub keep_teams: bool,
}

/// The answer of `GET /me`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Me {
    /// The account.
    pub account: Account,
    /// Its teams, one a season at most.
    pub teams: Vec<MyTeam>,
    /// Its roles as an organizer, on the server and in seasons.
    #[serde(default)]
    pub roles: Vec<MyOrganizerRole>,
    /// Bans of the person that are in force.
    #[serde(default)]
    pub bans: Vec<BanNotice>,
}

/// A team that one belongs to.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct MyTeam {
    /// The id of the team, as addresses name it.
    pub id: TeamId,
    /// The season, by its name in addresses.
    pub season: Slug,
    /// Name.
    pub team: TeamName,
    /// What one is in it.
    pub role: MemberRole,
    /// The team's own deadline, if organizers gave it one; `null` if the season's applies.
    #[serde(default)]
    pub extended_until: Option<Timestamp>,
}

/// A login: with `email` and `password`, or with `api_token`.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct NewSession {
    /// The e-mail address, with which its owner logs in.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub email: Option<String>,
    /// The password, which the server keeps only as a hash.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub password: Option<String>,
    /// A personal API token; the session is its account's.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub api_token: Option<String>,
    /// Whether the tokens are set as HttpOnly cookies instead of being returned.
    #[serde(default)]
    pub cookie: bool,
}

/// The tokens of a session.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct SessionTokens {
    /// JWT for `Authorization: Bearer`; absent if it went into a cookie.
    pub access_token: Option<String>,
    /// When the access token ends.
    pub access_expires_at: Timestamp,
    /// Takes part in one refresh only; absent if it went into a cookie.
    pub refresh_token: Option<String>,
    /// When the refresh token ends.
    pub refresh_expires_at: Timestamp,
    /// Whose session it is.
    pub account: Account,
}

/// A request for fresh tokens; from a browser the cookie does instead.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(default)]
pub struct RefreshSession {
    /// The refresh token last received.
    pub refresh_token: Option<String>,
}

/// A session that goes on: a browser or a program that is logged in.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Session {
    /// The id of the session, as addresses name it.
    pub id: SessionId,
    /// When somebody logged in.
    pub created_at: Timestamp,
    /// When it last got fresh tokens. A client in use asks for them every few minutes.
    pub renewed_at: Timestamp,
    /// When it ends unless it gets fresh tokens before.
    pub expires_at: Timestamp,
    /// What the browser or program called itself at the login (`User-Agent`), at most 300
    /// characters; `null` if it said nothing. It is not verified.
    pub client: Option<String>,
    /// The API token that it was begun with; `null` if it was begun with a password.
    pub api_token: Option<ApiTokenId>,
    /// Whether the request came in this session.
    pub current: bool,
}

/// A request for a personal API token.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct NewApiToken {
    /// What it is for, 1 to 100 characters.
    pub name: String,
    /// Days until it ends, 1 to 365; 90 if omitted.
    pub days: Option<u32>,
}

/// A personal API token, without its secret.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct ApiToken {
    /// The id of the token, as addresses name it.
    pub id: ApiTokenId,
    /// What it is for.
    pub name: String,
    /// When it was made.
    pub created_at: Timestamp,
    /// When it ends. It cannot be used after that.
    pub expires_at: Timestamp,
    /// When it was last used, to the minute.
    pub last_used_at: Option<Timestamp>,
}

/// A new token with its secret, which is shown this once.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct CreatedApiToken {
    /// The token.
    pub token: ApiToken,
    /// The secret, for `Authorization: Bearer` or `HOLDOUT_TOKEN`.
    pub secret: String,
}
