//! Messages to people, which e-mails they get, and the addresses that these go to.

use actix_web::http::header::{ACCEPT, LOCATION};
use actix_web::{HttpRequest, HttpResponse, web};
use holdout_protocol::{
    EmailChange, ErrorBody, MailSettings, MailSettingsChanges, Message, MessageId, Page, PageQuery, Slug,
    Unsubscription,
};

use super::refusals::{InvalidQuery, InvalidValue, NotFound, RateLimited};
use crate::accounts::verifications;
use crate::app::App;
use crate::auth::{Account, After, Organizer};
use crate::error::Result;
use crate::extraction::Query;
use crate::json::JsonBody;
use crate::messages;
use crate::rates::{self, ClientAddress, Rate};

/// The caller's messages, newest first: what the server told them, by e-mail too if it sends any.
/// Links with codes are in the e-mails only.
#[utoipa::path(get, path = "/api/v1/me/messages", tag = "accounts", params(PageQuery), responses(
    (status = 200, description = "messages", body = Page<Message>),
    InvalidQuery,
))]
pub async fn list_my_messages(
    app: web::Data<App>,
    account: Account,
    query: Query<PageQuery>,
) -> Result<web::Json<Page<Message>>> {
    messages::list_own(&app, account.id, query.into_inner()).await.map(web::Json)
}

/// Which e-mails the caller gets, and whether the address is confirmed.
#[utoipa::path(get, path = "/api/v1/me/mail", tag = "accounts", responses(
    (status = 200, description = "settings", body = MailSettings),
))]
pub async fn get_mail_settings(app: web::Data<App>, account: Account) -> Result<web::Json<MailSettings>> {
    messages::settings(&app, account.id).await.map(web::Json)
}

/// Choose which e-mails you get. Those about the account itself are always sent.
#[utoipa::path(put, path = "/api/v1/me/mail", tag = "accounts", request_body = MailSettingsChanges, responses(
    (status = 200, description = "settings", body = MailSettings),
    InvalidValue,
))]
pub async fn put_mail_settings(
    app: web::Data<App>,
    After(account, body): After<Account, JsonBody<MailSettingsChanges>>,
) -> Result<web::Json<MailSettings>> {
    messages::change_settings(&app, account.id, body.into_inner()).await.map(web::Json)
}

/// Change the e-mail address of the own account. If the server sends e-mail, a link is sent to the
/// new address, and the account has it when the link is opened; otherwise it has it at once.
#[utoipa::path(put, path = "/api/v1/me/email", tag = "accounts", request_body = EmailChange, responses(
    (status = 200, description = "settings, with the address that waits to be confirmed", body = MailSettings),
    (status = 401, description = "`unauthenticated`; `wrong_credentials`: the password is another one", body = ErrorBody),
    (status = 409, description = "`already_exists`: another account has the address", body = ErrorBody),
    InvalidValue,
    RateLimited,
))]
pub async fn put_email(
    app: web::Data<App>,
    from: ClientAddress,
    After(account, body): After<Account, JsonBody<EmailChange>>,
) -> Result<web::Json<MailSettings>> {
    // Who took over a session has no more guesses at the password than anybody else.
    let email = account.email.clone();
    let changed = match rates::spend_password_try(&app, from, &email).await {
        Ok(()) => verifications::change(&app, &account, body.into_inner()).await,
        Err(refused) => Err(refused),
    };
    if let Err(error) = &changed {
        rates::note_failed_login(&app, from, error, Some(email)).await?;
    }
    changed.map(web::Json)
}

/// Send another link that confirms the e-mail address of the own account, or the address that it is
/// to have.
#[utoipa::path(post, path = "/api/v1/me/email-verification", tag = "accounts", responses(
    (status = 200, description = "settings; the link is sent", body = MailSettings),
    (status = 409, description = "`wrong_state`: the server sends no e-mail, or the address is confirmed", body = ErrorBody),
    RateLimited,
))]
pub async fn create_email_verification(app: web::Data<App>, account: Account) -> Result<web::Json<MailSettings>> {
    verifications::send_again(&app, account.id).await.map(web::Json)
}

/// Confirm an e-mail address by the code of a link, which works once.
#[utoipa::path(post, path = "/api/v1/email-verifications/{code}", tag = "accounts",
    params(("code" = String, Path, description = "the end of the link in the e-mail")), responses(
    (status = 204, description = "confirmed: it is the address of the account"),
    NotFound,
    (status = 409, description = "`already_exists`: another account has got the address", body = ErrorBody),
    (status = 410, description = "`gone`: used, replaced, or expired", body = ErrorBody),
    RateLimited,
))]
pub async fn verify_email(app: web::Data<App>, from: ClientAddress, code: web::Path<String>) -> Result<HttpResponse> {
    rates::spend(&app, Rate::Codes(from)).await?;
    verifications::verify(&app, &code).await?;
    Ok(HttpResponse::NoContent().finish())
}

/// What the link in an e-mail stops. A browser is sent on to the page for it.
#[utoipa::path(get, path = "/api/v1/mail/unsubscribe/{token}", tag = "accounts",
    params(("token" = String, Path, description = "the end of the link in the e-mail")), responses(
    (status = 200, description = "address and kind of e-mail", body = Unsubscription),
    (status = 303, description = "the page, for a browser"),
    NotFound,
))]
pub async fn get_unsubscription(
    app: web::Data<App>,
    request: HttpRequest,
    token: web::Path<String>,
) -> Result<HttpResponse> {
    let found = messages::look_up(&app, &token).await?;
    let accepted = request.headers().get(ACCEPT).and_then(|value| value.to_str().ok()).unwrap_or_default();
    if accepted.contains("text/html") {
        return Ok(HttpResponse::SeeOther().insert_header((LOCATION, format!("/unsubscribe/{token}"))).finish());
    }
    Ok(HttpResponse::Ok().json(found))
}

/// Stop e-mails of one kind to one address, without a login: mail programs send this on one click
/// (RFC 8058).
#[utoipa::path(post, path = "/api/v1/mail/unsubscribe/{token}", tag = "accounts",
    params(("token" = String, Path, description = "the end of the link in the e-mail")), responses(
    (status = 200, description = "the address gets no more e-mails of this kind", body = Unsubscription),
    NotFound,
))]
pub async fn unsubscribe(app: web::Data<App>, token: web::Path<String>) -> Result<web::Json<Unsubscription>> {
    messages::unsubscribe(&app, &token).await.map(web::Json)
}

/// Messages of the whole server to people, newest first, with what became of them as e-mails.
#[utoipa::path(get, path = "/api/v1/organizer/messages", tag = "organizers", params(PageQuery), responses(
    (status = 200, description = "messages", body = Page<Message>),
    InvalidQuery,
))]
pub async fn list_messages(
    app: web::Data<App>,
    _: Organizer,
    query: Query<PageQuery>,
) -> Result<web::Json<Page<Message>>> {
    messages::list_messages(&app, None, query.into_inner()).await.map(web::Json)
}

/// Messages about a season to people, newest first, with what became of them as e-mails.
#[utoipa::path(get, path = "/api/v1/organizer/seasons/{season}/messages", tag = "organizers",
    params(("season" = Slug, Path), PageQuery), responses(
    (status = 200, description = "messages", body = Page<Message>),
    NotFound,
    InvalidQuery,
))]
pub async fn list_season_messages(
    app: web::Data<App>,
    _: Organizer,
    season: web::Path<Slug>,
    query: Query<PageQuery>,
) -> Result<web::Json<Page<Message>>> {
    messages::list_messages(&app, Some(season.into_inner()), query.into_inner()).await.map(web::Json)
}

/// Send a message again that has ended, such as a failed one. One with a link that has a code
/// cannot be sent again.
#[utoipa::path(post, path = "/api/v1/organizer/messages/{id}/send", tag = "organizers",
    params(("id" = MessageId, Path)), responses(
    (status = 200, description = "the message, which waits to be sent", body = Message),
    NotFound,
    (status = 409, description = "`wrong_state`: it waits already, its link is not kept, or the server sends no e-mail", body = ErrorBody),
))]
pub async fn send_message(
    app: web::Data<App>,
    organizer: Organizer,
    id: web::Path<MessageId>,
) -> Result<web::Json<Message>> {
    messages::send_again(&app, organizer.0.id, None, id.into_inner()).await.map(web::Json)
}

/// Send a message about a season again that has ended, such as a failed one.
#[utoipa::path(post, path = "/api/v1/organizer/seasons/{season}/messages/{id}/send", tag = "organizers",
    params(("season" = Slug, Path), ("id" = MessageId, Path)), responses(
    (status = 200, description = "the message, which waits to be sent", body = Message),
    NotFound,
    (status = 409, description = "`wrong_state`: it waits already, its link is not kept, or the server sends no e-mail", body = ErrorBody),
))]
pub async fn send_season_message(
    app: web::Data<App>,
    organizer: Organizer,
    path: web::Path<(Slug, MessageId)>,
) -> Result<web::Json<Message>> {
    let (season, id) = path.into_inner();
    messages::send_again(&app, organizer.0.id, Some(season), id).await.map(web::Json)
}
