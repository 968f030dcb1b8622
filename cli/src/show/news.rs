//! Announcements, questions and events of a season, in words.

use std::io::Read as _;

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
        SeasonEventKind::Leader => {
            let team = event.team.as_ref().map_or("a team", |team| team.as_str());
            let task = event.task.as_ref().map_or("the board", Slug::as_str);
            format!("{team} leads {task} with {:.3} %", event.error.unwrap_or_default() * 100.0)
        }
        SeasonEventKind::Announced => format!("Announced: {title}"),
        SeasonEventKind::AnnouncementChanged => format!("Announcement changed: {title}"),
        SeasonEventKind::Answered => format!("Answered: {title}"),
    }
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
