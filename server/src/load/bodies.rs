//! Bodies of JSON: how large they may be, how long they may take, and how many bytes of unfinished
//! ones are held.
//!
//! A body is looked at when its handler begins to read it, which is after the caller's right was
//! found. What is refused here replaces the handler's answer. Uploads have rules of their own.

use std::cell::RefCell;
use std::pin::Pin;
use std::rc::Rc;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::task::{Context, Poll};
use std::time::Duration;

use actix_web::body::{BodySize, BoxBody, MessageBody};
use actix_web::dev::Payload;
use actix_web::error::PayloadError;
use actix_web::{HttpResponse, ResponseError as _};
use bytes::Bytes;
use futures_util::Stream;
use holdout_protocol::{ErrorCode, Reason};
use serde_json::json;
use tokio::time::Sleep;

use super::tally::{Full, Place, Tally};
use crate::config::LimitConfig;
use crate::error::Error;

/// So many bytes of each body are free: a login always finds room, whoever fills the rest.
const FREE: usize = 2 << 10;
/// Most bodies read at once, of all addresses.
const MOST: usize = 20_000;

/// The unfinished bodies of this server.
#[derive(Debug, Default, Clone)]
pub struct Bodies {
    at_once: Tally,
    held: Arc<AtomicUsize>,
}

/// Why a body is not read on, and the rest of it.
pub(super) struct Refusal {
    error: Error,
    body: Payload,
}

impl Refusal {
    /// The answer in place of the handler's.
    pub(super) fn into_response(self) -> HttpResponse<BoxBody> {
        self.error.error_response().map_body(|_, text| BoxBody::new(LastWord { text, _unread: self.body }))
    }
}

/// The text of a refusal. It keeps the unread body until it is sent: the connection is then closed
/// at once. If the body were dropped before, one sent in chunks would be read to its end, which may
/// never come.
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

/// The bounds of one body.
pub(super) struct Rules {
    pub limit: usize,
    /// Its length, if the client told it.
    pub known: Option<usize>,
    /// Who sends it.
    pub from: String,
    pub limits: LimitConfig,
    /// The other bodies of this server.
    pub bodies: Bodies,
}

impl Rules {
    fn too_large(&self) -> Error {
        Error::refused(ErrorCode::TooLarge, format!("the body is larger than {} bytes", self.limit))
            .because(Reason::BodyTooLarge, json!({ "limit": self.limit }))
    }

    /// Takes a place when the first byte is asked for.
    fn begin(&self) -> Result<Held, Error> {
        if self.known.is_some_and(|known| known > self.limit) {
            return Err(self.too_large());
        }
        let bodies = &self.bodies;
        let place = bodies.at_once.take(self.from.clone(), self.limits.bodies_per_address, MOST);
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

/// A body that is read under these rules.
pub(super) struct Body {
    inner: Payload,
    deadline: Pin<Box<Sleep>>,
    rules: Rules,
    read: usize,
    begun: bool,
    held: Option<Held>,
    refusal: Rc<RefCell<Option<Refusal>>>,
}

impl Body {
    /// Puts the rules around a body. What is refused while it is read is left in `refusal`.
    pub(super) fn new(inner: Payload, rules: Rules, refusal: Rc<RefCell<Option<Refusal>>>) -> Self {
        let deadline = Box::pin(tokio::time::sleep(Duration::from_secs(rules.limits.body_seconds)));
        Self { inner, deadline, rules, read: 0, begun: false, held: None, refusal }
    }

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
            // The parser would take the values of an array for those of an object's fields, in
            // their order.
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
        let most = self.rules.limits.body_bytes;
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
                let seconds = self.rules.limits.body_seconds;
                let message = format!("the body did not arrive within {seconds} seconds");
                self.refuse(
                    Error::refused(ErrorCode::InvalidBody, message)
                        .because(Reason::BodySlow, json!({ "seconds": seconds })),
                )
            }
            Poll::Pending => Poll::Pending,
        }
    }
}

#[cfg(test)]
mod tests;
