//! The keys that sign and verify access tokens.

use std::time::Duration;

use holdout_protocol::{AccountId, SessionId, Timestamp};
use jsonwebtoken::{Algorithm, DecodingKey, EncodingKey, Header, Validation};
use serde::{Deserialize, Serialize};

use super::credential::invalid_token;
use crate::error::{Error, Result};

/// The key that signs access tokens; one for all servers on a database.
pub struct AccessKeys {
    encoding: EncodingKey,
    decoding: DecodingKey,
}

#[derive(Serialize, Deserialize)]
struct Claims {
    sub: AccountId,
    sid: SessionId,
    exp: u64,
}

impl AccessKeys {
    /// The keys made from a secret.
    pub fn new(secret: &[u8]) -> Self {
        Self { encoding: EncodingKey::from_secret(secret), decoding: DecodingKey::from_secret(secret) }
    }

    /// A JWT for this session, and when it ends.
    ///
    /// # Errors
    /// If it cannot be signed.
    pub fn sign(&self, account: AccountId, session: SessionId, life: Duration) -> Result<(String, Timestamp)> {
        let expires = Timestamp::now().plus(life);
        let exp = u64::try_from(expires.as_micros() / 1_000_000).unwrap_or(0);
        let claims = Claims { sub: account, sid: session, exp };
        let token =
            jsonwebtoken::encode(&Header::new(Algorithm::HS256), &claims, &self.encoding).map_err(Error::internal)?;
        Ok((token, expires))
    }

    pub(super) fn verify(&self, token: &str) -> Result<(AccountId, SessionId)> {
        let mut validation = Validation::new(Algorithm::HS256);
        validation.leeway = 0;
        let data =
            jsonwebtoken::decode::<Claims>(token, &self.decoding, &validation).map_err(|_| invalid_token(token))?;
        Ok((data.claims.sub, data.claims.sid))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_token_is_that_of_its_session_and_ends_when_it_says() {
        let keys = AccessKeys::new(b"secret");
        let (account, session) = (AccountId::new(), SessionId::new());
        let before = Timestamp::now();
        let (token, expires) = keys.sign(account, session, Duration::from_secs(60)).unwrap();
        assert_eq!(keys.verify(&token).unwrap(), (account, session));
        assert!(expires >= before.plus(Duration::from_secs(60)));
        assert!(expires <= Timestamp::now().plus(Duration::from_secs(60)));
    }

    #[test]
    fn a_token_of_another_key_or_of_the_past_is_no_login() {
        let keys = AccessKeys::new(b"secret");
        let (account, session) = (AccountId::new(), SessionId::new());
        let (foreign, _) = AccessKeys::new(b"other").sign(account, session, Duration::from_secs(60)).unwrap();
        let past = Claims { sub: account, sid: session, exp: 1_000_000_000 };
        let past = jsonwebtoken::encode(&Header::new(Algorithm::HS256), &past, &keys.encoding).unwrap();
        let later = Claims { sub: account, sid: session, exp: 9_000_000_000 };
        let other = jsonwebtoken::encode(&Header::new(Algorithm::HS512), &later, &keys.encoding).unwrap();
        for token in [foreign, past, other, "a.b.c".to_owned(), String::new()] {
            let refused = keys.verify(&token).unwrap_err().body().error;
            assert_eq!(refused.code, holdout_protocol::ErrorCode::Unauthenticated);
            assert!(token.is_empty() || !refused.message.contains(&token), "{}", refused.message);
        }
    }
}
