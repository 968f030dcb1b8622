//! The reference of the API, made from its OpenAPI document. It can be read without its one script,
//! which searches; all text is escaped.

mod operation;
mod schema;

use std::sync::LazyLock;

use actix_web::HttpResponse;
use actix_web::http::header::{CACHE_CONTROL, CONTENT_SECURITY_POLICY, CONTENT_TYPE};
use maud::{DOCTYPE, Markup, html};
use serde_json::{Map, Value};

use crate::{openapi, secret};
use operation::operation_of;
use schema::{schema_of, text};

/// The page loads its style sheet, its script and its icon, and nothing else.
const POLICY: &str = "default-src 'none'; style-src 'self'; script-src 'self'; img-src 'self'; base-uri 'none'; \
                      form-action 'none'; frame-ancestors 'none'";
const STYLE: &str = include_str!("../style.css");
const SCRIPT: &str = include_str!("../search.js");
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

/// Text of the document, with what stands in backticks as code.
fn prose(text: &str) -> Markup {
    html! {
        @for (place, part) in text.split('`').enumerate() {
            @if place % 2 == 1 { code { (part) } } @else { (part) }
        }
    }
}
