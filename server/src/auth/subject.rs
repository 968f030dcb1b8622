//! What a request is about, as far as it decides whose roles count: one season, or the server.

use actix_web::{HttpRequest, web};
use holdout_protocol::{RescoringId, SubmissionId};
use serde::Deserialize;

use super::callers::Account;
use crate::db::{self, Conn};
use crate::error::Result;

/// Lists of the whole server that name a season in the query to be lists of that season only.
const BY_QUERY: [&str; 2] = ["/api/v1/organizer/audit", "/api/v1/organizer/evaluations"];

/// What a request is about. What this does not know is about the server, so that a role in one season does not suffice.
pub(super) enum Subject {
    Server,
    Season(String),
    Submission(SubmissionId),
    Rescoring(RescoringId),
}

/// The season in the query of a list. Two of them are refused by the list itself.
#[derive(Deserialize)]
struct SeasonQuery {
    season: Option<String>,
}

impl Subject {
    pub(super) fn of_request(request: &HttpRequest) -> Self {
        let path = request.match_info();
        if let Some(season) = path.get("season") {
            return Self::Season(season.to_owned());
        }
        let pattern = request.match_pattern().unwrap_or_default();
        if BY_QUERY.contains(&pattern.as_str()) {
            let query = web::Query::<SeasonQuery>::from_query(request.query_string());
            return query.ok().and_then(|query| query.into_inner().season).map_or(Self::Server, Self::Season);
        }
        let id = path.get("id").unwrap_or_default();
        let found = if pattern.contains("/submissions/{id}") {
            id.parse().ok().map(Self::Submission)
        } else if pattern.contains("/rescorings/{id}") {
            id.parse().ok().map(Self::Rescoring)
        } else {
            None
        };
        found.unwrap_or(Self::Server)
    }

    /// The account as it counts for what the request is about.
    pub(super) fn apply(&self, conn: &mut Conn, account: Account) -> Result<Account> {
        // Only roles in seasons make a difference, because a role on the server counts everywhere.
        if account.roles.iter().all(|held| held.season.is_none()) {
            return Ok(account);
        }
        let season = match self {
            Self::Server => None,
            Self::Season(season) => Some(season.clone()),
            Self::Submission(id) => db::submissions::season_of(conn, *id)?,
            Self::Rescoring(id) => db::rescorings::season_of(conn, *id)?,
        };
        Ok(account.about(season.as_deref()))
    }
}
