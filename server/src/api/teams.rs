//! Teams and invitations.

use actix_web::{HttpResponse, web};
use holdout_protocol::{
    AccountId, ErrorBody, MemberChanges, NewTeam, Page, RegistrationStatus, Slug, Team, TeamChanges, TeamQuery,
    UseRegistrationCode,
};

use super::refusals::{Forbidden, InvalidValue, NotFound, RateLimited};
use crate::app::App;
use crate::auth::{Account, After, Caller, Captain, Member};
use crate::error::Result;
use crate::extraction::Query;
use crate::idempotency::IdempotencyKey;
use crate::json::JsonBody;
use crate::rates::{self, ClientAddress, Rate};
use crate::teams::{self, members, registration};

/// A season's teams, oldest first; with `q` those whose name or affiliation contains it. Only
/// organizers and a team's own members see who is in it, and teams that no organizer has approved
/// if the season needs that.
#[utoipa::path(get, path = "/api/v1/seasons/{season}/teams", tag = "teams",
    params(("season" = Slug, Path), TeamQuery), responses(
    (status = 200, description = "teams", body = Page<Team>),
    NotFound,
    InvalidValue,
))]
pub async fn list_teams(
    app: web::Data<App>,
    caller: Caller,
    season: web::Path<Slug>,
    query: Query<TeamQuery>,
) -> Result<web::Json<Page<Team>>> {
    teams::list_teams(&app, caller, season.into_inner(), query.into_inner()).await.map(web::Json)
}

/// Make a team and become its captain. The last one who left a team gets it back by its name.
#[utoipa::path(post, path = "/api/v1/seasons/{season}/teams", tag = "teams", request_body = NewTeam,
    params(("season" = Slug, Path), ("Idempotency-Key" = Option<String>, Header)), responses(
    (status = 201, description = "the team; `pending` until an organizer approves it, if the season needs that", body = Team),
    (status = 403, description = "`forbidden`: the season's registration does not let you in; `detail.field` says whether \
        for lack of a `code` or by your `email`", body = ErrorBody),
    NotFound,
    (status = 409, description = "`already_exists`: the name, or a team of yours; `wrong_state`: the season is over, or \
        you have founded as many teams as one person may (`detail.founded`, `detail.limit`); `idempotency_mismatch`",
        body = ErrorBody),
    InvalidValue,
))]
pub async fn create_team(
    app: web::Data<App>,
    After(account, body): After<Account, JsonBody<NewTeam>>,
    key: IdempotencyKey,
    season: web::Path<Slug>,
) -> Result<HttpResponse> {
    let team = teams::create(&app, account, key, season.into_inner(), body.into_inner()).await?;
    Ok(HttpResponse::Created().json(team))
}

/// A team by its id or name.
#[utoipa::path(get, path = "/api/v1/seasons/{season}/teams/{team}", tag = "teams",
    params(("season" = Slug, Path), ("team" = String, Path, description = "id or name")), responses(
    (status = 200, description = "the team", body = Team),
    NotFound,
))]
pub async fn get_team(app: web::Data<App>, caller: Caller, path: web::Path<(Slug, String)>) -> Result<web::Json<Team>> {
    let (season, team) = path.into_inner();
    teams::get(&app, caller, season, team).await.map(web::Json)
}

/// Change a team's name or affiliation: its captain until the season closes, organizers at any
/// time.
#[utoipa::path(patch, path = "/api/v1/seasons/{season}/teams/{team}", tag = "teams", request_body = TeamChanges,
    params(("season" = Slug, Path), ("team" = String, Path, description = "id or name")), responses(
    (status = 200, description = "the team", body = Team),
    (status = 403, description = "`forbidden`: for the captain and organizers", body = ErrorBody),
    NotFound,
    (status = 409, description = "`already_exists`: the name; `wrong_state`: the season is over", body = ErrorBody),
    InvalidValue,
    RateLimited,
))]
pub async fn update_team(
    app: web::Data<App>,
    After(account, body): After<Account, JsonBody<TeamChanges>>,
    path: web::Path<(Slug, String)>,
) -> Result<web::Json<Team>> {
    let (season, team) = path.into_inner();
    teams::change(&app, account, season, team, body.into_inner()).await.map(web::Json)
}

/// Make another member the captain. The captain becomes a member.
#[utoipa::path(patch, path = "/api/v1/seasons/{season}/teams/{team}/members/{account}", tag = "teams",
    request_body = MemberChanges,
    params(("season" = Slug, Path), ("team" = String, Path, description = "id or name"), ("account" = AccountId, Path)),
    responses(
    (status = 204, description = "done"),
    (status = 403, description = "`forbidden`: for the captain only", body = ErrorBody),
    NotFound,
    InvalidValue,
))]
pub async fn update_member(
    app: web::Data<App>,
    After(captain, body): After<Captain, JsonBody<MemberChanges>>,
    path: web::Path<(Slug, String, AccountId)>,
) -> Result<HttpResponse> {
    let (season, _, person) = path.into_inner();
    members::hand_over(&app, captain, season, person, body.into_inner().role).await?;
    Ok(HttpResponse::NoContent().finish())
}

/// Take a member out of the team (the captain), or leave it. A captain leaves last.
#[utoipa::path(delete, path = "/api/v1/seasons/{season}/teams/{team}/members/{account}", tag = "teams",
    params(("season" = Slug, Path), ("team" = String, Path, description = "id or name"), ("account" = AccountId, Path)),
    responses(
    (status = 204, description = "done; a team without members and submissions is gone"),
    Forbidden,
    NotFound,
    (status = 409, description = "`wrong_state`: the captain would leave others behind", body = ErrorBody),
))]
pub async fn delete_member(
    app: web::Data<App>,
    member: Member,
    path: web::Path<(Slug, String, AccountId)>,
) -> Result<HttpResponse> {
    let (season, team, person) = path.into_inner();
    members::remove(&app, member, season, team, person).await?;
    Ok(HttpResponse::NoContent().finish())
}

/// How you stand with a season's registration: what you still need before you found or join a team.
#[utoipa::path(get, path = "/api/v1/seasons/{season}/registration", tag = "teams", params(("season" = Slug, Path)),
    responses(
    (status = 200, description = "what is needed", body = RegistrationStatus),
    NotFound,
))]
pub async fn get_registration(
    app: web::Data<App>,
    account: Account,
    season: web::Path<Slug>,
) -> Result<web::Json<RegistrationStatus>> {
    registration::status(&app, account, season.into_inner()).await.map(web::Json)
}

/// Come into a season by a registration code. You need one code in a season, and a second one is
/// not used.
#[utoipa::path(post, path = "/api/v1/seasons/{season}/registration", tag = "teams",
    request_body = UseRegistrationCode, params(("season" = Slug, Path)), responses(
    (status = 204, description = "you may found and join teams now"),
    (status = 403, description = "`forbidden`: your e-mail address is not in an allowed domain", body = ErrorBody),
    NotFound,
    (status = 422, description = "`invalid_value`: the code is unknown, used up, expired or revoked", body = ErrorBody),
    RateLimited,
))]
pub async fn use_registration_code(
    app: web::Data<App>,
    After(account, body): After<Account, JsonBody<UseRegistrationCode>>,
    from: ClientAddress,
    season: web::Path<Slug>,
) -> Result<HttpResponse> {
    rates::spend(&app, Rate::Codes(from)).await?;
    registration::use_code(&app, account, season.into_inner(), &body.into_inner().code).await?;
    Ok(HttpResponse::NoContent().finish())
}
