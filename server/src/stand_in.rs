//! Public answers that stand in for a database that does not answer.
//!
//! Boards are in memory anyway ([`crate::ranking`]), but a board is of no use to somebody whose
//! page cannot be shown. So the last answer of each public address is kept as everybody gets it:
//! seasons, tasks, boards and entries. Those that came with a page count, too, because whoever
//! opens pages asks for little else.

use std::time::Instant;

use actix_web::body::{BodySize, BoxBody, MessageBody, to_bytes};
use actix_web::dev::{ServiceRequest, ServiceResponse};
use actix_web::http::header::{ACCEPT_ENCODING, AGE, AUTHORIZATION, CONTENT_TYPE, HeaderMap, HeaderValue, VARY};
use actix_web::http::{Method, StatusCode};
use actix_web::middleware::Next;
use actix_web::web::Data;
use actix_web::{HttpResponse, HttpResponseBuilder};

use crate::app::App;
use crate::auth::ACCESS_COOKIE;
use crate::error::Error;
use crate::ranking;
use crate::stand_ins::{Kept, LARGEST};

/// Operations of the API whose answers are kept.
const OPERATIONS: [&str; 6] = [
    "/api/v1/seasons",
    "/api/v1/seasons/{season}",
    "/api/v1/seasons/{season}/tasks",
    "/api/v1/seasons/{season}/tasks/{task}",
    BOARD,
    "/api/v1/seasons/{season}/tasks/{task}/entries/{submission}",
];
/// It finds its board in memory by itself once it knows who asks, which it does of those who bring
/// no login.
const BOARD: &str = "/api/v1/seasons/{season}/tasks/{task}/leaderboard";

/// Wraps all routes: while the database does not answer, public addresses are answered as they were
/// before, with their `Age`, whoever asks.
///
/// # Errors
/// Those of the service within.
pub async fn stand_in(
    request: ServiceRequest,
    next: Next<impl MessageBody + 'static>,
) -> Result<ServiceResponse<BoxBody>, actix_web::Error> {
    let app = request.app_data::<Data<App>>().cloned().filter(|_| is_kept(&request));
    let Some(app) = app else { return Ok(next.call(request).await?.map_into_boxed_body()) };
    let address = key_of(&request);
    let public = !request.headers().contains_key(AUTHORIZATION) && request.cookie(ACCESS_COOKIE).is_none();
    let finds_itself = public && request.match_pattern().as_deref() == Some(BOARD);
    if !finds_itself
        && let Some(kept) = kept_at(&app, &address, &request.uri().to_string())
        && ranking::stands_still(&app).await
    {
        return Ok(request.into_response(answer(&kept)));
    }
    let response = next.call(request).await?.map_into_boxed_body();
    // The first failures come before it is known that the database does not answer.
    if response.status().is_server_error()
        && let Some(kept) = kept_at(&app, &address, &response.request().uri().to_string())
    {
        return Ok(response.into_response(answer(&kept)));
    }
    let stands = response.status() == StatusCode::OK && !response.headers().contains_key(AGE);
    if public && stands { keep(&app, address, response).await } else { Ok(response) }
}

/// Returns what was kept for the caller's codings, or what came with a page.
fn kept_at(app: &App, address: &str, plain: &str) -> Option<Kept> {
    app.stand_ins.get(address).or_else(|| app.stand_ins.get(plain))
}

/// Keeps an answer that came with a page, as whoever reads no coding gets it.
pub fn keep_plain(app: &App, address: String, body: String) {
    if !u64::try_from(body.len()).is_ok_and(|bytes| bytes <= LARGEST) {
        return;
    }
    let mut headers = HeaderMap::new();
    headers.insert(CONTENT_TYPE, HeaderValue::from_static("application/json"));
    headers.insert(VARY, HeaderValue::from_static("Accept-Encoding, Cookie"));
    app.stand_ins.put(address, Kept { headers, body: body.into(), at: Instant::now() });
}

fn is_kept(request: &ServiceRequest) -> bool {
    let is_operation = |route: String| OPERATIONS.contains(&route.as_str());
    // Boards of the past have as many addresses as there are moments; they would drive out what
    // people look at.
    let past = request.query_string().contains("as_of");
    request.method() == Method::GET && !past && request.match_pattern().is_some_and(is_operation)
}

/// Returns what an answer depends on: the address, and the codings that its caller reads.
fn key_of(request: &ServiceRequest) -> String {
    let codings = request.headers().get(ACCEPT_ENCODING).and_then(|value| value.to_str().ok()).unwrap_or_default();
    format!("{} {codings}", request.uri())
}

/// Keeps the answer, unless it is large, and hands it on.
async fn keep(
    app: &App,
    address: String,
    response: ServiceResponse<BoxBody>,
) -> Result<ServiceResponse<BoxBody>, actix_web::Error> {
    if !matches!(response.response().body().size(), BodySize::Sized(bytes) if bytes <= LARGEST) {
        return Ok(response);
    }
    let (request, response) = response.into_parts();
    let (head, body) = response.into_parts();
    let body = to_bytes(body).await.map_err(|error| Error::internal(error.to_string()))?;
    let kept = Kept { headers: head.headers().clone(), body: body.clone(), at: Instant::now() };
    app.stand_ins.put(address, kept);
    Ok(ServiceResponse::new(request, head.set_body(BoxBody::new(body))))
}

fn answer(kept: &Kept) -> HttpResponse {
    let mut answer = HttpResponseBuilder::new(StatusCode::OK);
    for header in &kept.headers {
        answer.append_header(header);
    }
    answer.insert_header((AGE, kept.at.elapsed().as_secs())).body(kept.body.clone())
}

#[cfg(test)]
mod tests {
    use actix_web::test::TestRequest;

    use super::*;

    #[test]
    fn an_answer_stands_in_only_for_the_same_address_and_the_same_codings() {
        let key = |uri: &str, codings: Option<&str>| {
            let request = TestRequest::with_uri(uri);
            let request = match codings {
                Some(codings) => request.insert_header((ACCEPT_ENCODING, codings)),
                None => request,
            };
            key_of(&request.to_srv_request())
        };
        let known = key("/api/v1/seasons?limit=5", Some("gzip"));
        assert_eq!(key("/api/v1/seasons?limit=5", Some("gzip")), known);
        for other in [
            key("/api/v1/seasons?limit=6", Some("gzip")),
            key("/api/v1/seasons", Some("gzip")),
            key("/api/v1/seasons?limit=5", Some("br")),
            key("/api/v1/seasons?limit=5", None),
        ] {
            assert_ne!(other, known);
        }
    }

    #[test]
    fn an_answer_that_stands_in_says_its_age_and_keeps_its_headers() {
        let mut headers = actix_web::http::header::HeaderMap::new();
        headers.insert(
            actix_web::http::header::CONTENT_TYPE,
            actix_web::http::header::HeaderValue::from_static("application/json"),
        );
        let at = Instant::now().checked_sub(std::time::Duration::from_secs(90)).unwrap();
        let found = answer(&Kept { headers, body: actix_web::web::Bytes::from_static(b"{}"), at });
        let age: u64 = found.headers().get(AGE).unwrap().to_str().unwrap().parse().unwrap();
        assert!(age >= 90, "{age}");
        assert_eq!(found.headers().get(actix_web::http::header::CONTENT_TYPE).unwrap(), "application/json");
    }
}
