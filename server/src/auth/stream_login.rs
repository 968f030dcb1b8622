//! The login of a caller who holds an event stream open. It is checked again and again, because a
//! stream must not outlive a logout.

use std::time::Duration;

use actix_web::HttpRequest;
use holdout_protocol::{AccountId, ErrorCode, SessionId, Sha256, Timestamp};

use super::callers::Account;
use super::credential::credential;
use crate::db::{self, Conn};
use crate::error::{Error, Result};
use crate::secret;

/// How often an open stream checks that its caller is still logged in.
pub const LOOK_AGAIN: Duration = Duration::from_secs(3);

/// The login that an open stream depends on.
#[derive(Debug, Clone, Copy)]
pub enum StreamLogin {
    /// A session. Its access token may expire meanwhile, because the session is what counts.
    Session(AccountId, SessionId),
    /// An API token, by its digest.
    Token(AccountId, Sha256),
}

impl StreamLogin {
    /// Returns the login of this request.
    ///
    /// # Errors
    /// `unauthenticated` if the request has no credential.
    pub fn of_request(request: &HttpRequest, account: &Account) -> Result<Self> {
        if let Some(session) = account.session {
            return Ok(Self::Session(account.id, session));
        }
        let token = credential(request)?.ok_or_else(ended)?;
        Ok(Self::Token(account.id, secret::digest(&token)))
    }

    /// Checks that it is still valid.
    ///
    /// # Errors
    /// `unauthenticated`.
    pub fn check_valid(self, conn: &mut Conn) -> Result<()> {
        let now = Timestamp::now();
        let holds = match self {
            Self::Session(account, session) => db::logins::account_of_session(conn, account, session, now)?.is_some(),
            Self::Token(account, hash) => {
                db::logins::account_of_token(conn, hash, now)?.is_some_and(|(_, owner, _)| owner.id == account)
            }
        };
        if holds { Ok(()) } else { Err(ended()) }
    }
}

fn ended() -> Error {
    Error::refused(ErrorCode::Unauthenticated, "session or API token is no longer valid; log in again")
}

#[cfg(test)]
mod tests {
    use actix_web::http::header::AUTHORIZATION;
    use actix_web::test::TestRequest;

    use super::*;
    use crate::samples::account;

    #[test]
    fn a_stream_depends_on_the_session_or_else_on_the_token_that_opened_it() {
        let request = TestRequest::default().insert_header((AUTHORIZATION, "Bearer hp_abc")).to_http_request();
        let by_token = account(&[]);
        let found = StreamLogin::of_request(&request, &by_token).unwrap();
        assert!(matches!(found, StreamLogin::Token(id, hash) if id == by_token.id && hash == secret::digest("hp_abc")));
        let session = SessionId::new();
        let by_session = Account { session: Some(session), ..by_token };
        let found = StreamLogin::of_request(&request, &by_session).unwrap();
        assert!(matches!(found, StreamLogin::Session(id, known) if id == by_session.id && known == session));
        let bare = TestRequest::default().to_http_request();
        assert_eq!(StreamLogin::of_request(&bare, &account(&[])).unwrap_err().code(), ErrorCode::Unauthenticated);
    }
}
