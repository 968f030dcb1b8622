//! What changes of a task, and what that means for its board.

use holdout_protocol::{ErrorCode, LeaderboardQuery, Task, TaskSettings};

use super::lines::{Action, Plan};
use crate::client::{Client, TaskPath};
use crate::failure::Failure;
use crate::season::differences;
use crate::season::files::CheckedTask;
use crate::show::figures::counted;

pub(super) fn plan_task<'a>(plan: &mut Plan<'a>, task: &'a CheckedTask, present: Option<&Task>) {
    let what = format!("task {}", task.task);
    let Some(present) = present else {
        plan.create(format!("{what}: {}", task.settings.title), Action::CreateTask(task));
        return;
    };
    let words = differences::of_task(&present.settings, &task.settings);
    if words.iter().any(|change| change.field == "input") && present.test_set.is_some() {
        let remark =
            "its `input` changes; models that were scored before keep their results, those that wait get the new input";
        plan.remarks.push(format!("{what}: {remark}"));
    }
    if words.is_empty() {
        plan.keep(what);
    } else {
        plan.change(what, words, Action::ReplaceTask(task));
    }
}

/// Says how many results are ranked again if the metric changes, or how many of a team's entries may stand for it.
pub(super) fn remark_on_ranks(
    plan: &mut Plan<'_>,
    client: &Client,
    task: &TaskPath,
    present: Option<&TaskSettings>,
    wanted: &TaskSettings,
) -> Result<(), Failure> {
    let Some(present) = present else { return Ok(()) };
    let (metric, finals) = (present.metric != wanted.metric, present.finals != wanted.finals);
    if !metric && !finals {
        return Ok(());
    }
    let query = LeaderboardQuery { all: Some(true), ..LeaderboardQuery::default() };
    let results = match client.leaderboard(task, &query) {
        Ok(board) => board.rows.len(),
        // There is no board without a test set.
        Err(error) if error.is(ErrorCode::NotFound) || error.is(ErrorCode::WrongState) => 0,
        Err(error) => return Err(error.into()),
    };
    if results == 0 {
        return Ok(());
    }
    plan.reranks = true;
    let count = counted(u64::try_from(results).unwrap_or(u64::MAX), "result");
    let task = &task.task;
    if metric {
        plan.remarks.push(format!(
            "task {task}: its `metric` changes, and {count} on the board are ranked by the new one at once"
        ));
    }
    if finals {
        plan.remarks
            .push(format!("task {task}: its `finals` changes, and with it which entries stand for their teams"));
    }
    Ok(())
}
