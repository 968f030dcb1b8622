//! Writes a flattened struct as one object.
//!
//! A struct with `#[serde(flatten)]` is described as `allOf` of its parts. If a part is closed
//! (`additionalProperties: false`), it forbids the properties of the others, and no value is valid:
//! so it was for `Task`. Generators of clients ignore or refuse `allOf` too.

use std::collections::BTreeMap;

use utoipa::openapi::schema::{AllOf, ArrayItems, Object};
use utoipa::openapi::{Components, OpenApi, RefOr, Schema};

/// The schemas that references name.
type Known = BTreeMap<String, RefOr<Schema>>;

/// Replaces every `allOf` of the components by one object with all properties.
pub fn merge(document: &mut OpenApi) {
    let Some(Components { schemas, .. }) = &mut document.components else { return };
    let known = schemas.clone();
    schemas.values_mut().for_each(|schema| rewrite(schema, &known));
}

fn rewrite(schema: &mut RefOr<Schema>, known: &Known) {
    let RefOr::T(schema) = schema else { return };
    if let Schema::AllOf(parts) = schema
        && let Some(object) = merged(parts, known)
    {
        *schema = Schema::Object(object);
    }
    match schema {
        Schema::Object(object) => object.properties.values_mut().for_each(|inner| rewrite(inner, known)),
        Schema::Array(array) => {
            if let ArrayItems::RefOrSchema(items) = &mut array.items {
                rewrite(items, known);
            }
        }
        Schema::OneOf(one_of) => one_of.items.iter_mut().for_each(|inner| rewrite(inner, known)),
        _ => (),
    }
}

/// Returns the object with the properties of all parts, or `None` if a part is no object.
fn merged(parts: &AllOf, known: &Known) -> Option<Object> {
    let mut whole = Object::new();
    whole.description.clone_from(&parts.description);
    for part in &parts.items {
        let object = object_of(part, known)?;
        whole.schema_type = object.schema_type;
        whole.properties.extend(object.properties);
        whole.required.extend(object.required);
    }
    // What one part alone forbids, the whole allows: `additionalProperties` stays unset.
    Some(whole)
}

fn object_of(schema: &RefOr<Schema>, known: &Known) -> Option<Object> {
    match schema {
        RefOr::Ref(reference) => object_of(known.get(reference.ref_location.rsplit('/').next()?)?, known),
        RefOr::T(Schema::Object(object)) => Some(object.clone()),
        RefOr::T(Schema::AllOf(parts)) => merged(parts, known),
        RefOr::T(_) => None,
    }
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;

    fn merged_document(schemas: &Value) -> Value {
        let mut document: OpenApi = serde_json::from_value(json!({
            "openapi": "3.1.0", "info": { "title": "t", "version": "1" }, "paths": {},
            "components": { "schemas": schemas },
        }))
        .unwrap();
        merge(&mut document);
        serde_json::to_value(document).unwrap().pointer("/components/schemas").unwrap().clone()
    }

    #[test]
    fn parts_become_one_object_also_inside_of_others() {
        let text = json!({ "type": "string" });
        let part = json!({ "type": "object", "required": ["a"], "properties": { "a": text } });
        let whole = json!({ "allOf": [
            { "$ref": "#/components/schemas/Part" },
            { "type": "object", "required": ["b"], "properties": { "b": text } },
        ] });
        let list = json!({ "type": "array", "items": whole });
        let found = merged_document(&json!({ "Part": part, "Whole": whole, "List": list }));
        let one = json!({ "type": "object", "required": ["a", "b"], "properties": { "a": text, "b": text } });
        assert_eq!(found["Whole"], one);
        assert_eq!(found["List"]["items"], one);
    }

    #[test]
    fn a_part_that_is_no_object_leaves_all_as_it_is() {
        let odd = json!({ "allOf": [{ "$ref": "#/components/schemas/Missing" }] });
        assert_eq!(merged_document(&json!({ "Odd": odd }))["Odd"], odd);
    }
}
