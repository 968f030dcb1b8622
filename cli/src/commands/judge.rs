//! `judge`: what organizers decide about results.

use clap::{Args, Subcommand};
use holdout_protocol::{JudgementAction, JudgementReply, NewJudgement, SameContent, Slug, SubmissionId};

use super::context::Context;
use crate::arguments::TaskArguments;
use crate::failure::Failure;
use crate::show::changes::changed_board;
use crate::show::figures::time;
use crate::show::similar::render_similar;
use crate::show::table::Table;
use crate::text::visible;

/// `judge`.
#[derive(Debug, Subcommand)]
pub(crate) enum JudgeCommand {
    /// Take results out of the ranking; they stay on record, listed without a rank.
    Disqualify {
        #[command(flatten)]
        which: WhichResults,
        /// Why; the team reads it.
        #[arg(long, value_name = "TEXT")]
        reason: String,
        /// What the board says of it to everybody.
        #[arg(long, value_name = "TEXT")]
        public: Option<String>,
    },
    /// Take results off the board while you look into them; the team sees that they are under
    /// review.
    Hide {
        #[command(flatten)]
        which: WhichResults,
        /// Why; only organizers read it.
        #[arg(long, value_name = "TEXT")]
        reason: String,
    },
    /// Note something about results that only organizers read.
    Flag {
        #[command(flatten)]
        which: WhichResults,
        /// The note.
        #[arg(long, value_name = "TEXT")]
        reason: String,
    },
    /// Submissions of different teams that are the same: the same file, or the same answers.
    Identical {
        /// The season, by its short name, for example `ilsvrc-2012`.
        season: Slug,
    },
    /// Teams whose answers agree beyond what teams reach that work on their own: evidence, no
    /// verdict.
    Similar(TaskArguments),
    /// Show results that wait for approval: one, or all of `--season`.
    Approve {
        #[command(flatten)]
        which: WhichResults,
    },
    /// Leave results that wait for approval unseen, for good; the team reads the reason.
    Refuse {
        #[command(flatten)]
        which: WhichResults,
        /// Why; the team reads it.
        #[arg(long, value_name = "TEXT")]
        reason: String,
    },
    /// Undo a disqualification, a review, a flag, or a withdrawal by the team.
    Restore {
        #[command(flatten)]
        which: WhichResults,
        /// The reason, which the audit log keeps.
        #[arg(long)]
        reason: Option<String>,
    },
}

/// One submission, or all of a team.
#[derive(Debug, Args)]
pub(crate) struct WhichResults {
    /// Id of the submission.
    #[arg(required_unless_present = "season", conflicts_with = "season")]
    submission: Option<SubmissionId>,
    /// All of this team's, in `--season`, instead of one submission.
    #[arg(long, value_name = "TEAM", requires = "season")]
    team: Option<String>,
    /// The team's season; `approve` without `--team` takes all that wait in it.
    #[arg(long, value_name = "SEASON")]
    season: Option<Slug>,
    /// Only those in this task.
    #[arg(long, short = 't', value_name = "TASK", requires = "season")]
    task: Option<Slug>,
    /// Show what would change, and change nothing.
    #[arg(long, conflicts_with = "yes")]
    dry_run: bool,
    /// Do it without asking first.
    #[arg(long, short)]
    yes: bool,
}

pub(crate) fn run(context: &Context, command: JudgeCommand) -> Result<(), Failure> {
    match command {
        JudgeCommand::Disqualify { which, reason, public } => {
            decide(context, which, JudgementAction::Disqualify, Some(reason), public)
        }
        JudgeCommand::Hide { which, reason } => decide(context, which, JudgementAction::Hide, Some(reason), None),
        JudgeCommand::Flag { which, reason } => decide(context, which, JudgementAction::Flag, Some(reason), None),
        JudgeCommand::Identical { season } => identical(context, &season),
        JudgeCommand::Similar(task) => similar(context, &task),
        JudgeCommand::Approve { which } => decide(context, which, JudgementAction::Approve, None, None),
        JudgeCommand::Refuse { which, reason } => decide(context, which, JudgementAction::Refuse, Some(reason), None),
        JudgeCommand::Restore { which, reason } => decide(context, which, JudgementAction::Restore, reason, None),
    }
}

fn identical(context: &Context, season: &Slug) -> Result<(), Failure> {
    let (found, console) = (context.client()?.identical_submissions(season)?, context.console);
    console.data(&found)?;
    let mut table = Table::new(&["task", "same", "submission", "submitted", "team"]);
    for group in &found.groups {
        let same = match group.same {
            SameContent::File => "file",
            SameContent::Answers => "answers",
        };
        for (index, one) in group.submissions.iter().enumerate() {
            let (task, same) = if index == 0 { (group.task.as_str(), same) } else { ("", "") };
            let team = visible(one.team.as_str());
            table.row(&[task.to_owned(), same.to_owned(), one.submission.to_string(), time(one.created_at), team]);
        }
    }
    if table.is_empty() {
        return console.say("No two teams have submitted the same file or the same answers.");
    }
    console.say(table.render(console.columns()))?;
    if !found.complete {
        console.remark("note: there are more; these are of the newest 2000 such submissions");
    }
    console.remark("This is no proof: teams may have the file from you, or run the same published model. Ask them.");
    Ok(())
}

fn similar(context: &Context, task: &TaskArguments) -> Result<(), Failure> {
    let (found, console) = (context.client()?.similar_submissions(&task.path())?, context.console);
    console.data(&found)?;
    console.say(render_similar(&found, console.columns()))?;
    if !found.complete {
        console
            .remark("note: only the newest 2000 submissions and the 500 pairs of teams that agree most were looked at");
    }
    if !found.groups.is_empty() {
        console.remark("This is no proof: teams may have the file from you, or share what the rules allow. Ask them.");
    }
    Ok(())
}

fn decide(
    context: &Context,
    which: WhichResults,
    action: JudgementAction,
    reason: Option<String>,
    public_reason: Option<String>,
) -> Result<(), Failure> {
    let (client, console) = (context.client()?, context.console);
    let WhichResults { submission, team, season, task, dry_run, yes } = which;
    let wanted = NewJudgement { action, submission, season, team, task, reason, public_reason, dry_run: !yes };
    let reply = client.judge(&wanted)?;
    show(context, action, &reply)?;
    if reply.submissions.is_empty() || yes {
        return console.data(&reply);
    }
    if dry_run {
        console.say("Nothing was changed.")?;
        return console.data(&reply);
    }
    let advice = "Run it with `--yes`; with `--dry-run` it only shows what would change.";
    if !console.agree(false, "Do this?", ("there is nobody to ask whether to do this", advice))? {
        return console.say("Nothing was changed.");
    }
    let done = client.judge(&NewJudgement { dry_run: false, ..wanted })?;
    console.data(&done)?;
    console.say("Done.")
}

/// What a decision changes, or would change.
fn show(context: &Context, action: JudgementAction, reply: &JudgementReply) -> Result<(), Failure> {
    let console = context.console;
    let verb = match action {
        JudgementAction::Disqualify => "disqualified",
        JudgementAction::Hide => "hidden",
        JudgementAction::Flag => "flagged",
        JudgementAction::Restore => "restored",
        JudgementAction::Approve => "approved",
        JudgementAction::Refuse => "refused",
    };
    let (is, are) = if reply.dry_run { ("would be", "would be") } else { ("is", "are") };
    match reply.submissions.as_slice() {
        [] => return console.say(format!("Nothing changes: nothing is left to be {verb}.")),
        [one] => console.say(format!("Submission {one} {is} {verb}."))?,
        several => console.say(format!("{} submissions {are} {verb}.", several.len()))?,
    }
    if reply.boards.is_empty() {
        let more = match action {
            JudgementAction::Disqualify => " It is listed below the board as disqualified, with its error.",
            JudgementAction::Hide => " If it was listed as disqualified, that line goes.",
            _ => "",
        };
        console.say(format!("  No rank changes on a board.{more}"))?;
    }
    reply.boards.iter().try_for_each(|board| changed_board(console, board))
}
