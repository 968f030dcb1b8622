//! `season export`: what a season holds, for organizers' own tools.

use std::io::Write as _;
use std::path::PathBuf;

use clap::{Args, ValueEnum};
use holdout_protocol::Slug;

use super::context::Context;
use crate::failure::Failure;
use crate::new_file::NewFile;

/// What is exported.
#[derive(Debug, Clone, Copy, ValueEnum)]
enum Table {
    /// The members of teams; with their e-mail addresses for judges.
    Participants,
    /// Submissions with their scores.
    Submissions,
    /// Evaluations.
    Evaluations,
    /// The audit log, for judges.
    Audit,
}

/// How it is written.
#[derive(Debug, Clone, Copy, ValueEnum)]
enum Format {
    Csv,
    Json,
}

/// `season export`.
#[derive(Debug, Args)]
pub(crate) struct ExportArguments {
    /// The season, by its short name, for example `ilsvrc-2012`.
    season: Slug,
    /// What is exported.
    table: Table,
    /// How it is written.
    #[arg(long, value_enum, default_value = "csv")]
    format: Format,
    /// The file to write, which must not exist [default: standard output].
    #[arg(long, short, alias = "out", value_name = "FILE")]
    output: Option<PathBuf>,
}

pub(crate) fn export(context: &Context, arguments: &ExportArguments) -> Result<(), Failure> {
    let ExportArguments { season, table, format, output } = arguments;
    let name = |value: Option<clap::builder::PossibleValue>| value.map(|value| value.get_name().to_owned());
    let table = name(table.to_possible_value()).unwrap_or_default();
    let format = name(format.to_possible_value()).unwrap_or_default();
    let bytes = context.client()?.export(season, &table, &format)?;
    let Some(file) = output else { return context.console.raw(&bytes) };
    let mut new = NewFile::beside(file)?;
    new.write_all(&bytes).map_err(|error| Failure::file(file, &error))?;
    new.put_in_place()?;
    context.console.data(&serde_json::json!({ "file": file, "bytes": bytes.len() }))?;
    context.console.say(format!("Wrote {}.", file.display()))
}
