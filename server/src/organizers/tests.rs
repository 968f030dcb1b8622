use super::*;
use crate::db::organizer_roles::HeldRole;
use crate::samples::{account, refusal, season};

fn held(season: Option<&str>, role: OrganizerRole) -> Account {
    account(&[HeldRole { season: season.map(|slug| slug.parse().unwrap()), role }])
}

#[test]
fn a_role_suffices_where_it_counts_if_it_is_as_high_as_the_least() {
    use OrganizerRole::{Judge, Observer, Organizer};
    let demo: Slug = "demo".parse().unwrap();
    let judge = held(Some("demo"), Judge);
    for least in [Observer, Judge] {
        check_may(&judge, Some(&demo), least).unwrap();
        assert!(check_may(&judge, None, least).is_err(), "not on the whole server");
    }
    assert!(check_may(&judge, Some(&demo), Organizer).is_err());
    check_may(&held(None, Organizer), Some(&demo), Organizer).unwrap();
    assert!(check_may(&account(&[]), Some(&demo), Observer).is_err());
}

#[test]
fn a_refusal_says_which_role_is_needed_and_where() {
    let told = |season| needs_role(OrganizerRole::Judge, season).body().error;
    let here = told(Some("demo"));
    assert_eq!(here.message, "only organizers with the role `judge` or a higher one in season `demo` may do this");
    assert_eq!((here.reason, here.detail), (Some(Reason::RoleNeeded), json!({ "role": "judge", "season": "demo" })));
    let server = told(None);
    assert!(server.message.contains("a higher one on the whole server may"), "{}", server.message);
    assert_eq!(server.detail["season"], Value::Null);
    let list = needs_role_or_season(OrganizerRole::Judge).body().error;
    assert_eq!(list.detail, json!({ "role": "judge", "season": null, "field": "season" }));
}

#[test]
fn whoever_sees_what_is_hidden_in_a_season_is_in_none_of_its_teams() {
    check_does_not_organize(&season(), &account(&[])).unwrap();
    check_does_not_organize(&season(), &held(Some("other"), OrganizerRole::Owner).about(Some("demo"))).unwrap();
    let observer = held(Some("demo"), OrganizerRole::Observer).about(Some("demo"));
    assert_eq!(refusal(check_does_not_organize(&season(), &observer)).0, Some(Reason::OrganizesSeason));
}

#[test]
fn the_audit_log_names_the_season_of_a_role_that_has_one() {
    assert_eq!(object_of(&Some("demo".parse().unwrap()), 7), "demo/7");
    assert_eq!(object_of(&None, 7), "7");
}
