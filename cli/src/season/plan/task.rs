//! What changes of a task, and what that means for its board.

use holdout_protocol::{ErrorCode, LeaderboardQuery, SeasonState, Task, TaskSettings};

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

/// Refuses what the server would refuse after a part of the plan was carried out.
pub(super) fn check_published(state: SeasonState, present: &Task, wanted: &TaskSettings) -> Result<(), Failure> {
    let (metric, finals) = (present.settings.metric != wanted.metric, present.settings.finals != wanted.finals);
    if state != SeasonState::Published || !(metric || finals) {
        return Ok(());
    }
    let (season, task, field) = (&present.season, &present.task, if metric { "metric" } else { "finals" });
    let message =
        format!("season {season} is published, and another `{field}` of task {task} would change its final board");
    Err(Failure::refused(ErrorCode::WrongState.as_str(), message).advise(format!(
        "Leave `{field}` as it is on the server, or hide the results first: `holdout season unpublish {season}`."
    )))
}

/// Says how many results are ranked again if the metric changes, or how many of a team's entries
/// may stand for it.
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

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::super::samples::{checked_task, settings, summary, task};
    use super::*;

    fn planned(present: Option<&Task>, wanted: TaskSettings) -> (String, Vec<String>) {
        let (task, mut plan) = (checked_task(wanted), Plan::default());
        plan_task(&mut plan, &task, present);
        let action = plan.actions.iter().map(|action| match action {
            Action::CreateTask(_) => " (create)",
            Action::ReplaceTask(_) => " (replace)",
            _ => " (other)",
        });
        let text = plan.lines.iter().map(crate::season::plan::PlanLine::text).collect::<String>();
        (text + &action.collect::<String>(), plan.remarks)
    }

    #[test]
    fn a_task_is_made_changed_or_kept() {
        let same = settings(&json!({}));
        assert_eq!(planned(None, same.clone()).0, "+ task images: Images (create)");
        assert_eq!(planned(Some(&task(&json!({}))), same).0, "= task images");
        let changed = planned(Some(&task(&json!({}))), settings(&json!({ "approval": true, "title": "Pictures" }))).0;
        assert_eq!(changed, "~ task images\n    title: Images → Pictures\n    approval: false → true (replace)");
    }

    #[test]
    fn the_final_board_of_a_published_season_is_not_changed() {
        let present = task(&json!({}));
        for (field, changes) in [("metric", json!({ "metric": "top1_error" })), ("finals", json!({ "finals": 7 }))] {
            let wanted = settings(&changes);
            let refused = check_published(SeasonState::Published, &present, &wanted).unwrap_err().to_text();
            assert!(refused.contains(&format!("`{field}`")) && refused.contains("season unpublish"), "{refused}");
            check_published(SeasonState::Closed, &present, &wanted).unwrap();
        }
        check_published(SeasonState::Published, &present, &settings(&json!({ "title": "Other" }))).unwrap();
    }

    #[test]
    fn another_input_of_a_task_with_a_test_set_is_remarked_on() {
        let input = json!({ "resize": null, "crop": 28, "mean": [0.5, 0.5, 0.5], "std": [1.0, 1.0, 1.0], "precision": "float32" });
        let wanted = || settings(&json!({ "input": input }));
        let (_, remarks) = planned(Some(&task(&json!({ "test_set": summary(1) }))), wanted());
        assert!(remarks[0].starts_with("task images: its `input` changes; models that were scored"), "{remarks:?}");
        assert!(planned(Some(&task(&json!({}))), wanted()).1.is_empty(), "nothing was scored");
    }
}
