//! Fields of a request that its type does not have. Most are misspelt and would be lost without a
//! word.
//!
//! The types themselves take unknown fields, because many of them are part of answers too: an older
//! client has to be able to read an answer with one more field. So the fields are compared with the
//! schema of the type, which knows the names that are near the misspelt one.

use std::collections::BTreeMap;

use holdout_protocol::Reason;
use serde_json::{Value, json};
use utoipa::ToSchema;

use crate::error::Error;

/// How many letters of a name allow a suggestion one edit beyond the first: for example one edit
/// for `seed`, and four for `predictions_bytes`.
const LETTERS_PER_EDIT: usize = 5;

/// Most characters of a name that are shown.
const SHOWN: usize = 80;

/// Refuses a body with a field that `T` does not have, at any depth.
pub fn refuse<T: ToSchema>(body: &Value) -> Result<(), Error> {
    let mut named = Vec::new();
    T::schemas(&mut named);
    let written = |schema| serde_json::to_value(schema).unwrap_or_default();
    let schemas = Schemas(named.into_iter().map(|(name, schema)| (name, written(schema))).collect());
    schemas.check(&written(T::schema()), body, "")
}

/// Schemas by name.
struct Schemas(BTreeMap<String, Value>);

impl Schemas {
    fn check(&self, schema: &Value, body: &Value, path: &str) -> Result<(), Error> {
        let parts = self.parts(schema);
        match body {
            Value::Array(items) => {
                let Some(of) = parts.iter().find_map(|part| part.get("items")) else { return Ok(()) };
                let mut items = items.iter().enumerate();
                items.try_for_each(|(index, item)| self.check(of, item, &format!("{path}[{index}]")))
            }
            Value::Object(fields) => {
                let known: BTreeMap<_, _> =
                    parts.iter().filter_map(|part| part.get("properties")?.as_object()).flatten().collect();
                // A schema without properties stands for any JSON.
                let mut fields = fields.iter().filter(|_| !known.is_empty());
                fields.try_for_each(|(name, value)| {
                    let place = if path.is_empty() { shown(name) } else { format!("{path}.{}", shown(name)) };
                    let schema = known.get(name).ok_or_else(|| unknown(&place, name, known.keys()))?;
                    self.check(schema, value, &place)
                })
            }
            _ => Ok(()),
        }
    }

    /// Returns the schema with all that it refers to: what `$ref` names, the parts of `allOf`, and
    /// each alternative.
    fn parts<'s>(&'s self, schema: &'s Value) -> Vec<&'s Value> {
        let reference = schema.get("$ref").and_then(Value::as_str).and_then(|path| path.rsplit('/').next());
        let named = reference.and_then(|name| self.0.get(name));
        let lists = ["allOf", "oneOf", "anyOf"].into_iter().filter_map(|list| schema.get(list)?.as_array()).flatten();
        let inner = named.into_iter().chain(lists).flat_map(|inner| self.parts(inner));
        std::iter::once(schema).chain(inner).collect()
    }
}

fn unknown<'k>(place: &str, name: &str, known: impl Iterator<Item = &'k &'k String>) -> Error {
    let known: Vec<&str> = known.map(|name| name.as_str()).collect();
    let nearest = nearest(name, &known);
    let instead = match nearest {
        Some(nearest) => format!("did you mean `{nearest}`?"),
        None => format!("known fields: `{}`", known.join("`, `")),
    };
    Error::invalid(place, format!("`{place}` is not a field of this request; {instead}"))
        .because(Reason::UnknownField, json!({ "nearest": nearest }))
}

/// Returns the known name that was probably meant.
pub(crate) fn nearest<'k>(name: &str, known: &[&'k str]) -> Option<&'k str> {
    // A name far longer than any known one is not compared, because that takes time in the square
    // of its length.
    let name = Some(name).filter(|name| name.len() <= SHOWN)?;
    let distances = known.iter().map(|known| (strsim::damerau_levenshtein(name, known), *known));
    let (edits, nearest) = distances.min()?;
    (edits <= 1 + nearest.len() / LETTERS_PER_EDIT).then_some(nearest)
}

fn shown(name: &str) -> String {
    name.chars().filter(|letter| !holdout_protocol::is_hidden(*letter)).take(SHOWN).collect()
}

#[cfg(test)]
mod tests {
    use holdout_protocol::{ErrorCode, NewSeason, NewSubmission, NewTask, OutcomeReport};

    use super::*;

    fn refusal<T: ToSchema>(body: &Value) -> (String, Value) {
        let error = refuse::<T>(body).unwrap_err().body().error;
        assert_eq!((error.code, error.reason), (ErrorCode::InvalidValue, Some(Reason::UnknownField)));
        (error.message, error.detail)
    }

    #[test]
    fn a_misspelt_field_is_named_with_its_path_and_the_nearest_name() {
        let (message, detail) = refusal::<NewTask>(&json!({ "settings": { "limits": { "wall_second": 5 } } }));
        assert_eq!(
            message,
            "`settings.limits.wall_second` is not a field of this request; did you mean `wall_seconds`?"
        );
        assert_eq!(detail, json!({ "field": "settings.limits.wall_second", "nearest": "wall_seconds" }));
        let (message, detail) = refusal::<NewSeason>(&json!({ "season": "demo", "titel": "Demo" }));
        assert!(message.ends_with("did you mean `title`?"), "{message}");
        assert_eq!(detail["field"], "titel");
    }

    #[test]
    fn a_field_that_is_like_no_other_is_refused_with_all_that_are_known() {
        let (message, detail) = refusal::<NewTask>(&json!({ "colour": 1 }));
        assert_eq!(message, "`colour` is not a field of this request; known fields: `settings`, `task`");
        assert_eq!(detail["nearest"], Value::Null);
    }

    #[test]
    fn names_are_shown_without_hidden_letters_and_cut() {
        let (message, _) = refusal::<NewTask>(&json!({ ("\u{1b}[31m".to_owned() + &"x".repeat(100_000)): 1 }));
        assert!(message.starts_with("`[31mxxx") && message.len() < 200, "{message}");
    }

    #[test]
    fn known_fields_are_taken_at_any_depth_and_any_json_where_the_type_takes_any() {
        for body in [
            json!({ "task": "a", "settings": { "quota": { "submissions": 5, "per_seconds": 60 }, "split": null } }),
            json!({ "settings": { "input": { "mean": [0.5, 0.5, 0.5] } } }),
            json!([1, { "x": 2 }]),
            json!("text"),
        ] {
            assert!(refuse::<NewTask>(&body).is_ok(), "{body}");
        }
        assert!(refuse::<NewSubmission>(&json!({ "links": ["https://example.org"] })).is_ok());
        let report = json!({ "outcome": { "kind": "scored", "n": 1, "top1": "", "top5": "" } });
        assert!(refuse::<OutcomeReport>(&report).is_ok());
    }
}
