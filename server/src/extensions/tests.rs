use super::*;
use crate::samples::{at, field, refusal, season};

fn request() -> NewExtension {
    NewExtension { team: "Team".to_owned(), until: at(300), attempts: None, task: None, reason: "illness".to_owned() }
}

#[test]
fn a_teams_own_deadline_counts_if_it_is_later() {
    assert_eq!(later(Some(at(200)), None), Some(at(200)));
    assert_eq!(later(Some(at(200)), Some(at(300))), Some(at(300)));
    assert_eq!(later(Some(at(200)), Some(at(100))), Some(at(200)), "nobody loses time by it");
    assert_eq!(later(None, Some(at(300))), None, "a season that never closes stays open for everybody");
}

#[test]
fn extra_attempts_are_one_to_a_thousand() {
    let with = |attempts| NewExtension { attempts: Some(attempts), ..request() };
    for attempts in [1, 1000] {
        check(&with(attempts)).unwrap();
    }
    for attempts in [0, 1001] {
        let told = check(&with(attempts)).unwrap_err().body().error;
        assert_eq!(told.message, format!("`attempts` is {attempts}; 1 to 1000 are allowed"));
        assert_eq!(told.detail, json!({ "field": "attempts", "value": attempts, "least": 1, "most": 1000 }));
    }
}

#[test]
fn a_task_is_named_for_extra_attempts_only() {
    let task = Some("classification".parse().unwrap());
    check(&NewExtension { task: task.clone(), attempts: Some(1), ..request() }).unwrap();
    let refused = check(&NewExtension { task, ..request() }).unwrap_err();
    assert_eq!(field(&refused), "task");
}

#[test]
fn an_extension_says_why() {
    let refused = check(&NewExtension { reason: " \t".to_owned(), ..request() }).unwrap_err();
    assert_eq!(field(&refused), "reason");
}

#[test]
fn an_extension_ends_in_the_future() {
    let until = |second| NewExtension { until: at(second), attempts: Some(1), ..request() };
    check_time(&season(), &until(151), at(150)).unwrap();
    let (reason, message) = refusal(check_time(&season(), &until(150), at(150)));
    assert_eq!(reason, Some(Reason::ExtensionNotLater));
    let (now, wanted) = (at(150), at(150));
    assert_eq!(message, format!("`until` is {wanted}, and it is {now}; an extension ends in the future"));
}

#[test]
fn more_time_ends_after_the_season_and_more_attempts_need_not() {
    let until = |second, attempts| NewExtension { until: at(second), attempts, ..request() };
    check_time(&season(), &until(201, None), at(150)).unwrap();
    check_time(&season(), &until(180, Some(3)), at(150)).unwrap();
    let refused = check_time(&season(), &until(200, None), at(150)).unwrap_err().body().error;
    assert_eq!(refused.detail, json!({ "field": "until", "at": at(200), "closes": at(200) }));
    assert!(refused.message.contains("season `demo` closes at 1970-01-01T00:03:20Z"), "{}", refused.message);
}

#[test]
fn a_season_that_never_closes_has_no_deadline_to_extend() {
    let endless = Season { closes_at: None, ..season() };
    assert!(refusal(check_time(&endless, &request(), at(150))).1.contains("`demo` never closes"));
    check_time(&endless, &NewExtension { attempts: Some(1), ..request() }, at(150)).unwrap();
}

#[test]
fn nobody_gets_more_of_a_published_season() {
    let published = Season { published_at: Some(at(250)), ..season() };
    check_time(&published, &request(), at(249)).unwrap();
    let (reason, message) = refusal(check_time(&published, &request(), at(250)));
    assert_eq!(reason, Some(Reason::SeasonOver));
    assert!(message.contains("`demo` is published"), "{message}");
}
