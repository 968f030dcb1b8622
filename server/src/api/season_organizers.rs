//! Routes about the organizers of one season.

use actix_web::{HttpResponse, web};
use holdout_protocol::{
    AccountId, CreatedOrganizerInvitation, ErrorBody, NewOrganizerInvitation, OrganizerChange, OrganizerInvitation,
    OrganizerInvitationId, OrganizerProfile, Page, PageQuery, Slug,
};

use super::refusals::{InvalidValue, NotFound, RateLimited};
use crate::app::App;
use crate::auth::{After, Observes, Organizer, Owns};
use crate::error::Result;
use crate::extraction::Query;
use crate::idempotency::IdempotencyKey;
use crate::json::JsonBody;
use crate::organizers::{self, invitations};

/// The organizers of one season. Organizers of the server, who may do the same, are not among them.
#[utoipa::path(get, path = "/api/v1/organizer/seasons/{season}/organizers", tag = "organizers",
    params(("season" = Slug, Path), PageQuery), responses(
    (status = 200, description = "organizers", body = Page<OrganizerProfile>),
    NotFound,
))]
pub async fn list_season_organizers(
    app: web::Data<App>,
    _: Organizer<Observes>,
    season: web::Path<Slug>,
    query: Query<PageQuery>,
) -> Result<web::Json<Page<OrganizerProfile>>> {
    organizers::list_organizers(&app, Some(season.into_inner()), query.into_inner()).await.map(web::Json)
}

/// Give an organizer of a season another role there.
#[utoipa::path(put, path = "/api/v1/organizer/seasons/{season}/organizers/{account}", tag = "organizers",
    request_body = OrganizerChange, params(("season" = Slug, Path), ("account" = AccountId, Path)), responses(
    (status = 204, description = "changed"),
    NotFound,
    InvalidValue,
))]
pub async fn update_season_organizer(
    app: web::Data<App>,
    After(owner, body): After<Organizer<Owns>, JsonBody<OrganizerChange>>,
    path: web::Path<(Slug, AccountId)>,
) -> Result<HttpResponse> {
    let (season, account) = path.into_inner();
    organizers::change(&app, owner.0.id, Some(season), account, body.into_inner().role).await?;
    Ok(HttpResponse::NoContent().finish())
}

/// Take an organizer's role in a season away; the account stays. Their sessions and API tokens end
/// at once, and so do the invitations to the season that they made.
#[utoipa::path(delete, path = "/api/v1/organizer/seasons/{season}/organizers/{account}", tag = "organizers",
    params(("season" = Slug, Path), ("account" = AccountId, Path)), responses(
    (status = 204, description = "removed"),
    NotFound,
))]
pub async fn delete_season_organizer(
    app: web::Data<App>,
    owner: Organizer<Owns>,
    path: web::Path<(Slug, AccountId)>,
) -> Result<HttpResponse> {
    let (season, account) = path.into_inner();
    organizers::remove(&app, owner.0.id, Some(season), account).await?;
    Ok(HttpResponse::NoContent().finish())
}

/// Hand the ownership of a season over: this organizer of it becomes an owner. If the caller is an
/// owner of the season, and not of the server, the caller becomes an organizer of it.
#[utoipa::path(post, path = "/api/v1/organizer/seasons/{season}/organizers/{account}/transfer", tag = "organizers",
    params(("season" = Slug, Path), ("account" = AccountId, Path)), responses(
    (status = 204, description = "handed over"),
    NotFound,
    InvalidValue,
))]
pub async fn transfer_season_ownership(
    app: web::Data<App>,
    owner: Organizer<Owns>,
    path: web::Path<(Slug, AccountId)>,
) -> Result<HttpResponse> {
    let (season, account) = path.into_inner();
    organizers::transfer(&app, owner.0.id, Some(season), account).await?;
    Ok(HttpResponse::NoContent().finish())
}

/// Invitations to become an organizer of a season, newest first; without those taken back.
#[utoipa::path(get, path = "/api/v1/organizer/seasons/{season}/invitations", tag = "organizers",
    params(("season" = Slug, Path), PageQuery), responses(
    (status = 200, description = "invitations, without their codes", body = Page<OrganizerInvitation>),
    NotFound,
))]
pub async fn list_season_invitations(
    app: web::Data<App>,
    _: Organizer<Owns>,
    season: web::Path<Slug>,
    query: Query<PageQuery>,
) -> Result<web::Json<Page<OrganizerInvitation>>> {
    invitations::list_invitations(&app, Some(season.into_inner()), query.into_inner()).await.map(web::Json)
}

/// Invite a person to become an organizer of a season, with a role. The code is shown this once and
/// works once. An invitation for an e-mail address is also sent there, if the server sends e-mail.
#[utoipa::path(post, path = "/api/v1/organizer/seasons/{season}/invitations", tag = "organizers",
    request_body = NewOrganizerInvitation, params(("season" = Slug, Path), ("Idempotency-Key" = Option<String>, Header,
        description = "a repetition gives the same invitation a new code, and the one before it is no longer valid")),
    responses(
    (status = 201, description = "the invitation and its code", body = CreatedOrganizerInvitation),
    NotFound,
    (status = 409, description = "`idempotency_mismatch`; `wrong_state`: too many are open", body = ErrorBody),
    InvalidValue,
    RateLimited,
))]
pub async fn create_season_invitation(
    app: web::Data<App>,
    After(owner, body): After<Organizer<Owns>, JsonBody<NewOrganizerInvitation>>,
    key: IdempotencyKey,
    season: web::Path<Slug>,
) -> Result<HttpResponse> {
    let place = Some(season.into_inner());
    let created = invitations::create(&app, owner.0.id, place, key, body.into_inner()).await?;
    Ok(HttpResponse::Created().json(created))
}

/// Take an invitation to a season back.
#[utoipa::path(delete, path = "/api/v1/organizer/seasons/{season}/invitations/{id}", tag = "organizers",
    params(("season" = Slug, Path), ("id" = OrganizerInvitationId, Path)), responses(
    (status = 204, description = "taken back"),
    NotFound,
    (status = 409, description = "`wrong_state`: it was accepted", body = ErrorBody),
))]
pub async fn delete_season_invitation(
    app: web::Data<App>,
    owner: Organizer<Owns>,
    path: web::Path<(Slug, OrganizerInvitationId)>,
) -> Result<HttpResponse> {
    let (season, id) = path.into_inner();
    invitations::revoke(&app, owner.0.id, Some(season), id).await?;
    Ok(HttpResponse::NoContent().finish())
}
