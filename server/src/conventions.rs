//! What HTTP asks of every answer, whatever the route: challenges, allowed methods, caching of private answers, HEAD.

use std::collections::BTreeMap;
use std::sync::LazyLock;

use actix_web::dev::ServiceRequest;
use actix_web::http::header::{ALLOW, AUTHORIZATION, CACHE_CONTROL, COOKIE, HeaderMap, HeaderValue, WWW_AUTHENTICATE};
use actix_web::http::{Method, StatusCode};
use holdout_protocol::Reason;
use serde_json::json;
use utoipa::openapi::path::PathItem;

use crate::error::{Error, Result};
use crate::openapi;

/// What the answer's conventions depend on, kept from before the request is handled.
#[derive(Debug)]
pub struct Asked {
    method: Method,
    has_credentials: bool,
}

impl Asked {
    /// Takes note of a request, and lets a handler for GET answer HEAD: the body is then left out when it is sent.
    ///
    /// # Errors
    /// `not_found` for a path with a control character, which no name has and PostgreSQL cannot store; `invalid_value` for
    /// one in the query.
    pub fn from_request(request: &mut ServiceRequest) -> Result<Self> {
        if has_control(request.path()) {
            return Err(Error::not_found("address", request.path()));
        }
        if has_control(request.query_string()) {
            return Err(Error::invalid("query", "the query has a control character; leave it out")
                .because(Reason::RequestUnfit, json!({})));
        }
        let method = request.method().clone();
        let has_credentials = [AUTHORIZATION, COOKIE].iter().any(|name| request.headers().contains_key(name));
        // Uploads answer HEAD by themselves, and an event stream would never end.
        let own = request.path().starts_with("/api/v1/uploads") || request.path().ends_with("/events");
        if method == Method::HEAD && !own {
            request.head_mut().method = Method::GET;
        }
        Ok(Self { method, has_credentials })
    }

    /// Adds the headers that the answer lacks. `route` is the pattern of its path.
    pub fn complete(&self, status: StatusCode, route: &str, headers: &mut HeaderMap) {
        if status == StatusCode::UNAUTHORIZED {
            headers.insert(WWW_AUTHENTICATE, HeaderValue::from_static("Bearer realm=\"holdout\""));
        }
        if status == StatusCode::METHOD_NOT_ALLOWED && !headers.contains_key(ALLOW) {
            let known = METHODS.get(route).and_then(|methods| HeaderValue::try_from(methods.as_str()).ok());
            headers.insert(ALLOW, known.unwrap_or_else(|| HeaderValue::from_static("GET, HEAD")));
        }
        // Answers to changes hold secrets, and those to a login are for one person alone.
        let private = self.has_credentials || !self.method.is_safe();
        if private && !headers.contains_key(CACHE_CONTROL) {
            headers.insert(CACHE_CONTROL, HeaderValue::from_static("private, no-store"));
        }
    }
}

/// Tells whether a percent-encoded text has a control character of ASCII in it.
fn has_control(text: &str) -> bool {
    let encoded = |window: &[u8]| match window {
        [b'%', b'0' | b'1', digit] => digit.is_ascii_hexdigit(),
        [b'%', b'7', b'f' | b'F'] => true,
        _ => false,
    };
    text.as_bytes().windows(3).any(encoded)
}

/// The methods of each route, as the API describes itself.
static METHODS: LazyLock<BTreeMap<String, String>> = LazyLock::new(|| {
    let paths = openapi::document().paths.paths;
    paths.into_iter().map(|(path, item)| (path, methods_of(&item).join(", "))).collect()
});

fn methods_of(item: &PathItem) -> Vec<&'static str> {
    let own = [
        ("GET", item.get.is_some()),
        ("HEAD", item.get.is_some() || item.head.is_some()),
        ("POST", item.post.is_some()),
        ("PUT", item.put.is_some()),
        ("PATCH", item.patch.is_some()),
        ("DELETE", item.delete.is_some()),
        ("OPTIONS", item.options.is_some()),
    ];
    own.into_iter().filter_map(|(name, there)| there.then_some(name)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn control_characters_are_found_in_their_encoded_form() {
        for text in ["/a%00b", "/%0A", "/x%1f", "/%7F"] {
            assert!(has_control(text), "{text}");
        }
        for text in ["/a%20b", "/%E2%80%AE", "/100%", "/%2500", "%2"] {
            assert!(!has_control(text), "{text}");
        }
    }

    #[test]
    fn the_allowed_methods_are_those_of_the_api() {
        assert_eq!(METHODS.get("/api/v1/me").map(String::as_str), Some("GET, HEAD, PATCH"));
        assert_eq!(METHODS.get("/api/v1/seasons").map(String::as_str), Some("GET, HEAD, POST"));
    }
}
