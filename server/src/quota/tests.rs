use super::*;
use crate::db::seasons::Season;
use crate::samples::{at, season, task, team};

const RULE: QuotaRule = QuotaRule { submissions: 2, per_seconds: 60 };

#[test]
fn a_slot_is_open_until_the_limit_is_reached() {
    let status = QuotaStatus::new(&RULE, Vec::new(), &[at(100)], &[], at(110));
    assert_eq!((status.used, status.remaining(), status.next_slot), (1, 1, at(110)));
    status.check_remaining(at(110)).unwrap();
}

#[test]
fn the_next_slot_opens_when_the_oldest_leaves_the_window() {
    let status = QuotaStatus::new(&RULE, Vec::new(), &[at(100), at(105)], &[], at(110));
    assert_eq!((status.used, status.remaining(), status.next_slot), (2, 0, at(160)));
    let body = status.check_remaining(at(110)).unwrap_err().body().error;
    assert_eq!(body.code, ErrorCode::QuotaExhausted);
    assert!(
        body.message.contains("2 in 1 minute") && body.message.contains("1970-01-01T00:02:40Z"),
        "{}",
        body.message
    );
    assert_eq!(body.detail["retry_after_seconds"], 50);
    assert_eq!(body.detail["next_slot"], "1970-01-01T00:02:40Z");
}

#[test]
fn after_a_stricter_rule_several_have_to_leave() {
    let status = QuotaStatus::new(&RULE, Vec::new(), &[at(100), at(105), at(107)], &[], at(110));
    assert_eq!((status.remaining(), status.next_slot), (0, at(165)));
}

#[test]
fn the_one_who_used_most_decides() {
    let member = |name: &str, seconds: &[i64]| (name.to_owned(), seconds.iter().copied().map(at).collect());
    let members = [member("Ada", &[90]), member("Bob", &[101, 103]), member("Cy", &[])];
    let status = QuotaStatus::new(&RULE, Vec::new(), &[at(90)], &members, at(110));
    assert_eq!((status.used, status.carried, status.next_slot), (2, 1, at(161)));
    assert_eq!(status.carried_by, ["Bob"], "Ada used no more than the team");
    let body = status.check_remaining(at(110)).unwrap_err().body().error;
    assert!(body.message.contains("2 used: 1 of them by Bob in another team"), "{}", body.message);
    assert_eq!((&body.detail["carried"], &body.detail["carried_by"][0]), (&json!(1), &json!("Bob")));

    // Not the sum: joining never costs more than the larger of both.
    let apart = QuotaStatus::new(&RULE, Vec::new(), &[at(90)], &[member("Dee", &[91])], at(110));
    assert_eq!((apart.used, apart.carried, apart.remaining()), (1, 0, 1));
}

#[test]
fn nothing_used_leaves_all_at_once() {
    let status = QuotaStatus::new(&RULE, Vec::new(), &[], &[("Ada".to_owned(), Vec::new())], at(110));
    assert_eq!((status.used, status.carried, status.remaining(), status.next_slot), (0, 0, 2, at(110)));
    assert_eq!(status.explanation(), None);
}

#[test]
fn all_members_who_are_ahead_of_the_team_are_named() {
    let member = |name: &str, count: i64| (name.to_owned(), (0..count).map(|i| at(100 + i)).collect());
    let status = QuotaStatus::new(
        &RULE,
        Vec::new(),
        &[at(100)],
        &[member("Ada", 2), member("Bob", 1), member("Cy", 3)],
        at(110),
    );
    assert_eq!((status.used, status.carried, status.remaining()), (3, 2, 0));
    assert_eq!(status.carried_by, ["Ada", "Cy"]);
    assert!(status.explanation().unwrap().starts_with("2 of them by Ada, Cy in another team"));
}

/// A client that waits as long as it is told has to find the slot open.
#[test]
fn the_wait_is_rounded_up_and_never_zero() {
    let status = QuotaStatus::new(&RULE, Vec::new(), &[at(100), at(105)], &[], at(110));
    let wait = |micros| {
        let refused = status.check_remaining(Timestamp::from_micros(micros)).unwrap_err();
        refused.body().error.detail["retry_after_seconds"].clone()
    };
    assert_eq!([wait(158_000_000), wait(158_000_001), wait(159_999_999), wait(160_000_000)], [2, 2, 1, 1]);
}

#[test]
fn extra_attempts_are_used_when_a_holder_has_no_slot_and_the_one_that_ends_first_before_the_others() {
    let extra = |left, until| ExtraAttempts { extension: ExtensionId::new(), left, until: at(until) };
    let (first, second) = (extra(1, 200), extra(2, 500));
    let bob = |slots: &[i64]| [("Bob".to_owned(), slots.iter().copied().map(at).collect())];
    // While everybody has slots, no extra attempt is touched.
    let status = QuotaStatus::new(&RULE, vec![first, second], &[at(100)], &bob(&[101]), at(110));
    assert_eq!((status.used, status.remaining(), status.extra(), status.next_slot), (1, 4, 3, at(110)));
    assert_eq!(status.check_remaining(at(110)).unwrap(), None);
    for (own, of_bob) in [(&[at(100), at(105)][..], bob(&[])), (&[], bob(&[100, 101]))] {
        let status = QuotaStatus::new(&RULE, vec![first, second], own, &of_bob, at(110));
        assert_eq!((status.used, status.remaining(), status.next_slot), (2, 3, at(110)));
        assert_eq!(status.check_remaining(at(110)).unwrap(), Some(first.extension));
        let status = QuotaStatus::new(&RULE, vec![second], own, &of_bob, at(110));
        assert_eq!(status.check_remaining(at(110)).unwrap(), Some(second.extension));
        let status = QuotaStatus::new(&RULE, Vec::new(), own, &of_bob, at(110));
        assert!(status.check_remaining(at(110)).is_err() && status.next_slot > at(110));
    }
}

#[test]
fn windows_are_named_in_their_largest_unit() {
    let words = [60, 3600, 7 * 24 * 3600, 90].map(in_words);
    assert_eq!(words, ["1 minute", "1 hour", "7 days", "90 seconds"]);
}

#[test]
fn a_time_in_a_message_is_never_before_the_slot_opens() {
    let shown = [0, 1, 999_999, 1_000_000, 1_000_001].map(|micros| to_the_second(Timestamp::from_micros(micros)));
    assert_eq!(shown, [at(0), at(1), at(1), at(1), at(2)]);
}

#[test]
fn the_api_shows_slots_and_extra_attempts_together_and_how_long_the_last_extra_lasts() {
    let season = Season { closes_at: Some(at(777)), ..season() };
    let (task, team) = (task(season.id), team());
    let extra = |left, until| ExtraAttempts { extension: ExtensionId::new(), left, until: at(until) };
    let status = QuotaStatus::new(&RULE, vec![extra(1, 300), extra(4, 500)], &[at(100)], &[], at(110));
    let shown = status.into_quota(&season, &task, &team);
    assert_eq!((shown.limit, shown.per_seconds, shown.used), (2, 60, 1));
    assert_eq!((shown.remaining, shown.extra, shown.extra_until), (6, 5, Some(at(500))));
    assert_eq!((shown.season.as_str(), shown.task.as_str(), shown.team.as_str()), ("demo", "classification", "Team"));
    assert_eq!((shown.closes_at, shown.next_slot), (Some(at(777)), at(110)));
}

#[test]
fn a_holder_who_has_more_than_the_limit_has_no_slots_left_instead_of_a_huge_number() {
    let holding = Holding::new(&RULE, &[at(100), at(101), at(102)], at(110));
    assert_eq!((holding.used, holding.remaining(&RULE)), (3, 0));
}
