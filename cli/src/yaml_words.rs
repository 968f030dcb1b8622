//! What is said of a YAML file that cannot be read, for people who know neither Rust nor its YAML
//! reader.

use std::borrow::Cow;

use holdout_protocol::{plain_cause, type_in_words};
use serde_saphyr::{Error, Location, MessageFormatter, UserMessageFormatter};

/// Returns the place of a fault that the YAML reader found, and what is wrong there on one line.
pub(crate) fn place_and_cause(error: &Error) -> (Location, String) {
    let place = error.location().unwrap_or(Location::UNKNOWN);
    let message = error.without_snippet().render_with_formatter(&PlainWords);
    let first = message.lines().next().unwrap_or_default();
    let suffix = format!(" at line {}, column {}", place.line(), place.column());
    (place, first.trim_end_matches(&suffix).trim_start_matches("error: ").to_owned())
}

/// Faults of a YAML file in plain words.
struct PlainWords;

impl MessageFormatter for PlainWords {
    fn format_message<'a>(&self, error: &'a Error) -> Cow<'a, str> {
        match error {
            Error::InvalidScalar { ty, .. } => match type_in_words(ty) {
                Some(words) => format!("the value is not {words}").into(),
                None => format!("the value is no {ty}").into(),
            },
            Error::NullIntoString { .. } => "the value is missing; a text is wanted".into(),
            Error::DuplicateMappingKey { key: Some(key), .. } => format!("the field `{key}` is there twice").into(),
            Error::DuplicateMappingKey { key: None, .. } => "a field is there twice".into(),
            Error::Unexpected { expected: "mapping start", .. } => {
                "fields are wanted here, each as `name: value`".into()
            }
            Error::Unexpected { expected: "sequence start", .. } => "a list is wanted here".into(),
            Error::SerdeUnknownField { field, expected, .. } => unknown_field(field, expected).into(),
            other => plain_cause(&UserMessageFormatter.format_message(other)).into(),
        }
    }
}

/// Names the field that was probably meant first, and then all that there are.
fn unknown_field(field: &str, known: &[&str]) -> String {
    let nearest = known.iter().min_by_key(|known| strsim::damerau_levenshtein(known, field));
    let nearest = nearest.filter(|known| strsim::damerau_levenshtein(known, field) <= 2);
    let question = nearest.map_or_else(String::new, |nearest| format!("; did you mean `{nearest}`?"));
    let names: Vec<String> = known.iter().map(|known| format!("`{known}`")).collect();
    let all = if question.is_empty() { "; allowed are " } else { " Allowed are " };
    format!("there is no field `{field}`{question}{all}{}", names.join(", "))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_field_that_is_nearly_right_is_told_first() {
        let known = ["queue", "listen", "uploads"];
        assert_eq!(
            unknown_field("quuee", &known),
            "there is no field `quuee`; did you mean `queue`? Allowed are `queue`, `listen`, `uploads`"
        );
        assert_eq!(
            unknown_field("queue_to", &known),
            "there is no field `queue_to`; allowed are `queue`, `listen`, `uploads`"
        );
        assert!(unknown_field("lsiten", &known).contains("did you mean `listen`?"));
        assert_eq!(unknown_field("x", &[]), "there is no field `x`; allowed are ");
    }

    #[derive(Debug, serde::Deserialize)]
    #[serde(deny_unknown_fields)]
    #[expect(dead_code, reason = "only read")]
    struct Written {
        name: String,
        count: Option<u8>,
        on: Option<bool>,
        list: Option<Vec<String>>,
    }

    fn told(text: &str) -> (u64, String) {
        let (place, cause) = place_and_cause(&serde_saphyr::from_str::<Written>(text).unwrap_err());
        (place.line(), cause)
    }

    #[test]
    fn a_value_of_another_kind_is_told_in_plain_words_with_its_line() {
        assert_eq!(told("name: a\ncount: many\n"), (2, "the value is not a whole number from 0 to 255".to_owned()));
        assert_eq!(told("name: a\non: maybe\n"), (2, "the value is not `true` or `false`".to_owned()));
        assert_eq!(told("count: 1\nname:\n"), (2, "the value is missing; a text is wanted".to_owned()));
        assert_eq!(told("name: a\nlist: b\n"), (2, "a list is wanted here".to_owned()));
        assert_eq!(told("- name\n"), (1, "fields are wanted here, each as `name: value`".to_owned()));
    }

    #[test]
    fn a_field_that_is_there_twice_is_named() {
        assert_eq!(told("name: a\ncount: 1\nname: b\n"), (3, "the field `name` is there twice".to_owned()));
    }
}
