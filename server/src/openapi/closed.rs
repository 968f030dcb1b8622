//! Says of each body that is sent that it takes no other fields, because the server's reader of
//! bodies refuses them.

use std::collections::BTreeSet;

use serde_json::Value;
use utoipa::openapi::path::Operation;
use utoipa::openapi::schema::AdditionalProperties;
use utoipa::openapi::{OpenApi, RefOr, Schema};

use super::items::operations;

/// Closes every object that a request may hold, but for those of scorers, because a newer scorer
/// may tell an older server more.
pub fn close(document: &mut OpenApi) {
    let operations =
        document.paths.paths.values_mut().flat_map(operations).filter(|operation| !is_of_scorer(operation));
    let bodies: Vec<Value> =
        operations.filter_map(|operation| serde_json::to_value(operation.request_body.as_ref()?).ok()).collect();
    let Some(components) = &mut document.components else { return };
    let known = serde_json::to_value(&components.schemas).unwrap_or_default();
    let mut sent = BTreeSet::new();
    bodies.iter().for_each(|body| collect(body, &known, &mut sent));
    for name in &sent {
        if let Some(RefOr::T(Schema::Object(object))) = components.schemas.get_mut(name)
            && !object.properties.is_empty()
        {
            object.additional_properties = Some(Box::new(AdditionalProperties::FreeForm(false)));
        }
    }
}

fn is_of_scorer(operation: &Operation) -> bool {
    operation.tags.as_ref().is_some_and(|tags| tags.iter().any(|tag| tag == "scorers"))
}

/// Adds the names of all schemas that `part` refers to, directly or through others.
fn collect(part: &Value, known: &Value, names: &mut BTreeSet<String>) {
    match part {
        Value::Object(fields) => {
            let reference = fields.get("$ref").and_then(Value::as_str).and_then(|path| path.rsplit('/').next());
            if let Some(name) = reference
                && names.insert(name.to_owned())
                && let Some(schema) = known.get(name)
            {
                collect(schema, known, names);
            }
            fields.values().for_each(|inner| collect(inner, known, names));
        }
        Value::Array(items) => items.iter().for_each(|inner| collect(inner, known, names)),
        _ => (),
    }
}

#[cfg(test)]
mod tests {
    #[test]
    fn what_is_sent_is_closed_and_what_is_only_answered_is_not() {
        let document = serde_json::to_value(crate::openapi::document()).unwrap();
        let closed = |name: &str| document["components"]["schemas"][name]["additionalProperties"] == false;
        for name in ["NewSession", "NewSeason", "TaskSettings", "Limits", "InputTransform", "Preflight", "NewAccount"] {
            assert!(closed(name), "{name} is sent, or is part of what is sent");
        }
        for name in ["Season", "Task", "Submission", "Quota", "ClaimRequest", "OutcomeReport", "Verdict"] {
            assert!(!closed(name), "{name} is an answer, or a scorer sends it");
        }
    }
}
