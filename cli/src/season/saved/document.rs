//! `season.yaml` of a season that is on a server.

use std::fmt::Write as _;

use holdout_protocol::{
    InputTransform, Limits, QuotaRule, Registration, Season, Split, Submission, Task, TaskSettings,
};
use serde::Serialize;

use super::super::quantity::{write_duration, write_size};
use super::super::written::quoted;

/// An entry and its file in the folder.
pub(super) struct SavedEntry<'a> {
    pub(super) submission: &'a Submission,
    pub(super) is_baseline: bool,
    pub(super) file: String,
}

/// A task and its archive of images in the folder, if there is one.
pub(super) struct SavedTask<'a> {
    pub(super) task: &'a Task,
    pub(super) images: Option<String>,
}

/// Returns what `season.yaml` says of a season. Its tasks' lists are in folders of their names.
pub(super) fn document(season: &Season, tasks: &[SavedTask<'_>], entries: &[SavedEntry<'_>]) -> String {
    let mut lines = Lines::default();
    lines.put(0, "season", season.season.as_str());
    lines.put(0, "title", quoted(&season.title));
    if !season.rules.is_empty() {
        lines.put(0, "rules", "rules.md");
    }
    lines.put(0, "opens", season.opens);
    if let Some(closes) = season.closes {
        lines.put(0, "closes", closes);
    }
    lines.put(0, "draft", season.draft);
    lines.put(0, "registration", registration(&season.registration));
    lines.put(0, "tasks", "");
    for saved in tasks {
        lines.task(saved);
    }
    if !entries.is_empty() {
        lines.put(0, "entries", "");
    }
    for entry in entries {
        lines.entry(entry);
    }
    lines.0
}

#[derive(Default)]
struct Lines(String);

impl Lines {
    /// Adds a field, indented so far; `-` in front of a name begins an item of a list.
    fn put(&mut self, indent: usize, name: &str, value: impl std::fmt::Display) {
        let text = value.to_string();
        let space = if text.is_empty() { "" } else { " " };
        // Writing to a string cannot fail.
        let _ = writeln!(self.0, "{:indent$}{name}:{space}{text}", "");
    }

    fn task(&mut self, SavedTask { task: Task { task: name, settings, .. }, images }: &SavedTask<'_>) {
        let TaskSettings { title, metric, accepts, input, split, quota, limits, finals, approval, ladder, required } =
            settings;
        self.put(2, "- task", name);
        self.put(4, "title", quoted(title));
        self.put(4, "metric", word(metric));
        self.put(4, "accepts", list(accepts.iter().map(word)));
        self.put(4, "classes", format_args!("{name}/classes.tsv"));
        self.put(4, "test_set", "");
        self.put(6, "labels", format_args!("{name}/labels.csv"));
        if let Some(images) = images {
            self.put(6, "images", images);
        }
        if let Some(input) = input {
            self.put(4, "input", transform(input));
        }
        if let Some(Split { public, seed }) = split {
            let seed = seed.map(|seed| format!(", seed: {seed}")).unwrap_or_default();
            self.put(4, "split", format_args!("{{ public: {public:?}{seed} }}"));
        }
        let QuotaRule { submissions, per_seconds } = quota;
        self.put(4, "quota", format_args!("{{ submissions: {submissions}, per: {} }}", write_duration(*per_seconds)));
        self.put(4, "limits", limited(limits));
        self.put(4, "finals", finals);
        self.put(4, "approval", approval);
        if *ladder {
            self.put(4, "ladder", ladder);
        }
        if !required.is_empty() {
            self.put(4, "required", list(required.iter().map(word)));
        }
    }

    fn entry(&mut self, SavedEntry { submission, is_baseline, file }: &SavedEntry<'_>) {
        self.put(2, "- team", quoted(submission.team.as_str()));
        self.put(4, "task", &submission.task);
        self.put(4, "file", file);
        self.put(4, "kind", word(&submission.kind));
        let texts =
            [("method", &submission.method), ("description", &submission.description), ("note", &submission.note)];
        for (name, text) in texts {
            if let Some(text) = text {
                self.put(4, name, quoted(text));
            }
        }
        if !submission.links.is_empty() {
            self.put(4, "links", list(submission.links.iter().map(|link| quoted(link))));
        }
        if let Some(kind) = &submission.training_data {
            self.put(4, "training_data", word(kind));
        }
        if let Some(ensemble) = submission.ensemble {
            self.put(4, "ensemble", ensemble);
        }
        if *is_baseline {
            self.put(4, "baseline", true);
        }
        if let Some(at) = submission.submitted_at {
            self.put(4, "submitted_at", at);
        }
    }
}

fn registration(registration: &Registration) -> String {
    let Registration { mode, domains, teams_per_account } = registration;
    let domains = list(domains.iter().map(|domain| quoted(domain)));
    format!("{{ mode: {}, domains: {domains}, teams_per_account: {teams_per_account} }}", word(mode))
}

fn transform(input: &InputTransform) -> String {
    let InputTransform { resize, crop, mean, std, precision } = input;
    let resize = resize.map(|resize| format!("resize: {resize}, ")).unwrap_or_default();
    format!("{{ {resize}crop: {crop}, mean: {mean:?}, std: {std:?}, precision: {} }}", word(precision))
}

fn limited(limits: &Limits) -> String {
    let Limits { model_bytes, predictions_bytes, wall_seconds, memory_bytes } = limits;
    format!(
        "{{ model: {}, predictions: {}, wall: {}, memory: {} }}",
        write_size(*model_bytes),
        write_size(*predictions_bytes),
        write_duration(*wall_seconds),
        write_size(*memory_bytes)
    )
}

fn list(items: impl Iterator<Item = String>) -> String {
    format!("[{}]", items.collect::<Vec<_>>().join(", "))
}

/// The word that stands for a value in JSON and in `season.yaml`.
fn word(value: &impl Serialize) -> String {
    match serde_json::to_value(value) {
        Ok(serde_json::Value::String(word)) => word,
        // None of the values that this is called with.
        Ok(_) | Err(_) => String::new(),
    }
}
