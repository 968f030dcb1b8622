use super::*;
use crate::db::organizer_roles::HeldRole;
use crate::db::seasons::{Drafts, Season};
use crate::samples::{account, at, refusal, season};

/// The season of the samples after these changes at a second.
fn after(before: &Season, changes: &SeasonChanges, now: i64) -> Result<Season> {
    changed(before, changes, at(now))
}

fn changes() -> SeasonChanges {
    SeasonChanges::default()
}

#[test]
fn what_is_not_sent_stays_and_what_is_sent_takes_its_place() {
    let before = season();
    assert_eq!(after(&before, &changes(), 150).unwrap(), before);
    let all = SeasonChanges {
        title: Some("Other".to_owned()),
        rules: Some("Be fair.".to_owned()),
        opens: Some(at(110)),
        closes: Some(Some(at(210))),
        draft: Some(true),
        paused: Some(true),
        ..changes()
    };
    let expected = Season {
        title: "Other".to_owned(),
        rules: "Be fair.".to_owned(),
        opens_at: at(110),
        closes_at: Some(at(210)),
        draft: true,
        paused: true,
        ..before.clone()
    };
    assert_eq!(after(&before, &all, 150).unwrap(), expected);
}

#[test]
fn a_close_can_be_taken_away_and_cannot_come_before_the_opening() {
    let closes = |closes: Option<i64>| SeasonChanges { closes: Some(closes.map(at)), ..changes() };
    assert_eq!(after(&season(), &closes(None), 150).unwrap().closes_at, None);
    let (reason, message) = refusal(after(&season(), &closes(Some(100)), 50));
    assert_eq!(reason, Some(Reason::ClosesBeforeOpening), "{message}");
}

#[test]
fn a_board_is_frozen_at_the_moment_and_keeps_that_moment_until_it_is_let_go() {
    let frozen = |frozen| SeasonChanges { frozen: Some(frozen), ..changes() };
    let cold = after(&season(), &frozen(true), 150).unwrap();
    assert_eq!(cold.frozen_at, Some(at(150)));
    assert_eq!(after(&cold, &frozen(true), 170).unwrap().frozen_at, Some(at(150)));
    assert_eq!(after(&cold, &frozen(false), 170).unwrap().frozen_at, None);
}

#[test]
fn nothing_of_a_published_season_is_frozen_any_more() {
    let frozen = SeasonChanges { frozen: Some(true), ..changes() };
    let published = Season { published_at: Some(at(250)), ..season() };
    assert_eq!(refusal(after(&published, &frozen, 300)).0, Some(Reason::SeasonOver));
    let before = Season { frozen_at: Some(at(150)), ..published };
    assert_eq!(after(&before, &frozen, 300).unwrap().frozen_at, Some(at(150)), "it stays as it was");
}

#[test]
fn results_are_published_from_the_moment_on_when_the_season_is_over() {
    let publish = SeasonChanges { published: Some(true), ..changes() };
    assert_eq!(after(&season(), &publish, 200).unwrap().published_at, Some(at(200)));
    let before = Season { published_at: Some(at(210)), ..season() };
    assert_eq!(after(&before, &publish, 300).unwrap().published_at, Some(at(210)), "once");
    let (reason, message) = refusal(after(&season(), &publish, 199));
    assert_eq!(reason, Some(Reason::SeasonNotOver));
    assert!(message.contains("closes at 1970-01-01T00:03:20Z, and it is 1970-01-01T00:03:19Z"), "{message}");
    let (reason, message) = refusal(after(&Season { closes_at: None, ..season() }, &publish, 900));
    assert_eq!(reason, Some(Reason::SeasonEndless));
    assert!(message.contains("it never closes"), "{message}");
}

#[test]
fn a_published_season_is_opened_again_only_by_somebody_who_hides_its_results() {
    let published = Season { published_at: Some(at(250)), ..season() };
    let closes = |closes: Option<i64>| SeasonChanges { closes: Some(closes.map(at)), ..changes() };
    for later in [Some(301), None] {
        assert_eq!(refusal(after(&published, &closes(later), 300)).0, Some(Reason::SeasonPublished), "{later:?}");
    }
    assert_eq!(after(&published, &closes(Some(300)), 300).unwrap().closes_at, Some(at(300)), "in the past");
    let hidden = SeasonChanges { published: Some(false), ..closes(Some(900)) };
    let found = after(&published, &hidden, 300).unwrap();
    assert_eq!((found.closes_at, found.published_at), (Some(at(900)), None));
}

#[test]
fn the_audit_log_has_what_was_sent_and_of_rules_only_how_long_they_are() {
    assert_eq!(summary(&changes()).unwrap(), json!({}));
    let sent = SeasonChanges {
        title: Some("Demo".to_owned()),
        rules: Some("äö".to_owned()),
        closes: Some(None),
        paused: Some(false),
        ..changes()
    };
    let expected = json!({ "title": "Demo", "rules": { "characters": 2 }, "closes": null, "paused": false });
    assert_eq!(summary(&sent).unwrap(), expected);
}

#[test]
fn drafts_are_seen_by_organizers_of_the_server_and_each_by_its_own() {
    let role = |season: Option<&str>| HeldRole {
        season: season.map(|slug| slug.parse().unwrap()),
        role: holdout_protocol::OrganizerRole::Observer,
    };
    let seen = |caller: Option<&[HeldRole]>| match drafts_of(&Caller(caller.map(account))) {
        Drafts::All => None,
        Drafts::Of(slugs) => Some(slugs.iter().map(ToString::to_string).collect::<Vec<_>>()),
    };
    assert_eq!(seen(None), Some(Vec::new()));
    assert_eq!(seen(Some(&[])), Some(Vec::new()));
    assert_eq!(seen(Some(&[role(Some("one")), role(Some("two"))])), Some(vec!["one".to_owned(), "two".to_owned()]));
    assert_eq!(seen(Some(&[role(Some("one")), role(None)])), None, "all of them");
}

#[test]
fn a_season_is_over_from_its_close_on_and_late_uploads_are_taken_within_the_grace() {
    let grace = std::time::Duration::from_secs(60);
    let season = Season { opens_at: at(100), closes_at: Some(at(200)), ..season() };
    let seen = |season: &Season| {
        [99, 199, 200, 259, 260].map(|now| (season.is_over(at(now)), season.closed_within(grace, at(now))))
    };
    assert_eq!(seen(&season), [(false, false), (false, false), (true, true), (true, true), (true, false)]);
    let endless = Season { closes_at: None, ..season.clone() };
    assert_eq!(seen(&endless), [(false, false); 5]);
    // Whoever has seen the private scores does not choose any more.
    let published = Season { published_at: Some(at(230)), first_published_at: Some(at(230)), ..season };
    assert_eq!(seen(&published)[3], (true, false));
}
