//! What to send.

use std::time::Duration;

use ureq::http::Method;

/// What to send.
#[derive(Debug, Clone)]
pub struct Call<'a> {
    pub(crate) method: Method,
    pub(crate) path: String,
    pub(crate) headers: Vec<(&'static str, String)>,
    pub(crate) body: Option<&'a [u8]>,
    repeatable: bool,
    anonymous: bool,
    pub(crate) silence: Option<Duration>,
}

impl<'a> Call<'a> {
    /// A call of a path below the API's base. Reading, replacing and deleting may be repeated.
    #[must_use]
    pub fn new(method: Method, path: impl Into<String>) -> Self {
        let repeatable = matches!(method, Method::GET | Method::HEAD | Method::PUT | Method::DELETE | Method::OPTIONS);
        Self { method, path: path.into(), headers: Vec::new(), body: None, repeatable, anonymous: false, silence: None }
    }

    /// Adds a header.
    #[must_use]
    pub fn header(mut self, name: &'static str, value: impl Into<String>) -> Self {
        self.headers.push((name, value.into()));
        self
    }

    /// Adds a body.
    #[must_use]
    pub const fn body(mut self, body: &'a [u8]) -> Self {
        self.body = Some(body);
        self
    }

    /// Adds a key that lets the server recognise a repetition.
    #[must_use]
    pub fn key(mut self, key: &str) -> Self {
        self.repeatable = true;
        self.header("Idempotency-Key", key)
    }

    /// Returns whether it may be repeated.
    #[must_use]
    pub const fn is_repeatable(&self) -> bool {
        self.repeatable
    }

    /// Returns whether it is sent without credentials.
    #[must_use]
    pub const fn is_anonymous(&self) -> bool {
        self.anonymous
    }

    /// Says whether it may be repeated.
    #[must_use]
    pub const fn repeatable(mut self, repeatable: bool) -> Self {
        self.repeatable = repeatable;
        self
    }

    /// Sets a shorter time than usual in which something has to be sent or answered.
    #[must_use]
    pub const fn silence(mut self, silence: Duration) -> Self {
        self.silence = Some(silence);
        self
    }

    /// Leaves the credentials out.
    #[must_use]
    pub const fn anonymous(mut self) -> Self {
        self.anonymous = true;
        self
    }
}

/// Returns a call with a JSON body.
pub fn json_call<'a>(method: Method, path: impl Into<String>, body: &'a [u8]) -> Call<'a> {
    Call::new(method, path).header("Content-Type", "application/json").body(body)
}
