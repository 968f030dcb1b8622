//! Entity tags: whether a caller has what it asks for.

use actix_web::HttpRequest;
use actix_web::http::header::{EntityTag, Header as _, IfNoneMatch};

/// Tells whether the caller has what bears this tag (RFC 9110, 13.1.2: the weak comparison).
pub fn matches(request: &HttpRequest, etag: &str) -> bool {
    let Ok(tag) = etag.parse::<EntityTag>() else { return false };
    match IfNoneMatch::parse(request) {
        Ok(IfNoneMatch::Any) => true,
        Ok(IfNoneMatch::Items(known)) => known.iter().any(|known| known.weak_eq(&tag)),
        Err(_) => false,
    }
}

#[cfg(test)]
mod tests {
    use actix_web::test::TestRequest;

    use super::*;

    #[test]
    fn a_tag_is_known_alone_in_a_list_weak_or_by_a_star() {
        let known = |sent: &str| {
            let request = TestRequest::get().insert_header(("if-none-match", sent)).to_http_request();
            matches(&request, "\"ab\"")
        };
        for sent in ["\"ab\"", "W/\"ab\"", "\"x\", \"y\" , W/\"ab\"", "*"] {
            assert!(known(sent), "{sent}");
        }
        for sent in ["", "\"a\"", "ab", "\"ab", "\"x\", \"y\""] {
            assert!(!known(sent), "{sent}");
        }
        assert!(!matches(&TestRequest::get().to_http_request(), "\"ab\""));
    }
}
