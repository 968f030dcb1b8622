//! How a caller is logged in, to be looked at again while an answer goes on: an event stream must not outlive a logout.

use std::time::Duration;

use actix_web::HttpRequest;
use holdout_protocol::{AccountId, ErrorCode, SessionId, Sha256, Timestamp};

use crate::auth::{self, Account};
use crate::db::{self, Conn};
use crate::error::{Error, Result};
use crate::secret;

/// How often an open stream looks whether its caller is still logged in.
pub const LOOK_AGAIN: Duration = Duration::from_secs(3);

/// What a login stands on.
#[derive(Debug, Clone, Copy)]
pub enum Standing {
    /// A session. Its access token may expire meanwhile: the session is what counts.
    Session(AccountId, SessionId),
    /// An API token, by its digest.
    Token(AccountId, Sha256),
}

impl Standing {
    /// Returns what the login of this request stands on.
    ///
    /// # Errors
    /// `unauthenticated` if the request has no credential.
    pub fn of(request: &HttpRequest, account: &Account) -> Result<Self> {
        if let Some(session) = account.session {
            return Ok(Self::Session(account.id, session));
        }
        let token = auth::credential(request)?.ok_or_else(ended)?;
        Ok(Self::Token(account.id, secret::digest(&token)))
    }

    /// Sees that it still holds.
    ///
    /// # Errors
    /// `unauthenticated`.
    pub fn check(self, conn: &mut Conn) -> Result<()> {
        let now = Timestamp::now();
        let holds = match self {
            Self::Session(account, session) => db::sessions::account_of(conn, account, session, now)?.is_some(),
            Self::Token(account, hash) => {
                db::tokens::account_of(conn, hash, now)?.is_some_and(|(_, owner, _)| owner.id == account)
            }
        };
        if holds { Ok(()) } else { Err(ended()) }
    }
}

fn ended() -> Error {
    Error::refused(ErrorCode::Unauthenticated, "the session or API token has ended; log in again")
}
