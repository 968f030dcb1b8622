//! Searching in texts: parts of words, without regard to case.

use diesel::sql_types::{Nullable, Text};
use holdout_protocol::Reason;
use holdout_protocol::limits::SEARCH;
use serde_json::json;

use crate::error::{Error, Result};

/// Lower case. SQLite's own function knows ASCII only; it is replaced when a connection is made.
#[diesel::declare_sql_function]
extern "SQL" {
    /// The text in lower case.
    fn lower(text: Nullable<Text>) -> Nullable<Text>;
}

/// Makes `lower` of a connection to SQLite know more than ASCII.
///
/// # Errors
/// If the function cannot be replaced.
pub(super) fn register(sqlite: &mut diesel::SqliteConnection) -> diesel::QueryResult<()> {
    lower_utils::register_impl(sqlite, |text: Option<String>| text.map(|text| text.to_lowercase()))
}

/// What is searched for, as patterns of `LIKE` with `\` as its escape.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Search {
    /// For texts in lower case.
    pub lower: String,
    /// As it was typed: for what the database cannot put into lower case.
    pub typed: String,
    /// For the keys of teams' names.
    pub key: String,
}

impl Search {
    /// A search for what somebody typed; `None` if that is nothing.
    ///
    /// # Errors
    /// `invalid_value` if it is too long, or has a NUL.
    pub fn parse(typed: Option<&str>) -> Result<Option<Self>> {
        let typed = typed.unwrap_or_default().trim();
        let length = typed.chars().count();
        if typed.contains('\0') {
            let message = "`q` has the character NUL, which no text here has";
            return Err(
                Error::invalid("q", message).because(Reason::ControlCharacter, json!({ "field": "q", "value": typed }))
            );
        }
        if length > SEARCH {
            let message = format!("`q` has {length} characters; at most {SEARCH} are allowed");
            return Err(
                Error::invalid("q", message).because(Reason::TextTooLong, json!({ "length": length, "most": SEARCH }))
            );
        }
        let key = holdout_protocol::name_key(typed);
        let search = Self { lower: containing(&typed.to_lowercase()), typed: containing(typed), key: containing(&key) };
        Ok(Some(search).filter(|_| !typed.is_empty()))
    }
}

/// Returns the pattern of texts that contain this one, with `\` as its escape.
pub(super) fn containing(text: &str) -> String {
    let mut pattern = String::from("%");
    for c in text.chars() {
        if matches!(c, '%' | '_' | '\\') {
            pattern.push('\\');
        }
        pattern.push(c);
    }
    pattern.push('%');
    pattern
}

/// Whether a column contains what is searched for.
macro_rules! contains {
    ($column:expr, $search:expr) => {
        $crate::db::search::lower($column.nullable())
            .like($search.lower.clone())
            .escape('\\')
            .or($column.nullable().like($search.typed.clone()).escape('\\'))
    };
}
pub(super) use contains;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn wildcards_stand_for_themselves() {
        let search = Search::parse(Some("  50%_OFF \\ Now ")).unwrap().unwrap();
        assert_eq!(search.typed, r"%50\%\_OFF \\ Now%");
        assert_eq!(search.lower, r"%50\%\_off \\ now%");
        assert_eq!(Search::parse(Some("Ä  B")).unwrap().unwrap().key, "%ä b%");
    }

    #[test]
    fn nothing_is_no_search_and_too_much_is_refused() {
        assert_eq!((Search::parse(None).unwrap(), Search::parse(Some("  ")).unwrap()), (None, None));
        assert!(Search::parse(Some(&"ä".repeat(200))).is_ok());
        assert!(Search::parse(Some(&"ä".repeat(201))).is_err());
        assert!(Search::parse(Some("a\0b")).is_err());
    }
}
