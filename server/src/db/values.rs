//! Values of the database as Rust types, and back. One that does not parse was not written by this
//! program.

use holdout_protocol::SubmissionKind;

use crate::error::{Error, Result};

/// A value of the database as its type; one that does not parse was not written by this program.
///
/// # Errors
/// [`Error::Internal`] if it does not parse.
pub fn parsed<T>(text: String) -> Result<T>
where
    T: TryFrom<String>,
    T::Error: std::fmt::Display,
{
    T::try_from(text).map_err(Error::internal)
}

/// A count of the database as another integer type.
///
/// # Errors
/// [`Error::Internal`] if it does not fit.
pub fn int<A, B>(value: A) -> Result<B>
where
    B: TryFrom<A>,
    B::Error: std::fmt::Display,
{
    B::try_from(value).map_err(Error::internal)
}

/// Parses a structure that the database keeps as JSON.
///
/// # Errors
/// [`Error::Internal`] if it does not parse.
pub fn from_json<T: serde::de::DeserializeOwned>(text: &str) -> Result<T> {
    serde_json::from_str(text).map_err(Error::internal)
}

/// Returns the value that a word of a closed list stands for.
///
/// # Errors
/// [`Error::Internal`] if the word is not in the list.
pub fn from_word<T: serde::de::DeserializeOwned>(text: &str) -> Result<T> {
    serde_json::from_value(serde_json::Value::String(text.to_owned())).map_err(Error::internal)
}

/// Returns the word of a value of a closed list.
///
/// # Errors
/// [`Error::Internal`] if it is not written as one word.
pub fn to_word(value: &impl serde::Serialize) -> Result<String> {
    match serde_json::to_value(value).map_err(Error::internal)? {
        serde_json::Value::String(word) => Ok(word),
        other => Err(Error::internal(format!("`{other}` is not a word"))),
    }
}

/// Returns the kind that the database calls `text`.
///
/// # Errors
/// [`Error::Internal`] if the text names no kind.
pub fn kind_of(text: &str) -> Result<SubmissionKind> {
    match text {
        "predictions" => Ok(SubmissionKind::Predictions),
        "torchscript" => Ok(SubmissionKind::Torchscript),
        other => Err(Error::internal(format!("unknown kind `{other}`"))),
    }
}

/// Ids as the database writes them.
pub fn texts<T: ToString>(ids: impl IntoIterator<Item = T>) -> Vec<String> {
    ids.into_iter().map(|id| id.to_string()).collect()
}

#[cfg(test)]
mod tests {
    use holdout_protocol::{MessageKind, SubmissionState, TeamId};

    use super::*;

    #[test]
    fn words_of_closed_lists_come_back() {
        for state in SubmissionState::ALL {
            assert_eq!(to_word(&state).unwrap(), state.as_str());
            assert_eq!(from_word::<SubmissionState>(state.as_str()).unwrap(), state);
        }
        for kind in [SubmissionKind::Predictions, SubmissionKind::Torchscript] {
            assert_eq!(kind_of(kind.as_str()).unwrap(), kind);
        }
    }

    #[test]
    fn what_this_program_did_not_write_is_a_fault_and_no_refusal() {
        let faults = [
            from_word::<MessageKind>("of_another_version").err(),
            to_word(&7).err(),
            to_word(&["answer"]).err(),
            kind_of("Predictions").err(),
            parsed::<TeamId>("7".to_owned()).err(),
            int::<i64, u32>(-1).err(),
            int::<i64, u8>(256).err(),
            from_json::<u32>("{").err(),
        ];
        for fault in faults {
            assert!(matches!(fault, Some(Error::Internal(_))), "{fault:?}");
        }
        assert_eq!(int::<i64, u8>(255).unwrap(), 255);
    }
}
