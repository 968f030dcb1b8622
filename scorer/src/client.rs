//! The server's routes for scorers.

use std::io::Read;
use std::time::Duration;

use holdout_client::{
    Answer, Backoff, Call, Method, Secret, ServerUrl, Timeouts, Transport, TransportError, json_call,
};
use holdout_protocol::{
    Claim, ClaimRequest, EvaluationId, Heartbeat, HeartbeatReply, OutcomeReply, OutcomeReport, Sha256,
};
use serde::Serialize;
use serde::de::DeserializeOwned;

use crate::ScorerError;
use crate::config::ScorerConfig;
use crate::error::CallError;

/// Silence after which a connection is given up.
const SILENCE: Duration = Duration::from_secs(30);
/// Pauses after failed calls.
pub(crate) const BACKOFF: Backoff = Backoff::new(Duration::from_millis(200), Duration::from_secs(10));

/// Calls one server with one token.
pub(crate) struct Client {
    transport: Transport,
    token: Secret,
}

/// A file on its way.
pub(crate) struct Incoming {
    /// The first byte of `bytes` within the file.
    pub(crate) start: u64,
    /// The bytes, to the end of the file.
    pub(crate) bytes: Box<dyn Read + Send>,
}

impl Client {
    /// Returns a client as configured.
    pub(crate) fn new(config: &ScorerConfig) -> Result<Self, ScorerError> {
        let server: ServerUrl = config.server.parse().map_err(|_| ScorerError::Address(config.server.clone()))?;
        let read = SILENCE + Duration::from_secs(config.wait_seconds.into());
        let timeouts = Timeouts { connect: SILENCE, read, write: SILENCE };
        let transport = Transport::new(server, config.trust.clone(), timeouts);
        Ok(Self { transport, token: Secret::new(config.token.trim()) })
    }

    pub(crate) fn claim(&self, request: &ClaimRequest) -> Result<Option<Claim>, CallError> {
        let answer = self.post("/scorer/claims", request)?;
        if answer.status() == 204 { Ok(None) } else { read(answer).map(Some) }
    }

    pub(crate) fn beat(&self, id: EvaluationId, beat: &Heartbeat) -> Result<HeartbeatReply, CallError> {
        read(self.post(&format!("/scorer/evaluations/{id}/heartbeat"), beat)?)
    }

    /// Reports how an attempt ended.
    pub(crate) fn report(&self, id: EvaluationId, report: &OutcomeReport) -> Result<OutcomeReply, CallError> {
        read(self.post(&format!("/scorer/evaluations/{id}/outcome"), report)?)
    }

    /// Opens a file from byte `start`; the server may ignore that and give it from the beginning.
    pub(crate) fn open(&self, sha256: Sha256, start: u64) -> Result<Incoming, CallError> {
        let mut call = Call::new(Method::GET, format!("/scorer/blobs/{sha256}"));
        if start > 0 {
            call = call.header("Range", format!("bytes={start}-"));
        }
        let answer = self.exchange(&call)?;
        let start = if answer.status() == 206 { start } else { 0 };
        Ok(Incoming { start, bytes: Box::new(answer.reader()) })
    }

    fn post(&self, path: &str, body: &impl Serialize) -> Result<Answer, CallError> {
        let bytes = serde_json::to_vec(body).map_err(|error| CallError::Unavailable(error.to_string()))?;
        self.exchange(&json_call(Method::POST, path, &bytes))
    }

    fn exchange(&self, call: &Call<'_>) -> Result<Answer, CallError> {
        Ok(self.transport.exchange(call, Some(&self.token))?)
    }
}

fn read<T: DeserializeOwned>(answer: Answer) -> Result<T, CallError> {
    Ok(answer.json()?)
}

/// Only what Holdout itself says is a refusal. Any other answer comes from something between scorer
/// and server, such as a proxy that is being set up, and passes.
impl From<TransportError> for CallError {
    fn from(error: TransportError) -> Self {
        match error {
            TransportError::Unreachable { cause, .. } => Self::Unavailable(cause),
            TransportError::NotHoldout { cause, .. } => Self::Unavailable(foreign(&cause)),
            TransportError::Api(refusal) if !refusal.is_explained => Self::Unavailable(foreign(&refusal.message)),
            TransportError::Api(refusal) => {
                let passes = refusal.status >= 500 || matches!(refusal.status, 408 | 429);
                match refusal.code().filter(|_| !passes) {
                    Some(code) => Self::Refused { status: refusal.status, code, message: refusal.message },
                    None => Self::Unavailable(format!("{} (HTTP {})", refusal.message, refusal.status)),
                }
            }
        }
    }
}

fn foreign(cause: &str) -> String {
    format!(
        "an answer that is not Holdout's ({cause}): see what stands between scorer and server, and whether the server's \
         address is right"
    )
}
