//! What happened in a season, for everybody: as pages of events, and as an Atom feed. Both tell what the public may know, whoever
//! asks: nothing of private parts, and of submissions only which one leads the public board.

use holdout_protocol::{
    PageQuery, Season, SeasonEvent, SeasonEventKind, SeasonEventQuery, SeasonEvents, SeasonId, Slug, Timestamp,
};
use maud::{Markup, PreEscaped, html};

use crate::app::App;
use crate::auth::Caller;
use crate::db::season_events::{self, About, Event};
use crate::db::{self, Conn};
use crate::error::Result;
use crate::ranking;
use crate::seasons;

/// Entries of a feed.
const ENTRIES: u32 = 50;

/// The events of a season after a number, oldest first.
///
/// # Errors
/// `not_found` if there is no season that the caller may see.
pub async fn list_events(app: &App, caller: Caller, slug: Slug, query: SeasonEventQuery) -> Result<SeasonEvents> {
    let after = query.after.unwrap_or(0);
    let limit = PageQuery { cursor: None, limit: query.limit }.limit();
    app.db
        .read(move |conn| {
            let season = seasons::visible(conn, &slug, caller.is_organizer())?;
            let found = season_events::after(conn, season.id, after, limit)?;
            let next = found.last().map_or(after, |event| event.number);
            let items = views(conn, season.id, found)?.into_iter().map(|(event, _)| event).collect();
            Ok(SeasonEvents { items, next })
        })
        .await
}

/// Events as everybody may know them now, each with the time of its last change.
fn views(conn: &mut Conn, season: SeasonId, events: Vec<Event>) -> Result<Vec<(SeasonEvent, Timestamp)>> {
    let mut views = Vec::with_capacity(events.len());
    for event in events {
        views.extend(view(conn, season, &event)?);
    }
    Ok(views)
}

/// An event as everybody may know it now; `None` if its answer is no longer public, or organizers took its result off the board. Beside
/// it, the time of its last change.
fn view(conn: &mut Conn, season: SeasonId, event: &Event) -> Result<Option<(SeasonEvent, Timestamp)>> {
    let mut updated = event.at;
    let mut view = SeasonEvent {
        id: event.id,
        cursor: event.number,
        at: event.at,
        kind: event.kind,
        task: None,
        team: None,
        submission: None,
        error: None,
        announcement: None,
        question: None,
        title: None,
        text: None,
    };
    match event.about {
        About::Season => (),
        About::Board(task, submission, error) => {
            let submitted = db::submissions::get(conn, submission)?;
            if submitted.judgement.is_some() {
                return Ok(None);
            }
            let team = submitted.team;
            view.task = Some(db::tasks::get(conn, task)?.slug);
            view.team = db::teams::find(conn, team)?.map(|team| team.name);
            (view.submission, view.error) = (Some(submission), Some(error));
        }
        About::Announcement(id) => {
            let found = db::announcements::find(conn, season, id)?;
            (view.announcement, updated) = (Some(id), found.updated_at);
            if found.withdrawn_at.is_none() {
                (view.title, view.text) = (Some(found.title), Some(found.text));
            }
        }
        About::Question(id) => {
            let found = db::questions::find(conn, season, id)?;
            let Some(answer) = found.answer.filter(|answer| answer.public) else { return Ok(None) };
            (view.question, updated) = (Some(id), answer.at);
            view.task = found.task;
            (view.title, view.text) = (Some(found.text), Some(answer.text));
        }
    }
    Ok(Some((view, updated)))
}

/// The Atom feed of a season; `origin` is the server's address.
///
/// # Errors
/// `not_found` if there is no season that everybody may see.
pub async fn atom(app: &App, slug: Slug, origin: String) -> Result<String> {
    app.db
        .read(move |conn| {
            let season = seasons::visible(conn, &slug, false)?;
            let found = season_events::latest(conn, season.id, ENTRIES)?;
            let id = season.id;
            // A changed announcement is the entry that it was, with its present text.
            let found = found.into_iter().filter(|event| event.kind != SeasonEventKind::AnnouncementChanged).collect();
            let mut entries = Vec::new();
            for (event, updated) in views(conn, id, found)? {
                let metric = task_words(conn, id, &event)?;
                entries.push((event, updated, metric));
            }
            let season = seasons::of_row(conn, season)?;
            Ok(write(&season, id, &origin, &entries))
        })
        .await
}

/// Title and metric of the task of an event about a board.
fn task_words(conn: &mut Conn, season: SeasonId, event: &SeasonEvent) -> Result<Option<(String, &'static str)>> {
    let Some(task) = event.task.as_ref() else { return Ok(None) };
    let task = db::tasks::find(conn, season, task.as_str())?;
    Ok(Some((task.settings.title, ranking::metric_name(task.settings.metric))))
}

type Entry = (SeasonEvent, Timestamp, Option<(String, &'static str)>);

fn write(season: &Season, id: SeasonId, origin: &str, entries: &[Entry]) -> String {
    let page = format!("{origin}/seasons/{}", season.season);
    let updated = entries.iter().map(|(_, updated, _)| *updated).max().unwrap_or(season.opens);
    let feed = html! {
        (PreEscaped("<?xml version=\"1.0\" encoding=\"utf-8\"?>\n"))
        feed xmlns="http://www.w3.org/2005/Atom" xml:lang="en" {
            id { "urn:uuid:" (id.to_string()) }
            title { (clean(&season.title)) }
            updated { (updated.to_string()) }
            author { name { (clean(&season.title)) } }
            link rel="self" type="application/atom+xml" href={ (page) "/feed.atom" } {}
            link rel="alternate" type="text/html" href=(page) {}
            @for entry in entries { (write_entry(entry, &page)) }
        }
    };
    feed.into_string()
}

fn write_entry((event, updated, task): &Entry, page: &str) -> Markup {
    let (title, text) = words(event, task.as_ref());
    let link = match (&event.task, event.kind) {
        (Some(task), SeasonEventKind::Leader) => format!("{page}/{task}"),
        _ => page.to_owned(),
    };
    html! {
        entry {
            id { "urn:uuid:" (event.id.to_string()) }
            title { (clean(&title)) }
            published { (event.at.to_string()) }
            updated { (updated.to_string()) }
            link rel="alternate" type="text/html" href=(link) {}
            content type="text" { (clean(&text)) }
        }
    }
}

/// Title and text of an entry.
fn words(event: &SeasonEvent, task: Option<&(String, &'static str)>) -> (String, String) {
    let said = |nothing: &str| event.text.clone().unwrap_or_else(|| nothing.to_owned());
    match event.kind {
        SeasonEventKind::Opened => ("Open".to_owned(), "The season takes submissions.".to_owned()),
        SeasonEventKind::Closed => ("Closed".to_owned(), "The season takes no more submissions.".to_owned()),
        SeasonEventKind::Published => {
            ("Private scores published".to_owned(), "The boards show the private part of the test sets.".to_owned())
        }
        SeasonEventKind::Leader => {
            let team = event.team.as_ref().map_or("A team", |team| team.as_str());
            let (title, metric) = task.map_or(("the board", "error"), |(title, metric)| (title.as_str(), *metric));
            let error = event.error.unwrap_or_default() * 100.0;
            (
                format!("{team} leads: {title}"),
                format!("{team} leads the public board with a {metric} of {error:.3} %."),
            )
        }
        SeasonEventKind::Announced | SeasonEventKind::AnnouncementChanged => {
            let title = event.title.clone().unwrap_or_else(|| "Withdrawn announcement".to_owned());
            (title, said("This announcement was withdrawn."))
        }
        SeasonEventKind::Answered => {
            let question = event.title.clone().unwrap_or_default();
            let first: String = question.lines().next().unwrap_or_default().chars().take(100).collect();
            (format!("Answer: {first}"), format!("{question}\n\n{}", said("")))
        }
    }
}

/// A text without the characters that XML 1.0 cannot hold, escaped or not.
fn clean(text: &str) -> String {
    let allowed = |c: &char| matches!(*c, '\t' | '\n' | '\r') || (*c >= ' ' && !matches!(*c, '\u{fffe}' | '\u{ffff}'));
    text.chars().filter(allowed).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_xml_cannot_hold_is_left_out() {
        assert_eq!(clean("a\u{0}b\u{1b}c\u{fffe}d\n\te é \u{1f4be}"), "abcd\n\te é \u{1f4be}");
    }
}
