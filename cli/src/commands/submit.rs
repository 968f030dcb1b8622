//! `submit`.

use std::path::Path;

use holdout_protocol::{Submission, SubmissionKind};

use super::Context;
use super::submissions::{fault_lines, outcome, quota_sentence, refused, standing};
use super::watch::{follow, judged};
use crate::arguments::SubmitArguments;
use crate::client::{Client, Patience, TaskPath};
use crate::failure::Failure;
use crate::figures::{bytes, time, time_from};
use crate::input::Input;
use crate::local_check::{Checked, check_file, fetch_shape};
use crate::local_model::check_archive;
use crate::submission::{Draft, Repetition, Submitted, kind_of, submit};
use crate::text::visible;
use crate::upload::{Meter, UploadRecords, Uploader, persist};

pub(super) fn run(context: &Context, mut arguments: SubmitArguments) -> Result<(), Failure> {
    let console = context.console;
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
    check(context, &client, &task, (&named, &arguments), kind)?;
    let records = UploadRecords::new(context.state_folder()?.join("uploads"));
    let meter = Meter::new(console);
    let uploader = Uploader::new(&client, &records, &meter);
    let SubmitArguments { file, method, description, links, team, create_team, note, baseline, .. } = arguments;
    let (wait, again, submitted_at) = (arguments.wait, arguments.again, arguments.submitted_at);
    let draft = Draft { kind, method, description, links, team, note, baseline, create_team, submitted_at };
    let repetition = if again { Repetition::Again } else { Repetition::Show };
    let submission = match submit(&uploader, &task, &file, &draft, repetition)? {
        Submitted::New(submission) => submission,
        Submitted::Before(submission) => {
            console.remark(told_before(&named, &submission));
            submission
        }
    };
    tell_receipt(context, &submission)?;
    if !wait || submission.state.is_final() {
        console.data(&submission)?;
        return judged(&submission);
    }
    let done = follow(&client, console, submission.id, |submission| {
        console.remark(standing(submission));
        Ok(())
    })?;
    // The answer to the making carries the quota; later ones do not.
    console.data(&Submission { quota: submission.quota, ..done.clone() })?;
    console.say(outcome(&done).join("\n"))?;
    judged(&done)
}

/// What can be said before anything is sent.
fn check(
    context: &Context,
    client: &Client,
    task: &TaskPath,
    (named, arguments): (&Path, &SubmitArguments),
    kind: SubmissionKind,
) -> Result<(), Failure> {
    let file = &arguments.file;
    let size = std::fs::metadata(file).map_err(|error| Failure::file(file, &error))?.len();
    let remark = |text: &str| context.console.remark(text);
    let settings = persist(client.patience(), remark, || client.task(task))?.settings;
    let most = settings.limits.bytes(kind);
    if size > most {
        let (size, most) = (bytes(size), bytes(most));
        let message = format!("`{}` has {size}; {task} takes {} of at most {most}", named.display(), kind.as_str());
        return Err(Failure::refused("too_large", message).advise("gzip and zstd are accepted for prediction files."));
    }
    if !settings.accepts.contains(&kind) {
        let message = format!("`{}` looks like {}, which {task} does not take", named.display(), kind.as_str());
        return Err(Failure::refused("invalid_value", message).advise("If it is something else, say so with `--kind`."));
    }
    if arguments.no_check {
        return Ok(());
    }
    let verdict = match kind {
        SubmissionKind::Predictions => {
            match check_file(&fetch_shape(client, task)?, file, settings.limits.predictions_bytes)? {
                Checked::Good(_) => None,
                Checked::Refused(verdict) => Some(verdict),
            }
        }
        SubmissionKind::Torchscript => check_archive(file)?,
    };
    let Some(verdict) = verdict else { return Ok(()) };
    for line in fault_lines(&verdict) {
        context.console.remark(line);
    }
    Err(refused(&format!("`{}` is not sent", named.display()), &verdict))
}

/// What is said of a file that the team has submitted before.
fn told_before(file: &Path, earlier: &Submission) -> String {
    let method = earlier.method.as_deref().map_or_else(String::new, |method| format!(" ({})", visible(method)));
    format!(
        "`{}` is not sent: your team submitted the same file at {}{method}. This is its result; `--again` spends another \
         slot on it.",
        file.display(),
        time(earlier.created_at)
    )
}

fn tell_receipt(context: &Context, submission: &Submission) -> Result<(), Failure> {
    let console = context.console;
    console.say(format!("submission {}", submission.id))?;
    console.say(format!("receipt    SHA-256 {}", submission.sha256))?;
    if let Some(quota) = &submission.quota {
        console.say(format!("quota      {}", quota_sentence(quota)))?;
        console.say(format!("next slot  {}", time_from(quota.next_slot, submission.created_at)))?;
    }
    if submission.state.is_final() {
        console.say(outcome(submission).join("\n"))
    } else {
        console.say(format!("state      {}", standing(submission)))
    }
}
