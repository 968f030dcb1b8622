//! Types on the page of the reference.

use maud::{Markup, html};
use serde_json::Value;

use super::prose;

/// What a schema allows besides its type.
pub(super) fn bounds(schema: &Value) -> Markup {
    let values = schema.get("enum").and_then(Value::as_array);
    let number = |key: &str| schema.get(key).filter(|value| value.is_number() && value.as_f64() != Some(0.0));
    html! {
        @if let Some(values) = values {
            " One of: " @for value in values { code { (value.as_str().unwrap_or_default()) } " " }
        }
        @if let Some(least) = number("minimum") { " At least " (least) "." }
        @if let Some(most) = number("maximum") { " At most " (most) "." }
        @if let Some(default) = schema.get("default").filter(|value| !value.is_null()) {
            " Default: " code { (default) } "."
        }
    }
}

pub(super) fn schema_of(name: &str, schema: &Value) -> Markup {
    let fields = schema.get("properties").and_then(Value::as_object);
    let values = schema.get("enum").and_then(Value::as_array);
    html! {
        details.entry {
            summary { code { (name) } }
            div id={ "schema-" (name) } {
                @if let Some(about) = schema.get("description").and_then(Value::as_str) { p { (prose(about)) } }
                @if let Some(values) = values {
                    p { @for value in values { code { (value.as_str().unwrap_or_default()) } " " } }
                }
                @if let Some(fields) = fields {
                    dl { @for (field, value) in fields {
                        dt { code { (field) } " " span.soft { (kind(value)) } }
                        dd { (prose(text(value, "/description"))) (bounds(value)) }
                    } }
                }
            }
        }
    }
}

/// The type of a schema, with links to named ones.
pub(super) fn kind(schema: &Value) -> Markup {
    if let Some(name) = schema.get("$ref").and_then(Value::as_str).and_then(|path| path.rsplit('/').next()) {
        return html! { a href={ "#schema-" (name) } { code { (name) } } };
    }
    let alternatives = ["oneOf", "allOf", "anyOf"].iter().find_map(|key| schema.get(key)).and_then(Value::as_array);
    if let Some(alternatives) = alternatives {
        return html! { @for (place, one) in alternatives.iter().enumerate() { @if place > 0 { " or " } (kind(one)) } };
    }
    let word = match schema.get("type") {
        Some(Value::String(word)) => word.clone(),
        Some(Value::Array(words)) => words.iter().filter_map(Value::as_str).collect::<Vec<_>>().join(" or "),
        _ => "any".to_owned(),
    };
    html! {
        (word)
        @if let Some(format) = schema.get("format").and_then(Value::as_str) { " (" (format) ")" }
        @if let Some(items) = schema.get("items") { " of " (kind(items)) }
    }
}

pub(super) fn text<'a>(value: &'a Value, pointer: &str) -> &'a str {
    value.pointer(pointer).and_then(Value::as_str).unwrap_or_default()
}
