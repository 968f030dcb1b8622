//! What a request is about, as far as it decides whose roles count: one season, or the server.

use actix_web::{HttpRequest, web};
use holdout_protocol::{BanId, RescoringId, SubmissionId};
use serde::Deserialize;

use super::callers::Account;
use crate::db::{self, Conn};
use crate::error::Result;

/// Lists of the whole server that name a season in the query to be lists of that season only.
const BY_SEASON: [&str; 3] = ["/api/v1/organizer/audit", "/api/v1/organizer/bans", EVALUATIONS];
/// This list may name a submission instead. The others cannot: they know no such filter, and would
/// show everything.
const EVALUATIONS: &str = "/api/v1/organizer/evaluations";

/// What a request is about. What this does not know is about the server, so that a role in one
/// season does not suffice.
pub(super) enum Subject {
    Server,
    Season(String),
    Submission(SubmissionId),
    Rescoring(RescoringId),
    Ban(BanId),
}

/// What the query of a list names. Two seasons are refused by the list itself.
#[derive(Deserialize)]
struct NamedQuery {
    season: Option<String>,
    submission: Option<String>,
}

impl NamedQuery {
    /// The season goes first, because the list shows nothing of a submission that is not in it.
    fn subject(self, pattern: &str) -> Subject {
        let submission = self.submission.filter(|_| pattern == EVALUATIONS).and_then(|id| id.parse().ok());
        match (self.season, submission) {
            (Some(season), _) => Subject::Season(season),
            (None, Some(submission)) => Subject::Submission(submission),
            (None, None) => Subject::Server,
        }
    }
}

impl Subject {
    pub(super) fn of_request(request: &HttpRequest) -> Self {
        let path = request.match_info();
        if let Some(season) = path.get("season") {
            return Self::Season(season.to_owned());
        }
        let pattern = request.match_pattern().unwrap_or_default();
        if BY_SEASON.contains(&pattern.as_str()) {
            let query = web::Query::<NamedQuery>::from_query(request.query_string());
            return query.map_or(Self::Server, |query| query.into_inner().subject(&pattern));
        }
        let id = path.get("id").unwrap_or_default();
        let found = if pattern.contains("/submissions/{id}") {
            id.parse().ok().map(Self::Submission)
        } else if pattern.contains("/rescorings/{id}") {
            id.parse().ok().map(Self::Rescoring)
        } else if pattern.contains("/bans/{id}") {
            id.parse().ok().map(Self::Ban)
        } else {
            None
        };
        found.unwrap_or(Self::Server)
    }

    /// Returns true if the request asks for a list of all seasons that could be asked for one.
    pub(super) fn could_name_season(request: &HttpRequest) -> bool {
        let lists = request.match_pattern().is_some_and(|pattern| BY_SEASON.contains(&pattern.as_str()));
        lists && matches!(Self::of_request(request), Self::Server)
    }

    /// The account as it counts for what the request is about.
    pub(super) fn apply(&self, conn: &mut Conn, account: Account) -> Result<Account> {
        // To all but organizers it makes no difference.
        if account.roles.is_empty() {
            return Ok(account);
        }
        let season = match self {
            Self::Server => None,
            Self::Season(season) => Some(season.clone()),
            Self::Submission(id) => db::submissions::season_of(conn, *id)?,
            Self::Rescoring(id) => db::rescorings::season_of(conn, *id)?,
            Self::Ban(id) => db::bans::season_of(conn, *id)?,
        };
        Ok(account.about(season.as_deref()))
    }
}

#[cfg(test)]
mod tests {
    use actix_web::test::TestRequest;

    use super::*;

    fn named(pattern: &str, season: Option<&str>, submission: Option<&str>) -> Subject {
        NamedQuery { season: season.map(str::to_owned), submission: submission.map(str::to_owned) }.subject(pattern)
    }

    #[test]
    fn a_list_is_of_the_season_that_its_query_names_even_if_it_names_a_submission_too() {
        let id = SubmissionId::new().to_string();
        for pattern in BY_SEASON {
            let found = named(pattern, Some("demo"), Some(&id));
            assert!(matches!(found, Subject::Season(season) if season == "demo"), "{pattern}");
            assert!(matches!(named(pattern, None, None), Subject::Server), "{pattern}");
        }
    }

    #[test]
    fn only_the_list_of_evaluations_is_of_a_submission() {
        let id = SubmissionId::new();
        let found = |pattern| named(pattern, None, Some(&id.to_string()));
        assert!(matches!(found(EVALUATIONS), Subject::Submission(found) if found == id));
        for other in BY_SEASON.into_iter().filter(|pattern| *pattern != EVALUATIONS) {
            assert!(matches!(found(other), Subject::Server), "{other} would show everything");
        }
        assert!(matches!(named(EVALUATIONS, None, Some("none")), Subject::Server));
    }

    #[test]
    fn a_path_with_a_season_is_about_that_season_whatever_else_it_has() {
        let id = SubmissionId::new().to_string();
        let request = TestRequest::default().param("season", "demo").param("id", id).to_http_request();
        assert!(matches!(Subject::of_request(&request), Subject::Season(season) if season == "demo"));
        let unknown = TestRequest::with_uri("/?season=demo").to_http_request();
        assert!(
            matches!(Subject::of_request(&unknown), Subject::Server),
            "what is not known takes a role on the server"
        );
    }
}
