//! Invitations to become an organizer of the server, and what their holders do with them.

use actix_web::{HttpResponse, web};
use holdout_protocol::{
    CreatedOrganizerInvitation, ErrorBody, Me, NewOrganizerInvitation, OrganizerInvitation, OrganizerInvitationId,
    OrganizerInvitationPreview, Page, PageQuery,
};

use super::refusals::{InvalidValue, NotFound, RateLimited};
use crate::app::App;
use crate::auth::{Account, After, Organizer, Owns};
use crate::error::Result;
use crate::extraction::Query;
use crate::idempotency::IdempotencyKey;
use crate::json::JsonBody;
use crate::organizers::{invitations, joining};
use crate::rates::{self, ClientAddress, Rate};

/// All invitations to become an organizer, newest first; without those taken back.
#[utoipa::path(get, path = "/api/v1/organizer/invitations", tag = "organizers", params(PageQuery), responses(
    (status = 200, description = "invitations, without their codes", body = Page<OrganizerInvitation>),
))]
pub async fn list_organizer_invitations(
    app: web::Data<App>,
    _: Organizer<Owns>,
    query: Query<PageQuery>,
) -> Result<web::Json<Page<OrganizerInvitation>>> {
    invitations::list_invitations(&app, None, query.into_inner()).await.map(web::Json)
}

/// Invite a person to become an organizer of the server, with a role. The code is shown this once
/// and works once. An invitation for an e-mail address is also sent there, if the server sends
/// e-mail.
#[utoipa::path(post, path = "/api/v1/organizer/invitations", tag = "organizers", request_body = NewOrganizerInvitation,
    params(("Idempotency-Key" = Option<String>, Header,
        description = "a repetition gives the same invitation a new code, and the one before it is no longer valid")),
    responses(
    (status = 201, description = "the invitation and its code", body = CreatedOrganizerInvitation),
    (status = 409, description = "`idempotency_mismatch`; `wrong_state`: too many are open", body = ErrorBody),
    InvalidValue,
    RateLimited,
))]
pub async fn create_organizer_invitation(
    app: web::Data<App>,
    After(organizer, body): After<Organizer<Owns>, JsonBody<NewOrganizerInvitation>>,
    key: IdempotencyKey,
) -> Result<HttpResponse> {
    let created = invitations::create(&app, organizer.0.id, None, key, body.into_inner()).await?;
    Ok(HttpResponse::Created().json(created))
}

/// Take an invitation back.
#[utoipa::path(delete, path = "/api/v1/organizer/invitations/{id}", tag = "organizers",
    params(("id" = OrganizerInvitationId, Path)), responses(
    (status = 204, description = "taken back"),
    NotFound,
    (status = 409, description = "`wrong_state`: it was accepted", body = ErrorBody),
))]
pub async fn delete_organizer_invitation(
    app: web::Data<App>,
    organizer: Organizer<Owns>,
    id: web::Path<OrganizerInvitationId>,
) -> Result<HttpResponse> {
    invitations::revoke(&app, organizer.0.id, None, id.into_inner()).await?;
    Ok(HttpResponse::NoContent().finish())
}

/// What the code of an invitation to become an organizer is for.
#[utoipa::path(get, path = "/api/v1/organizer-invitations/{code}", tag = "accounts", params(("code" = String, Path)),
    responses(
    (status = 200, description = "who made it, for whom, until when", body = OrganizerInvitationPreview),
    NotFound,
    (status = 410, description = "`gone`: used, taken back, or expired", body = ErrorBody),
    RateLimited,
))]
pub async fn get_organizer_invitation(
    app: web::Data<App>,
    from: ClientAddress,
    code: web::Path<String>,
) -> Result<web::Json<OrganizerInvitationPreview>> {
    rates::spend(&app, Rate::Codes(from)).await?;
    joining::preview(&app, &code).await.map(web::Json)
}

/// Become an organizer by the code of an invitation. People who are in a team of a season that is
/// not over, or have submitted in one, are refused, because organizers see the labels.
#[utoipa::path(post, path = "/api/v1/organizer-invitations/{code}/accept", tag = "accounts",
    params(("code" = String, Path)), responses(
    (status = 200, description = "your account, an organizer's", body = Me),
    (status = 403, description = "`forbidden`: it is for another e-mail address", body = ErrorBody),
    NotFound,
    (status = 409, description = "`wrong_state`: used, expired or taken back, or you take part in the `seasons` of `detail`; \
        `already_exists`: you are an organizer", body = ErrorBody),
    RateLimited,
))]
pub async fn accept_organizer_invitation(
    app: web::Data<App>,
    account: Account,
    from: ClientAddress,
    code: web::Path<String>,
) -> Result<web::Json<Me>> {
    rates::spend(&app, Rate::Codes(from)).await?;
    joining::accept_invitation(&app, account, &code).await.map(web::Json)
}
