//! Confirming the e-mail address of an account, and changing it. Both go by a link that is sent to
//! the address.

use holdout_protocol::{AccountId, EmailChange, ErrorCode, MailSettings, MessageKind, Reason, Timestamp};
use serde_json::json;

use super::email::Email;
use super::verification_links::send_link;
use super::{former_addresses, password, unknown_account};
use crate::app::App;
use crate::auth::Account;
use crate::config::RateConfig;
use crate::db::{self, Conn, Lock};
use crate::error::{Error, Result};
use crate::messages::{link_notices, no_mail, settings};
use crate::rates::{self, Rate};
use crate::{audit, bootstrap, secret};

/// Sends another link to the present address, or to the one that it is to become.
///
/// # Errors
/// `wrong_state` if the server sends no e-mail, or the address is confirmed; `rate_limited`.
pub async fn send_again(app: &App, account: AccountId) -> Result<MailSettings> {
    if app.mailer.is_none() {
        return Err(no_mail());
    }
    let rates = app.config.rates.clone();
    app.db
        .write(move |conn| {
            let (present, verified_at) = db::accounts::email_of(conn, account)?;
            let now = Timestamp::now();
            let pending = db::email_verifications::pending(conn, account, now)?;
            let email = match pending.filter(|pending| *pending != present) {
                Some(pending) => pending,
                None if verified_at.is_none() => present,
                None => {
                    let message = format!("`{present}` is confirmed already");
                    return Err(Error::refused(ErrorCode::WrongState, message)
                        .because(Reason::EmailVerified, json!({ "email": present })));
                }
            };
            spend_link(conn, &rates, (account, &email), now)?;
            send_link(conn, account, &email)
        })
        .await?;
    settings(app, account).await
}

/// Confirms an address by a code, which is used up. It becomes the address of the account.
///
/// # Errors
/// `not_found`; `gone` if the code was used, replaced, or has ended; `already_exists` if another
/// account has got the address meanwhile.
pub async fn verify(app: &App, code: &str) -> Result<()> {
    let hash = secret::digest(code);
    app.db
        .write(move |conn| {
            // The code is a secret, even if it is not valid, so the message does not repeat it.
            let unknown = || {
                Error::refused(ErrorCode::NotFound, "there is no link with this code")
                    .because(Reason::UnknownLink, json!({}))
            };
            let found = db::email_verifications::by_code(conn, hash)?.ok_or_else(unknown)?;
            let (account, now) = (found.account, Timestamp::now());
            db::lock(conn, Lock::Passwords(&account.to_string()))?;
            if found.over || !db::email_verifications::take(conn, found.id, now)? {
                let message = "this link was used, replaced, or has expired; ask for another on the page Account";
                return Err(Error::refused(ErrorCode::Gone, message).because(Reason::LinkOver, json!({})));
            }
            let (before, _) = db::accounts::email_of(conn, account)?;
            if before != found.email {
                take_address(conn, account, (&before, &found.email))?;
                link_notices::address_changed(conn, (account, &before))?;
            }
            db::accounts::set_verified_email(conn, account, &found.email, now)
                .map_err(|error| error.or_taken(|| address_taken(&found.email)))?;
            audit::record(conn, Some(account), "email.verify", &account.to_string(), &json!({ "email": found.email }))
        })
        .await
}

/// Changes the address of an account: at once if the server sends no e-mail, otherwise when the
/// link that is sent to it is opened.
///
/// # Errors
/// `wrong_credentials` if the password is another one; `invalid_value`; `already_exists` if another
/// account has the address; `wrong_state` if it was that of an account that was deleted;
/// `rate_limited`.
pub async fn change(app: &App, account: &Account, request: EmailChange) -> Result<MailSettings> {
    let (id, email) = (account.id, Email::parse(&request.email)?.to_string());
    if email == bootstrap::EMAIL {
        return Err(super::reserved(&email));
    }
    password::check_present(app, id, request.password).await?;
    let (rates, sends) = (app.config.rates.clone(), app.mailer.is_some());
    app.db
        .write(move |conn| {
            let now = Timestamp::now();
            let before = db::accounts::find(conn, id)?.ok_or_else(unknown_account)?.email;
            if before == email {
                return db::email_verifications::revoke_all(conn, id, now);
            }
            if sends {
                spend_link(conn, &rates, (id, &email), now)?;
                check_free(conn, &email)?;
                return send_link(conn, id, &email);
            }
            rates::spend_in(conn, &rates, &Rate::Names(id), now)?;
            take_address(conn, id, (&before, &email))?;
            db::accounts::set_email(conn, id, &email).map_err(|error| error.or_taken(|| address_taken(&email)))
        })
        .await?;
    settings(app, id).await
}

/// Counts a link to an address, for the address and for the account that asks.
fn spend_link(conn: &mut Conn, rates: &RateConfig, (account, email): (AccountId, &str), now: Timestamp) -> Result<()> {
    rates::spend_in(conn, rates, &Rate::LinksBy(account), now)?;
    rates::spend_in(conn, rates, &Rate::Links(MessageKind::Verification, email.to_owned()), now)
}

fn check_free(conn: &mut Conn, email: &str) -> Result<()> {
    if db::accounts::by_email(conn, email)?.is_some() {
        return Err(address_taken(email));
    }
    former_addresses::check_address(conn, email, Timestamp::now())
}

fn address_taken(email: &str) -> Error {
    let facts = json!({ "field": "email", "email": email });
    Error::refused(ErrorCode::AlreadyExists, format!("there is an account for `{email}`; choose another address"))
        .because(Reason::AddressTaken, facts)
}

/// Writes down that the address of an account changes, and carries over which e-mails it does not
/// want.
fn take_address(conn: &mut Conn, account: AccountId, (before, after): (&str, &str)) -> Result<()> {
    check_free(conn, after)?;
    db::lock(conn, Lock::MailOptouts(after))?;
    let (off, now) = (db::mail_optouts::of_address(conn, before)?, Timestamp::now());
    off.iter().try_for_each(|kind| db::mail_optouts::add(conn, after, *kind, now))?;
    // Links that were sent to the former address must not set the password.
    db::password_resets::revoke_all(conn, account, now)?;
    let detail = json!({ "before": before, "after": after });
    audit::record(conn, Some(account), "email.change", &account.to_string(), &detail)
}
