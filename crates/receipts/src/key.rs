//! The keys that sign notes: Ed25519, named and numbered as C2SP's `signed-note` says.

use std::fmt;
use std::str::FromStr;

use aws_lc_rs::signature::{ED25519, Ed25519KeyPair, KeyPair as _, UnparsedPublicKey};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use sha2::{Digest as _, Sha256};

/// The number of Ed25519 among the kinds of keys of `signed-note`.
const ED25519_KIND: u8 = 1;
const PUBLIC_KEY_BYTES: usize = 32;
const MAX_NAME_BYTES: usize = 255;

/// The name of a key: the log's own name, which is the first line of its checkpoints as well.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct KeyName(String);

/// A text that cannot name a key.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("`{0}` cannot name a key; a name has 1 to {MAX_NAME_BYTES} bytes, without spaces, control characters and `+`")]
pub struct InvalidName(pub String);

impl KeyName {
    /// Returns the name.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for KeyName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl FromStr for KeyName {
    type Err = InvalidName;
    fn from_str(text: &str) -> Result<Self, InvalidName> {
        let is_allowed = |letter: char| !letter.is_whitespace() && !letter.is_control() && letter != '+';
        if (1..=MAX_NAME_BYTES).contains(&text.len()) && text.chars().all(is_allowed) {
            return Ok(Self(text.to_owned()));
        }
        Err(InvalidName(text.escape_debug().take(80).collect()))
    }
}

/// The first four bytes of SHA-256(name ‖ 0x0A ‖ 0x01 ‖ public key), by which a signature names its
/// key.
pub(crate) type KeyHash = [u8; 4];

fn key_hash(name: &KeyName, public: &[u8]) -> KeyHash {
    let digest: [u8; 32] = Sha256::new()
        .chain_update(name.as_str())
        .chain_update([b'\n', ED25519_KIND])
        .chain_update(public)
        .finalize()
        .into();
    let [a, b, c, d, ..] = digest;
    [a, b, c, d]
}

/// A key that signs notes.
pub struct SigningKey {
    name: KeyName,
    pair: Ed25519KeyPair,
}

/// A text or bytes that are not a key.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum InvalidKey {
    /// The bytes are not a valid seed.
    #[error("the bytes are not a valid seed of an Ed25519 key")]
    Seed,
    /// The text is not `NAME+HASH+KEY`.
    #[error(
        "`{0}` is not a key; a key is written `NAME+HASH+KEY`, with 8 hexadecimal digits and 44 characters of base64"
    )]
    Form(String),
    /// The name of the key.
    #[error(transparent)]
    Name(#[from] InvalidName),
    /// The hash belongs to another name or another key, so that one of them was changed or not
    /// copied as a whole.
    #[error("the key hash is `{got}`; for this name and key it is `{expected}`, so the text was not copied as a whole")]
    OtherHash {
        /// The hash in the text.
        got: String,
        /// The hash of name and key.
        expected: String,
    },
}

impl SigningKey {
    /// Returns the key of this name that is made from 32 random bytes.
    ///
    /// # Errors
    /// [`InvalidKey::Seed`] if the bytes are not a valid seed.
    pub fn from_seed(name: KeyName, seed: &[u8; 32]) -> Result<Self, InvalidKey> {
        let pair = Ed25519KeyPair::from_seed_unchecked(seed).map_err(|_| InvalidKey::Seed)?;
        Ok(Self { name, pair })
    }

    /// Returns the key that verifies what this one signs.
    #[must_use]
    pub fn verifying_key(&self) -> VerifyingKey {
        let mut public = [0; PUBLIC_KEY_BYTES];
        public.copy_from_slice(self.pair.public_key().as_ref());
        VerifyingKey { name: self.name.clone(), public }
    }

    pub(crate) fn sign(&self, text: &[u8]) -> Vec<u8> {
        self.pair.sign(text).as_ref().to_vec()
    }
}

/// A key that verifies notes: what a reader has to trust. Written `NAME+HASH+KEY`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct VerifyingKey {
    name: KeyName,
    public: [u8; PUBLIC_KEY_BYTES],
}

impl VerifyingKey {
    /// Returns the name of the key.
    #[must_use]
    pub const fn name(&self) -> &KeyName {
        &self.name
    }

    pub(crate) fn hash(&self) -> KeyHash {
        key_hash(&self.name, &self.public)
    }

    pub(crate) fn verifies(&self, text: &[u8], signature: &[u8]) -> bool {
        UnparsedPublicKey::new(&ED25519, &self.public).verify(text, signature).is_ok()
    }
}

fn hexadecimal(hash: KeyHash) -> String {
    format!("{:08x}", u32::from_be_bytes(hash))
}

impl fmt::Display for VerifyingKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut key = vec![ED25519_KIND];
        key.extend_from_slice(&self.public);
        write!(f, "{}+{}+{}", self.name, hexadecimal(self.hash()), STANDARD.encode(key))
    }
}

impl FromStr for VerifyingKey {
    type Err = InvalidKey;
    fn from_str(text: &str) -> Result<Self, InvalidKey> {
        let form = || InvalidKey::Form(text.escape_debug().take(120).collect());
        let mut parts = text.splitn(3, '+');
        let (Some(name), Some(got), Some(key)) = (parts.next(), parts.next(), parts.next()) else { return Err(form()) };
        let name: KeyName = name.parse()?;
        let key = STANDARD.decode(key).map_err(|_| form())?;
        let Some((&ED25519_KIND, public)) = key.split_first() else { return Err(form()) };
        let public = <[u8; PUBLIC_KEY_BYTES]>::try_from(public).map_err(|_| form())?;
        let expected = hexadecimal(key_hash(&name, &public));
        if got != expected {
            return Err(InvalidKey::OtherHash { got: got.escape_debug().take(16).collect(), expected });
        }
        Ok(Self { name, public })
    }
}
