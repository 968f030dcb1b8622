//! `announce`, `announcements`, `ask`, `questions`, `answer` and `events`.

use std::io::Read as _;

use clap::{ArgGroup, Args};
use holdout_protocol::{
    AnnouncementChanges, AnnouncementId, NewAnnouncement, NewAnswer, NewQuestion, NewsSeen, QuestionId, Slug,
};

use super::context::Context;
use crate::client::Client;
use crate::failure::Failure;
use crate::show::figures::time;
use crate::show::news::{describe_announcement, describe_event, describe_question};
use crate::show::table::Table;

/// `announce`.
#[derive(Debug, Args)]
#[command(group = ArgGroup::new("present").multiple(false))]
pub(crate) struct AnnounceArguments {
    /// The season, by its short name, for example `ilsvrc-2012`.
    season: Slug,
    /// One line; needed for a new announcement.
    #[arg(long)]
    title: Option<String>,
    /// The text; `-` reads it from standard input. Line breaks are kept.
    #[arg(long)]
    text: Option<String>,
    /// Change this announcement instead of making one.
    #[arg(long, value_name = "ID", group = "present")]
    edit: Option<AnnouncementId>,
    /// Withdraw this announcement: everybody sees that there was one, and not what it said.
    #[arg(long, value_name = "ID", group = "present", conflicts_with_all = ["title", "text"])]
    withdraw: Option<AnnouncementId>,
    /// Show a withdrawn announcement again.
    #[arg(long, value_name = "ID", group = "present", conflicts_with_all = ["title", "text"])]
    restore: Option<AnnouncementId>,
}

/// `announcements`.
#[derive(Debug, Args)]
pub(crate) struct AnnouncementsArguments {
    /// The season, by its short name, for example `ilsvrc-2012`.
    season: Slug,
}

/// `events`.
#[derive(Debug, Args)]
pub(crate) struct EventsArguments {
    /// The season, by its short name, for example `ilsvrc-2012`.
    season: Slug,
    /// Only what came after this number: the last one that was shown before.
    #[arg(long, value_name = "NUMBER", default_value_t = 0)]
    after: u64,
}

/// `ask`.
#[derive(Debug, Args)]
pub(crate) struct AskArguments {
    /// The season, by its short name, for example `ilsvrc-2012`.
    season: Slug,
    /// The question; `-` reads it from standard input.
    text: String,
    /// The task that it is about.
    #[arg(long)]
    task: Option<Slug>,
}

/// `questions`.
#[derive(Debug, Args)]
pub(crate) struct QuestionsArguments {
    /// The season, by its short name, for example `ilsvrc-2012`.
    season: Slug,
    /// Only those without an answer.
    #[arg(long)]
    open: bool,
}

/// `answer`.
#[derive(Debug, Args)]
pub(crate) struct AnswerArguments {
    /// The season, by its short name, for example `ilsvrc-2012`.
    season: Slug,
    /// Id of the question, as `questions` shows it.
    question: QuestionId,
    /// The answer; `-` reads it from standard input.
    text: String,
    /// Show question and answer to everybody, without the name of the team.
    #[arg(long)]
    public: bool,
}

/// A text that was given, or what standard input has.
fn text_of(given: String) -> Result<String, Failure> {
    if given != "-" {
        return Ok(given);
    }
    let mut text = String::new();
    let read = std::io::stdin().read_to_string(&mut text);
    read.map_err(|error| Failure::usage(format!("the text cannot be read from standard input: {error}")))?;
    Ok(text)
}

pub(crate) fn announce(context: &Context, arguments: AnnounceArguments) -> Result<(), Failure> {
    let (client, console) = (context.client()?, context.console);
    let AnnounceArguments { season, title, text, edit, withdraw, restore } = arguments;
    let text = text.map(text_of).transpose()?;
    let switched = withdraw.map(|id| (id, true)).or(restore.map(|id| (id, false)));
    let (made, said) = match (edit, switched) {
        (_, Some((id, withdrawn))) => {
            let changes = AnnouncementChanges { withdrawn: Some(withdrawn), ..AnnouncementChanges::default() };
            (client.change_announcement(&season, id, &changes)?, if withdrawn { "Withdrawn." } else { "Shown again." })
        }
        (Some(id), None) => {
            if title.is_none() && text.is_none() {
                return Err(Failure::usage("there is nothing to change").advise("Give `--title`, `--text` or both."));
            }
            let changes = AnnouncementChanges { title, text, withdrawn: None };
            (client.change_announcement(&season, id, &changes)?, "Changed.")
        }
        (None, None) => {
            let (Some(title), Some(text)) = (title, text) else {
                return Err(Failure::usage("an announcement needs `--title` and `--text`"));
            };
            (client.announce(&season, &NewAnnouncement { title, text })?, "Announced.")
        }
    };
    console.data(&made)?;
    console.say(format!("{said} {}", made.id))
}

/// Remembers what was shown, if any of it was new.
fn mark_seen(client: &Client, season: &Slug, seen: NewsSeen) -> Result<(), Failure> {
    if seen == NewsSeen::default() { Ok(()) } else { Ok(client.mark_news_seen(season, seen)?) }
}

pub(crate) fn announcements(context: &Context, arguments: &AnnouncementsArguments) -> Result<(), Failure> {
    let (client, console) = (context.client()?, context.console);
    let found = client.announcements(&arguments.season)?;
    console.data(&found)?;
    for one in &found {
        console.say(describe_announcement(one))?;
    }
    if found.is_empty() {
        console.say("No announcements.")?;
    }
    let seen = found.iter().filter(|one| one.unread).map(|one| one.updated_at).max();
    mark_seen(&client, &arguments.season, NewsSeen { announcements: seen, answers: None })
}

pub(crate) fn events(context: &Context, arguments: &EventsArguments) -> Result<(), Failure> {
    let (client, console) = (context.client()?, context.console);
    let (mut after, mut all) = (arguments.after, Vec::new());
    loop {
        let page = client.season_events(&arguments.season, after)?;
        // A page may have nothing to show and still be followed by another one.
        if page.next == after {
            break;
        }
        after = page.next;
        all.extend(page.items);
    }
    console.data(&all)?;
    let mut table = Table::new(&["number", "when", "what"]);
    for event in &all {
        table.row(&[event.cursor.to_string(), time(event.at), describe_event(event)]);
    }
    console.say(if table.is_empty() { "Nothing yet.".to_owned() } else { table.render(console.columns()) })
}

pub(crate) fn ask(context: &Context, arguments: AskArguments) -> Result<(), Failure> {
    let AskArguments { season, text, task } = arguments;
    let asked = context.client()?.ask(&season, &NewQuestion { text: text_of(text)?, task })?;
    context.console.data(&asked)?;
    context.console.say(format!("Asked. `holdout questions {season}` shows the answer. {}", asked.id))
}

pub(crate) fn questions(context: &Context, arguments: &QuestionsArguments) -> Result<(), Failure> {
    let (client, console) = (context.client()?, context.console);
    let found = client.questions(&arguments.season, arguments.open)?;
    console.data(&found)?;
    for one in &found {
        console.say(describe_question(one))?;
    }
    if found.is_empty() {
        console.say("No questions.")?;
    }
    let new = found.iter().filter(|one| one.unread);
    let seen = new.filter_map(|one| one.answer.as_ref().map(|answer| answer.at)).max();
    mark_seen(&client, &arguments.season, NewsSeen { announcements: None, answers: seen })
}

pub(crate) fn answer(context: &Context, arguments: AnswerArguments) -> Result<(), Failure> {
    let AnswerArguments { season, question, text, public } = arguments;
    let answered = context.client()?.answer(&season, question, &NewAnswer { text: text_of(text)?, public })?;
    context.console.data(&answered)?;
    context.console.say(if public {
        "Answered. Everybody sees question and answer, without the name of the team."
    } else {
        "Answered. The team alone sees it; `--public` shows question and answer to everybody."
    })
}
