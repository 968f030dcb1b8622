//! One call: sent, answered or refused.

use std::time::{Duration, SystemTime};

use holdout_protocol::ErrorCode;
use ureq::http::{Request, Response};
use ureq::{Agent, AsSendBody, Body};

use crate::address::ServerUrl;
use crate::answer::{Answer, text_header};
use crate::call::Call;
use crate::error::{ApiError, TransportError};
use crate::secret::Secret;
use crate::trust::Trust;

/// Largest refusal that is read, bytes.
const MAX_REFUSAL: u64 = 1 << 20;
/// The server closes idle connections after five seconds; one that it may just be closing is not
/// used again.
const MAX_IDLE: Duration = Duration::from_secs(3);

/// Reads `Retry-After`: seconds, or a date, as RFC 9110 allows both. A date that has passed is no
/// pause.
fn retry_after(text: &str) -> Option<Duration> {
    match text.parse() {
        Ok(seconds) => Some(Duration::from_secs(seconds)),
        Err(_) => {
            let at = httpdate::parse_http_date(text).ok()?;
            Some(at.duration_since(SystemTime::now()).unwrap_or_default())
        }
    }
}

/// How long to wait for the other side.
#[derive(Debug, Clone, Copy)]
pub struct Timeouts {
    /// For a connection.
    pub connect: Duration,
    /// For the next bytes of an answer.
    pub read: Duration,
    /// For room for the next bytes of a request.
    pub write: Duration,
}

/// Calls one server.
#[derive(Debug)]
pub struct Transport {
    agent: Agent,
    server: ServerUrl,
    trust: Trust,
}

impl Transport {
    /// Returns a transport to `server` that connects only if a trusted authority issued the
    /// server's certificate.
    #[must_use]
    pub fn new(server: ServerUrl, trust: Trust, timeouts: Timeouts) -> Self {
        let mut config = Agent::config_builder()
            .http_status_as_error(false)
            .tls_config(trust.tls_config())
            // A redirect would turn a POST into a GET, or carry work to a server that nobody named.
            .max_redirects(0)
            .max_redirects_will_error(false)
            .user_agent(concat!("holdout/", env!("CARGO_PKG_VERSION")))
            .timeout_connect(Some(timeouts.connect))
            .timeout_per_read(Some(timeouts.read))
            .timeout_per_write(Some(timeouts.write))
            .max_idle_age(MAX_IDLE);
        if server.is_loopback() {
            config = config.proxy(None);
        }
        Self { agent: config.build().new_agent(), server, trust }
    }

    /// Returns the server's address.
    #[must_use]
    pub const fn server(&self) -> &ServerUrl {
        &self.server
    }

    /// Makes a call, once.
    ///
    /// # Errors
    /// If the server refuses, does not answer, or is not Holdout.
    pub fn exchange(&self, call: &Call<'_>, token: Option<&Secret>) -> Result<Answer, TransportError> {
        let mut builder = Request::builder().method(call.method.clone()).uri(self.server.api(&call.path));
        for (name, value) in &call.headers {
            builder = builder.header(*name, value);
        }
        if let Some(token) = token {
            builder = builder.header("Authorization", format!("Bearer {}", token.reveal()));
        }
        let unsendable = |error: ureq::http::Error| self.not_holdout(format!("the request cannot be written: {error}"));
        let result = match call.body {
            Some(body) => self.run_request(builder.body(body).map_err(unsendable)?, call.silence),
            None => self.run_request(builder.body(()).map_err(unsendable)?, call.silence),
        };
        let response = result.map_err(|error| self.unreachable(&error))?;
        self.check_status(response)
    }

    fn run_request(
        &self,
        request: Request<impl AsSendBody>,
        silence: Option<Duration>,
    ) -> Result<Response<Body>, ureq::Error> {
        match silence {
            Some(silence) => {
                let request = self.agent.configure_request(request);
                self.agent.run(request.timeout_per_read(Some(silence)).timeout_per_write(Some(silence)).build())
            }
            None => self.agent.run(request),
        }
    }

    fn check_status(&self, response: Response<Body>) -> Result<Answer, TransportError> {
        let status = response.status();
        if status.is_success() || status.as_u16() == 304 {
            return Ok(Answer { server: self.server.to_string(), response });
        }
        if status.is_redirection() {
            let target = text_header(response.headers(), "Location").unwrap_or("another address").to_owned();
            return Err(self.not_holdout(format!("it sends us to {target}")));
        }
        Err(self.refusal(response))
    }

    fn refusal(&self, mut response: Response<Body>) -> TransportError {
        let status = response.status().as_u16();
        let retry_after = text_header(response.headers(), "Retry-After").and_then(|text| retry_after(text.trim()));
        let body = response.body_mut().with_config().limit(MAX_REFUSAL).read_to_vec().unwrap_or_default();
        let value: serde_json::Value = serde_json::from_slice(&body).unwrap_or_default();
        let text = |name: &str| value.pointer(name).and_then(serde_json::Value::as_str).map(ToOwned::to_owned);
        let detail = value.pointer("/error/detail").cloned().unwrap_or_default();
        match (text("/error/code"), text("/error/message")) {
            (Some(code), Some(message)) => {
                TransportError::Api(ApiError { status, code, message, detail, is_explained: true, retry_after })
            }
            // A proxy in front of the server, or the answer to a HEAD, which has no body.
            _ => match code_of_status(status) {
                Some(code) => {
                    let message = format!("the server answered with status {status}");
                    let code = code.as_str().to_owned();
                    TransportError::Api(ApiError { status, code, message, detail, is_explained: false, retry_after })
                }
                None => self.not_holdout(format!("status {status} without an explanation")),
            },
        }
    }

    fn unreachable(&self, error: &ureq::Error) -> TransportError {
        match TransportError::of_call(self.server.as_str(), error) {
            TransportError::Unreachable { server, cause, never_sent } => {
                TransportError::Unreachable { server, cause: self.trust.describe(cause), never_sent }
            }
            other => other,
        }
    }

    fn not_holdout(&self, cause: String) -> TransportError {
        TransportError::NotHoldout { server: self.server.to_string(), cause }
    }
}

/// Returns the only code that a status without a body can mean.
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

#[cfg(test)]
mod tests {
    use super::*;

    fn transport() -> Transport {
        let short = Duration::from_secs(1);
        let timeouts = Timeouts { connect: short, read: short, write: short };
        Transport::new("http://127.0.0.1:1".parse().unwrap(), Trust::default(), timeouts)
    }

    fn response(status: u16, headers: &[(&str, &str)], body: &str) -> Response<Body> {
        let builder = Response::builder().status(status);
        let builder = headers.iter().fold(builder, |builder, (name, value)| builder.header(*name, *value));
        builder.body(Body::builder().data(body)).unwrap()
    }

    fn refused(response: Response<Body>) -> TransportError {
        transport().check_status(response).unwrap_err()
    }

    #[test]
    fn a_status_without_words_stands_for_a_code_of_the_same_status() {
        for status in 100..600 {
            match code_of_status(status) {
                Some(ErrorCode::Unavailable) => assert!((502..=504).contains(&status), "{status}"),
                Some(code) => assert_eq!(code.status(), status, "{code:?}"),
                None => {
                    assert!(!matches!(status, 401 | 403 | 404 | 409..=410 | 412..=413 | 429 | 460 | 500), "{status}")
                }
            }
        }
        // Several codes have these.
        assert_eq!(code_of_status(401), Some(ErrorCode::Unauthenticated));
        assert_eq!(code_of_status(409), Some(ErrorCode::OffsetMismatch));
        assert_eq!(code_of_status(429), Some(ErrorCode::RateLimited));
        assert_eq!([400, 405, 501, 505].map(code_of_status), [None; 4]);
    }

    #[test]
    fn a_refusal_of_holdout_is_taken_word_for_word() {
        let body = r#"{"error":{"code":"quota_exhausted","message":"no slot","detail":{"next_slot":"t"}}}"#;
        let TransportError::Api(error) = refused(response(429, &[("Retry-After", " 7 ")], body)) else { panic!() };
        assert_eq!((error.status, error.code.as_str(), error.message.as_str()), (429, "quota_exhausted", "no slot"));
        assert_eq!((error.fact("next_slot"), error.is_explained), (Some("t"), true));
        assert_eq!(error.retry_after, Some(Duration::from_secs(7)));
    }

    #[test]
    fn a_time_to_try_again_may_be_a_date() {
        let later = httpdate::fmt_http_date(SystemTime::now() + Duration::from_secs(100));
        let pause = retry_after(&later).unwrap();
        assert!((90..=100).contains(&pause.as_secs()), "{pause:?}");
        assert_eq!(retry_after("Sun, 06 Nov 1994 08:49:37 GMT"), Some(Duration::ZERO));
        assert_eq!([retry_after("-1"), retry_after("soon"), retry_after("")], [None; 3]);
    }

    #[test]
    fn a_refusal_of_something_in_between_is_guessed_from_its_status() {
        for body in ["<html>busy</html>", "", r#"{"error":{"code":"rate_limited"}}"#] {
            let TransportError::Api(error) = refused(response(503, &[("Retry-After", "soon")], body)) else { panic!() };
            assert_eq!((error.code.as_str(), error.is_explained, error.retry_after), ("unavailable", false, None));
            assert_eq!(error.message, "the server answered with status 503");
        }
    }

    #[test]
    fn a_status_that_means_nothing_is_not_holdout() {
        let error = refused(response(418, &[], "short and stout"));
        let expected = "http://127.0.0.1:1 does not answer like a holdout server: status 418 without an explanation";
        assert_eq!(error.to_string(), expected);
    }

    #[test]
    fn a_redirect_is_not_followed_and_its_target_is_named() {
        let error = refused(response(302, &[("Location", "https://elsewhere.example/")], ""));
        assert!(error.to_string().ends_with("it sends us to https://elsewhere.example/"), "{error}");
        assert!(refused(response(301, &[], "")).to_string().ends_with("it sends us to another address"));
        let unchanged = transport().check_status(response(304, &[], "")).unwrap();
        assert_eq!(unchanged.status(), 304);
    }
}
