//! The limits of bodies, route by route.

use std::cell::RefCell;
use std::rc::Rc;

use actix_web::body::{BoxBody, MessageBody};
use actix_web::dev::{Payload, ServiceRequest, ServiceResponse};
use actix_web::http::Method;
use actix_web::http::header::{CONTENT_LENGTH, TRANSFER_ENCODING};
use actix_web::middleware::Next;
use actix_web::{HttpMessage as _, web};

use super::bodies::{Body, Refusal, Rules};
use crate::app::App;
use crate::client_address::ClientAddress;

/// Largest JSON body of somebody whose right was looked at, bytes.
const MAX_JSON: usize = 1 << 20;
/// Largest JSON body on routes that anybody may call, bytes.
const MAX_OPEN_JSON: usize = 16 << 10;
/// Largest body of an outcome, bytes: two bits an image, as base64, of the largest test set there
/// can be.
pub const MAX_OUTCOME: usize = 4 << 20;
/// Routes that read a body before anybody's right is looked at.
const OPEN: [&str; 5] = [
    "/api/v1/accounts",
    "/api/v1/sessions",
    "/api/v1/sessions/refresh",
    "/api/v1/password-resets/{code}",
    "/api/v1/setup/{code}",
];

/// Returns the largest body that a route takes, bytes; `None` if the body is a file.
fn limit(method: &Method, route: &str) -> Option<usize> {
    if route.starts_with("/api/v1/uploads") && *method != Method::GET {
        return None;
    }
    Some(match route {
        route if OPEN.contains(&route) => MAX_OPEN_JSON,
        "/api/v1/scorer/evaluations/{id}/outcome" => MAX_OUTCOME,
        _ => MAX_JSON,
    })
}

/// Wraps all routes.
///
/// # Errors
/// Those of the service within.
pub async fn guard(
    mut request: ServiceRequest,
    next: Next<impl MessageBody + 'static>,
) -> Result<ServiceResponse<BoxBody>, actix_web::Error> {
    let headers = request.headers();
    let route = request.match_pattern().unwrap_or_default();
    let has_body = headers.contains_key(TRANSFER_ENCODING) || headers.get(CONTENT_LENGTH).is_some_and(|n| n != "0");
    let (Some(app), Some(limit), true) =
        (request.app_data::<web::Data<App>>().cloned(), limit(request.method(), &route), has_body)
    else {
        return Ok(next.call(request).await?.map_into_boxed_body());
    };
    let rules = Rules {
        limit,
        known: headers.get(CONTENT_LENGTH).and_then(|value| value.to_str().ok()?.parse().ok()),
        from: ClientAddress::of_request(request.request(), &app.config.rates).bucket(),
        limits: app.config.limits.clone(),
        bodies: app.bodies.clone(),
    };
    let refusal = Rc::new(RefCell::new(None));
    let body = Body::new(request.take_payload(), rules, Rc::clone(&refusal));
    request.set_payload(Payload::Stream { payload: Box::pin(body) });
    let response = next.call(request).await?.map_into_boxed_body();
    let Some(refusal) = refusal.take() else { return Ok(response) };
    let (request, _) = response.into_parts();
    Ok(ServiceResponse::new(request, Refusal::into_response(refusal)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_limit_is_of_the_route() {
        assert_eq!(limit(&Method::POST, "/api/v1/sessions"), Some(16 << 10));
        assert_eq!(limit(&Method::POST, "/api/v1/setup/{code}"), Some(16 << 10));
        assert_eq!(limit(&Method::POST, "/api/v1/me/tokens"), Some(1 << 20));
        assert_eq!(limit(&Method::POST, "/api/v1/scorer/evaluations/{id}/outcome"), Some(4 << 20));
        assert_eq!(limit(&Method::PATCH, "/api/v1/uploads/{id}"), None);
        assert_eq!(limit(&Method::POST, ""), Some(1 << 20));
    }
}
