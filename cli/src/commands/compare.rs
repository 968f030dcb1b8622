//! `compare`.

use std::collections::HashSet;

use clap::Args;
use holdout_protocol::{BoardSplit, ComparisonQuery, SubmissionId, Timestamp};

use super::context::Context;
use super::leaderboard::{SplitArgument, deciding_split, season_if_known};
use crate::arguments::TaskArguments;
use crate::failure::Failure;
use crate::show::comparison::render_comparison;

/// `compare`.
#[derive(Debug, Args)]
pub(crate) struct CompareArguments {
    /// The task, by its short name, for example `classification`.
    #[command(flatten)]
    task: TaskArguments,
    /// The ids of two to five entries, as `leaderboard --format csv` lists them.
    #[arg(required = true, num_args = 2..=5, value_name = "ID")]
    entries: Vec<SubmissionId>,
    /// Which part of the test set; the private one is shown once it is published [default: private
    /// if it is published, else public].
    #[arg(long, value_enum)]
    split: Option<SplitArgument>,
    /// The results up to this time, such as 2012-09-30T23:00:00Z.
    #[arg(long, value_name = "TIME")]
    as_of: Option<Timestamp>,
    /// The results on this version of the test set [default: the present one].
    #[arg(long, value_name = "NUMBER")]
    test_set: Option<u32>,
}

pub(crate) fn run(context: &Context, arguments: CompareArguments) -> Result<(), Failure> {
    let (console, task) = (context.console, arguments.task.path());
    let distinct: HashSet<&SubmissionId> = arguments.entries.iter().collect();
    if distinct.len() < arguments.entries.len() {
        return Err(Failure::usage("an id is there twice; name different entries"));
    }
    let season = season_if_known(context, &task)?;
    let split = match arguments.split {
        Some(split) => Some(BoardSplit::from(split)),
        None => season.as_ref().and_then(|season| deciding_split(season, &task)),
    };
    let CompareArguments { entries, as_of, test_set, .. } = arguments;
    let query = ComparisonQuery { entries, split, as_of, version: test_set };
    let comparison = context.client()?.comparison(&task, &query)?;
    console.data(&comparison)?;
    let has_parts = season.is_some_and(|season| {
        season.tasks.iter().any(|found| found.task == task.task && found.settings.split.is_some())
    });
    console.say(render_comparison(&comparison, has_parts, console.columns()))
}
