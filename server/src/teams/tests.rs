use super::*;
use crate::samples::{at, refusal, season};

#[test]
fn an_affiliation_is_one_line_and_a_blank_one_is_none() {
    assert_eq!(checked_affiliation(Some("  ETH ")).unwrap().as_deref(), Some("ETH"));
    for nothing in [None, Some(""), Some("  ")] {
        assert_eq!(checked_affiliation(nothing).unwrap(), None);
    }
    checked_affiliation(Some(&"ä".repeat(200))).unwrap();
    assert_eq!(refusal(checked_affiliation(Some(&"ä".repeat(201)))).0, Some(Reason::TextTooLong));
    assert_eq!(refusal(checked_affiliation(Some("a\nb"))).0, Some(Reason::ControlCharacter));
}

#[test]
fn teams_form_from_the_announcement_of_a_season_until_it_closes() {
    let taken = |season: &Season, now| check_takes_teams(season, at(now));
    for now in [1, 100, 199] {
        taken(&season(), now).unwrap();
    }
    taken(&Season { paused: true, ..season() }, 150).unwrap();
    let (reason, message) = refusal(taken(&season(), 200));
    assert_eq!((reason, message.starts_with("season `demo` is over")), (Some(Reason::SeasonOver), true), "{message}");
    assert_eq!(refusal(taken(&Season { draft: true, ..season() }, 150)).0, Some(Reason::SeasonDraft));
    let published = Season { published_at: Some(at(120)), ..season() };
    assert_eq!(refusal(taken(&published, 150)).0, Some(Reason::SeasonOver));
}

#[test]
fn captains_rename_until_the_season_closes() {
    for now in [1, 150, 199] {
        check_renames_teams(&season(), at(now)).unwrap();
    }
    for now in [200, 900] {
        assert_eq!(refusal(check_renames_teams(&season(), at(now))).0, Some(Reason::SeasonOver), "{now}");
    }
}
