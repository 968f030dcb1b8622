//! Types on the page of the reference.

use maud::{Markup, html};
use serde_json::Value;

use super::prose;

/// Returns what a schema allows besides its type.
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

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn kind_of(schema: &Value) -> String {
        kind(schema).into_string()
    }

    #[test]
    fn a_type_is_named_with_its_format_and_its_items() {
        assert_eq!(kind_of(&json!({ "type": "integer", "format": "int64" })), "integer (int64)");
        assert_eq!(kind_of(&json!({ "type": ["string", "null"] })), "string or null");
        assert_eq!(kind_of(&json!({ "type": "array", "items": { "type": "string" } })), "array of string");
        assert_eq!(kind_of(&json!({})), "any");
    }

    #[test]
    fn a_named_type_is_a_link_to_it() {
        let link = "<a href=\"#schema-Task\"><code>Task</code></a>";
        assert_eq!(kind_of(&json!({ "$ref": "#/components/schemas/Task" })), link);
        let optional = json!({ "oneOf": [{ "type": "null" }, { "$ref": "#/components/schemas/Task" }] });
        assert_eq!(kind_of(&optional), format!("null or {link}"));
    }

    #[test]
    fn bounds_leave_out_what_says_nothing() {
        let said = |schema: &Value| bounds(schema).into_string();
        assert_eq!(said(&json!({ "minimum": 1, "maximum": 200, "default": 50 })), {
            " At least 1. At most 200. Default: <code>50</code>."
        });
        assert_eq!(said(&json!({ "minimum": 0, "default": null })), "");
        assert_eq!(said(&json!({ "enum": ["a", "b"] })), " One of: <code>a</code> <code>b</code> ");
    }
}
