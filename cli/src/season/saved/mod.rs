//! A season that is on a server, as the folder that `season apply` takes.

mod document;

use std::collections::{HashMap, HashSet};
use std::fs::{self, File};
use std::io::Read as _;
use std::path::{Path, PathBuf};

use holdout_protocol::{Season, Slug, Submission, SubmissionId, SubmissionState, Task, TeamId, TeamName};
use serde::{Deserialize, Serialize};

use self::document::{SavedEntry, SavedTask, document};
use super::staging::Staging;
use super::written::shell_word;
use crate::client::{Client, TaskPath};
use crate::console::Console;
use crate::failure::Failure;
use crate::fetched::fetch;
use crate::local_check::labels_csv;

/// What was saved.
#[derive(Debug, Serialize)]
pub(crate) struct SavedSeason {
    pub(crate) folder: PathBuf,
    pub(crate) season: Slug,
    pub(crate) tasks: usize,
    /// Entries that organizers made.
    pub(crate) entries: usize,
    /// What the user should know.
    pub(crate) remarks: Vec<String>,
    /// The command that makes the season again.
    pub(crate) next: String,
}

impl SavedSeason {
    /// Returns what was saved, for people.
    pub(crate) fn to_text(&self) -> String {
        let mut lines = vec![format!("saved {} as `{}`", self.season, self.folder.display())];
        lines.push(format!("  tasks: {}, entries of organizers: {}", self.tasks, self.entries));
        lines.extend(self.remarks.iter().map(|remark| format!("  note: {remark}")));
        lines.push(
            "  It has the hidden labels. Change `season` in `season.yaml` to make another season of it.".to_owned(),
        );
        lines.push(format!("next: {}", self.next));
        lines.join("\n")
    }
}

/// What is saved, and to where.
struct Saver<'a> {
    client: &'a Client,
    console: Console,
    staging: Staging,
    without_images: bool,
    remarks: Vec<String>,
}

/// Saves a season with its tasks, their test sets, and the entries that organizers made. What teams
/// submitted is not among them.
///
/// # Errors
///
/// If something is at `folder` already, a task has no test set, or the server refuses: only
/// organizers get labels.
pub(crate) fn save_season(
    client: &Client,
    season: &Slug,
    folder: &Path,
    without_images: bool,
    console: Console,
) -> Result<SavedSeason, Failure> {
    let staging = Staging::beside(folder)?;
    let season = client.season(season)?;
    let mut saver = Saver { client, console, staging, without_images, remarks: Vec::new() };
    let tasks: Vec<SavedTask<'_>> =
        season.tasks.iter().map(|task| saver.task(&season.season, task)).collect::<Result<_, _>>()?;
    let made = entries_of(client, &season)?;
    let entries: Vec<SavedEntry<'_>> = made.iter().map(|entry| saver.entry(entry)).collect::<Result<_, _>>()?;
    if !season.rules.is_empty() {
        saver.staging.write("rules.md", &season.rules)?;
    }
    saver.staging.write("season.yaml", &document(&season, &tasks, &entries))?;
    let (tasks, entries) = (tasks.len(), entries.len());
    let Saver { staging, remarks, .. } = saver;
    staging.put_at(folder)?;
    let next = format!("holdout season apply {}", shell_word(folder));
    Ok(SavedSeason { folder: folder.to_owned(), season: season.season, tasks, entries, remarks, next })
}

impl Saver<'_> {
    fn task<'t>(&mut self, season: &Slug, task: &'t Task) -> Result<SavedTask<'t>, Failure> {
        let (path, name) = (TaskPath { season: season.clone(), task: task.task.clone() }, task.task.as_str());
        if task.test_set.is_none() {
            let message = format!("{path} has no test set, and a season's folder has one for each task");
            return Err(Failure::refused("not_found", message));
        }
        let folder = self.folder(name)?;
        let stored = self.client.test_set(&path, None)?;
        write(&folder.join("classes.tsv"), &self.client.classes(&path)?)?;
        write(&folder.join("labels.csv"), &labels_csv(&stored.canonical, &path)?)?;
        let images = match stored.images {
            Some(_) if self.without_images => {
                self.remarks.push(format!("{name}: without its images; apply the folder with `--without-images`"));
                None
            }
            Some(sha256) => {
                self.console.remark(format!("fetching the images of {path}"));
                let draft = folder.join("images");
                fetch(self.client.image_archive(&path)?, &mut new_file(&draft)?, &draft, sha256)?;
                let file = format!("images.{}", archive_ending(&draft)?);
                fs::rename(&draft, folder.join(&file)).map_err(|error| Failure::file(&draft, &error))?;
                Some(format!("{name}/{file}"))
            }
            None => None,
        };
        Ok(SavedTask { task, images })
    }

    fn entry<'e>(&self, entry: &'e Entry) -> Result<SavedEntry<'e>, Failure> {
        let submission = &entry.submission;
        let name = format!("{}.{}", submission.id, submission.kind.file_ending());
        let path = self.folder("entries")?.join(&name);
        fetch(self.client.submission_file(submission.id)?, &mut new_file(&path)?, &path, submission.sha256)?;
        Ok(SavedEntry { submission, is_baseline: entry.is_baseline, file: format!("entries/{name}") })
    }

    /// Returns a folder of the season's, made if it is not there.
    fn folder(&self, name: &str) -> Result<PathBuf, Failure> {
        let folder = self.staging.path().join(name);
        fs::create_dir_all(&folder).map_err(|error| Failure::file(&folder, &error))?;
        Ok(folder)
    }
}

fn new_file(path: &Path) -> Result<File, Failure> {
    File::create_new(path).map_err(|error| Failure::file(path, &error))
}

fn write(path: &Path, bytes: &[u8]) -> Result<(), Failure> {
    fs::write(path, bytes).map_err(|error| Failure::file(path, &error))
}

/// Returns what the name of an archive has to end in, by its first bytes: `season apply` goes by
/// the name.
fn archive_ending(path: &Path) -> Result<&'static str, Failure> {
    let mut start = Vec::new();
    let read = File::open(path).and_then(|file| file.take(2).read_to_end(&mut start));
    read.map_err(|error| Failure::file(path, &error))?;
    Ok(match start.as_slice() {
        b"PK" => "zip",
        [0x1f, 0x8b] => "tar.gz",
        _ => "tar",
    })
}

/// An entry that organizers made.
struct Entry {
    submission: Submission,
    is_baseline: bool,
}

/// A submission as it is exported.
#[derive(Deserialize)]
struct Exported {
    id: SubmissionId,
    team_id: TeamId,
    baseline: bool,
}

/// Returns the entries that organizers made, oldest first, each file once: baselines, and what
/// teams have that nobody is in. Those that do not count any more are left out.
fn entries_of(client: &Client, season: &Season) -> Result<Vec<Entry>, Failure> {
    let unreadable =
        |error: serde_json::Error| Failure::refused("invalid_value", format!("the server's export: {error}"));
    let exported = client.export(&season.season, "submissions", "json")?;
    let exported: Vec<Exported> = serde_json::from_slice(&exported).map_err(unreadable)?;
    let exported: HashMap<SubmissionId, Exported> = exported.into_iter().map(|row| (row.id, row)).collect();
    let teams = client.teams(&season.season)?;
    let with_members: HashSet<TeamId> = teams
        .iter()
        .filter(|team| team.members.as_ref().is_some_and(|members| !members.is_empty()))
        .map(|team| team.id)
        .collect();
    let mut entries = Vec::new();
    let mut seen: HashSet<(Slug, TeamName, Option<String>, String)> = HashSet::new();
    for task in &season.tasks {
        let path = TaskPath { season: season.season.clone(), task: task.task.clone() };
        let mut submissions = client.submissions(&path, None)?;
        submissions.sort_by_key(|submission| submission.created_at);
        for submission in submissions {
            let Some(Exported { team_id, baseline, .. }) = exported.get(&submission.id) else {
                continue;
            };
            let counts = submission.judgement.is_none()
                && submission.withdrawn_at.is_none()
                && !matches!(submission.state, SubmissionState::Rejected | SubmissionState::Cancelled);
            let (team, method) = (submission.team.clone(), submission.method.clone());
            let is_entry = counts && (*baseline || !with_members.contains(team_id));
            if is_entry && seen.insert((task.task.clone(), team, method, submission.sha256.to_string())) {
                entries.push(Entry { submission, is_baseline: *baseline });
            }
        }
    }
    Ok(entries)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_archive_is_named_by_its_first_bytes() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("images");
        for (bytes, ending) in
            [(&b"PK\x03\x04"[..], "zip"), (b"\x1f\x8b\x08", "tar.gz"), (b"image-00.png\0\0", "tar"), (b"", "tar")]
        {
            fs::write(&path, bytes).unwrap();
            assert_eq!(archive_ending(&path).unwrap(), ending);
        }
    }
}
