//! A new password without the old one, by a link. The person asks for it and gets it by e-mail, or
//! an organizer makes it and gives it to the person.

use std::time::Duration;

use holdout_protocol::{
    CreatedPasswordReset, ErrorCode, MessageKind, NewPasswordReset, OrganizerRole, PasswordReset, PasswordResetId,
    Reason, Timestamp,
};
use serde::{Deserialize, Serialize};
use serde_json::json;

use super::email::Email;
use super::password::Password;
use crate::app::App;
use crate::auth::Account;
use crate::db::password_resets::{Found, New};
use crate::db::{self, Conn, Lock};
use crate::error::{Error, Result};
use crate::idempotency::{IdempotencyKey, IdempotentRequest, write_once};
use crate::messages::link_notices::{self, SecretLink};
use crate::messages::no_mail;
use crate::organizers::needs_role;
use crate::rates::{self, Rate};
use crate::{audit, bootstrap, secret};

/// Codes begin so, never with a `-` that a command line would take for a flag.
const CODE_PREFIX: &str = "hr_";

/// How long a code is valid that an organizer made.
const LIFE: Duration = Duration::from_secs(24 * 3600);

/// How long a code is valid that was sent by e-mail.
const MAILED_LIFE: Duration = Duration::from_secs(3600);

/// What is remembered of a link with the key of its request: never the code.
#[derive(Debug, Clone, Copy, Serialize, Deserialize)]
struct Made {
    id: PasswordResetId,
    expires_at: Timestamp,
}

/// Makes a link for an account, in the place of any before; its code is in the answer only. As with
/// API tokens, a repetition of the request gives the same link a new code.
///
/// # Errors
/// `not_found` if no account has the address; `forbidden` if it is an organizer's and the caller is
/// no owner of the server; `invalid_value`, `idempotency_mismatch`; `wrong_state` if the request is
/// repeated after the link was used or replaced.
pub async fn create(
    app: &App,
    by: Account,
    key: IdempotencyKey,
    request: NewPasswordReset,
) -> Result<CreatedPasswordReset> {
    let (is_owner, by) = (by.may(OrganizerRole::Owner), by.id);
    let email = Email::parse(&request.email)?;
    let once = IdempotentRequest::new(Some(by), key, "create_password_reset", &email.as_str())?;
    let code = format!("{CODE_PREFIX}{}", secret::random());
    let (hash, id) = (secret::digest(&code), PasswordResetId::new());
    let made = write_once(&app.db, once, move |conn| {
        let account = db::accounts::by_email(conn, email.as_str())?;
        let account = account.ok_or_else(|| Error::not_found("account", &email))?;
        // With the link, its maker could become an organizer with a higher role.
        if account.organizer && account.id != by && !is_owner {
            return Err(needs_role(OrganizerRole::Owner, None));
        }
        let account = account.id;
        db::lock(conn, Lock::Passwords(&account.to_string()))?;
        let now = Timestamp::now();
        db::password_resets::revoke_all(conn, account, now)?;
        let new = New { id, account, by, mailed: false, hash, expires_at: now.plus(LIFE) };
        db::password_resets::insert(conn, &new, now)?;
        let detail = json!({ "email": email.as_str(), "expires_at": new.expires_at });
        audit::record(conn, Some(by), "password_reset.create", &account.to_string(), &detail)?;
        Ok(Made { id, expires_at: new.expires_at })
    })
    .await?;
    let old = made.id;
    if old != id && !app.db.write(move |conn| db::password_resets::replace_code(conn, old, hash)).await? {
        let message = "the link that this request made was used or replaced since";
        return Err(Error::refused(ErrorCode::WrongState, message).because(Reason::UsedSince, json!({})));
    }
    Ok(CreatedPasswordReset { code, expires_at: made.expires_at })
}

/// Sends a link to the address, if it has an account. The answer does not tell whether it has one,
/// nor whether enough links were sent to it lately.
///
/// # Errors
/// `invalid_value`; `wrong_state` if the server sends no e-mail.
pub async fn request(app: &App, request: NewPasswordReset) -> Result<()> {
    if app.mailer.is_none() {
        return Err(no_mail());
    }
    let email = Email::parse(&request.email)?.to_string();
    // Nobody reads e-mail at this address; its owner sets it up with the token in the data folder.
    if email == bootstrap::EMAIL {
        return Ok(());
    }
    let rates = app.config.rates.clone();
    app.db
        .write(move |conn| {
            let now = Timestamp::now();
            if !rates::is_within(conn, &rates, &Rate::Links(MessageKind::PasswordReset, email.clone()), now)? {
                return Ok(());
            }
            let Some(account) = db::accounts::by_email(conn, &email)? else { return Ok(()) };
            let (code, id) = (format!("{CODE_PREFIX}{}", secret::random()), account.id);
            db::lock(conn, Lock::Passwords(&id.to_string()))?;
            let (hash, expires_at) = (secret::digest(&code), now.plus(MAILED_LIFE));
            // Links before stay valid: otherwise anybody could take them away.
            let new = New { id: PasswordResetId::new(), account: id, by: id, mailed: true, hash, expires_at };
            db::password_resets::insert(conn, &new, now)?;
            link_notices::password_reset(
                conn,
                (id, &email),
                SecretLink { path: format!("/reset/{code}"), expires_at },
            )?;
            audit::record(conn, None, "password_reset.request", &id.to_string(), &json!({ "expires_at": expires_at }))
        })
        .await
}

/// Returns whose password a code sets.
///
/// # Errors
/// `not_found`; `gone` if it was used, replaced, or has ended.
pub async fn look(app: &App, code: &str) -> Result<PasswordReset> {
    let hash = secret::digest(code);
    app.db.read(move |conn| open(db::password_resets::by_code(conn, hash)?)).await.map(|found| found.shown)
}

/// Sets a new password by a code, which is used up. All sessions and API tokens of the account
/// end, because whoever knew the old password may have made them.
///
/// # Errors
/// As [`look`]; `invalid_value` if the password is the account's address.
pub async fn set(app: &App, code: &str, password: Password) -> Result<()> {
    let hash = secret::digest(code);
    // Before the work of hashing.
    let found = app.db.read(move |conn| open(db::password_resets::by_code(conn, hash)?)).await?;
    let new = password.unlike("password", &found.shown.email)?.hash().await?;
    let work = move |conn: &mut Conn| {
        let found = open(db::password_resets::by_code(conn, hash)?)?;
        let (account, now) = (found.account, Timestamp::now());
        db::lock(conn, Lock::Passwords(&account.to_string()))?;
        if !db::password_resets::take(conn, found.id, now)? {
            return Err(gone());
        }
        db::accounts::set_password(conn, account, &new)?;
        if found.mailed {
            db::accounts::set_verified_email(conn, account, &found.shown.email, now)?;
        }
        db::password_resets::revoke_all(conn, account, now)?;
        db::sessions::revoke_all(conn, account, None, now)?;
        db::tokens::delete_all(conn, account)?;
        audit::record(conn, Some(account), "password_reset.use", &account.to_string(), &json!({}))
    };
    app.db.write(work).await
}

fn open(found: Option<Found>) -> Result<Found> {
    // The code is a secret, even if it is not valid, so the message does not repeat it.
    let unknown = || {
        Error::refused(ErrorCode::NotFound, "there is no link with this code").because(Reason::UnknownLink, json!({}))
    };
    let found = found.ok_or_else(unknown)?;
    if found.over || found.shown.expires_at <= Timestamp::now() { Err(gone()) } else { Ok(found) }
}

fn gone() -> Error {
    Error::refused(ErrorCode::Gone, "this link was used, replaced, or has ended; ask for another")
        .because(Reason::LinkOver, json!({}))
}

#[cfg(test)]
mod tests {
    use holdout_protocol::AccountId;

    use super::*;

    #[test]
    fn a_link_that_was_used_or_has_ended_is_gone_and_another_one_was_never_there() {
        let found = |over, life: i64| {
            let expires_at = Timestamp::from_micros(Timestamp::now().as_micros() + life);
            let shown = PasswordReset { email: "ada@example.org".to_owned(), name: "Ada".to_owned(), expires_at };
            Found { id: PasswordResetId::new(), account: AccountId::new(), mailed: false, shown, over }
        };
        let hour = 3600 * 1_000_000;
        assert!(open(Some(found(false, hour))).is_ok());
        for gone in [found(true, hour), found(false, 0), found(false, -hour)] {
            let told = open(Some(gone)).unwrap_err().body().error;
            assert_eq!((told.code, told.reason), (ErrorCode::Gone, Some(Reason::LinkOver)));
        }
        let told = open(None).unwrap_err().body().error;
        assert_eq!((told.code, told.reason), (ErrorCode::NotFound, Some(Reason::UnknownLink)));
    }
}
