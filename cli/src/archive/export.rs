//! Writes what a server has of a season into one file.

use std::path::{Path, PathBuf};

use holdout_protocol::Slug;
use serde::Serialize;

use super::collect::{Collected, collect};
use super::exporter::{ArchiveOptions, Exporter};
use super::manifest::{FORMAT, Manifest, View};
use super::writer::ArchiveWriter;
use crate::client::Client;
use crate::console::Console;
use crate::failure::Failure;
use crate::new_file::NewFile;

/// What was written.
#[derive(Debug, Serialize)]
pub(crate) struct WrittenArchive {
    pub(crate) file: PathBuf,
    pub(crate) season: Slug,
    view: View,
    pub(crate) files: usize,
    pub(crate) submissions: usize,
    pub(crate) receipts: usize,
    /// What is in it that not everybody may see.
    pub(crate) hidden: Vec<&'static str>,
    /// What the user should know.
    pub(crate) remarks: Vec<String>,
}

/// Writes the archive of a season to a file that must not exist.
///
/// # Errors
///
/// If the server refuses, or the file cannot be written.
pub(crate) fn export_archive(
    client: &Client,
    season: &Slug,
    output: &Path,
    options: ArchiveOptions,
    console: Console,
) -> Result<WrittenArchive, Failure> {
    let file = NewFile::beside(output)?;
    let found = collect(client, season, options.public)?;
    if found.view == View::Public && (options.labels || options.submissions || options.answers) {
        return Err(Failure::refused("forbidden", "labels, submissions and answers are for organizers of the season")
            .advise("Leave `--labels`, `--submissions` and `--answers` out, or log in as an organizer."));
    }
    let archive = ArchiveWriter::new(file).map_err(|error| Failure::file(output, &error))?;
    let mut exporter = Exporter { client, console, output, archive, remarks: Vec::new() };
    exporter.write(&found, options)?;
    let Exporter { archive, remarks, .. } = exporter;
    let manifest = Manifest {
        format: FORMAT.to_owned(),
        season: season.clone(),
        view: found.view,
        program: format!("holdout {}", env!("CARGO_PKG_VERSION")),
        key: found.log.key.trim().to_owned(),
        checkpoint: found.log.checkpoint.clone(),
        files: Vec::new(),
    };
    let (file, files) = archive.finish(manifest).map_err(|error| Failure::file(output, &error))?;
    file.put_in_place()?;
    let receipts = found.receipts.iter().map(|(_, bundle)| bundle.receipts.len()).sum();
    let hidden = hidden(&found, options);
    let (view, submissions) = (found.view, found.rows.len());
    Ok(WrittenArchive {
        file: output.to_owned(),
        season: season.clone(),
        view,
        files,
        submissions,
        receipts,
        hidden,
        remarks,
    })
}

/// Returns what is in the archive that not everybody may see.
fn hidden(found: &Collected, options: ArchiveOptions) -> Vec<&'static str> {
    let is_organizer = found.view == View::Organizer;
    let has_private = found.boards.iter().any(|board| board.name.ends_with("/private"));
    let words = [
        (is_organizer && found.season.published_at.is_none() && has_private, "private scores that are not published"),
        (is_organizer, "results that are not on the board, and decisions about them"),
        (options.labels, "labels, and the salts that open their commitments"),
        (options.submissions, "the files that teams submitted"),
        (options.answers, "the answers of the submissions"),
    ];
    words.into_iter().filter_map(|(applies, words)| applies.then_some(words)).collect()
}
