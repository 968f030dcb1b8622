//! `up`, `serve` and `score`: the commands that keep running.

use std::net::SocketAddr;
use std::path::PathBuf;

use clap::{Args, Subcommand};
use holdout_scorer::ScorerConfig;

use super::context::Context;
use super::overrides::ModelArguments;
use crate::arguments::LogFormat;
use crate::failure::Failure;
use crate::host::configuration::ConfigurationError;
use crate::host::processes::{self, Up, start_logging};
use crate::host::runner_program::RunnerProgram;
use crate::host::settings::{ScorerSettings, Settings};

/// The commands that keep running.
#[derive(Debug, Subcommand)]
pub(crate) enum RunCommand {
    /// Server and scorer on this machine, in one process.
    Up(UpArguments),
    /// The server alone.
    Serve(ServeArguments),
    /// A scorer alone.
    Score(ScoreArguments),
}

impl RunCommand {
    /// Returns how it writes its log.
    pub(crate) const fn log_format(&self) -> LogFormat {
        match self {
            Self::Up(arguments) => arguments.log_format,
            Self::Serve(arguments) => arguments.log_format,
            Self::Score(arguments) => arguments.log_format,
        }
    }
}

/// Runs one of these commands until a signal ends it.
pub(crate) fn run(context: &Context, command: RunCommand) -> Result<(), Failure> {
    match command {
        RunCommand::Up(arguments) => up(context, arguments),
        RunCommand::Serve(arguments) => serve(context, arguments),
        RunCommand::Score(arguments) => score(context, arguments),
    }
}

/// `up`.
#[derive(Debug, Args)]
pub(crate) struct UpArguments {
    /// Folder of database and blobs; the organizer's token is written to `DIR/organizer-token`
    /// [default: data].
    #[arg(long, value_name = "DIR")]
    pub(crate) data: Option<PathBuf>,
    /// Address to listen on; port 0 takes a free one [default: 127.0.0.1:8080].
    #[arg(long, value_name = "ADDRESS")]
    pub(crate) listen: Option<SocketAddr>,
    /// A season's folder to apply; can be repeated.
    #[arg(long = "season", value_name = "DIR")]
    pub(crate) seasons: Vec<PathBuf>,
    /// Leave the images out of the seasons, and with them models.
    #[arg(long)]
    pub(crate) without_images: bool,
    /// How models are run.
    #[command(flatten)]
    pub(crate) models: ModelArguments,
    /// Configuration file.
    #[arg(long, value_name = "FILE")]
    pub(crate) config: Option<PathBuf>,
    /// How logs are written to standard error; RUST_LOG sets the level.
    #[arg(long, value_name = "FORMAT", default_value = "text")]
    pub(crate) log_format: LogFormat,
}

/// `serve`.
#[derive(Debug, Args)]
pub(crate) struct ServeArguments {
    /// Folder of database and blobs, if these are not given [default: data].
    #[arg(long, value_name = "DIR")]
    pub(crate) data: Option<PathBuf>,
    /// Address to listen on; port 0 takes a free one [default: 127.0.0.1:8080].
    #[arg(long, value_name = "ADDRESS")]
    pub(crate) listen: Option<SocketAddr>,
    /// Database: `postgres://…` or the path of an SQLite file.
    #[arg(long, value_name = "URL")]
    pub(crate) database: Option<String>,
    /// Blob store: `s3://bucket/prefix` or a folder.
    #[arg(long, value_name = "URL")]
    pub(crate) blobs: Option<String>,
    /// Make sure that there is an organizer's account, and write its token and a scorer's to the
    /// data folder (`organizer-token`, `scorer-token`). For one of several servers at most.
    #[arg(long)]
    pub(crate) tokens: bool,
    /// Configuration file.
    #[arg(long, value_name = "FILE")]
    pub(crate) config: Option<PathBuf>,
    /// How logs are written to standard error; RUST_LOG sets the level.
    #[arg(long, value_name = "FORMAT", default_value = "json")]
    pub(crate) log_format: LogFormat,
}

/// `score`; its server is the global `--server`, its token HOLDOUT_SCORER_TOKEN.
#[derive(Debug, Args)]
pub(crate) struct ScoreArguments {
    /// Folder in which fetched files are kept; several scorers may share one [default: `scorer`
    /// below the user's cache folder].
    #[arg(long, value_name = "DIR")]
    pub(crate) cache: Option<PathBuf>,
    /// Name shown to organizers [default: `scorer`].
    #[arg(long)]
    pub(crate) name: Option<String>,
    /// How models are run.
    #[command(flatten)]
    pub(crate) models: ModelArguments,
    /// Configuration file: of its fields those below `scorer`.
    #[arg(long, value_name = "FILE")]
    pub(crate) config: Option<PathBuf>,
    /// How logs are written to standard error; RUST_LOG sets the level.
    #[arg(long, value_name = "FORMAT", default_value = "json")]
    pub(crate) log_format: LogFormat,
}

impl From<ConfigurationError> for Failure {
    fn from(error: ConfigurationError) -> Self {
        Self::usage(error.to_string()).advise("docs/guide-operator.md lists the fields and their values.")
    }
}

/// Fails before anything is started.
pub(crate) fn check(settings: &ScorerSettings) -> Result<(), Failure> {
    let wrong = |message| Failure::usage(message).advise("docs/guide-operator.md lists the fields and their values.");
    settings.check().map_err(wrong)
}

/// Runs server and scorer in this process.
///
/// # Errors
///
/// If they cannot start.
fn up(context: &Context, arguments: UpArguments) -> Result<(), Failure> {
    refuse_ca(context)?;
    start_logging(arguments.log_format, "warn", &context.environment)?;
    let Settings { server: mut config, mut scorer } = context.settings(arguments.config.as_deref())?;
    config.data = arguments.data.unwrap_or(config.data);
    config.listen = arguments.listen.unwrap_or(config.listen);
    arguments.models.apply(&mut scorer);
    check(&scorer)?;
    let program = RunnerProgram::find(context.environment.runner.as_deref())?;
    let runner = processes::runner_config(&scorer, program, &context.console);
    let (seasons, without_images) = (arguments.seasons, arguments.without_images);
    processes::up(Up { config, scorer, runner, seasons, without_images }, &context.console)
}

/// Runs the server.
///
/// # Errors
///
/// If it cannot start.
fn serve(context: &Context, arguments: ServeArguments) -> Result<(), Failure> {
    refuse_ca(context)?;
    start_logging(arguments.log_format, "info", &context.environment)?;
    let Settings { server: mut config, .. } = context.settings(arguments.config.as_deref())?;
    config.data = arguments.data.unwrap_or(config.data);
    config.listen = arguments.listen.unwrap_or(config.listen);
    config.database = arguments.database.or(config.database);
    config.blobs = arguments.blobs.or(config.blobs);
    let tokens = arguments.tokens.then(|| config.data.clone());
    processes::serve(config, tokens, &context.console)
}

/// `--ca` is about the server that a command calls. A server itself calls a bucket or a database.
fn refuse_ca(context: &Context) -> Result<(), Failure> {
    match &context.global.ca {
        Some(_) => Err(Failure::usage("a server takes no `--ca`").advise(
            "Set SSL_CERT_FILE to trust the authority of an S3 bucket; name that of PostgreSQL in its address.",
        )),
        None => Ok(()),
    }
}

/// Runs a scorer.
///
/// # Errors
///
/// If it cannot start, or withdraws itself.
fn score(context: &Context, arguments: ScoreArguments) -> Result<(), Failure> {
    start_logging(arguments.log_format, "info", &context.environment)?;
    // First, because it names a misspelt variable for the token.
    let mut settings = context.settings(arguments.config.as_deref())?.scorer;
    let Some(token) = context.environment.scorer_token.as_ref() else {
        return Err(Failure::usage("a scorer needs a token")
            .advise("Set HOLDOUT_SCORER_TOKEN; an organizer makes one with `holdout scorer-token create NAME`."));
    };
    settings.name = arguments.name.unwrap_or(settings.name);
    settings.cache = arguments.cache.or(settings.cache);
    arguments.models.apply(&mut settings);
    check(&settings)?;
    let nowhere = || Failure::usage("there is no place for fetched files").advise("Give one with `--cache`.");
    let cache = match &settings.cache {
        Some(cache) => cache.clone(),
        None => context.environment.cache_folder.clone().ok_or_else(nowhere)?.join("scorer"),
    };
    let program = RunnerProgram::find(context.environment.runner.as_deref())?;
    let runner = processes::runner_config(&settings, program, &context.console);
    let mut config = ScorerConfig::new(context.server()?.as_str(), token.reveal(), cache);
    config.trust = context.trust.clone();
    settings.set(&mut config, runner);
    processes::score(config)
}
