//! Names that people choose: slugs of seasons and tasks, names of teams.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

/// A name that cannot be used.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum InvalidName {
    /// Not a slug.
    #[error("`{0}` is not a valid name here; use 1 to 64 of a-z, 0-9 and `-`, beginning with a letter or digit")]
    Slug(String),
    /// Not a team's name.
    #[error("`{0}` is not a valid team name; use 1 to 64 characters without control characters or blanks at the ends")]
    Team(String),
}

macro_rules! text_type {
    ($(#[$doc:meta])* $name:ident, $check:path) => {
        $(#[$doc])*
        #[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
        #[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
        #[cfg_attr(feature = "openapi", schema(value_type = String))]
        #[serde(try_from = "String", into = "String")]
        pub struct $name(String);

        impl $name {
            /// The name as text.
            #[must_use]
            pub fn as_str(&self) -> &str {
                &self.0
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.pad(&self.0)
            }
        }

        impl fmt::Debug for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                fmt::Debug::fmt(&self.0, f)
            }
        }

        impl FromStr for $name {
            type Err = InvalidName;
            fn from_str(text: &str) -> Result<Self, InvalidName> {
                $check(text).map(|()| Self(text.to_owned()))
            }
        }

        impl TryFrom<String> for $name {
            type Error = InvalidName;
            fn try_from(text: String) -> Result<Self, InvalidName> {
                $check(&text).map(|()| Self(text))
            }
        }

        impl From<$name> for String {
            fn from(name: $name) -> String {
                name.0
            }
        }
    };
}

fn check_slug(text: &str) -> Result<(), InvalidName> {
    let inner = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-';
    let valid = (1..=64).contains(&text.len()) && text.bytes().all(inner) && !text.starts_with('-');
    if valid { Ok(()) } else { Err(InvalidName::Slug(shortened(text))) }
}

fn check_team_name(text: &str) -> Result<(), InvalidName> {
    let length = text.chars().count();
    let valid = (1..=64).contains(&length) && text.trim() == text && !text.chars().any(is_hidden);
    if valid { Ok(()) } else { Err(InvalidName::Team(shortened(text))) }
}

/// Whether a character has no place in a name: a control character, or one that is invisible or turns the direction of
/// writing, with which two names could look the same.
#[must_use]
pub fn is_hidden(c: char) -> bool {
    c.is_control()
        || matches!(c, '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2060}'..='\u{2069}' | '\u{feff}')
}

fn shortened(text: &str) -> String {
    text.chars().filter(|c| !is_hidden(*c)).take(80).collect()
}

text_type!(
    /// The name of a season or of a task in addresses: 1 to 64 of `a-z`, `0-9` and `-`.
    Slug, check_slug);
text_type!(
    /// The name of a team: 1 to 64 visible characters; unique in its season without regard to case.
    TeamName, check_team_name);

impl TeamName {
    /// The form under which a season holds the name once: lower case, runs of blanks as one.
    #[must_use]
    pub fn key(&self) -> String {
        self.0.split_whitespace().collect::<Vec<_>>().join(" ").to_lowercase()
    }
}
