//! Sessions: short access tokens, and refresh tokens that each work once.

use std::time::Duration;

use holdout_protocol::{
    Account, AccountId, ApiTokenId, ErrorCode, NewSession, Page, PageQuery, Reason, Session, SessionId, SessionTokens,
    Timestamp,
};
use serde_json::json;

use super::email::Email;
use super::password;
use crate::app::App;
use crate::config::SessionConfig;
use crate::db::refresh_tokens::Refresh;
use crate::db::sessions::Beginning;
use crate::db::{self, Conn};
use crate::error::{Error, Result};
use crate::{audit, auth, secret};

/// Refresh tokens of one session that are remembered; one that was used before these is unknown.
const REFRESH_TOKENS: i64 = 200;

/// A session as a transaction leaves it: all but the access token.
struct Renewed {
    session: SessionId,
    account: Account,
    refresh_token: String,
    refresh_expires_at: Timestamp,
}

/// How somebody shows who they are.
pub enum Proof {
    /// By the password of the account with this address.
    Password {
        /// What was typed as an address.
        email: String,
        /// What was typed as a password.
        password: String,
    },
    /// By a personal API token.
    ApiToken(String),
}

impl Proof {
    /// Returns the one kind of proof that a request has.
    ///
    /// # Errors
    /// `invalid_value` if it has neither, or both.
    pub fn from_request(request: NewSession) -> Result<Self> {
        let wrong = |field, message| Err(Error::invalid(field, message).because(Reason::RequestUnfit, json!({})));
        match (request.email, request.password, request.api_token) {
            (Some(email), Some(password), None) => Ok(Self::Password { email, password }),
            (None, None, Some(token)) => Ok(Self::ApiToken(token)),
            (None, None, None) => wrong("email", "send `email` and `password`, or `api_token`"),
            (Some(_), None, None) => wrong("password", "`password` is missing"),
            (None, Some(_), None) => wrong("email", "`email` is missing"),
            (_, _, Some(_)) => wrong("api_token", "send either `email` and `password`, or `api_token`, and not both"),
        }
    }
}

/// Begins a session of a browser or program that calls itself `client`. Both tokens are in the
/// answer, whatever the request says of cookies.
///
/// # Errors
/// `wrong_credentials`; `unauthenticated` for an invalid API token.
pub async fn log_in(app: &App, proof: Proof, client: Option<String>) -> Result<SessionTokens> {
    let (account, token) = match proof {
        Proof::Password { email, password } => (by_password(app, &email, password).await?, None),
        Proof::ApiToken(token) => by_api_token(app, &token).await.map(|(account, token)| (account, Some(token)))?,
    };
    begin(app, account, Beginning { token, client }).await
}

/// Begins a session of an account that has shown who it is.
pub async fn begin(app: &App, account: Account, beginning: Beginning) -> Result<SessionTokens> {
    let (config, most) = (app.config.sessions.clone(), app.config.limits.sessions_per_account);
    let begin = move |conn: &mut Conn| {
        let (session, now) = (SessionId::new(), Timestamp::now());
        db::sessions::forget_ended(conn, account.id, now)?;
        db::sessions::keep_newest(conn, account.id, most.saturating_sub(1))?;
        db::sessions::insert(conn, session, account.id, &beginning, now)?;
        renew(conn, &config, session, account)
    };
    signed(app, app.db.write(begin).await?)
}

async fn by_password(app: &App, email: &str, password: String) -> Result<Account> {
    // What is no address has no account; it takes as long to say so.
    let email = Email::parse(email).ok();
    let found = app.db.read(move |conn| credentials(conn, email.as_ref())).await?;
    let (account, hash) = found.unzip();
    let verified = password::verify(password, hash).await?;
    account.filter(|_| verified).ok_or_else(|| {
        Error::refused(ErrorCode::WrongCredentials, "e-mail address and password do not belong together")
    })
}

async fn by_api_token(app: &App, token: &str) -> Result<(Account, ApiTokenId)> {
    let hash = secret::digest(token);
    let look = move |conn: &mut Conn| {
        let now = Timestamp::now();
        let Some((token, owner, _)) = db::logins::account_of_token(conn, hash, now)? else { return Ok(None) };
        db::tokens::touch(conn, token, now)?;
        Ok(Some((account(conn, owner.id)?, token)))
    };
    let unknown = || Error::refused(ErrorCode::Unauthenticated, auth::INVALID_API_TOKEN);
    app.db.write(look).await?.ok_or_else(unknown)
}

fn account(conn: &mut Conn, id: AccountId) -> Result<Account> {
    db::accounts::find(conn, id)?.ok_or_else(|| Error::internal("an account is gone"))
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
/// `unauthenticated`; `token_reused` if the token was used before and longer than a moment ago.
/// That ends the session, because one of the two who had the token is not whom it was given to.
pub async fn refresh(app: &App, refresh_token: &str) -> Result<SessionTokens> {
    let (hash, config) = (secret::digest(refresh_token), app.config.sessions.clone());
    let invalid = auth::invalid_refresh_token(refresh_token);
    // What is refused is written too, because the outcome must not undo the transaction.
    let outcome = app.db.write(move |conn| {
        let now = Timestamp::now();
        match db::refresh_tokens::take(conn, hash, now)? {
            Refresh::Taken(session, account) => {
                let account = self::account(conn, account)?;
                db::refresh_tokens::forget_expired(conn, session, now)?;
                db::refresh_tokens::keep_newest(conn, session, REFRESH_TOKENS)?;
                renew(conn, &config, session, account).map(Ok)
            }
            Refresh::Used(session, account) => {
                if db::sessions::revoke(conn, session, now)? {
                    audit::record(conn, Some(account), "session.token_reused", &session.to_string(), &json!({}))?;
                }
                Ok(Err(reused()))
            }
            Refresh::Invalid => Ok(Err(invalid)),
        }
    });
    signed(app, outcome.await??)
}

fn reused() -> Error {
    let message =
        "this refresh token was used before, so somebody else may have it; the session is ended, log in again";
    Error::refused(ErrorCode::TokenReused, message)
}

/// Gives a session its next refresh token.
fn renew(conn: &mut Conn, config: &SessionConfig, session: SessionId, account: Account) -> Result<Renewed> {
    let refresh_token = secret::random();
    let now = Timestamp::now();
    let mut refresh_expires_at = now.plus(Duration::from_secs(config.refresh_seconds));
    if let Some(ends) = db::sessions::token_expiry(conn, session)? {
        refresh_expires_at = refresh_expires_at.min(ends);
    }
    db::refresh_tokens::insert(conn, session, secret::digest(&refresh_token), now, refresh_expires_at)?;
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
pub async fn end(app: &App, session: SessionId) -> Result<()> {
    app.db.write(move |conn| db::sessions::revoke(conn, session, Timestamp::now())).await.map(drop)
}

/// Ends the session of a refresh token, if there is one.
pub async fn end_by_refresh(app: &App, refresh_token: &str) -> Result<()> {
    let hash = secret::digest(refresh_token);
    let work = move |conn: &mut Conn| match db::refresh_tokens::session_of(conn, hash)? {
        Some(session) => db::sessions::revoke(conn, session, Timestamp::now()).map(drop),
        None => Ok(()),
    };
    app.db.write(work).await
}

/// A page of the account's sessions that go on, newest first.
pub async fn list_sessions(app: &App, account: auth::Account, query: PageQuery) -> Result<Page<Session>> {
    let now = Timestamp::now();
    app.db.read(move |conn| db::sessions::page(conn, account.id, account.session, now, &query)).await
}

/// Ends a session of the account.
///
/// # Errors
/// `not_found` if it has no such session, or it has ended.
pub async fn end_own(app: &App, account: AccountId, session: SessionId) -> Result<()> {
    app.db
        .write(move |conn| {
            if !db::sessions::revoke_own(conn, account, session, Timestamp::now())? {
                return Err(Error::not_found("session", session));
            }
            audit::record(conn, Some(account), "session.end", &session.to_string(), &json!({}))
        })
        .await
}

/// Ends all sessions of the account but the one that asks.
pub async fn end_others(app: &App, account: auth::Account) -> Result<()> {
    app.db
        .write(move |conn| match db::sessions::revoke_all(conn, account.id, account.session, Timestamp::now())? {
            0 => Ok(()),
            ended => {
                let detail = json!({ "sessions": ended });
                audit::record(conn, Some(account.id), "session.end_others", &account.id.to_string(), &detail)
            }
        })
        .await
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::samples::field;

    /// Returns what is at fault with a login by these; `None` if nothing is.
    fn at_fault(email: Option<&str>, password: Option<&str>, api_token: Option<&str>) -> Option<String> {
        let [email, password, api_token] = [email, password, api_token].map(|text| text.map(str::to_owned));
        Proof::from_request(NewSession { email, password, api_token, cookie: false }).err().map(|error| field(&error))
    }

    #[test]
    fn a_login_goes_one_of_two_ways_and_not_both() {
        assert_eq!(at_fault(Some("e"), Some("p"), None), None);
        assert_eq!(at_fault(None, None, Some("t")), None);
        for (email, password, token, field) in [
            (None, None, None, "email"),
            (Some("e"), None, None, "password"),
            (None, Some("p"), None, "email"),
            (Some("e"), Some("p"), Some("t"), "api_token"),
            (Some("e"), None, Some("t"), "api_token"),
            (None, Some("p"), Some("t"), "api_token"),
        ] {
            assert_eq!(at_fault(email, password, token).as_deref(), Some(field));
        }
    }
}
