//! The OpenAPI document: it is what the server serves, and it does not change unnoticed.

use std::collections::HashSet;
use std::path::Path;

use holdout_protocol::{ErrorCode, VerdictCode};
use serde_json::Value;

use crate::test_app::TestApp;

fn document() -> Value {
    serde_json::to_value(holdout_server::openapi_document()).unwrap()
}

/// Verb, path and operation of everything in the document.
fn operations(document: &Value) -> Vec<(String, String, Value)> {
    let paths = document["paths"].as_object().unwrap();
    let of = |path: &String, item: &Value| -> Vec<_> {
        let verbs = item.as_object().unwrap().iter();
        verbs.map(|(verb, operation)| (verb.clone(), path.clone(), operation.clone())).collect()
    };
    paths.iter().flat_map(|(path, item)| of(path, item)).collect()
}

#[test]
fn the_document_is_the_one_that_was_agreed_on() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("openapi.json");
    let text = format!("{}\n", serde_json::to_string_pretty(&document()).unwrap());
    if std::env::var_os("HOLDOUT_UPDATE_SNAPSHOTS").is_some_and(|value| value == "1") {
        std::fs::write(&path, &text).unwrap();
    }
    let known = std::fs::read_to_string(&path).unwrap_or_default();
    assert!(known == text, "the API has changed: look at it and run this test with HOLDOUT_UPDATE_SNAPSHOTS=1");
}

#[test]
fn the_document_is_served_and_readable() {
    let app = TestApp::start();
    assert_eq!(app.get("/openapi.json", None).expect(200).json(), document());
    let page = app.get("//docs/api", None).expect(200);
    assert!(page.text.contains("with <code>email</code> and <code>password</code>") && !page.text.contains("`email`"));
    assert_eq!(page.text.matches("<script").count(), 1, "the search is all that is scripted");
    let script = page.text.split_once("<script src=\"").unwrap().1.split('"').next().unwrap();
    let script = app.send_raw("GET", &format!("/{script}"), None, &[], None);
    assert_eq!((script.status, script.header("content-type")), (200, Some("text/javascript; charset=utf-8")));
    for (_, path, operation) in operations(&document()) {
        let id = operation["operationId"].as_str().unwrap();
        assert!(page.text.contains(&format!("id=\"{id}\"")), "{id} is not on the page");
        assert!(page.text.contains(&path), "{path} is not on the page");
        assert!(page.text.contains(&format!("href=\"#{id}\"")), "{id} is not among the contents");
        assert!(page.text.contains(&format!("aria-label=\"Call of {id}\"")), "{id} has no example");
    }
}

#[test]
fn every_code_is_listed() {
    let document = document();
    let listed = |name: &str| -> HashSet<String> {
        let values = document["components"]["schemas"][name]["enum"].as_array().unwrap_or_else(|| panic!("no {name}"));
        values.iter().map(|value| value.as_str().unwrap().to_owned()).collect()
    };
    let errors: HashSet<String> = ErrorCode::ALL.iter().map(|code| code.as_str().to_owned()).collect();
    assert_eq!(listed("ErrorCode"), errors);
    let verdicts: HashSet<String> = VerdictCode::ALL.iter().map(|code| code.as_str().to_owned()).collect();
    assert_eq!(listed("VerdictCode"), verdicts);
}

#[test]
fn every_operation_is_named_once_and_says_who_may_call_it() {
    let document = document();
    let schemes = document["components"]["securitySchemes"].as_object().unwrap();
    let tags: Vec<&Value> = document["tags"].as_array().unwrap().iter().map(|tag| &tag["name"]).collect();
    let mut ids = HashSet::new();
    for (verb, path, operation) in operations(&document) {
        let id = operation["operationId"].as_str().unwrap_or_default().to_owned();
        assert!(!id.is_empty(), "{verb} {path} has no name");
        assert!(tags.contains(&&operation["tags"][0]), "{id} is of no audience");
        for requirement in operation["security"].as_array().unwrap() {
            assert!(requirement.as_object().unwrap().keys().all(|name| schemes.contains_key(name)), "{id}");
        }
        assert!(operation["responses"]["default"].is_object(), "{id} has no refusal");
        // One handler may serve a verb at two addresses, as the discovery of uploads does.
        assert!(ids.insert((id.clone(), verb, path)), "{id} is there twice");
    }
    let text = document.to_string();
    let references = text.split("#/components/schemas/").skip(1).map(|rest| rest.split('"').next().unwrap());
    for name in references {
        assert!(document["components"]["schemas"][name].is_object(), "the schema {name} is missing");
    }
}

#[test]
fn parameters_of_the_path_are_those_that_its_address_names() {
    for (verb, path, operation) in operations(&document()) {
        let named: HashSet<&str> = path.split(['{', '}']).skip(1).step_by(2).collect();
        let parameters = operation["parameters"].as_array().cloned().unwrap_or_default();
        let of_path = parameters.iter().filter(|parameter| parameter["in"] == "path");
        let of_path: HashSet<&str> = of_path.map(|parameter| parameter["name"].as_str().unwrap()).collect();
        assert_eq!(of_path, named, "{verb} {path}");
    }
}

#[test]
fn every_parameter_is_described() {
    let document = document();
    let mut described = 0;
    for (verb, path, operation) in operations(&document) {
        for parameter in operation["parameters"].as_array().into_iter().flatten() {
            let text = parameter["description"].as_str().unwrap_or_default();
            assert!(text.len() > 5, "{verb} {path}: {}", parameter["name"]);
            described += 1;
        }
    }
    assert!(described > 200, "{described}");
}

#[test]
fn every_operation_is_routed() {
    let app = TestApp::start();
    for (verb, path, operation) in operations(&document()) {
        let mut address = String::new();
        for (place, part) in path.split(['{', '}']).enumerate() {
            address.push_str(if place % 2 == 0 { part } else { "00000000-0000-7000-8000-000000000000" });
        }
        let answer = app.send(&verb.to_uppercase(), &format!("/{address}"), None, None);
        assert_ne!(answer.status, 405, "{}", operation["operationId"]);
        assert!(!answer.text.contains("there is no address"), "{}: {}", operation["operationId"], answer.text);
    }
}
