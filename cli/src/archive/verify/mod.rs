//! What an archive proves to somebody who has nothing but the archive and the key.
//!
//! `contents` reads the files, `log` and `receipts` prove what was signed, and everything else is
//! compared with that: `boards`, `labels`, `submissions`. Problems are collected, so that a reader
//! sees all of them.

mod boards;
mod chains;
mod contents;
mod labels;
mod log;
mod order;
mod receipts;
mod report;
mod submissions;
#[cfg(test)]
mod tests;

use std::path::Path;

use holdout_receipts::{Checkpoint, VerifyingKey};

use self::contents::Contents;
use self::log::ProvedLog;
use self::report::Report;
use super::manifest::{Manifest, View};

/// How many problems are listed; the others are counted.
const MOST_TOLD: usize = 20;

/// Why an archive is not proved.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum ArchiveFailure {
    /// It is no archive, or one that nobody should read.
    Unreadable(String),
    /// Something in it is not what it should be.
    NotProved(Vec<String>),
}

/// What an archive proves.
#[derive(Debug)]
pub(crate) struct ProvedArchive {
    pub(crate) season: String,
    pub(crate) key: VerifyingKey,
    pub(crate) checkpoint: Checkpoint,
    /// What is proved, in sentences.
    pub(crate) proved: Vec<String>,
    /// What is not, in sentences.
    pub(crate) open: Vec<String>,
}

/// Verifies an archive with a key, or with the one in it; `earlier` is a checkpoint that its log
/// has to continue.
pub(crate) fn verify_archive(
    path: &Path,
    key: Option<&VerifyingKey>,
    earlier: Option<&str>,
) -> Result<ProvedArchive, ArchiveFailure> {
    let contents = Contents::read(path).map_err(ArchiveFailure::Unreadable)?;
    let manifest = contents.manifest().map_err(ArchiveFailure::Unreadable)?;
    let mut report = Report::default();
    contents.check_files(&manifest, &mut report);
    let log = ProvedLog::prove(&contents, &manifest, key, earlier, &mut report);
    let Some(log) = report.noted(log) else { return Err(told(report.problems)) };
    check_season(path, &contents, &manifest, &log, &mut report);
    if !report.problems.is_empty() {
        return Err(told(report.problems));
    }
    let Report { proved, open, .. } = report;
    Ok(ProvedArchive { season: manifest.season.to_string(), key: log.key, checkpoint: log.checkpoint, proved, open })
}

fn told(mut problems: Vec<String>) -> ArchiveFailure {
    let more = problems.len().saturating_sub(MOST_TOLD);
    problems.truncate(MOST_TOLD);
    if more > 0 {
        problems.push(format!("and {more} more"));
    }
    ArchiveFailure::NotProved(problems)
}

fn check_season(path: &Path, contents: &Contents, manifest: &Manifest, log: &ProvedLog, report: &mut Report) {
    let Some(chains) = receipts::prove(contents, manifest, log, report) else { return };
    let rows = submissions::check_rows(contents, manifest, &chains, report);
    boards::check(contents, manifest, &chains, &rows, report);
    let test_sets = labels::check(contents, &chains, report);
    submissions::check_files(path, contents, (&rows, &chains), &test_sets, report);
    report.leave_open(
        "which images are in the public part, the names of teams and methods, which entries are baselines, late or were chosen by their \
         teams, when they came in, rank ranges, p-values and what boards say in words: no receipt has them",
    );
    report.leave_open(
        "season, rules, announcements, lists of classes and images, the folder `season/` and the tables in `answers/`: nobody signed them, nor the \
         manifest, so anyone who rewrites it can change them or leave files out",
    );
    if manifest.view == View::Public {
        report.leave_open(
            "that nothing was left out, and why rows are disqualified: the archive has what everybody sees, and the other \
             entries of the log say nothing. An archive of an organizer proves it",
        );
    }
}
