//! From `season.yaml` as it is written to what it means.

use std::ops::RangeInclusive;
use std::path::{Path, PathBuf};

use holdout_protocol::{
    InputTransform, Limits, Metric, NewSeason, Precision, QuotaRule, Registration, RegistrationMode, Slug, Split,
    SubmissionKind, SubmissionTexts, TaskSettings, TeamName, Timestamp, check_task, is_domain,
};
use serde_saphyr::{Location, Spanned};

use super::document::{
    EntryDocument, InputDocument, LimitsDocument, QuotaDocument, RegistrationDocument, SeasonDocument, SplitDocument,
    TaskDocument, Written,
};
use super::problems::Problems;
use super::values::Reader;
use crate::failure::Failure;
use crate::submission::Draft;

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

/// What an entry says of itself.
struct Texts {
    method: Option<String>,
    note: Option<String>,
    description: Option<String>,
    links: Vec<String>,
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
            let (place, message) = described(&error);
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

/// Place and one-line message of a fault that the YAML reader found.
fn described(error: &serde_saphyr::Error) -> (Location, String) {
    let bare = error.without_snippet();
    let place = error.location().unwrap_or(Location::UNKNOWN);
    let message = bare.render_with_formatter(&PlainWords);
    let first = message.lines().next().unwrap_or_default();
    let suffix = format!(" at line {}, column {}", place.line(), place.column());
    (place, first.trim_end_matches(&suffix).trim_start_matches("error: ").to_owned())
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

    fn task(&mut self, document: &TaskDocument, at: &str) -> Option<TaskFiles> {
        let task = self.parsed::<Slug>(&document.task, &format!("{at}.task"));
        let settings = self.settings(document, at);
        let classes = self.file(&document.classes, format!("{at}.classes"));
        let labels = self.file(&document.test_set.labels, format!("{at}.test_set.labels"));
        let images = document.test_set.images.as_ref();
        let images = images.map(|images| self.file(images, format!("{at}.test_set.images")));
        Some(TaskFiles { task: task?, settings: settings?, classes, labels, images })
    }

    fn settings(&mut self, document: &TaskDocument, at: &str) -> Option<TaskSettings> {
        let title = self.title(&document.title, &format!("{at}.title"));
        let metric = self.one_of(&document.metric, &format!("{at}.metric"), &METRICS);
        let accepts = self.accepts(document, at);
        let input = document.input.as_ref().map(|input| self.input(input, &format!("{at}.input")));
        let split = document.split.as_ref().map(|split| self.split(split, &format!("{at}.split")));
        let quota = document.quota.as_ref().map(|quota| self.quota(quota, &format!("{at}.quota")));
        let limits = document.limits.as_ref().map(|limits| self.limits(limits, &format!("{at}.limits")));
        let finals = document.finals.as_ref().map_or(Some(TaskSettings::default_finals()), |finals| {
            self.number(finals, &format!("{at}.finals"), &TaskSettings::FINALS)
        });
        let approval = document.approval.as_ref();
        let approval = approval.map_or(Some(false), |approval| self.truth(approval, &format!("{at}.approval")));
        let accepts = accepts?;
        if accepts.contains(&SubmissionKind::Torchscript) && document.input.is_none() {
            let message = "is missing; a task that accepts `torchscript` says how images are prepared";
            self.problems.add(document.task.referenced, &format!("{at}.input"), message);
        }
        let settings = TaskSettings {
            title: title?,
            metric: metric?,
            accepts,
            input: input.map_or(Some(None), |input| input.map(Some))?,
            split: split.map_or(Some(None), |split| split.map(Some))?,
            quota: quota.unwrap_or_else(|| Some(QuotaRule::default()))?,
            limits: limits.unwrap_or_else(|| Some(Limits::default()))?,
            finals: finals?,
            approval: approval?,
        };
        // What is left, so that the server refuses nothing once something was sent.
        if let Err(refused) = check_task(&settings)
            && self.problems.is_empty()
        {
            self.problems.add(document.task.referenced, at, refused.message);
        }
        Some(settings)
    }

    fn accepts(&mut self, document: &TaskDocument, at: &str) -> Option<Vec<SubmissionKind>> {
        let field = format!("{at}.accepts");
        if document.accepts.is_empty() {
            let message = "is empty; write `[predictions]` or `[predictions, torchscript]`";
            self.problems.add(document.task.referenced, &field, message);
            return None;
        }
        let kinds: Option<Vec<_>> = document.accepts.iter().map(|kind| self.one_of(kind, &field, &KINDS)).collect();
        let mut kinds = kinds?;
        kinds.sort_unstable();
        kinds.dedup();
        Some(kinds)
    }

    fn input(&mut self, document: &InputDocument, at: &str) -> Option<InputTransform> {
        let resize = document.resize.as_ref();
        let resize = resize.map(|resize| self.number(resize, &format!("{at}.resize"), &InputTransform::PIXELS));
        let crop = self.number(&document.crop, &format!("{at}.crop"), &InputTransform::PIXELS);
        let mean = self.channels(&document.mean, &format!("{at}.mean"), &InputTransform::MEAN);
        let std = self.channels(&document.std, &format!("{at}.std"), &InputTransform::STD);
        let precision = document.precision.as_ref();
        let precision = precision
            .map(|precision| self.one_of(precision, &format!("{at}.precision"), &PRECISIONS))
            .unwrap_or(Some(Precision::default()));
        if let (Some(Some(resize)), Some(crop)) = (resize, crop)
            && crop > resize
        {
            let message = format!("is {crop}; it cannot be larger than `resize`, {resize}");
            self.problems.add(document.crop.referenced, &format!("{at}.crop"), message);
            return None;
        }
        let resize = resize.map_or(Some(None), |resize| resize.map(Some))?;
        Some(InputTransform { resize, crop: crop?, mean: mean?, std: std?, precision: precision? })
    }

    fn channels(
        &mut self,
        values: &Spanned<Vec<Written>>,
        field: &str,
        range: &RangeInclusive<f32>,
    ) -> Option<[f32; 3]> {
        let allowed = format!("a number from {} to {}, because channels are in 0…1", range.start(), range.end());
        let numbers: Option<Vec<f32>> = values
            .value
            .iter()
            .map(|written| {
                let number = written.value.parse::<f32>().ok().filter(|number| range.contains(number));
                if number.is_none() {
                    self.problems.refuse(written, field, &allowed);
                }
                number
            })
            .collect();
        let three = numbers?.try_into();
        if three.is_err() {
            let message = format!("has {} values; write three, for red, green and blue", values.value.len());
            self.problems.add(values.referenced, field, message);
        }
        three.ok()
    }

    fn split(&mut self, document: &SplitDocument, at: &str) -> Option<Split> {
        let public = document.public.value.parse::<f64>().ok().filter(|share| *share > 0.0 && *share < 1.0);
        if public.is_none() {
            self.problems.refuse(
                &document.public,
                &format!("{at}.public"),
                "a share above 0 and below 1, such as `0.3`",
            );
        }
        let seed = match &document.seed {
            Some(seed) => self.number(seed, &format!("{at}.seed"), &(0..=u64::MAX)).map(Some),
            None => Some(None),
        };
        Some(Split { public: public?, seed: seed? })
    }

    fn quota(&mut self, document: &QuotaDocument, at: &str) -> Option<QuotaRule> {
        let submissions = self.number(&document.submissions, &format!("{at}.submissions"), &QuotaRule::SUBMISSIONS);
        let per = self.duration(&document.per, &format!("{at}.per"), &QuotaRule::PER);
        Some(QuotaRule { submissions: submissions?, per_seconds: per? })
    }

    fn limits(&mut self, document: &LimitsDocument, at: &str) -> Option<Limits> {
        let Limits { model_bytes, predictions_bytes, wall_seconds, memory_bytes } = Limits::default();
        let model = self.size(document.model.as_ref(), &format!("{at}.model"), (model_bytes, Limits::MODEL));
        let predictions = self.size(
            document.predictions.as_ref(),
            &format!("{at}.predictions"),
            (predictions_bytes, Limits::PREDICTIONS),
        );
        let memory = self.size(document.memory.as_ref(), &format!("{at}.memory"), (memory_bytes, Limits::MEMORY));
        let wall = match &document.wall {
            Some(wall) => self.duration(wall, &format!("{at}.wall"), &Limits::WALL),
            None => Some(wall_seconds),
        };
        Some(Limits {
            model_bytes: model?,
            predictions_bytes: predictions?,
            wall_seconds: wall?,
            memory_bytes: memory?,
        })
    }

    fn entry(&mut self, document: &EntryDocument, tasks: &[TaskDocument], at: &str) -> Option<EntryFile> {
        let team = self.parsed::<TeamName>(&document.team, &format!("{at}.team"));
        let task = tasks.iter().position(|task| task.task.value == document.task.value);
        if task.is_none() {
            let message = format!("`{}` is none of this season's tasks", document.task.value);
            self.problems.add(document.task.referenced, &format!("{at}.task"), message);
        }
        let texts = self.texts(document, at);
        let file = self.file(&document.file, format!("{at}.file"));
        let baseline = document.baseline.as_ref().map(|baseline| self.truth(baseline, &format!("{at}.baseline")));
        let made = document.submitted_at.as_ref().map(|made| self.past(made, &format!("{at}.submitted_at")));
        let kind = match &document.kind {
            Some(kind) => self.one_of(kind, &format!("{at}.kind"), &KINDS),
            None => Some(crate::submission::kind_of(&file.path)),
        };
        let (team, baseline) = (team?, baseline.unwrap_or(Some(false))?);
        let (kind, Texts { method, note, description, links }) = (kind?, texts?);
        // The folder is the season as its organizers publish it: it names its teams itself.
        let (team_name, create_team) = (Some(team.clone()), true);
        let submitted_at = made.map_or(Some(None), |made| made.map(Some))?;
        let draft =
            Draft { kind, method, description, links, team: team_name, note, baseline, create_team, submitted_at };
        Some(EntryFile { task: task?, draft, team, file })
    }

    fn texts(&mut self, document: &EntryDocument, at: &str) -> Option<Texts> {
        let text = |written: &Option<Written>| written.as_ref().map(|written| written.value.clone());
        let texts = Texts {
            method: text(&document.method),
            note: text(&document.note),
            description: text(&document.description),
            links: document.links.iter().map(|link| link.value.clone()).collect(),
        };
        let checked = SubmissionTexts {
            method: texts.method.as_deref(),
            note: texts.note.as_deref(),
            description: texts.description.as_deref(),
            links: &texts.links,
        };
        let Err(refused) = checked.check() else { return Some(texts) };
        let written = match refused.field {
            "method" => document.method.as_ref(),
            "note" => document.note.as_ref(),
            "description" => document.description.as_ref(),
            _ => document.links.first(),
        };
        let place = written.map_or(document.team.referenced, |written| written.referenced);
        self.problems.add(place, &format!("{at}.{}", refused.field), refused.message);
        None
    }

    fn past(&mut self, written: &Written, at: &str) -> Option<Timestamp> {
        let time = self.parsed::<Timestamp>(written, at)?;
        if time > Timestamp::now() || time.as_micros() < 0 {
            let message = format!("`{time}` is not allowed; an entry was made from 1970 until now");
            self.problems.add(written.referenced, at, message);
            return None;
        }
        Some(time)
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
const METRICS: [(&str, Metric); 2] = [("top5_error", Metric::Top5Error), ("top1_error", Metric::Top1Error)];
const PRECISIONS: [(&str, Precision); 2] = [("float32", Precision::Float32), ("tf32", Precision::Tf32)];

const KINDS: [(&str, SubmissionKind); 2] =
    [("predictions", SubmissionKind::Predictions), ("torchscript", SubmissionKind::Torchscript)];

#[cfg(test)]
#[path = "interpret_tests.rs"]
mod tests;
