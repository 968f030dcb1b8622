//! Names that people choose: slugs of seasons and tasks, names of teams.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};
use unicode_normalization::UnicodeNormalization as _;

use crate::limits;

/// A name that cannot be used.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum InvalidName {
    /// Not a slug.
    #[error("`{0}` is not a valid name here; use 1 to {max} of a-z, 0-9 and `-`, beginning with a letter or digit", max = limits::SLUG)]
    Slug(String),
    /// Not a team's name.
    #[error("`{0}` is not a valid team name; use 1 to {max} characters without control characters or blanks at the ends", max = limits::TEAM_NAME)]
    Team(String),
    /// A name with a character that has no place in one.
    #[error(
        "`{name}` has U+{character:04X}, which is invisible or turns the direction of writing; write the name without it",
        character = u32::from(*.character)
    )]
    Character {
        /// The name without such characters.
        name: String,
        /// The first of them.
        character: char,
    },
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
            /// Returns the name as text.
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
    let valid = (1..=limits::SLUG).contains(&text.len()) && text.bytes().all(inner) && !text.starts_with('-');
    if valid { Ok(()) } else { Err(InvalidName::Slug(shortened(text))) }
}

fn check_team_name(text: &str) -> Result<(), InvalidName> {
    let unseen = || text.chars().next().filter(|_| !text.trim().is_empty() && !text.chars().any(is_seen));
    if let Some(character) = unusable_character(text).filter(|c| !c.is_control()).or_else(unseen) {
        return Err(InvalidName::Character { name: shortened(text), character });
    }
    let length = text.chars().count();
    let valid = (1..=limits::TEAM_NAME).contains(&length) && text.trim() == text && is_name(text);
    if valid { Ok(()) } else { Err(InvalidName::Team(shortened(text))) }
}

/// Returns whether a text can be a name: something of it is seen, and no character has no place in
/// a name.
///
/// For example, `Zoë Lab` and `می‌خواهم`, which has a joiner in it, can; U+2800 alone cannot.
#[must_use]
pub fn is_name(text: &str) -> bool {
    unusable_character(text).is_none() && text.chars().any(is_seen)
}

/// Returns the first character that has no place in a name: a control character, or one that is
/// invisible or turns the direction of writing, with which two names could look the same. The
/// joiners U+200C and U+200D stand where Persian, the scripts of India and emoji need them: after a
/// letter, mark or picture that is not ASCII.
#[must_use]
pub fn unusable_character(text: &str) -> Option<char> {
    let before = std::iter::once(None).chain(text.chars().map(Some));
    text.chars().zip(before).find(|(c, before)| is_hidden_after(*c, *before)).map(|(c, _)| c)
}

/// Returns whether a character is hidden, unless it is a joiner where a name may have one.
///
/// For example, U+200C is part of how `می‌خواهم` is written, but has no place after an ASCII
/// letter.
#[must_use]
pub fn is_hidden_after(c: char, before: Option<char>) -> bool {
    is_hidden(c) && !is_joiner_after(c, before)
}

fn is_joiner_after(c: char, before: Option<char>) -> bool {
    matches!(c, '\u{200c}' | '\u{200d}') && matches!(before, Some(before) if !before.is_ascii() && !is_hidden(before))
}

/// Returns whether a character is a control character, or invisible, or turns the direction of
/// writing.
#[must_use]
pub fn is_hidden(c: char) -> bool {
    c.is_control()
        || matches!(c, '\u{61c}' | '\u{115f}' | '\u{1160}' | '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}'
            | '\u{2060}'..='\u{206f}' | '\u{3164}' | '\u{feff}' | '\u{ffa0}' | '\u{fff9}'..='\u{fffb}'
            | '\u{e0000}'..='\u{e007f}')
}

/// Returns whether a character leaves something on the page: not a blank (U+2800 is an empty
/// braille cell), a soft hyphen, or what only changes the character before it.
fn is_seen(c: char) -> bool {
    !c.is_whitespace() && !is_hidden(c) && !matches!(c, '\u{ad}' | '\u{34f}' | '\u{2800}' | '\u{fe00}'..='\u{fe0f}')
}

fn shortened(text: &str) -> String {
    text.chars().filter(|c| !is_hidden(*c)).take(80).collect()
}

text_type!(
    /// The name of a season or of a task in addresses: 1 to 64 of `a-z`, `0-9` and `-`.
    Slug, check_slug);
text_type!(
    /// The name of a team: 1 to 64 characters, of which some are visible and none is hidden; unique
    /// in its season, where two names that look the same are one.
    TeamName, check_team_name);

impl TeamName {
    /// [`name_key`] of this name. A season holds it once.
    #[must_use]
    pub fn key(&self) -> String {
        name_key(&self.0)
    }
}

/// The form under which a name is looked up and searched for: without regard to case, to how a
/// character is composed, to wide and narrow forms, to blanks, and to what is not seen.
///
/// For example, that of `Ｚoë  LAB` is `zoë lab`.
#[must_use]
pub fn name_key(name: &str) -> String {
    // Lower case may have to be composed again.
    let lower: String = seen_text(name).to_lowercase().nfkc().collect();
    lower.split_whitespace().collect::<Vec<_>>().join(" ")
}

/// The text without what is not seen, and with wide, narrow and composed characters in one form
/// (NFKC).
#[must_use]
pub fn seen_text(name: &str) -> String {
    name.nfkc().filter(|c| !is_ignorable(*c)).map(|c| if c == '\u{2800}' { ' ' } else { c }).collect()
}

/// The property `Default_Ignorable_Code_Point` of the Unicode Character Database.
const fn is_ignorable(c: char) -> bool {
    matches!(c, '\u{ad}' | '\u{34f}' | '\u{61c}' | '\u{115f}' | '\u{1160}' | '\u{17b4}' | '\u{17b5}'
        | '\u{180b}'..='\u{180f}' | '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2060}'..='\u{206f}' | '\u{3164}'
        | '\u{fe00}'..='\u{fe0f}' | '\u{feff}' | '\u{ffa0}' | '\u{fff0}'..='\u{fff8}' | '\u{1bca0}'..='\u{1bca3}'
        | '\u{1d173}'..='\u{1d17a}' | '\u{e0000}'..='\u{e0fff}')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_of_all_scripts_are_taken() {
        let persian = "می\u{200c}خواهم";
        let malayalam = "പ്രവീണ്\u{200d}";
        let family = "Family 👨\u{200d}👩\u{200d}👧";
        for name in ["Zoë Lab", "Zoe\u{308} Lab", persian, malayalam, family, "Ali\u{ad}ce", "1", "❤\u{fe0f}", "北京"]
        {
            assert!(name.parse::<TeamName>().is_ok(), "{name}");
        }
    }

    #[test]
    fn a_hidden_character_is_named() {
        let (fillers, joiners) = (["\u{3164}", "\u{ffa0}x"], ["ab\u{200d}c", "\u{200c}a", "é\u{200d}\u{200d}"]);
        let others = ["a\u{200b}b", "\u{202e}evil", "a\u{2028}b", "x\u{feff}", "\u{e0041}"];
        for name in [&fillers[..], &joiners, &others].concat() {
            let code = name.chars().rfind(|c| is_hidden(*c)).map(|c| format!("U+{:04X}", u32::from(c))).unwrap();
            let error = name.parse::<TeamName>().unwrap_err().to_string();
            assert!(error.contains(&code) && !error.chars().any(is_hidden), "{error}");
        }
    }

    #[test]
    fn a_name_is_seen_and_short_and_has_no_blanks_around_it() {
        for name in ["", "\u{2800}", "\u{2800}\u{ad}", "\u{fe0f}", " a", "a ", "a\nb", "a\0", &"x".repeat(65)] {
            assert!(name.parse::<TeamName>().is_err(), "{name:?}");
        }
        let unseen = "\u{2800}\u{ad}".parse::<TeamName>().unwrap_err().to_string();
        assert!(unseen.contains("U+2800"), "{unseen}");
        assert!("x".repeat(64).parse::<TeamName>().is_ok());
    }

    #[test]
    fn a_name_is_found_however_it_is_written() {
        let groups: [&[&str]; 5] = [
            &["Zoë Lab", "Zoe\u{308} Lab", "ZOË  LAB", "Ｚｏë Ｌａｂ", "zoë\u{a0}lab", "Zoë\u{2800}Lab"],
            &["Alice", "Al\u{ad}ice", "alice"],
            &["می\u{200c}خواهم", "میخواهم"],
            &["❤\u{fe0f}", "❤"],
            &["İ", "i\u{307}"],
        ];
        for group in groups {
            for name in group {
                assert_eq!(name_key(name), name_key(group[0]), "{name:?}");
            }
        }
        assert_ne!(name_key("Team 1"), name_key("Team l"));
    }

    #[test]
    fn a_joiner_joins_letters_that_need_it_and_hides_behind_no_others() {
        assert_eq!(unusable_character("می\u{200c}خ"), None);
        for (text, hidden) in [
            ("a\u{200d}b", Some('\u{200d}')),
            ("\u{200d}ب", Some('\u{200d}')),
            ("ب\u{200d}\u{200d}", Some('\u{200d}')),
            ("ب\u{200b}", Some('\u{200b}')),
            ("plain", None),
        ] {
            assert_eq!(unusable_character(text), hidden, "{text:?}");
        }
    }

    #[test]
    fn names_that_a_reader_cannot_tell_apart_have_one_key() {
        for (one, other) in [("ＡＣＥ", "ace"), ("Ali\u{ad}ce", "alice"), ("a\u{2800}b", "A  B"), ("Zoe\u{308}", "ZOË")]
        {
            assert_eq!(name_key(one), name_key(other), "{one} {other}");
        }
        assert_eq!(seen_text("a\u{200d}\u{fe0f}b"), "ab");
    }
}
