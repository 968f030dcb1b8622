//! `up`, `serve` and `score`: the commands that keep running.

use std::net::SocketAddr;
use std::path::PathBuf;

use clap::Args;
use holdout_scorer::ScorerConfig;
use holdout_server::Config;

use super::Context;
use crate::configuration::{ConfigurationError, resolve};
use crate::failure::Failure;
use crate::processes::{self, LogFormat, Up, start_logging};

/// `up`.
#[derive(Debug, Args)]
pub struct UpArguments {
    /// Folder of database and blobs; the organizer's token is written to `DIR/organizer-token` [default: data].
    #[arg(long, value_name = "DIR")]
    pub data: Option<PathBuf>,
    /// Address to listen on; port 0 takes a free one [default: 127.0.0.1:8080].
    #[arg(long, value_name = "ADDRESS")]
    pub listen: Option<SocketAddr>,
    /// A season's folder to apply; can be repeated.
    #[arg(long = "season", value_name = "DIR")]
    pub seasons: Vec<PathBuf>,
    /// Leave the images out of the seasons, and with them models.
    #[arg(long)]
    pub without_images: bool,
    /// Configuration file.
    #[arg(long, value_name = "FILE")]
    pub config: Option<PathBuf>,
    /// How logs are written to standard error; RUST_LOG sets the level.
    #[arg(long, value_name = "FORMAT", default_value = "text")]
    pub log_format: LogFormat,
}

/// `serve`.
#[derive(Debug, Args)]
pub struct ServeArguments {
    /// Folder of database and blobs, where these are not given [default: data].
    #[arg(long, value_name = "DIR")]
    pub data: Option<PathBuf>,
    /// Address to listen on; port 0 takes a free one [default: 127.0.0.1:8080].
    #[arg(long, value_name = "ADDRESS")]
    pub listen: Option<SocketAddr>,
    /// Database: `postgres://…` or the path of an SQLite file.
    #[arg(long, value_name = "URL")]
    pub database: Option<String>,
    /// Blob store: `s3://bucket/prefix` or a folder.
    #[arg(long, value_name = "URL")]
    pub blobs: Option<String>,
    /// Make sure that there is an organizer's account, and write its token and a scorer's to the data folder
    /// (`organizer-token`, `scorer-token`). For one of several servers at most.
    #[arg(long)]
    pub tokens: bool,
    /// Configuration file.
    #[arg(long, value_name = "FILE")]
    pub config: Option<PathBuf>,
    /// How logs are written to standard error; RUST_LOG sets the level.
    #[arg(long, value_name = "FORMAT", default_value = "json")]
    pub log_format: LogFormat,
}

/// `score`; its server is the global `--server`, its token HOLDOUT_SCORER_TOKEN.
#[derive(Debug, Args)]
pub struct ScoreArguments {
    /// Folder in which fetched files are kept; several scorers may share one [default: `scorer` below the user's cache folder].
    #[arg(long, value_name = "DIR")]
    pub cache: Option<PathBuf>,
    /// Name shown to organizers [default: `scorer`].
    #[arg(long)]
    pub name: Option<String>,
    /// How logs are written to standard error; RUST_LOG sets the level.
    #[arg(long, value_name = "FORMAT", default_value = "json")]
    pub log_format: LogFormat,
}

impl From<ConfigurationError> for Failure {
    fn from(error: ConfigurationError) -> Self {
        Self::usage(error.to_string()).advise("docs/guide-operator.md lists the fields and their values.")
    }
}

/// Runs server and scorer in this process.
///
/// # Errors
///
/// Where they cannot start.
pub fn up(context: &Context, arguments: UpArguments) -> Result<(), Failure> {
    start_logging(arguments.log_format, "warn");
    let mut config: Config = resolve(arguments.config.as_deref(), context.environment.settings())?;
    config.data = arguments.data.unwrap_or(config.data);
    config.listen = arguments.listen.unwrap_or(config.listen);
    let up = Up { config, seasons: arguments.seasons, without_images: arguments.without_images };
    processes::up(up, &context.console)
}

/// Runs the server.
///
/// # Errors
///
/// Where it cannot start.
pub fn serve(context: &Context, arguments: ServeArguments) -> Result<(), Failure> {
    start_logging(arguments.log_format, "info");
    let mut config: Config = resolve(arguments.config.as_deref(), context.environment.settings())?;
    config.data = arguments.data.unwrap_or(config.data);
    config.listen = arguments.listen.unwrap_or(config.listen);
    config.database = arguments.database.or(config.database);
    config.blobs = arguments.blobs.or(config.blobs);
    let tokens = arguments.tokens.then(|| config.data.clone());
    processes::serve(config, tokens, &context.console)
}

/// Runs a scorer.
///
/// # Errors
///
/// Where it cannot start, or withdraws itself.
pub fn score(context: &Context, arguments: ScoreArguments) -> Result<(), Failure> {
    start_logging(arguments.log_format, "info");
    let Some(token) = context.environment.scorer_token.as_ref() else {
        return Err(Failure::usage("a scorer needs a token")
            .advise("Set HOLDOUT_SCORER_TOKEN; an organizer makes one with `holdout scorer-token create NAME`."));
    };
    let nowhere = || Failure::usage("there is no place for fetched files").advise("Give one with `--cache`.");
    let cache = match arguments.cache {
        Some(cache) => cache,
        None => context.environment.cache_folder.clone().ok_or_else(nowhere)?.join("scorer"),
    };
    let mut config = ScorerConfig::new(context.server()?.as_str(), token.reveal(), cache);
    config.name = arguments.name.unwrap_or(config.name);
    processes::score(config)
}
