//! Signed notes: a text and the signatures over it, in the form of C2SP's `signed-note`.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;

use crate::key::KeyHash;
use crate::{SigningKey, VerifyingKey};

/// How long a note may be. A receipt has about two kilobytes.
pub const MAX_NOTE_BYTES: usize = 64 * 1024;
/// How many signatures a note may have: the log's own, and those of witnesses.
const MAX_SIGNATURES: usize = 32;
/// What a line with a signature begins with: an em dash and a space.
const SIGNATURE: &str = "\u{2014} ";
const KEY_HASH_BYTES: usize = 4;

/// Why a text is not a note that one of the keys signed.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum InvalidNote {
    /// It is longer than a note may be.
    #[error("the note has {0} bytes; at most {MAX_NOTE_BYTES} are allowed")]
    Long(usize),
    /// It has characters that a note never has.
    #[error("the note has the control character {0:?}; a line break is the only one that is allowed")]
    Control(char),
    /// There is no empty line between text and signatures, or nothing before or after it.
    #[error("the note has no signatures: its text ends with an empty line, and a line for each signature follows")]
    Unsigned,
    /// A line after the text is no signature.
    #[error("line {line} of the signatures is `{got}`; it has to be `— NAME SIGNATURE`")]
    Line {
        /// Its number among the lines with signatures, from 1.
        line: usize,
        /// What the line says.
        got: String,
    },
    /// It has more signatures than a note may have.
    #[error("the note has more than {MAX_SIGNATURES} signatures")]
    Many,
    /// A signature names a trusted key that did not make it.
    #[error(
        "the signature of `{0}` is not one over this text: text or signature was changed, or another key signed it"
    )]
    Forged(String),
    /// No signature is by a trusted key.
    #[error("none of the trusted keys signed the note; it names the keys of: {}", .0.join(", "))]
    Unknown(Vec<String>),
}

/// A note whose text at least one trusted key signed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Note<'a> {
    /// What was signed, with its last line break.
    pub text: &'a str,
    /// Which of the trusted keys signed it, by their places in the list.
    pub signers: Vec<usize>,
}

struct Signature<'a> {
    name: &'a str,
    key: KeyHash,
    bytes: Vec<u8>,
}

impl<'a> Note<'a> {
    /// Reads a note and verifies the signatures of all keys that are trusted. Signatures of other
    /// keys are ignored.
    ///
    /// # Errors
    /// [`InvalidNote`] if the text is no note, a trusted key's signature is wrong, or none of the
    /// trusted keys signed it.
    pub fn open(note: &'a str, trusted: &[VerifyingKey]) -> Result<Self, InvalidNote> {
        let (text, signatures) = read(note)?;
        let mut signers = Vec::new();
        for signature in &signatures {
            let names = |key: &VerifyingKey| key.name().as_str() == signature.name && key.hash() == signature.key;
            let Some((place, key)) = trusted.iter().enumerate().find(|(_, key)| names(key)) else { continue };
            if !key.verifies(text.as_bytes(), &signature.bytes) {
                return Err(InvalidNote::Forged(signature.name.to_owned()));
            }
            if !signers.contains(&place) {
                signers.push(place);
            }
        }
        if signers.is_empty() {
            return Err(InvalidNote::Unknown(signatures.iter().map(|signature| signature.name.to_owned()).collect()));
        }
        Ok(Self { text, signers })
    }

    /// Returns the text of a note that nobody has verified.
    pub(crate) fn unverified_text(note: &'a str) -> Result<&'a str, InvalidNote> {
        Ok(read(note)?.0)
    }
}

/// Text and signatures of a note, not verified.
fn read(note: &str) -> Result<(&str, Vec<Signature<'_>>), InvalidNote> {
    if note.len() > MAX_NOTE_BYTES {
        return Err(InvalidNote::Long(note.len()));
    }
    if let Some(control) = note.chars().find(|letter| letter.is_control() && *letter != '\n') {
        return Err(InvalidNote::Control(control));
    }
    let (text, block) = note.rsplit_once("\n\n").ok_or(InvalidNote::Unsigned)?;
    let block = block.strip_suffix('\n').filter(|_| !text.is_empty()).ok_or(InvalidNote::Unsigned)?;
    let mut signatures = Vec::new();
    for (number, line) in block.split('\n').enumerate() {
        if number == MAX_SIGNATURES {
            return Err(InvalidNote::Many);
        }
        let got = || line.escape_debug().take(120).collect();
        signatures.push(signature(line).ok_or_else(|| InvalidNote::Line { line: number + 1, got: got() })?);
    }
    // The text ends with the first of the two line breaks.
    let text = note.get(..=text.len()).ok_or(InvalidNote::Unsigned)?;
    Ok((text, signatures))
}

fn signature(line: &str) -> Option<Signature<'_>> {
    let (name, encoded) = line.strip_prefix(SIGNATURE)?.split_once(' ')?;
    let decoded = STANDARD.decode(encoded).ok().filter(|bytes| bytes.len() > KEY_HASH_BYTES)?;
    let (key, bytes) = decoded.split_first_chunk::<KEY_HASH_BYTES>()?;
    (!name.is_empty()).then(|| Signature { name, key: *key, bytes: bytes.to_vec() })
}

/// Returns the note of a text, signed by a key. The text has to end with a line break.
///
/// ```
/// use holdout_receipts::{Note, SigningKey, sign_note};
/// let key = SigningKey::from_seed("example.org/log".parse()?, &[7; 32])?;
/// let checkpoint = "example.org/log\n0\n47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=\n";
/// let note = sign_note(checkpoint, &key);
/// assert_eq!(Note::open(&note, &[key.verifying_key()])?.signers, [0]);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[must_use]
pub fn sign_note(text: &str, key: &SigningKey) -> String {
    sign_note_with_all(text, [key])
}

/// Returns the note of a text, signed by each of these keys, in this order. The text has to end
/// with a line break.
#[must_use]
pub fn sign_note_with_all<'k>(text: &str, keys: impl IntoIterator<Item = &'k SigningKey>) -> String {
    let lines = keys.into_iter().map(|key| {
        let public = key.verifying_key();
        let mut bytes = public.hash().to_vec();
        bytes.extend(key.sign(text.as_bytes()));
        format!("{SIGNATURE}{} {}\n", public.name(), STANDARD.encode(bytes))
    });
    format!("{text}\n{}", lines.collect::<String>())
}
