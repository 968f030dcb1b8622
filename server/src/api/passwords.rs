//! Passwords: changing the own one, and setting a new one by a code.

use actix_web::{HttpResponse, web};
use holdout_protocol::{ErrorBody, NewPasswordReset, PasswordChange, PasswordReset, ResetPassword};

use super::refusals::{InvalidValue, NotFound, RateLimited};
use crate::accounts::password::{self, Password};
use crate::accounts::resets;
use crate::app::App;
use crate::auth::{Account, After};
use crate::error::Result;
use crate::json::JsonBody;
use crate::rates::{self, ClientAddress, Rate};

/// Change the own password. All other sessions end; this one and the API tokens stay valid.
#[utoipa::path(put, path = "/api/v1/me/password", tag = "accounts", request_body = PasswordChange, responses(
    (status = 204, description = "changed"),
    (status = 401, description = "`unauthenticated`; `wrong_credentials`: the present password is another one",
        body = ErrorBody),
    (status = 409, description = "`wrong_state`: it was changed meanwhile", body = ErrorBody),
    InvalidValue,
    RateLimited,
))]
pub async fn change_password(
    app: web::Data<App>,
    from: ClientAddress,
    After(account, body): After<Account, JsonBody<PasswordChange>>,
) -> Result<HttpResponse> {
    // Who took over a session has no more guesses at the password than anybody else.
    let email = account.email.clone();
    let body = body.into_inner();
    let new = Password::parse("new", body.new)?.unlike("new", &email)?;
    let changed = match rates::spend_password_try(&app, from, &email).await {
        Ok(()) => password::change(&app, account, body.current, new).await,
        refused => refused,
    };
    if let Err(error) = &changed {
        rates::note_failed_login(&app, from, error, Some(email)).await?;
    }
    changed?;
    Ok(HttpResponse::NoContent().finish())
}

/// Send a link that sets a new password to an e-mail address. The answer is the same whether or not
/// the address has an account.
#[utoipa::path(post, path = "/api/v1/password-resets", tag = "accounts", request_body = NewPasswordReset, responses(
    (status = 204, description = "if the address has an account, a link is sent to it, five an hour at most"),
    (status = 409, description = "`wrong_state`: the server sends no e-mail", body = ErrorBody),
    InvalidValue,
    RateLimited,
))]
pub async fn request_password_reset(
    app: web::Data<App>,
    from: ClientAddress,
    body: JsonBody<NewPasswordReset>,
) -> Result<HttpResponse> {
    rates::spend(&app, Rate::Logins(from)).await?;
    resets::request(&app, body.into_inner()).await?;
    Ok(HttpResponse::NoContent().finish())
}

/// Whose password a code sets.
#[utoipa::path(get, path = "/api/v1/password-resets/{code}", tag = "accounts", params(("code" = String, Path)),
    responses(
    (status = 200, description = "the account", body = PasswordReset),
    NotFound,
    (status = 410, description = "`gone`: used, replaced, or over", body = ErrorBody),
    RateLimited,
))]
pub async fn get_password_reset(
    app: web::Data<App>,
    from: ClientAddress,
    code: web::Path<String>,
) -> Result<HttpResponse> {
    rates::spend(&app, Rate::Codes(from)).await?;
    let reset = resets::look(&app, &code).await?;
    Ok(HttpResponse::Ok().json(reset))
}

/// Set a new password by a code, which works once. All sessions and API tokens of the account end.
#[utoipa::path(post, path = "/api/v1/password-resets/{code}", tag = "accounts", request_body = ResetPassword,
    params(("code" = String, Path)), responses(
    (status = 204, description = "set; log in with it"),
    NotFound,
    (status = 410, description = "`gone`: used, replaced, or over", body = ErrorBody),
    InvalidValue,
    RateLimited,
))]
pub async fn reset_password(
    app: web::Data<App>,
    from: ClientAddress,
    code: web::Path<String>,
    body: JsonBody<ResetPassword>,
) -> Result<HttpResponse> {
    rates::spend(&app, Rate::Logins(from)).await?;
    let password = Password::parse("password", body.into_inner().password)?;
    resets::set(&app, &code, password).await?;
    Ok(HttpResponse::NoContent().finish())
}
