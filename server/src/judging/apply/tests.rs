use holdout_protocol::SubmissionId;

use super::*;
use crate::db::organizer_roles::HeldRole;
use crate::samples::{account, at, field, refusal, season, submission};

/// A request about one submission, with a reason.
fn request(action: JudgementAction) -> NewJudgement {
    NewJudgement {
        action,
        submission: Some(SubmissionId::new()),
        season: None,
        team: None,
        task: None,
        reason: Some("leaked labels".to_owned()),
        public_reason: None,
        dry_run: false,
    }
}

/// A request about what is in a season.
fn of_season(action: JudgementAction, team: Option<&str>) -> NewJudgement {
    let season = Some("demo".parse().unwrap());
    NewJudgement { submission: None, season, team: team.map(str::to_owned), ..request(action) }
}

fn ruled(ruling: Ruling) -> Submission {
    let judgement = Judgement { ruling, reason: None, public_reason: None, at: at(1) };
    Submission { judgement: Some(judgement), ..submission() }
}

fn ruling(submission: &Submission) -> Option<Ruling> {
    submission.judgement.as_ref().map(|judgement| judgement.ruling)
}

#[test]
fn a_decision_is_about_one_submission_or_a_team_of_a_season_and_not_both() {
    check(&request(JudgementAction::Hide)).unwrap();
    check(&of_season(JudgementAction::Hide, Some("Team"))).unwrap();
    let hide = || request(JudgementAction::Hide);
    let task = || Some("a".parse().unwrap());
    for (unclear, at_fault) in [
        (NewJudgement { season: Some("demo".parse().unwrap()), ..hide() }, "team"),
        (NewJudgement { team: Some("Team".to_owned()), ..hide() }, "team"),
        (NewJudgement { task: task(), ..hide() }, "team"),
        (of_season(JudgementAction::Hide, None), "submission"),
        (NewJudgement { submission: None, team: Some("Team".to_owned()), ..hide() }, "submission"),
        (NewJudgement { submission: None, task: task(), ..hide() }, "submission"),
    ] {
        let error = check(&unclear).unwrap_err();
        assert_eq!((field(&error).as_str(), error.body().error.reason), (at_fault, Some(Reason::JudgementUnclear)));
    }
}

#[test]
fn all_that_waits_in_a_season_is_approved_without_the_name_of_a_team() {
    check(&of_season(JudgementAction::Approve, None)).unwrap();
    assert!(check(&of_season(JudgementAction::Restore, None)).is_err());
}

#[test]
fn what_takes_a_result_off_the_board_says_why_and_what_brings_it_back_need_not() {
    use JudgementAction::{Approve, Disqualify, Flag, Hide, Restore};
    for (action, needed) in [(Disqualify, true), (Hide, true), (Flag, true), (Restore, false), (Approve, false)] {
        for reason in [None, Some(" ".to_owned())] {
            let refused = check(&NewJudgement { reason, ..request(action) }).err();
            assert_eq!(refused.map(|error| field(&error)), needed.then(|| "reason".to_owned()), "{action:?}");
        }
    }
}

#[test]
fn only_a_disqualification_is_explained_to_the_public() {
    let judged_by = |action| {
        let request = NewJudgement { public_reason: Some(" against the rules ".to_owned()), ..request(action) };
        judged(&submission(), &request, at(7)).judgement.unwrap()
    };
    let out = judged_by(JudgementAction::Disqualify);
    assert_eq!((out.ruling, out.at, out.reason.as_deref()), (Ruling::Disqualified, at(7), Some("leaked labels")));
    assert_eq!(out.public_reason.as_deref(), Some("against the rules"));
    let hidden = judged_by(JudgementAction::Hide);
    assert_eq!((hidden.ruling, hidden.public_reason), (Ruling::Hidden, None));
}

#[test]
fn a_flag_is_a_note_beside_the_result_and_takes_nothing_off() {
    let flagged = judged(&ruled(Ruling::Held), &request(JudgementAction::Flag), at(7));
    assert_eq!((ruling(&flagged), flagged.flag.as_deref()), (Some(Ruling::Held), Some("leaked labels")));
}

#[test]
fn a_result_that_waits_for_approval_is_not_taken_off_a_board_that_it_is_not_on() {
    for action in [JudgementAction::Disqualify, JudgementAction::Hide] {
        let (held, one) = (ruled(Ruling::Held), request(action));
        assert_eq!(ruling(&judged(&held, &one, at(7))), Some(Ruling::Held), "its error would be shown");
        let refused = check_approved(&one, std::slice::from_ref(&held)).unwrap_err();
        assert_eq!(refused.body().error.reason, Some(Reason::ResultWaits));
        check_approved(&of_season(action, Some("Team")), &[held]).unwrap();
        check_approved(&one, &[submission(), ruled(Ruling::Hidden)]).unwrap();
    }
    check_approved(&request(JudgementAction::Flag), &[ruled(Ruling::Held)]).unwrap();
}

#[test]
fn what_is_refused_stays_unseen_until_it_is_approved_by_name_and_waits_again_if_restored() {
    let refused = judged(&ruled(Ruling::Held), &request(JudgementAction::Refuse), at(7));
    assert_eq!(ruling(&refused), Some(Ruling::Refused));
    assert_eq!(refused.judgement.as_ref().unwrap().reason.as_deref(), Some("leaked labels"));
    for seen in [submission(), ruled(Ruling::Hidden), ruled(Ruling::Disqualified)] {
        assert!(!differs(&seen, &judged(&seen, &request(JudgementAction::Refuse), at(7))), "{:?}", seen.judgement);
    }
    for action in [JudgementAction::Disqualify, JudgementAction::Hide] {
        assert_eq!(ruling(&judged(&refused, &request(action), at(8))), Some(Ruling::Refused));
        assert!(check_approved(&request(action), std::slice::from_ref(&refused)).is_err());
    }
    assert_eq!(ruling(&judged(&refused, &request(JudgementAction::Approve), at(8))), None);
    assert_eq!(
        ruling(&judged(&refused, &of_season(JudgementAction::Approve, Some("Team")), at(8))),
        Some(Ruling::Refused)
    );
    let again = judged(&refused, &request(JudgementAction::Restore), at(8));
    assert_eq!((ruling(&again), &again.judgement.unwrap().reason), (Some(Ruling::Held), &None));
}

#[test]
fn a_public_reason_stays_unless_another_one_or_none_is_given() {
    let reason = |before: &Submission, said: Option<&str>| {
        let request = NewJudgement { public_reason: said.map(str::to_owned), ..request(JudgementAction::Disqualify) };
        judged(before, &request, at(7)).judgement.unwrap().public_reason
    };
    let request = NewJudgement { public_reason: Some("rule 3".to_owned()), ..request(JudgementAction::Disqualify) };
    let before = judged(&submission(), &request, at(6));
    assert_eq!(reason(&before, None).as_deref(), Some("rule 3"));
    assert_eq!(reason(&before, Some("rule 4")).as_deref(), Some("rule 4"));
    assert_eq!(reason(&before, Some("")), None);
}

#[test]
fn a_restored_result_counts_again_unless_it_waits_for_approval() {
    let restore = request(JudgementAction::Restore);
    for taken_off in [Ruling::Hidden, Ruling::Disqualified] {
        let before = Submission { flag: Some("odd".to_owned()), withdrawn_at: Some(at(3)), ..ruled(taken_off) };
        let after = judged(&before, &restore, at(7));
        assert_eq!((ruling(&after), after.flag, after.withdrawn_at), (None, None, None));
    }
    assert_eq!(ruling(&judged(&ruled(Ruling::Held), &restore, at(7))), Some(Ruling::Held));
}

#[test]
fn an_approval_lets_go_what_waits_for_it_and_nothing_else() {
    let approve = request(JudgementAction::Approve);
    let after = |before: &Submission| ruling(&judged(before, &approve, at(7)));
    assert_eq!(after(&ruled(Ruling::Held)), None);
    assert_eq!(after(&ruled(Ruling::Hidden)), Some(Ruling::Hidden));
    assert_eq!(after(&ruled(Ruling::Disqualified)), Some(Ruling::Disqualified));
    let withdrawn = Submission { withdrawn_at: Some(at(3)), flag: Some("odd".to_owned()), ..ruled(Ruling::Held) };
    let found = judged(&withdrawn, &approve, at(7));
    assert_eq!((found.withdrawn_at, found.flag.as_deref()), (Some(at(3)), Some("odd")));
}

#[test]
fn the_same_decision_again_is_none_and_another_reason_is_one() {
    let hide = request(JudgementAction::Hide);
    let once = judged(&submission(), &hide, at(7));
    assert!(!differs(&once, &judged(&once, &hide, at(8))));
    let for_another_reason = NewJudgement { reason: Some("doubts".to_owned()), ..hide };
    assert!(differs(&once, &judged(&once, &for_another_reason, at(8))));
    assert!(differs(&once, &Submission { withdrawn_at: Some(at(3)), ..once.clone() }));
    assert!(differs(&once, &Submission { flag: Some("odd".to_owned()), ..once.clone() }));
}

#[test]
fn each_decision_has_a_name_of_its_own_in_both_logs() {
    use JudgementAction::{Approve, Disqualify, Flag, Hide, Restore};
    let all = [Disqualify, Hide, Flag, Restore, Approve];
    let names = |of: fn(JudgementAction) -> NewJudgement| all.map(|action| action_name(&of(action)));
    let one = names(request);
    assert_eq!(
        one,
        ["submission.disqualify", "submission.hide", "submission.flag", "submission.restore", "submission.approve"]
    );
    let many = names(|action| of_season(action, Some("Team")));
    assert_eq!(many, ["team.disqualify", "team.hide", "team.flag", "team.restore", "submissions.approve"]);
    let logged = all.map(decision_of);
    use Decision::{Approved, Disqualified, Hidden, Restored};
    assert_eq!(logged, [Some(Disqualified), Some(Hidden), None, Some(Restored), Some(Approved)]);
}

#[test]
fn who_does_not_judge_a_season_decides_nothing_and_does_not_hear_of_a_draft() {
    let role = |role| account(&[HeldRole { season: Some("demo".parse().unwrap()), role }]);
    check_judge(&role(OrganizerRole::Judge), &season()).unwrap();
    assert_eq!(refusal(check_judge(&role(OrganizerRole::Observer), &season())).0, Some(Reason::RoleNeeded));
    let draft = Season { draft: true, ..season() };
    assert_eq!(refusal(check_judge(&role(OrganizerRole::Observer), &draft)).0, Some(Reason::RoleNeeded));
    let (reason, message) = refusal(check_judge(&account(&[]), &draft));
    assert_eq!((reason, message.as_str()), (Some(Reason::Absent), "there is no season `demo`"));
}
