//! Passwords: Argon2id with the crate's recommended parameters (19 MiB, two passes, one lane).

use holdout_protocol::limits::{PASSWORD_LEAST, PASSWORD_MOST};
use holdout_protocol::{AccountId, ErrorCode, Reason, Timestamp};
use serde_json::json;

use super::hashing;
use crate::app::App;
use crate::auth::Account;
use crate::db::{self, Conn, Lock};
use crate::error::{Error, Result};
use crate::{audit, secret};

/// A password that somebody chose. It is never shown, in no log either.
pub struct Password(String);

impl Password {
    /// A password of 10 to 200 characters, sent as `field`.
    ///
    /// # Errors
    /// `invalid_value` if it is shorter or longer.
    pub fn parse(field: &str, text: String) -> Result<Self> {
        let length = text.chars().count();
        if (PASSWORD_LEAST..=PASSWORD_MOST).contains(&length) {
            return Ok(Self(text));
        }
        let facts = json!({ "length": length, "least": PASSWORD_LEAST, "most": PASSWORD_MOST });
        let message =
            format!("a password of {length} characters is not allowed; use {PASSWORD_LEAST} to {PASSWORD_MOST}");
        Err(Error::invalid(field, message).because(Reason::PasswordLength, facts))
    }

    /// Returns the same password, unless it is the e-mail address of its account: that is the first
    /// guess of anybody.
    ///
    /// # Errors
    /// `invalid_value` if it is.
    pub fn unlike(self, field: &str, email: &str) -> Result<Self> {
        if self.0.trim().to_lowercase() != email.to_lowercase() {
            return Ok(self);
        }
        let message = "the e-mail address cannot be the password";
        Err(Error::invalid(field, message).because(Reason::PasswordIsEmail, json!({})))
    }

    /// Returns a random password that nobody knows.
    #[must_use]
    pub fn unknown() -> Self {
        Self(secret::random())
    }

    /// Its hash with a salt of its own, as a PHC string.
    ///
    /// # Errors
    /// If it cannot be computed.
    pub async fn hash(self) -> Result<String> {
        hashing::hash(self.0).await
    }
}

/// Tells whether `password` is the one of this hash; takes the same time if there is none.
///
/// # Errors
/// `unavailable` if too many log in at once; [`Error::Internal`] if the hash is damaged.
pub async fn verify(password: String, hash: Option<String>) -> Result<bool> {
    hashing::verify(password, hash).await
}

/// Checks the password of an account, and returns its hash.
///
/// # Errors
/// `wrong_credentials` if the password is another one.
pub(super) async fn check_present(app: &App, id: AccountId, password: String) -> Result<String> {
    let known = app.db.read(move |conn| db::accounts::password_hash(conn, id)).await?;
    if verify(password, Some(known.clone())).await? {
        return Ok(known);
    }
    Err(Error::refused(ErrorCode::WrongCredentials, "the present password is another one")
        .because(Reason::WrongPassword, json!({})))
}

/// Locks the password of an account, and checks that its hash is still the one that was known when
/// the password was asked for.
///
/// # Errors
/// `wrong_state` if the password was changed meanwhile.
pub(super) fn lock_unchanged(conn: &mut Conn, id: AccountId, known: &str) -> Result<()> {
    db::lock(conn, Lock::Passwords(&id.to_string()))?;
    if db::accounts::password_hash(conn, id)? == known {
        return Ok(());
    }
    Err(Error::refused(ErrorCode::WrongState, "the password was changed meanwhile")
        .because(Reason::ChangedMeanwhile, json!({})))
}

/// Changes the password of an account whose owner knows the `current` one. All sessions but the
/// caller's end, and so do links that would set another; API tokens stay valid.
///
/// # Errors
/// `wrong_credentials` if `current` is another one; `wrong_state` if it was changed meanwhile.
pub async fn change(app: &App, account: Account, current: String, new: Password) -> Result<()> {
    let id = account.id;
    let known = check_present(app, id, current).await?;
    let hash = new.hash().await?;
    let work = move |conn: &mut Conn| {
        lock_unchanged(conn, id, &known)?;
        let now = Timestamp::now();
        db::accounts::set_password(conn, id, &hash)?;
        db::sessions::revoke_all(conn, id, account.session, now)?;
        db::password_resets::revoke_all(conn, id, now)?;
        audit::record(conn, Some(id), "password.change", &id.to_string(), &json!({}))
    };
    app.db.write(work).await
}

#[cfg(test)]
mod tests {
    use super::*;

    #[actix_web::test]
    async fn only_the_password_itself_verifies() {
        let hash = Password::parse("password", "correct horse".to_owned()).unwrap().hash().await.unwrap();
        assert!(hash.starts_with("$argon2id$v=19$m=19456,t=2,p=1$"), "{hash}");
        assert!(verify("correct horse".to_owned(), Some(hash.clone())).await.unwrap());
        assert!(!verify("correct horses".to_owned(), Some(hash)).await.unwrap());
        assert!(!verify("correct horse".to_owned(), None).await.unwrap());
    }

    #[test]
    fn an_address_is_no_password_of_its_account() {
        let unlike = |text: &str| Password::parse("new", text.to_owned()).unwrap().unlike("new", "ada@example.org");
        for text in ["ada@example.org", " ADA@example.ORG "] {
            let refused = unlike(text).map(drop).unwrap_err().to_string();
            assert!(refused.contains("cannot be the password"), "{refused}");
        }
        assert!(unlike("ada@example.org!").is_ok());
    }

    #[test]
    fn lengths_are_in_characters() {
        let parse = |text: String| Password::parse("password", text).is_ok();
        assert!(!parse("ä".repeat(9)) && parse("ä".repeat(10)) && parse("ä".repeat(200)) && !parse("ä".repeat(201)));
    }
}
