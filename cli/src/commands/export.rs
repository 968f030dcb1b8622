//! `season export`: a season as one file that can be verified, or a table of it for organizers' own
//! tools.

use std::path::{Path, PathBuf};

use clap::{Args, ValueEnum};
use holdout_protocol::Slug;

use super::context::Context;
use crate::archive::{ArchiveOptions, export_archive};
use crate::failure::Failure;
use crate::new_file::write_or_print;

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
    /// A table of it. Without one, the season is written as an archive that `holdout verify`
    /// verifies without the server.
    table: Option<Table>,
    /// How a table is written.
    #[arg(long, value_enum, default_value = "csv", requires = "table")]
    format: Format,
    /// The file to write, which must not exist [default: standard output (`-`) for a table,
    /// SEASON.tar.zst for an archive].
    #[arg(long, short, alias = "out", value_name = "FILE")]
    output: Option<PathBuf>,
    #[command(flatten)]
    archive: ArchiveArguments,
}

/// What an archive holds.
#[derive(Debug, Args)]
#[command(next_help_heading = "Archive")]
struct ArchiveArguments {
    /// Only what everybody sees, also for organizers.
    #[arg(long, conflicts_with_all = ["table", "labels", "submissions", "answers"])]
    public: bool,
    /// The test sets with their labels, the salts that open their commitments, and the season as a
    /// folder.
    #[arg(long, conflicts_with = "table")]
    labels: bool,
    /// The images, in the season's folder.
    #[arg(long, requires = "labels", conflicts_with = "table")]
    images: bool,
    /// The files that were submitted.
    #[arg(long, conflicts_with = "table")]
    submissions: bool,
    /// The answers of prediction files, as Parquet.
    #[arg(long, conflicts_with = "table")]
    answers: bool,
}

pub(crate) fn export(context: &Context, arguments: &ExportArguments) -> Result<(), Failure> {
    let ExportArguments { season, table, format, output, archive } = arguments;
    let Some(table) = table else { return write_archive(context, season, output.as_deref(), archive) };
    let name = |value: Option<clap::builder::PossibleValue>| value.map(|value| value.get_name().to_owned());
    let table = name(table.to_possible_value()).unwrap_or_default();
    let format = name(format.to_possible_value()).unwrap_or_default();
    let bytes = context.client()?.export(season, &table, &format)?;
    write_or_print(context.console, output.as_deref(), &bytes)
}

fn write_archive(
    context: &Context,
    season: &Slug,
    output: Option<&Path>,
    arguments: &ArchiveArguments,
) -> Result<(), Failure> {
    let ArchiveArguments { public, labels, images, submissions, answers } = *arguments;
    let client = if public { context.anonymous()? } else { context.client()? };
    let output = output.map_or_else(|| PathBuf::from(format!("{season}.tar.zst")), Path::to_owned);
    let options = ArchiveOptions { public, labels, images, submissions, answers };
    let written = export_archive(&client, season, &output, options, context.console)?;
    context.console.data(&written)?;
    let file = written.file.display();
    let mut lines = vec![format!(
        "{file}: season {season}, files: {}, submissions: {}, receipts: {}",
        written.files, written.submissions, written.receipts
    )];
    if !written.hidden.is_empty() {
        lines.push(format!("  It has what not everybody may see: {}.", written.hidden.join("; ")));
    }
    lines.extend(written.remarks.iter().map(|remark| format!("  note: {remark}")));
    lines.push(format!("next: holdout verify {file} --key KEY"));
    context.console.say(lines.join("\n"))
}
