//! `holdout up`: `serve` and `score` in one process, and then a client of itself. It applies the
//! seasons given over the public API, waits until their entries are evaluated, and prints the
//! boards.

use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use holdout_client::{Secret, ServerUrl, Trust};
use holdout_protocol::{LeaderboardQuery, Season, Submission, SubmissionKind, SubmissionState};
use holdout_scorer::{RunnerConfig, ScorerConfig};
use holdout_server::{Config, Hosted};

use super::lock::Lock;
use super::signals::Signals;
use super::{ScorerThread, announce, server_failure};
use crate::client::{Client, Identity, TaskPath};
use crate::console::Console;
use crate::failure::Failure;
use crate::host::settings::ScorerSettings;
use crate::season::{ApplyOptions, Consent, apply};
use crate::show::board::{BoardStyle, Level, Titles, render_board};
use crate::show::submission::describe_state;
use crate::text::visible;

/// How often it looks whether the entries of its seasons are evaluated.
const LOOK: Duration = Duration::from_millis(200);
/// How often it tells how far the running ones are.
const TELL: Duration = Duration::from_secs(10);

#[derive(Debug)]
pub(crate) struct Up {
    pub(crate) config: Config,
    pub(crate) scorer: ScorerSettings,
    /// How models are run; `None` if they are not.
    pub(crate) runner: Option<RunnerConfig>,
    /// Folders of seasons to apply.
    pub(crate) seasons: Vec<PathBuf>,
    /// Leave images out of the seasons.
    pub(crate) without_images: bool,
}

/// Runs server and scorer on this machine, applies seasons, shows their boards, and keeps running
/// until a signal ends it.
///
/// # Errors
/// If one of them cannot start, or a season cannot be applied.
pub(crate) fn up(up: Up, console: &Console) -> Result<(), Failure> {
    let signals = Signals::install()?;
    let (data, public_url) = (up.config.data.clone(), up.config.public_url.clone());
    let _locks = (Lock::folder(&data)?, Lock::database(&up.config)?);
    let server = Hosted::start(up.config, Some(data.clone())).map_err(|error| server_failure(&error))?;
    let address = format!("http://{}", server.address);
    let models = up.runner.is_some();
    let scorer = ScorerThread::keep(embedded_scorer(&address, &data, &up.scorer, up.runner)?)?;
    let show = Show { address: &address, data: &data, signals: &signals, console, models };
    let outcome = show.seasons(&up.seasons, up.without_images);
    if outcome.is_ok() && !signals.received() {
        show.farewell();
        announce(&server, public_url.as_deref(), console)?;
        signals.wait(|| server.has_ended());
    }
    let scored = scorer.stop();
    let served = server.stop().map_err(|error| server_failure(&error));
    outcome.and(scored).and(served)
}

fn embedded_scorer(
    address: &str,
    data: &Path,
    settings: &ScorerSettings,
    runner: Option<RunnerConfig>,
) -> Result<ScorerConfig, Failure> {
    let token = read_token(&data.join("scorer-token"))?;
    let cache = settings.cache.clone().unwrap_or_else(|| data.join("cache"));
    let mut config = ScorerConfig::new(address, token, cache);
    settings.set(&mut config, runner);
    if settings.name == ScorerSettings::default().name {
        "embedded".clone_into(&mut config.name);
    }
    Ok(config)
}

fn read_token(path: &Path) -> Result<String, Failure> {
    let text = std::fs::read_to_string(path).map_err(|error| Failure::file(path, &error))?;
    Ok(text.trim().to_owned())
}

/// What the user sees of a start.
struct Show<'a> {
    address: &'a str,
    data: &'a Path,
    signals: &'a Signals,
    console: &'a Console,
    /// Whether models are run.
    models: bool,
}

impl Show<'_> {
    fn seasons(&self, folders: &[PathBuf], without_images: bool) -> Result<(), Failure> {
        let client = self.organizer()?;
        for folder in folders {
            self.console.remark(format!("applying {}", folder.display()));
            let options = ApplyOptions {
                discard_results: false,
                consent: Consent::Given,
                without_images,
                console: *self.console,
                state_folder: self.data.join("applying"),
            };
            let report = apply(&client, folder, &options)?;
            let season = client.season(&report.season)?;
            self.wait_for_entries(&client, &season)?;
            if self.signals.received() {
                return Ok(());
            }
            self.boards(&client, &season)?;
        }
        Ok(())
    }

    fn organizer(&self) -> Result<Client, Failure> {
        let token = read_token(&self.data.join("organizer-token"))?;
        let server: ServerUrl = self.address.parse().map_err(|error| Failure::usage(format!("{error}")))?;
        Ok(Client::new(server, Identity::Token(Secret::new(&token)), Trust::default()))
    }

    /// Waits until no entry of the season is queued or running; models, if none can be run, are not
    /// waited for.
    fn wait_for_entries(&self, client: &Client, season: &Season) -> Result<(), Failure> {
        let (mut told, mut progress) = (usize::MAX, Instant::now());
        while !self.signals.received() {
            let open = self.open_entries(client, season)?;
            if open.is_empty() {
                return Ok(());
            }
            if open.len() != told {
                self.console.remark(format!("{}: {} to be scored", season.season, open.len()));
                (told, progress) = (open.len(), Instant::now());
            }
            if progress.elapsed() >= TELL {
                progress = Instant::now();
                for running in open.iter().filter(|entry| entry.state == SubmissionState::Running) {
                    let team = visible(running.team.as_str());
                    self.console.remark(format!("{team}: {}", describe_state(running)));
                }
            }
            std::thread::sleep(LOOK);
        }
        Ok(())
    }

    fn open_entries(&self, client: &Client, season: &Season) -> Result<Vec<Submission>, Failure> {
        let mut open = Vec::new();
        for task in &season.tasks {
            let path = TaskPath { season: season.season.clone(), task: task.task.clone() };
            open.extend(client.submissions(&path, None)?);
        }
        open.retain(|one| !one.state.is_final() && (self.models || one.kind == SubmissionKind::Predictions));
        Ok(open)
    }

    fn boards(&self, client: &Client, season: &Season) -> Result<(), Failure> {
        for task in &season.tasks {
            let path = TaskPath { season: season.season.clone(), task: task.task.clone() };
            let board = client.leaderboard(&path, &LeaderboardQuery::default())?;
            let titles = Titles {
                season: season.title.clone(),
                task: task.settings.title.clone(),
                split: task.settings.split.is_some(),
            };
            let style = BoardStyle { width: self.console.width, colour: self.console.colour, level: Level::Usual };
            self.console.say(render_board(&board, &titles, style))?;
        }
        Ok(())
    }

    fn farewell(&self) {
        self.console.remark(format!("organizer's token: {}", self.data.join("organizer-token").display()));
        self.console.remark(format!("Holdout is at {} — Ctrl-C stops it", self.address));
    }
}
