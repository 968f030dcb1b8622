//! Accounts, sessions and API tokens.

pub mod deletion;
pub mod email;
mod former_addresses;
mod hashing;
pub mod own_data;
pub mod password;
pub mod resets;
pub mod sessions;
pub mod tokens;
mod verification_links;
pub mod verifications;

use holdout_protocol::limits::NAME;
use holdout_protocol::{
    Account, AccountChanges, AccountId, ErrorCode, Me, MessageKind, NewAccount, Reason, TeamId, Timestamp, check_line,
    is_name,
};
use serde_json::json;

use crate::app::App;
use crate::db::{self, Conn};
use crate::error::{Error, Result};
use crate::rates::{self, Rate};
use crate::{bans, bootstrap};
use email::Email;
use password::Password;

/// Makes an account.
///
/// # Errors
/// `invalid_value`; `already_exists` if the address has one; `wrong_state` if the address was that
/// of an account that was deleted.
pub async fn register(app: &App, request: NewAccount) -> Result<Account> {
    let email = Email::parse(&request.email)?.to_string();
    let name = checked_name("name", &request.name)?;
    let password = Password::parse("password", request.password)?.unlike("password", &email)?;
    if email == bootstrap::EMAIL {
        return Err(reserved(&email));
    }
    let account = Account { id: AccountId::new(), email, name, organizer: false, created_at: Timestamp::now() };
    let email = account.email.clone();
    let taken = move || {
        Error::refused(ErrorCode::AlreadyExists, format!("there is an account for `{email}`; log in"))
            .because(Reason::AccountTaken, json!({ "email": email }))
    };
    let hash = password.hash().await?;
    let (sends, rates) = (app.mailer.is_some(), app.config.rates.clone());
    let written = app.db.write(move |conn| {
        former_addresses::check_address(conn, &account.email, account.created_at)?;
        db::accounts::insert(conn, &account, &hash, true)?;
        let rate = Rate::Links(MessageKind::Verification, account.email.clone());
        if sends && rates::is_within(conn, &rates, &rate, account.created_at)? {
            verification_links::send_link(conn, account.id, &account.email)?;
        }
        Ok(account)
    });
    written.await.map_err(|error| error.or_taken(taken))
}

/// A refusal of the address of the server's own organizer.
fn reserved(email: &str) -> Error {
    let message = format!("`{email}` is reserved for the server's own organizer; use your address");
    Error::invalid("email", message).because(Reason::EmailReserved, json!({ "email": email }))
}

/// A fault of ours: the row of an account is never deleted.
pub fn unknown_account() -> Error {
    Error::internal("an account is gone")
}

/// The account of the caller, and its teams.
pub async fn me(app: &App, id: AccountId) -> Result<Me> {
    app.db.read(move |conn| read_me(conn, id)).await
}

fn read_me(conn: &mut Conn, id: AccountId) -> Result<Me> {
    let account = db::accounts::find(conn, id)?.ok_or_else(unknown_account)?;
    let roles = db::organizer_roles::of_account(conn, id)?.into_iter().map(Into::into).collect();
    let bans = bans::notices(conn, id, &account.email)?;
    let mut teams = db::memberships::teams_of(conn, id)?;
    let ids: Vec<TeamId> = teams.iter().map(|team| team.id).collect();
    let deadlines = db::extensions::deadlines_of(conn, &ids)?;
    for team in &mut teams {
        team.extended_until = deadlines.get(&team.id).copied();
    }
    Ok(Me { account, teams, roles, bans })
}

/// Changes the name of an account.
///
/// # Errors
/// `invalid_value`; `rate_limited`.
pub async fn change(app: &App, id: AccountId, changes: AccountChanges) -> Result<Me> {
    let name = checked_name("name", &changes.name)?;
    let rates = app.config.rates.clone();
    app.db
        .write(move |conn| {
            let before = db::accounts::find(conn, id)?.ok_or_else(unknown_account)?.name;
            if before == name {
                return Ok(());
            }
            rates::spend_in(conn, &rates, &Rate::Names(id), Timestamp::now())?;
            db::accounts::set_name(conn, id, &name)?;
            let detail = serde_json::json!({ "before": before, "after": name });
            crate::audit::record(conn, Some(id), "account.rename", &id.to_string(), &detail)
        })
        .await?;
    me(app, id).await
}

/// A name as it is shown: 1 to 100 characters, none of them a control character or invisible.
///
/// # Errors
/// `invalid_value`, with the character at fault.
pub fn checked_name(field: &'static str, text: &str) -> Result<String> {
    // Before blanks at the ends are dropped, as the API describes it.
    check_line(field, Some(text), NAME)?;
    let name = text.trim();
    if is_name(name) {
        return Ok(name.to_owned());
    }
    let message = format!("`{field}` has no character that can be seen; it takes 1 to {NAME} of them");
    Err(Error::invalid(field, message).because(Reason::TextRequired, json!({ "most": NAME })))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::samples::{field, refusal};

    #[test]
    fn a_name_is_kept_without_blanks_around_it_and_refused_if_it_cannot_be_shown() {
        assert_eq!(checked_name("name", "  Ada Lovelace ").unwrap(), "Ada Lovelace");
        assert_eq!(checked_name("name", &"ä".repeat(100)).unwrap().chars().count(), 100);
        let long = "ä".repeat(101);
        for (bad, reason, said) in [
            ("", Reason::TextRequired, "`name`"),
            ("  ", Reason::TextRequired, "`name`"),
            ("a\nb", Reason::ControlCharacter, "\\u{a}"),
            ("a\u{202e}b", Reason::ControlCharacter, "\\u{202e}"),
            ("\u{200b}", Reason::ControlCharacter, "\\u{200b}"),
            ("\u{2800}", Reason::TextRequired, "can be seen"),
            (&long, Reason::TextTooLong, "101"),
        ] {
            let error = checked_name("name", bad).unwrap_err();
            assert!(error.to_string().contains(said), "{error}");
            assert_eq!((field(&error).as_str(), refusal::<()>(Err(error)).0), ("name", Some(reason)));
        }
    }

    #[test]
    fn the_address_of_the_servers_own_organizer_is_reserved() {
        let told = reserved(bootstrap::EMAIL).body().error;
        assert_eq!((told.reason, &told.detail["email"]), (Some(Reason::EmailReserved), &json!("organizer@localhost")));
        assert!(told.message.contains("`organizer@localhost` is reserved"), "{}", told.message);
    }
}
