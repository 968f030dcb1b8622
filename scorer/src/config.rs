//! The scorer's configuration, resolved by the program that runs it.

use std::fmt;
use std::path::PathBuf;

use holdout_client::Trust;
use holdout_protocol::ScorerId;

use crate::RunnerConfig;

/// How a scorer works. [`ScorerConfig::new`] has the defaults.
#[derive(Clone)]
pub struct ScorerConfig {
    /// What the workers of this process have in common.
    pub process: ScorerId,
    /// Address of the server, such as `https://holdout.example.org`.
    pub server: String,
    /// The secret of a scorer token.
    pub token: String,
    /// Name for people, such as the host's; 1 to 200 characters.
    pub name: String,
    /// Folder for fetched files; made if it is not there. Several scorers may share one.
    pub cache: PathBuf,
    /// Most bytes that this scorer leaves in the folder; a larger file is kept while it is the only
    /// one.
    pub cache_bytes: u64,
    /// How long the server keeps a request for work waiting, seconds, 0 to 30. New work wakes it at
    /// once, however long that is; but work that is given to a scorer which was killed while it
    /// waited comes back only when its lease ends.
    pub wait_seconds: u32,
    /// Pause before a worker that has withdrawn tests itself, seconds; it doubles with each test
    /// that fails, up to ten minutes.
    pub self_test_seconds: u32,
    /// How many prediction files are evaluated at once, 1 or more.
    pub prediction_workers: u32,
    /// How models are run; `None` if only prediction files are scored.
    pub runner: Option<RunnerConfig>,
    /// Whose certificates are trusted.
    pub trust: Trust,
}

impl ScorerConfig {
    /// A scorer of `server` that holds `token`, with defaults for the rest.
    #[must_use]
    pub fn new(server: impl Into<String>, token: impl Into<String>, cache: impl Into<PathBuf>) -> Self {
        Self {
            process: ScorerId::new(),
            server: server.into(),
            token: token.into(),
            name: "scorer".to_owned(),
            cache: cache.into(),
            cache_bytes: 4 << 30,
            wait_seconds: 2,
            self_test_seconds: 5,
            prediction_workers: 1,
            runner: None,
            trust: Trust::default(),
        }
    }
}

impl fmt::Debug for ScorerConfig {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ScorerConfig")
            .field("server", &self.server)
            .field("name", &self.name)
            .field("cache", &self.cache)
            .field("cache_bytes", &self.cache_bytes)
            .field("wait_seconds", &self.wait_seconds)
            .field("runner", &self.runner)
            .finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_token_is_not_printed() {
        let config = ScorerConfig::new("http://127.0.0.1:1", "hs_secret", "/tmp");
        assert!(!format!("{config:?}").contains("secret"));
    }
}
