//! Secrets that are shown once and stored as digests.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use holdout_protocol::Sha256;
use sha2::Digest as _;

/// 256 random bits of the system's generator, as 43 characters that need no escaping anywhere.
pub fn random() -> String {
    let bytes: [u8; 32] = rand::random();
    URL_SAFE_NO_PAD.encode(bytes)
}

/// The digest under which a secret is stored. The secrets have 256 random bits, so that a fast hash is enough.
pub fn digest(secret: &str) -> Sha256 {
    sha256(secret.as_bytes())
}

/// SHA-256 of some bytes.
pub fn sha256(bytes: &[u8]) -> Sha256 {
    Sha256::from_bytes(sha2::Sha256::digest(bytes).into())
}
