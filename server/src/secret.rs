//! Secrets that are shown once and stored as digests.

use std::ops::RangeInclusive;
use std::time::Duration;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use holdout_protocol::{Reason, Sha256};
use serde_json::json;
use sha2::Digest as _;

use crate::error::{Error, Result};

/// 256 random bits of the system's generator, as 43 characters that need no escaping anywhere.
pub fn random() -> String {
    let bytes: [u8; 32] = rand::random();
    URL_SAFE_NO_PAD.encode(bytes)
}

/// Returns how long a secret lives that is given `days`, or `default` of them; `what` begins the
/// sentence of a refusal.
pub fn life(days: Option<u32>, default: u32, allowed: &RangeInclusive<u32>, what: &str) -> Result<Duration> {
    let days = days.unwrap_or(default);
    if allowed.contains(&days) {
        return Ok(Duration::from_secs(u64::from(days) * 24 * 3600));
    }
    let (least, most) = (allowed.start(), allowed.end());
    let facts = json!({ "value": days, "least": least, "most": most });
    Err(Error::invalid("days", format!("`days` is {days}; {what} lives {least} to {most} days"))
        .because(Reason::NumberRange, facts))
}

/// The digest under which a secret is stored. The secrets have 256 random bits, so that a fast hash
/// is enough.
pub fn digest(secret: &str) -> Sha256 {
    sha256(secret.as_bytes())
}

/// SHA-256 of some bytes.
pub fn sha256(bytes: &[u8]) -> Sha256 {
    Sha256::from_bytes(sha2::Sha256::digest(bytes).into())
}

/// The text without SHA-256 digests in it, of which the first eight digits stay, because a log must
/// not let anybody check a guess at a file of labels, and an operator can still find the file.
pub fn without_digests(text: &str) -> String {
    let mut shown = String::with_capacity(text.len());
    let mut run = 0;
    for letter in text.chars() {
        run = if letter.is_ascii_hexdigit() { run + 1 } else { 0 };
        match run {
            0..=8 => shown.push(letter),
            9 => shown.push('…'),
            _ => (),
        }
    }
    shown
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_digest_is_told() {
        let name = sha256(b"labels").to_string();
        let told = without_digests(&format!("Object at location blobs/{}/{name} not found", &name[..2]));
        assert!(!told.contains(&name[..16]) && told.contains(&name[..8]), "{told}");
        assert_eq!(without_digests("a decade of cafe"), "a decade of cafe");
    }

    #[test]
    fn a_secret_lives_for_the_days_that_are_asked_for_within_bounds() {
        let life = |days| super::life(days, 14, &(1..=90), "an invitation").map(|life| life.as_secs() / 86_400);
        assert_eq!([life(None).unwrap(), life(Some(1)).unwrap(), life(Some(90)).unwrap()], [14, 1, 90]);
        for days in [0, 91] {
            let told = life(Some(days)).unwrap_err().body().error;
            assert_eq!(told.message, format!("`days` is {days}; an invitation lives 1 to 90 days"));
            assert_eq!(told.detail, json!({ "field": "days", "value": days, "least": 1, "most": 90 }));
        }
    }

    #[test]
    fn a_secret_needs_no_escaping_and_no_two_are_the_same() {
        let secrets = [random(), random()];
        assert_ne!(secrets[0], secrets[1]);
        for secret in secrets {
            assert_eq!(secret.len(), 43);
            assert!(secret.bytes().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_')), "{secret}");
        }
    }
}
