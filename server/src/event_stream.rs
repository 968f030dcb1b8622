//! Server-sent events: how an event is written, and how long a stream of them stays open.

use std::future::Future;
use std::time::Duration;

use actix_web::HttpResponse;
use actix_web::http::header::{CACHE_CONTROL, CONTENT_TYPE};
use actix_web::web::{Bytes, Data};
use futures_util::stream::unfold;
use serde::Serialize;
use tokio::time::{Instant, sleep_until};

use crate::app::App;
use crate::auth::LOOK_AGAIN;
use crate::error::{Error, Result};
use crate::load::StreamPlace;

/// After this time without an event a comment is sent, because proxies close connections that carry
/// nothing, and because a connection that is gone is noticed only when something is sent.
const KEEP_ALIVE: Duration = Duration::from_secs(15);
const COMMENT: &[u8] = b": keep-alive\n\n";

/// Writes an event whose data is JSON.
///
/// # Errors
/// If the data cannot be written as JSON.
pub fn event(name: &str, data: &impl Serialize) -> Result<Bytes> {
    let data = serde_json::to_string(data).map_err(Error::internal)?;
    Ok(Bytes::from(format!("event: {name}\ndata: {data}\n\n")))
}

/// What a stream has to tell.
#[derive(Debug)]
pub enum News {
    /// Nothing that was not told before.
    Nothing,
    /// An event, after which more may come.
    Event(Bytes),
    /// The last event.
    Last(Bytes),
}

/// What a stream of events is about.
pub trait EventSource {
    /// Waits until there may be news. Returns false if there will be none.
    fn changed(&mut self) -> impl Future<Output = bool>;

    /// Looks for news.
    fn news(&mut self) -> impl Future<Output = Result<News>>;

    /// Returns true if the viewer sees this because they are logged in, and so only as long as they
    /// are.
    fn needs_login(&self) -> bool;

    /// Checks that the viewer may still see it.
    fn check_viewer(&self) -> impl Future<Output = Result<()>>;
}

/// Answers with a stream of events, which ends when the source has no more, when the viewer may no
/// longer see it, or when the server stops. `first` is sent at once.
pub fn respond<S: EventSource + 'static>(app: Data<App>, source: S, first: News, place: StreamPlace) -> HttpResponse {
    let now = Instant::now();
    let stream = OpenStream {
        app,
        source,
        ready: first,
        check_at: now + LOOK_AGAIN,
        keep_alive_at: now + KEEP_ALIVE,
        _place: place,
    };
    let events = unfold(stream, |mut stream| async move {
        let bytes = stream.next().await?;
        Some((Ok::<Bytes, Error>(bytes), stream))
    });
    HttpResponse::Ok()
        .insert_header((CONTENT_TYPE, "text/event-stream"))
        .insert_header((CACHE_CONTROL, "no-store"))
        // Proxies that collect an answer before they pass it on would hold events back.
        .insert_header(("X-Accel-Buffering", "no"))
        .streaming(events)
}

struct OpenStream<S> {
    app: Data<App>,
    source: S,
    /// What to send before the source is asked. After `Last` the stream is over.
    ready: News,
    check_at: Instant,
    keep_alive_at: Instant,
    _place: StreamPlace,
}

impl<S: EventSource> OpenStream<S> {
    /// Returns the next bytes to send, or `None` at the end of the stream.
    async fn next(&mut self) -> Option<Bytes> {
        loop {
            match std::mem::replace(&mut self.ready, News::Nothing) {
                News::Event(event) => return Some(self.sent(event)),
                News::Last(event) => {
                    // An empty last event ends the stream when it is asked again.
                    self.ready = News::Last(Bytes::new());
                    return if event.is_empty() { None } else { Some(self.sent(event)) };
                }
                News::Nothing => (),
            }
            tokio::select! {
                biased;
                () = self.app.changes.stopped() => return None,
                more = self.source.changed() => {
                    if !more {
                        return None;
                    }
                    self.ready = self.look().await?;
                }
                () = sleep_until(self.check_at), if self.source.needs_login() => {
                    self.check_at = Instant::now() + LOOK_AGAIN;
                    self.source.check_viewer().await.ok()?;
                }
                () = sleep_until(self.keep_alive_at) => return Some(self.sent(Bytes::from_static(COMMENT))),
            }
        }
    }

    async fn look(&mut self) -> Option<News> {
        match self.source.news().await {
            Ok(news) => Some(news),
            Err(error) => {
                tracing::warn!(%error, "an event stream ends");
                None
            }
        }
    }

    fn sent(&mut self, bytes: Bytes) -> Bytes {
        self.keep_alive_at = Instant::now() + KEEP_ALIVE;
        bytes
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_event_is_a_name_and_one_line_of_json() {
        let written = event("submission", &serde_json::json!({ "text": "two\nlines" })).unwrap();
        assert_eq!(written, Bytes::from_static(b"event: submission\ndata: {\"text\":\"two\\nlines\"}\n\n"));
    }
}
