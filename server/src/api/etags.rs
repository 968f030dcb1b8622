//! Entity tags: whether a caller has what it asks for.

use actix_web::HttpRequest;
use actix_web::http::header::{HeaderValue, IF_NONE_MATCH};

/// Tells whether the caller has what bears this tag (RFC 9110, 13.1.2: the weak comparison).
pub fn matches(request: &HttpRequest, etag: &str) -> bool {
    let same = |tag: &str| tag == "*" || tag.strip_prefix("W/").unwrap_or(tag) == etag;
    let values = request.headers().get_all(IF_NONE_MATCH).map(HeaderValue::to_str);
    values.flatten().any(|value| value.split(',').map(str::trim).any(same))
}
