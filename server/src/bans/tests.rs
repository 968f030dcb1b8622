use super::*;
use crate::samples::{at, field};

/// A ban of a person from a season.
fn request() -> NewBan {
    NewBan {
        season: Some("demo".parse().unwrap()),
        everywhere: false,
        team: None,
        email: Some("ada@example.org".to_owned()),
        reason: "two accounts".to_owned(),
        until: None,
        dry_run: false,
    }
}

#[test]
fn a_ban_is_of_a_team_or_of_a_person_and_from_a_season_or_everywhere() {
    let team = || Some("Team".to_owned());
    check(&request(), at(1)).unwrap();
    check(&NewBan { team: team(), email: None, ..request() }, at(1)).unwrap();
    check(&NewBan { season: None, everywhere: true, ..request() }, at(1)).unwrap();
    for (unclear, at_fault) in [
        (NewBan { team: team(), ..request() }, "team"),
        (NewBan { email: None, ..request() }, "team"),
        (NewBan { season: None, ..request() }, "season"),
        (NewBan { season: None, team: team(), email: None, everywhere: true, ..request() }, "season"),
        (NewBan { everywhere: true, ..request() }, "everywhere"),
    ] {
        let error = check(&unclear, at(1)).unwrap_err();
        assert_eq!((field(&error).as_str(), error.body().error.reason), (at_fault, Some(Reason::BanUnclear)));
    }
}

#[test]
fn a_ban_says_why_and_ends_in_the_future() {
    let reason = NewBan { reason: " ".to_owned(), ..request() };
    assert_eq!(field(&check(&reason, at(1)).unwrap_err()), "reason");
    let until = |second| NewBan { until: Some(at(second)), ..request() };
    check(&until(101), at(100)).unwrap();
    let told = check(&until(100), at(100)).unwrap_err().body().error;
    assert_eq!((told.reason, &told.detail["at"]), (Some(Reason::BanInPast), &json!(at(100))));
}

#[test]
fn nobody_bans_an_organizer_and_of_others_only_the_digest_of_the_address_is_kept() {
    let account = |organizer| holdout_protocol::Account {
        id: AccountId::new(),
        email: "ada@example.org".to_owned(),
        name: "Ada".to_owned(),
        organizer,
        created_at: at(1),
    };
    let kept = person(account(false)).unwrap();
    assert_eq!((kept.name.as_str(), kept.email), ("Ada", secret::digest("ada@example.org")));
    let (reason, message) = crate::samples::refusal(person(account(true)));
    assert_eq!(reason, Some(Reason::BanOfOrganizer));
    assert!(message.starts_with("`Ada` is an organizer"), "{message}");
}
