//! Examples of bodies: made from the schemas, so that they are valid and complete whatever changes.

use serde_json::{Map, Value, json};
use utoipa::openapi::{Content, OpenApi, RefOr, Response};

use super::items::operations;

/// How deep an example goes: a schema that holds itself ends here.
const DEEPEST: usize = 24;

/// Values of fields by name, as a reader would expect them. The value of a field of another type is
/// not taken.
const BY_NAME: &[(&str, &str)] = &[
    ("access_token", "eyJhbGciOiJIUzI1NiJ9.e30.c2lnbmF0dXJl"),
    ("account", "01980000-0000-7000-8000-000000000003"),
    ("affiliation", "University of Toronto"),
    ("algorithm", "sha256"),
    ("api_token", "hp_example"),
    ("code", "hi_example"),
    ("current", "correct horse battery staple"),
    ("cursor", "01980000-0000-7000-8000-000000000009"),
    ("description", "Seven networks, averaged."),
    ("device", "cpu"),
    ("domains", "example.org"),
    ("email", "ada@example.org"),
    ("etag", "\"6b86b273ff34fce19d6b804eff5a3f57\""),
    ("filename", "predictions.txt"),
    ("label", "Spring course"),
    ("links", "https://example.org/paper"),
    ("message", "`days` is 0; a token lives 1 to 365 days"),
    ("method", "5 convolutional networks"),
    ("name", "SuperVision"),
    ("new", "another horse battery staple"),
    ("next_cursor", "01980000-0000-7000-8000-000000000009"),
    ("note", "Replay of a published result"),
    ("password", "correct horse battery staple"),
    ("refresh_token", "hr_example"),
    ("rules", "One account a person."),
    ("season", "ilsvrc-2012"),
    ("secret", "hp_example"),
    ("statement", "SuperVision (5 CNNs) is 10.857 points ahead of ISI, p < 1e-300"),
    ("task", "classification"),
    ("team", "SuperVision"),
    ("title", "Classification"),
    ("token", "hs_example"),
    ("version", "0.1.0"),
];

/// Numbers of fields by name.
const NUMBERS: &[(&str, f64)] = &[
    ("difference", 0.108_57),
    ("error", 0.153_15),
    ("high", 0.155_39),
    ("level", 0.95),
    ("low", 0.150_93),
    ("public", 0.5),
    ("resolution", 0.001_87),
    ("typical_resolution", 0.001_39),
    ("std", 0.225),
    ("mean", 0.485),
    ("top1_error", 0.366),
    ("top5_error", 0.153_15),
];

/// Whole numbers of fields by name.
const COUNTS: &[(&str, u64)] = &[
    ("classes", 1000),
    ("crop", 224),
    ("days", 30),
    ("images", 100_000),
    ("length", 4_194_304),
    ("n", 100_000),
    ("per_seconds", 86_400),
    ("resize", 256),
    ("size", 4_194_304),
    ("wrong", 15_315),
];

/// Gives each request body and each answer of success an example.
pub fn add(document: &mut OpenApi) {
    let schemas = serde_json::to_value(&document.components).unwrap_or_default();
    let schemas = schemas.pointer("/schemas").and_then(Value::as_object).cloned().unwrap_or_default();
    let complete = |media: &str, content: &mut RefOr<Content>| {
        let RefOr::T(content) = content else { return };
        if content.example.is_none() && is_json(media) {
            let schema = content.schema.as_ref().and_then(|schema| serde_json::to_value(schema).ok());
            content.example = schema.map(|schema| example(&schemas, &schema, "", 0));
        }
    };
    for operation in document.paths.paths.values_mut().flat_map(operations) {
        if let Some(RefOr::T(body)) = &mut operation.request_body {
            body.content.iter_mut().for_each(|(media, content)| complete(media, content));
        }
        for (status, response) in &mut operation.responses.responses {
            let RefOr::T(Response { content, .. }) = response else { continue };
            if status.starts_with('2') {
                content.iter_mut().for_each(|(media, content)| complete(media, content));
            }
        }
    }
}

fn is_json(media: &str) -> bool {
    media == "application/json" || media == "text/event-stream"
}

/// Returns a value that the schema allows; `name` is the field's that it is for.
pub fn example(schemas: &Map<String, Value>, schema: &Value, name: &str, depth: usize) -> Value {
    if depth > DEEPEST {
        return Value::Null;
    }
    let deeper = |schema: &Value, name: &str| example(schemas, schema, name, depth + 1);
    if let Some(target) = schema.get("$ref").and_then(Value::as_str) {
        let target = target.rsplit('/').next().and_then(|target| schemas.get(target));
        return target.map(|target| deeper(target, name)).unwrap_or_default();
    }
    for key in ["oneOf", "anyOf"] {
        if let Some(choices) = schema.get(key).and_then(Value::as_array) {
            let something = choices.iter().find(|choice| choice.get("type").and_then(Value::as_str) != Some("null"));
            return something.map(|choice| deeper(choice, name)).unwrap_or_default();
        }
    }
    if let Some(value) = schema.get("const").or_else(|| schema.pointer("/enum/0")) {
        return value.clone();
    }
    match type_of(schema) {
        "object" => object(schema, &deeper),
        "array" => schema.get("items").map_or_else(|| json!([]), |items| array(schema, &deeper(items, name))),
        "string" => json!(text(schema, name)),
        "integer" => json!(whole(schema, name)),
        "number" => json!(NUMBERS.iter().find(|(known, _)| *known == name).map_or(0.5, |(_, value)| *value)),
        "boolean" => json!(false),
        _ => Value::Null,
    }
}

fn object(schema: &Value, deeper: &dyn Fn(&Value, &str) -> Value) -> Value {
    let fields = schema.get("properties").and_then(Value::as_object).into_iter().flatten();
    Value::Object(fields.map(|(name, field)| (name.clone(), deeper(field, name))).collect())
}

fn array(schema: &Value, item: &Value) -> Value {
    let least = schema.get("minItems").and_then(Value::as_u64).unwrap_or(1).max(1);
    (0..least).map(|_| item.clone()).collect()
}

/// The type of a schema; of several, the first that is not `null`.
fn type_of(schema: &Value) -> &str {
    match schema.get("type") {
        Some(Value::String(kind)) => kind,
        Some(Value::Array(kinds)) => kinds.iter().filter_map(Value::as_str).find(|kind| *kind != "null").unwrap_or(""),
        _ => "",
    }
}

fn text(schema: &Value, name: &str) -> String {
    match schema.get("format").and_then(Value::as_str) {
        Some("uuid") => return "01980000-0000-7000-8000-000000000001".to_owned(),
        Some("date-time") => return "2012-09-30T23:00:00Z".to_owned(),
        _ => {}
    }
    let pattern = schema.get("pattern").and_then(Value::as_str).unwrap_or_default();
    if pattern.contains("{64}") || name.contains("sha256") {
        return "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08".to_owned();
    }
    BY_NAME.iter().find(|(known, _)| *known == name).map_or("text", |(_, value)| value).to_owned()
}

fn whole(schema: &Value, name: &str) -> u64 {
    let least = schema.get("minimum").and_then(Value::as_u64).unwrap_or(0);
    COUNTS.iter().find(|(known, _)| *known == name).map_or(1, |(_, value)| *value).max(least)
}
