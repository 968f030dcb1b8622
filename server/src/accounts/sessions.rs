//! Sessions: short access tokens, and refresh tokens that each work once.

use std::time::Duration;

use holdout_protocol::{Account, ErrorCode, NewSession, SessionId, SessionTokens, Timestamp};
use serde_json::json;

use super::email::Email;
use super::password;
use crate::app::App;
use crate::config::SessionConfig;
use crate::db::sessions::Refresh;
use crate::db::{self, Conn};
use crate::error::{Error, Result};
use crate::{audit, secret};

/// A session as a transaction leaves it: all but the access token.
struct Renewed {
    session: SessionId,
    account: Account,
    refresh_token: String,
    refresh_expires_at: Timestamp,
}

/// Begins a session. Both tokens are in the answer, whatever the request says of cookies.
///
/// # Errors
/// `wrong_credentials`.
pub async fn log_in(app: &App, request: NewSession) -> Result<SessionTokens> {
    // What is no address has no account; it takes as long to say so.
    let email = Email::parse(&request.email).ok();
    let found = app.db.read(move |conn| credentials(conn, email.as_ref())).await?;
    let (account, hash) = found.unzip();
    let verified = password::verify(request.password, hash).await?;
    let Some(account) = account.filter(|_| verified) else {
        return Err(Error::refused(ErrorCode::WrongCredentials, "e-mail address and password do not belong together"));
    };
    let config = app.config.sessions.clone();
    let begin = move |conn: &mut Conn| {
        let (session, now) = (SessionId::new(), Timestamp::now());
        db::sessions::forget_ended(conn, account.id, now)?;
        db::sessions::insert(conn, session, account.id, now)?;
        renew(conn, &config, session, account)
    };
    signed(app, app.db.write(begin).await?)
}

fn credentials(conn: &mut Conn, email: Option<&Email>) -> Result<Option<(Account, String)>> {
    let Some(email) = email else { return Ok(None) };
    let Some(account) = db::accounts::by_email(conn, email.as_str())? else { return Ok(None) };
    let hash = db::accounts::password_hash(conn, account.id)?;
    Ok(Some((account, hash)))
}

/// Exchanges a refresh token for fresh tokens.
///
/// # Errors
/// `unauthenticated`; `token_reused` where the token was used before, which ends the session: one of the two who had
/// it is not whom it was given to.
pub async fn refresh(app: &App, refresh_token: &str) -> Result<SessionTokens> {
    let (hash, config) = (secret::digest(refresh_token), app.config.sessions.clone());
    // What is refused is written too: the outcome must not undo the transaction.
    let outcome = app.db.write(move |conn| {
        let now = Timestamp::now();
        match db::sessions::take_refresh(conn, hash, now)? {
            Refresh::Taken(session, account) => {
                let account = db::accounts::find(conn, account)?;
                let account = account.ok_or_else(|| Error::internal("an account is gone"))?;
                db::sessions::forget_expired_refresh(conn, session, now)?;
                renew(conn, &config, session, account).map(Ok)
            }
            Refresh::Used(session, account) => {
                if db::sessions::revoke(conn, session, now)? {
                    audit::record(conn, Some(account), "session.token_reused", &session.to_string(), &json!({}))?;
                }
                Ok(Err(reused()))
            }
            Refresh::Invalid => Ok(Err(ended())),
        }
    });
    signed(app, outcome.await??)
}

fn reused() -> Error {
    let message = "this refresh token was used before: the session is ended; log in again";
    Error::refused(ErrorCode::TokenReused, message)
}

fn ended() -> Error {
    Error::refused(ErrorCode::Unauthenticated, "the refresh token has ended or does not hold; log in again")
}

/// Gives a session its next refresh token.
fn renew(conn: &mut Conn, config: &SessionConfig, session: SessionId, account: Account) -> Result<Renewed> {
    let refresh_token = secret::random();
    let now = Timestamp::now();
    let refresh_expires_at = now.plus(Duration::from_secs(config.refresh_seconds));
    db::sessions::insert_refresh(conn, session, secret::digest(&refresh_token), now, refresh_expires_at)?;
    Ok(Renewed { session, account, refresh_token, refresh_expires_at })
}

fn signed(app: &App, renewed: Renewed) -> Result<SessionTokens> {
    let life = Duration::from_secs(app.config.sessions.access_seconds);
    let (access_token, access_expires_at) = app.keys.sign(renewed.account.id, renewed.session, life)?;
    Ok(SessionTokens {
        access_token: Some(access_token),
        access_expires_at,
        refresh_token: Some(renewed.refresh_token),
        refresh_expires_at: renewed.refresh_expires_at,
        account: renewed.account,
    })
}

/// Ends a session.
///
/// # Errors
/// Where the database fails.
pub async fn end(app: &App, session: SessionId) -> Result<()> {
    app.db.write(move |conn| db::sessions::revoke(conn, session, Timestamp::now())).await.map(drop)
}

/// Ends the session of a refresh token, if there is one.
///
/// # Errors
/// Where the database fails.
pub async fn end_by_refresh(app: &App, refresh_token: &str) -> Result<()> {
    let hash = secret::digest(refresh_token);
    let work = move |conn: &mut Conn| match db::sessions::session_of_refresh(conn, hash)? {
        Some(session) => db::sessions::revoke(conn, session, Timestamp::now()).map(drop),
        None => Ok(()),
    };
    app.db.write(work).await
}
