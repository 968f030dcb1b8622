//! Routes of invitations to teams.

use actix_web::{HttpResponse, web};
use holdout_protocol::{
    CreatedInvitation, ErrorBody, Invitation, InvitationId, InvitationPreview, NewInvitation, Page, PageQuery, Slug,
    Team,
};

use super::refusals::{InvalidValue, NotFound, RateLimited};
use crate::app::App;
use crate::auth::{Account, After, Captain};
use crate::error::Result;
use crate::extraction::Query;
use crate::idempotency::IdempotencyKey;
use crate::json::JsonBody;
use crate::rates::{self, ClientAddress, Rate};
use crate::teams::{invitations, joining};

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
        description = "a repetition gives the same invitation a new code, and the earlier one is no longer valid")),
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
    joining::preview(&app, &code).await.map(web::Json)
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
    joining::accept_invitation(&app, account, &code).await.map(web::Json)
}
