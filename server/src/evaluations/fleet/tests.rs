use holdout_protocol::{ScorerToken, SubmissionKind};

use super::*;
use crate::db::in_memory;
use crate::samples::{at, refusal};

fn scorer(token: ScorerTokenId) -> Scorer {
    Scorer {
        id: ScorerId::new(),
        token,
        name: "gpu-1".to_owned(),
        version: "1.0.0".to_owned(),
        devices: Vec::new(),
        kinds: vec![SubmissionKind::Predictions],
        last_seen_at: at(100),
        faulted: Vec::new(),
        withdrawn_at: None,
        trouble: None,
        memory_bytes: None,
        stopped_at: None,
        process: None,
    }
}

fn request(scorer: &Scorer) -> ClaimRequest {
    ClaimRequest {
        scorer: scorer.id,
        name: scorer.name.clone(),
        version: scorer.version.clone(),
        protocol: 1,
        devices: Vec::new(),
        kinds: scorer.kinds.clone(),
        wait_seconds: 0,
        memory_bytes: None,
        trouble: None,
        returned: false,
        process: None,
        stopping: false,
    }
}

/// A database with one scorer.
fn known() -> (Conn, Scorer) {
    let (mut conn, scorer) = (in_memory(), scorer(ScorerTokenId::new()));
    let token = ScorerToken { id: scorer.token, name: "t".to_owned(), created_at: at(1), revoked_at: None };
    db::scorer_tokens::insert(&mut conn, &token, crate::secret::digest("t")).unwrap();
    scorers::insert(&mut conn, &scorer).unwrap();
    (conn, scorer)
}

fn fault(submission: SubmissionId) -> AttemptResult<'static> {
    AttemptResult::Fault { submission, cause: "the disk\nis full", limit: 2, of_device: false }
}

#[test]
fn a_text_of_a_scorer_is_short_and_has_no_control_characters() {
    for good in ["x", &"ä".repeat(200)] {
        check_text("name", good).unwrap();
    }
    for bad in ["", "a\nb", "\u{1b}[31m", &"ä".repeat(201)] {
        let (_, message) = refusal(check_text("name", bad));
        assert_eq!(message, "`name` takes 1 to 200 characters without control characters");
    }
}

#[test]
fn trouble_is_told_at_more_length_than_a_name() {
    check_trouble(&"ä".repeat(500)).unwrap();
    for bad in ["", "a\tb", &"ä".repeat(501)] {
        assert!(refusal(check_trouble(bad)).1.starts_with("`trouble` takes 1 to 500"), "{bad}");
    }
}

#[test]
fn a_fault_that_becomes_trouble_is_one_line_that_fits() {
    let trouble = as_trouble(&format!("a\nb\t{}", "ä".repeat(600)));
    assert!(trouble.starts_with("a b ää"), "{trouble}");
    check_trouble(&trouble).unwrap();
    assert_eq!(trouble.chars().count(), 500);
}

#[test]
fn a_scorer_comes_with_the_token_that_it_came_with_before() {
    let known = scorer(ScorerTokenId::new());
    check_admitted(&known, known.token, &request(&known)).unwrap();
    let refused = check_admitted(&known, ScorerTokenId::new(), &request(&known)).unwrap_err();
    assert_eq!(refused.code(), ErrorCode::Forbidden);
}

#[test]
fn a_scorer_that_withdrew_gets_no_work_until_it_says_that_it_returns() {
    let faulted = vec![SubmissionId::new(), SubmissionId::new()];
    let withdrawn = Scorer { withdrawn_at: Some(at(50)), faulted, ..scorer(ScorerTokenId::new()) };
    let admitted = |request: &ClaimRequest| check_admitted(&withdrawn, withdrawn.token, request);
    let plain = request(&withdrawn);
    let refused = admitted(&plain).unwrap_err().body().error;
    assert_eq!(refused.code, ErrorCode::WrongState);
    assert!(refused.message.contains("after faults on 2 submissions in a row"), "{}", refused.message);
    admitted(&ClaimRequest { returned: true, ..plain.clone() }).unwrap();
    admitted(&ClaimRequest { trouble: Some("testing".to_owned()), ..plain.clone() }).unwrap();
    admitted(&ClaimRequest { stopping: true, ..plain }).unwrap();
}

#[test]
fn that_a_scorer_is_gone_matters_more_than_what_it_was_at() {
    let now = at(160);
    let state = |change: fn(&mut Scorer), evaluation| {
        let mut scorer = scorer(ScorerTokenId::new());
        change(&mut scorer);
        state_of(&scorer, evaluation, now)
    };
    let busy = Some(EvaluationId::new());
    assert_eq!(state(|_| (), None), ScorerState::Ready, "it spoke a minute ago");
    assert_eq!(state(|_| (), busy), ScorerState::Busy);
    let withdraw: fn(&mut Scorer) = |scorer| scorer.withdrawn_at = Some(at(10));
    assert_eq!(state(withdraw, busy), ScorerState::Withdrawn);
    let silent: fn(&mut Scorer) = |scorer| (scorer.withdrawn_at, scorer.last_seen_at) = (Some(at(10)), at(99));
    assert_eq!(state(silent, busy), ScorerState::Silent);
    let stop: fn(&mut Scorer) = |scorer| (scorer.stopped_at, scorer.last_seen_at) = (Some(at(90)), at(90));
    assert_eq!(state(stop, busy), ScorerState::Stopped);
}

#[test]
fn a_scorer_withdraws_when_it_has_failed_on_different_submissions_in_a_row() {
    let (mut conn, scorer) = known();
    let (first, second) = (SubmissionId::new(), SubmissionId::new());
    let mut record = |result, now| record_result(&mut conn, Some(scorer.id), result, at(now)).unwrap();
    assert!(!record(fault(first), 110));
    assert!(!record(fault(first), 120), "one file can make every scorer fail");
    assert!(record(fault(second), 130));
    let found = scorers::find(&mut conn, scorer.id).unwrap().unwrap();
    assert_eq!((found.withdrawn_at, found.trouble.as_deref()), (Some(at(130)), Some("the disk is full")));
    assert_eq!((found.faulted, found.last_seen_at), (vec![first, second], at(130)));
}

#[test]
fn good_work_is_the_end_of_a_row_of_faults_and_work_that_was_given_back_is_not() {
    let (mut conn, scorer) = known();
    let mut record = |result| record_result(&mut conn, Some(scorer.id), result, at(110)).unwrap();
    record(fault(SubmissionId::new()));
    record(AttemptResult::Good);
    assert!(!record(fault(SubmissionId::new())));
    record(AttemptResult::GaveBack);
    assert!(record(fault(SubmissionId::new())));
    assert!(!record_result(&mut conn, None, AttemptResult::Good, at(110)).unwrap());
}

#[test]
fn a_scorer_that_returns_begins_again_and_one_in_trouble_keeps_its_moment() {
    let (mut conn, scorer) = known();
    for submission in [SubmissionId::new(), SubmissionId::new()] {
        record_result(&mut conn, Some(scorer.id), fault(submission), at(110)).unwrap();
    }
    let mut after = |request: &ClaimRequest, now| {
        upsert(&mut conn, scorer.token, request, at(now)).unwrap();
        scorers::find(&mut conn, scorer.id).unwrap().unwrap()
    };
    let plain = request(&scorer);
    let troubled = after(&ClaimRequest { trouble: Some("testing".to_owned()), ..plain.clone() }, 120);
    assert_eq!((troubled.withdrawn_at, troubled.faulted.len()), (Some(at(110)), 2));
    let back = after(&ClaimRequest { returned: true, ..plain.clone() }, 130);
    assert_eq!((back.withdrawn_at, back.trouble.as_ref(), back.faulted.len()), (None, None, 0));
    let gone = after(&ClaimRequest { stopping: true, ..plain }, 140);
    assert_eq!((gone.stopped_at, gone.last_seen_at), (Some(at(140)), at(140)));
}

#[test]
fn the_workers_of_a_process_fail_and_recover_together_but_for_their_devices() {
    let (mut conn, alone) = known();
    let process = Some(ScorerId::new());
    let workers = [1, 2].map(|_| Scorer { id: ScorerId::new(), process, ..scorer(alone.token) });
    workers.iter().for_each(|worker| scorers::insert(&mut conn, worker).unwrap());
    let [one, two] = workers.each_ref().map(|worker| worker.id);
    let faults = |conn: &mut Conn, id| scorers::find(conn, id).unwrap().unwrap().faulted.len();
    let record = |conn: &mut Conn, id, result| record_result(conn, Some(id), result, at(110)).unwrap();
    assert!(!record(&mut conn, one, fault(SubmissionId::new())));
    assert_eq!([one, two, alone.id].map(|id| faults(&mut conn, id)), [1, 1, 0]);
    record(&mut conn, two, AttemptResult::Good);
    assert_eq!([one, two].map(|id| faults(&mut conn, id)), [0, 0]);
    let of_device =
        AttemptResult::Fault { submission: SubmissionId::new(), cause: "xid 79", limit: 2, of_device: true };
    record(&mut conn, one, of_device);
    assert_eq!([one, two].map(|id| faults(&mut conn, id)), [1, 0], "another device may be well");
    record(&mut conn, two, fault(SubmissionId::new()));
    let withdrawn = |conn: &mut Conn, id| scorers::find(conn, id).unwrap().unwrap().withdrawn_at.is_some();
    assert_eq!([one, two].map(|id| withdrawn(&mut conn, id)), [true, false]);
    record(&mut conn, two, fault(SubmissionId::new()));
    assert!(withdrawn(&mut conn, two) && !withdrawn(&mut conn, alone.id));
}
