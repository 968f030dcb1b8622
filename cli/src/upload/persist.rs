//! Calls around an upload, repeated for as long as the upload itself would wait.

use std::thread::sleep;
use std::time::Instant;

use holdout_protocol::{ErrorCode, format_duration};

use crate::client::{ClientError, Patience};

/// Makes a call that may be repeated until the server answers, at most for
/// [`Patience::upload_stall`]. `remark` gets the reason once if it takes long.
///
/// # Errors
///
/// The server's refusal, or the last failure to reach it.
pub(crate) fn persist<T>(
    patience: Patience,
    remark: impl Fn(&str),
    mut call: impl FnMut() -> Result<T, ClientError>,
) -> Result<T, ClientError> {
    let begun = Instant::now();
    let mut tried = 0;
    loop {
        let error = match call() {
            // A rate limit is an answer; the client has waited for it already if it was short.
            Err(error) if error.is_passing() && !error.is(ErrorCode::RateLimited) => error,
            result => return result,
        };
        tried += 1;
        let pause = patience.backoff.pause(tried);
        if begun.elapsed() + pause > patience.upload_stall {
            return Err(error);
        }
        if tried == 1 {
            remark(&format!("{error}; retrying for {}", format_duration(patience.upload_stall)));
        }
        sleep(pause);
    }
}

#[cfg(test)]
mod tests {
    use std::cell::Cell;
    use std::time::Duration;

    use holdout_client::{Backoff, TransportError};

    use super::*;

    fn unreachable() -> ClientError {
        let cause = "refused".to_owned();
        TransportError::Unreachable { server: "http://h".to_owned(), cause, never_sent: true }.into()
    }

    fn patience(upload_stall: u64) -> Patience {
        let upload_stall = Duration::from_millis(upload_stall);
        let backoff = Backoff::new(Duration::from_millis(1), Duration::from_secs(20));
        Patience { backoff, upload_stall, ..Patience::default() }
    }

    #[test]
    fn a_server_that_comes_back_is_reached() {
        let (calls, remarks) = (Cell::new(0), Cell::new(0));
        let result = persist(
            patience(60_000),
            |_| remarks.set(remarks.get() + 1),
            || {
                calls.set(calls.get() + 1);
                if calls.get() < 5 { Err(unreachable()) } else { Ok(7) }
            },
        );
        assert_eq!((result.unwrap(), calls.get(), remarks.get()), (7, 5, 1));
    }

    #[test]
    fn patience_ends_and_a_refusal_is_final() {
        let calls = Cell::new(0);
        let count = || calls.set(calls.get() + 1);
        let result: Result<(), _> = persist(patience(50), |_| {}, || Err(unreachable()).inspect_err(|_| count()));
        assert!(matches!(result, Err(ClientError::Transport(TransportError::Unreachable { .. }))));
        assert!(calls.get() > 2);
        calls.set(0);
        let refusal = || Err(ClientError::local("file", "gone")).inspect_err(|_| count());
        let result: Result<(), _> = persist(patience(60_000), |_| {}, refusal);
        assert!(result.is_err());
        assert_eq!(calls.get(), 1);
    }

    fn refused(status: u16, code: ErrorCode) -> ClientError {
        let (code, message) = (code.as_str().to_owned(), "no".to_owned());
        let detail = serde_json::Value::Null;
        let error = holdout_client::ApiError { status, code, message, detail, is_explained: true, retry_after: None };
        TransportError::Api(error).into()
    }

    #[test]
    fn a_server_that_is_away_is_asked_again_and_one_that_has_enough_is_not() {
        let calls = |status, code| {
            let calls = Cell::new(0);
            let result: Result<u8, _> = persist(
                patience(60_000),
                |_| {},
                || {
                    calls.set(calls.get() + 1);
                    if calls.get() < 3 { Err(refused(status, code)) } else { Ok(7) }
                },
            );
            (calls.get(), result.is_ok())
        };
        assert_eq!(calls(503, ErrorCode::Unavailable), (3, true));
        assert_eq!(calls(429, ErrorCode::RateLimited), (1, false));
        assert_eq!(calls(500, ErrorCode::Internal), (1, false));
    }
}
