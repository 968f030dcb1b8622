//! Signed links that stop e-mails of one kind to one address.

use holdout_protocol::{ErrorCode, MessageKind, Reason};
use jsonwebtoken::{Algorithm, DecodingKey, EncodingKey, Header, Validation};
use serde::{Deserialize, Serialize};
use serde_json::json;

use crate::error::{Error, Result};

/// The key that signs links which stop e-mails; one for all servers on a database.
pub struct UnsubscribeKeys {
    encoding: EncodingKey,
    decoding: DecodingKey,
}

/// What a link stops. It never expires: somebody may look into old e-mails.
#[derive(Debug, Serialize, Deserialize)]
pub struct Unsubscribing {
    pub address: String,
    pub kind: MessageKind,
}

impl UnsubscribeKeys {
    /// The keys made from a secret.
    pub fn new(secret: &[u8]) -> Self {
        Self { encoding: EncodingKey::from_secret(secret), decoding: DecodingKey::from_secret(secret) }
    }

    /// Returns the token of a link.
    ///
    /// # Errors
    /// If it cannot be signed.
    pub fn sign(&self, address: &str, kind: MessageKind) -> Result<String> {
        let claims = Unsubscribing { address: address.to_owned(), kind };
        jsonwebtoken::encode(&Header::new(Algorithm::HS256), &claims, &self.encoding).map_err(Error::internal)
    }

    /// Returns what the link with this token stops.
    ///
    /// # Errors
    /// `not_found` if it was not signed with this key.
    pub fn verify(&self, token: &str) -> Result<Unsubscribing> {
        let mut validation = Validation::new(Algorithm::HS256);
        validation.required_spec_claims.clear();
        validation.validate_exp = false;
        let unknown = |_| {
            let message = "this link does not come from an e-mail of this server, or is incomplete";
            Error::refused(ErrorCode::NotFound, message).because(Reason::UnknownUnsubscription, json!({}))
        };
        jsonwebtoken::decode(token, &self.decoding, &validation).map(|data| data.claims).map_err(unknown)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_link_says_what_it_stops_and_for_which_address() {
        let keys = UnsubscribeKeys::new(b"secret");
        for kind in MessageKind::ALL {
            let found = keys.verify(&keys.sign("ada@example.org", *kind).unwrap()).unwrap();
            assert_eq!((found.address.as_str(), found.kind), ("ada@example.org", *kind));
        }
    }

    #[test]
    fn a_link_that_this_server_did_not_sign_stops_nothing() {
        let keys = UnsubscribeKeys::new(b"secret");
        let token = keys.sign("ada@example.org", MessageKind::Answer).unwrap();
        let mut parts: Vec<&str> = token.split('.').collect();
        let other = keys.sign("bob@example.org", MessageKind::Answer).unwrap();
        parts[1] = other.split('.').nth(1).unwrap();
        let foreign = UnsubscribeKeys::new(b"other").sign("ada@example.org", MessageKind::Answer).unwrap();
        for forged in [parts.join("."), foreign, token[..token.len() - 1].to_owned(), String::new()] {
            let told = keys.verify(&forged).unwrap_err().body().error;
            assert_eq!(
                (told.code, told.reason),
                (ErrorCode::NotFound, Some(Reason::UnknownUnsubscription)),
                "{forged}"
            );
        }
    }
}
