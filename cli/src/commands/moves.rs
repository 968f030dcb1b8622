//! `moves`.

use clap::Args;
use holdout_protocol::{BoardSplit, LeaderboardQuery};

use super::context::Context;
use crate::arguments::TaskArguments;
use crate::failure::Failure;
use crate::show::moves::{moves, render_moves};

/// `moves`.
#[derive(Debug, Args)]
pub(crate) struct MovesArguments {
    /// The task, by its short name, for example `classification`.
    #[command(flatten)]
    task: TaskArguments,
}

pub(crate) fn run(context: &Context, arguments: &MovesArguments) -> Result<(), Failure> {
    let (client, console, task) = (context.client()?, context.console, arguments.task.path());
    let board =
        |split| client.leaderboard(&task, &LeaderboardQuery { split: Some(split), ..LeaderboardQuery::default() });
    // The private one first: whether it can be seen is what may be refused.
    let hidden = board(BoardSplit::Private)?;
    let found = moves(&board(BoardSplit::Public)?, &hidden);
    console.data(&found)?;
    console.say(render_moves(&found, console.columns()))
}
