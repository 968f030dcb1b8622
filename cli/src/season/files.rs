//! The files that `season.yaml` names, read and checked before anything is sent.

use std::path::{Path, PathBuf};

use holdout_evaluation::TestSet;
use holdout_images::Transform;
use holdout_protocol::limits::RULES;
use holdout_protocol::{
    NewSeason, Registration, SeasonTerms, Sha256, Slug, SubmissionKind, TaskSettings, TeamName, check_season,
    format_bytes,
};
use serde_saphyr::Location;

use super::images::{Images, PackedImages};
use super::interpret::{EntryFile, FileAt, SeasonFolder, TaskFiles};
use super::problems::Problems;
use crate::client::TaskPath;
use crate::console::Console;
use crate::failure::Failure;
use crate::local_check::{Checked, check_file, read_classes, read_test_set};
use crate::show::submission::kind_words;
use crate::submission::Draft;
use crate::upload::FileFacts;

/// A season whose files are all there and usable.
pub(crate) struct CheckedSeason {
    /// The season, with its rules.
    pub(crate) season: NewSeason,
    /// Whether it is a draft; left as it is if `None`.
    pub(crate) draft: Option<bool>,
    /// Who may found and join teams; `None` leaves it as it is on the server.
    pub(crate) registration: Option<Registration>,
    pub(crate) tasks: Vec<CheckedTask>,
    pub(crate) entries: Vec<CheckedEntry>,
    /// What the user should know.
    pub(crate) remarks: Vec<String>,
}

impl CheckedSeason {
    /// Returns where a task of the season is on the server.
    pub(super) fn path_of(&self, task: &Slug) -> TaskPath {
        TaskPath { season: self.season.season.clone(), task: task.clone() }
    }
}

/// A task whose files are usable.
pub(crate) struct CheckedTask {
    pub(crate) task: Slug,
    pub(crate) settings: TaskSettings,
    pub(crate) classes: PathBuf,
    pub(crate) labels: PathBuf,
    /// Images, if models are accepted.
    pub(crate) images: Option<PackedImages>,
    /// The test set as the server will see it.
    pub(crate) test_set: TestSet,
}

/// An entry whose file is usable.
#[derive(Debug)]
pub(crate) struct CheckedEntry {
    pub(crate) task: Slug,
    /// What it says of itself.
    pub(crate) draft: Draft,
    pub(crate) team: TeamName,
    pub(crate) file: PathBuf,
    /// The digest of its file.
    pub(crate) sha256: Sha256,
}

/// What to do with images.
#[derive(Debug, Clone, Copy)]
pub(crate) enum ImageHandling<'a> {
    /// They are left out, and models are not accepted.
    LeaveOut,
    /// Each is looked at.
    Check {
        /// Folder of what is remembered of images, and of packed ones.
        scratch: &'a Path,
        /// Where to tell how far it is.
        console: Console,
    },
}

/// Reads every file that the season names.
///
/// # Errors
///
/// Names everything that is wrong, with the line of `season.yaml` that led to it.
pub(crate) fn check_files(folder: SeasonFolder, images: ImageHandling<'_>) -> Result<CheckedSeason, Failure> {
    let problems = Problems::of(folder.file.display().to_string());
    let mut reader = Reader { problems, remarks: Vec::new(), images };
    let rules = folder.rules.as_ref().map_or_else(String::new, |rules| reader.rules(rules));
    let tasks: Vec<Option<CheckedTask>> = folder.tasks.iter().map(|task| reader.task(task)).collect();
    let mut entries = Vec::new();
    for entry in folder.entries {
        if reader.without_images() && entry.draft.kind == SubmissionKind::Torchscript {
            let what = entry.draft.method.as_deref().unwrap_or("a model");
            reader.remarks.push(format!("left out, for want of images: the entry of {}, {what}", entry.team));
            continue;
        }
        let task = tasks.get(entry.task).and_then(Option::as_ref);
        entries.extend(reader.entry(entry, task));
    }
    let season = NewSeason { rules, ..folder.season };
    reader.season(&season, folder.rules.as_ref());
    reader.problems.into_result()?;
    let tasks = tasks.into_iter().flatten().collect();
    Ok(CheckedSeason {
        season,
        draft: folder.draft,
        registration: folder.registration,
        tasks,
        entries,
        remarks: reader.remarks,
    })
}

struct Reader<'a> {
    problems: Problems,
    remarks: Vec<String>,
    images: ImageHandling<'a>,
}

impl Reader<'_> {
    const fn without_images(&self) -> bool {
        matches!(self.images, ImageHandling::LeaveOut)
    }

    fn rules(&mut self, file: &FileAt) -> String {
        let size = std::fs::metadata(&file.path).map(|metadata| metadata.len());
        let text = match size {
            Ok(size) if usize::try_from(size).map_or(true, |size| size > RULES) => {
                Err(format!("`{}` has more than 256 KiB", file.path.display()))
            }
            Ok(_) => std::fs::read_to_string(&file.path).map_err(|error| format!("`{}`: {error}", file.path.display())),
            Err(error) => Err(format!("`{}`: {error}", file.path.display())),
        };
        text.unwrap_or_else(|message| {
            self.problem(file, message);
            String::new()
        })
    }

    /// Checks what is left, so that the server refuses nothing once something was sent.
    fn season(&mut self, season: &NewSeason, rules: Option<&FileAt>) {
        let NewSeason { title, rules: text, opens, closes, registration, .. } = season;
        let terms = SeasonTerms { title, rules: text, opens: *opens, closes: *closes, registration };
        let Err(refused) = check_season(terms) else { return };
        let place = rules.filter(|_| refused.field == "rules").map_or(Location::UNKNOWN, |rules| rules.place);
        self.problems.add(place, refused.field, refused.message);
    }

    fn task(&mut self, files: &TaskFiles) -> Option<CheckedTask> {
        let settings = self.settings(files)?;
        let classes = self.kept(&files.classes, read_classes(&files.classes.path))?;
        let test_set = self.kept(&files.labels, read_test_set(classes, &files.labels.path))?;
        if let Some(split) = &settings.split {
            let count = test_set.shape().classes.count();
            // Whether there can be a split does not depend on the seed; the server mixes a secret
            // into it.
            let mask = holdout_evaluation::public_mask(test_set.labels(), count, split.public, 0);
            if let Err(error) = mask {
                self.problem(&files.labels, format!("the split cannot be made: {error}"));
            }
        }
        let images = self.images(files, &settings, &test_set);
        let (classes, labels) = (files.classes.path.clone(), files.labels.path.clone());
        Some(CheckedTask { task: files.task.clone(), settings, classes, labels, images, test_set })
    }

    fn settings(&mut self, files: &TaskFiles) -> Option<TaskSettings> {
        let mut settings = files.settings.clone();
        let models = settings.accepts.contains(&SubmissionKind::Torchscript);
        if self.without_images() && models {
            settings.accepts.retain(|kind| *kind != SubmissionKind::Torchscript);
            self.remarks.push(format!("`{}` is applied without images: it accepts no models", files.task));
            if settings.accepts.is_empty() {
                let message = "nothing is left that the task accepts; without images it needs `predictions`";
                self.problem_at(&files.classes, "accepts", message);
                return None;
            }
        }
        Some(settings)
    }

    fn images(&mut self, files: &TaskFiles, settings: &TaskSettings, test_set: &TestSet) -> Option<PackedImages> {
        let ImageHandling::Check { scratch, console } = self.images else { return None };
        if !settings.accepts.contains(&SubmissionKind::Torchscript) {
            return None;
        }
        let Some(file) = &files.images else {
            let message = "is missing; a task that accepts `torchscript` needs images, or use `--without-images`";
            self.problem_at(&files.labels, "images", message);
            return None;
        };
        let images = self.kept(file, Images::at(&file.path).and_then(|images| images.pack(scratch)))?;
        // A task that accepts models has one: `season.yaml` was refused otherwise.
        let transform = Transform::from(settings.input.as_ref()?);
        if let Err(found) = images.find_problems(test_set, transform, scratch, console) {
            for problem in &found.first {
                self.problem(if problem.in_labels { &files.labels } else { file }, problem.to_string());
            }
            found.rest().into_iter().for_each(|rest| self.problem(file, rest));
        }
        Some(images)
    }

    fn entry(&mut self, entry: EntryFile, task: Option<&CheckedTask>) -> Option<CheckedEntry> {
        let facts = FileFacts::of(&entry.file.path).map_err(|error| Failure::file(&entry.file.path, &error));
        let facts = self.kept(&entry.file, facts)?;
        let task = task?;
        if !task.settings.accepts.contains(&entry.draft.kind) {
            let message = format!("`{}` takes no {}", task.task, kind_words(entry.draft.kind).1);
            self.problem(&entry.file, message);
            return None;
        }
        if entry.draft.kind == SubmissionKind::Predictions {
            self.predictions(&entry.file, task)?;
        }
        let limit = task.settings.limits.bytes(entry.draft.kind);
        if facts.size > limit {
            let (size, limit) = (format_bytes(facts.size), format_bytes(limit));
            self.problem(
                &entry.file,
                format!("`{}` has {size}; `{}` takes {limit}", entry.file.path.display(), task.task),
            );
            return None;
        }
        let EntryFile { draft, team, file, .. } = entry;
        Some(CheckedEntry { task: task.task.clone(), draft, team, file: file.path, sha256: facts.sha256 })
    }

    fn predictions(&mut self, file: &FileAt, task: &CheckedTask) -> Option<()> {
        // Images whose names only the archive knows: the server checks files that use the names.
        if task.images.is_some() && task.test_set.shape().images.is_numbered() {
            return Some(());
        }
        let checked = check_file(task.test_set.shape(), &file.path, task.settings.limits.predictions_bytes);
        match self.kept(file, checked)? {
            Checked::Good(_) => Some(()),
            Checked::Refused(verdict) => {
                self.problem(file, format!("`{}`: {}", file.path.display(), verdict.message));
                None
            }
        }
    }

    fn kept<T>(&mut self, file: &FileAt, result: Result<T, Failure>) -> Option<T> {
        result.map_err(|failure| self.problem(file, failure.to_string())).ok()
    }

    fn problem(&mut self, file: &FileAt, message: impl Into<String>) {
        self.problems.add(file.place, &file.field, message);
    }

    /// Adds a problem with the field `name` beside that of `file`.
    fn problem_at(&mut self, file: &FileAt, name: &str, message: &str) {
        let base = file.field.rsplit_once('.').map_or("", |(base, _)| base);
        self.problems.add(file.place, &format!("{base}.{name}"), message);
    }
}

/// Returns the file names of a path, for people.
pub(super) fn file_name(path: &Path) -> String {
    path.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default()
}
