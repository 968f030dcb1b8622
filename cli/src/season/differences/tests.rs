use holdout_protocol::{Limits, Metric, QuotaRule, SubmissionKind};

use super::*;

fn settings() -> TaskSettings {
    TaskSettings {
        title: "T".to_owned(),
        metric: Metric::Top5Error,
        accepts: vec![SubmissionKind::Predictions, SubmissionKind::Torchscript],
        input: None,
        split: None,
        quota: QuotaRule::default(),
        limits: Limits::default(),
        finals: TaskSettings::default_finals(),
        approval: false,
        ladder: false,
        required: Vec::new(),
    }
}

#[test]
fn a_later_close_reopens_a_season_that_is_over() {
    let (past, now, future): (Timestamp, Timestamp, Timestamp) = (
        "2026-01-01T00:00:00Z".parse().unwrap(),
        "2026-06-01T00:00:00Z".parse().unwrap(),
        "2027-01-01T00:00:00Z".parse().unwrap(),
    );
    let found = |state, closes| reopening(state, &SeasonChanges { closes, ..SeasonChanges::default() }, now);
    for (state, expected) in [
        (SeasonState::Published, Reopening::Published),
        (SeasonState::Closed, Reopening::Closed),
        (SeasonState::Open, Reopening::No),
        (SeasonState::Draft, Reopening::No),
    ] {
        assert_eq!(found(state, Some(Some(future))), expected);
        assert_eq!(found(state, Some(None)), expected, "it never closes");
        assert_eq!(found(state, Some(Some(past))), Reopening::No);
        assert_eq!(found(state, None), Reopening::No);
    }
}

#[test]
fn the_order_of_what_is_accepted_is_no_difference() {
    let present =
        TaskSettings { accepts: vec![SubmissionKind::Torchscript, SubmissionKind::Predictions], ..settings() };
    assert_eq!(of_task(&present, &settings()), []);
}

#[test]
fn differences_are_named_with_old_and_new() {
    let mut wanted = settings();
    wanted.quota = QuotaRule { submissions: 5, per_seconds: 86_400 };
    wanted.limits.model_bytes = 1 << 30;
    wanted.finals = 3;
    let expected = [
        FieldChange::new("quota", "2 per 7d", "5 per 1d"),
        FieldChange::new("limits.model", "4GiB", "1GiB"),
        FieldChange::new("finals", "2", "3"),
    ];
    assert_eq!(of_task(&settings(), &wanted), expected);
}

fn season() -> Season {
    serde_json::from_value(serde_json::json!({
        "season": "demo", "title": "Demo", "rules": "Be fair.", "opens": "2026-01-01T00:00:00Z", "closes": null,
        "draft": false, "paused": false, "frozen_at": null, "published_at": null, "state": "open", "tasks": [],
        "registration": { "mode": "open", "domains": [], "teams_per_account": 3 },
    }))
    .unwrap()
}

fn checked() -> CheckedSeason {
    let Season { season, title, rules, opens, closes, draft, registration, .. } = self::season();
    CheckedSeason {
        season: holdout_protocol::NewSeason { season, title, rules, opens, closes, draft, registration },
        draft: None,
        registration: None,
        tasks: Vec::new(),
        entries: Vec::new(),
        remarks: Vec::new(),
    }
}

#[test]
fn a_season_that_is_the_same_has_no_changes() {
    assert_eq!(of_season(&season(), &checked()), (SeasonChanges::default(), Vec::new()));
    let mut folder = checked();
    (folder.draft, folder.registration) = (Some(false), Some(season().registration));
    assert_eq!(of_season(&season(), &folder), (SeasonChanges::default(), Vec::new()));
}

#[test]
fn each_field_of_a_season_is_changed_and_named_with_old_and_new() {
    let mut folder = checked();
    folder.season.title = "Other".to_owned();
    folder.season.rules = "Ü".repeat(1234);
    folder.season.opens = "2026-01-02T00:00:00Z".parse().unwrap();
    folder.season.closes = Some("2026-03-01T00:00:00Z".parse().unwrap());
    folder.draft = Some(true);
    let mut registration = season().registration;
    registration.domains = vec!["example.org".to_owned()];
    folder.registration = Some(registration.clone());
    let (changes, words) = of_season(&season(), &folder);
    let expected = [
        FieldChange::new("title", "Demo", "Other"),
        FieldChange::new("rules", "8 characters", "1,234 characters"),
        FieldChange::new("opens", "2026-01-01T00:00:00Z", "2026-01-02T00:00:00Z"),
        FieldChange::new("closes", "never", "2026-03-01T00:00:00Z"),
        FieldChange::new("draft", "false", "true"),
    ];
    assert_eq!(words[..5], expected);
    assert!(words[5].field == "registration" && words[5].new.contains("example.org"), "{:?}", words[5]);
    let CheckedSeason { season: wanted, .. } = folder;
    assert_eq!((changes.title, changes.rules), (Some(wanted.title), Some(wanted.rules)));
    assert_eq!((changes.opens, changes.closes), (Some(wanted.opens), Some(wanted.closes)));
    assert_eq!((changes.draft, changes.registration), (Some(true), Some(registration)));
}

#[test]
fn a_split_is_another_one_by_its_share_or_by_a_seed_that_is_written() {
    let with = |split: Option<(f64, Option<u64>)>| TaskSettings {
        split: split.map(|(public, seed)| Split { public, seed }),
        ..settings()
    };
    let is_other = |present, wanted| is_other_split(&with(present), &with(wanted));
    let present = Some((0.3, Some(7)));
    assert!(!is_other(present, Some((0.3, Some(7)))) && !is_other(present, Some((0.3, None))));
    assert!(is_other(present, Some((0.3, Some(8)))) && is_other(present, Some((0.31, None))));
    assert!(is_other(present, None) && is_other(None, present) && !is_other(None, None));
}

#[test]
fn the_seed_that_the_server_drew_is_no_difference() {
    let with = |seed| TaskSettings { split: Some(Split { public: 0.3, seed }), ..settings() };
    assert_eq!(of_task(&with(Some(7)), &with(None)), []);
    let changed = of_task(&with(Some(7)), &with(Some(8)));
    assert!(changed[0].field == "split" && changed[0].old.contains("seed 7") && changed[0].new.contains("seed 8"));
}

#[test]
fn values_are_told_as_people_write_them() {
    assert_eq!(plain(&Split { public: 0.3, seed: None }), "public 0.3");
    assert_eq!(plain(&Some(Split { public: 0.3, seed: Some(7) })), "public 0.3, seed 7");
    assert_eq!(plain(&None::<Split>), "none");
    assert_eq!(plain(&[0.485_f32, 0.5]), "[0.485, 0.5]");
    assert_eq!(plain(&[SubmissionKind::Predictions]), "[predictions]");
}
