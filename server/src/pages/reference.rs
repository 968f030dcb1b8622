//! The reference of the API, made from its OpenAPI document. No scripts; all text escaped.

use std::sync::LazyLock;

use actix_web::HttpResponse;
use actix_web::http::header::{CACHE_CONTROL, CONTENT_SECURITY_POLICY, CONTENT_TYPE};
use maud::{DOCTYPE, Markup, html};
use serde_json::{Map, Value};

use crate::{openapi, secret};

/// The page loads its style sheet and nothing else.
const POLICY: &str =
    "default-src 'none'; style-src 'self'; img-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'";
const STYLE: &str = include_str!("style.css");

/// Address of the style sheet: it changes with its content, so that browsers may keep it for ever.
pub static STYLE_PATH: LazyLock<String> = LazyLock::new(|| {
    let digest: String = secret::sha256(STYLE.as_bytes()).to_string().chars().take(16).collect();
    format!("/assets/style-{digest}.css")
});

/// The style sheet of the reference.
pub async fn style() -> HttpResponse {
    HttpResponse::Ok()
        .insert_header((CONTENT_TYPE, "text/css; charset=utf-8"))
        .insert_header((CACHE_CONTROL, "public, max-age=31536000, immutable"))
        .body(STYLE)
}

/// The reference of the API.
pub async fn reference() -> HttpResponse {
    static PAGE: LazyLock<String> = LazyLock::new(|| page(&render()).into_string());
    HttpResponse::Ok()
        .insert_header((CONTENT_TYPE, "text/html; charset=utf-8"))
        .insert_header((CONTENT_SECURITY_POLICY, POLICY))
        .insert_header((CACHE_CONTROL, "no-cache"))
        .body(PAGE.as_str())
}

fn page(body: &Markup) -> Markup {
    html! {
        (DOCTYPE)
        html lang="en" {
            head {
                meta charset="utf-8";
                meta name="viewport" content="width=device-width, initial-scale=1";
                title { "API reference · Holdout" }
                link rel="icon" href="/icon.svg" type="image/svg+xml";
                link rel="stylesheet" href=(*STYLE_PATH);
            }
            body {
                header {
                    a.name href="/" { "Holdout" }
                    a href="/docs/api" { "API" }
                }
                main { (body) }
                footer { span { "Holdout " (env!("CARGO_PKG_VERSION")) } a href="/api/v1/openapi.json" { "OpenAPI" } }
            }
        }
    }
}

/// An operation of the document.
struct Operation<'a> {
    verb: &'a str,
    path: &'a str,
    value: &'a Value,
}

/// The reference: operations by audience, then the schemas.
fn render() -> Markup {
    let document = serde_json::to_value(openapi::document()).unwrap_or_default();
    let operations = operations(&document);
    let nothing = Map::new();
    let schemas = document.pointer("/components/schemas").and_then(Value::as_object).unwrap_or(&nothing);
    html! {
        h1 { "API reference" }
        p { (text(&document, "/info/description")) }
        p { "As a document: " a href="/api/v1/openapi.json" { code { "/api/v1/openapi.json" } } }
        @for tag in document.pointer("/tags").and_then(Value::as_array).into_iter().flatten() {
            @let name = text(tag, "/name");
            @let own: Vec<_> = operations.iter().filter(|operation| has_tag(operation, name)).collect();
            @if !own.is_empty() {
                h2 id=(name) { (text(tag, "/description")) }
                @for operation in own { (operation_of(operation)) }
            }
        }
        h2 id="schemas" { "Schemas" }
        @for (name, schema) in schemas { (schema_of(name, schema)) }
    }
}

fn operations(document: &Value) -> Vec<Operation<'_>> {
    const VERBS: [&str; 7] = ["get", "post", "put", "patch", "delete", "head", "options"];
    let paths = document.get("paths").and_then(Value::as_object).into_iter().flatten();
    let verbs = paths.flat_map(|(path, item)| {
        VERBS.into_iter().filter_map(move |verb| item.get(verb).map(|value| Operation { verb, path, value }))
    });
    verbs.collect()
}

fn has_tag(operation: &Operation<'_>, name: &str) -> bool {
    let tags = operation.value.get("tags").and_then(Value::as_array).into_iter().flatten();
    tags.into_iter().any(|tag| tag.as_str() == Some(name))
}

fn operation_of(operation: &Operation<'_>) -> Markup {
    let value = operation.value;
    let parameters = value.get("parameters").and_then(Value::as_array).filter(|list| !list.is_empty());
    let responses = value.get("responses").and_then(Value::as_object).into_iter().flatten();
    html! {
        details id=(text(value, "/operationId")) {
            summary { span.verb { (operation.verb.to_uppercase()) } " " code { (operation.path) } " " (text(value, "/summary")) }
            @if let Some(about) = value.get("description").and_then(Value::as_str) { p { (about) } }
            p.soft { (login(value)) }
            @if let Some(parameters) = parameters {
                div.scroll { table { @for parameter in parameters { (parameter_of(parameter)) } } }
            }
            @if let Some(body) = value.get("requestBody") { p { "Body: " (content(body)) } }
            div.scroll { table {
                @for (status, response) in responses {
                    tr { td { code { (status) } } td { (content(response)) } td { (text(response, "/description")) } }
                }
            } }
        }
    }
}

fn login(operation: &Value) -> &'static str {
    let choices = operation.get("security").and_then(Value::as_array).into_iter().flatten();
    let names: Vec<_> = choices.filter_map(Value::as_object).map(Map::len).collect();
    let scorer = operation.pointer("/security/0/scorer").is_some();
    match (names.contains(&0), scorer) {
        (true, _) => "Open to everybody",
        (false, true) => "With a scorer token",
        (false, false) => "With a login",
    }
}

fn parameter_of(parameter: &Value) -> Markup {
    html! {
        tr {
            td { code { (text(parameter, "/name")) } }
            td.soft { (text(parameter, "/in")) }
            td { (parameter.get("schema").map(kind).unwrap_or_default()) }
            td { (text(parameter, "/description")) }
        }
    }
}

fn content(value: &Value) -> Markup {
    let kinds = value.get("content").and_then(Value::as_object).into_iter().flatten();
    html! {
        @for (media, content) in kinds {
            @if media != "application/json" { code { (media) } " " }
            (content.get("schema").map(kind).unwrap_or_default()) " "
        }
    }
}

fn schema_of(name: &str, schema: &Value) -> Markup {
    let fields = schema.get("properties").and_then(Value::as_object);
    let values = schema.get("enum").and_then(Value::as_array);
    html! {
        details id={ "schema-" (name) } {
            summary { code { (name) } }
            @if let Some(about) = schema.get("description").and_then(Value::as_str) { p { (about) } }
            @if let Some(values) = values {
                p { @for value in values { code { (value.as_str().unwrap_or_default()) } " " } }
            }
            @if let Some(fields) = fields {
                div.scroll { table { @for (field, value) in fields {
                    tr { td { code { (field) } } td { (kind(value)) } td { (text(value, "/description")) } }
                } } }
            }
        }
    }
}

/// The type of a schema, with links to named ones.
fn kind(schema: &Value) -> Markup {
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

fn text<'a>(value: &'a Value, pointer: &str) -> &'a str {
    value.pointer(pointer).and_then(Value::as_str).unwrap_or_default()
}
