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
    /// Returns a client of `server` for `identity` that connects only if a trusted authority issued the server's certificate.
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

    /// Returns how long this client goes on trying.
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
                    (Identity::Token(_), _) => {
                        ClientError::Token { server: self.server().to_string(), cause: refusal.message }
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
        // Never repeated once it may have arrived: the token works once, and a second use ends the session.
        let call = json_call(Method::POST, "/sessions/refresh", &bytes).anonymous();
        self.send_json(&call)
    }
}

/// Returns the JSON of a body.
pub(super) fn to_json(value: &impl Serialize) -> Result<Vec<u8>, ClientError> {
    serde_json::to_vec(value).map_err(|error| ClientError::local("request", error.to_string()))
}
