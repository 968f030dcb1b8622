//! Rate limits: so many requests in a minute, counted in the database, so that they hold over all servers.

use std::future::{Ready, ready};
use std::pin::Pin;
use std::time::Duration;

use actix_web::dev::Payload;
use actix_web::{FromRequest, HttpRequest, web};
use holdout_protocol::{AccountId, ErrorCode, SubmissionId, Timestamp};

use crate::app::App;
pub use crate::client_address::ClientAddress;
use crate::config::RateConfig;
use crate::db::{self, Conn};
use crate::error::{Error, Result};
use crate::secret;

/// Length of a minute, microseconds.
const MINUTE: i64 = 60_000_000;
/// Length of an hour, microseconds.
const HOUR: i64 = 60 * MINUTE;

/// A refusal that took a scorer so long counts as two.
const SECONDS_OF_A_REFUSAL: u64 = 10;

/// All addresses together may fail so many times as often as one.
const FAILED_FROM_ALL: u32 = 20;

/// What is limited, and for whom.
#[derive(Debug, Clone)]
pub enum Rate {
    /// Registrations from an address.
    Registrations(ClientAddress),
    /// Logins from an address.
    Logins(ClientAddress),
    /// Logins for an e-mail address from one address, because somebody who guesses must not lock the owner out.
    LoginsFor(String, ClientAddress),
    /// Failed logins for an e-mail address, wherever from: a bound on guesses that many addresses make together.
    FailedLogins(String),
    /// Looks at what a code is for, from an address.
    Codes(ClientAddress),
    /// Submissions of an account.
    Submissions(AccountId),
    /// Uploads that an account begins.
    Uploads(AccountId),
    /// Files of an account that are refused at no charge, by the check or by a scorer.
    Refusals(AccountId),
    /// Changes to a submission.
    Edits(SubmissionId),
    /// API tokens and invitations that an account makes.
    Secrets(AccountId),
    /// Names of the own account or team that an account changes.
    Names(AccountId),
    /// Questions that an account asks organizers.
    Questions(AccountId),
    /// Announcements that an organizer makes or changes.
    Announcements(AccountId),
}

impl Rate {
    fn bucket(&self) -> String {
        match self {
            Self::Registrations(address) => format!("registrations:{}", address.bucket()),
            Self::Logins(address) => format!("logins:{}", address.bucket()),
            // The digest bounds the length of the key, whatever somebody sends as an address.
            Self::LoginsFor(email, address) => format!("logins-for:{}:{}", secret::digest(email), address.bucket()),
            Self::FailedLogins(email) => format!("failed-logins:{}", secret::digest(email)),
            Self::Codes(address) => format!("codes:{}", address.bucket()),
            Self::Submissions(account) => format!("submissions:{account}"),
            Self::Uploads(account) => format!("uploads:{account}"),
            Self::Refusals(account) => format!("refusals:{account}"),
            Self::Edits(submission) => format!("edits:{submission}"),
            Self::Secrets(account) => format!("secrets:{account}"),
            Self::Names(account) => format!("names:{account}"),
            Self::Questions(account) => format!("questions:{account}"),
            Self::Announcements(account) => format!("announcements:{account}"),
        }
    }

    const fn limit(&self, config: &RateConfig) -> u32 {
        match self {
            Self::Registrations(_) => config.registrations_per_minute,
            Self::Logins(_) | Self::LoginsFor(..) | Self::Codes(_) => config.logins_per_minute,
            Self::FailedLogins(_) => config.logins_per_minute.saturating_mul(FAILED_FROM_ALL),
            Self::Submissions(_) => config.submissions_per_minute,
            Self::Uploads(_) => config.uploads_per_minute,
            Self::Refusals(_) => config.refusals_per_hour,
            Self::Edits(_) | Self::Names(_) => config.edits_per_hour,
            Self::Secrets(_) => config.secrets_per_hour,
            Self::Questions(_) => config.questions_per_hour,
            Self::Announcements(_) => config.announcements_per_hour,
        }
    }

    /// The length of its window, microseconds, and what that is called.
    const fn window(&self) -> (i64, &'static str) {
        match self {
            Self::Refusals(_)
            | Self::Edits(_)
            | Self::Secrets(_)
            | Self::Names(_)
            | Self::Questions(_)
            | Self::Announcements(_) => (HOUR, "an hour"),
            _ => (MINUTE, "a minute"),
        }
    }

    const fn things(&self) -> &'static str {
        match self {
            Self::Registrations(_) => "registrations from this address",
            Self::Logins(_) => "logins from this address",
            Self::LoginsFor(..) => "logins for this e-mail address from yours",
            Self::FailedLogins(_) => "failed logins for this e-mail address",
            Self::Codes(_) => "codes looked up from this address",
            Self::Submissions(_) => "submissions of this account",
            Self::Uploads(_) => "uploads begun by this account",
            Self::Refusals(_) => {
                "files of this account refused at no charge (one that kept a scorer busy counts as several)"
            }
            Self::Edits(_) => "changes to this submission",
            Self::Secrets(_) => "API tokens and invitations made by this account",
            Self::Names(_) => "changes of names by this account",
            Self::Questions(_) => "questions of this account",
            Self::Announcements(_) => "announcements made or changed by this account",
        }
    }
}

/// Counts a request; in a transaction of its own.
///
/// # Errors
/// `rate_limited` if the limit is passed; `detail.retry_after_seconds` says when the next window begins.
pub async fn spend(app: &App, rate: Rate) -> Result<()> {
    let (config, now) = (app.config.rates.clone(), Timestamp::now());
    app.db.write(move |conn| spend_in(conn, &config, &rate, now)).await
}

/// Counts a request in the caller's transaction; one that is undone is not counted.
///
/// # Errors
/// As [`spend`].
pub fn spend_in(conn: &mut Conn, config: &RateConfig, rate: &Rate, now: Timestamp) -> Result<()> {
    let limit = rate.limit(config);
    if db::rates::hit(conn, &rate.bucket(), window_of(rate, now).0, 1)? <= limit {
        Ok(())
    } else {
        Err(passed(rate, limit, now))
    }
}

/// Counts what has cost the platform so much time, at no charge, as a refusal for each ten seconds that it began: who may have
/// 60 files refused in an hour may have ten minutes of scorers for nothing.
pub fn count_refusal(conn: &mut Conn, account: AccountId, spent: Duration, now: Timestamp) -> Result<()> {
    let rate = Rate::Refusals(account);
    let weight = u32::try_from(spent.as_secs() / SECONDS_OF_A_REFUSAL).unwrap_or(u32::MAX).saturating_add(1);
    db::rates::hit(conn, &rate.bucket(), window_of(&rate, now).0, weight).map(drop)
}

/// Refuses if the limit is reached already, and counts nothing: for what is counted only if it turns out badly.
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

/// When the present window began, and how many microseconds of it are left.
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

/// Counts a try at an account's password from one address, and refuses it if there were too many of late, or too many failed
/// from all addresses.
pub async fn spend_password_try(app: &App, from: ClientAddress, email: &str) -> Result<()> {
    spend(app, Rate::LoginsFor(email.to_owned(), from)).await?;
    check_limit(app, Rate::FailedLogins(email.to_owned())).await
}

/// Logs a login that was refused, with the client's address and the reason, and counts one whose proof of identity
/// was wrong. A password that is asked for again is such a proof too, because otherwise a stolen session could try
/// passwords unseen.
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
