//! Reads what a later version may have added to a closed list as if it were not there. This is only
//! for words that stand beside a text with the same meaning, so that nothing is lost.

use serde::{Deserialize, Deserializer};
use serde_json::Value;

/// Returns the value, or `None` if this version does not know it.
pub(crate) fn one<'de, D: Deserializer<'de>, T: for<'any> Deserialize<'any>>(
    deserializer: D,
) -> Result<Option<T>, D::Error> {
    Ok(Option::<Value>::deserialize(deserializer)?.and_then(|value| T::deserialize(value).ok()))
}

/// Returns those of the values that this version knows.
pub(crate) fn all<'de, D: Deserializer<'de>, T: for<'any> Deserialize<'any>>(
    deserializer: D,
) -> Result<Vec<T>, D::Error> {
    let values = Vec::<Value>::deserialize(deserializer)?;
    Ok(values.into_iter().filter_map(|value| T::deserialize(value).ok()).collect())
}
