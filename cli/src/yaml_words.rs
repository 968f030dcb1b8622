//! What is said of a YAML file that cannot be read, for people who know neither Rust nor its YAML reader.

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
