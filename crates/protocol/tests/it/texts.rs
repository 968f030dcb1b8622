//! What stands for a text on the wire: ids, names, times, digests, cursors. And changes, in which
//! `null` is not absence.

use std::time::Duration;

use holdout_protocol::*;
use serde_json::json;

const ID: &str = "01890a5d-ac96-774b-bcce-b302099a8057";

macro_rules! each_id {
    ($check:ident: $($id:ident),+) => {
        $($check::<$id>();)+
    };
}

fn comes_back<T>()
where
    T: serde::Serialize + serde::de::DeserializeOwned + std::fmt::Display + std::fmt::Debug + PartialEq,
{
    let id: T = serde_json::from_value(json!(ID)).unwrap();
    assert_eq!((id.to_string().as_str(), json!(id)), (ID, json!(ID)));
    // Other spellings of the same UUID are read, and written in the one form.
    for spelling in [ID.to_uppercase(), ID.replace('-', ""), format!("{{{ID}}}"), format!("urn:uuid:{ID}")] {
        assert_eq!(serde_json::from_value::<T>(json!(spelling)).unwrap(), id, "{spelling}");
    }
    let long = "x".repeat(500);
    for text in ["", "1", &ID[1..], "01890a5d-ac96-774b-bcce-b302099a805g", &long] {
        let error = serde_json::from_value::<T>(json!(text)).unwrap_err().to_string();
        assert!(error.contains("is not an id; an id is a UUID") && error.len() < 200, "{error}");
    }
    assert!(serde_json::from_value::<T>(json!(7)).is_err());
}

#[test]
fn ids_have_one_form() {
    each_id!(comes_back: AccountId, SessionId, ApiTokenId, ScorerTokenId, PasswordResetId, ScorerId, SeasonId, TaskId,
        EmailVerificationId, MessageId, TestSetId, TeamId, TeamChangeId, RegistrationCodeId, InvitationId, OrganizerInvitationId, UploadId, SubmissionId,
        EvaluationId, AuditId, BanId, ExtensionId, WebhookId, WebhookDeliveryId);
}

#[test]
fn new_ids_sort_by_their_time() {
    let ids: Vec<SubmissionId> = (0..1000).map(|_| SubmissionId::new()).collect();
    assert!(ids.is_sorted() && ids.windows(2).all(|pair| pair.first() != pair.last()));
}

#[test]
fn slugs_are_addresses() {
    let longest = "a".repeat(64);
    for text in ["a", "0", "ilsvrc-2012", "a-", "a--b", &longest] {
        let slug: Slug = serde_json::from_value(json!(text)).unwrap();
        assert_eq!((slug.as_str(), json!(slug)), (text, json!(text)));
    }
    let too_long = "a".repeat(65);
    for text in ["", "-a", "A", "a_b", "a.b", "a/b", "ä", " a", "a\n", &too_long] {
        let error = serde_json::from_value::<Slug>(json!(text)).unwrap_err().to_string();
        assert!(error.contains("is not a valid name here") && !error.contains('\n'), "{error}");
    }
}

#[test]
fn names_of_teams_are_visible_and_end_in_no_blank() {
    let longest = "ß".repeat(64);
    for text in ["A", "Team A", "Équipe  № 1 ☃", "a\u{a0}b", &longest] {
        let name: TeamName = serde_json::from_value(json!(text)).unwrap();
        assert_eq!((name.as_str(), json!(name)), (text, json!(text)));
    }
    let too_long = "ß".repeat(65);
    for text in ["", " ", " A", "A ", "A\tB", "A\u{200b}B", "A\u{202e}B", "\u{feff}A", "A\u{2066}", "\u{7f}", &too_long]
    {
        let error = serde_json::from_value::<TeamName>(json!(text)).unwrap_err().to_string();
        let says_why = error.contains("is not a valid team name") || error.contains("U+");
        assert!(says_why && !error.chars().any(is_hidden), "{error:?}");
    }
}

#[test]
fn teams_of_one_key_have_one_name() {
    let key = |text: &str| text.parse::<TeamName>().unwrap().key();
    assert_eq!(key("Team  A"), key("team a"));
    assert_eq!(key("ÉQUIPE"), key("équipe"));
    assert_ne!(key("Team A"), key("TeamA"));
}

#[test]
fn times_are_read_from_any_zone_and_written_in_utc() {
    let noon: Timestamp = "2012-09-30T12:00:00Z".parse().unwrap();
    for text in
        ["2012-09-30T12:00:00Z", "2012-09-30T14:00:00+02:00", "2012-09-30 12:00:00.000000Z", "2012-09-30T12:00Z"]
    {
        assert_eq!(serde_json::from_value::<Timestamp>(json!(text)).unwrap(), noon, "{text}");
    }
    assert_eq!(json!(noon), json!("2012-09-30T12:00:00Z"));
    assert_eq!(json!(Timestamp::from_micros(1)), json!("1970-01-01T00:00:00.000001Z"));
    assert_eq!(serde_json::from_value::<Timestamp>(json!("1969-12-31T23:59:59.999999Z")).unwrap().as_micros(), -1);
    for text in ["", "2012-09-30", "2012-13-01T00:00:00Z", "2012-09-30T12:00:00", "noon", "0"] {
        let error = serde_json::from_value::<Timestamp>(json!(text)).unwrap_err().to_string();
        assert!(error.contains("write it as `2012-09-30T23:00:00Z`"), "{error}");
    }
}

#[test]
fn times_are_counted_without_overflow() {
    let second = Duration::from_secs(1);
    let noon: Timestamp = "2012-09-30T12:00:00Z".parse().unwrap();
    assert_eq!(noon.plus(second).since(noon), second);
    assert_eq!(noon.minus(second), "2012-09-30T11:59:59Z".parse().unwrap());
    assert_eq!(noon.minus(second).since(noon), Duration::ZERO);
    let (first, last) = (Timestamp::from_micros(i64::MIN), Timestamp::from_micros(i64::MAX));
    assert_eq!((last.plus(second), first.minus(second)), (last, first));
    assert_eq!(noon.plus(Duration::MAX), last);
    assert_eq!(last.since(first), Duration::from_micros(u64::try_from(i64::MAX).unwrap()));
}

#[test]
fn digests_are_64_hexadecimal_digits() {
    let digest: Sha256 = serde_json::from_value(json!("0123456789abcdefABCDEF".to_owned() + &"0".repeat(42))).unwrap();
    assert_eq!(json!(digest), json!("0123456789abcdefabcdef".to_owned() + &"0".repeat(42)));
    let (short, long, other) = ("0".repeat(63), "0".repeat(65), "g".repeat(64));
    let (signed, wide) = ("+1".repeat(32), "é".repeat(32));
    for text in ["", &short, &long, &other, &signed, &wide] {
        assert!(serde_json::from_value::<Sha256>(json!(text)).is_err(), "{text}");
    }
}

#[test]
fn cursors_are_those_of_a_page() {
    let query = |cursor: &str| serde_json::from_value::<PageQuery>(json!({ "cursor": cursor }));
    assert_eq!(query(&ID.to_uppercase()).unwrap().cursor.as_deref(), Some(ID));
    assert!(query("1").unwrap_err().to_string().contains("`cursor` is not the `next_cursor` of a page"));
    assert_eq!(serde_json::from_value::<PageQuery>(json!({ "cursor": null })).unwrap(), PageQuery::default());
}

#[test]
fn pages_have_1_to_200_items() {
    let limit = |limit| PageQuery { cursor: None, limit }.limit();
    assert_eq!(
        [limit(None), limit(Some(0)), limit(Some(1)), limit(Some(200)), limit(Some(u32::MAX))],
        [50, 1, 1, 200, 200]
    );
}

#[test]
fn searches_page_as_lists_do() {
    let body = json!({ "cursor": ID, "limit": 7 });
    let page = PageQuery { cursor: Some(ID.to_owned()), limit: Some(7) };
    assert_eq!(serde_json::from_value::<AuditQuery>(body.clone()).unwrap().page(), page);
    assert_eq!(serde_json::from_value::<SubmissionQuery>(body.clone()).unwrap().page(), page);
    assert_eq!(serde_json::from_value::<EvaluationQuery>(body.clone()).unwrap().page(), page);
    assert_eq!(serde_json::from_value::<TeamQuery>(body.clone()).unwrap().page(), page);
    assert_eq!(serde_json::from_value::<TeamChangeQuery>(body).unwrap().page(), page);
}

#[test]
fn null_takes_away_and_absence_leaves_alone() {
    let season = |body| serde_json::from_value::<SeasonChanges>(body).unwrap();
    assert_eq!(season(json!({})).closes, None);
    assert_eq!(season(json!({ "closes": null })).closes, Some(None));
    assert_eq!(json!(season(json!({ "closes": null })))["closes"], json!(null));
    assert_eq!(json!(season(json!({}))).get("closes"), None);

    let submission = |body| serde_json::from_value::<SubmissionChanges>(body).unwrap();
    let taken_away = submission(json!({ "method": null, "description": null, "note": null }));
    assert_eq!(
        (&taken_away.method, &taken_away.description, &taken_away.note),
        (&Some(None), &Some(None), &Some(None))
    );
    assert_eq!(json!(taken_away), json!({ "method": null, "description": null, "note": null }));
    assert_eq!(json!(submission(json!({}))), json!({}));
}

#[test]
fn limits_are_by_kind() {
    let limits = Limits { predictions_bytes: 1, model_bytes: 2, ..Limits::default() };
    assert_eq!([SubmissionKind::Predictions, SubmissionKind::Torchscript].map(|kind| limits.bytes(kind)), [1, 2]);
}

#[test]
fn states_without_a_way_on_are_final() {
    let finals: Vec<&str> =
        SubmissionState::ALL.iter().filter(|state| state.is_final()).map(|state| state.as_str()).collect();
    assert_eq!(finals, ["scored", "rejected", "stalled", "cancelled"]);
}

#[test]
fn codes_have_a_status_and_verdicts_an_advice() {
    for code in ErrorCode::ALL {
        assert!((400..600).contains(&code.status()), "{code:?}");
    }
    for code in VerdictCode::ALL {
        assert!(code.advice().ends_with('.') && code.advice().len() > 20, "{code:?}: {}", code.advice());
    }
}

/// A text of a catalogue of the pages.
fn said(catalogue: &str, key: &str) -> Option<String> {
    let (_, after) = catalogue.split_once(&format!("\n\t'{key}':"))?;
    let (text, _) = after.trim_start().strip_prefix('\'')?.split_once("',\n")?;
    Some(plain(&text.replace("\\'", "'")))
}

/// A text without what the pages write in another way: quotes, marks of code, and how a sentence
/// begins and ends.
fn plain(text: &str) -> String {
    let text: String = text.replace('’', "'").chars().filter(|letter| !"`“”".contains(*letter)).collect();
    let (first, rest) = text.trim_end_matches('.').split_at(1);
    first.to_lowercase() + rest
}

#[test]
fn the_pages_say_advice_hints_and_reasons_as_this_crate_does() {
    let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/../../frontend/src/lib/i18n/");
    let catalogue = std::fs::read_to_string(format!("{folder}en.ts")).unwrap();
    for code in VerdictCode::ALL {
        let key = format!("advice.{}", code.as_str());
        assert_eq!(said(&catalogue, &key), Some(plain(code.advice())), "{key}");
    }
    for reason in UnsentReason::ALL {
        let key = format!("unsent.{}", reason.as_str());
        assert_eq!(said(&catalogue, &key), Some(plain(reason.text())), "{key}");
        assert_eq!(UnsentReason::of_error(reason.text()), Some(*reason));
    }
    assert_eq!(UnsentReason::of_error("connection refused"), None);
    // The check in the browser gives these without facts, or the pages say them in fewer words.
    let shorter = [HintCode::OddSpace, HintCode::ImageNames, HintCode::FixedBatch];
    for code in HintCode::ALL.iter().filter(|code| !shorter.contains(code)) {
        let key = format!("hint.{}", serde_json::to_value(code).unwrap().as_str().unwrap());
        // The pages write a size with its unit.
        let wanted = plain(code.text()).replace("} MiB", "}");
        assert_eq!(said(&catalogue, &key), Some(wanted), "{key}");
    }
}
