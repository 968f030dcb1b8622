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
