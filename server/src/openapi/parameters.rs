//! What is the same for every parameter of a name.

use holdout_protocol::TUS_VERSION;
use utoipa::openapi::path::Parameter;
use utoipa::openapi::schema::{Object, SchemaType, Type};
use utoipa::openapi::{KnownFormat, RefOr, Schema, SchemaFormat};

/// What parameters mean that are used by many operations.
const MEANINGS: &[(&str, &str)] = &[
    ("account", "id of the account"),
    ("code", "the code of the link"),
    ("id", "id, as the list or the request that created it returned it"),
    ("season", "name of the season in addresses, for example `ilsvrc-2012`"),
    ("sha256", "SHA-256 of the file, 64 hexadecimal digits"),
    ("task", "name of the task in addresses, for example `classification`"),
    ("team", "id or name of the team"),
    (
        "Idempotency-Key",
        "a text that is new for each request; the same request with the same key returns its first answer",
    ),
    ("Tus-Resumable", "`1.0.0`, the version of tus"),
    ("Upload-Offset", "where the piece begins: the number of bytes received so far"),
];

/// Describes the parameter if its handler did not, and takes `null` away: an optional header or query is left out instead.
pub fn complete(parameter: &mut RefOr<Parameter>) {
    let RefOr::T(parameter) = parameter else { return };
    if parameter.description.as_deref().is_none_or(str::is_empty) {
        let meaning = MEANINGS.iter().find(|(name, _)| *name == parameter.name);
        parameter.description = meaning.map(|(_, meaning)| (*meaning).to_owned());
    }
    if let Some(schema) = parameter.schema.take() {
        let mut schema = without_null(schema);
        if let RefOr::T(Schema::Object(object)) = &mut schema {
            narrow(&parameter.name, object);
        }
        parameter.schema = Some(schema);
    }
}

/// Says of a value what its Rust type does not: which version of tus there is, and that a `u32` does not fit `int32`.
fn narrow(name: &str, object: &mut Object) {
    if name == "Tus-Resumable" {
        object.enum_values = Some(vec![TUS_VERSION.into()]);
    }
    let int32 = SchemaFormat::KnownFormat(KnownFormat::Int32);
    if object.format.as_ref() == Some(&int32) && object.minimum.is_some() {
        object.format = Some(SchemaFormat::KnownFormat(KnownFormat::Int64));
    }
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
