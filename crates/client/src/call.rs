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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reading_replacing_and_deleting_may_be_repeated_and_the_rest_may_not() {
        for method in [Method::GET, Method::HEAD, Method::PUT, Method::DELETE, Method::OPTIONS] {
            assert!(Call::new(method.clone(), "/me").is_repeatable(), "{method}");
        }
        for method in [Method::POST, Method::PATCH] {
            assert!(!Call::new(method.clone(), "/me").is_repeatable(), "{method}");
        }
    }

    #[test]
    fn a_call_with_a_key_may_be_repeated_because_the_server_knows_it_again() {
        let call = Call::new(Method::POST, "/teams").header("Accept", "text/csv").key("k1");
        assert!(call.is_repeatable());
        assert_eq!(call.headers, [("Accept", "text/csv".to_owned()), ("Idempotency-Key", "k1".to_owned())]);
        assert!(!call.repeatable(false).is_repeatable());
    }

    #[test]
    fn a_call_with_json_says_so_and_carries_it() {
        let call = json_call(Method::POST, "/sessions", b"{}");
        assert_eq!(call.headers, [("Content-Type", "application/json".to_owned())]);
        assert_eq!((call.body, call.path.as_str()), (Some(&b"{}"[..]), "/sessions"));
        assert!(!call.is_repeatable() && !call.is_anonymous() && call.silence.is_none());
        assert!(call.anonymous().is_anonymous());
    }
}
