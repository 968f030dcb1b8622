use super::*;
use crate::db::operations::SmallScorer;

const PREDICTIONS: SubmissionKind = SubmissionKind::Predictions;
const MODELS: SubmissionKind = SubmissionKind::Torchscript;

/// A server with a scorer for each kind, and nothing to look at.
fn quiet() -> Work {
    let fleet = Fleet {
        scorers: vec![(vec![PREDICTIONS], true), (vec![MODELS], true)],
        accepted: vec![PREDICTIONS, MODELS],
        ..Fleet::default()
    };
    Work { fleet, stalled: 0, messages: Counts { waiting: 0, retrying: 0, oldest: None, failed: 0 } }
}

/// The only warning.
fn warning(change: impl FnOnce(&mut Work)) -> String {
    let mut work = quiet();
    change(&mut work);
    let found = warnings(&work);
    assert_eq!(found.len(), 1, "{found:?}");
    found.into_iter().next().unwrap()
}

#[test]
fn a_server_whose_work_is_done_warns_of_nothing() {
    assert!(warnings(&quiet()).is_empty());
}

#[test]
fn each_part_that_does_not_answer_has_a_warning_that_names_it() {
    assert!(unanswered(true, true, true).is_empty());
    for (found, begin) in [
        (unanswered(false, true, true), "the database"),
        (unanswered(true, false, true), "the blob store"),
        (unanswered(true, true, false), "the disk is full"),
    ] {
        assert!(found.len() == 1 && found[0].starts_with(begin), "{found:?}");
    }
    assert_eq!(unanswered(false, false, false).len(), 3);
}

#[test]
fn what_is_stalled_and_mail_that_does_not_go_are_warned_of_with_their_numbers() {
    let stalled = warning(|work| work.stalled = 3);
    assert!(stalled.contains("faults of the platform: 3;"), "{stalled}");
    assert!(warning(|work| work.messages.retrying = 4).contains("did not take them: 4;"));
    assert!(warning(|work| work.messages.failed = 5).starts_with("e-mails of the last day that could not be sent: 5;"));
}

#[test]
fn a_kind_of_file_that_a_task_takes_and_no_scorer_is_warned_of() {
    let no_predictions = warning(|work| drop(work.fleet.scorers.remove(0)));
    assert_eq!(no_predictions, "no scorer takes prediction files now");
    let no_models = warning(|work| drop(work.fleet.scorers.remove(1)));
    assert_eq!(no_models, "no scorer takes models now");
    let mut unasked = quiet();
    unasked.fleet = Fleet { scorers: Vec::new(), accepted: Vec::new(), ..Fleet::default() };
    assert!(warnings(&unasked).is_empty(), "nobody needs one");
}

#[test]
fn scorers_that_have_withdrawn_are_there_and_take_no_work() {
    let withdrawn = warning(|work| work.fleet.scorers.push((vec![MODELS], false)));
    assert!(withdrawn.contains("test themselves: 1;"), "{withdrawn}");
    let fleet = Fleet { scorers: vec![(vec![MODELS], false), (vec![MODELS, PREDICTIONS], true)], ..Fleet::default() };
    let found = ready_scorers(&fleet);
    assert_eq!((found.predictions, found.models, found.withdrawn), (1, 1, 1));
}

#[test]
fn too_little_memory_is_warned_of_in_the_unit_that_operators_set_it_in() {
    let short = warning(|work| work.fleet.short_of_memory = 2);
    assert!(short.contains("more memory than any scorer has: 2;"), "{short}");
    let small = warning(|work| work.fleet.small.push(SmallScorer { has: 8 << 30, allowed: 16 << 30 }));
    assert!(small.starts_with("a scorer has 8192 MiB of memory for a model and a task allows 16384 MiB;"), "{small}");
}
