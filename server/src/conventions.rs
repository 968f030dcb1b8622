//! What HTTP asks of every answer, whatever the route: challenges, allowed methods, caching of
//! private answers, HEAD.

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
    /// Takes note of a request, and lets a handler for GET answer HEAD: the body is then left out
    /// when it is sent.
    ///
    /// # Errors
    /// `not_found` for a path with a control character, which no name has and PostgreSQL cannot
    /// store; `invalid_value` for one in the query.
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
    use actix_web::http::header::HeaderName;
    use actix_web::test::TestRequest;

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

    /// The headers of an answer to a request, beside those that it has.
    fn completed(
        request: TestRequest,
        status: StatusCode,
        route: &str,
        has: &[(HeaderName, &'static str)],
    ) -> HeaderMap {
        let asked = Asked::from_request(&mut request.to_srv_request()).unwrap();
        let mut headers = HeaderMap::new();
        for (name, value) in has {
            headers.insert(name.clone(), HeaderValue::from_static(value));
        }
        asked.complete(status, route, &mut headers);
        headers
    }

    #[test]
    fn answers_that_are_for_one_person_are_kept_by_no_cache() {
        let private = |request, has: &[(HeaderName, &'static str)]| {
            let headers = completed(request, StatusCode::OK, "", has);
            headers.get(CACHE_CONTROL).map(|value| value.to_str().unwrap().to_owned())
        };
        let get = || TestRequest::get().uri("/api/v1/seasons");
        let kept = Some("private, no-store".to_owned());
        assert_eq!(private(get(), &[]), None);
        assert_eq!(private(get().insert_header((AUTHORIZATION, "Bearer x")), &[]), kept);
        assert_eq!(private(get().insert_header((COOKIE, "a=b")), &[]), kept);
        assert_eq!(private(TestRequest::post().uri("/api/v1/seasons"), &[]), kept);
        let own = private(get().insert_header((COOKIE, "a=b")), &[(CACHE_CONTROL, "no-cache")]);
        assert_eq!(own.as_deref(), Some("no-cache"), "what the answer says of itself stays");
    }

    #[test]
    fn a_refusal_for_want_of_a_login_has_a_challenge_and_others_have_none() {
        let challenge = |status| completed(TestRequest::get(), status, "", &[]).contains_key(WWW_AUTHENTICATE);
        assert_eq!([StatusCode::UNAUTHORIZED, StatusCode::FORBIDDEN].map(challenge), [true, false]);
    }

    #[test]
    fn a_method_that_is_not_allowed_is_answered_with_those_that_are() {
        let allow = |route, has: &[(HeaderName, &'static str)]| {
            let headers = completed(TestRequest::get(), StatusCode::METHOD_NOT_ALLOWED, route, has);
            headers.get(ALLOW).unwrap().to_str().unwrap().to_owned()
        };
        assert_eq!(allow("/api/v1/seasons", &[]), "GET, HEAD, POST");
        assert_eq!(allow("/a/page", &[]), "GET, HEAD");
        assert_eq!(allow("/api/v1/seasons", &[(ALLOW, "PUT")]), "PUT");
        assert!(!completed(TestRequest::get(), StatusCode::NOT_FOUND, "/api/v1/seasons", &[]).contains_key(ALLOW));
    }

    #[test]
    fn whatever_can_be_got_can_be_asked_for_its_head_but_uploads_and_streams() {
        let method = |path: &str| {
            let mut request = TestRequest::default().method(Method::HEAD).uri(path).to_srv_request();
            Asked::from_request(&mut request).unwrap();
            request.method().clone()
        };
        assert_eq!(method("/api/v1/seasons"), Method::GET);
        assert_eq!(method("/api/v1/uploads/7"), Method::HEAD);
        assert_eq!(method("/api/v1/submissions/7/events"), Method::HEAD);
    }

    #[test]
    fn a_control_character_in_an_address_is_refused_by_where_it_is() {
        let code = |uri: &str| {
            let error = Asked::from_request(&mut TestRequest::with_uri(uri).to_srv_request()).unwrap_err();
            error.code()
        };
        assert_eq!(code("/a%00b"), holdout_protocol::ErrorCode::NotFound);
        assert_eq!(code("/a?q=%0a"), holdout_protocol::ErrorCode::InvalidValue);
    }
}
