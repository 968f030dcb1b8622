//! The server's configuration: resolved once by the program, then passed down.

mod bounds;
mod queue;
mod sections;

use std::net::SocketAddr;
use std::path::PathBuf;

use actix_web::http::Uri;
use serde::{Deserialize, Serialize};

use crate::db;
use crate::error::Result;
use crate::messages::config::MailConfig;
use crate::ranges::{self, Range};
use crate::webhooks::WebhookConfig;
use bounds::RANGES;
pub use queue::QueueConfig;
pub use sections::{LimitConfig, RateConfig, SessionConfig, UploadConfig};

/// Everything an operator can set. Every field has a default; durations are in seconds.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Config {
    /// Address to listen on; port 0 takes a free one.
    pub listen: SocketAddr,
    /// Folder for the database and the blobs, if their URLs are not given.
    pub data: PathBuf,
    /// `postgres://…` or a path of an SQLite file; `holdout.db` in the data folder if omitted.
    pub database: Option<String>,
    /// Connections to the database kept for reading.
    pub database_connections: u32,
    /// `s3://bucket/prefix` or a folder; `blobs` in the data folder if omitted.
    pub blobs: Option<String>,
    /// Address under which browsers reach the server, for links that are shared; as the browser
    /// wrote it if omitted.
    pub public_url: Option<String>,
    /// Threads that answer requests.
    pub workers: usize,
    /// Sessions and tokens.
    pub sessions: SessionConfig,
    /// Rate limits.
    pub rates: RateConfig,
    /// Uploads and the sweeper.
    pub uploads: UploadConfig,
    /// The queue.
    pub queue: QueueConfig,
    /// What one caller, and all of them together, may take of the server.
    pub limits: LimitConfig,
    /// The mail server.
    pub mail: MailConfig,
    /// Webhooks.
    pub webhooks: WebhookConfig,
    /// A bearer token that may read `/metrics`, besides those of organizers.
    pub metrics_token: Option<MetricsToken>,
    /// When the server is told to stop, `/readyz` answers 503 for this many seconds before it stops
    /// listening. Set it to the time that your proxy takes to notice.
    pub drain_seconds: u64,
}

impl Default for Config {
    fn default() -> Self {
        Self {
            listen: SocketAddr::from(([127, 0, 0, 1], 8080)),
            data: PathBuf::from("data"),
            database: None,
            database_connections: 4,
            blobs: None,
            public_url: None,
            workers: std::thread::available_parallelism().map_or(2, usize::from).clamp(1, 8),
            sessions: SessionConfig::default(),
            rates: RateConfig::default(),
            uploads: UploadConfig::default(),
            queue: QueueConfig::default(),
            limits: LimitConfig::default(),
            mail: MailConfig::default(),
            webhooks: WebhookConfig::default(),
            metrics_token: None,
            drain_seconds: 0,
        }
    }
}

/// A token that the operator chose. `Debug` does not show it, because configurations are logged.
#[derive(Clone, Serialize, Deserialize)]
#[serde(transparent)]
pub struct MetricsToken(pub String);

impl std::fmt::Debug for MetricsToken {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("MetricsToken(…)")
    }
}

/// Links are made by writing a path behind it.
fn check_public_url(text: &str) -> Result<(), String> {
    let is_one = text.parse::<Uri>().is_ok_and(|url| {
        matches!(url.scheme_str(), Some("http" | "https"))
            && url.host().is_some_and(|host| !host.is_empty())
            && url.query().is_none()
            // Pages load their parts from the root.
            && matches!(url.path(), "" | "/")
            && !text.contains('#')
    });
    if is_one {
        return Ok(());
    }
    Err(format!("`public_url` is `{text}`; it takes an address such as `https://holdout.example.org`, without a path"))
}

impl Config {
    /// Every number that can be set and what it can be.
    pub const RANGES: &'static [Range] = RANGES;

    /// Checks values that cannot work.
    ///
    /// # Errors
    /// What is wrong and what is allowed.
    pub fn check(&self) -> Result<(), String> {
        ranges::check_ranges(self, RANGES)?;
        self.queue.check_lease()?;
        self.public_url.as_deref().map_or(Ok(()), check_public_url)?;
        self.check_cookies()?;
        self.mail.check(self.public_url.as_deref())?;
        match &self.metrics_token {
            Some(MetricsToken(token)) if token.trim().is_empty() => {
                Err("`metrics_token` is empty; it takes a secret, or leave it out".to_owned())
            }
            _ => Ok(()),
        }
    }

    /// Browsers do not send such cookies over HTTP: nobody could log in.
    fn check_cookies(&self) -> Result<(), String> {
        match &self.public_url {
            Some(url) if self.sessions.secure_cookies && !url.starts_with("https:") => Err(format!(
                "`sessions.secure_cookies` is `true` and `public_url` is `{url}`; browsers send such cookies over HTTPS alone, so \
                 nobody could log in"
            )),
            _ => Ok(()),
        }
    }

    /// Returns where the database is.
    #[must_use]
    pub fn database_url(&self) -> String {
        self.database.clone().unwrap_or_else(|| self.data.join("holdout.db").display().to_string())
    }

    /// Makes the folder of a database that is a new file. Several servers may share one PostgreSQL;
    /// for it nothing is done.
    ///
    /// # Errors
    /// [`crate::Error::Config`] if the address is a folder or a file that is no SQLite database;
    /// [`crate::Error::Unfit`] if its folder cannot be made.
    pub fn prepare_database(&self) -> Result<Option<PathBuf>> {
        let url = self.database_url();
        // Addresses of databases that cannot be used are refused when they are opened.
        if url.contains("://") {
            return Ok(None);
        }
        let (path, data) = (PathBuf::from(url), self.database.is_none().then_some(self.data.as_path()));
        db::prepare_file(&path, data)?;
        Ok(Some(path))
    }

    /// Returns where the blobs are.
    #[must_use]
    pub fn blobs_url(&self) -> String {
        self.blobs.clone().unwrap_or_else(|| self.data.join("blobs").display().to_string())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ranges::Range;

    #[test]
    fn the_token_of_the_metrics_is_not_shown() {
        let config = Config { metrics_token: Some(MetricsToken("very secret".to_owned())), ..Config::default() };
        assert!(!format!("{config:?}").contains("very secret"));
    }

    /// The defaults with one field set.
    fn with(field: &str, value: u64) -> Config {
        let mut fields = serde_json::to_value(Config::default()).unwrap();
        *fields.pointer_mut(&format!("/{}", field.replace('.', "/"))).unwrap() = value.into();
        serde_json::from_value(fields).unwrap()
    }

    #[test]
    fn every_number_has_a_range_and_is_held_to_it() {
        let mut named: Vec<String> = RANGES.iter().map(|range| range.field.to_owned()).collect();
        let mut numbers = ranges::numbers(&Config::default());
        named.sort_unstable();
        numbers.sort_unstable();
        assert_eq!(named, numbers);
        for Range { field, least, most } in RANGES {
            let refused = [least.checked_sub(1), Some(most + 1)].into_iter().flatten();
            for value in refused {
                let message = with(field, value).check().unwrap_err();
                assert_eq!(message, format!("`{field}` is {value}; it can be {least} to {most}"));
            }
            for value in [*least, *most] {
                let checked = ranges::check_ranges(&with(field, value), RANGES);
                assert_eq!(checked, Ok(()), "{field} {value}");
            }
        }
        assert_eq!(Config::default().check(), Ok(()));
    }

    #[test]
    fn a_public_address_is_one() {
        let set = |url: &str| Config { public_url: Some(url.to_owned()), ..Config::default() }.check();
        for good in ["https://holdout.example.org", "http://127.0.0.1:8080/", "https://[::1]:1"] {
            assert_eq!(set(good), Ok(()), "{good}");
        }
        for bad in [
            "",
            "foo",
            "foo.org",
            "ftp://foo.org",
            "https://",
            "https://foo.org/?a=b",
            "https://foo.org/#a",
            "https://foo.org/board/",
        ] {
            assert!(set(bad).unwrap_err().contains(&format!("`public_url` is `{bad}`")), "{bad}");
        }
    }

    #[test]
    fn cookies_for_https_alone_need_an_address_with_https() {
        let checked = |url: Option<&str>| {
            let mut config = Config { public_url: url.map(str::to_owned), ..Config::default() };
            config.sessions.secure_cookies = true;
            config.check()
        };
        assert_eq!([checked(None), checked(Some("https://holdout.example.org"))], [Ok(()), Ok(())]);
        assert!(
            checked(Some("http://holdout.example.org"))
                .unwrap_err()
                .contains("`public_url` is `http://holdout.example.org`")
        );
    }

    #[test]
    fn an_empty_token_lets_nobody_read_the_metrics() {
        let config = Config { metrics_token: Some(MetricsToken(" ".to_owned())), ..Config::default() };
        assert!(config.check().unwrap_err().contains("`metrics_token` is empty"));
    }
}
