//! When two names are one: in the form under which a name is looked up, and in what a reader sees.

use unicode_normalization::UnicodeNormalization as _;
use unicode_security::confusable_detection::skeleton;

/// The form under which a name is looked up and searched for: without regard to case, to how a character is composed, to
/// wide and narrow forms, to blanks, and to what is not seen.
pub fn key(name: &str) -> String {
    // Lower case may have to be composed again.
    let lower: String = seen(name).to_lowercase().nfkc().collect();
    lower.split_whitespace().collect::<Vec<_>>().join(" ")
}

/// What a reader takes a name for: equal for `ACE` in Latin and in Cyrillic letters (Unicode Technical Standard 39, section 4).
/// Two names look the same if this or [`key`] is equal.
pub fn look(name: &str) -> String {
    // Capital letters of two alphabets may look the same although their small ones do not, such as those of zeta and Z; and
    // the skeleton of a digit may be a capital letter.
    let lower = skeleton(&seen(name)).collect::<String>().to_lowercase();
    let look: String = skeleton(&lower).collect();
    look.split_whitespace().collect::<Vec<_>>().join(" ").to_lowercase()
}

fn seen(name: &str) -> String {
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
                assert_eq!(key(name), key(group[0]), "{name:?}");
            }
        }
        assert_ne!(key("Team 1"), key("Team l"));
    }

    #[test]
    fn names_that_look_the_same_are_the_same() {
        for (one, other) in [
            ("ACE", "АСЕ"),
            ("SuperVision", "Ѕuреrѵіѕіоո"),
            ("Team 0", "Team O"),
            ("Team 1", "team l"),
            ("Ζоë Lab", "Zoë lab"),
        ] {
            assert_eq!(look(one), look(other), "{one} {other}");
        }
        for (one, other) in [("Team 1", "Team 2"), ("Alpha", "Alpha2"), ("北京", "東京"), ("a b", "ab")] {
            assert_ne!(look(one), look(other), "{one} {other}");
        }
    }
}
