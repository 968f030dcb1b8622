//! What happens around every request: an id, a span, a line in the log, counts, and headers that
//! browsers want.

use std::time::{Duration, Instant};

use actix_web::body::{BoxBody, MessageBody};
use actix_web::dev::{ServiceRequest, ServiceResponse};
use actix_web::http::StatusCode;
use actix_web::http::header::{
    CONTENT_SECURITY_POLICY, CONTENT_TYPE, HeaderMap, HeaderName, HeaderValue, REFERRER_POLICY, X_CONTENT_TYPE_OPTIONS,
    X_FRAME_OPTIONS,
};
use actix_web::middleware::Next;
use actix_web::{HttpResponse, ResponseError as _, web};
use holdout_protocol::ErrorBody;
use serde_json::{Value, json};
use tracing::Instrument as _;

use crate::app::App;
use crate::client_address::ClientAddress;
use crate::conventions::Asked;
use crate::error::Error;
use crate::load::whose;
use crate::metrics::Handled;

/// The header with a request's id: taken over if the caller sends a usable one, made otherwise,
/// always sent back.
const REQUEST_ID: HeaderName = HeaderName::from_static("x-request-id");
/// Answers that are no pages may load nothing.
const NO_PAGE: HeaderValue = HeaderValue::from_static("default-src 'none'; frame-ancestors 'none'");
/// Routes that are asked every few seconds by machines.
const QUIET: [&str; 3] = ["/healthz", "/readyz", "/metrics"];

/// Wraps all routes.
///
/// # Errors
/// Those of the service within.
pub async fn observe(
    mut request: ServiceRequest,
    next: Next<impl MessageBody + 'static>,
) -> Result<ServiceResponse<BoxBody>, actix_web::Error> {
    let began = Instant::now();
    let id = request_id(request.headers());
    let method = method_name(request.method().as_str());
    let route = request.match_pattern().unwrap_or_else(|| "unmatched".to_owned());
    let app = request.app_data::<web::Data<App>>().cloned();
    // Of the highest level, so that an error has the id at every level of the log: people are asked
    // for it.
    let span = tracing::error_span!("request", id = %id.to_str().unwrap_or_default());
    let client = app.as_ref().map(|app| ClientAddress::of_request(request.request(), &app.config.rates));
    let asked = Asked::from_request(&mut request);
    let answered = match &asked {
        Ok(_) => {
            let work = next.call(request).instrument(span.clone());
            let answered = match client {
                Some(client) => whose::serve(client, work).await?,
                None => work.await?,
            };
            answered.map_into_boxed_body()
        }
        Err(refused) => request.into_response(refused.error_response()),
    };
    let mut response = with_body(answered, &id);
    let status = response.status();
    if let Ok(asked) = &asked {
        asked.complete(status, &route, response.headers_mut());
    }
    add_headers(response.headers_mut(), id);
    let (status, took) = (response.status().as_u16(), began.elapsed());
    if let (Some(app), Some(client)) = (app, client) {
        span.in_scope(|| log(method, &route, status, took, client));
        app.metrics.handled(Handled { method, route, status }, took);
    }
    Ok(response)
}

/// The caller's id if it is usable: 1 to 64 letters, digits, `-`, `_` or `.`.
fn request_id(headers: &HeaderMap) -> HeaderValue {
    let usable = |value: &&HeaderValue| {
        let allowed = |byte: &u8| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_' | b'.');
        (1..=64).contains(&value.len()) && value.as_bytes().iter().all(allowed)
    };
    if let Some(id) = headers.get(&REQUEST_ID).filter(usable) {
        return id.clone();
    }
    let id = uuid::Uuid::now_v7().simple().to_string();
    HeaderValue::try_from(id).unwrap_or_else(|_| HeaderValue::from_static("none"))
}

/// The method, one of a closed list, because what callers make up must not become a label.
fn method_name(method: &str) -> &'static str {
    const KNOWN: [&str; 7] = ["GET", "POST", "PUT", "PATCH", "DELETE", "HEAD", "OPTIONS"];
    KNOWN.into_iter().find(|known| *known == method).unwrap_or("OTHER")
}

/// Gives a body to refusals that the framework makes without one, and the request's id to faults of
/// ours.
fn with_body(response: ServiceResponse<BoxBody>, id: &HeaderValue) -> ServiceResponse<BoxBody> {
    if let Some(fault) = response.response().error().and_then(actix_web::Error::as_error::<Error>)
        && response.status().is_server_error()
    {
        let mut body = fault.body();
        let id = json!(id.to_str().unwrap_or_default());
        match &mut body.error.detail {
            Value::Object(facts) => drop(facts.insert("request_id".to_owned(), id)),
            other => *other = json!({ "request_id": id }),
        }
        return replaced(response, &body);
    }
    let bare = !response.headers().contains_key(CONTENT_TYPE);
    match response.status() {
        StatusCode::METHOD_NOT_ALLOWED if bare => {
            let method = method_name(response.request().method().as_str());
            replaced(response, &Error::method_not_allowed(method).body())
        }
        StatusCode::NOT_FOUND if bare => {
            let body = Error::not_found("address", response.request().path()).body();
            replaced(response, &body)
        }
        _ => response,
    }
}

fn replaced(response: ServiceResponse<BoxBody>, body: &ErrorBody) -> ServiceResponse<BoxBody> {
    let (request, old) = response.into_parts();
    let mut new = HttpResponse::build(old.status()).json(body);
    for (name, value) in old.headers().iter().filter(|(name, _)| **name != CONTENT_TYPE) {
        new.headers_mut().append(name.clone(), value.clone());
    }
    ServiceResponse::new(request, new)
}

fn add_headers(headers: &mut HeaderMap, id: HeaderValue) {
    headers.insert(REQUEST_ID, id);
    headers.insert(X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff"));
    headers.insert(REFERRER_POLICY, HeaderValue::from_static("no-referrer"));
    let policy = headers.get(CONTENT_SECURITY_POLICY).map(|policy| policy.to_str().unwrap_or_default());
    // Only boards made for other people's pages may stand in them.
    if !policy.is_some_and(|policy| policy.contains("frame-ancestors *")) {
        headers.insert(X_FRAME_OPTIONS, HeaderValue::from_static("DENY"));
    }
    if !headers.contains_key(CONTENT_SECURITY_POLICY) {
        headers.insert(CONTENT_SECURITY_POLICY, NO_PAGE);
    }
}

/// One line a request; by the route's pattern, without query and body, which may hold secrets.
fn log(method: &str, route: &str, status: u16, took: Duration, client: ClientAddress) {
    let (ms, client) = (took.as_secs_f64() * 1000.0, tracing::field::display(client.0));
    if QUIET.contains(&route) {
        tracing::debug!(method, route, status, ms, client, "answered");
    } else {
        tracing::info!(method, route, status, ms, client, "answered");
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_id_of_a_request_is_the_callers_if_it_is_usable_and_else_a_new_one() {
        let id = |sent: &str| {
            let mut headers = HeaderMap::new();
            headers.insert(REQUEST_ID, HeaderValue::from_str(sent).unwrap());
            request_id(&headers).to_str().unwrap().to_owned()
        };
        for usable in ["a", "A-9_b.c", &"x".repeat(64)] {
            assert_eq!(id(usable), usable);
        }
        for other in ["", "a b", "a/b", "a\"b", &"x".repeat(65)] {
            let made = id(other);
            assert_eq!((made.len(), made.bytes().all(|byte| byte.is_ascii_hexdigit())), (32, true), "{made}");
        }
        assert_ne!(id(""), id(""));
    }

    #[test]
    fn a_method_that_a_caller_makes_up_is_no_label() {
        for known in ["GET", "POST", "PUT", "PATCH", "DELETE", "HEAD", "OPTIONS"] {
            assert_eq!(method_name(known), known);
        }
        assert_eq!(["get", "TRACE", "X7"].map(method_name), ["OTHER"; 3]);
    }

    #[test]
    fn nothing_is_shown_in_other_peoples_pages_but_boards_that_are_made_for_it() {
        let added = |policy: Option<&'static str>| {
            let mut found = HeaderMap::new();
            if let Some(policy) = policy {
                found.insert(CONTENT_SECURITY_POLICY, HeaderValue::from_static(policy));
            }
            add_headers(&mut found, HeaderValue::from_static("id"));
            assert_eq!(found.get(X_CONTENT_TYPE_OPTIONS).unwrap(), "nosniff");
            let frames = found.get(X_FRAME_OPTIONS).map(|value| value.to_str().unwrap().to_owned());
            (
                frames.as_deref() == Some("DENY"),
                found.get(CONTENT_SECURITY_POLICY).unwrap().to_str().unwrap().to_owned(),
            )
        };
        assert_eq!(added(None), (true, "default-src 'none'; frame-ancestors 'none'".to_owned()));
        let page = "default-src 'self'; frame-ancestors 'none'";
        assert_eq!(added(Some(page)), (true, page.to_owned()));
        let board = "default-src 'self'; frame-ancestors *";
        assert_eq!(added(Some(board)), (false, board.to_owned()));
    }
}
