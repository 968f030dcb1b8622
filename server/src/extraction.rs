//! What is said of bodies, paths and queries that no handler gets to see, because they are not what its route takes.

use actix_web::error::{InternalError, JsonPayloadError, PathError, QueryPayloadError};
use actix_web::web;
use holdout_protocol::ErrorCode;

use crate::error::Error;

fn refuse(error: Error) -> actix_web::Error {
    let response = actix_web::ResponseError::error_response(&error);
    InternalError::from_response(error, response).into()
}

/// Bodies of JSON of at most so many bytes, refused in the API's words.
pub fn json_config(limit: usize) -> web::JsonConfig {
    web::JsonConfig::default().limit(limit).error_handler(move |error, _| refuse(json_error(&error, limit)))
}

/// Parameters of a path, refused in the API's words.
pub fn path_config() -> web::PathConfig {
    web::PathConfig::default().error_handler(|error, _| refuse(path_error(&error)))
}

/// Parameters of a query, refused in the API's words.
pub fn query_config() -> web::QueryConfig {
    web::QueryConfig::default().error_handler(|error, _| refuse(query_error(&error)))
}

fn json_error(error: &JsonPayloadError, limit: usize) -> Error {
    match error {
        JsonPayloadError::Overflow { .. } | JsonPayloadError::OverflowKnownLength { .. } => {
            Error::refused(ErrorCode::TooLarge, format!("the body is larger than {limit} bytes"))
        }
        JsonPayloadError::ContentType => {
            Error::refused(ErrorCode::UnsupportedMediaType, "send the body with `Content-Type: application/json`")
        }
        // Well-formed JSON with a value that is not allowed is another thing than text that is no JSON.
        JsonPayloadError::Deserialize(cause) if cause.is_data() => {
            Error::refused(ErrorCode::InvalidValue, format!("the body is not what this route takes: {cause}"))
        }
        other => Error::refused(ErrorCode::InvalidBody, format!("the body is not JSON: {other}")),
    }
}

fn path_error(error: &PathError) -> Error {
    Error::refused(ErrorCode::NotFound, format!("there is nothing at this address: {error}"))
}

fn query_error(error: &QueryPayloadError) -> Error {
    Error::refused(ErrorCode::InvalidValue, format!("the query is not what this route takes: {error}"))
}
