//! Bodies of JSON: how large they may be, how long they may take, and how many bytes of unfinished ones are held.
//!
//! A body is looked at when its handler begins to read it, which is after the caller's right was found. What is refused
//! here replaces the handler's answer. Uploads have rules of their own.

use std::cell::RefCell;
use std::pin::Pin;
use std::rc::Rc;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::task::{Context, Poll};
use std::time::Duration;

use actix_web::body::{BodySize, BoxBody, MessageBody};
use actix_web::dev::{Payload, ServiceRequest, ServiceResponse};
use actix_web::error::PayloadError;
use actix_web::http::Method;
use actix_web::http::header::{CONTENT_LENGTH, TRANSFER_ENCODING};
use actix_web::middleware::Next;
use actix_web::{FromRequest as _, HttpMessage as _, ResponseError as _, web};
use bytes::Bytes;
use futures_util::Stream;
use holdout_protocol::ErrorCode;
use tokio::time::Sleep;

use super::tally::{Full, Place, Tally};
use crate::app::App;
use crate::config::LimitConfig;
use crate::error::Error;
use crate::rates::ClientAddress;

/// Largest JSON body of somebody whose right was looked at, bytes.
pub const MAX_JSON: usize = 1 << 20;
/// Largest JSON body on routes that anybody may call, bytes.
pub const MAX_OPEN_JSON: usize = 16 << 10;
/// Largest body of an outcome, bytes: two bits an image, as base64, of the largest test set there can be.
pub const MAX_OUTCOME: usize = 4 << 20;
/// So many bytes of each body are free: a login always finds room, whoever fills the rest.
const FREE: usize = 2 << 10;
/// Most bodies read at once, of all addresses.
const MOST: usize = 20_000;

/// The unfinished bodies of this server.
#[derive(Debug, Default)]
pub struct Bodies {
    at_once: Tally,
    held: Arc<AtomicUsize>,
}

/// Routes that read a body before anybody's right is looked at.
const OPEN: [&str; 4] =
    ["/api/v1/accounts", "/api/v1/sessions", "/api/v1/sessions/refresh", "/api/v1/password-resets/{code}"];

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
    let known = headers.get(CONTENT_LENGTH).and_then(|value| value.to_str().ok()?.parse().ok());
    let from = match ClientAddress::from_request(request.request(), &mut Payload::None).await {
        Ok(from) => from.bucket(),
        Err(never) => match never {},
    };
    let refusal = Rc::new(RefCell::new(None));
    let body = Body {
        inner: request.take_payload(),
        deadline: Box::pin(tokio::time::sleep(Duration::from_secs(app.config.limits.body_seconds))),
        rules: Rules { limit, known, from, app },
        read: 0,
        begun: false,
        held: None,
        refusal: Rc::clone(&refusal),
    };
    request.set_payload(Payload::Stream { payload: Box::pin(body) });
    let response = next.call(request).await?.map_into_boxed_body();
    let Some(Refusal { error, body }) = refusal.take() else { return Ok(response) };
    let (request, _) = response.into_parts();
    let refused = error.error_response().map_body(|_, text| BoxBody::new(LastWord { text, _unread: body }));
    Ok(ServiceResponse::new(request, refused))
}

/// Why a body is not read on, and the rest of it.
struct Refusal {
    error: Error,
    body: Payload,
}

/// The text of a refusal. It keeps the unread body until it is sent: the connection is then closed at once. If the body
/// were dropped before, one sent in chunks would be read to its end, which may never come.
struct LastWord {
    text: BoxBody,
    _unread: Payload,
}

impl MessageBody for LastWord {
    type Error = Box<dyn std::error::Error>;

    fn size(&self) -> BodySize {
        self.text.size()
    }

    fn poll_next(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<Result<Bytes, Self::Error>>> {
        Pin::new(&mut self.text).poll_next(context)
    }
}

struct Rules {
    limit: usize,
    known: Option<usize>,
    from: String,
    app: web::Data<App>,
}

impl Rules {
    fn limits(&self) -> &LimitConfig {
        &self.app.config.limits
    }

    fn too_large(&self) -> Error {
        Error::refused(ErrorCode::TooLarge, format!("the body is larger than {} bytes", self.limit))
    }

    /// Takes a place when the first byte is asked for.
    fn begin(&self) -> Result<Held, Error> {
        if self.known.is_some_and(|known| known > self.limit) {
            return Err(self.too_large());
        }
        let bodies = &self.app.bodies;
        let place = bodies.at_once.take(self.from.clone(), self.limits().bodies_per_address, MOST);
        let place = place.map_err(|full| match full {
            Full::Own => Error::too_many("your address sends too many requests at once; wait for some of them", 5),
            Full::All => Error::busy("too many requests are on their way; try again in a moment", 5),
        })?;
        Ok(Held { _place: place, total: Arc::clone(&bodies.held), bytes: 0 })
    }
}

/// The bytes of a body that are held, as far as they count.
struct Held {
    _place: Place,
    total: Arc<AtomicUsize>,
    bytes: usize,
}

impl Held {
    /// Counts so many more bytes; tells whether there is room for them.
    fn add(&mut self, bytes: usize, most: usize) -> bool {
        self.bytes = self.bytes.saturating_add(bytes);
        self.total.fetch_add(bytes, Ordering::AcqRel).saturating_add(bytes) <= most
    }
}

impl Drop for Held {
    fn drop(&mut self) {
        self.total.fetch_sub(self.bytes, Ordering::AcqRel);
    }
}

struct Body {
    inner: Payload,
    deadline: Pin<Box<Sleep>>,
    rules: Rules,
    read: usize,
    begun: bool,
    held: Option<Held>,
    refusal: Rc<RefCell<Option<Refusal>>>,
}

impl Body {
    fn refuse(&mut self, error: Error) -> Poll<Option<Result<Bytes, PayloadError>>> {
        let body = std::mem::replace(&mut self.inner, Payload::None);
        self.refusal.replace(Some(Refusal { error, body }));
        self.held = None;
        Poll::Ready(Some(Err(PayloadError::Overflow)))
    }

    /// Counts a piece of the body.
    fn count(&mut self, chunk: &Bytes) -> Result<(), Error> {
        let before = self.read;
        if !self.begun
            && let Some(first) = chunk.iter().find(|byte| !byte.is_ascii_whitespace())
        {
            self.begun = true;
            // The parser would take the values of an array for those of an object's fields, in their order.
            if *first == b'[' {
                return Err(Error::refused(
                    ErrorCode::InvalidBody,
                    "the body is a JSON array; this route takes an object",
                ));
            }
        }
        self.read = self.read.saturating_add(chunk.len());
        if self.read > self.rules.limit {
            return Err(self.rules.too_large());
        }
        let more = self.read.saturating_sub(FREE) - before.saturating_sub(FREE);
        let most = self.rules.limits().body_bytes;
        if self.held.as_mut().is_none_or(|held| held.add(more, most)) {
            return Ok(());
        }
        Err(Error::busy("too many large requests are on their way; try again in a moment", 5))
    }
}

impl Stream for Body {
    type Item = Result<Bytes, PayloadError>;

    fn poll_next(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        if self.held.is_none() {
            match self.rules.begin() {
                Ok(held) => self.held = Some(held),
                Err(error) => return self.refuse(error),
            }
        }
        match Pin::new(&mut self.inner).poll_next(context) {
            Poll::Ready(Some(Ok(chunk))) => match self.count(&chunk) {
                Ok(()) => Poll::Ready(Some(Ok(chunk))),
                Err(error) => self.refuse(error),
            },
            Poll::Ready(end) => Poll::Ready(end),
            Poll::Pending if self.deadline.as_mut().poll(context).is_ready() => {
                let seconds = self.rules.limits().body_seconds;
                let message = format!("the body did not arrive within {seconds} seconds");
                self.refuse(Error::refused(ErrorCode::InvalidBody, message))
            }
            Poll::Pending => Poll::Pending,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_limit_is_of_the_route() {
        assert_eq!(limit(&Method::POST, "/api/v1/sessions"), Some(16 << 10));
        assert_eq!(limit(&Method::POST, "/api/v1/me/tokens"), Some(1 << 20));
        assert_eq!(limit(&Method::POST, "/api/v1/scorer/evaluations/{id}/outcome"), Some(4 << 20));
        assert_eq!(limit(&Method::PATCH, "/api/v1/uploads/{id}"), None);
        assert_eq!(limit(&Method::POST, ""), Some(1 << 20));
    }
}
