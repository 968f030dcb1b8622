//! What the tests of the plan compare: a folder, and the same on the server.

use std::path::PathBuf;

use holdout_evaluation::{ClassList, TestSet};
use holdout_protocol::{Disclosure, NewSeason, Registration, Season, Sha256, SubmissionKind, Task, TaskSettings};
use serde::de::DeserializeOwned;
use serde_json::{Value, json};

use crate::season::files::{CheckedEntry, CheckedSeason, CheckedTask};
use crate::submission::Draft;

const ID: &str = "0190a5d0-0000-7000-8000-000000000001";

pub(super) fn of<T: DeserializeOwned>(mut fields: Value, changes: &Value) -> T {
    fields.as_object_mut().unwrap().extend(changes.as_object().unwrap().clone());
    serde_json::from_value(fields).unwrap()
}

/// A season on the server; the folder of [`checked`] says the same.
pub(super) fn season(changes: &Value) -> Season {
    let fields = json!({
        "season": "demo", "title": "Demo", "rules": "Be fair.", "opens": "2026-01-01T00:00:00Z", "closes": null,
        "draft": false, "paused": false, "frozen_at": null, "published_at": null, "state": "open", "tasks": [],
        "registration": { "mode": "open", "domains": [], "teams_per_account": 3 },
    });
    of(fields, changes)
}

pub(super) fn checked() -> CheckedSeason {
    CheckedSeason {
        season: NewSeason {
            season: "demo".parse().unwrap(),
            title: "Demo".to_owned(),
            rules: "Be fair.".to_owned(),
            opens: "2026-01-01T00:00:00Z".parse().unwrap(),
            closes: None,
            draft: false,
            registration: Registration::default(),
        },
        draft: None,
        registration: None,
        tasks: Vec::new(),
        entries: Vec::new(),
        remarks: Vec::new(),
    }
}

pub(super) fn settings(changes: &Value) -> TaskSettings {
    let fields = json!({
        "title": "Images", "metric": "top5_error", "accepts": ["predictions"], "input": null, "split": null,
        "quota": { "submissions": 2, "per_seconds": 604_800 }, "finals": 2, "approval": false,
        "limits": { "predictions_bytes": 1024, "model_bytes": 1024, "wall_seconds": 60, "memory_bytes": 1 << 30 },
    });
    of(fields, changes)
}

/// A task on the server with these settings; that of [`checked_task`] if there are no changes.
pub(super) fn task(changes: &Value) -> Task {
    let mut fields = serde_json::to_value(settings(&json!({}))).unwrap();
    let others = json!({ "season": "demo", "task": "images", "test_set": null, "versions": [], "staged": null });
    fields.as_object_mut().unwrap().extend(others.as_object().unwrap().clone());
    of(fields, changes)
}

/// Returns what the server says of a test set.
pub(super) fn summary(version: u32) -> Value {
    json!({
        "id": ID, "version": version, "classes": 2, "images": 2, "public_images": 2, "typical_resolution": 0.1,
        "commitment": "ab".repeat(32), "created_at": "2026-01-01T00:00:00Z",
    })
}

pub(super) fn test_set(classes: &str, labels: &str) -> TestSet {
    TestSet::parse_labels(ClassList::parse(classes.as_bytes()).unwrap(), labels.as_bytes()).unwrap()
}

pub(super) const CLASSES: &str = "1\tn1\tone\n2\tn2\ttwo\n";
pub(super) const LABELS: &str = "image,class\na.png,1\nb.png,2\n";

pub(super) fn checked_task(settings: TaskSettings) -> CheckedTask {
    CheckedTask {
        task: "images".parse().unwrap(),
        settings,
        classes: PathBuf::from("classes.tsv"),
        labels: PathBuf::from("labels.csv"),
        images: None,
        test_set: test_set(CLASSES, LABELS),
    }
}

/// An entry of the team Alpha with the method `m`.
pub(super) fn entry() -> CheckedEntry {
    let draft = Draft {
        kind: SubmissionKind::Predictions,
        method: Some("m".to_owned()),
        description: None,
        links: Vec::new(),
        disclosure: Disclosure::default(),
        team: Some("Alpha".parse().unwrap()),
        note: Some("a replay".to_owned()),
        baseline: false,
        create_team: true,
        submitted_at: None,
    };
    CheckedEntry {
        task: "images".parse().unwrap(),
        draft,
        team: "Alpha".parse().unwrap(),
        file: PathBuf::from("entries/a.csv"),
        sha256: Sha256::from_bytes([7; 32]),
    }
}

/// The submission that [`entry`] became.
pub(super) fn submission(changes: &Value) -> holdout_protocol::Submission {
    let fields = json!({
        "id": ID, "season": "demo", "task": "images", "team": "Alpha", "kind": "predictions", "state": "scored",
        "queue": null, "progress": null, "verdict": null, "scores": null, "measures": null, "sha256": "07".repeat(32),
        "size": 10, "method": "m", "description": null, "links": [], "note": "a replay", "attempts": 1, "charge": null,
        "created_at": "2026-01-01T00:00:00Z", "finished_at": null, "version": 2,
    });
    of(fields, changes)
}
