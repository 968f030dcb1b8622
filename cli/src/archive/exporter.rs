//! The files of an archive, one after the other.

use std::fs::{self, File};
use std::io::{self, Write as _};
use std::path::{Path, PathBuf};

use holdout_protocol::{Announcement, Season, Slug, SubmissionKind};
use serde::Serialize;

use super::answers::parquet_of;
use super::collect::Collected;
use super::entries::{EntryRow, write_rows};
use super::log::write_entries;
use super::names;
use super::writer::ArchiveWriter;
use crate::client::{Client, TaskPath};
use crate::console::Console;
use crate::failure::Failure;
use crate::fetched::fetch;
use crate::local_check::labels_csv;
use crate::new_file::{NewFile, parent};
use crate::season::save_season;
use crate::unfinished::Unfinished;

/// What each file of an archive is.
const README: &str = include_str!("README.md");

/// What goes into an archive beyond what the caller sees on the pages.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct ArchiveOptions {
    /// Nothing that only organizers see.
    pub(crate) public: bool,
    /// The test sets with their labels, and the season as a folder.
    pub(crate) labels: bool,
    /// The images in that folder.
    pub(crate) images: bool,
    /// The files that were submitted.
    pub(crate) submissions: bool,
    /// The answers as tables.
    pub(crate) answers: bool,
}

/// Adds the files of a season to an archive.
pub(super) struct Exporter<'a> {
    pub(super) client: &'a Client,
    pub(super) console: Console,
    /// Where the archive will be: temporary files lie beside it.
    pub(super) output: &'a Path,
    pub(super) archive: ArchiveWriter<NewFile>,
    pub(super) remarks: Vec<String>,
}

impl Exporter<'_> {
    pub(super) fn write(&mut self, found: &Collected, options: ArchiveOptions) -> Result<(), Failure> {
        self.add(names::README, README.as_bytes())?;
        self.season(&found.season)?;
        self.log(found)?;
        self.add(names::ENTRIES, &rows(found)?)?;
        for (id, bundle) in &found.receipts {
            self.add(&format!("receipts/{id}.json"), &json(bundle)?)?;
        }
        for board in &found.boards {
            self.add(&format!("{}.json", board.name), &board.json)?;
            if let Some(csv) = &board.csv {
                self.add(&format!("{}.csv", board.name), csv)?;
            }
        }
        if options.labels {
            self.test_sets(&found.season)?;
            self.folder(&found.season.season, options.images)?;
        }
        if options.submissions {
            self.submissions(&found.season.season, &found.rows)?;
        }
        if options.answers {
            self.answers(&found.season.season, &found.rows)?;
        }
        Ok(())
    }

    fn add(&mut self, name: &str, bytes: &[u8]) -> Result<(), Failure> {
        self.archive.add(name, bytes).map_err(|error| Failure::file(self.output, &error))
    }

    fn add_file(&mut self, name: &str, mut file: File) -> Result<(), Failure> {
        let failed = |error: io::Error| Failure::file(self.output, &error);
        io::Seek::rewind(&mut file).map_err(failed)?;
        let size = file.metadata().map_err(failed)?.len();
        self.archive.add_sized(name, size, file).map_err(failed)
    }

    /// The season as everybody may know it: without the seeds of splits and what is being
    /// re-scored.
    fn season(&mut self, season: &Season) -> Result<(), Failure> {
        let mut told = season.clone();
        for task in &mut told.tasks {
            task.staged = None;
            if let Some(split) = &mut task.settings.split {
                split.seed = None;
            }
        }
        self.add(names::SEASON, &json(&told)?)?;
        if !season.rules.is_empty() {
            self.add("rules.md", season.rules.as_bytes())?;
        }
        for task in season.tasks.iter().filter(|task| task.test_set.is_some()) {
            let path = TaskPath { season: season.season.clone(), task: task.task.clone() };
            self.add(&format!("tasks/{}/classes.tsv", task.task), &self.client.classes(&path)?)?;
            self.add(&format!("tasks/{}/images.txt", task.task), &self.client.images(&path)?)?;
        }
        let mut announcements = self.client.announcements(&season.season)?;
        announcements.iter_mut().for_each(as_everybody_sees);
        self.add(names::ANNOUNCEMENTS, &json(&announcements)?)
    }

    fn log(&mut self, found: &Collected) -> Result<(), Failure> {
        self.add(names::KEY, found.log.key.as_bytes())?;
        if !found.log.key_changes.is_empty() {
            self.add(names::KEY_CHANGES, &json(&found.log.key_changes)?)?;
        }
        self.add(names::CHECKPOINT, found.log.checkpoint.as_bytes())?;
        let entries = write_entries(&found.log.entries).map_err(|error| Failure::refused("output", error))?;
        self.add(names::LOG, &entries)?;
        match &found.season_log {
            Some(log) => self.add(names::SEASON_LOG, &json(log)?),
            None => Ok(()),
        }
    }

    /// Every version of each test set, with what opens the commitment to it.
    fn test_sets(&mut self, season: &Season) -> Result<(), Failure> {
        for task in season.tasks.iter().filter(|task| task.test_set.is_some()) {
            let path = TaskPath { season: season.season.clone(), task: task.task.clone() };
            for opening in self.client.commitments(&path)?.versions {
                let folder = format!("test-sets/{}/{}", task.task, opening.version);
                let stored = self.client.test_set(&path, Some(opening.version))?;
                self.add(&format!("{folder}/test-set.bin"), &stored.canonical)?;
                self.add(&format!("{folder}/labels.csv"), &labels_csv(&stored.canonical, &path)?)?;
                self.add(&format!("{folder}/opening.json"), &json(&opening)?)?;
            }
        }
        Ok(())
    }

    /// The folder that `season apply` takes.
    fn folder(&mut self, season: &Slug, images: bool) -> Result<(), Failure> {
        let failed = |error: io::Error| Failure::file(self.output, &error);
        let scratch = tempfile::tempdir_in(parent(self.output)).map_err(failed)?;
        let _unfinished = Unfinished::at(scratch.path());
        let folder = scratch.path().join("season");
        let saved = save_season(self.client, season, &folder, !images, self.console)?;
        self.remarks.extend(saved.remarks);
        let files = files_below(&folder).map_err(failed)?;
        if images && !files.iter().any(|(_, path)| path.file_stem().is_some_and(|stem| stem == "images")) {
            self.remarks.push(format!("no images: the test sets of {season} have none"));
        }
        for (name, path) in files {
            self.add_file(&format!("season/{name}"), File::open(&path).map_err(|error| Failure::file(&path, &error))?)?;
        }
        Ok(())
    }

    fn submissions(&mut self, season: &Slug, rows: &[EntryRow]) -> Result<(), Failure> {
        for row in rows {
            let file = self.fetched(season, row)?;
            let ending = row.kind.unwrap_or(SubmissionKind::Predictions).file_ending();
            self.add_file(&format!("submissions/{}/{}.{ending}", row.task, row.submission), file)?;
        }
        Ok(())
    }

    fn answers(&mut self, season: &Slug, rows: &[EntryRow]) -> Result<(), Failure> {
        for row in rows.iter().filter(|row| row.standing.is_some()) {
            let path = TaskPath { season: season.clone(), task: row.task.clone() };
            if row.kind != Some(SubmissionKind::Predictions) {
                self.remarks
                    .push(format!("no answers of {}: only those of prediction files are exported", row.submission));
                continue;
            }
            let file = self.fetched(season, row)?;
            match parquet_of(self.client, &path, file)? {
                Some(table) => self.add_file(&format!("answers/{}/{}.parquet", row.task, row.submission), table)?,
                None => {
                    self.remarks.push(format!("no answers of {}: its images are not those of today", row.submission))
                }
            }
        }
        Ok(())
    }

    /// The file of a submission, in a temporary file beside the archive.
    fn fetched(&self, season: &Slug, row: &EntryRow) -> Result<File, Failure> {
        let place = format!("{season}/{}: submission {}", row.task, row.submission);
        let expected =
            row.file_sha256.ok_or_else(|| Failure::refused("invalid_value", format!("{place} has no SHA-256")))?;
        self.console.remark(format!("fetching {place}"));
        let mut file =
            tempfile::tempfile_in(parent(self.output)).map_err(|error| Failure::file(self.output, &error))?;
        fetch(self.client.submission_file(row.submission)?, &mut file, self.output, expected)?;
        file.flush().map_err(|error| Failure::file(self.output, &error))?;
        Ok(file)
    }
}

/// The submissions as a table; what the public does not see of a file is taken from its receipts
/// when it is verified.
fn rows(found: &Collected) -> Result<Vec<u8>, Failure> {
    let rows: Vec<EntryRow> = found.rows.iter().cloned().map(EntryRow::defused).collect();
    write_rows(&rows).map_err(|error| Failure::refused("output", error))
}

fn as_everybody_sees(announcement: &mut Announcement) {
    announcement.unread = false;
    if announcement.withdrawn_at.is_some() {
        (announcement.title, announcement.text) = (None, None);
    }
}

fn json(value: &impl Serialize) -> Result<Vec<u8>, Failure> {
    let text = serde_json::to_vec_pretty(value).map_err(|error| Failure::refused("output", error.to_string()))?;
    Ok([text, b"\n".to_vec()].concat())
}

/// The files of a folder and those below it by their names within it, sorted.
fn files_below(folder: &Path) -> io::Result<Vec<(String, PathBuf)>> {
    let (mut found, mut folders) = (Vec::new(), vec![(String::new(), folder.to_owned())]);
    while let Some((prefix, folder)) = folders.pop() {
        for entry in fs::read_dir(folder)? {
            let entry = entry?;
            let name = format!("{prefix}{}", entry.file_name().to_string_lossy());
            if entry.file_type()?.is_dir() {
                folders.push((format!("{name}/"), entry.path()));
            } else {
                found.push((name, entry.path()));
            }
        }
    }
    found.sort_unstable();
    Ok(found)
}
