//! The error body of the API and the closed list of its codes.

use serde::{Deserialize, Serialize};

use crate::Reason;

macro_rules! error_codes {
    ($($(#[$doc:meta])* $variant:ident = $code:literal, $status:literal;)+) => {
        /// The closed list of error codes. Clients may match on them; messages may change.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "snake_case")]
        pub enum ErrorCode {
            $($(#[$doc])* $variant,)+
        }

        impl ErrorCode {
            /// Every code, in the order of the declaration.
            pub const ALL: &'static [Self] = &[$(Self::$variant),+];

            /// Returns the code as it is written in JSON.
            #[must_use]
            pub const fn as_str(self) -> &'static str {
                match self { $(Self::$variant => $code,)+ }
            }

            /// Returns the HTTP status that goes with it.
            #[must_use]
            pub const fn status(self) -> u16 {
                match self { $(Self::$variant => $status,)+ }
            }
        }
    };
}

error_codes! {
    /// A value in the request is not allowed; the message names it and says what is.
    InvalidValue = "invalid_value", 422;
    /// The body is not the JSON that the route takes.
    InvalidBody = "invalid_body", 400;
    /// No credentials, or invalid ones.
    Unauthenticated = "unauthenticated", 401;
    /// E-mail and password do not belong together.
    WrongCredentials = "wrong_credentials", 401;
    /// A refresh token was used twice: the session is ended.
    TokenReused = "token_reused", 401;
    /// The credentials do not allow this.
    Forbidden = "forbidden", 403;
    /// There is no such thing, or none that these credentials may see.
    NotFound = "not_found", 404;
    /// The route exists, not with this method.
    MethodNotAllowed = "method_not_allowed", 405;
    /// The name, e-mail or membership is taken.
    AlreadyExists = "already_exists", 409;
    /// The team has submitted the same file before; `detail.submission` says which. `"again": true`
    /// submits it once more.
    AlreadySubmitted = "already_submitted", 409;
    /// The thing is not in a state that allows this.
    WrongState = "wrong_state", 409;
    /// A scorer's write is of an older attempt than the present one.
    StaleAttempt = "stale_attempt", 409;
    /// The `Idempotency-Key` was used with another request.
    IdempotencyMismatch = "idempotency_mismatch", 409;
    /// The upload's offset is another one (tus).
    OffsetMismatch = "offset_mismatch", 409;
    /// It held once and does not any more: an upload that has expired or was terminated (tus), a
    /// code that was used.
    Gone = "gone", 410;
    /// Another version of the thing was meant (`If-Match`), or an unsupported tus version.
    PreconditionFailed = "precondition_failed", 412;
    /// The body or file is larger than allowed.
    TooLarge = "too_large", 413;
    /// The content type is not the one that the route takes.
    UnsupportedMediaType = "unsupported_media_type", 415;
    /// The chunk's checksum does not match (tus).
    ChecksumMismatch = "checksum_mismatch", 460;
    /// No submission is left in the window; `detail.next_slot` says when one opens.
    QuotaExhausted = "quota_exhausted", 429;
    /// The team has as many submissions waiting as it may.
    QueueFull = "queue_full", 429;
    /// Too many requests; `Retry-After` says when to come back.
    RateLimited = "rate_limited", 429;
    /// A fault of ours.
    Internal = "internal", 500;
    /// The server cannot serve this right now; try again.
    Unavailable = "unavailable", 503;
}

/// The body of every answer that is not a success.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct ErrorBody {
    /// The error.
    pub error: ErrorDetail,
}

/// What went wrong.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct ErrorDetail {
    /// Which of the closed list.
    pub code: ErrorCode,
    /// The exact reason, for clients that show another language. `null` for refusals that only
    /// programs meet.
    #[serde(default, deserialize_with = "crate::known::one")]
    pub reason: Option<Reason>,
    /// The value, the place and what is allowed, in a sentence.
    pub message: String,
    /// Facts for programs, by reason, and by code: `field`, `next_slot`, `retry_after_seconds`,
    /// `offset`, `request_id`.
    #[serde(default)]
    #[cfg_attr(feature = "openapi", schema(value_type = Object))]
    pub detail: serde_json::Value,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_faults_of_the_server_have_the_status_of_one() {
        for code in ErrorCode::ALL {
            let is_ours = matches!(code, ErrorCode::Internal | ErrorCode::Unavailable);
            assert_eq!(code.status() >= 500, is_ours, "{code:?}");
        }
    }

    #[test]
    fn clients_wait_for_what_has_the_status_of_too_many_requests() {
        let waits: Vec<&str> =
            ErrorCode::ALL.iter().filter(|code| code.status() == 429).map(|code| code.as_str()).collect();
        assert_eq!(waits, ["quota_exhausted", "queue_full", "rate_limited"]);
    }
}
