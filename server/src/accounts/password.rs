//! Passwords: Argon2id with the crate's recommended parameters (19 MiB, two passes, one lane).

use std::sync::LazyLock;

use argon2::password_hash::phc::PasswordHash;
use argon2::password_hash::{PasswordHasher as _, PasswordVerifier as _};
use argon2::{Argon2, password_hash};
use tokio::sync::Semaphore;

use crate::error::{Error, Result};
use crate::secret;

/// Hashes computed at once by this process: bounds their memory, and leaves the rest of the blocking pool to the
/// database.
static TURNS: Semaphore = Semaphore::const_new(4);

/// What a password is compared with where there is no account, so that the time taken does not tell.
static NOBODY: LazyLock<Result<String, password_hash::Error>> = LazyLock::new(|| hash_now(&secret::random()));

/// A password that somebody chose. It is never shown, in no log either.
pub struct Password(String);

impl Password {
    /// A password of 10 to 200 characters.
    ///
    /// # Errors
    /// `invalid_value` where it is shorter or longer.
    pub fn parse(text: String) -> Result<Self> {
        let length = text.chars().count();
        if (10..=200).contains(&length) {
            return Ok(Self(text));
        }
        Err(Error::invalid("password", format!("a password of {length} characters is not allowed; use 10 to 200")))
    }

    /// One that nobody knows.
    #[must_use]
    pub fn unknown() -> Self {
        Self(secret::random())
    }

    /// Its hash with a salt of its own, as a PHC string.
    ///
    /// # Errors
    /// Where it cannot be computed.
    pub async fn hash(self) -> Result<String> {
        in_turn(move || hash_now(&self.0).map_err(Error::internal)).await
    }
}

/// Whether `password` is the one of this hash; takes the same time where there is none.
///
/// # Errors
/// Where the hash is damaged.
pub async fn verify(password: String, hash: Option<String>) -> Result<bool> {
    in_turn(move || {
        let known = hash.is_some();
        let hash = match hash {
            Some(hash) => hash,
            None => NOBODY.clone().map_err(Error::internal)?,
        };
        let hash = PasswordHash::new(&hash).map_err(Error::internal)?;
        let same = Argon2::default().verify_password(password.as_bytes(), &hash).is_ok();
        Ok(same && known)
    })
    .await
}

fn hash_now(password: &str) -> Result<String, password_hash::Error> {
    Argon2::default().hash_password(password.as_bytes()).map(|hash| hash.to_string())
}

async fn in_turn<T: Send + 'static>(work: impl FnOnce() -> Result<T> + Send + 'static) -> Result<T> {
    let turn = TURNS.acquire().await.map_err(Error::internal)?;
    let run = move || {
        // Held by the thread: a client that hangs up does not make room before the memory is free.
        let _turn = turn;
        work()
    };
    tokio::task::spawn_blocking(run).await.map_err(Error::internal)?
}

#[cfg(test)]
mod tests {
    use super::*;

    #[actix_web::test]
    async fn only_the_password_itself_verifies() {
        let hash = Password::parse("correct horse".to_owned()).unwrap().hash().await.unwrap();
        assert!(hash.starts_with("$argon2id$v=19$m=19456,t=2,p=1$"), "{hash}");
        assert!(verify("correct horse".to_owned(), Some(hash.clone())).await.unwrap());
        assert!(!verify("correct horses".to_owned(), Some(hash)).await.unwrap());
        assert!(!verify("correct horse".to_owned(), None).await.unwrap());
    }

    #[test]
    fn lengths_are_in_characters() {
        let parse = |text: String| Password::parse(text).is_ok();
        assert!(!parse("ä".repeat(9)) && parse("ä".repeat(10)) && parse("ä".repeat(200)) && !parse("ä".repeat(201)));
    }
}
