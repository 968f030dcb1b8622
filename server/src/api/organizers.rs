//! Who runs seasons: the set-up of the first organizer, and the list of all.

use actix_web::{HttpRequest, HttpResponse, web};
use holdout_protocol::{
    AccountId, CreatedSetupLink, ErrorBody, OrganizerChange, OrganizerProfile, Page, PageQuery, SessionTokens,
    SetupLink, SetupOrganizer,
};

use super::refusals::{InvalidValue, NotFound, RateLimited};
use crate::api::accounts::session_reply;
use crate::app::App;
use crate::auth::{self, After, Observes, Organizer, Owns};
use crate::error::Result;
use crate::extraction::Query;
use crate::json::JsonBody;
use crate::organizers::{self, setup};
use crate::rates::{self, ClientAddress, Rate};

/// Whether the code of a set-up link is valid. Such links exist until an organizer has a password.
#[utoipa::path(get, path = "/api/v1/setup/{code}", tag = "accounts", params(("code" = String, Path)), responses(
    (status = 200, description = "it is", body = SetupLink),
    (status = 404, description = "`not_found`: unknown, or an organizer has a password", body = ErrorBody),
    (status = 410, description = "`gone`: expired", body = ErrorBody),
    RateLimited,
))]
pub async fn get_setup_link(
    app: web::Data<App>,
    from: ClientAddress,
    code: web::Path<String>,
) -> Result<web::Json<SetupLink>> {
    rates::spend(&app, Rate::Codes(from)).await?;
    setup::look(&app, &code).await.map(web::Json)
}

/// Set the first organizer up, by the code of a link that the server printed: choose name, address
/// and password, and be logged in. All set-up links end.
#[utoipa::path(post, path = "/api/v1/setup/{code}", tag = "accounts", request_body = SetupOrganizer,
    params(("code" = String, Path)), responses(
    (status = 201, description = "the session; the tokens are in cookies if `cookie` is true", body = SessionTokens),
    (status = 403, description = "`forbidden`: a page of another site asked for cookies", body = ErrorBody),
    (status = 404, description = "`not_found`: unknown, or an organizer has a password", body = ErrorBody),
    (status = 409, description = "`already_exists`: the e-mail address has another account", body = ErrorBody),
    (status = 410, description = "`gone`: expired", body = ErrorBody),
    InvalidValue,
    RateLimited,
))]
pub async fn set_up_organizer(
    app: web::Data<App>,
    from: ClientAddress,
    request: HttpRequest,
    code: web::Path<String>,
    body: JsonBody<SetupOrganizer>,
) -> Result<HttpResponse> {
    let body = body.into_inner();
    let cookie = body.cookie;
    if cookie {
        auth::check_same_origin(&request)?;
    }
    rates::spend(&app, Rate::Logins(from)).await?;
    let session = setup::set_up(&app, &code, body, auth::client_of(&request)).await?;
    Ok(session_reply(HttpResponse::Created(), &app.config.sessions, session, cookie))
}

/// Make another link that sets the first organizer up. Its code is shown this once; links made
/// before stay valid.
#[utoipa::path(post, path = "/api/v1/organizer/setup-links", tag = "organizers", responses(
    (status = 201, description = "the code", body = CreatedSetupLink),
    (status = 409, description = "`wrong_state`: an organizer has a password already", body = ErrorBody),
    RateLimited,
))]
pub async fn create_setup_link(app: web::Data<App>, organizer: Organizer<Owns>) -> Result<HttpResponse> {
    let created = setup::create(&app, organizer.0.id).await?;
    Ok(HttpResponse::Created().json(created))
}

/// All organizers with their roles on the server and in seasons.
#[utoipa::path(get, path = "/api/v1/organizer/organizers", tag = "organizers", params(PageQuery), responses(
    (status = 200, description = "organizers", body = Page<OrganizerProfile>),
))]
pub async fn list_organizers(
    app: web::Data<App>,
    _: Organizer<Observes>,
    query: Query<PageQuery>,
) -> Result<web::Json<Page<OrganizerProfile>>> {
    organizers::list_organizers(&app, None, query.into_inner()).await.map(web::Json)
}

/// Take an organizer's role on the server away; the account stays. Their sessions and API tokens
/// end at once, and so do the invitations and password links that they made. Tokens of scorers
/// belong to nobody and stay.
#[utoipa::path(delete, path = "/api/v1/organizer/organizers/{account}", tag = "organizers",
    params(("account" = AccountId, Path)), responses(
    (status = 204, description = "removed"),
    NotFound,
    (status = 409, description = "`wrong_state`: it is the only owner of the server", body = ErrorBody),
))]
pub async fn delete_organizer(
    app: web::Data<App>,
    organizer: Organizer<Owns>,
    account: web::Path<AccountId>,
) -> Result<HttpResponse> {
    organizers::remove(&app, organizer.0.id, None, account.into_inner()).await?;
    Ok(HttpResponse::NoContent().finish())
}

/// Give an organizer of the server another role there.
#[utoipa::path(put, path = "/api/v1/organizer/organizers/{account}", tag = "organizers", request_body = OrganizerChange,
    params(("account" = AccountId, Path)), responses(
    (status = 204, description = "changed"),
    NotFound,
    (status = 409, description = "`wrong_state`: it is the only owner of the server", body = ErrorBody),
    InvalidValue,
))]
pub async fn update_organizer(
    app: web::Data<App>,
    After(owner, body): After<Organizer<Owns>, JsonBody<OrganizerChange>>,
    account: web::Path<AccountId>,
) -> Result<HttpResponse> {
    organizers::change(&app, owner.0.id, None, account.into_inner(), body.into_inner().role).await?;
    Ok(HttpResponse::NoContent().finish())
}

/// Hand the ownership of the server over: this organizer becomes an owner and the caller an
/// organizer, in one step.
#[utoipa::path(post, path = "/api/v1/organizer/organizers/{account}/transfer", tag = "organizers",
    params(("account" = AccountId, Path)), responses(
    (status = 204, description = "handed over"),
    NotFound,
    InvalidValue,
))]
pub async fn transfer_ownership(
    app: web::Data<App>,
    owner: Organizer<Owns>,
    account: web::Path<AccountId>,
) -> Result<HttpResponse> {
    organizers::transfer(&app, owner.0.id, None, account.into_inner()).await?;
    Ok(HttpResponse::NoContent().finish())
}
