//! How an attempt ended, and when the next one is.

use std::time::Duration;

use holdout_protocol::WebhookFault;

const MINUTE: u64 = 60;
const HOUR: u64 = 60 * MINUTE;

/// Pauses between attempts, seconds: nine attempts within a day.
const PAUSES: [u64; 8] = [5, 30, 2 * MINUTE, 10 * MINUTE, HOUR, 3 * HOUR, 6 * HOUR, 12 * HOUR];
/// Attempts of a delivery that the receiver itself refuses: it holds up those after it for a
/// quarter of an hour only.
const ATTEMPTS_OF_REFUSED: u32 = 5;
/// Characters kept of what a library says.
const SAID: usize = 200;

/// Why an attempt did not succeed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Failure {
    pub fault: WebhookFault,
    pub status: Option<u16>,
    pub error: String,
}

impl Failure {
    /// A failure before there was an answer.
    pub fn new(fault: WebhookFault, error: impl std::fmt::Display) -> Self {
        let error = error.to_string().chars().map(|c| if c.is_control() { ' ' } else { c }).take(SAID).collect();
        Self { fault, status: None, error }
    }

    /// Returns true if the receiver answered that it does not take this delivery. Too many
    /// requests, and requests that came too slowly or too early, are another matter.
    fn is_refusal(&self) -> bool {
        self.status.is_some_and(|status| (400..500).contains(&status) && !matches!(status, 408 | 425 | 429))
    }
}

/// How an attempt ended: with the status of an answer 2xx, or not.
pub type Outcome = Result<u16, Failure>;

/// Returns what the status of an answer means.
pub fn outcome_of(status: u16) -> Outcome {
    let fault = match status {
        200..=299 => return Ok(status),
        300..=399 => WebhookFault::Redirect,
        _ => WebhookFault::Status,
    };
    Err(Failure { fault, status: Some(status), error: format!("the receiver answered {status}") })
}

/// Returns the pause after so many attempts of which the last one failed so; `None` if it was the
/// last one.
pub fn pause(attempts: u32, failure: &Failure) -> Option<Duration> {
    if failure.is_refusal() && attempts >= ATTEMPTS_OF_REFUSED {
        return None;
    }
    let made = usize::try_from(attempts.max(1)).unwrap_or(usize::MAX);
    PAUSES.get(made.saturating_sub(1)).map(|seconds| Duration::from_secs(*seconds))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn attempts_are_spread_over_a_day() {
        let away = Failure::new(WebhookFault::NoConnection, "connection refused");
        let pauses: Vec<u64> =
            (1..).map_while(|attempts| pause(attempts, &away)).map(|pause| pause.as_secs()).collect();
        assert_eq!(pauses, PAUSES);
        let total = pauses.iter().sum::<u64>();
        assert!((20 * HOUR..26 * HOUR).contains(&total), "{total}");
    }

    #[test]
    fn what_the_receiver_refuses_is_tried_for_a_quarter_of_an_hour() {
        let total = |status| {
            let failure = outcome_of(status).unwrap_err();
            (1..).map_while(|attempts| pause(attempts, &failure)).map(|pause| pause.as_secs()).sum::<u64>()
        };
        for refusal in [400, 401, 404, 410, 422] {
            assert_eq!(total(refusal), 755, "{refusal}");
        }
        for passing in [301, 408, 425, 429, 500, 503] {
            assert!(total(passing) > 20 * HOUR, "{passing}");
        }
    }

    #[test]
    fn only_2xx_is_a_success() {
        assert_eq!([200, 204, 299].map(outcome_of), [Ok(200), Ok(204), Ok(299)]);
        let fault = |status| outcome_of(status).unwrap_err().fault;
        assert_eq!([fault(302), fault(304)], [WebhookFault::Redirect; 2]);
        assert_eq!([fault(404), fault(500), fault(199)], [WebhookFault::Status; 3]);
    }

    #[test]
    fn what_a_library_says_is_one_short_line() {
        let failure = Failure::new(WebhookFault::Tls, format!("a\nb{}", "x".repeat(500)));
        assert!(failure.error.starts_with("a bx") && failure.error.len() == SAID, "{failure:?}");
    }
}
