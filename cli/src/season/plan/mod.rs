//! What applying a season's folder will change on the server.

mod entries;
mod lines;
#[cfg(test)]
mod samples;
mod season;
mod task;
mod test_set;

use holdout_protocol::{ErrorCode, Season};

use super::differences;
use super::files::CheckedSeason;
use super::unfinished::Unfinished;
use crate::client::Client;
use crate::failure::Failure;
use crate::show::figures::grouped;

pub(super) use lines::{Action, KnownImages, Plan};
pub(crate) use lines::{FieldChange, PlanLine};

use entries::{PlannedTask, Version, plan_entries};
use season::plan_season;
use task::{check_published, plan_task, remark_on_ranks};
use test_set::{plan_test_set, present_test_set, staged_version, tell_of_results};

/// Reads the present state and compares.
///
/// `discard` is whether another version of a test set is shown at once, although results leave the
/// board; `unfinished` knows whether an earlier run has begun the season and not shown it.
pub(super) fn plan<'a>(
    client: &Client,
    checked: &'a CheckedSeason,
    discard: bool,
    unfinished: &Unfinished,
) -> Result<Plan<'a>, Failure> {
    let present = match client.season(&checked.season.season) {
        Ok(season) => Some(season),
        Err(error) if error.is(ErrorCode::NotFound) => None,
        Err(error) => return Err(error.into()),
    };
    let mut plan = Plan { remarks: checked.remarks.clone(), ..Plan::default() };
    let shows = plan_season(&mut plan, present.as_ref(), checked, unfinished)?;
    let mut planned = Vec::new();
    for task in &checked.tasks {
        let found = present.as_ref().and_then(|season| season.tasks.iter().find(|found| found.task == task.task));
        if let Some((season, found)) = present.as_ref().zip(found) {
            check_published(season.state, found, &task.settings)?;
        }
        plan_task(&mut plan, task, found);
        let path = checked.path_of(&task.task);
        remark_on_ranks(&mut plan, client, &path, found.map(|found| &found.settings), &task.settings)?;
        let summary = found.and_then(|found| found.test_set.as_ref());
        let present = summary.map(|summary| present_test_set(client, &path, summary)).transpose()?;
        let staged = if present.is_some() { staged_version(client, &path, task)? } else { None };
        let is_changed = plan_test_set(&mut plan, task, present, staged, discard)?;
        let resplit = found.is_some_and(|found| differences::is_other_split(&found.settings, &task.settings));
        let is_replaced = is_changed || resplit;
        let rescored = summary.is_some() && is_replaced && tell_of_results(&mut plan, client, &path, discard)?;
        plan.rescored |= rescored;
        let version = match summary {
            // The board shows the present version until an organizer applies the other one.
            Some(summary) if rescored || !is_replaced => Version::Present(summary.version),
            Some(_) => Version::Replaced,
            None => Version::New,
        };
        planned.push(PlannedTask { path, version, is_on_server: found.is_some() });
    }
    for task in &planned {
        plan_entries(&mut plan, client, &checked.entries, task)?;
    }
    remark_on_others(&mut plan, checked, present.as_ref());
    if shows {
        plan.actions.push(Action::ShowSeason);
    }
    Ok(plan)
}

fn remark_on_others(plan: &mut Plan<'_>, checked: &CheckedSeason, present: Option<&Season>) {
    for task in present.map_or(&[][..], |season| season.tasks.as_slice()) {
        if !checked.tasks.iter().any(|here| here.task == task.task) {
            plan.remarks.push(format!("task {} is on the server and not in this folder: it stays", task.task));
        }
    }
}

fn shown(count: usize) -> String {
    grouped(u64::try_from(count).unwrap_or(u64::MAX))
}
