//! Public answers that stand in for a database that does not answer.
//!
//! Boards are in memory anyway ([`crate::ranking`]), but a board is of no use to somebody whose page cannot be shown. So the
//! last answer of each public address is kept as everybody gets it: seasons, tasks, boards and entries.

use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

use actix_web::body::{BodySize, BoxBody, MessageBody, to_bytes};
use actix_web::dev::{ServiceRequest, ServiceResponse};
use actix_web::http::header::{ACCEPT_ENCODING, AGE, AUTHORIZATION, HeaderMap};
use actix_web::http::{Method, StatusCode};
use actix_web::middleware::Next;
use actix_web::web::{Bytes, Data};
use actix_web::{HttpResponse, HttpResponseBuilder};

use crate::app::App;
use crate::auth::ACCESS_COOKIE;
use crate::error::Error;
use crate::ranking;

/// Operations of the API whose answers are kept.
const OPERATIONS: [&str; 6] = [
    "/api/v1/seasons",
    "/api/v1/seasons/{season}",
    "/api/v1/seasons/{season}/tasks",
    "/api/v1/seasons/{season}/tasks/{task}",
    BOARD,
    "/api/v1/seasons/{season}/tasks/{task}/entries/{submission}",
];
/// It finds its board in memory by itself once it knows who asks, which it does of those who bring no login.
const BOARD: &str = "/api/v1/seasons/{season}/tasks/{task}/leaderboard";
/// Larger answers are not kept, bytes.
const LARGEST: u64 = 1 << 20;
/// What all of them may have, bytes.
const MOST: usize = 32 << 20;
/// How long an answer stands in.
const GOOD_FOR: Duration = Duration::from_secs(600);

#[derive(Debug, Clone)]
struct Kept {
    headers: HeaderMap,
    body: Bytes,
    at: Instant,
}

/// The answers of this server.
#[derive(Debug, Default)]
pub struct StandIns(Mutex<HashMap<String, Kept>>);

impl StandIns {
    fn get(&self, address: &str) -> Option<Kept> {
        let kept = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        kept.get(address).filter(|answer| answer.at.elapsed() <= GOOD_FOR).cloned()
    }

    /// Keeps an answer; the oldest ones go if there are too many bytes.
    fn put(&self, address: String, answer: Kept) {
        let mut kept = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        kept.insert(address, answer);
        let mut bytes: usize = kept.iter().map(|(address, answer)| address.len() + answer.body.len()).sum();
        while bytes > MOST {
            let Some(oldest) = kept.iter().min_by_key(|(_, answer)| answer.at).map(|(address, _)| address.clone())
            else {
                break;
            };
            let gone = kept.remove(&oldest).map_or(0, |answer| answer.body.len());
            bytes = bytes.saturating_sub(oldest.len() + gone);
        }
    }
}

/// Wraps all routes: while the database does not answer, public addresses are answered as they were before, with their
/// `Age`, whoever asks.
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
        && let Some(kept) = app.stand_ins.get(&address)
        && ranking::stands_still(&app).await
    {
        return Ok(request.into_response(answer(&kept)));
    }
    let response = next.call(request).await?.map_into_boxed_body();
    let stands = response.status() == StatusCode::OK && !response.headers().contains_key(AGE);
    if public && stands { keep(&app, address, response).await } else { Ok(response) }
}

fn is_kept(request: &ServiceRequest) -> bool {
    let is_operation = |route: String| OPERATIONS.contains(&route.as_str());
    request.method() == Method::GET && request.match_pattern().is_some_and(is_operation)
}

/// What an answer depends on: the address, and the codings that its caller reads.
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
    use super::*;

    #[test]
    fn the_oldest_answers_go_when_there_are_too_many_bytes() {
        let kept = StandIns::default();
        let mib = || Kept { headers: HeaderMap::new(), body: Bytes::from(vec![0; 1 << 20]), at: Instant::now() };
        for number in 0..40 {
            kept.put(format!("/{number}"), mib());
        }
        assert!(kept.get("/39").is_some() && kept.get("/20").is_some());
        assert!(kept.get("/0").is_none() && kept.get("/8").is_none());
        let long_ago = Instant::now().checked_sub(GOOD_FOR + Duration::from_secs(1)).unwrap();
        kept.put("/old".to_owned(), Kept { at: long_ago, ..mib() });
        assert!(kept.get("/old").is_none());
    }
}
