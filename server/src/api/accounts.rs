//! Accounts, sessions, tokens.

use actix_web::cookie::time::Duration;
use actix_web::cookie::{Cookie, SameSite};
use actix_web::http::header::CONTENT_DISPOSITION;
use actix_web::{HttpRequest, HttpResponse, ResponseError as _, web};
use holdout_protocol::{
    Account as AccountBody, AccountChanges, AccountDeletion, ApiToken, ApiTokenId, CreatedApiToken, ErrorBody,
    ErrorCode, Me, NewAccount, NewApiToken, NewSession, OwnData, Page, PageQuery, Reason, RefreshSession, Session,
    SessionId, SessionTokens, Timestamp,
};
use serde_json::json;

use super::refusals::{InvalidValue, NotFound, RateLimited};
use crate::accounts::sessions::{self, Proof};
use crate::accounts::{self, deletion, email::Email, own_data, tokens};
use crate::app::App;
use crate::auth::{self, ACCESS_COOKIE, Account, After, REFRESH_COOKIE};
use crate::config::SessionConfig;
use crate::error::{Error, Result};
use crate::extraction::Query;
use crate::idempotency::IdempotencyKey;
use crate::json::{self, JsonBody};
use crate::rates::{self, ClientAddress, Rate, Registering};

/// Where a browser sends its refresh token: nowhere else.
const REFRESH_PATH: &str = "/api/v1/sessions";

/// Make an account.
#[utoipa::path(post, path = "/api/v1/accounts", tag = "accounts", request_body = NewAccount, responses(
    (status = 201, description = "the account", body = AccountBody),
    (status = 400, description = "`invalid_body`", body = ErrorBody),
    (status = 409, description = "`already_exists`: the e-mail address has an account; `wrong_state`: its account was
        deleted after it had submitted in a season that is not over", body = ErrorBody),
    InvalidValue,
    RateLimited,
))]
pub async fn create_account(
    app: web::Data<App>,
    After(_, body): After<Registering, JsonBody<NewAccount>>,
) -> Result<HttpResponse> {
    let account = accounts::register(&app, body.into_inner()).await?;
    Ok(HttpResponse::Created().json(account))
}

/// Log in, with `email` and `password` or with `api_token`. The session is the same either way; the
/// API token stays valid.
#[utoipa::path(post, path = "/api/v1/sessions", tag = "accounts", request_body = NewSession, responses(
    (status = 201, description = "the session; the tokens are in cookies if `cookie` is true", body = SessionTokens),
    (status = 400, description = "`invalid_body`", body = ErrorBody),
    (status = 401, description = "`wrong_credentials`; `unauthenticated`: the API token is not valid", body = ErrorBody),
    (status = 403, description = "`forbidden`: a page of another site asked for cookies", body = ErrorBody),
    (status = 422, description = "`invalid_value`: neither of the two ways, or both", body = ErrorBody),
    RateLimited,
))]
pub async fn create_session(
    app: web::Data<App>,
    from: ClientAddress,
    request: HttpRequest,
    body: JsonBody<NewSession>,
) -> Result<HttpResponse> {
    let body = body.into_inner();
    let cookie = body.cookie;
    if cookie {
        auth::check_same_origin(&request)?;
    }
    let proof = Proof::from_request(body)?;
    let email = match &proof {
        Proof::Password { email, .. } => Email::parse(email).ok().map(|email| email.to_string()),
        Proof::ApiToken(_) => None,
    };
    let client = auth::client_of(&request);
    let session = match log_in_within_rates(&app, from, proof, email.as_deref(), client).await {
        Ok(session) => session,
        Err(error) => {
            rates::note_failed_login(&app, from, &error, email).await?;
            return Err(error);
        }
    };
    Ok(session_reply(HttpResponse::Created(), &app.config.sessions, session, cookie))
}

async fn log_in_within_rates(
    app: &App,
    from: ClientAddress,
    proof: Proof,
    email: Option<&str>,
    client: Option<String>,
) -> Result<SessionTokens> {
    rates::spend(app, Rate::Logins(from)).await?;
    if let Some(email) = email {
        rates::spend_password_try(app, from, email).await?;
    }
    sessions::log_in(app, proof, client).await
}

/// Exchange a refresh token for fresh tokens. Each refresh token works once; for 30 seconds after
/// its first use it is still taken, because the answer may have been lost.
#[utoipa::path(post, path = "/api/v1/sessions/refresh", tag = "accounts",
    request_body(content = RefreshSession, description = "nothing if a cookie has the token"),
    responses(
    (status = 200, description = "fresh tokens, in cookies if the refresh token came in one", body = SessionTokens),
    (status = 400, description = "`invalid_body`", body = ErrorBody),
    (status = 401, description = "`unauthenticated`, `token_reused`", body = ErrorBody),
    (status = 403, description = "`forbidden`: a page of another site asked", body = ErrorBody),
))]
pub async fn refresh_session(
    app: web::Data<App>,
    request: HttpRequest,
    body: Result<web::Bytes, actix_web::Error>,
) -> Result<HttpResponse> {
    // Larger than a token by far, or cut off.
    let body = body.map_err(|_| Error::refused(ErrorCode::InvalidBody, "the body could not be read"))?;
    let given = if body.is_empty() { RefreshSession::default() } else { json::parse(&body)? };
    if let Some(token) = given.refresh_token {
        let session = sessions::refresh(&app, &token).await?;
        return Ok(session_reply(HttpResponse::Ok(), &app.config.sessions, session, false));
    }
    let token = auth::cookie(&request, REFRESH_COOKIE)?.ok_or_else(|| {
        Error::refused(ErrorCode::Unauthenticated, "send `refresh_token` in the body, or the cookie of a session")
    })?;
    Ok(match sessions::refresh(&app, &token).await {
        Ok(session) => session_reply(HttpResponse::Ok(), &app.config.sessions, session, true),
        // A browser that keeps invalid cookies would be refused everywhere from now on.
        Err(error) if error.code().status() == 401 => without_cookies(&app.config.sessions, error.error_response()),
        Err(error) => return Err(error),
    })
}

/// Log out: the session of the access token ends, or that of the cookies.
#[utoipa::path(delete, path = "/api/v1/sessions", tag = "accounts", responses(
    (status = 204, description = "the session is over, cookies are deleted"),
    (status = 403, description = "`forbidden`: an API token has no session", body = ErrorBody),
))]
pub async fn delete_session(
    app: web::Data<App>,
    request: HttpRequest,
    account: Result<Account, Error>,
) -> Result<HttpResponse> {
    // The access token may have ended before; whoever holds the refresh token can still log out.
    let refresh = auth::cookie(&request, REFRESH_COOKIE)?;
    match (&account, &refresh) {
        (Ok(Account { session: Some(session), .. }), _) => sessions::end(&app, *session).await?,
        (Ok(_), None) => {
            return Err(Error::forbidden("an API token has no session; revoke it with `holdout token revoke` or delete it on the page of your account")
                .because(Reason::TokenUnfit, json!({})));
        }
        (Ok(_) | Err(Error::Refused { .. }), Some(_)) => (),
        (Err(_), _) => return account.map(|_| HttpResponse::NoContent().finish()),
    }
    if let Some(token) = refresh {
        sessions::end_by_refresh(&app, &token).await?;
    }
    Ok(without_cookies(&app.config.sessions, HttpResponse::NoContent().finish()))
}

/// The account of the caller, and its teams.
#[utoipa::path(get, path = "/api/v1/me", tag = "accounts", responses(
    (status = 200, description = "account and teams", body = Me),
))]
pub async fn get_me(app: web::Data<App>, account: Account) -> Result<web::Json<Me>> {
    accounts::me(&app, account.id).await.map(web::Json)
}

/// Change the name of the own account.
#[utoipa::path(patch, path = "/api/v1/me", tag = "accounts", request_body = AccountChanges, responses(
    (status = 200, description = "account and teams", body = Me),
    InvalidValue,
    RateLimited,
))]
pub async fn update_me(
    app: web::Data<App>,
    After(account, body): After<Account, JsonBody<AccountChanges>>,
) -> Result<web::Json<Me>> {
    accounts::change(&app, account.id, body.into_inner()).await.map(web::Json)
}

/// Delete the own account. Its sessions, API tokens and messages go, and it leaves its teams. Its
/// submissions and their scores stay, because they count; the account is called *Deleted account*.
/// A team in which nobody else ever was gets a name that says nothing, too, unless `keep_teams` is
/// true.
#[utoipa::path(post, path = "/api/v1/me/deletion", tag = "accounts", request_body = AccountDeletion, responses(
    (status = 204, description = "deleted; cookies are deleted"),
    (status = 401, description = "`unauthenticated`; `wrong_credentials`: the password is another one",
        body = ErrorBody),
    (status = 409, description = "`wrong_state`: an organizer's account, or the password was changed meanwhile",
        body = ErrorBody),
    InvalidValue,
    RateLimited,
))]
pub async fn delete_account(
    app: web::Data<App>,
    from: ClientAddress,
    After(account, body): After<Account, JsonBody<AccountDeletion>>,
) -> Result<HttpResponse> {
    // Who took over a session has no more guesses at the password than anybody else.
    let email = account.email.clone();
    let deleted = match rates::spend_password_try(&app, from, &email).await {
        Ok(()) => deletion::delete(&app, account, body.into_inner()).await,
        refused => refused,
    };
    if let Err(error) = &deleted {
        rates::note_failed_login(&app, from, error, Some(email)).await?;
    }
    deleted?;
    Ok(without_cookies(&app.config.sessions, HttpResponse::NoContent().finish()))
}

/// What the caller has at this server, in one document: account, teams, e-mail settings, sessions
/// that go on, API tokens, messages, what they submitted and asked, and what they did.
#[utoipa::path(get, path = "/api/v1/me/data", tag = "accounts", responses(
    (status = 200, description = "the document", body = OwnData),
))]
pub async fn get_own_data(app: web::Data<App>, account: Account) -> Result<HttpResponse> {
    let data = own_data::read(&app, account).await?;
    let name = "attachment; filename=\"holdout-data.json\"";
    Ok(HttpResponse::Ok().insert_header((CONTENT_DISPOSITION, name)).json(data))
}

/// The caller's sessions that go on, newest first.
#[utoipa::path(get, path = "/api/v1/me/sessions", tag = "accounts", params(PageQuery), responses(
    (status = 200, description = "sessions", body = Page<Session>),
))]
pub async fn list_sessions(
    app: web::Data<App>,
    account: Account,
    query: Query<PageQuery>,
) -> Result<web::Json<Page<Session>>> {
    sessions::list_sessions(&app, account, query.into_inner()).await.map(web::Json)
}

/// End all sessions of the caller but the one in which it asks; with an API token, all.
#[utoipa::path(delete, path = "/api/v1/me/sessions", tag = "accounts", responses(
    (status = 204, description = "the other sessions are over"),
))]
pub async fn delete_other_sessions(app: web::Data<App>, account: Account) -> Result<HttpResponse> {
    sessions::end_others(&app, account).await?;
    Ok(HttpResponse::NoContent().finish())
}

/// End a session of the caller: whoever uses it has to log in again.
#[utoipa::path(delete, path = "/api/v1/me/sessions/{id}", tag = "accounts", params(("id" = SessionId, Path)),
    responses(
    (status = 204, description = "the session is over"),
    NotFound,
))]
pub async fn delete_own_session(
    app: web::Data<App>,
    account: Account,
    id: web::Path<SessionId>,
) -> Result<HttpResponse> {
    sessions::end_own(&app, account.id, id.into_inner()).await?;
    Ok(HttpResponse::NoContent().finish())
}

/// The caller's API tokens, newest first.
#[utoipa::path(get, path = "/api/v1/me/tokens", tag = "accounts", params(PageQuery), responses(
    (status = 200, description = "tokens, without their secrets", body = Page<ApiToken>),
))]
pub async fn list_api_tokens(
    app: web::Data<App>,
    account: Account,
    query: Query<PageQuery>,
) -> Result<web::Json<Page<ApiToken>>> {
    tokens::list_tokens(&app, account.id, query.into_inner()).await.map(web::Json)
}

/// Make an API token. Its secret is shown this once.
#[utoipa::path(post, path = "/api/v1/me/tokens", tag = "accounts", request_body = NewApiToken,
    params(("Idempotency-Key" = Option<String>, Header,
        description = "a repetition gives the same token a new secret, and the earlier one is no longer valid")),
    responses(
    (status = 201, description = "the token and its secret", body = CreatedApiToken),
    (status = 409, description = "`idempotency_mismatch`, `wrong_state`", body = ErrorBody),
    InvalidValue,
))]
pub async fn create_api_token(
    app: web::Data<App>,
    After(account, body): After<Account, JsonBody<NewApiToken>>,
    key: IdempotencyKey,
) -> Result<HttpResponse> {
    let created = tokens::create(&app, &account, key, body.into_inner()).await?;
    Ok(HttpResponse::Created().json(created))
}

/// Delete an API token. The sessions and tokens that were made with it end too.
#[utoipa::path(delete, path = "/api/v1/me/tokens/{id}", tag = "accounts", params(("id" = ApiTokenId, Path)), responses(
    (status = 204, description = "deleted"),
    NotFound,
))]
pub async fn delete_api_token(
    app: web::Data<App>,
    account: Account,
    id: web::Path<ApiTokenId>,
) -> Result<HttpResponse> {
    tokens::delete(&app, account.id, id.into_inner()).await?;
    Ok(HttpResponse::NoContent().finish())
}

/// The answer with a session's tokens: in the body, or in cookies that no script can read.
pub fn session_reply(
    mut reply: actix_web::HttpResponseBuilder,
    config: &SessionConfig,
    mut session: SessionTokens,
    cookie: bool,
) -> HttpResponse {
    // Tokens are nothing for a cache.
    reply.insert_header(("cache-control", "no-store"));
    if cookie {
        let access = (session.access_token.take(), session.access_expires_at);
        let refresh = (session.refresh_token.take(), session.refresh_expires_at);
        for ((value, ends), name, path) in [(access, ACCESS_COOKIE, "/"), (refresh, REFRESH_COOKIE, REFRESH_PATH)] {
            let value = value.unwrap_or_default();
            reply.cookie(session_cookie(config, name, path, value, seconds_until(ends)));
        }
    }
    reply.json(session)
}

fn seconds_until(time: Timestamp) -> i64 {
    i64::try_from(time.since(Timestamp::now()).as_secs()).unwrap_or(i64::MAX)
}

/// Tells a browser to forget its cookies.
fn without_cookies(config: &SessionConfig, mut reply: HttpResponse) -> HttpResponse {
    for (name, path) in [(ACCESS_COOKIE, "/"), (REFRESH_COOKIE, REFRESH_PATH)] {
        // A cookie that is no valid header would be a fault of this file; the answer is good
        // without it.
        reply.add_cookie(&session_cookie(config, name, path, String::new(), 0)).ok();
    }
    reply
}

fn session_cookie(
    config: &SessionConfig,
    name: &'static str,
    path: &'static str,
    value: String,
    seconds: i64,
) -> Cookie<'static> {
    Cookie::build(name, value)
        .path(path)
        .http_only(true)
        .same_site(SameSite::Strict)
        .secure(config.secure_cookies)
        .max_age(Duration::seconds(seconds))
        .finish()
}
