//! Rate limits: so many requests in a minute, counted in the database, so that they hold over all
//! servers.

mod full;
mod rate;

use std::future::{Ready, ready};
use std::pin::Pin;
use std::time::Duration;

use actix_web::dev::Payload;
use actix_web::{FromRequest, HttpRequest, web};
use holdout_protocol::{AccountId, ErrorCode, Timestamp};

pub use self::full::FullBuckets;
pub use self::rate::Rate;
use crate::app::App;
pub use crate::client_address::ClientAddress;
use crate::config::RateConfig;
use crate::db::{self, Conn};
use crate::error::{Error, Result};

/// A refusal that took a scorer so long counts as two.
const SECONDS_OF_A_REFUSAL: u64 = 10;

/// Counts a request; in a transaction of its own. What is refused after the first in a window is
/// refused without the database, because a flood of refused requests must not be a flood of writes.
///
/// # Errors
/// `rate_limited` if the limit is passed; `detail.retry_after_seconds` says when the next window
/// begins.
pub async fn spend(app: &App, rate: Rate) -> Result<()> {
    let (config, now) = (app.config.rates.clone(), Timestamp::now());
    let (limit, bucket, window) = (rate.limit(&config), rate.bucket(), window_of(&rate, now).0);
    if app.full.contains(&bucket, window) {
        return Err(passed(&rate, limit, now));
    }
    let counted = rate.clone();
    if app.db.write(move |conn| is_within(conn, &config, &counted, now)).await? {
        return Ok(());
    }
    app.full.insert(bucket, window);
    Err(passed(&rate, limit, now))
}

/// Counts a request in the caller's transaction; one that is undone is not counted.
///
/// # Errors
/// As [`spend`].
pub fn spend_in(conn: &mut Conn, config: &RateConfig, rate: &Rate, now: Timestamp) -> Result<()> {
    if is_within(conn, config, rate, now)? { Ok(()) } else { Err(passed(rate, rate.limit(config), now)) }
}

/// Counts a request; whether it is within the limit: for those who must not be told.
pub fn is_within(conn: &mut Conn, config: &RateConfig, rate: &Rate, now: Timestamp) -> Result<bool> {
    Ok(db::rates::hit(conn, &rate.bucket(), window_of(rate, now).0, 1)? <= rate.limit(config))
}

/// Counts what has cost the platform so much time, at no charge, as a refusal for each ten seconds
/// that it began: who may have 60 files refused in an hour may have ten minutes of scorers for
/// nothing.
pub fn count_refusal(conn: &mut Conn, account: AccountId, spent: Duration, now: Timestamp) -> Result<()> {
    let rate = Rate::Refusals(account);
    let weight = u32::try_from(spent.as_secs() / SECONDS_OF_A_REFUSAL).unwrap_or(u32::MAX).saturating_add(1);
    db::rates::hit(conn, &rate.bucket(), window_of(&rate, now).0, weight).map(drop)
}

/// Refuses if the limit is reached already, and counts nothing: for what is counted only if it
/// turns out badly.
///
/// # Errors
/// As [`spend`].
pub async fn check_limit(app: &App, rate: Rate) -> Result<()> {
    let (limit, now) = (rate.limit(&app.config.rates), Timestamp::now());
    app.db
        .read(move |conn| {
            let hits = db::rates::hits(conn, &rate.bucket(), window_of(&rate, now).0)?;
            if hits < limit { Ok(()) } else { Err(passed(&rate, limit, now)) }
        })
        .await
}

/// Returns when the present window began, and how many microseconds of it are left.
fn window_of(rate: &Rate, now: Timestamp) -> (Timestamp, i64) {
    let (length, _) = rate.window();
    let since_start = now.as_micros().rem_euclid(length);
    (Timestamp::from_micros(now.as_micros().saturating_sub(since_start)), length - since_start)
}

fn passed(rate: &Rate, limit: u32, now: Timestamp) -> Error {
    let (_, left) = window_of(rate, now);
    let wait = u64::try_from(left).unwrap_or(0).div_ceil(1_000_000).max(1);
    let (_, length) = rate.window();
    Error::too_many(format!("more than {limit} {} in {length}; come back in {wait} seconds", rate.things()), wait)
}

/// Buckets whose window began before this are of no more use.
pub fn oldest_kept(now: Timestamp) -> Timestamp {
    now.minus(Duration::from_secs(2 * 3600))
}

/// The application of a request, and the address that it comes from.
fn app_and_address(request: &HttpRequest) -> Result<(web::Data<App>, ClientAddress)> {
    let app = request.app_data::<web::Data<App>>().cloned().ok_or_else(|| Error::internal("no application data"))?;
    let address = ClientAddress::of_request(request, &app.config.rates);
    Ok((app, address))
}

impl FromRequest for ClientAddress {
    type Error = Error;
    type Future = Ready<Result<Self>>;

    fn from_request(request: &HttpRequest, _: &mut Payload) -> Self::Future {
        ready(app_and_address(request).map(|(_, address)| address))
    }
}

/// Somebody who registers, counted before the body is read; see [`crate::auth::After`].
#[derive(Debug)]
pub struct Registering;

impl FromRequest for Registering {
    type Error = Error;
    type Future = Pin<Box<dyn Future<Output = Result<Self>>>>;

    fn from_request(request: &HttpRequest, _: &mut Payload) -> Self::Future {
        let found = app_and_address(request);
        Box::pin(async move {
            let (app, from) = found?;
            spend(&app, Rate::Registrations(from)).await.map(|()| Self)
        })
    }
}

/// Counts a try at an account's password from one address, and refuses it if there were too many of
/// late, or too many failed from all addresses.
pub async fn spend_password_try(app: &App, from: ClientAddress, email: &str) -> Result<()> {
    spend(app, Rate::LoginsFor(email.to_owned(), from)).await?;
    check_limit(app, Rate::FailedLogins(email.to_owned())).await
}

/// Logs a login that was refused, with the client's address and the reason, and counts one whose
/// proof of identity was wrong. A password that is asked for again is such a proof too, because
/// otherwise a stolen session could try passwords unseen.
pub async fn note_failed_login(app: &App, from: ClientAddress, error: &Error, email: Option<String>) -> Result<()> {
    let client = tracing::field::display(from.0);
    match (error.code(), &email) {
        (ErrorCode::RateLimited, _) => {
            tracing::warn!(client, reason = "rate", "login failed");
            return Ok(());
        }
        (ErrorCode::WrongCredentials, Some(email)) => {
            let email = email.clone();
            let account = app.db.read(move |conn| db::accounts::by_email(conn, &email)).await?;
            match account {
                Some(account) => {
                    tracing::warn!(client, account = %account.id, reason = "wrong password", "login failed")
                }
                None => tracing::warn!(client, reason = "unknown account", "login failed"),
            }
        }
        (ErrorCode::WrongCredentials, None) => tracing::warn!(client, reason = "unknown account", "login failed"),
        (ErrorCode::Unauthenticated, _) => tracing::warn!(client, reason = "invalid token", "login failed"),
        _ => return Ok(()),
    }
    match email {
        Some(email) => spend(app, Rate::FailedLogins(email)).await,
        None => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::db::in_memory;
    use crate::samples::{at, refusal};

    fn hourly() -> Rate {
        Rate::Refusals(AccountId::new())
    }

    fn by_minute() -> Rate {
        Rate::Submissions(AccountId::new())
    }

    #[test]
    fn a_window_begins_at_a_whole_minute_or_a_whole_hour() {
        let window = |rate: &Rate, micros| window_of(rate, Timestamp::from_micros(micros));
        assert_eq!(window(&by_minute(), 60_000_000), (at(60), 60_000_000));
        assert_eq!(window(&by_minute(), 119_999_999), (at(60), 1));
        assert_eq!(window(&by_minute(), 120_000_000), (at(120), 60_000_000));
        assert_eq!(window(&hourly(), 3_599_999_999), (at(0), 1));
        assert_eq!(window(&hourly(), 5400 * 1_000_000), (at(3600), 1800 * 1_000_000));
        assert_eq!(window(&by_minute(), -1), (at(-60), 1), "clocks from before 1970 have windows too");
    }

    #[test]
    fn a_refusal_says_the_limit_and_how_long_to_wait() {
        let told = |now| passed(&by_minute(), 30, Timestamp::from_micros(now)).body().error;
        let refused = told(90_500_000);
        assert_eq!(refused.code, ErrorCode::RateLimited);
        assert_eq!(refused.message, "more than 30 submissions of this account in a minute; come back in 30 seconds");
        assert_eq!(refused.detail["retry_after_seconds"], 30, "29.5 seconds, rounded up");
        assert_eq!(told(119_999_999).detail["retry_after_seconds"], 1);
        assert_eq!(told(120_000_000).detail["retry_after_seconds"], 60);
    }

    #[test]
    fn no_bucket_is_forgotten_while_its_window_lasts() {
        for rate in [hourly(), by_minute()] {
            for now in [at(0), at(3599), at(7_199)] {
                assert!(window_of(&rate, now).0 > oldest_kept(now), "{now}");
            }
        }
        assert!(oldest_kept(at(10_000)) > at(0), "but it is forgotten in the end");
    }

    #[test]
    fn a_limit_is_reached_with_the_last_request_that_is_allowed_and_ends_with_the_window() {
        let (mut conn, rate) = (in_memory(), by_minute());
        let config = RateConfig { submissions_per_minute: 2, ..RateConfig::default() };
        let mut spend = |now| spend_in(&mut conn, &config, &rate, at(now));
        spend(60).unwrap();
        spend(119).unwrap();
        assert!(refusal(spend(119)).1.starts_with("more than 2 submissions"));
        spend(120).unwrap();
    }

    #[test]
    fn a_refusal_that_kept_a_scorer_busy_counts_as_several() {
        let (mut conn, account) = (in_memory(), AccountId::new());
        let rate = Rate::Refusals(account);
        let mut count = |milliseconds| {
            count_refusal(&mut conn, account, Duration::from_millis(milliseconds), at(10)).unwrap();
            db::rates::hits(&mut conn, &rate.bucket(), at(0)).unwrap()
        };
        assert_eq!([count(0), count(9_999), count(10_000), count(25_000)], [1, 2, 4, 7]);
    }
}
