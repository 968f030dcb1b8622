//! `season merge-teams`: makes a team part of another one.

use clap::Args;
use holdout_protocol::{Slug, TeamMerge, TeamMergeReply};

use super::context::Context;
use crate::failure::Failure;
use crate::show::changes::changed_board;
use crate::show::merge::described;

/// `season merge-teams`.
#[derive(Debug, Args)]
pub(crate) struct MergeArguments {
    /// The season, by its short name, for example `ilsvrc-2012`.
    season: Slug,
    /// The team that becomes part of the other one, by name or id.
    team: String,
    /// The team that stays, by name or id.
    #[arg(long, value_name = "TEAM")]
    into: String,
    /// Why; the members of both read it.
    #[arg(long, value_name = "TEXT")]
    reason: String,
    /// Show what would change, and change nothing.
    #[arg(long, conflicts_with = "yes")]
    dry_run: bool,
    /// Do it without asking first.
    #[arg(long, short)]
    yes: bool,
}

pub(crate) fn run(context: &Context, arguments: MergeArguments) -> Result<(), Failure> {
    let (client, console) = (context.client()?, context.console);
    let MergeArguments { season, team, into, reason, dry_run, yes } = arguments;
    let wanted = TeamMerge { into, reason, dry_run: true };
    let preview = client.merge_team(&season, &team, &wanted)?;
    show(context, &preview)?;
    if dry_run {
        console.say("Nothing was changed.")?;
        return console.data(&preview);
    }
    let advice = "Run it with `--yes`; with `--dry-run` it only shows what would change.";
    if !console.agree(
        yes,
        "Merge them? It cannot be undone.",
        ("there is nobody to ask whether to merge them", advice),
    )? {
        return console.say("Nothing was changed.");
    }
    let done = client.merge_team(&season, &team, &TeamMerge { dry_run: false, ..wanted })?;
    console.data(&done)?;
    console.say("Merged.")
}

fn show(context: &Context, reply: &TeamMergeReply) -> Result<(), Failure> {
    context.console.say(described(reply))?;
    reply.boards.iter().try_for_each(|board| changed_board(context.console, board))
}
