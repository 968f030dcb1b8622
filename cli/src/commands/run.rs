//! `up`, `serve` and `score`: the programs that keep running.

use std::net::SocketAddr;
use std::path::PathBuf;

use clap::Args;

use super::Context;
use crate::failure::Failure;

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
    /// Configuration file.
    #[arg(long, value_name = "FILE")]
    pub config: Option<PathBuf>,
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
    /// Configuration file.
    #[arg(long, value_name = "FILE")]
    pub config: Option<PathBuf>,
}

/// `score`; its server is the global `--server`, its token HOLDOUT_SCORER_TOKEN.
#[derive(Debug, Args)]
pub struct ScoreArguments {
    /// Folder in which fetched files are kept [default: one for this run].
    #[arg(long, value_name = "DIR")]
    pub cache: Option<PathBuf>,
    /// Name shown to organizers [default: the host's].
    #[arg(long)]
    pub name: Option<String>,
}

/// Runs server and scorer in this process.
///
/// # Errors
///
/// Where they cannot start.
pub fn up(_context: &Context, _arguments: &UpArguments) -> Result<(), Failure> {
    Err(Failure::refused("not_built", "`up` is not part of this build"))
}

/// Runs the server.
///
/// # Errors
///
/// Where it cannot start.
pub fn serve(_context: &Context, _arguments: &ServeArguments) -> Result<(), Failure> {
    Err(Failure::refused("not_built", "`serve` is not part of this build"))
}

/// Runs a scorer.
///
/// # Errors
///
/// Where it cannot start, or withdraws itself.
pub fn score(_context: &Context, _arguments: &ScoreArguments) -> Result<(), Failure> {
    Err(Failure::refused("not_built", "`score` is not part of this build"))
}
