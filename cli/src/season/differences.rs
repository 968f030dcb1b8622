//! Which fields of what is on the server differ from what the folder says, in words.

use holdout_protocol::{Season, SeasonChanges, SeasonState, Split, TaskSettings, Timestamp};
use serde_json::Value;

use super::files::CheckedSeason;
use super::plan::FieldChange;
use super::quantity::{write_duration, write_size};
use crate::show::figures;

/// Returns what to change of a season, and the same in words.
pub(super) fn of_season(present: &Season, checked: &CheckedSeason) -> (SeasonChanges, Vec<FieldChange>) {
    let CheckedSeason { season: wanted, draft, registration, .. } = checked;
    let mut changes = SeasonChanges::default();
    let mut words = Vec::new();
    if present.title != wanted.title {
        changes.title = Some(wanted.title.clone());
        words.push(FieldChange::new("title", &present.title, &wanted.title));
    }
    if present.rules != wanted.rules {
        changes.rules = Some(wanted.rules.clone());
        words.push(FieldChange::new("rules", &length(&present.rules), &length(&wanted.rules)));
    }
    if present.opens != wanted.opens {
        changes.opens = Some(wanted.opens);
        words.push(FieldChange::new("opens", &present.opens.to_string(), &wanted.opens.to_string()));
    }
    if present.closes != wanted.closes {
        changes.closes = Some(wanted.closes);
        let shown = |time: Option<Timestamp>| time.map_or("never".to_owned(), |time| time.to_string());
        words.push(FieldChange::new("closes", &shown(present.closes), &shown(wanted.closes)));
    }
    if let Some(draft) = draft.filter(|draft| *draft != present.draft) {
        changes.draft = Some(draft);
        words.push(FieldChange::new("draft", &present.draft.to_string(), &draft.to_string()));
    }
    if let Some(registration) = registration.as_ref().filter(|wanted| **wanted != present.registration) {
        changes.registration = Some(registration.clone());
        words.push(FieldChange::new("registration", &plain(&present.registration), &plain(registration)));
    }
    (changes, words)
}

/// Whether changes open a season that is over.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Reopening {
    No,
    /// It is closed, and its private scores are hidden.
    Closed,
    /// Its private scores are shown.
    Published,
}

/// Returns whether these changes of a season in this state open it again.
pub(super) fn reopening(state: SeasonState, changes: &SeasonChanges, now: Timestamp) -> Reopening {
    let ends_later = changes.closes.is_some_and(|closes| closes.is_none_or(|closes| closes > now));
    match state {
        SeasonState::Published if ends_later => Reopening::Published,
        SeasonState::Closed if ends_later => Reopening::Closed,
        _ => Reopening::No,
    }
}

fn length(text: &str) -> String {
    format!("{} characters", figures::grouped(u64::try_from(text.chars().count()).unwrap_or(u64::MAX)))
}

/// Returns whether the wanted settings split the test set otherwise than the present ones.
pub(super) fn is_other_split(present: &TaskSettings, wanted: &TaskSettings) -> bool {
    match (&present.split, &wanted.split) {
        (Some(present), Some(wanted)) => {
            present.public.to_bits() != wanted.public.to_bits()
                || wanted.seed.is_some_and(|seed| present.seed != Some(seed))
        }
        (present, wanted) => present.is_some() != wanted.is_some(),
    }
}

/// Returns how the settings of a task differ, in words.
pub(super) fn of_task(present: &TaskSettings, wanted: &TaskSettings) -> Vec<FieldChange> {
    let mut present_kinds = present.accepts.clone();
    present_kinds.sort_unstable();
    let mut present = TaskSettings { accepts: present_kinds, ..present.clone() };
    // A folder that gives no seed is content with the one that the server drew.
    if let (Some(present), Some(Split { seed: None, .. })) = (&mut present.split, &wanted.split) {
        present.seed = None;
    }
    if present == *wanted {
        return Vec::new();
    }
    let rows = [words(&present), words(wanted)];
    let [before, after] = rows;
    let changed = before.into_iter().zip(after).filter(|((_, old), (_, new))| old != new);
    let mut words: Vec<FieldChange> =
        changed.map(|((name, old), (_, new))| FieldChange::new(name, &old, &new)).collect();
    if words.is_empty() {
        // They differ in what the words round away.
        words.push(FieldChange::new("settings", &json(&present), &json(wanted)));
    }
    words
}

fn json(value: &impl serde::Serialize) -> String {
    serde_json::to_value(value).unwrap_or(Value::Null).to_string()
}

fn plain(value: &impl serde::Serialize) -> String {
    // By way of a text: as a value, an `f32` becomes an `f64` with digits that nobody wrote.
    let text = serde_json::to_string(value).unwrap_or_default();
    in_words(&serde_json::from_str(&text).unwrap_or(Value::Null))
}

/// Returns a value as people write it, for example `public 0.3, seed 7`. What an object leaves open
/// is left out.
fn in_words(value: &Value) -> String {
    match value {
        Value::Null => "none".to_owned(),
        Value::String(text) => text.clone(),
        Value::Array(items) => format!("[{}]", items.iter().map(in_words).collect::<Vec<_>>().join(", ")),
        Value::Object(fields) => {
            let given = fields.iter().filter(|(_, value)| !value.is_null());
            given.map(|(name, value)| format!("{name} {}", in_words(value))).collect::<Vec<_>>().join(", ")
        }
        other => other.to_string(),
    }
}

fn words(settings: &TaskSettings) -> Vec<(&'static str, String)> {
    let TaskSettings { title, metric, accepts, input, split, quota, limits, finals, approval, ladder, required } =
        settings;
    vec![
        ("title", title.clone()),
        ("metric", plain(metric)),
        ("accepts", plain(accepts)),
        ("input", plain(input)),
        ("split", plain(split)),
        ("quota", format!("{} per {}", quota.submissions, write_duration(quota.per_seconds))),
        ("limits.model", write_size(limits.model_bytes)),
        ("limits.predictions", write_size(limits.predictions_bytes)),
        ("limits.wall", write_duration(limits.wall_seconds)),
        ("limits.memory", write_size(limits.memory_bytes)),
        ("finals", finals.to_string()),
        ("approval", approval.to_string()),
        ("ladder", ladder.to_string()),
        ("required", plain(required)),
    ]
}

#[cfg(test)]
mod tests;
