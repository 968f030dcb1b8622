//! Which entries of the log are about a season, in a text that the server signs: whoever has all of
//! them can see that none was left out.

use std::fmt;

use serde::{Deserialize, Serialize};

use crate::{Hash, InvalidReceipt, Note, ProofError, VerifyingKey};

/// The first line of such a text. Neither a receipt nor a checkpoint begins with it.
pub const SEASON_TAG: &str = "holdout season v1";

/// How many entries of a log are about a season, and which. Its text is [`SEASON_TAG`], a line
/// break, this as JSON in one line, and a line break.
///
/// ```
/// use holdout_receipts::{SeasonStatement, root_of};
/// let statement = SeasonStatement {
///     log: "example.org/log".to_owned(),
///     season: "demo".to_owned(),
///     size: 9,
///     entries: 0,
///     root: root_of([]),
/// };
/// let text = statement.to_string();
/// assert!(text.starts_with("holdout season v1\n{\"log\":\"example.org/log\","));
/// ```
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SeasonStatement {
    /// The name of the log.
    pub log: String,
    /// The season.
    pub season: String,
    /// The size of the log that this is about.
    pub size: u64,
    /// How many of its entries are about the season.
    pub entries: u64,
    /// The root of a tree whose leaves are the hashes of these entries, in the order of the log.
    pub root: Hash,
}

impl fmt::Display for SeasonStatement {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let body = serde_json::to_string(self).map_err(|_| fmt::Error)?;
        write!(f, "{SEASON_TAG}\n{body}\n")
    }
}

/// Verifies that one of the keys signed a statement about a season, and returns what it says.
///
/// # Errors
/// [`ProofError`] if none of the keys signed it, or it is no such statement of the key's log.
pub fn verify_season(note: &str, keys: &[VerifyingKey]) -> Result<SeasonStatement, ProofError> {
    let note = Note::open(note, keys)?;
    let body = note.text.strip_prefix(SEASON_TAG).and_then(|rest| rest.strip_prefix('\n'));
    let body = body.and_then(|body| body.strip_suffix('\n')).filter(|body| !body.contains('\n'));
    let body = body.ok_or_else(|| InvalidReceipt::Body(format!("its first line is not `{SEASON_TAG}`")))?;
    let statement: SeasonStatement =
        serde_json::from_str(body).map_err(|error| InvalidReceipt::Body(error.to_string()))?;
    let signer = note.signers.first().and_then(|place| keys.get(*place));
    let expected = signer.map_or("", |key| key.name().as_str());
    if statement.log == expected {
        return Ok(statement);
    }
    Err(ProofError::OtherLog { got: statement.log, expected: expected.to_owned() })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{InvalidNote, SigningKey, root_of, sign_note};

    fn key(name: &str, seed: u8) -> SigningKey {
        SigningKey::from_seed(name.parse().unwrap(), &[seed; 32]).unwrap()
    }

    fn statement(log: &str) -> SeasonStatement {
        let root = root_of([Hash::of_leaf(b"one")]);
        SeasonStatement { log: log.to_owned(), season: "demo".to_owned(), size: 3, entries: 1, root }
    }

    #[test]
    fn a_statement_is_read_as_it_was_signed() {
        let signer = key("log.example", 7);
        let note = sign_note(&statement("log.example").to_string(), &signer);
        assert_eq!(verify_season(&note, &[signer.verifying_key()]).unwrap(), statement("log.example"));
        let other = key("log.example", 8).verifying_key();
        assert!(matches!(verify_season(&note, &[other]), Err(ProofError::Note(InvalidNote::Unknown(_)))));
        let edited = note.replace("\"entries\":1", "\"entries\":0");
        let refused = verify_season(&edited, &[signer.verifying_key()]);
        assert!(matches!(refused, Err(ProofError::Note(InvalidNote::Forged(_)))));
    }

    #[test]
    fn a_statement_of_another_log_or_another_text_is_refused() {
        let signer = key("log.example", 7);
        let read = |text: &str| verify_season(&sign_note(text, &signer), &[signer.verifying_key()]);
        assert!(matches!(read(&statement("else").to_string()), Err(ProofError::OtherLog { .. })));
        assert!(matches!(read("log.example\n0\nroot\n"), Err(ProofError::Receipt(_))));
        assert!(matches!(read("holdout season v1\n{}\n"), Err(ProofError::Receipt(_))));
    }
}
