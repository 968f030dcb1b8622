//! The reference of the API, made from its OpenAPI document. It can be read without its one script, which searches; all
//! text is escaped.

use std::sync::LazyLock;

use actix_web::HttpResponse;
use actix_web::http::header::{CACHE_CONTROL, CONTENT_SECURITY_POLICY, CONTENT_TYPE};
use maud::{DOCTYPE, Markup, html};
use serde_json::{Map, Value};

use crate::openapi::examples;
use crate::{openapi, secret};

/// The page loads its style sheet, its script and its icon, and nothing else.
const POLICY: &str = "default-src 'none'; style-src 'self'; script-src 'self'; img-src 'self'; base-uri 'none'; \
                      form-action 'none'; frame-ancestors 'none'";
const STYLE: &str = include_str!("style.css");
const SCRIPT: &str = include_str!("search.js");
/// The server in the examples of calls.
const EXAMPLE_SERVER: &str = "https://holdout.example.org";

/// Address of the style sheet: it changes with its content, so that browsers may keep it for ever.
pub static STYLE_PATH: LazyLock<String> = LazyLock::new(|| format!("/assets/style-{}.css", short_digest(STYLE)));

/// Address of the script, which changes with its content, too.
pub static SCRIPT_PATH: LazyLock<String> = LazyLock::new(|| format!("/assets/search-{}.js", short_digest(SCRIPT)));

fn short_digest(text: &str) -> String {
    secret::sha256(text.as_bytes()).to_string().chars().take(16).collect()
}

/// The style sheet of the reference.
pub async fn style() -> HttpResponse {
    HttpResponse::Ok()
        .insert_header((CONTENT_TYPE, "text/css; charset=utf-8"))
        .insert_header((CACHE_CONTROL, "public, max-age=31536000, immutable"))
        .body(STYLE)
}

/// The script that searches the reference.
pub async fn script() -> HttpResponse {
    HttpResponse::Ok()
        .insert_header((CONTENT_TYPE, "text/javascript; charset=utf-8"))
        .insert_header((CACHE_CONTROL, "public, max-age=31536000, immutable"))
        .body(SCRIPT)
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
                script src=(*SCRIPT_PATH) defer {}
            }
            body {
                header {
                    a.name href="/" { "Holdout" }
                    a href="/docs/api" { "API" }
                }
                (body)
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

/// Name, description and operations of a tag.
type Tag<'a> = (&'a str, &'a str, Vec<&'a Operation<'a>>);

/// The reference: operations by audience, then the schemas.
fn render() -> Markup {
    let document = serde_json::to_value(openapi::document()).unwrap_or_default();
    let operations = operations(&document);
    let nothing = Map::new();
    let schemas = document.pointer("/components/schemas").and_then(Value::as_object).unwrap_or(&nothing);
    let tags: Vec<Tag<'_>> = document
        .pointer("/tags")
        .and_then(Value::as_array)
        .into_iter()
        .flatten()
        .map(|tag| {
            let name = text(tag, "/name");
            let own = operations.iter().filter(|operation| has_tag(operation, name)).collect();
            (name, text(tag, "/description"), own)
        })
        .filter(|(_, _, own): &(&str, &str, Vec<_>)| !own.is_empty())
        .collect();
    html! {
        div.columns {
            (contents(&tags, schemas.len()))
            main {
                h1 { "API reference" }
                p { (prose(text(&document, "/info/description"))) }
                p { "As a document: " a href="/api/v1/openapi.json" { code { "/api/v1/openapi.json" } } }
                @for (name, about, own) in &tags {
                    section {
                        h2 id=(name) { (about) }
                        @for operation in own { (operation_of(operation, schemas)) }
                    }
                }
                section {
                    h2 id="schemas" { "Schemas" }
                    @for (name, schema) in schemas { (schema_of(name, schema)) }
                }
            }
        }
    }
}

/// The contents, with a search.
fn contents(tags: &[Tag<'_>], schemas: usize) -> Markup {
    html! {
        nav aria-label="Contents" {
            // Only the script can search, so only the script shows it.
            p.search hidden {
                label for="search" { "Search by path or word" }
                input #search type="search" autocomplete="off" spellcheck="false";
                span #found role="status" {}
            }
            ul {
                @for (name, about, own) in tags {
                    li { details {
                        summary { (about) " " span.soft { (own.len()) } }
                        ul { @for operation in own {
                            li { a href={ "#" (text(operation.value, "/operationId")) } {
                                span.verb { (operation.verb.to_uppercase()) } " " (prose(text(operation.value, "/summary")))
                            } }
                        } }
                        p { a href={ "#" (name) } { "All of them" } }
                    } }
                }
                li { a href="#schemas" { "Schemas " span.soft { (schemas) } } }
            }
        }
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

fn operation_of(operation: &Operation<'_>, schemas: &Map<String, Value>) -> Markup {
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
fn example(body: &Value) -> Option<String> {
    let mut kinds = body.get("content").and_then(Value::as_object).into_iter().flatten();
    let example = kinds.find_map(|(_, content)| content.get("example"))?;
    serde_json::to_string_pretty(example).ok()
}

/// A call of the operation, as one types it into a shell.
fn call(operation: &Operation<'_>, schemas: &Map<String, Value>) -> String {
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

/// Text of the document, with what stands in backticks as code.
fn prose(text: &str) -> Markup {
    html! {
        @for (place, part) in text.split('`').enumerate() {
            @if place % 2 == 1 { code { (part) } } @else { (part) }
        }
    }
}

const OPEN: &str = "Open to everybody";

fn login(operation: &Value) -> &'static str {
    let choices = operation.get("security").and_then(Value::as_array).into_iter().flatten();
    let names: Vec<_> = choices.filter_map(Value::as_object).map(Map::len).collect();
    let scorer = operation.pointer("/security/0/scorer").is_some();
    match (names.contains(&0), scorer) {
        (true, _) => OPEN,
        (false, true) => "With a scorer token",
        (false, false) => "With a login",
    }
}

fn parameter_of(parameter: &Value) -> Markup {
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

/// What a schema allows besides its type.
fn bounds(schema: &Value) -> Markup {
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
