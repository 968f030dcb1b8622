//! `status`, `cancel`, `withdraw`, `edit`, `final`, `submissions`, `quota`.

use clap::{ArgGroup, Args};
use holdout_protocol::{
    Disclosure, ErrorCode, EvaluationQuery, Slug, Submission, SubmissionChanges, SubmissionId, SubmissionState,
    SubmissionTexts,
};

use super::context::Context;
use super::evaluations::describe_attempts;
use super::submit::check_texts;
use super::watch::{Teller, follow, judged};
use crate::arguments::{DisclosureArguments, SubmissionArgument, TaskArguments};
use crate::client::{Client, TaskPath};
use crate::console::Console;
use crate::failure::Failure;
use crate::show::figures::{decimals, percent, time};
use crate::show::submission::{
    describe_charge, describe_quota, describe_standing, describe_state, describe_submission, error_rate,
};
use crate::show::table::Table;

/// `edit`.
#[derive(Debug, Args)]
#[command(group = ArgGroup::new("change").required(true).multiple(true))]
pub(crate) struct EditArguments {
    /// Its id.
    pub(crate) id: SubmissionId,
    /// Name of the method; "" takes it away.
    #[arg(long, value_name = "TEXT", group = "change")]
    pub(crate) method: Option<String>,
    /// Description; "" takes it away.
    #[arg(long, value_name = "TEXT", group = "change")]
    pub(crate) description: Option<String>,
    /// All links; may be repeated.
    #[arg(long = "link", value_name = "URL", group = "change")]
    pub(crate) links: Vec<String>,
    /// Take all links away.
    #[arg(long, group = "change", conflicts_with = "links")]
    pub(crate) no_links: bool,
    #[command(flatten)]
    pub(crate) disclosure: DisclosureArguments,
}

/// `status`.
#[derive(Debug, Args)]
pub(crate) struct StatusArguments {
    /// Its id [default: your team's latest of the task].
    pub(crate) id: Option<SubmissionId>,
    /// The season, by its short name, for example `ilsvrc-2012`, if no id is given.
    #[arg(long, short = 's', value_name = "SEASON", env = "HOLDOUT_SEASON")]
    pub(crate) season: Option<Slug>,
    /// The task, by its short name, for example `classification`, if no id is given.
    #[arg(long, short = 't', value_name = "TASK", env = "HOLDOUT_TASK")]
    pub(crate) task: Option<Slug>,
    /// Follow it until it is done; with `--json` a line for each change.
    #[arg(long, short)]
    pub(crate) watch: bool,
}

/// `submissions`.
#[derive(Debug, Args)]
pub(crate) struct SubmissionsArguments {
    /// The task, by its short name, for example `classification`.
    #[command(flatten)]
    pub(crate) task: TaskArguments,
    /// At most so many.
    #[arg(long, value_name = "NUMBER")]
    pub(crate) limit: Option<usize>,
}

pub(crate) fn status(context: &Context, arguments: &StatusArguments) -> Result<(), Failure> {
    let (client, console) = (context.client()?, context.console);
    let id = id_or_latest(&client, arguments)?;
    if !arguments.watch {
        let submission = client.submission(id)?;
        console.data(&submission)?;
        console.say(describe_submission(&submission))?;
        return if submission.state == SubmissionState::Stalled { tell_cause(&client, console, id) } else { Ok(()) };
    }
    let mut teller = Teller::new(console);
    let done = follow(&client, console, id, |submission| {
        console.data_line(submission)?;
        teller.tell(submission);
        Ok(())
    })?;
    console.say(describe_submission(&done))?;
    judged(&done)
}

fn id_or_latest(client: &Client, arguments: &StatusArguments) -> Result<SubmissionId, Failure> {
    let (season, task) = match (arguments.id, &arguments.season, &arguments.task) {
        (Some(id), ..) => return Ok(id),
        (None, Some(season), Some(task)) => (season.clone(), task.clone()),
        (None, ..) => {
            return Err(Failure::usage("which submission?").advise(
                "Give its id, or the task whose latest one you mean: `--season` and `--task`. `holdout submissions` lists them.",
            ));
        }
    };
    let task = TaskPath { season, task };
    match client.submissions(&task, Some(1))?.first() {
        Some(latest) => Ok(latest.id),
        None => Err(Failure::refused("not_found", format!("your team has no submission of {task}"))),
    }
}

/// Tells organizers why the attempts at a stalled submission failed; its team learns nothing of
/// that.
fn tell_cause(client: &Client, console: Console, id: SubmissionId) -> Result<(), Failure> {
    let query = EvaluationQuery { submission: Some(id), ..EvaluationQuery::default() };
    match client.evaluations(&query, Some(1)) {
        Ok(found) => match found.first() {
            Some(evaluation) => console.say(format!("  attempts {}", describe_attempts(evaluation))),
            None => Ok(()),
        },
        Err(error) if error.is(ErrorCode::Forbidden) => Ok(()),
        Err(error) => Err(error.into()),
    }
}

pub(crate) fn cancel(context: &Context, argument: &SubmissionArgument, yes: bool) -> Result<(), Failure> {
    let (client, console) = (context.client()?, context.console);
    let question = "Its evaluation has begun, so it keeps its slot of the quota. Cancel it?";
    let alone = "its evaluation has begun, so that it keeps its slot of the quota, and there is nobody to ask";
    let has_begun = |submission: Submission| submission.state.has_begun(submission.progress.as_ref());
    let costs = !yes && has_begun(client.submission(argument.id)?);
    if costs && !console.agree(false, question, (alone, "Add `--yes` to cancel it nevertheless."))? {
        return console.say("Nothing was changed.");
    }
    let submission = client.cancel_submission(argument.id)?;
    console.data(&submission)?;
    let charge = describe_charge(&submission).map(|charge| format!(", {charge}")).unwrap_or_default();
    console.say(format!("{}{charge}", describe_state(&submission)))
}

pub(crate) fn withdraw(context: &Context, argument: &SubmissionArgument, yes: bool) -> Result<(), Failure> {
    let console = context.console;
    let question = "Take this result off the board? It stays charged, and only an organizer can restore it.";
    if !console.agree(yes, question, ("there is nobody to ask whether to withdraw this result", "Add `--yes`."))? {
        return console.say("Nothing was changed.");
    }
    let submission = context.client()?.withdraw_submission(argument.id)?;
    console.data(&submission)?;
    console.say(describe_submission(&submission))
}

pub(crate) fn edit(context: &Context, arguments: EditArguments) -> Result<(), Failure> {
    let EditArguments { id, method, description, links, no_links, disclosure } = arguments;
    let text = |text: Option<String>| text.map(|text| Some(text).filter(|text| !text.is_empty()));
    check_texts(&SubmissionTexts {
        method: method.as_deref(),
        description: description.as_deref(),
        note: None,
        links: &links,
    })?;
    let links = (no_links || !links.is_empty()).then_some(links);
    let (method, description) = (text(method), text(description));
    let Disclosure { training_data, ensemble } = disclosure.into();
    let changed = [
        ("method", method.is_some()),
        ("description", description.is_some()),
        ("links", links.is_some()),
        ("training data", training_data.is_some()),
        ("ensemble", ensemble.is_some()),
    ];
    let changed: Vec<&str> = changed.into_iter().filter_map(|(name, sent)| sent.then_some(name)).collect();
    let said = format!("Saved: {}.", changed.join(", "));
    let (training_data, ensemble) = (training_data.map(Some), ensemble.map(Some));
    let changes =
        SubmissionChanges { method, description, links, training_data, ensemble, ..SubmissionChanges::default() };
    change(context, id, &changes, &said)
}

pub(crate) fn choose(context: &Context, id: SubmissionId, undo: bool) -> Result<(), Failure> {
    let said = if undo { "Not a final any more." } else { "Chosen as a final: it stands for your team." };
    change(context, id, &SubmissionChanges { is_final: Some(!undo), ..SubmissionChanges::default() }, said)
}

/// Sends changes, and says what they were above how the submission stands then.
fn change(context: &Context, id: SubmissionId, changes: &SubmissionChanges, said: &str) -> Result<(), Failure> {
    let submission = context.client()?.change_submission(id, changes)?;
    context.console.data(&submission)?;
    context.console.say(said)?;
    context.console.say(describe_submission(&submission))
}

pub(crate) fn list(context: &Context, arguments: &SubmissionsArguments) -> Result<(), Failure> {
    let console = context.console;
    let submissions = context.client()?.submissions(&arguments.task.path(), arguments.limit)?;
    console.data(&submissions)?;
    let mut table = Table::new(&["id", "submitted", "team", "state", "error %", "method"]);
    for submission in submissions {
        let error =
            submission.scores.as_ref().map(|scores| percent(error_rate(&scores.public), decimals(scores.public.n)));
        let method = submission.method.clone().unwrap_or_default();
        let (state, team) = (describe_standing(&submission), submission.team.to_string());
        table.row(&[
            submission.id.to_string(),
            time(submission.created_at),
            team,
            state,
            error.unwrap_or_default(),
            method,
        ]);
    }
    console.say(if table.is_empty() { "No submissions.".to_owned() } else { table.render(console.columns()) })
}

pub(crate) fn quota(context: &Context, arguments: &TaskArguments) -> Result<(), Failure> {
    let quota = context.client()?.quota(&arguments.path())?;
    context.console.data(&quota)?;
    context.console.say(describe_quota(&quota))
}
