//! What is the same for every parameter of a name.

use holdout_protocol::{TUS_VERSION, limits};
use utoipa::Number;
use utoipa::openapi::path::{Parameter, ParameterIn};
use utoipa::openapi::schema::{Object, SchemaType, Type};
use utoipa::openapi::{RefOr, Schema, SchemaFormat};

use super::rules;

/// No control character of ASCII: `conventions` refuses a query with one.
const NO_CONTROL: &str = r"^[^\x00-\x1f\x7f]*$";
/// A name of a digest and its bytes: 32 of SHA-256, or 20 of SHA-1.
const CHECKSUM: &str = "^(sha256 [A-Za-z0-9+/]{42}[AEIMQUYcgkosw048]=|sha1 [A-Za-z0-9+/]{26}[AEIMQUYcgkosw048]=)$";
/// One file name, as `KEY BASE64`, or more pairs than that.
const METADATA: &str = r"^([!-+\--~]+( [A-Za-z0-9+/=]*)?(,[!-+\--~]+( [A-Za-z0-9+/=]*)?)*)?$";

/// What parameters mean that are used by many operations.
const MEANINGS: &[(&str, &str)] = &[
    ("account", "id of the account"),
    ("code", "the code of the link"),
    ("delivery", "id of the delivery"),
    ("id", "id, as the list or the request that created it returned it"),
    ("season", "name of the season in addresses, for example `ilsvrc-2012`"),
    ("sha256", "SHA-256 of the file, 64 hexadecimal digits"),
    ("submission", "id of the submission"),
    ("task", "name of the task in addresses, for example `classification`"),
    ("team", "id or name of the team"),
    (
        "Idempotency-Key",
        "a text that is new for each request; the same request with the same key returns its first answer",
    ),
    ("Tus-Resumable", "`1.0.0`, the version of tus"),
    ("Upload-Offset", "where the piece begins: the number of bytes received so far"),
];

/// Describes the parameter if its handler did not, and takes `null` away: an optional header or
/// query is left out instead.
pub fn complete(parameter: &mut RefOr<Parameter>) {
    let RefOr::T(parameter) = parameter else { return };
    if parameter.description.as_deref().is_none_or(str::is_empty) {
        let meaning = MEANINGS.iter().find(|(name, _)| *name == parameter.name);
        parameter.description = meaning.map(|(_, meaning)| (*meaning).to_owned());
    }
    if let Some(schema) = parameter.schema.take() {
        let mut schema = without_null(schema);
        if let RefOr::T(Schema::Object(object)) = &mut schema {
            narrow(&parameter.name, &parameter.parameter_in, object);
        }
        parameter.schema = Some(schema);
    }
}

/// Says of a value what its Rust type does not, for example which version of tus there is.
fn narrow(name: &str, place: &ParameterIn, object: &mut Object) {
    match name {
        "Tus-Resumable" => object.enum_values = Some(vec![TUS_VERSION.into()]),
        "X-HTTP-Method-Override" => object.enum_values = Some(vec!["PATCH".into(), "DELETE".into()]),
        "Idempotency-Key" => pattern(object, "^[!-~]{1,200}$"),
        "Upload-Checksum" => {
            pattern(object, CHECKSUM);
            object.examples = vec!["sha256 47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=".into()];
        }
        "Upload-Metadata" => pattern(object, METADATA),
        "cursor" => object.format = Some(SchemaFormat::Custom("uuid".to_owned())),
        "q" => object.max_length = Some(limits::SEARCH),
        _ => (),
    }
    // A header has no control characters anyway, and an address with one is unknown.
    let is_text = object.schema_type == SchemaType::Type(Type::String) && object.format.is_none();
    if *place == ParameterIn::Query && is_text && object.enum_values.is_none() {
        object.pattern.get_or_insert_with(|| NO_CONTROL.to_owned());
    }
    // Tus counts bytes as the database does.
    if name.starts_with("Upload-") && object.minimum.is_some() {
        object.maximum = Some(Number::UInt(9_223_372_036_854_775_807));
    }
    rules::bound_number(object);
}

fn pattern(object: &mut Object, pattern: &str) {
    object.pattern = Some(pattern.to_owned());
}

fn without_null(schema: RefOr<Schema>) -> RefOr<Schema> {
    match schema {
        RefOr::T(Schema::Object(mut object)) => {
            if let SchemaType::Array(types) = &mut object.schema_type {
                types.retain(|kind| *kind != Type::Null);
                if let [only] = types.as_slice() {
                    object.schema_type = SchemaType::Type(only.clone());
                }
            }
            RefOr::T(Schema::Object(object))
        }
        RefOr::T(Schema::OneOf(mut one_of)) => {
            one_of.items.retain(|item| !is_null(item));
            match one_of.items.len() {
                1 => one_of.items.remove(0),
                _ => RefOr::T(Schema::OneOf(one_of)),
            }
        }
        other => other,
    }
}

fn is_null(schema: &RefOr<Schema>) -> bool {
    matches!(schema, RefOr::T(Schema::Object(Object { schema_type: SchemaType::Type(Type::Null), .. })))
}
