//! What a reader takes a name for.

use holdout_protocol::seen_text;
use unicode_security::confusable_detection::skeleton;

/// What a reader takes a name for: equal for `ACE` in Latin and in Cyrillic letters (Unicode
/// Technical Standard 39, section 4). Two names look the same if this or
/// [`holdout_protocol::name_key`] is equal.
pub fn look(name: &str) -> String {
    // Capital letters of two alphabets may look the same although their small ones do not, such as
    // those of zeta and Z; and the skeleton of a digit may be a capital letter.
    let lower = skeleton(&seen_text(name)).collect::<String>().to_lowercase();
    let look: String = skeleton(&lower).collect();
    look.split_whitespace().collect::<Vec<_>>().join(" ").to_lowercase()
}

#[cfg(test)]
mod tests {
    use super::*;

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
