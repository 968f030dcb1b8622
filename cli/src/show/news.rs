//! Announcements, questions and events of a season, in words.

use holdout_protocol::{Announcement, Question, SeasonEvent, SeasonEventKind, Slug};

use crate::show::figures::time;
use crate::text::{visible, visible_lines};

/// A text below its heading, with its lines kept.
pub(crate) fn indented(text: &str) -> String {
    visible_lines(text).lines().map(|line| format!("    {line}").trim_end().to_owned()).collect::<Vec<_>>().join("\n")
}

pub(crate) fn describe_announcement(one: &Announcement) -> String {
    let mut marks = vec![time(one.created_at)];
    marks.extend(one.edited_at.map(|at| format!("changed {}", time(at))));
    marks.extend(one.withdrawn_at.map(|at| format!("withdrawn {}", time(at))));
    marks.extend(one.unread.then(|| "new".to_owned()));
    let title = one.title.as_deref().map_or_else(|| "(withdrawn)".to_owned(), visible);
    let head = format!("{title}\n  {} · {}", marks.join(", "), one.id);
    one.text.as_deref().map_or_else(|| head.clone(), |text| format!("{head}\n{}", indented(text)))
}

pub(crate) fn describe_event(event: &SeasonEvent) -> String {
    let title = event.title.as_deref().unwrap_or("(withdrawn)");
    match event.kind {
        SeasonEventKind::Opened => "The season opened".to_owned(),
        SeasonEventKind::Closed => "The season closed".to_owned(),
        SeasonEventKind::Published => "Private scores were published".to_owned(),
        SeasonEventKind::Unpublished => "Private scores were hidden again".to_owned(),
        SeasonEventKind::Leader if event.retracted => {
            format!("A team led {}; its result was taken off the board since", board_of(event))
        }
        SeasonEventKind::Retracted => format!("A result that led {} was taken off the board", board_of(event)),
        SeasonEventKind::Leader => {
            let team = event.team.as_ref().map_or("a team", |team| team.as_str());
            format!("{team} leads {} with {:.3} %", board_of(event), event.error.unwrap_or_default() * 100.0)
        }
        SeasonEventKind::Announced => format!("Announced: {title}"),
        SeasonEventKind::AnnouncementChanged => format!("Announcement changed: {title}"),
        SeasonEventKind::Answered => format!("Answered: {title}"),
    }
}

fn board_of(event: &SeasonEvent) -> &str {
    event.task.as_ref().map_or("the board", Slug::as_str)
}

pub(crate) fn describe_question(one: &Question) -> String {
    let mut marks = vec![time(one.asked_at)];
    marks.extend(one.team.as_ref().map(|team| visible(team.as_str())));
    marks.extend(one.task.as_ref().map(ToString::to_string));
    marks.extend(one.unread.then(|| "new".to_owned()));
    let mut lines = vec![format!("{} · {}", marks.join(", "), one.id), indented(&one.text)];
    match &one.answer {
        Some(answer) => {
            let whom = if answer.public { "to everybody" } else { "to the team" };
            lines.push(format!("  Answer {whom}, {}", time(answer.at)));
            lines.push(indented(&answer.text));
        }
        None => lines.push("  No answer yet.".to_owned()),
    }
    lines.join("\n")
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;

    fn of<T: serde::de::DeserializeOwned>(fields: Value, changes: &Value) -> T {
        let mut fields = fields;
        fields.as_object_mut().unwrap().extend(changes.as_object().unwrap().clone());
        serde_json::from_value(fields).unwrap()
    }

    const ID: &str = "0190a5d0-0000-7000-8000-000000000001";

    fn announcement(changes: &Value) -> Announcement {
        let fields = json!({
            "id": ID, "season": "demo", "title": "Labels", "text": "One\n\nTwo", "created_at": "2026-01-01T00:00:00Z",
            "edited_at": null, "withdrawn_at": null, "updated_at": "2026-01-01T00:00:00Z", "unread": false,
        });
        of(fields, changes)
    }

    #[test]
    fn an_announcement_keeps_its_lines_below_its_heading() {
        let text = describe_announcement(&announcement(&json!({ "unread": true })));
        let lines: Vec<&str> = text.lines().collect();
        assert_eq!(lines[0], "Labels");
        assert!(lines[1].ends_with(&format!(", new · {ID}")), "{text}");
        assert_eq!(lines[2..], ["    One", "", "    Two"]);
    }

    #[test]
    fn of_a_withdrawn_announcement_only_its_times_are_left() {
        let gone = json!({ "title": null, "text": null, "withdrawn_at": "2026-01-02T00:00:00Z" });
        let text = describe_announcement(&announcement(&gone));
        assert!(text.starts_with("(withdrawn)\n") && text.contains(", withdrawn 2026-01-0"), "{text}");
        assert_eq!(text.lines().count(), 2);
    }

    fn event(changes: &Value) -> String {
        let fields = json!({
            "cursor": 1, "id": ID, "at": "2026-01-01T00:00:00Z", "kind": "opened", "task": null, "submission": null,
            "team": null, "error": null, "announcement": null, "question": null, "title": null, "text": null,
        });
        describe_event(&of(fields, changes))
    }

    #[test]
    fn an_event_is_a_sentence() {
        assert_eq!(event(&json!({})), "The season opened");
        let leads = json!({ "kind": "leader", "team": "Alpha", "task": "images", "error": 0.153_15 });
        assert_eq!(event(&leads), "Alpha leads images with 15.315 %");
        assert_eq!(event(&json!({ "kind": "announced", "title": "Labels" })), "Announced: Labels");
        assert_eq!(event(&json!({ "kind": "announced" })), "Announced: (withdrawn)");
    }

    #[test]
    fn a_question_says_whom_its_answer_is_for() {
        let fields = json!({
            "id": ID, "season": "demo", "task": "images", "team": "Alpha", "text": "Why?",
            "asked_at": "2026-01-01T00:00:00Z", "answer": null, "unread": false,
        });
        let open: Question = of(fields.clone(), &json!({}));
        assert!(describe_question(&open).ends_with("    Why?\n  No answer yet."), "{}", describe_question(&open));
        let answer = json!({ "text": "So.", "public": true, "at": "2026-01-02T00:00:00Z" });
        let answered: Question = of(fields, &json!({ "answer": answer }));
        let text = describe_question(&answered);
        assert!(text.contains("  Answer to everybody, 2026-01-0") && text.ends_with("\n    So."), "{text}");
    }

    #[test]
    fn each_kind_of_event_has_a_sentence() {
        for (kind, sentence) in [
            ("closed", "The season closed"),
            ("published", "Private scores were published"),
            ("retracted", "A result that led images was taken off the board"),
            ("announcement_changed", "Announcement changed: Labels"),
            ("answered", "Answered: Labels"),
        ] {
            assert_eq!(event(&json!({ "kind": kind, "task": "images", "title": "Labels" })), sentence);
        }
    }

    #[test]
    fn a_leader_whose_result_is_gone_is_not_named_any_more() {
        let gone = json!({ "kind": "leader", "team": "Alpha", "task": "images", "error": 0.1, "retracted": true });
        assert_eq!(event(&gone), "A team led images; its result was taken off the board since");
        assert_eq!(event(&json!({ "kind": "leader" })), "a team leads the board with 0.000 %");
    }

    #[test]
    fn a_changed_announcement_says_when() {
        let text = describe_announcement(&announcement(&json!({ "edited_at": "2026-01-03T00:00:00Z" })));
        let marks = format!("  2026-01-01 00:00:00 UTC, changed 2026-01-03 00:00:00 UTC · {ID}");
        assert_eq!(text.lines().nth(1), Some(marks.as_str()), "{text}");
    }

    #[test]
    fn an_answer_for_the_team_alone_says_so_below_the_question() {
        let answer = json!({ "text": "So\u{1b}.\n\nYes.", "public": false, "at": "2026-01-02T00:00:00Z" });
        let question: Question = of(
            json!({
                "id": ID, "season": "demo", "task": "images", "team": "Alpha", "text": "Why?",
                "asked_at": "2026-01-01T00:00:00Z", "answer": answer, "unread": true,
            }),
            &json!({}),
        );
        let expected = format!(
            "2026-01-01 00:00:00 UTC, Alpha, images, new · {ID}\n    Why?\n  Answer to the team, 2026-01-02 00:00:00 UTC\n    \
             So\u{fffd}.\n\n    Yes."
        );
        assert_eq!(describe_question(&question), expected);
    }
}
