//! From `season.yaml` as it is written to what it means.

use std::path::{Path, PathBuf};

use holdout_protocol::{NewSeason, Registration, RegistrationMode, Slug, TaskSettings, TeamName, Timestamp, is_domain};
use serde_saphyr::Location;

use super::document::{EntryDocument, RegistrationDocument, SeasonDocument, Written};
use super::problems::Problems;
use super::values::Reader;
use crate::failure::Failure;
use crate::submission::Draft;
use crate::yaml_words::place_and_cause;

/// Largest `season.yaml`, bytes.
const MAX_DOCUMENT: u64 = 4 << 20;

/// A season's folder, interpreted; its other files are not looked at yet.
#[derive(Debug)]
pub(crate) struct SeasonFolder {
    /// `season.yaml`, as the user would name it.
    pub(crate) file: PathBuf,
    /// The season; its rules are still to be read.
    pub(crate) season: NewSeason,
    /// Whether `draft` is written; left as it is on the server if not.
    pub(crate) draft: Option<bool>,
    /// Whether `registration` is written; left as it is on the server if not.
    pub(crate) registration: Option<Registration>,
    /// The file of the rules.
    pub(crate) rules: Option<FileAt>,
    pub(crate) tasks: Vec<TaskFiles>,
    pub(crate) entries: Vec<EntryFile>,
}

/// A file that a field names.
#[derive(Debug, Clone)]
pub(crate) struct FileAt {
    pub(crate) path: PathBuf,
    /// Field and place that name it.
    pub(crate) field: String,
    /// Line of `season.yaml`.
    pub(crate) place: Location,
}

/// A task and its files.
#[derive(Debug, Clone)]
pub(crate) struct TaskFiles {
    pub(crate) task: Slug,
    pub(crate) settings: TaskSettings,
    pub(crate) classes: FileAt,
    pub(crate) labels: FileAt,
    pub(crate) images: Option<FileAt>,
}

/// An entry and its file.
#[derive(Debug, Clone)]
pub(crate) struct EntryFile {
    /// The task's position in [`SeasonFolder::tasks`].
    pub(crate) task: usize,
    /// What it says of itself; the team is set.
    pub(crate) draft: Draft,
    pub(crate) team: TeamName,
    pub(crate) file: FileAt,
}

/// Reads and interprets `season.yaml` in `folder`, or `folder` itself if it is a file.
///
/// # Errors
///
/// Names file, line and field of everything that is wrong.
pub(crate) fn read_folder(folder: &Path) -> Result<SeasonFolder, Failure> {
    let file = if folder.is_dir() { folder.join("season.yaml") } else { folder.to_path_buf() };
    let unreadable = |error| Failure::file(&file, &error).advise("Name the folder that holds `season.yaml`.");
    let size = std::fs::metadata(&file).map_err(unreadable)?.len();
    if size > MAX_DOCUMENT {
        return Err(Failure::refused("too_large", format!("`{}` has more than 4 MiB", file.display())));
    }
    let text = std::fs::read_to_string(&file).map_err(unreadable)?;
    interpret(&file, &text)
}

/// Interprets the text of a `season.yaml`.
pub(super) fn interpret(file: &Path, text: &str) -> Result<SeasonFolder, Failure> {
    let shown = file.display().to_string();
    let mut problems = Problems::of(shown);
    let document = match serde_saphyr::from_str::<SeasonDocument>(text) {
        Ok(document) => document,
        Err(error) => {
            let (place, message) = place_and_cause(&error);
            problems.add(place, "", message);
            problems.into_result()?;
            return Err(Failure::refused("invalid_season", "the season cannot be read"));
        }
    };
    let folder = file.parent().unwrap_or(Path::new("")).to_path_buf();
    let mut reader = Reader { problems, folder };
    let season = reader.season(&document, file);
    reader.problems.into_result()?;
    season.ok_or_else(|| Failure::refused("invalid_season", "the season cannot be read"))
}

impl Reader {
    fn season(&mut self, document: &SeasonDocument, file: &Path) -> Option<SeasonFolder> {
        let season = self.parsed::<Slug>(&document.season, "season");
        let title = self.title(&document.title, "title");
        let opens = self.parsed::<Timestamp>(&document.opens, "opens");
        let closes = document.closes.as_ref().map(|closes| self.parsed::<Timestamp>(closes, "closes"));
        if let (Some(opens), Some(Some(closes)), Some(written)) = (opens, closes, &document.closes)
            && closes <= opens
        {
            self.problems.add(written.referenced, "closes", format!("`{closes}` is not after `opens`, {opens}"));
        }
        let draft = document.draft.as_ref().map(|draft| self.truth(draft, "draft"));
        let registration = document.registration.as_ref().map(|written| self.registration(written));
        let rules = document.rules.as_ref().map(|rules| self.file(rules, "rules".to_owned()));
        if document.tasks.is_empty() {
            self.problems.add(document.season.referenced, "tasks", "there is no task; write at least one");
        }
        let tasks: Vec<Option<TaskFiles>> = document
            .tasks
            .iter()
            .enumerate()
            .map(|(index, task)| self.task(task, &format!("tasks[{index}]")))
            .collect();
        self.unique_tasks(document);
        let entries: Vec<Option<EntryFile>> = document
            .entries
            .iter()
            .enumerate()
            .map(|(index, entry)| self.entry(entry, &document.tasks, &format!("entries[{index}]")))
            .collect();
        self.unique_entries(document);
        let (closes, draft) = (closes.flatten(), draft.flatten());
        let registration = registration.flatten();
        let rules_text = String::new();
        let new = NewSeason {
            season: season?,
            title: title?,
            rules: rules_text,
            opens: opens?,
            closes,
            draft: draft.unwrap_or(false),
            registration: registration.clone().unwrap_or_default(),
        };
        let tasks = tasks.into_iter().collect::<Option<_>>()?;
        let entries = entries.into_iter().collect::<Option<_>>()?;
        Some(SeasonFolder { file: file.to_path_buf(), season: new, draft, registration, rules, tasks, entries })
    }

    fn registration(&mut self, document: &RegistrationDocument) -> Option<Registration> {
        let default = Registration::default();
        let mode = match &document.mode {
            Some(mode) => self.one_of(mode, "registration.mode", &MODES),
            None => Some(default.mode),
        };
        let teams_per_account = match &document.teams_per_account {
            Some(count) => self.number(count, "registration.teams_per_account", &Registration::TEAMS_PER_ACCOUNT),
            None => Some(default.teams_per_account),
        };
        let domains = document.domains.iter().map(|domain| self.domain(domain)).collect::<Option<_>>();
        Some(Registration { mode: mode?, domains: domains?, teams_per_account: teams_per_account? })
    }

    fn domain(&mut self, written: &Written) -> Option<String> {
        let domain = written.value.clone();
        if !is_domain(domain.strip_prefix("*.").unwrap_or(&domain)) {
            let allowed = "a domain as `example.org`, or `*.example.org` for all below it";
            self.problems.refuse(written, "registration.domains", allowed);
            return None;
        }
        Some(domain)
    }

    fn unique_tasks(&mut self, document: &SeasonDocument) {
        for (index, task) in document.tasks.iter().enumerate() {
            if document.tasks.iter().take(index).any(|earlier| earlier.task.value == task.task.value) {
                let message = format!("`{}` is there twice; each task needs a name of its own", task.task.value);
                self.problems.add(task.task.referenced, &format!("tasks[{index}].task"), message);
            }
        }
    }

    fn unique_entries(&mut self, document: &SeasonDocument) {
        let key = |entry: &EntryDocument| {
            let method = entry.method.as_ref().map(|method| method.value.clone());
            (entry.team.value.clone(), entry.task.value.clone(), method, entry.file.value.clone())
        };
        for (index, entry) in document.entries.iter().enumerate() {
            if document.entries.iter().take(index).any(|earlier| key(earlier) == key(entry)) {
                let message = "this entry is there twice, with the same team, method and file";
                self.problems.add(entry.team.referenced, &format!("entries[{index}]"), message);
            }
        }
    }
}

const MODES: [(&str, RegistrationMode); 3] =
    [("open", RegistrationMode::Open), ("code", RegistrationMode::Code), ("approval", RegistrationMode::Approval)];

#[cfg(test)]
#[path = "interpret_tests.rs"]
mod tests;
