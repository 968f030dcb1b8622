use std::path::Path;

use holdout_protocol::{OrganizerRole, VerdictCode};
use serde_json::{Value, json};

use super::*;

/// Facts of a message that have any fact that its kind may lack, and without each of these.
fn facts_of(kind: MessageKind) -> Vec<MessageFacts> {
    let at = |text: &str| Some(text.parse().unwrap());
    let none = MessageFacts::default();
    let link = MessageFacts { expires_at: at("2012-07-03T09:05:59.5Z"), ..none.clone() };
    let season = MessageFacts { season: Some("Demo".to_owned()), ..none.clone() };
    let closing = MessageFacts { closes_at: at("2012-09-30T23:00:00Z"), ..season.clone() };
    let unnamed = MessageFacts { task: Some("Classification".to_owned()), ..season.clone() };
    let submission = MessageFacts { method: Some("ResNet-50".to_owned()), ..unnamed.clone() };
    match kind {
        MessageKind::Verification | MessageKind::PasswordReset => vec![link],
        MessageKind::AddressChanged => vec![none],
        MessageKind::Invitation => {
            let to_season = MessageFacts { expires_at: link.expires_at, ..season };
            let organizer = |facts: &MessageFacts| MessageFacts { role: Some(OrganizerRole::Judge), ..facts.clone() };
            vec![organizer(&to_season), organizer(&link), to_season]
        }
        MessageKind::SubmissionScored => {
            let waits = MessageFacts { unapproved: true, ..submission.clone() };
            let unnamed_waits = MessageFacts { unapproved: true, ..unnamed.clone() };
            vec![submission, unnamed, waits, unnamed_waits]
        }
        MessageKind::SubmissionRejected => {
            [submission, unnamed].map(|facts| MessageFacts { verdict: Some(VerdictCode::BadLabel), ..facts }).to_vec()
        }
        MessageKind::SubmissionStalled => vec![submission, unnamed],
        MessageKind::SeasonOpened => vec![closing, season],
        MessageKind::SeasonClosing => vec![closing],
        MessageKind::Announcement => vec![
            MessageFacts { title: Some("Disk replaced".to_owned()), ..season.clone() },
            MessageFacts { withdrawn: true, ..season },
        ],
        MessageKind::Answer => vec![season],
    }
}

#[test]
fn the_tests_of_the_pages_have_each_sentence() {
    let told = |kind: MessageKind, facts: MessageFacts| -> Value {
        let wording = in_english(kind, facts, "> When?\n\nSoon.");
        json!({ "kind": kind, "facts": wording.facts, "subject": wording.subject, "text": wording.text })
    };
    let all: Vec<Value> =
        MessageKind::ALL.iter().flat_map(|kind| facts_of(*kind).into_iter().map(|facts| told(*kind, facts))).collect();
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/messages.json");
    let text = format!("{}\n", serde_json::to_string_pretty(&all).unwrap());
    if std::env::var_os("HOLDOUT_UPDATE_SNAPSHOTS").is_some_and(|value| value == "1") {
        std::fs::write(&path, &text).unwrap();
    }
    let known = std::fs::read_to_string(&path).unwrap_or_default();
    assert!(
        known == text,
        "messages say something else: run this test with HOLDOUT_UPDATE_SNAPSHOTS=1, and change the texts of the pages"
    );
}

#[test]
fn no_sentence_lacks_a_fact_that_it_names() {
    for kind in MessageKind::ALL {
        for facts in facts_of(*kind) {
            let Wording { subject, text, .. } = in_english(*kind, facts, "Soon.");
            for hole in ["\"\"", "  ", "before ,", "before  ", "at .", "[]"] {
                assert!(!text.contains(hole) && !subject.contains(hole), "{kind:?}: {subject}: {text}");
            }
        }
    }
}

#[test]
fn a_time_is_told_to_the_minute_and_with_its_zone() {
    let told = |text: &str| readable(text.parse().unwrap());
    assert_eq!(told("2012-09-30T23:59:59.999999Z"), "2012-09-30 23:59 UTC");
    assert_eq!(told("2012-09-30T23:00:00+02:00"), "2012-09-30 21:00 UTC");
}

#[test]
fn a_subject_begins_with_the_season_on_one_line() {
    let facts = MessageFacts { season: named("Demo\r\nBcc: eve@example.org"), ..MessageFacts::default() };
    let subject = in_english(MessageKind::SeasonOpened, facts, "").subject;
    assert_eq!(subject, "[Demo Bcc: eve@example.org] Open");
}

#[test]
fn a_name_has_nothing_that_turns_the_sentence_around_it() {
    assert_eq!(named("\u{2067}ResNet\u{2069}\u{202e}\n50 ").as_deref(), Some("ResNet 50"));
    assert_eq!(named(" \u{200b} "), None);
}
