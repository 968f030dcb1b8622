//! Teams and invitations.

use actix_web::{HttpResponse, web};
use holdout_protocol::{
    AccountId, CreatedInvitation, ErrorBody, Invitation, InvitationId, InvitationPreview, MemberChanges, NewInvitation,
    NewTeam, Page, PageQuery, RegistrationStatus, Slug, Team, TeamChanges, TeamQuery, UseRegistrationCode,
};

use super::refusals::{Forbidden, InvalidValue, NotFound, RateLimited};
use crate::app::App;
use crate::auth::{Account, After, Caller, Captain, Member};
use crate::error::Result;
use crate::extraction::Query;
use crate::idempotency::IdempotencyKey;
use crate::json::JsonBody;
use crate::rates::{self, ClientAddress, Rate};
use crate::teams::{self, invitations, members, registration};

/// A season's teams, oldest first; with `q` those whose name or affiliation contains it. Only organizers and a team's own
/// members see who is in it, and teams that no organizer has approved if the season needs that.
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

/// Change a team's name or affiliation: its captain until the season closes, organizers at any time.
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
    teams::change(&app, account, path.into_inner(), body.into_inner()).await.map(web::Json)
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
    members::hand_over(&app, captain, season, (person, body.into_inner().role)).await?;
    Ok(HttpResponse::NoContent().finish())
}

/// The team's invitations, newest first, without those taken back.
#[utoipa::path(get, path = "/api/v1/seasons/{season}/teams/{team}/invitations", tag = "teams",
    params(("season" = Slug, Path), ("team" = String, Path, description = "id or name"), PageQuery), responses(
    (status = 200, description = "invitations, without their codes", body = Page<Invitation>),
    (status = 403, description = "`forbidden`: for the captain only", body = ErrorBody),
    NotFound,
))]
pub async fn list_invitations(
    app: web::Data<App>,
    captain: Captain,
    query: Query<PageQuery>,
) -> Result<web::Json<Page<Invitation>>> {
    invitations::list_invitations(&app, captain, query.into_inner()).await.map(web::Json)
}

/// Invite a person. The code is shown this once.
#[utoipa::path(post, path = "/api/v1/seasons/{season}/teams/{team}/invitations", tag = "teams",
    request_body = NewInvitation,
    params(("season" = Slug, Path), ("team" = String, Path, description = "id or name"),
        ("Idempotency-Key" = Option<String>, Header,
        description = "a repetition gives the same invitation a new code, and the one before it holds no more")),
    responses(
    (status = 201, description = "the invitation and its code", body = CreatedInvitation),
    (status = 403, description = "`forbidden`: for the captain only", body = ErrorBody),
    NotFound,
    (status = 409, description = "`idempotency_mismatch`, `wrong_state`", body = ErrorBody),
    InvalidValue,
))]
pub async fn create_invitation(
    app: web::Data<App>,
    After(captain, body): After<Captain, JsonBody<NewInvitation>>,
    key: IdempotencyKey,
    path: web::Path<(Slug, String)>,
) -> Result<HttpResponse> {
    let (season, _) = path.into_inner();
    let created = invitations::create(&app, captain, key, season, body.into_inner()).await?;
    Ok(HttpResponse::Created().json(created))
}

/// Take an invitation back.
#[utoipa::path(delete, path = "/api/v1/seasons/{season}/teams/{team}/invitations/{id}", tag = "teams",
    params(("season" = Slug, Path), ("team" = String, Path, description = "id or name"), ("id" = InvitationId, Path)),
    responses(
    (status = 204, description = "taken back"),
    (status = 403, description = "`forbidden`: for the captain only", body = ErrorBody),
    NotFound,
    (status = 409, description = "`wrong_state`: it was accepted", body = ErrorBody),
))]
pub async fn delete_invitation(
    app: web::Data<App>,
    captain: Captain,
    path: web::Path<(Slug, String, InvitationId)>,
) -> Result<HttpResponse> {
    let (season, _, id) = path.into_inner();
    invitations::revoke(&app, captain, season, id).await?;
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

/// What the code of an invitation is for.
#[utoipa::path(get, path = "/api/v1/invitations/{code}", tag = "teams", params(("code" = String, Path)), responses(
    (status = 200, description = "season and team", body = InvitationPreview),
    NotFound,
    (status = 410, description = "`gone`: used, taken back, or over", body = ErrorBody),
    RateLimited,
))]
pub async fn get_invitation(
    app: web::Data<App>,
    from: ClientAddress,
    code: web::Path<String>,
) -> Result<web::Json<InvitationPreview>> {
    rates::spend(&app, Rate::Codes(from)).await?;
    invitations::look(&app, &code).await.map(web::Json)
}

/// Join a team by the code of an invitation. Who has joined by it gets the team again.
#[utoipa::path(post, path = "/api/v1/invitations/{code}/accept", tag = "teams",
    params(("code" = String, Path)), responses(
    (status = 200, description = "the team", body = Team),
    (status = 403, description = "`forbidden`: it is for another e-mail address, or the season's registration does not let \
        you in", body = ErrorBody),
    NotFound,
    (status = 409, description = "`wrong_state`: used, over, or taken back, or the team was declined; `already_exists`: a \
        team of yours", body = ErrorBody),
))]
pub async fn accept_invitation(
    app: web::Data<App>,
    account: Account,
    code: web::Path<String>,
) -> Result<web::Json<Team>> {
    invitations::accept(&app, account, &code).await.map(web::Json)
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

/// Come into a season by a registration code. You need one code in a season, and a second one is not used.
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
