//! What happened in a season, for everybody: as pages of events, and as an Atom feed. Both tell
//! what the public may know, whoever asks: nothing of private parts, and of submissions only which
//! one leads the public board.

use std::collections::HashMap;

use holdout_protocol::{
    AnnouncementId, PageQuery, QuestionId, Season, SeasonEvent, SeasonEventId, SeasonEventKind, SeasonEventQuery,
    SeasonEvents, SeasonId, Slug, SubmissionId, TaskSettings, Timestamp,
};
use maud::{Markup, PreEscaped, html};

use crate::app::App;
use crate::auth::Caller;
use crate::db::announcements::Announcement;
use crate::db::questions::Question;
use crate::db::season_events::{self, About, Event};
use crate::db::season_news::Lead;
use crate::db::{self, Conn};
use crate::error::{Error, Result};
use crate::ranking;
use crate::seasons;

/// Most entries of a feed.
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
            let views = views(conn, season.frozen_at, &found)?;
            let mut items: Vec<SeasonEvent> = views.into_iter().map(|view| view.event).collect();
            let (shown, fitting) = (items.len(), db::fitting(&items));
            items.truncate(fitting);
            let last = if items.len() < shown { items.last().map(|event| event.cursor) } else { None };
            let next = last.or(found.last().map(|event| event.number)).unwrap_or(after);
            Ok(SeasonEvents { items, next })
        })
        .await
}

/// The event of a season with this number, as everybody may know it now; `None` if its answer is no
/// longer public.
pub fn numbered(conn: &mut Conn, season: &db::seasons::Season, number: u64) -> Result<Option<SeasonEvent>> {
    let found = season_events::after(conn, season.id, number.saturating_sub(1), 1)?;
    let found: Vec<Event> = found.into_iter().filter(|event| event.number == number).collect();
    Ok(views(conn, season.frozen_at, &found)?.pop().map(|view| view.event))
}

/// What the events of a page are about, as it is now.
struct Subjects {
    leads: HashMap<SubmissionId, Lead>,
    /// The events that are taken back.
    led_in: HashMap<SubmissionId, SeasonEventId>,
    announcements: HashMap<AnnouncementId, Announcement>,
    questions: HashMap<QuestionId, Question>,
}

impl Subjects {
    /// Reads those of all events with one query for each kind.
    fn load(conn: &mut Conn, frozen_at: Option<Timestamp>, events: &[Event]) -> Result<Self> {
        let (mut leads, mut retracted, mut announcements, mut questions) = (vec![], vec![], vec![], vec![]);
        for event in events {
            match event.about {
                About::Season => (),
                About::Board(_, submission, _) => leads.push(submission),
                About::Retracted(_, submission) => retracted.push(submission),
                About::Announcement(id) => announcements.push(id),
                About::Question(id) => questions.push(id),
            }
        }
        leads.extend(&retracted);
        Ok(Self {
            leads: db::season_news::leads(conn, leads, frozen_at)?,
            led_in: db::season_news::led_in(conn, retracted)?,
            announcements: db::announcements::of_ids(conn, announcements)?,
            questions: db::questions::of_ids(conn, questions)?,
        })
    }

    fn lead(&self, submission: SubmissionId) -> Result<&Lead> {
        self.leads.get(&submission).ok_or_else(|| Error::internal("a submission is gone"))
    }
}

/// An event as everybody may know it now, and the time of its last change.
struct View {
    event: SeasonEvent,
    updated: Timestamp,
    /// The task of an event about a board.
    task: Option<TaskSettings>,
}

/// Events as everybody may know them now.
fn views(conn: &mut Conn, frozen_at: Option<Timestamp>, events: &[Event]) -> Result<Vec<View>> {
    let subjects = Subjects::load(conn, frozen_at, events)?;
    events.iter().filter_map(|event| view(&subjects, event).transpose()).collect()
}

/// An event as everybody may know it now; `None` if its answer is no longer public. What was taken
/// off the board is not named.
fn view(subjects: &Subjects, event: &Event) -> Result<Option<View>> {
    let mut view = View { event: blank(event), updated: event.at, task: None };
    let gone = |what: &str| Error::internal(format!("the {what} of an event is gone"));
    match event.about {
        About::Season => (),
        About::Board(_, submission, error) => {
            let lead = subjects.lead(submission)?;
            (view.event.task, view.task) = (Some(lead.task.clone()), Some(lead.settings.clone()));
            match lead.gone_at {
                Some(at) => (view.event.retracted, view.updated) = (true, at.max(event.at)),
                None => {
                    view.event.team = Some(lead.team_name.clone());
                    (view.event.submission, view.event.error) = (Some(submission), Some(error));
                }
            }
        }
        About::Retracted(_, submission) => {
            let lead = subjects.lead(submission)?;
            (view.event.task, view.task) = (Some(lead.task.clone()), Some(lead.settings.clone()));
            view.event.retracts = subjects.led_in.get(&submission).copied();
        }
        About::Announcement(id) => {
            let found = subjects.announcements.get(&id).ok_or_else(|| gone("announcement"))?;
            (view.event.announcement, view.updated) = (Some(id), found.updated_at);
            if found.withdrawn_at.is_none() {
                (view.event.title, view.event.text) = (Some(found.title.clone()), Some(found.text.clone()));
            }
        }
        About::Question(id) => {
            let found = subjects.questions.get(&id).ok_or_else(|| gone("question"))?;
            let Some(answer) = found.answer.as_ref().filter(|answer| answer.public) else { return Ok(None) };
            (view.event.question, view.updated) = (Some(id), answer.at);
            view.event.task.clone_from(&found.task);
            (view.event.title, view.event.text) = (Some(found.text.clone()), Some(answer.text.clone()));
        }
    }
    Ok(Some(view))
}

/// An event without what it is about.
const fn blank(event: &Event) -> SeasonEvent {
    SeasonEvent {
        id: event.id,
        cursor: event.number,
        at: event.at,
        kind: event.kind,
        task: None,
        team: None,
        submission: None,
        error: None,
        retracted: false,
        retracts: None,
        announcement: None,
        question: None,
        title: None,
        text: None,
    }
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
            // What was changed or taken back is the entry that it was, with what is known of it
            // now.
            let changes = [SeasonEventKind::AnnouncementChanged, SeasonEventKind::Retracted];
            let found: Vec<Event> = found.into_iter().filter(|event| !changes.contains(&event.kind)).collect();
            let mut views = views(conn, season.frozen_at, &found)?;
            views.truncate(db::fitting(&views.iter().map(|view| &view.event).collect::<Vec<_>>()));
            let season = seasons::of_row(conn, season)?;
            Ok(write(&season, id, &origin, &views))
        })
        .await
}

fn write(season: &Season, id: SeasonId, origin: &str, entries: &[View]) -> String {
    let page = format!("{origin}/seasons/{}", season.season);
    let updated = entries.iter().map(|entry| entry.updated).max().unwrap_or(season.opens);
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

fn write_entry(View { event, updated, task }: &View, page: &str) -> Markup {
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
fn words(event: &SeasonEvent, task: Option<&TaskSettings>) -> (String, String) {
    let said = |nothing: &str| event.text.clone().unwrap_or_else(|| nothing.to_owned());
    match event.kind {
        SeasonEventKind::Opened => ("Open".to_owned(), "The season takes submissions.".to_owned()),
        SeasonEventKind::Closed => ("Closed".to_owned(), "The season takes no more submissions.".to_owned()),
        SeasonEventKind::Published => {
            ("Private scores published".to_owned(), "The boards show the private part of the test sets.".to_owned())
        }
        SeasonEventKind::Unpublished => {
            ("Private scores hidden".to_owned(), "The boards show the public part of the test sets again.".to_owned())
        }
        SeasonEventKind::Leader | SeasonEventKind::Retracted => {
            let team = event.team.as_ref().map_or("A team", |team| team.as_str());
            let (title, metric) =
                task.map_or(("the board", "error"), |task| (task.title.as_str(), ranking::metric_name(task.metric)));
            if event.team.is_none() {
                let text = "A result that led the public board was taken off it, by its team or by the organizers.";
                return (format!("Result taken back: {title}"), text.to_owned());
            }
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
mod tests;
