//! What `verify` is given, and how it says that something is not proved.

use std::fs;
use std::path::Path;

use holdout_receipts::{Checkpoint, InvalidNote, ProofError, VerifyingKey};
use serde_json::json;

use crate::failure::Failure;

/// How large a file may be. A bundle has a few kilobytes for each receipt.
const MAX_BYTES: u64 = 64 << 20;

pub(super) fn own_key(key: &VerifyingKey) -> String {
    format!(
        "The key came with the file, so this proves only that the file agrees with itself. Compare the key with the one that the \
         organizers publish, and give it with `--key`: {key}"
    )
}

pub(super) fn head_facts(checkpoint: &Checkpoint) -> serde_json::Value {
    json!({ "log": checkpoint.origin, "size": checkpoint.size, "root": checkpoint.root })
}

pub(super) fn parsed_key(text: &str, place: &str) -> Result<VerifyingKey, Failure> {
    text.trim().parse().map_err(|error| Failure::usage(format!("{place}: {error}")))
}

pub(super) fn read_text(path: &Path) -> Result<String, Failure> {
    let size = fs::metadata(path).map_err(|error| unusable(path, &error.to_string()))?.len();
    if size > MAX_BYTES {
        return Err(unusable(path, &format!("it has {size} bytes; at most {MAX_BYTES} are read")));
    }
    fs::read_to_string(path).map_err(|error| unusable(path, &error.to_string()))
}

pub(super) fn unusable(path: &Path, cause: &str) -> Failure {
    Failure::usage(format!("`{}`: {cause}", path.display()))
}

pub(super) fn not_proved(cause: &str) -> Failure {
    Failure::refused("not_proved", format!("not proved: {cause}"))
        .advise("Keep the file, and ask the organizers: file, key or log are not what they should be.")
}

/// Returns a failure like [`not_proved`], with advice for a note that names another key of the same
/// log.
pub(super) fn not_proved_by(error: &ProofError, keys: &[VerifyingKey]) -> Failure {
    let failure = not_proved(&error.to_string());
    let is_own = |name: &String| keys.iter().any(|key| key.name().as_str() == name);
    match error {
        ProofError::Note(InvalidNote::Unknown(names)) if names.iter().any(is_own) => failure.advise(
            "It names another key of this log. If the log's key was changed, give the key of that time, or save the receipts \
             again and verify that file, which has the changes of key. Otherwise keep the file, and ask the organizers.",
        ),
        _ => failure,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_key_of_another_time_is_told_from_one_of_another_log() {
        let key: VerifyingKey = "PeterNeumann+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW".parse().unwrap();
        let said = |name: &str| {
            not_proved_by(
                &InvalidNote::Unknown(vec!["witness".to_owned(), name.to_owned()]).into(),
                std::slice::from_ref(&key),
            )
            .to_text()
        };
        assert!(said("PeterNeumann").contains("give the key of that time"));
        assert!(said("else").contains("Keep the file, and ask the organizers"));
    }

    #[test]
    fn a_file_that_is_too_large_is_not_read() {
        let file = tempfile::NamedTempFile::new().unwrap();
        file.as_file().set_len(MAX_BYTES + 1).unwrap();
        let failure = read_text(file.path()).unwrap_err().to_string();
        assert!(failure.ends_with("it has 67108865 bytes; at most 67108864 are read"), "{failure}");
        file.as_file().set_len(MAX_BYTES).unwrap();
        assert_eq!(read_text(file.path()).unwrap().len(), 64 << 20);
    }
}
