//! `submit`.

use std::path::{Path, PathBuf};
use std::time::Duration;

use clap::Args;
use holdout_protocol::{Submission, SubmissionKind, SubmissionTexts, TaskSettings, TeamName, Timestamp, format_bytes};

use super::context::Context;
use super::watch::{Teller, follow, judged};
use crate::arguments::{DisclosureArguments, KindArgument, TaskArguments};
use crate::client::{Client, Patience, TaskPath};
use crate::console::Console;
use crate::failure::Failure;
use crate::input::Input;
use crate::local_check::{Checked, SMALLER_MODEL, check_archive, check_file, fetch_shape};
use crate::season::parse_duration;
use crate::show::same_file::{not_saved, told_before};
use crate::show::submission::{
    describe_faults, describe_outcome, describe_quota, describe_state, kind_words, rejection,
};
use crate::submission::{Draft, Repetition, Submitted, kind_of, submit};
use crate::upload::{Meter, UploadRecords, Uploader, persist};

/// `submit`.
#[derive(Debug, Args)]
pub(crate) struct SubmitArguments {
    /// The file; `-` reads standard input.
    pub(crate) file: PathBuf,
    /// The task, by its short name, for example `classification`.
    #[command(flatten)]
    pub(crate) task: TaskArguments,
    /// Name of the method, shown on the board.
    #[arg(long, value_name = "TEXT")]
    pub(crate) method: Option<String>,
    /// Description of the method.
    #[arg(long, value_name = "TEXT")]
    pub(crate) description: Option<String>,
    /// Link to a paper, code and the like; can be repeated.
    #[arg(long = "link", value_name = "URL")]
    pub(crate) links: Vec<String>,
    #[command(flatten)]
    pub(crate) disclosure: DisclosureArguments,
    /// What the file is [default: by its name and content].
    #[arg(long, value_enum)]
    pub(crate) kind: Option<KindArgument>,
    /// Follow it until it is scored or rejected.
    #[arg(long)]
    pub(crate) wait: bool,
    /// Submit a file that your team has submitted before once more, at the cost of another slot.
    #[arg(long)]
    pub(crate) again: bool,
    /// Leave out the format check on this machine.
    #[arg(long)]
    pub(crate) no_check: bool,
    /// How long to keep trying without any progress, such as `90s`, `5m` or `1h`.
    #[arg(long, value_name = "TIME", value_parser = retry_time, default_value = "5m")]
    pub(crate) retry_for: Duration,
    /// Organizers: submit on behalf of this team.
    #[arg(long, value_name = "TEAM")]
    pub(crate) team: Option<TeamName>,
    /// Organizers: create the team if no team has this name.
    #[arg(long, requires = "team")]
    pub(crate) create_team: bool,
    /// Organizers: a note shown beside the row.
    #[arg(long, value_name = "TEXT", requires = "team")]
    pub(crate) note: Option<String>,
    /// Organizers: mark the row as a baseline.
    #[arg(long, requires = "team")]
    pub(crate) baseline: bool,
    /// Organizers: when the entry was made, such as 2012-09-30T23:00:00Z; shown as a replay.
    #[arg(long, value_name = "TIME", requires = "team")]
    pub(crate) submitted_at: Option<Timestamp>,
}

fn retry_time(text: &str) -> Result<Duration, String> {
    let seconds = parse_duration(text).ok_or_else(|| "use a time such as `90s`, `5m` or `1h`".to_owned())?;
    Ok(Duration::from_secs(seconds))
}

pub(crate) fn run(context: &Context, mut arguments: SubmitArguments) -> Result<(), Failure> {
    let console = context.console;
    check_texts(&texts(&arguments))?;
    let input = Input::open(&arguments.file)?;
    let named = std::mem::replace(&mut arguments.file, input.path().to_owned());
    if input.is_copy() {
        console.remark(format!(
            "`{}` is read; if this command is interrupted, send it again from the beginning",
            named.display()
        ));
    }
    let client = context.client()?;
    let patience = Patience { upload_stall: arguments.retry_for, ..client.patience() };
    let client = client.with_patience(patience);
    let task = arguments.task.path();
    let kind = arguments.kind.map_or_else(|| kind_of(&arguments.file), SubmissionKind::from);
    check(context, &client, &task, &named, &arguments, kind)?;
    let records = UploadRecords::new(context.state_folder()?.join("uploads"));
    let meter = Meter::new(console);
    let uploader = Uploader::new(&client, &records, &meter);
    let disclosure = arguments.disclosure.into();
    let SubmitArguments { file, method, description, links, team, create_team, note, baseline, .. } = arguments;
    let (wait, again, submitted_at) = (arguments.wait, arguments.again, arguments.submitted_at);
    let draft = Draft { kind, method, description, links, disclosure, team, note, baseline, create_team, submitted_at };
    let repetition = if again { Repetition::Again } else { Repetition::Show };
    let submission = match submit(&uploader, &task, &file, &draft, repetition)? {
        Submitted::New(submission) => submission,
        Submitted::Before { earlier: submission, is_same_file } => {
            console.remark(told_before(&named, is_same_file, &submission));
            if let Some(left_out) = not_saved(&draft, &submission) {
                console.remark(left_out);
            }
            submission
        }
    };
    tell_receipt(context, &submission)?;
    if !wait || submission.state.is_final() {
        console.data(&submission)?;
        return judged(&submission);
    }
    wait_for(console, &client, submission)
}

/// Follows a submission to its end, and tells how it ended.
fn wait_for(console: Console, client: &Client, submission: Submission) -> Result<(), Failure> {
    let mut teller = Teller::new(console);
    let done = follow(client, console, submission.id, |submission| {
        teller.tell(submission);
        Ok(())
    })?;
    // The answer to the making carries the quota; later ones do not.
    console.data(&Submission { quota: submission.quota, ..done.clone() })?;
    console.say(describe_outcome(&done).join("\n"))?;
    judged(&done)
}

fn texts(arguments: &SubmitArguments) -> SubmissionTexts<'_> {
    SubmissionTexts {
        method: arguments.method.as_deref(),
        description: arguments.description.as_deref(),
        note: arguments.note.as_deref(),
        links: &arguments.links,
    }
}

/// Refuses what the server would refuse of the texts, before anything is sent.
pub(super) fn check_texts(texts: &SubmissionTexts<'_>) -> Result<(), Failure> {
    texts.check().map_err(|error| Failure::usage(error.to_string()))
}

/// What can be said before anything is sent.
fn check(
    context: &Context,
    client: &Client,
    task: &TaskPath,
    named: &Path,
    arguments: &SubmitArguments,
    kind: SubmissionKind,
) -> Result<(), Failure> {
    let file = &arguments.file;
    let size = std::fs::metadata(file).map_err(|error| Failure::file(file, &error))?.len();
    let remark = |text: &str| context.console.remark(text);
    let settings = persist(client.patience(), remark, || client.task(task))?.settings;
    let most = settings.limits.bytes(kind);
    if size > most {
        let (size, most) = (format_bytes(size), format_bytes(most));
        let message =
            format!("`{}` has {size}; {task} takes {} of at most {most}", named.display(), kind_words(kind).1);
        return Err(Failure::refused("too_large", message).advise(match kind {
            SubmissionKind::Predictions => "Compress it with gzip or zstd; the limit counts for both sizes.",
            SubmissionKind::Torchscript => SMALLER_MODEL,
        }));
    }
    if !settings.accepts.contains(&kind) {
        let message = format!("`{}` looks like {}, which {task} does not take", named.display(), kind_words(kind).0);
        return Err(Failure::refused("invalid_value", message).advise("If it is something else, say so with `--kind`."));
    }
    check_required(&settings, arguments)?;
    if arguments.no_check {
        return Ok(());
    }
    let hint = match kind {
        SubmissionKind::Predictions => {
            let checked = check_file(&fetch_shape(client, task)?, file, settings.limits.predictions_bytes)?;
            or_not_sent(checked, context.console, named).map(|_| None)?
        }
        SubmissionKind::Torchscript => or_not_sent(check_archive(file)?, context.console, named)?,
    };
    if let Some(hint) = hint {
        context.console.remark(format!("hint: {hint}"));
    }
    Ok(())
}

/// Refuses what lacks something that the task requires teams to say.
fn check_required(settings: &TaskSettings, arguments: &SubmitArguments) -> Result<(), Failure> {
    if arguments.team.is_some() {
        return Ok(());
    }
    settings.check_required(&texts(arguments), arguments.disclosure.into(), |_| true).map_err(|missing| {
        let option = match missing.field {
            "links" => "link".to_owned(),
            field => field.replace('_', "-"),
        };
        Failure::refused("invalid_value", missing.message).advise(format!("Say it with `--{option}`."))
    })
}

/// Returns what was found of a good file; of another one, tells its faults.
fn or_not_sent<T>(checked: Checked<T>, console: Console, named: &Path) -> Result<T, Failure> {
    let verdict = match checked {
        Checked::Good(found) => return Ok(found),
        Checked::Refused(verdict) => verdict,
    };
    for line in describe_faults(&verdict) {
        console.remark(line);
    }
    Err(rejection(&format!("`{}` is not sent", named.display()), &verdict))
}

fn tell_receipt(context: &Context, submission: &Submission) -> Result<(), Failure> {
    let console = context.console;
    console.say(format!("submission {}", submission.id))?;
    console.say(format!("receipt    SHA-256 {}", submission.sha256))?;
    if let Some(quota) = &submission.quota {
        console.say(format!("quota      {}", describe_quota(quota)))?;
    }
    if submission.state.is_final() {
        console.say(describe_outcome(submission).join("\n"))
    } else {
        console.say(format!("state      {}", describe_state(submission)))
    }
}
