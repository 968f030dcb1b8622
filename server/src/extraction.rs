//! Paths and queries, and what is said of those that no handler gets to see, because they are not
//! what its route takes.

use std::future::{Ready, ready};
use std::ops::Deref;

use actix_web::dev::Payload;
use actix_web::error::{InternalError, PathError, QueryPayloadError};
use actix_web::{FromRequest, HttpRequest, web};
use holdout_protocol::{ErrorCode, Reason, plain_cause};
use serde::de::DeserializeOwned;
use serde_json::json;
use url::form_urlencoded;

use crate::error::{Error, Result};

/// Most characters of a value that are shown.
const SHOWN: usize = 80;

/// The query of a request. A parameter that is not what the route takes is refused by name.
#[derive(Debug)]
pub struct Query<T>(T);

impl<T> Query<T> {
    /// Returns what was sent.
    pub fn into_inner(self) -> T {
        self.0
    }
}

impl<T> Deref for Query<T> {
    type Target = T;
    fn deref(&self) -> &T {
        &self.0
    }
}

impl<T: DeserializeOwned> FromRequest for Query<T> {
    type Error = Error;
    type Future = Ready<Result<Self>>;

    fn from_request(request: &HttpRequest, _: &mut Payload) -> Self::Future {
        ready(parse(request.query_string()).map(Self))
    }
}

fn parse<T: DeserializeOwned>(query: &str) -> Result<T> {
    let read = |query: &str| {
        web::Query::<T>::from_query(query).map(web::Query::into_inner).map_err(|error| query_cause(&error))
    };
    let cause = match read(query) {
        Ok(found) => return Ok(found),
        Err(cause) => cause,
    };
    // The reader does not say which parameter it was: the one that is refused alone for the same
    // cause.
    let faulty = form_urlencoded::parse(query.as_bytes()).find(|(name, value)| {
        let alone = form_urlencoded::Serializer::new(String::new()).append_pair(name, value).finish();
        read(&alone).is_err_and(|alone| alone == cause)
    });
    let shown = |text: &str| text.chars().filter(|c| !holdout_protocol::is_hidden(*c)).take(SHOWN).collect::<String>();
    Err(match faulty {
        Some((name, value)) => {
            let (name, value) = (shown(&name), shown(&value));
            let named = cause.contains(&format!("`{name}`"));
            let message = if named { cause } else { format!("`{name}` is `{value}` in the query: {cause}") };
            Error::invalid(&name, message).because(Reason::ValueUnfit, json!({}))
        }
        None => Error::refused(ErrorCode::InvalidValue, format!("the query is not what this route takes: {cause}"))
            .because(Reason::RequestUnfit, json!({})),
    })
}

fn refuse(error: Error) -> actix_web::Error {
    let response = actix_web::ResponseError::error_response(&error);
    InternalError::from_response(error, response).into()
}

/// Parameters of a path, refused in the API's words.
pub fn path_config() -> web::PathConfig {
    web::PathConfig::default().error_handler(|error, _| refuse(path_error(&error)))
}

fn path_error(error: &PathError) -> Error {
    // Without the library's own words around the reason.
    let reason = match error {
        PathError::Deserialize(reason) => plain_cause(&reason.to_string()),
        other => other.to_string(),
    };
    Error::refused(ErrorCode::NotFound, format!("there is nothing at this address: {reason}"))
        .because(Reason::NothingHere, json!({}))
}

fn query_cause(error: &QueryPayloadError) -> String {
    match error {
        QueryPayloadError::Deserialize(reason) => plain_cause(&reason.to_string()),
        other => other.to_string(),
    }
}

#[cfg(test)]
mod tests {
    use holdout_protocol::{PageQuery, SeasonEventQuery};
    use serde::de::Error as _;

    use super::*;

    #[test]
    fn a_parameter_that_is_refused_is_named_with_its_value() {
        let message = |query: &str| parse::<SeasonEventQuery>(query).unwrap_err().body().error;
        let error = message("limit=5&after=soon");
        assert_eq!(error.message, "`after` is `soon` in the query: not a whole number");
        assert_eq!((error.reason, &error.detail["field"]), (Some(Reason::ValueUnfit), &json!("after")));
        assert!(message("limit=0").message.starts_with("`limit` is `0`; it takes a whole number from 1"));
        assert!(message("since=3").message.contains("unknown field `since`"), "{}", message("since=3").message);
        assert_eq!(parse::<PageQuery>("limit=7&later=1").unwrap().limit, Some(7));
    }

    #[test]
    fn a_path_that_no_route_takes_is_not_there() {
        let error = path_error(&PathError::Deserialize(serde::de::value::Error::custom("`x y` is no name")));
        assert_eq!(error.code(), ErrorCode::NotFound);
        assert_eq!(error.body().error.message, "there is nothing at this address: `x y` is no name");
    }
}
