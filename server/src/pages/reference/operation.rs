//! An operation on the page of the reference, with an example of its call.

use maud::{Markup, html};
use serde_json::{Map, Value};

use super::schema::{bounds, kind, text};
use super::{EXAMPLE_SERVER, Operation, prose};
use crate::openapi::examples;

pub(super) fn operation_of(operation: &Operation<'_>, schemas: &Map<String, Value>) -> Markup {
    let value = operation.value;
    let parameters = value.get("parameters").and_then(Value::as_array).filter(|list| !list.is_empty());
    let responses = value.get("responses").and_then(Value::as_object).into_iter().flatten();
    let answer = value.get("responses").and_then(Value::as_object).into_iter().flatten();
    let answer = answer.filter(|(status, _)| status.starts_with('2')).find_map(|(_, response)| example(response));
    html! {
        details.entry {
            summary { span.verb { (operation.verb.to_uppercase()) } " " code { (operation.path) } " " (prose(text(value, "/summary"))) }
            // A link to what is in a closed `details` opens it, so the name is inside.
            div id=(text(value, "/operationId")) {
                @if let Some(about) = value.get("description").and_then(Value::as_str) { p { (prose(about)) } }
                p.soft { (login(value)) }
                @if let Some(parameters) = parameters {
                    h3 { "Parameters" }
                    dl { @for parameter in parameters { (parameter_of(parameter)) } }
                }
                @if let Some(body) = value.get("requestBody") {
                    h3 { "Body" }
                    p { (content(body)) }
                }
                h3 { "Answers" }
                dl { @for (status, response) in responses {
                    dt { code { (status) } " " (content(response)) }
                    dd { (prose(text(response, "/description"))) }
                } }
                h3 { "Example" }
                pre tabindex="0" role="region" aria-label={ "Call of " (text(value, "/operationId")) } {
                    code { (call(operation, schemas)) }
                }
                @if let Some(answer) = answer {
                    pre tabindex="0" role="region" aria-label={ "Answer to " (text(value, "/operationId")) } {
                        code { (answer) }
                    }
                }
            }
        }
    }
}

/// The example of a body, indented.
pub(super) fn example(body: &Value) -> Option<String> {
    let mut kinds = body.get("content").and_then(Value::as_object).into_iter().flatten();
    let example = kinds.find_map(|(_, content)| content.get("example"))?;
    serde_json::to_string_pretty(example).ok()
}

/// A call of the operation, as one types it into a shell.
pub(super) fn call(operation: &Operation<'_>, schemas: &Map<String, Value>) -> String {
    let mut path = operation.path.to_owned();
    let mut query = Vec::new();
    let mut lines = Vec::new();
    let parameters = operation.value.get("parameters").and_then(Value::as_array).into_iter().flatten();
    for parameter in parameters {
        let name = text(parameter, "/name");
        let schema = parameter.get("schema").cloned().unwrap_or_default();
        let value = match examples::example(schemas, &schema, name, 0) {
            Value::String(text) => text,
            other => other.to_string(),
        };
        let required = parameter.get("required").and_then(Value::as_bool) == Some(true);
        match text(parameter, "/in") {
            "path" => path = path.replace(&format!("{{{name}}}"), &value),
            "query" if required => query.push(format!("{name}={value}")),
            "header" if required => lines.push(format!("-H '{name}: {value}'")),
            _ => {}
        }
    }
    match login(operation.value) {
        OPEN => {}
        _ => lines.push("-H \"Authorization: Bearer $TOKEN\"".to_owned()),
    }
    if let Some(body) = operation.value.get("requestBody") {
        match example(body) {
            Some(example) => {
                lines.push("-H 'Content-Type: application/json'".to_owned());
                lines.push(format!("-d '{}'", example.replace('\'', "'\\''")));
            }
            None => lines.push("--data-binary @FILE".to_owned()),
        }
    }
    let query = if query.is_empty() { String::new() } else { format!("?{}", query.join("&")) };
    let verb = match operation.verb {
        "head" => "--head".to_owned(),
        verb => format!("-X {}", verb.to_uppercase()),
    };
    let first = format!("curl {verb} '{EXAMPLE_SERVER}{path}{query}'");
    std::iter::once(first).chain(lines).collect::<Vec<_>>().join(" \\\n  ")
}

pub(super) const OPEN: &str = "Open to everybody";

pub(super) fn login(operation: &Value) -> &'static str {
    let choices = operation.get("security").and_then(Value::as_array).into_iter().flatten();
    let names: Vec<_> = choices.filter_map(Value::as_object).map(Map::len).collect();
    let scorer = operation.pointer("/security/0/scorer").is_some();
    match (names.contains(&0), scorer) {
        (true, _) => OPEN,
        (false, true) => "With a scorer token",
        (false, false) => "With a login",
    }
}

pub(super) fn parameter_of(parameter: &Value) -> Markup {
    let required = parameter.get("required").and_then(Value::as_bool) == Some(true);
    html! {
        dt {
            code { (text(parameter, "/name")) } " "
            span.soft {
                (parameter.get("schema").map(kind).unwrap_or_default())
                ", " (text(parameter, "/in")) ", " (if required { "required" } else { "optional" })
            }
        }
        dd { (prose(text(parameter, "/description"))) (parameter.get("schema").map(bounds).unwrap_or_default()) }
    }
}

pub(super) fn content(value: &Value) -> Markup {
    let kinds = value.get("content").and_then(Value::as_object).into_iter().flatten();
    html! {
        @for (media, content) in kinds {
            @if media != "application/json" { code { (media) } " " }
            (content.get("schema").map(kind).unwrap_or_default()) " "
        }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn called(verb: &'static str, value: &Value) -> String {
        call(&Operation { verb, path: "/api/v1/seasons/{season}", value }, &Map::new())
    }

    #[test]
    fn who_may_call_an_operation_follows_from_its_security() {
        for (security, expected) in [
            (json!([{}]), OPEN),
            (json!([{ "bearer": [] }, {}]), OPEN),
            (json!([{ "scorer": [] }]), "With a scorer token"),
            (json!([{ "bearer": [] }, { "cookie": [] }]), "With a login"),
        ] {
            assert_eq!(login(&json!({ "security": security })), expected, "{security}");
        }
    }

    #[test]
    fn a_call_has_what_is_required_and_nothing_else() {
        let value = json!({ "security": [{}], "parameters": [
            { "name": "season", "in": "path", "required": true, "schema": { "type": "string", "example": "demo" } },
            { "name": "limit", "in": "query", "required": false, "schema": { "type": "integer" } },
            { "name": "start", "in": "query", "required": true, "schema": { "type": "integer" } },
            { "name": "Idempotency-Key", "in": "header", "required": false, "schema": { "type": "string" } },
        ] });
        let shown = called("get", &value);
        assert!(shown.starts_with("curl -X GET '"), "{shown}");
        assert!(shown.contains("?start=") && !shown.contains("limit=") && !shown.contains("{season}"), "{shown}");
        assert!(!shown.contains("Idempotency-Key") && !shown.contains("Authorization"), "{shown}");
    }

    #[test]
    fn a_call_sends_its_token_and_a_body_that_a_shell_leaves_alone() {
        let body = json!({ "content": { "application/json": { "example": { "title": "it's" } } } });
        let shown = called("post", &json!({ "security": [{ "bearer": [] }], "requestBody": body }));
        assert!(shown.contains("-H \"Authorization: Bearer $TOKEN\""), "{shown}");
        assert!(shown.contains("-H 'Content-Type: application/json'") && shown.contains("it'\\''s"), "{shown}");
        let file = json!({ "content": { "application/octet-stream": {} } });
        let shown = called("patch", &json!({ "security": [{ "bearer": [] }], "requestBody": file }));
        assert!(shown.contains("--data-binary @FILE") && !shown.contains("application/json"), "{shown}");
        assert!(called("head", &json!({ "security": [{}] })).starts_with("curl --head '"));
    }
}
