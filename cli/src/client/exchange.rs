//! Calls as the user: repeated if that is safe, with a session that is refreshed in time.

use std::thread::sleep;
use std::time::Duration;

use holdout_client::{Answer, Call, Method, Secret, ServerUrl, Timeouts, Transport, TransportError, Trust, json_call};
use holdout_protocol::{ErrorCode, RefreshSession, SessionTokens};
use serde::Serialize;
use serde::de::DeserializeOwned;

use super::{ClientError, Identity, Patience};

/// How long to wait for the server.
const TIMEOUTS: Timeouts =
    Timeouts { connect: Duration::from_secs(10), read: Duration::from_secs(90), write: Duration::from_secs(60) };

/// A client of one server.
#[derive(Debug)]
pub(crate) struct Client {
    transport: Transport,
    identity: Identity,
    patience: Patience,
}

impl Client {
    /// Returns a client of `server` for `identity` that connects only if a trusted authority issued
    /// the server's certificate.
    #[must_use]
    pub(crate) fn new(server: ServerUrl, identity: Identity, trust: Trust) -> Self {
        Self { transport: Transport::new(server, trust, TIMEOUTS), identity, patience: Patience::default() }
    }

    #[must_use]
    pub(crate) const fn with_patience(mut self, patience: Patience) -> Self {
        self.patience = patience;
        self
    }

    #[must_use]
    pub(crate) const fn server(&self) -> &ServerUrl {
        self.transport.server()
    }

    /// Returns how long this client keeps trying.
    #[must_use]
    pub(crate) const fn patience(&self) -> Patience {
        self.patience
    }

    /// Sends a call, repeated if that is safe and may help.
    pub(crate) fn send(&self, call: &Call<'_>) -> Result<Answer, ClientError> {
        let mut tried = 0;
        loop {
            tried += 1;
            let error = match self.send_once(call) {
                Ok(answer) => return Ok(answer),
                Err(error) => error,
            };
            match self.pause_before_repeating(call, &error, tried) {
                Some(pause) => sleep(pause),
                None => return Err(error),
            }
        }
    }

    /// Sends a call as [`Client::send`] does, and reads the answer as JSON.
    ///
    /// # Errors
    /// As [`Client::send`], or if the answer is not what was expected.
    pub(crate) fn send_json<T: DeserializeOwned>(&self, call: &Call<'_>) -> Result<T, ClientError> {
        Ok(self.send(call)?.json()?)
    }

    fn pause_before_repeating(&self, call: &Call<'_>, error: &ClientError, tried: u32) -> Option<Duration> {
        if tried >= self.patience.tries {
            return None;
        }
        match error {
            ClientError::Transport(TransportError::Unreachable { never_sent, .. })
                if call.is_repeatable() || *never_sent =>
            {
                Some(self.patience.backoff.pause(tried))
            }
            // A request that was refused for its rate has done nothing.
            ClientError::Transport(TransportError::Api(api))
                if api.is(ErrorCode::RateLimited) || (call.is_repeatable() && api.is_passing()) =>
            {
                self.patience.pause_asked(tried, api.retry_after)
            }
            _ => None,
        }
    }

    /// Sends a call without repeating it, except that an access token found ended is refreshed.
    pub(crate) fn send_once(&self, call: &Call<'_>) -> Result<Answer, ClientError> {
        let token = if call.is_anonymous() { None } else { self.token()? };
        match (self.transport.exchange(call, token.as_ref()), token, &self.identity) {
            (Err(TransportError::Api(refusal)), Some(token), Identity::Session(session))
                if refusal.is(ErrorCode::Unauthenticated) =>
            {
                let fresh = session.replace(&token, |refresh| self.refresh(refresh))?;
                Ok(self.transport.exchange(call, Some(&fresh))?)
            }
            (Err(TransportError::Api(refusal)), token, identity)
                if !call.is_anonymous() && refusal.is(ErrorCode::Unauthenticated) =>
            {
                Err(match (identity, token) {
                    (Identity::Session(session), None) => session.missing(),
                    (Identity::Token(token), _) => {
                        // Of other tokens the server speaks to programs, which refresh them.
                        let cause = match token.reveal().starts_with("hp_") {
                            true => refusal.message,
                            false => "it is invalid or has expired; API tokens begin with `hp_`".to_owned(),
                        };
                        ClientError::Token { server: self.server().to_string(), cause }
                    }
                    _ => TransportError::Api(refusal).into(),
                })
            }
            (result, _, _) => Ok(result?),
        }
    }

    fn token(&self) -> Result<Option<Secret>, ClientError> {
        match &self.identity {
            Identity::Anonymous => Ok(None),
            Identity::Token(token) => Ok(Some(token.clone())),
            Identity::Session(session) => session.access_token(|refresh| self.refresh(refresh)),
        }
    }

    fn refresh(&self, token: &Secret) -> Result<SessionTokens, ClientError> {
        let body = RefreshSession { refresh_token: Some(token.reveal().to_owned()) };
        let bytes = to_json(&body)?;
        // Never repeated once it may have arrived: the token works once, and a second use ends the
        // session.
        let call = json_call(Method::POST, "/sessions/refresh", &bytes).anonymous();
        self.send_json(&call)
    }
}

/// Returns the JSON of a body.
pub(super) fn to_json(value: &impl Serialize) -> Result<Vec<u8>, ClientError> {
    serde_json::to_vec(value).map_err(|error| ClientError::local("request", error.to_string()))
}

#[cfg(test)]
mod tests {
    use holdout_client::{ApiError, Backoff};

    use super::*;

    fn client() -> Client {
        let client = Client::new("http://127.0.0.1:1".parse().unwrap(), Identity::Anonymous, Trust::default());
        let backoff = Backoff::new(Duration::from_secs(1), Duration::from_secs(8));
        client.with_patience(Patience { tries: 3, backoff, ..Patience::default() })
    }

    fn refused(code: ErrorCode, retry_after: Option<Duration>) -> ClientError {
        let (status, code, message) = (code.status(), code.as_str().to_owned(), "no".to_owned());
        let detail = serde_json::Value::Null;
        TransportError::Api(ApiError { status, code, message, detail, is_explained: true, retry_after }).into()
    }

    fn broken(never_sent: bool) -> ClientError {
        TransportError::Unreachable { server: "http://h".to_owned(), cause: "cut".to_owned(), never_sent }.into()
    }

    fn is_repeated(method: Method, error: &ClientError) -> bool {
        client().pause_before_repeating(&Call::new(method, "/me"), error, 1).is_some()
    }

    #[test]
    fn a_call_that_may_have_arrived_is_repeated_only_if_that_is_safe() {
        assert!(is_repeated(Method::GET, &broken(false)) && is_repeated(Method::GET, &broken(true)));
        assert!(!is_repeated(Method::POST, &broken(false)), "it may have been done");
        assert!(is_repeated(Method::POST, &broken(true)), "it was never sent");
    }

    #[test]
    fn a_call_that_was_refused_for_its_rate_has_done_nothing() {
        assert!(is_repeated(Method::POST, &refused(ErrorCode::RateLimited, None)));
        assert!(!is_repeated(Method::POST, &refused(ErrorCode::Unavailable, None)));
        assert!(is_repeated(Method::GET, &refused(ErrorCode::Unavailable, None)));
    }

    #[test]
    fn a_refusal_is_not_asked_for_twice() {
        for code in [ErrorCode::Forbidden, ErrorCode::NotFound, ErrorCode::QuotaExhausted, ErrorCode::Internal] {
            assert!(!is_repeated(Method::GET, &refused(code, None)), "{code:?}");
        }
        assert!(!is_repeated(Method::GET, &ClientError::local("file", "gone")));
    }

    #[test]
    fn the_tries_are_counted_and_the_servers_wish_is_heeded_if_it_is_short() {
        let call = Call::new(Method::GET, "/me");
        let pause = |error: &ClientError, tried| client().pause_before_repeating(&call, error, tried);
        assert!(pause(&broken(false), 2).is_some());
        assert_eq!(pause(&broken(true), 3), None, "three tries in all");
        let asked = |seconds| pause(&refused(ErrorCode::RateLimited, Some(Duration::from_secs(seconds))), 1);
        assert_eq!((asked(5), asked(9)), (Some(Duration::from_secs(5)), None));
    }
}
