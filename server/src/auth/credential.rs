//! What a request brings to say who is calling: a bearer token, or a browser's cookie.

use actix_web::HttpRequest;
use actix_web::http::header::{AUTHORIZATION, USER_AGENT};
use holdout_protocol::{ErrorCode, Reason};
use serde_json::json;

use crate::error::{Error, Result};

/// The cookie with a browser's access token.
pub const ACCESS_COOKIE: &str = "holdout_access";
/// The cookie with a browser's refresh token.
pub const REFRESH_COOKIE: &str = "holdout_refresh";
/// Prefix of personal API tokens.
pub const API_TOKEN_PREFIX: &str = "hp_";
/// Prefix of scorer tokens.
pub const SCORER_TOKEN_PREFIX: &str = "hs_";

/// Why an API token is refused, and what to do instead.
pub const INVALID_API_TOKEN: &str =
    "API token is invalid, expired or deleted; make another with `holdout token create` or on the page of your account";

/// Characters of a refresh token.
const REFRESH_TOKEN: usize = 43;

/// Returns why a bearer token is refused, by the kind that it looks like, and what to do instead.
pub(super) fn invalid_token(token: &str) -> Error {
    let message = if token.starts_with(API_TOKEN_PREFIX) {
        INVALID_API_TOKEN
    } else if token.starts_with(SCORER_TOKEN_PREFIX) {
        "scorer token is invalid or revoked; ask an organizer for another"
    } else if token.len() == REFRESH_TOKEN && !token.contains('.') {
        "this looks like a refresh token, which is for `POST /api/v1/sessions/refresh` alone; send the access token"
    } else {
        "access token is invalid or expired; get another at `POST /api/v1/sessions/refresh`, or log in again"
    };
    Error::refused(ErrorCode::Unauthenticated, message)
}

/// Returns why a refresh token is refused, by what it looks like, and what to do instead.
pub fn invalid_refresh_token(token: &str) -> Error {
    let message = if token.starts_with(API_TOKEN_PREFIX) {
        "this is an API token, which needs no refresh; send it as `Authorization: Bearer TOKEN`"
    } else if token.contains('.') {
        "this looks like an access token; send the refresh token that came with it"
    } else {
        "refresh token is invalid or expired; log in again"
    };
    Error::refused(ErrorCode::Unauthenticated, message)
}

pub(super) fn missing_credential() -> Error {
    Error::refused(ErrorCode::Unauthenticated, "authentication required: send `Authorization: Bearer TOKEN`")
}

fn other_scheme(scheme: &str) -> Error {
    let shown: String = scheme.chars().filter(|c| !c.is_control()).take(20).collect();
    let message = format!("`Authorization` begins with `{shown}`; send `Authorization: Bearer TOKEN`");
    Error::refused(ErrorCode::Unauthenticated, message)
}

/// The credential of a request: the header goes before the cookie.
pub fn credential(request: &HttpRequest) -> Result<Option<String>> {
    if let Some(value) = request.headers().get(AUTHORIZATION) {
        let text = value.to_str().map_err(|_| missing_credential())?;
        // The name of a scheme is case-insensitive (RFC 9110, 11.1).
        // One word alone may be a token, which is not repeated.
        let (scheme, token) = text.split_once(' ').ok_or_else(missing_credential)?;
        return match token.trim() {
            _ if !scheme.eq_ignore_ascii_case("bearer") => Err(other_scheme(scheme)),
            "" => Err(missing_credential()),
            token => Ok(Some(token.to_owned())),
        };
    }
    cookie(request, ACCESS_COOKIE)
}

/// The value of a cookie that stands for a person. `SameSite=Strict` keeps other sites from sending
/// it; if a browser says that another site sends a change anyway, it is refused.
///
/// # Errors
/// `forbidden`.
pub fn cookie(request: &HttpRequest, name: &str) -> Result<Option<String>> {
    let Some(cookie) = request.cookie(name) else { return Ok(None) };
    check_same_origin(request)?;
    Ok(Some(cookie.value().to_owned()))
}

/// Characters that are kept of what a client calls itself.
const CLIENT: usize = 300;

/// Returns what a browser or program calls itself: the visible characters of `User-Agent`, in which
/// blanks stand for tabs.
pub fn client_of(request: &HttpRequest) -> Option<String> {
    let said = String::from_utf8_lossy(request.headers().get(USER_AGENT)?.as_bytes()).replace('\t', " ");
    let shown: String = said.chars().filter(|c| !holdout_protocol::is_hidden(*c)).take(CLIENT).collect();
    let shown = shown.trim();
    (!shown.is_empty()).then(|| shown.to_owned())
}

/// The address under which browsers reach the server, if its operator has said so.
#[derive(Debug, Clone)]
pub struct PublicUrl(pub Option<String>);

/// Refuses a change that a browser sends for another site's page. Browsers say whose page it is in
/// `Sec-Fetch-Site`, but only to servers by HTTPS or on the own machine; to others they send the
/// page's `Origin` alone.
///
/// # Errors
/// `forbidden`.
pub fn check_same_origin(request: &HttpRequest) -> Result<()> {
    if request.method().is_safe() || is_own_page(request) {
        return Ok(());
    }
    Err(Error::forbidden("a page of another site cannot act for you here").because(Reason::OtherSite, json!({})))
}

fn is_own_page(request: &HttpRequest) -> bool {
    let header = |name| request.headers().get(name);
    if let Some(site) = header("sec-fetch-site") {
        return matches!(site.as_bytes(), b"same-origin" | b"none");
    }
    // A program sends neither.
    let Some(origin) = header("origin") else { return true };
    let public = request.app_data::<PublicUrl>().and_then(|url| url.0.as_deref()).map(authority);
    let Ok(origin) = origin.to_str().map(authority) else { return false };
    let host = header("host").and_then(|host| host.to_str().ok());
    [host, public].into_iter().flatten().any(|own| own.eq_ignore_ascii_case(origin))
}

/// The host and port of an address: `holdout.example.org:8080` of
/// `http://holdout.example.org:8080/`.
fn authority(address: &str) -> &str {
    let rest = address.split_once("://").map_or(address, |(_, rest)| rest);
    rest.split('/').next().unwrap_or(rest)
}

#[cfg(test)]
mod tests {
    use actix_web::cookie::Cookie;
    use actix_web::http::Method;
    use actix_web::test::TestRequest;

    use super::*;

    fn of_header(value: &str) -> Option<Option<String>> {
        credential(&TestRequest::default().insert_header((AUTHORIZATION, value)).to_http_request()).ok()
    }

    #[test]
    fn a_bearer_token_is_found_whatever_the_case_of_its_scheme() {
        for value in ["Bearer abc", "bearer abc", "BEARER  abc "] {
            assert_eq!(of_header(value), Some(Some("abc".to_owned())), "{value}");
        }
        for value in ["Basic abc", "abc", "Bearerabc"] {
            assert_eq!(of_header(value), None, "{value}");
        }
    }

    #[test]
    fn the_header_goes_before_the_cookie() {
        let request = || TestRequest::default().cookie(Cookie::new(ACCESS_COOKIE, "of-cookie"));
        assert_eq!(credential(&request().to_http_request()).unwrap().as_deref(), Some("of-cookie"));
        let both = request().insert_header((AUTHORIZATION, "Bearer of-header")).to_http_request();
        assert_eq!(credential(&both).unwrap().as_deref(), Some("of-header"));
        assert_eq!(credential(&TestRequest::default().to_http_request()).unwrap(), None);
    }

    /// Returns true if a change with these headers is allowed.
    fn may_change(headers: &[(&'static str, &str)], public: Option<&str>) -> bool {
        let mut request = TestRequest::default().method(Method::POST).app_data(PublicUrl(public.map(str::to_owned)));
        for (name, value) in headers {
            request = request.insert_header((*name, *value));
        }
        check_same_origin(&request.to_http_request()).is_ok()
    }

    #[test]
    fn a_page_of_another_site_changes_nothing() {
        assert!(may_change(&[], None), "a program sends neither header");
        for (site, allowed) in [("same-origin", true), ("none", true), ("same-site", false), ("cross-site", false)] {
            assert_eq!(may_change(&[("sec-fetch-site", site)], None), allowed, "{site}");
        }
        let own = [("host", "holdout.example.org:8080"), ("origin", "http://Holdout.example.org:8080")];
        assert!(may_change(&own, None));
        let other = [("host", "holdout.example.org"), ("origin", "https://evil.example.org")];
        assert!(!may_change(&other, None));
        let behind_proxy = [("host", "10.0.0.1:8080"), ("origin", "https://holdout.example.org")];
        assert!(!may_change(&behind_proxy, None));
        assert!(may_change(&behind_proxy, Some("https://holdout.example.org/")));
        assert!(!may_change(&[("host", "null"), ("origin", "null.example.org")], None));
    }

    #[test]
    fn reading_is_allowed_from_anywhere() {
        let request = TestRequest::default().insert_header(("sec-fetch-site", "cross-site")).to_http_request();
        assert!(check_same_origin(&request).is_ok());
    }

    fn said(error: &Error) -> String {
        assert_eq!(error.code(), ErrorCode::Unauthenticated);
        error.body().error.message
    }

    #[test]
    fn a_token_is_refused_with_what_to_do_instead_by_the_kind_that_it_looks_like() {
        for (token, what) in [
            ("hp_abc", "API token is invalid"),
            ("hs_abc", "scorer token is invalid"),
            (&"x".repeat(43), "this looks like a refresh token"),
            (&format!("{}.x", "x".repeat(41)), "access token is invalid"),
            (&"x".repeat(42), "access token is invalid"),
            ("a.b.c", "access token is invalid"),
        ] {
            let message = said(&invalid_token(token));
            assert!(message.starts_with(what) && !message.contains(token), "{token}: {message}");
        }
    }

    #[test]
    fn what_is_no_refresh_token_is_refused_by_what_it_is() {
        for (token, what) in [
            ("hp_abc", "this is an API token, which needs no refresh"),
            ("hp_a.b", "this is an API token, which needs no refresh"),
            ("a.b.c", "this looks like an access token"),
            ("abc", "refresh token is invalid or expired"),
        ] {
            let message = said(&invalid_refresh_token(token));
            assert!(message.starts_with(what) && !message.contains(token), "{token}: {message}");
        }
    }

    #[test]
    fn what_a_client_calls_itself_is_kept_only_as_far_as_it_can_be_shown() {
        let client = |said: &[u8]| {
            let value = actix_web::http::header::HeaderValue::from_bytes(said).unwrap();
            client_of(&TestRequest::default().insert_header((USER_AGENT, value)).to_http_request())
        };
        assert_eq!(client(b" holdout/0.1.0\t(linux) ").as_deref(), Some("holdout/0.1.0 (linux)"));
        assert_eq!(client("Zo\u{eb}/1 \u{202e}x".as_bytes()).as_deref(), Some("Zo\u{eb}/1 x"));
        assert_eq!(client(b"caf\xe9").as_deref(), Some("caf\u{fffd}"));
        assert_eq!(client("x".repeat(1000).as_bytes()).map(|shown| shown.len()), Some(CLIENT));
        for nothing in [&b""[..], b"  ", b"\t"] {
            assert_eq!(client(nothing), None, "{nothing:?}");
        }
        assert_eq!(client_of(&TestRequest::default().to_http_request()), None);
    }

    #[test]
    fn of_another_scheme_only_its_short_name_is_repeated() {
        let request = |value: &str| TestRequest::default().insert_header((AUTHORIZATION, value)).to_http_request();
        let message = said(&credential(&request("Basic c2VjcmV0")).unwrap_err());
        assert!(
            message.starts_with("`Authorization` begins with `Basic`;") && !message.contains("c2VjcmV0"),
            "{message}"
        );
        let long = said(&credential(&request(&format!("{} x", "y".repeat(50)))).unwrap_err());
        assert!(long.contains(&format!("`{}`", "y".repeat(20))), "{long}");
        let alone = said(&credential(&request("c2VjcmV0")).unwrap_err());
        assert!(!alone.contains("c2VjcmV0"), "a word alone may be the token: {alone}");
        assert_eq!(said(&credential(&request("Bearer ")).unwrap_err()), alone);
    }

    #[test]
    fn a_cookie_is_believed_only_if_no_other_site_makes_the_browser_send_a_change() {
        let request = |method, site| {
            let request = TestRequest::default().method(method).insert_header(("sec-fetch-site", site));
            cookie(&request.cookie(Cookie::new(ACCESS_COOKIE, "abc")).to_http_request(), ACCESS_COOKIE)
        };
        assert_eq!(request(Method::POST, "same-origin").unwrap().as_deref(), Some("abc"));
        assert_eq!(request(Method::GET, "cross-site").unwrap().as_deref(), Some("abc"));
        let refused = request(Method::POST, "cross-site").unwrap_err().body().error;
        assert_eq!((refused.code, refused.reason), (ErrorCode::Forbidden, Some(Reason::OtherSite)));
    }
}
