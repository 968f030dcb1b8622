//! Organizers' routes about who takes part in a season.

use actix_web::{HttpResponse, web};
use holdout_protocol::{
    CreatedRegistrationCode, ErrorBody, NewRegistrationCode, Page, PageQuery, RegistrationCode, RegistrationCodeId,
    Slug, Team, TeamChange, TeamChangeQuery, TeamDecision, TeamMerge, TeamMergeReply,
};

use super::refusals::{InvalidValue, NotFound};
use crate::app::App;
use crate::auth::{After, Judges, Organizer};
use crate::error::Result;
use crate::extraction::Query;
use crate::idempotency::IdempotencyKey;
use crate::json::JsonBody;
use crate::teams::{changes, merging, registration};

/// A season's registration codes, newest first.
#[utoipa::path(get, path = "/api/v1/organizer/seasons/{season}/registration-codes", tag = "organizers",
    params(("season" = Slug, Path), PageQuery), responses(
    (status = 200, description = "codes, without their text", body = Page<RegistrationCode>),
    NotFound,
))]
pub async fn list_registration_codes(
    app: web::Data<App>,
    _: Organizer,
    season: web::Path<Slug>,
    query: Query<PageQuery>,
) -> Result<web::Json<Page<RegistrationCode>>> {
    registration::list_codes(&app, season.into_inner(), query.into_inner()).await.map(web::Json)
}

/// Make a code that lets people into the season, one use each. Its text is shown this once.
#[utoipa::path(post, path = "/api/v1/organizer/seasons/{season}/registration-codes", tag = "organizers",
    request_body = NewRegistrationCode,
    params(("season" = Slug, Path), ("Idempotency-Key" = Option<String>, Header,
        description = "a repetition gives the same code a new text, and the one before is no longer valid")),
    responses(
    (status = 201, description = "the code", body = CreatedRegistrationCode),
    NotFound,
    (status = 409, description = "`idempotency_mismatch`, `wrong_state`", body = ErrorBody),
    InvalidValue,
))]
pub async fn create_registration_code(
    app: web::Data<App>,
    After(organizer, body): After<Organizer, JsonBody<NewRegistrationCode>>,
    key: IdempotencyKey,
    season: web::Path<Slug>,
) -> Result<HttpResponse> {
    let created = registration::create_code(&app, organizer.0.id, key, season.into_inner(), body.into_inner()).await?;
    Ok(HttpResponse::Created().json(created))
}

/// Revoke a registration code. Whoever came in by it stays.
#[utoipa::path(delete, path = "/api/v1/organizer/seasons/{season}/registration-codes/{id}", tag = "organizers",
    params(("season" = Slug, Path), ("id" = RegistrationCodeId, Path)), responses(
    (status = 204, description = "revoked"),
    NotFound,
))]
pub async fn delete_registration_code(
    app: web::Data<App>,
    organizer: Organizer,
    path: web::Path<(Slug, RegistrationCodeId)>,
) -> Result<HttpResponse> {
    let (season, id) = path.into_inner();
    registration::revoke_code(&app, organizer.0.id, season, id).await?;
    Ok(HttpResponse::NoContent().finish())
}

/// Approve or decline a team. A declined one cannot submit; it sees decision and note.
#[utoipa::path(patch, path = "/api/v1/organizer/seasons/{season}/teams/{team}", tag = "organizers",
    request_body = TeamDecision,
    params(("season" = Slug, Path), ("team" = String, Path, description = "id or name")), responses(
    (status = 200, description = "the team", body = Team),
    NotFound,
    InvalidValue,
))]
pub async fn decide_team(
    app: web::Data<App>,
    After(organizer, body): After<Organizer, JsonBody<TeamDecision>>,
    path: web::Path<(Slug, String)>,
) -> Result<web::Json<Team>> {
    let (season, team) = path.into_inner();
    registration::decide(&app, organizer.0.id, season, team, body.into_inner()).await.map(web::Json)
}

/// Make a team part of another one: its members, submissions and questions, what it has used of
/// quotas and what it was given beyond them become the other team's. Its name stands for that team
/// from then on. With `dry_run` only what would change is said.
#[utoipa::path(post, path = "/api/v1/organizer/seasons/{season}/teams/{team}/merge", tag = "organizers",
    request_body = TeamMerge,
    params(("season" = Slug, Path), ("team" = String, Path, description = "id or name of the team that becomes part of \
        the other")), responses(
    (status = 200, description = "people, submissions, quotas, and the rows of boards that it changes", body = TeamMergeReply),
    (status = 403, description = "`forbidden`: for organizers of the season; or one of the teams is banned", body = ErrorBody),
    NotFound,
    InvalidValue,
))]
pub async fn merge_team(
    app: web::Data<App>,
    After(organizer, body): After<Organizer, JsonBody<TeamMerge>>,
    path: web::Path<(Slug, String)>,
) -> Result<web::Json<TeamMergeReply>> {
    let (season, team) = path.into_inner();
    merging::merge(&app, organizer.0.id, season, team, body.into_inner()).await.map(web::Json)
}

/// People who founded, joined or left a team after they had submitted in the season, newest first;
/// with `all` everybody who did. What they have used of quotas counts in every team that they join.
#[utoipa::path(get, path = "/api/v1/organizer/seasons/{season}/team-changes", tag = "organizers",
    params(("season" = Slug, Path), TeamChangeQuery), responses(
    (status = 200, description = "changes", body = Page<TeamChange>),
    NotFound,
))]
pub async fn list_team_changes(
    app: web::Data<App>,
    _: Organizer<Judges>,
    season: web::Path<Slug>,
    query: Query<TeamChangeQuery>,
) -> Result<web::Json<Page<TeamChange>>> {
    changes::list_changes(&app, season.into_inner(), query.into_inner()).await.map(web::Json)
}
