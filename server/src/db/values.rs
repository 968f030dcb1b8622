//! Values of the database as Rust types, and back. One that does not parse was not written by this program.

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

/// A word of a closed list as its type.
///
/// # Errors
/// [`Error::Internal`] if it is none of the list.
pub fn from_word<T: serde::de::DeserializeOwned>(text: &str) -> Result<T> {
    serde_json::from_value(serde_json::Value::String(text.to_owned())).map_err(Error::internal)
}

/// A value of a closed list as its word.
///
/// # Errors
/// [`Error::Internal`] if it is not written as one word.
pub fn to_word(value: &impl serde::Serialize) -> Result<String> {
    match serde_json::to_value(value).map_err(Error::internal)? {
        serde_json::Value::String(word) => Ok(word),
        other => Err(Error::internal(format!("`{other}` is not a word"))),
    }
}

/// A kind as the database writes it.
///
/// # Errors
/// [`Error::Internal`] if it is none.
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
