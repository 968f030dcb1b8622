//! `season rescore`: what another version of a test set changes on the board, and whether it is
//! applied.

use std::time::Duration;

use clap::Args;
use holdout_protocol::{BoardSplit, ErrorCode, Rescoring, RescoringQuery, Slug};

use super::context::Context;
use crate::client::{Client, TaskPath};
use crate::failure::Failure;
use crate::show::changes::{changed_rows, part_words};
use crate::show::figures::grouped;

/// How often the server is asked with `--wait`.
const PAUSE: Duration = Duration::from_secs(1);

/// `season rescore`.
#[derive(Debug, Args)]
pub(crate) struct RescoreArguments {
    /// The season, by its short name, for example `ilsvrc-2012`.
    season: Slug,
    /// Task; needed if the season has several.
    #[arg(long, short = 't', value_name = "TASK")]
    task: Option<Slug>,
    /// Stage this version of the test set and count the results for it, for example to go back to
    /// the one before.
    #[arg(long, value_name = "NUMBER", conflicts_with = "drop")]
    to: Option<u32>,
    /// Apply it: the board shows the other version from now on.
    #[arg(long)]
    apply: bool,
    /// Drop it: the board stays as it is.
    #[arg(long, conflicts_with = "apply")]
    drop: bool,
    /// Apply it although some submissions still wait for a scorer; they are off the board until
    /// they are scored.
    #[arg(long, requires = "apply")]
    incomplete: bool,
    /// Wait until every result is there.
    #[arg(long, conflicts_with = "drop")]
    wait: bool,
    /// Do it without asking first.
    #[arg(long, short)]
    yes: bool,
    /// Show every submission that changes instead of each team's row.
    #[arg(long)]
    all: bool,
    /// Show the private part only.
    #[arg(long)]
    private: bool,
}

pub(crate) fn run(context: &Context, arguments: &RescoreArguments) -> Result<(), Failure> {
    let (client, console) = (context.client()?, context.console);
    let task = task_of(&client, arguments)?;
    if arguments.apply && !arguments.yes && !console.interactive {
        // Before a version is staged.
        return Err(nobody_to_ask());
    }
    if let Some(version) = arguments.to {
        client.begin_rescoring(&task, version)?;
        console.remark(format!("version {version} is staged: the board shows it once it is applied"));
    }
    let query =
        RescoringQuery { split: arguments.private.then_some(BoardSplit::Private), all: arguments.all.then_some(true) };
    let mut found = client.rescoring(&task, &query)?;
    // What is counted again from stored answers is there in moments; a preview without it would
    // show teams as gone.
    while !arguments.drop && (found.counts.left > 0 || (arguments.wait && !found.ready)) {
        let counts = &found.counts;
        console.remark(format!(
            "{} of {} results are counted; {} wait for a scorer",
            grouped(counts.scored),
            grouped(counts.total),
            grouped(counts.waiting)
        ));
        std::thread::sleep(PAUSE);
        found = client.rescoring(&task, &query)?;
    }
    if arguments.drop {
        client.drop_rescoring(found.id)?;
        console.data(&found)?;
        return console.say(format!("Dropped. The board of {task} shows version {} as before.", found.from_version));
    }
    show(context, &found)?;
    if !arguments.private && client.task(&task)?.settings.split.is_some() {
        let query = RescoringQuery { split: Some(BoardSplit::Private), ..query };
        show_rows(context, &client.rescoring(&task, &query)?)?;
    }
    if !arguments.apply {
        console.data(&found)?;
        return console.say("The board is as it was. `--apply` shows this version on it, `--drop` leaves it as it is.");
    }
    if !agreed(context, &found, arguments.yes)? {
        return console.say("Nothing was changed.");
    }
    let applied = client.apply_rescoring(found.id, arguments.incomplete)?;
    console.data(&applied)?;
    console.say(format!("Applied. The board of {task} shows version {} of the test set.", applied.version))
}

/// The task that is meant: the only one of its season, if none is named.
fn task_of(client: &Client, arguments: &RescoreArguments) -> Result<TaskPath, Failure> {
    let season = arguments.season.clone();
    if let Some(task) = &arguments.task {
        return Ok(TaskPath { season, task: task.clone() });
    }
    let tasks: Vec<Slug> = client.season(&season)?.tasks.into_iter().map(|task| task.task).collect();
    match tasks.as_slice() {
        [only] => Ok(TaskPath { season, task: only.clone() }),
        [] => Err(Failure::refused(ErrorCode::NotFound.as_str(), format!("season {season} has no task"))),
        several => {
            let names: Vec<&str> = several.iter().map(Slug::as_str).collect();
            Err(Failure::usage(format!("season {season} has several tasks: {}", names.join(", ")))
                .advise("Name one with `--task`."))
        }
    }
}

fn nobody_to_ask() -> Failure {
    Failure::usage("there is nobody to ask whether to apply this re-scoring")
        .advise("Run it with `--yes`; without `--apply` it leaves the board as it is.")
}

fn agreed(context: &Context, found: &Rescoring, yes: bool) -> Result<bool, Failure> {
    let question = format!("Show version {} on the board, with these changes?", found.to_version);
    Ok(yes || context.console.confirm(&question)?)
}

fn show(context: &Context, found: &Rescoring) -> Result<(), Failure> {
    let console = context.console;
    let counts = &found.counts;
    console.say(format!(
        "{}/{}: version {} of the test set → version {}",
        found.season, found.task, found.from_version, found.to_version
    ))?;
    if counts.total == 0 {
        return console.say("  There are no results to count.");
    }
    let mut parts = vec![format!("{} of {} results counted", grouped(counts.scored), grouped(counts.total))];
    let also = [
        (counts.left, "not looked at yet"),
        (counts.waiting, "waiting for a scorer"),
        (counts.rejected, "rejected by the new version"),
        (counts.stalled, "stalled"),
    ];
    parts
        .extend(also.iter().filter(|(count, _)| *count > 0).map(|(count, what)| format!("{} {what}", grouped(*count))));
    console.say(format!("  {}", parts.join("; ")))?;
    show_rows(context, found)
}

fn show_rows(context: &Context, found: &Rescoring) -> Result<(), Failure> {
    let part = part_words(found.split);
    if found.rows.is_empty() {
        return context.console.say(format!("  Nothing changes on the board of the {part}."));
    }
    context.console.say(format!("{}/{}, {part}:", found.season, found.task))?;
    changed_rows(context.console, &found.rows, found.changed)
}
