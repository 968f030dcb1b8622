//! The server's routes for scorers.

use std::io::Read;
use std::time::Duration;

use holdout_protocol::{
    Claim, ClaimRequest, ErrorCode, EvaluationId, Heartbeat, HeartbeatReply, OutcomeReply, OutcomeReport, Sha256,
};
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use ureq::http::{Response, StatusCode, Uri};
use ureq::{Agent, Body};

use crate::ScorerError;
use crate::config::ScorerConfig;
use crate::error::CallError;
use crate::trust::Trust;

/// Silence after which a connection is given up.
const SILENCE: Duration = Duration::from_secs(30);
/// The server closes idle connections after five seconds; one that it may just be closing is not used again.
const MAX_IDLE: Duration = Duration::from_secs(3);
/// Largest answer in JSON, bytes.
const MAX_JSON: u64 = 4 << 20;

/// Calls one server with one token.
pub(crate) struct Client {
    agent: Agent,
    base: String,
    authorization: String,
    trust: Trust,
}

/// A file on its way.
pub(crate) struct Incoming {
    /// The first byte of `bytes` within the file.
    pub(crate) start: u64,
    /// The bytes, to the end of the file.
    pub(crate) bytes: Box<dyn Read + Send>,
}

impl Client {
    /// A client as configured.
    pub(crate) fn new(config: &ScorerConfig) -> Result<Self, ScorerError> {
        let server = config.server.trim().trim_end_matches('/');
        let address = || ScorerError::Address(config.server.clone());
        let uri: Uri = server.parse().map_err(|_| address())?;
        let host = uri.host().ok_or_else(address)?;
        if !matches!(uri.scheme_str(), Some("http" | "https")) {
            return Err(address());
        }
        let trust = config.trust.clone();
        let mut agent = Agent::config_builder()
            .http_status_as_error(false)
            .tls_config(trust.tls_config())
            // A redirect would carry work to a server that nobody named.
            .max_redirects(0)
            .max_redirects_will_error(false)
            .timeout_connect(Some(SILENCE))
            .timeout_per_read(Some(SILENCE + Duration::from_secs(config.wait_seconds.into())))
            .timeout_per_write(Some(SILENCE))
            .max_idle_age(MAX_IDLE);
        if is_loopback(host) {
            agent = agent.proxy(None);
        }
        let authorization = format!("Bearer {}", config.token.trim());
        Ok(Self { agent: agent.build().new_agent(), base: format!("{server}/api/v1"), authorization, trust })
    }

    /// Asks for work.
    pub(crate) fn claim(&self, request: &ClaimRequest) -> Result<Option<Claim>, CallError> {
        let mut response = self.post("/scorer/claims", request)?;
        if response.status() == StatusCode::NO_CONTENT { Ok(None) } else { read(&mut response).map(Some) }
    }

    /// Gives a sign of life.
    pub(crate) fn beat(&self, id: EvaluationId, beat: &Heartbeat) -> Result<HeartbeatReply, CallError> {
        read(&mut self.post(&format!("/scorer/evaluations/{id}/heartbeat"), beat)?)
    }

    /// Reports how an attempt ended.
    pub(crate) fn report(&self, id: EvaluationId, report: &OutcomeReport) -> Result<OutcomeReply, CallError> {
        read(&mut self.post(&format!("/scorer/evaluations/{id}/outcome"), report)?)
    }

    /// Opens a file from byte `start`; the server may ignore that and give it from the beginning.
    pub(crate) fn open(&self, sha256: Sha256, start: u64) -> Result<Incoming, CallError> {
        let mut request = self.agent.get(format!("{}/scorer/blobs/{sha256}", self.base));
        request = request.header("authorization", &self.authorization);
        if start > 0 {
            request = request.header("range", format!("bytes={start}-"));
        }
        let response = self.checked(request.call())?;
        let start = if response.status() == StatusCode::PARTIAL_CONTENT { start } else { 0 };
        Ok(Incoming { start, bytes: Box::new(response.into_body().into_reader()) })
    }

    fn post(&self, path: &str, body: &impl Serialize) -> Result<Response<Body>, CallError> {
        let request = self.agent.post(format!("{}{path}", self.base)).header("authorization", &self.authorization);
        // As bytes: with a length instead of chunks.
        let bytes = serde_json::to_vec(body).map_err(|error| CallError::Unavailable(error.to_string()))?;
        self.checked(request.content_type("application/json").send(bytes.as_slice()))
    }

    /// An answer that is a success, or why there is none.
    fn checked(&self, answer: Result<Response<Body>, ureq::Error>) -> Result<Response<Body>, CallError> {
        judged(answer.map_err(|error| CallError::Unavailable(self.trust.describe(error.to_string())))?)
    }
}

fn is_loopback(host: &str) -> bool {
    let address = host.trim_start_matches('[').trim_end_matches(']').parse::<std::net::IpAddr>();
    host.eq_ignore_ascii_case("localhost") || address.is_ok_and(|address| address.is_loopback())
}

fn read<T: DeserializeOwned>(response: &mut Response<Body>) -> Result<T, CallError> {
    let body = response.body_mut().with_config().limit(MAX_JSON);
    body.read_json().map_err(|error| CallError::Unavailable(format!("the server's answer cannot be read: {error}")))
}

/// The part of an error's body that a scorer needs. The rest may be that of a later version.
#[derive(Deserialize)]
struct Refusal {
    error: RefusalDetail,
}

#[derive(Deserialize)]
struct RefusalDetail {
    code: ErrorCode,
    message: String,
}

/// Only what Holdout itself says is a refusal. Any other answer comes from something between scorer and server, such as a
/// proxy that is being set up, and passes.
fn judged(mut response: Response<Body>) -> Result<Response<Body>, CallError> {
    let status = response.status();
    if status.is_success() {
        return Ok(response);
    }
    let number = status.as_u16();
    let Ok(Refusal { error: RefusalDetail { code, message } }) = read(&mut response) else {
        let location = response.headers().get("location").and_then(|value| value.to_str().ok());
        let to = location.map_or_else(String::new, |to| format!(" that leads to `{to}`"));
        let cause = format!(
            "an answer{to} that is not Holdout's (HTTP {number}): see what stands between scorer and server, and whether \
             the server's address is right"
        );
        return Err(CallError::Unavailable(cause));
    };
    if status.is_server_error() || status == StatusCode::TOO_MANY_REQUESTS || status == StatusCode::REQUEST_TIMEOUT {
        return Err(CallError::Unavailable(format!("{message} (HTTP {number})")));
    }
    Err(CallError::Refused { status: number, code, message })
}
