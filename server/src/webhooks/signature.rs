//! How deliveries are signed: HMAC-SHA256 over id, time and body, with a secret that the server
//! made.

use aws_lc_rs::hmac::{HMAC_SHA256, Key, sign};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;

use crate::db::webhooks::Secret;
use crate::error::{Error, Result};

/// A secret as organizers and receivers see it begins so.
const PREFIX: &str = "whsec_";

/// A new secret: 256 random bits.
pub fn new_secret() -> Secret {
    let bytes: [u8; 32] = rand::random();
    Secret(STANDARD.encode(bytes))
}

/// The secret as receivers' libraries take it.
pub fn shown(secret: &Secret) -> String {
    format!("{PREFIX}{}", secret.0)
}

/// The header `webhook-signature`: a signature for each of the secrets.
///
/// # Errors
/// If a secret is not one that this server made.
pub fn signatures(secrets: &[&Secret], id: &str, seconds: i64, body: &[u8]) -> Result<String> {
    let signed = [format!("{id}.{seconds}.").as_bytes(), body].concat();
    let one = |secret: &&Secret| {
        // Neither the text nor why it cannot be read is said, because it is a secret.
        let key = STANDARD.decode(&secret.0).map_err(|_| Error::internal("a webhook's secret is not base64"))?;
        Ok(format!("v1,{}", STANDARD.encode(sign(&Key::new(HMAC_SHA256, &key), &signed))))
    };
    Ok(secrets.iter().map(one).collect::<Result<Vec<_>>>()?.join(" "))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The values were computed with the `hmac` module of Python.
    #[test]
    fn a_signature_is_over_id_time_and_body() {
        let secret = Secret("MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw".to_owned());
        let body = br#"{"test": 2432232314}"#;
        let signed = |secrets: &[&Secret]| signatures(secrets, "msg_p5jXN8AQM9LWM0D4loKWxJek", 1_614_265_330, body);
        let first = "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=";
        assert_eq!(signed(&[&secret]).unwrap(), first);
        let both = signed(&[&new_secret(), &secret]).unwrap();
        assert!(both.ends_with(&format!(" {first}")) && both.starts_with("v1,"), "{both}");
    }

    #[test]
    fn a_secret_is_shown_with_its_prefix_and_never_logged() {
        let secret = new_secret();
        assert_ne!(secret, new_secret());
        assert_eq!(STANDARD.decode(shown(&secret).strip_prefix(PREFIX).unwrap()).unwrap().len(), 32);
        assert_eq!(format!("{secret:?}"), "Secret(…)");
        let error = signatures(&[&Secret("ge heim".to_owned())], "id", 1, b"").unwrap_err();
        assert!(!format!("{error:?}").contains("heim"), "{error:?}");
    }
}
