//! Which entries of the folder are submitted, and which the server has already.

use holdout_protocol::{Submission, SubmissionState};

use super::lines::{Action, Plan};
use crate::client::{Client, TaskPath};
use crate::failure::Failure;
use crate::season::files::{CheckedEntry, file_name};

/// The version of a test set on which a task's entries count when the plan is done.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Version {
    /// The task gets its first.
    New,
    /// The present one, with this number.
    Present(u32),
    /// The plan replaces the present one.
    Replaced,
}

impl Version {
    /// Whether none of the versions with these numbers is this one.
    fn is_none_of(self, scored_on: &[u32]) -> bool {
        match self {
            Self::New => false,
            Self::Present(number) => !scored_on.contains(&number),
            Self::Replaced => true,
        }
    }
}

/// A task of the folder once it and its test set are planned.
pub(super) struct PlannedTask {
    pub(super) path: TaskPath,
    pub(super) version: Version,
    pub(super) is_on_server: bool,
}

/// Plans those of `entries` that belong to the task.
pub(super) fn plan_entries<'a>(
    plan: &mut Plan<'a>,
    client: &Client,
    entries: &'a [CheckedEntry],
    planned: &PlannedTask,
) -> Result<(), Failure> {
    let mut entries = entries.iter().filter(|entry| entry.task == planned.path.task).peekable();
    if entries.peek().is_none() {
        return Ok(());
    }
    let submissions = if planned.is_on_server { client.submissions(&planned.path, None)? } else { Vec::new() };
    for entry in entries {
        plan_entry(plan, entry, &submissions, planned.version);
    }
    Ok(())
}

fn plan_entry<'a>(plan: &mut Plan<'a>, entry: &'a CheckedEntry, submissions: &[Submission], version: Version) {
    let mut what = format!("entry of {}", entry.team);
    if let Some(method) = &entry.draft.method {
        what.push_str(&format!(", {method}"));
    }
    let same = |found: &&Submission| {
        found.team.key() == entry.team.key() && found.method == entry.draft.method && found.sha256 == entry.sha256
    };
    let scored = |found: &&Submission| found.state == SubmissionState::Scored;
    let scored_on: Vec<u32> = submissions.iter().filter(same).filter(scored).map(|found| found.version).collect();
    // Of several, the newest that is not withdrawn.
    let found = submissions
        .iter()
        .filter(same)
        .max_by_key(|found| (found.state != SubmissionState::Cancelled, found.created_at));
    match found {
        Some(found) if found.state == SubmissionState::Scored && version.is_none_of(&scored_on) => {
            let again = match version {
                Version::Replaced => "again, unless an earlier version with its result comes back",
                Version::New | Version::Present(_) => "again, on the present version of the test set",
            };
            plan.create(format!("{what}: {again}"), Action::SubmitAgain(entry, scored_on));
        }
        Some(found) => {
            if found.note != entry.draft.note {
                plan.remarks.push(format!("{what}: its note stays as it is; a submission is never changed"));
            }
            if found.submitted_at != entry.draft.submitted_at {
                plan.remarks.push(format!("{what}: its date stays as it is; a submission is never changed"));
            }
            plan.keep(format!("{what}: {}", found.state.as_str()));
        }
        None => plan.create(format!("{what}: {}", file_name(&entry.file)), Action::Submit(entry)),
    }
}
