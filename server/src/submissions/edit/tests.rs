use holdout_protocol::{Disclosure, TrainingData};

use super::*;
use crate::db::organizer_roles::HeldRole;
use crate::samples::{account, at, refusal, season, submission};

const GRACE: Duration = Duration::from_secs(30);

fn judge() -> Account {
    account(&[HeldRole { season: None, role: OrganizerRole::Judge }])
}

fn observer() -> Account {
    account(&[HeldRole { season: None, role: OrganizerRole::Observer }])
}

fn changes() -> SubmissionChanges {
    SubmissionChanges::default()
}

fn text(text: &str) -> Option<Option<String>> {
    Some(Some(text.to_owned()))
}

#[test]
fn only_what_differs_is_a_change() {
    let before = db::submissions::Submission {
        method: Some("CNN".to_owned()),
        links: vec!["https://example.org".to_owned()],
        baseline: true,
        ..submission()
    };
    let changed = |changes| {
        let mut after = before.clone();
        let names = apply_texts(&mut after, &changes);
        (names, after)
    };
    assert!(changed(changes()).0.is_empty());
    let same = SubmissionChanges {
        method: text(" CNN "),
        description: Some(None),
        links: Some(before.links.clone()),
        training_data: Some(None),
        ensemble: Some(None),
        baseline: Some(true),
        ..changes()
    };
    assert!(changed(same).0.is_empty(), "blanks around a text say nothing");
    let all = SubmissionChanges {
        method: text("5 CNNs"),
        description: text("deep"),
        note: text("paper"),
        links: Some(Vec::new()),
        training_data: Some(Some(TrainingData::Outside)),
        ensemble: Some(Some(false)),
        baseline: Some(false),
        is_final: None,
    };
    let (names, after) = changed(all);
    assert_eq!(names, ["method", "description", "note", "links", "training_data", "ensemble", "baseline"]);
    assert_eq!(
        (after.method.as_deref(), after.description.as_deref(), after.note.as_deref()),
        (Some("5 CNNs"), Some("deep"), Some("paper"))
    );
    assert!(after.links.is_empty() && !after.baseline);
    assert_eq!(after.disclosure, Disclosure { training_data: Some(TrainingData::Outside), ensemble: Some(false) });
}

#[test]
fn a_text_that_says_nothing_takes_the_old_one_away() {
    for nothing in [Some(None), text(""), text(" \n")] {
        let mut after = db::submissions::Submission { method: Some("CNN".to_owned()), ..submission() };
        let names = apply_texts(&mut after, &SubmissionChanges { method: nothing, ..changes() });
        assert_eq!((names, after.method), (vec!["method"], None));
    }
}

#[test]
fn a_note_and_a_baseline_are_for_organizers_also_to_take_them_away() {
    for of_organizers in [
        SubmissionChanges { note: Some(None), ..changes() },
        SubmissionChanges { note: text("paper"), ..changes() },
        SubmissionChanges { baseline: Some(false), ..changes() },
    ] {
        check_changes(&of_organizers, true).unwrap();
        assert_eq!(refusal(check_changes(&of_organizers, false)).0, Some(Reason::OrganizersOnly));
    }
    check_changes(&SubmissionChanges { method: text("CNN"), is_final: Some(true), ..changes() }, false).unwrap();
    let long = SubmissionChanges { description: text(&"x".repeat(20_001)), ..changes() };
    assert_eq!(refusal(check_changes(&long, true)).0, Some(Reason::TextTooLong), "for organizers, too");
}

#[test]
fn teams_choose_while_the_season_is_open_and_until_the_grace_ends() {
    let found = [99, 100, 199, 200, 229, 230].map(|now| may_choose(&season(), GRACE, at(now)));
    assert_eq!(found, [false, true, true, true, true, false]);
    assert!(may_choose(&Season { paused: true, ..season() }, GRACE, at(150)), "a pause is for submissions");
    assert!(!may_choose(&Season { draft: true, ..season() }, GRACE, at(150)));
    let published = Season { published_at: Some(at(210)), ..season() };
    assert!(!may_choose(&published, GRACE, at(215)), "the results are out");
    let seen = |closes| Season { first_published_at: Some(at(210)), closes_at: Some(at(closes)), ..season() };
    assert!(!may_choose(&seen(200), GRACE, at(215)), "they were seen, and are hidden again");
    assert!(may_choose(&seen(300), GRACE, at(250)) && may_choose(&seen(300), GRACE, at(310)), "it was opened again");
}

#[test]
fn who_judges_chooses_for_teams_at_any_time_and_who_only_looks_does_not() {
    let refused = |account: &Account, now| check_choices_open(&season(), account, GRACE, at(now)).is_err();
    assert!(!refused(&judge(), 9999) && !refused(&judge(), 1));
    assert!(refused(&observer(), 9999) && refused(&account(&[]), 9999));
    let (reason, message) = refusal(check_choices_open(&season(), &account(&[]), GRACE, at(230)));
    assert_eq!(reason, Some(Reason::FinalsClosed));
    assert!(message.starts_with("season `demo` is not open"), "{message}");
}

#[test]
fn teams_write_before_the_season_opens_too_and_no_more_after_the_grace() {
    let open = |account: &Account, now| check_texts_open(&season(), account, GRACE, at(now)).is_ok();
    assert_eq!([99, 150, 229, 230].map(|now| open(&account(&[]), now)), [true, true, true, false]);
    assert!(open(&judge(), 230) && !open(&observer(), 230));
    let (reason, message) = refusal(check_texts_open(&season(), &account(&[]), GRACE, at(230)));
    assert_eq!(reason, Some(Reason::TextsClosed));
    assert!(message.starts_with("season `demo` is over"), "{message}");
}
