//! The first organizer: a link, printed by the program, with which somebody chooses name, address
//! and password.
//!
//! There are such links only as long as no owner of the server has a password: an observer who was
//! invited before the set-up cannot make anybody an owner. Several servers may each print a link;
//! the first one that is used ends all.

use std::time::Duration;

use holdout_protocol::{
    Account, AccountId, CreatedSetupLink, ErrorCode, OrganizerRole, Reason, SessionTokens, SetupLink, SetupOrganizer,
    Timestamp,
};
use serde_json::json;

use crate::accounts::email::Email;
use crate::accounts::password::Password;
use crate::accounts::{self, sessions};
use crate::app::App;
use crate::db::sessions::Beginning;
use crate::db::{self, Conn, Lock};
use crate::error::{Error, Result};
use crate::rates::{self, Rate};
use crate::{audit, bootstrap, secret};

/// Codes begin so, never with a `-` that a command line would take for a flag.
const CODE_PREFIX: &str = "hu_";
/// How long a code is valid.
const LIFE: Duration = Duration::from_secs(7 * 24 * 3600);
/// A newer code ends those that are older than it by more than this.
const TOGETHER: Duration = Duration::from_hours(1);
/// Codes that are valid at once.
const KEPT: i64 = 20;

/// Makes a link for a server that starts. Returns `None` if an owner of the server has a password.
pub async fn offer(app: &App) -> Result<Option<CreatedSetupLink>> {
    app.db
        .write(|conn| {
            db::lock(conn, Lock::Organizers)?;
            if db::organizer_roles::an_owner_has_password(conn)? { Ok(None) } else { make(conn, None).map(Some) }
        })
        .await
}

/// Makes another link, for whoever has the organizer's token.
///
/// # Errors
/// `wrong_state` if an owner of the server has a password; `rate_limited`.
pub async fn create(app: &App, by: AccountId) -> Result<CreatedSetupLink> {
    let rates = app.config.rates.clone();
    app.db
        .write(move |conn| {
            db::lock(conn, Lock::Organizers)?;
            rates::spend_in(conn, &rates, &Rate::Secrets(by), Timestamp::now())?;
            if db::organizer_roles::an_owner_has_password(conn)? {
                let message = "an owner of the server has a password already; let one of them invite you \
                     (`holdout organizer invite`) or make a link for a forgotten password (`holdout account reset-link`); \
                     the token in `organizer-token` of the server's data folder can do both";
                return Err(Error::refused(ErrorCode::WrongState, message)
                    .because(Reason::OrganizerHasPassword, json!({})));
            }
            make(conn, Some(by))
        })
        .await
}

fn make(conn: &mut Conn, by: Option<AccountId>) -> Result<CreatedSetupLink> {
    let (code, expires_at) = (format!("{CODE_PREFIX}{}", secret::random()), Timestamp::now().plus(LIFE));
    // A server that is started again and again makes one each time, and each lies in a log. Those
    // of servers that start together stay.
    db::setup_codes::forget_before(conn, expires_at.minus(TOGETHER))?;
    db::setup_codes::insert(conn, secret::digest(&code), expires_at)?;
    db::setup_codes::keep_newest(conn, KEPT)?;
    audit::record(conn, by, "setup_link.create", "organizer", &json!({ "expires_at": expires_at }))?;
    Ok(CreatedSetupLink { code, expires_at })
}

/// Whether a code is valid.
///
/// # Errors
/// `not_found`; `gone` if it has expired.
pub async fn look(app: &App, code: &str) -> Result<SetupLink> {
    let code = secret::digest(code);
    app.db.read(move |conn| open(conn, code)).await
}

fn open(conn: &mut Conn, code: holdout_protocol::Sha256) -> Result<SetupLink> {
    // Codes are forgotten when one of them is used, so a used one is unknown. The message does not
    // repeat the secret.
    let unknown = || {
        let message = "there is no set-up link with this code, or an owner of the server has a password already";
        Error::refused(ErrorCode::NotFound, message).because(Reason::UnknownSetupLink, json!({}))
    };
    let expires_at = db::setup_codes::expiry(conn, code)?.ok_or_else(unknown)?;
    // An owner may also have got a password by an invitation or a reset link. A code that lies in a
    // log since the start must not take the server's own organizer over then.
    if db::organizer_roles::an_owner_has_password(conn)? {
        return Err(unknown());
    }
    if expires_at <= Timestamp::now() {
        let message = "this set-up link has expired; restart the server, or run `holdout organizer setup-link`";
        return Err(Error::refused(ErrorCode::Gone, message).because(Reason::SetupLinkOver, json!({})));
    }
    Ok(SetupLink { expires_at })
}

/// Gives the server's own organizer a name, an address and a password, and logs them in. Makes an
/// organizer if there is none.
///
/// # Errors
/// As [`look`]; `invalid_value`; `already_exists` if the address has another account.
pub async fn set_up(app: &App, code: &str, request: SetupOrganizer, client: Option<String>) -> Result<SessionTokens> {
    let code = secret::digest(code);
    // Before the work of hashing.
    app.db.read(move |conn| open(conn, code)).await?;
    let email = Email::parse(&request.email)?.to_string();
    let name = accounts::checked_name("name", &request.name)?;
    let hash = Password::parse("password", request.password)?.unlike("password", &email)?.hash().await?;
    let taken = {
        let message = format!("there is an account for `{email}`; choose another address");
        let facts = json!({ "field": "email", "email": email });
        move || Error::refused(ErrorCode::AlreadyExists, message).because(Reason::AddressTaken, facts)
    };
    let work = move |conn: &mut Conn| {
        db::lock(conn, Lock::Organizers)?;
        open(conn, code)?;
        let now = Timestamp::now();
        let account = match bootstrap::own_organizer(conn)? {
            Some(own) => {
                db::accounts::set_identity(conn, own.id, &email, &name)?;
                db::accounts::set_password(conn, own.id, &hash)?;
                db::password_resets::revoke_all(conn, own.id, now)?;
                Account { email, name, ..own }
            }
            None => {
                let new = Account { id: AccountId::new(), email, name, organizer: true, created_at: now };
                db::accounts::insert(conn, &new, &hash, true)?;
                db::organizer_roles::grant(conn, new.id, None, OrganizerRole::Owner, None, now)?;
                new
            }
        };
        db::setup_codes::forget_all(conn)?;
        let detail = json!({ "email": account.email, "name": account.name });
        audit::record(conn, Some(account.id), "organizer.set_up", &account.id.to_string(), &detail)?;
        Ok(account)
    };
    let account = app.db.write(work).await.map_err(|error| error.or_taken(taken))?;
    sessions::begin(app, account, Beginning { token: None, client }).await
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::db::in_memory;

    #[test]
    fn a_newer_link_ends_those_that_were_not_made_with_it() {
        let mut conn = in_memory();
        let made = |minutes: u64| Timestamp::now().plus(LIFE).minus(Duration::from_secs(60 * minutes));
        let codes = [("old", 61), ("beside", 59)].map(|(code, minutes)| (secret::digest(code), made(minutes)));
        for (code, expires_at) in codes {
            db::setup_codes::insert(&mut conn, code, expires_at).unwrap();
        }
        let new = make(&mut conn, None).unwrap();
        let mut is_known = |code| db::setup_codes::expiry(&mut conn, code).unwrap().is_some();
        assert_eq!(codes.map(|(code, _)| is_known(code)), [false, true]);
        assert!(is_known(secret::digest(&new.code)));
    }
}
