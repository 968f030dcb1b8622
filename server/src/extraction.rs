//! What is said of paths and queries that no handler gets to see, because they are not what its route takes.

use actix_web::error::{InternalError, PathError, QueryPayloadError};
use actix_web::web;
use holdout_protocol::{ErrorCode, Reason};
use serde_json::json;

use crate::error::Error;

fn refuse(error: Error) -> actix_web::Error {
    let response = actix_web::ResponseError::error_response(&error);
    InternalError::from_response(error, response).into()
}

/// Parameters of a path, refused in the API's words.
pub fn path_config() -> web::PathConfig {
    web::PathConfig::default().error_handler(|error, _| refuse(path_error(&error)))
}

/// Parameters of a query, refused in the API's words.
pub fn query_config() -> web::QueryConfig {
    web::QueryConfig::default().error_handler(|error, _| refuse(query_error(&error)))
}

fn path_error(error: &PathError) -> Error {
    // Without the library's own words around the reason.
    let reason = match error {
        PathError::Deserialize(reason) => reason.to_string(),
        other => other.to_string(),
    };
    Error::refused(ErrorCode::NotFound, format!("there is nothing at this address: {reason}"))
        .because(Reason::NothingHere, json!({}))
}

fn query_error(error: &QueryPayloadError) -> Error {
    let reason = match error {
        QueryPayloadError::Deserialize(reason) => reason.to_string(),
        other => other.to_string(),
    };
    Error::refused(ErrorCode::InvalidValue, format!("the query is not what this route takes: {reason}"))
        .because(Reason::RequestUnfit, json!({}))
}

#[cfg(test)]
mod tests {
    use serde::de::Error as _;

    use super::*;

    #[test]
    fn a_path_that_no_route_takes_is_not_there() {
        let error = path_error(&PathError::Deserialize(serde::de::value::Error::custom("`x y` is no name")));
        assert_eq!(error.code(), ErrorCode::NotFound);
        assert_eq!(error.to_string(), "there is nothing at this address: `x y` is no name");
    }

    #[test]
    fn a_query_says_what_is_wrong_with_it() {
        let cause = serde::de::value::Error::custom("unknown field `limt`");
        let error = query_error(&QueryPayloadError::Deserialize(cause));
        assert_eq!(error.code(), ErrorCode::InvalidValue);
        assert!(error.to_string().contains("unknown field `limt`"), "{error}");
    }
}
