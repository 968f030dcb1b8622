//! One call: sent, repeated if that is safe, answered or refused.

use std::thread::sleep;
use std::time::Duration;

use holdout_protocol::{ErrorCode, RefreshSession, SessionTokens};
use holdout_scorer::Trust;
use serde::Serialize;
use serde::de::DeserializeOwned;
use ureq::http::{HeaderMap, Method, Request, Response};
use ureq::{Agent, AsSendBody, Body};

use super::{ApiError, ClientError, Identity, Patience, Secret, ServerUrl};

/// Largest answer that is read into memory, bytes: the list of ten million image names.
const MAX_ANSWER: u64 = 1 << 30;
/// Largest refusal that is read, bytes.
const MAX_REFUSAL: u64 = 1 << 20;

/// What to send.
#[derive(Debug, Clone)]
pub(crate) struct Call<'a> {
    pub(super) method: Method,
    pub(super) path: String,
    pub(super) headers: Vec<(&'static str, String)>,
    pub(super) body: Option<&'a [u8]>,
    pub(super) repeatable: bool,
    pub(super) anonymous: bool,
    pub(super) silence: Option<Duration>,
}

impl<'a> Call<'a> {
    /// A call of a path below the API's base. Reading, replacing and deleting may be repeated.
    #[must_use]
    pub(crate) fn new(method: Method, path: impl Into<String>) -> Self {
        let repeatable = matches!(method, Method::GET | Method::HEAD | Method::PUT | Method::DELETE | Method::OPTIONS);
        Self { method, path: path.into(), headers: Vec::new(), body: None, repeatable, anonymous: false, silence: None }
    }

    /// With a header.
    #[must_use]
    pub(crate) fn header(mut self, name: &'static str, value: impl Into<String>) -> Self {
        self.headers.push((name, value.into()));
        self
    }

    /// With a body.
    #[must_use]
    pub(crate) const fn body(mut self, body: &'a [u8]) -> Self {
        self.body = Some(body);
        self
    }

    /// Under a key that lets the server recognise a repetition.
    #[must_use]
    pub(crate) fn key(mut self, key: &str) -> Self {
        self.repeatable = true;
        self.header("Idempotency-Key", key)
    }

    /// Whether it may be repeated.
    #[must_use]
    pub(crate) const fn repeatable(mut self, repeatable: bool) -> Self {
        self.repeatable = repeatable;
        self
    }

    /// With a shorter time than usual in which something has to be sent or answered.
    #[must_use]
    pub(crate) const fn silence(mut self, silence: Duration) -> Self {
        self.silence = Some(silence);
        self
    }

    /// Without credentials.
    #[must_use]
    pub(crate) const fn anonymous(mut self) -> Self {
        self.anonymous = true;
        self
    }
}

/// A success.
#[derive(Debug)]
pub(crate) struct Answer {
    server: String,
    response: Response<Body>,
}

impl Answer {
    /// A header's value, if it is text.
    #[must_use]
    pub(crate) fn header(&self, name: &str) -> Option<&str> {
        header(self.response.headers(), name)
    }

    /// The body, read whole.
    ///
    /// # Errors
    ///
    /// If the connection breaks or the body is larger than 1 GiB.
    pub(crate) fn bytes(mut self) -> Result<Vec<u8>, ClientError> {
        let read = self.response.body_mut().with_config().limit(MAX_ANSWER).read_to_vec();
        read.map_err(|error| transport_error(&self.server, &error))
    }

    /// The body as JSON.
    ///
    /// # Errors
    ///
    /// As [`Answer::bytes`], and if it is not what was expected.
    pub(crate) fn json<T: DeserializeOwned>(self) -> Result<T, ClientError> {
        let server = self.server.clone();
        let bytes = self.bytes()?;
        serde_json::from_slice(&bytes).map_err(|error| ClientError::NotHoldout { server, cause: error.to_string() })
    }

    /// The body, to be read as it comes.
    #[must_use]
    pub(crate) fn reader(self) -> impl std::io::Read + use<> {
        self.response.into_body().into_reader()
    }
}

/// A client of one server.
#[derive(Debug)]
pub(crate) struct Client {
    agent: Agent,
    server: ServerUrl,
    identity: Identity,
    patience: Patience,
    trust: Trust,
}

impl Client {
    /// Returns a client of `server` for `identity` that connects only if a trusted authority issued the server's certificate.
    #[must_use]
    pub(crate) fn new(server: ServerUrl, identity: Identity, trust: Trust) -> Self {
        let config = Agent::config_builder()
            .http_status_as_error(false)
            .tls_config(trust.tls_config())
            // A redirect would silently turn a POST into a GET; the user is told the right address instead.
            .max_redirects(0)
            .max_redirects_will_error(false)
            .user_agent(concat!("holdout/", env!("CARGO_PKG_VERSION")))
            .timeout_connect(Some(Duration::from_secs(10)))
            .timeout_per_read(Some(Duration::from_secs(90)))
            .timeout_per_write(Some(Duration::from_secs(60)))
            .build();
        Self { agent: config.new_agent(), server, identity, patience: Patience::default(), trust }
    }

    /// With another patience.
    #[must_use]
    pub(crate) const fn with_patience(mut self, patience: Patience) -> Self {
        self.patience = patience;
        self
    }

    /// The server's address.
    #[must_use]
    pub(crate) const fn server(&self) -> &ServerUrl {
        &self.server
    }

    /// How long this client goes on trying.
    #[must_use]
    pub(crate) const fn patience(&self) -> Patience {
        self.patience
    }

    /// Sends a call, repeated if that is safe and may help.
    ///
    /// # Errors
    ///
    /// The server's refusal, or that it was not reached.
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

    fn pause_before_repeating(&self, call: &Call<'_>, error: &ClientError, tried: u32) -> Option<Duration> {
        if tried >= self.patience.tries {
            return None;
        }
        match error {
            ClientError::Unreachable { never_sent, .. } if call.repeatable || *never_sent => {
                Some(self.patience.pause(tried))
            }
            // A request that was refused for its rate has done nothing.
            ClientError::Api(api) if api.is(ErrorCode::RateLimited) || (call.repeatable && api.is_passing()) => {
                self.patience.pause_asked(tried, api.retry_after)
            }
            _ => None,
        }
    }

    /// Sends a call without repeating it, except that an access token found ended is refreshed.
    ///
    /// # Errors
    ///
    /// The server's refusal, or that it was not reached.
    pub(crate) fn send_once(&self, call: &Call<'_>) -> Result<Answer, ClientError> {
        let token = if call.anonymous { None } else { self.token()? };
        match (self.exchange(call, token.as_ref()), token, &self.identity) {
            (Err(ClientError::Api(refusal)), Some(token), Identity::Session(session))
                if refusal.is(ErrorCode::Unauthenticated) =>
            {
                let fresh = session.replace(&token, |refresh| self.refresh(refresh))?;
                self.exchange(call, Some(&fresh))
            }
            (result, _, _) => result,
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
        self.send(&call)?.json()
    }

    fn exchange(&self, call: &Call<'_>, token: Option<&Secret>) -> Result<Answer, ClientError> {
        let mut builder = Request::builder().method(call.method.clone()).uri(self.server.api(&call.path));
        for (name, value) in &call.headers {
            builder = builder.header(*name, value);
        }
        if let Some(token) = token {
            builder = builder.header("Authorization", format!("Bearer {}", token.reveal()));
        }
        let unsendable = |error: ureq::http::Error| self.not_holdout(format!("the request cannot be written: {error}"));
        let result = match call.body {
            Some(body) => self.run(builder.body(body).map_err(unsendable)?, call.silence),
            None => self.run(builder.body(()).map_err(unsendable)?, call.silence),
        };
        let response = result.map_err(|error| self.unreachable(&error))?;
        self.judge(response)
    }

    fn run(&self, request: Request<impl AsSendBody>, silence: Option<Duration>) -> Result<Response<Body>, ureq::Error> {
        match silence {
            Some(silence) => {
                let request = self.agent.configure_request(request);
                self.agent.run(request.timeout_per_read(Some(silence)).timeout_per_write(Some(silence)).build())
            }
            None => self.agent.run(request),
        }
    }

    fn judge(&self, response: Response<Body>) -> Result<Answer, ClientError> {
        let status = response.status();
        if status.is_success() || status.as_u16() == 304 {
            return Ok(Answer { server: self.server.to_string(), response });
        }
        if status.is_redirection() {
            let target = header(response.headers(), "Location").unwrap_or("another address").to_owned();
            return Err(self.not_holdout(format!("it sends us to {target}")));
        }
        Err(self.refusal(response))
    }

    fn refusal(&self, mut response: Response<Body>) -> ClientError {
        let status = response.status().as_u16();
        let retry_after = header(response.headers(), "Retry-After").and_then(|text| text.trim().parse().ok());
        let retry_after = retry_after.map(Duration::from_secs);
        let body = response.body_mut().with_config().limit(MAX_REFUSAL).read_to_vec().unwrap_or_default();
        let value: serde_json::Value = serde_json::from_slice(&body).unwrap_or_default();
        let text = |name: &str| value.pointer(name).and_then(serde_json::Value::as_str).map(ToOwned::to_owned);
        let detail = value.pointer("/error/detail").cloned().unwrap_or_default();
        match (text("/error/code"), text("/error/message")) {
            (Some(code), Some(message)) => ClientError::Api(ApiError { status, code, message, detail, retry_after }),
            // A proxy in front of the server, or the answer to a HEAD, which has no body.
            _ => match code_of_status(status) {
                Some(code) => {
                    let message = format!("the server answered with status {status}");
                    ClientError::Api(ApiError { status, code: code.as_str().to_owned(), message, detail, retry_after })
                }
                None => self.not_holdout(format!("status {status} without an explanation")),
            },
        }
    }

    fn unreachable(&self, error: &ureq::Error) -> ClientError {
        match transport_error(self.server.as_str(), error) {
            ClientError::Unreachable { server, cause, never_sent } => {
                ClientError::Unreachable { server, cause: self.trust.describe(cause), never_sent }
            }
            other => other,
        }
    }

    fn not_holdout(&self, cause: String) -> ClientError {
        ClientError::NotHoldout { server: self.server.to_string(), cause }
    }
}

/// The only code that a status without a body can mean.
fn code_of_status(status: u16) -> Option<ErrorCode> {
    match status {
        401 => Some(ErrorCode::Unauthenticated),
        403 => Some(ErrorCode::Forbidden),
        404 => Some(ErrorCode::NotFound),
        409 => Some(ErrorCode::OffsetMismatch),
        410 => Some(ErrorCode::Gone),
        412 => Some(ErrorCode::PreconditionFailed),
        413 => Some(ErrorCode::TooLarge),
        429 => Some(ErrorCode::RateLimited),
        460 => Some(ErrorCode::ChecksumMismatch),
        500 => Some(ErrorCode::Internal),
        502..=504 => Some(ErrorCode::Unavailable),
        _ => None,
    }
}

/// A call with a JSON body.
pub(super) fn json_call<'a>(method: Method, path: impl Into<String>, body: &'a [u8]) -> Call<'a> {
    Call::new(method, path).header("Content-Type", "application/json").body(body)
}

/// The JSON of a body.
pub(super) fn to_json(value: &impl Serialize) -> Result<Vec<u8>, ClientError> {
    serde_json::to_vec(value).map_err(|error| ClientError::local("request", error.to_string()))
}

fn header<'a>(headers: &'a HeaderMap, name: &str) -> Option<&'a str> {
    headers.get(name).and_then(|value| value.to_str().ok())
}

fn transport_error(server: &str, error: &ureq::Error) -> ClientError {
    use std::io::ErrorKind;
    let never_sent = match error {
        ureq::Error::HostNotFound | ureq::Error::ConnectionFailed | ureq::Error::Timeout(ureq::Timeout::Connect) => {
            true
        }
        ureq::Error::Io(io) => matches!(
            io.kind(),
            ErrorKind::ConnectionRefused | ErrorKind::HostUnreachable | ErrorKind::NetworkUnreachable
        ),
        _ => false,
    };
    let cause = match error {
        ureq::Error::Io(io) => io.to_string(),
        other => other.to_string(),
    };
    let server = server.to_owned();
    match error {
        ureq::Error::BadUri(_) | ureq::Error::Http(_) | ureq::Error::Protocol(_) => {
            ClientError::NotHoldout { server, cause }
        }
        _ => ClientError::Unreachable { server, cause, never_sent },
    }
}
