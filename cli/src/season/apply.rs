//! `season apply`: read, check, compare, show, ask, act.

use std::path::{Path, PathBuf};

use holdout_protocol::{Slug, SubmissionId, TeamName};
use serde::Serialize;

use super::act::Actor;
use super::files::{CheckedSeason, ImageHandling, check_files};
use super::interpret::read_folder;
use super::plan::{Action, Plan, PlanLine, plan};
use super::unfinished::Unfinished;
use crate::client::Client;
use crate::console::Console;
use crate::failure::Failure;
use crate::text::visible;
use crate::upload::{Meter, UploadRecords, Uploader};

/// Who agrees to the plan.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Consent {
    /// The user, asked on the terminal.
    Ask,
    Given,
    /// Nobody: the plan is only shown.
    DryRun,
}

#[derive(Debug, Clone)]
pub(crate) struct ApplyOptions {
    pub(crate) consent: Consent,
    /// Leaves images out, and with them models.
    pub(crate) without_images: bool,
    /// Shows another version of a test set at once, although its results leave the board.
    pub(crate) discard_results: bool,
    pub(crate) console: Console,
    /// Folder in which uploads are remembered, so that a run that was killed is gone on with.
    pub(crate) state_folder: PathBuf,
}

/// An entry that was submitted.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub(crate) struct EnteredSubmission {
    pub(crate) submission: SubmissionId,
    pub(crate) team: TeamName,
    pub(crate) method: Option<String>,
}

/// What came of it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub(crate) struct Report {
    pub(crate) season: Slug,
    /// What was planned, line by line.
    pub(crate) plan: Vec<PlanLine>,
    /// Whether the server is as the folder says now.
    pub(crate) applied: bool,
    /// The entries that were submitted.
    pub(crate) submissions: Vec<EnteredSubmission>,
    /// What the user should know.
    pub(crate) remarks: Vec<String>,
}

/// Makes the server's season as the folder says.
///
/// # Errors
///
/// Names everything that is wrong with the folder before anything is sent; later, the step that
/// failed: running it again continues from there.
pub(crate) fn apply(client: &Client, folder: &Path, options: &ApplyOptions) -> Result<Report, Failure> {
    let images = options.state_folder.join("images");
    let handling = match options.without_images {
        true => ImageHandling::LeaveOut,
        false => ImageHandling::Check { scratch: &images, console: options.console },
    };
    let checked = check_files(read_folder(folder)?, handling)?;
    // Without a login a draft looks as if it were not there.
    client.me()?;
    let unfinished = Unfinished::of(&options.state_folder, client.server(), &checked.season.season);
    let plan = plan(client, &checked, options.discard_results, &unfinished)?;
    show(&plan, &options.console)?;
    let mut report = Report {
        season: checked.season.season.clone(),
        plan: plan.lines.clone(),
        applied: plan.actions.is_empty(),
        submissions: Vec::new(),
        remarks: plan.remarks.clone(),
    };
    if plan.actions.is_empty() {
        options.console.say("Nothing to change.")?;
        return Ok(report);
    }
    if !agreed(options, plan.reranks)? {
        options.console.say("Nothing was changed.")?;
        return Ok(report);
    }
    act(client, &checked, &plan, options, &unfinished, &mut report)?;
    options.console.say("Applied.")?;
    if plan.rescored {
        let season = &report.season;
        let remark = format!(
            "the board shows the test set of before until you apply the other one: `holdout season rescore {season}` shows what \
             changes"
        );
        options.console.remark(format!("note: {remark}"));
        report.remarks.push(remark);
    }
    Ok(report)
}

fn act(
    client: &Client,
    checked: &CheckedSeason,
    plan: &Plan<'_>,
    options: &ApplyOptions,
    unfinished: &Unfinished,
    report: &mut Report,
) -> Result<(), Failure> {
    let (records, meter) = (UploadRecords::new(options.state_folder.join("uploads")), Meter::new(options.console));
    let uploader = Uploader::new(client, &records, &meter);
    let actor = Actor { uploader: &uploader, checked, discard: options.discard_results, unfinished };
    let total = plan.actions.len();
    for (index, action) in plan.actions.iter().enumerate() {
        options.console.remark(format!("[{}/{total}] {}", index + 1, described(action)));
        if let Some(made) = actor.act(action)? {
            report.submissions.push(EnteredSubmission { submission: made.id, team: made.team, method: made.method });
        }
    }
    report.applied = true;
    Ok(())
}

fn described(action: &Action<'_>) -> String {
    match action {
        Action::CreateSeason => "create the season, as a draft until everything is in it".to_owned(),
        Action::ShowSeason => "show the season".to_owned(),
        Action::ChangeSeason(_) => "change the season".to_owned(),
        Action::CreateTask(task) => format!("create the task {}", task.task),
        Action::ReplaceTask(task) => format!("change the task {}", task.task),
        Action::PutTestSet(task, _) => format!("set the test set of {}", task.task),
        Action::Submit(entry) | Action::SubmitAgain(entry, _) => {
            format!("submit an entry of {}", visible(&entry.team.to_string()))
        }
    }
}

fn show(plan: &Plan<'_>, console: &Console) -> Result<(), Failure> {
    for line in &plan.lines {
        console.say(line.text())?;
    }
    for remark in &plan.remarks {
        console.remark(format!("note: {}", visible(remark)));
    }
    Ok(())
}

fn agreed(options: &ApplyOptions, reranks: bool) -> Result<bool, Failure> {
    let question = if reranks { "Ranks on the board may change. Apply these changes?" } else { "Apply these changes?" };
    match options.consent {
        Consent::Given => Ok(true),
        Consent::DryRun => Ok(false),
        Consent::Ask if options.console.interactive => options.console.confirm(question),
        Consent::Ask => Err(Failure::usage("there is nobody to ask whether to apply this plan")
            .advise("Run it with `--yes`, or with `--dry-run` to see the plan only.")),
    }
}
