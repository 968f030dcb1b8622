//! Lists by cursor.

use std::ops::RangeInclusive;

use serde::{Deserialize, Deserializer, Serialize};
use uuid::Uuid;

/// How many items a page may have.
const PAGE: RangeInclusive<u32> = 1..=200;

/// One page of a list.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Page<T> {
    /// The items, in the list's order.
    pub items: Vec<T>,
    /// Send as `cursor` to get the next page; `null` on the last one.
    pub next_cursor: Option<String>,
}

/// The query of a list.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::IntoParams))]
#[cfg_attr(feature = "openapi", into_params(parameter_in = Query))]
pub struct PageQuery {
    /// `next_cursor` of the page before.
    #[serde(default, deserialize_with = "cursor")]
    pub cursor: Option<String>,
    /// Items a page, 1 to 200; 50 if omitted. A page has fewer if they are long: it ends at 256
    /// KiB.
    #[serde(default, deserialize_with = "limit")]
    #[cfg_attr(feature = "openapi", param(minimum = 1, maximum = 200))]
    pub limit: Option<u32>,
}

/// Takes a cursor as the server makes them, which is an id: what callers make up goes no further.
pub(crate) fn cursor<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<String>, D::Error> {
    let cursor: Option<String> = Option::deserialize(deserializer)?;
    let invalid = |_| serde::de::Error::custom("`cursor` is not the `next_cursor` of a page");
    cursor.map(|text| Uuid::try_parse(&text).map(|id| id.to_string()).map_err(invalid)).transpose()
}

/// Takes a number of items a page within its bounds.
pub(crate) fn limit<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<u32>, D::Error> {
    /// An address has it as a text.
    #[derive(Deserialize)]
    #[serde(untagged)]
    enum Given {
        Number(u32),
        Text(String),
    }
    let given: Option<Given> = Option::deserialize(deserializer)?;
    let given = match given {
        None => return Ok(None),
        Some(Given::Number(limit)) => limit.to_string(),
        Some(Given::Text(text)) => text,
    };
    match given.parse() {
        Ok(limit) if PAGE.contains(&limit) => Ok(Some(limit)),
        _ => {
            let (least, most) = (PAGE.start(), PAGE.end());
            let shown: String = given.chars().take(80).collect();
            Err(serde::de::Error::custom(format!(
                "`limit` is `{shown}`; it takes a whole number from {least} to {most}"
            )))
        }
    }
}

impl PageQuery {
    /// Items a page, within its bounds.
    #[must_use]
    pub fn limit(&self) -> u32 {
        self.limit.unwrap_or(50).clamp(1, 200)
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn a_limit_is_a_number_or_its_digits_and_a_wrong_one_is_shown() {
        let limit = |limit: serde_json::Value| serde_json::from_value::<PageQuery>(json!({ "limit": limit }));
        for (given, expected) in [(json!(1), Some(1)), (json!("200"), Some(200)), (json!(null), None)] {
            assert_eq!(limit(given).unwrap().limit, expected);
        }
        for (given, shown) in [(json!(0), "0"), (json!("201"), "201"), (json!("many"), "many"), (json!(""), "")] {
            let error = limit(given).unwrap_err().to_string();
            assert_eq!(error, format!("`limit` is `{shown}`; it takes a whole number from 1 to 200"));
        }
        let long = limit(json!("9".repeat(500))).unwrap_err().to_string();
        assert!(long.len() < 200, "{long}");
    }
}
