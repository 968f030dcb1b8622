//! Secrets that are shown once and stored as digests.

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

/// How long a secret lives that is given `days`, or `default` of them; `what` begins the sentence of a refusal.
pub fn life(days: Option<u32>, default: u32, most: u32, what: &str) -> Result<Duration> {
    let days = days.unwrap_or(default);
    if (1..=most).contains(&days) {
        return Ok(Duration::from_secs(u64::from(days) * 24 * 3600));
    }
    let facts = json!({ "value": days, "least": 1, "most": most });
    Err(Error::invalid("days", format!("`days` is {days}; {what} lives 1 to {most} days"))
        .because(Reason::NumberRange, facts))
}

/// The digest under which a secret is stored. The secrets have 256 random bits, so that a fast hash is enough.
pub fn digest(secret: &str) -> Sha256 {
    sha256(secret.as_bytes())
}

/// SHA-256 of some bytes.
pub fn sha256(bytes: &[u8]) -> Sha256 {
    Sha256::from_bytes(sha2::Sha256::digest(bytes).into())
}

/// The text without SHA-256 digests in it, of which the first eight digits stay, because a log must not let anybody
/// check a guess at a file of labels, and an operator can still find the file.
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
}
