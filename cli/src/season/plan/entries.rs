//! Which entries of the folder are submitted, and which the server has already.

use holdout_protocol::{Disclosure, Submission, SubmissionState, Team, TeamName};

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
    /// Returns true if none of the versions with these numbers is this one.
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
    let teams = if planned.is_on_server { client.teams(&planned.path.season)? } else { Vec::new() };
    let entries: Vec<&CheckedEntry> = entries.collect();
    for entry in &entries {
        let with_its_file = entries.iter().filter(|other| is_file_of(other, entry)).count();
        let found = same(entry, &present_team(&entry.team, &teams), with_its_file == 1, &submissions);
        plan_entry(plan, entry, &found, planned.version);
    }
    Ok(())
}

fn is_file_of(other: &CheckedEntry, entry: &CheckedEntry) -> bool {
    other.team.key() == entry.team.key() && other.sha256 == entry.sha256
}

/// The key of the team that a name stands for: another one if the team became part of it.
fn present_team(name: &TeamName, teams: &[Team]) -> String {
    let has_it = |team: &&Team| team.merged.iter().any(|was| was.name.key() == name.key());
    teams.iter().find(has_it).map_or_else(|| name.key(), |team| team.name.key())
}

/// Returns the submissions that an entry of a team became. The name of a method can be edited
/// since, so that the file tells, unless several entries of the folder have it.
fn same<'s>(
    entry: &CheckedEntry,
    team: &str,
    has_file_alone: bool,
    submissions: &'s [Submission],
) -> Vec<&'s Submission> {
    let of_file = |found: &&Submission| found.team.key() == team && found.sha256 == entry.sha256;
    let (named, others): (Vec<_>, Vec<_>) =
        submissions.iter().filter(of_file).partition(|found| found.method == entry.draft.method);
    if named.is_empty() && has_file_alone { others } else { named }
}

fn plan_entry<'a>(plan: &mut Plan<'a>, entry: &'a CheckedEntry, same: &[&Submission], version: Version) {
    let mut what = format!("entry of {}", entry.team);
    if let Some(method) = &entry.draft.method {
        what.push_str(&format!(", {method}"));
    }
    let scored = same.iter().filter(|found| found.state == SubmissionState::Scored);
    let scored_on: Vec<u32> = scored.map(|found| found.version).collect();
    // Of several, the newest that is not withdrawn.
    let found = same.iter().max_by_key(|found| (found.state != SubmissionState::Cancelled, found.created_at));
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
            if found.method != entry.draft.method {
                let before = found.method.as_deref().unwrap_or("nothing");
                let edit = format!("`holdout edit {} --method` changes it", found.id);
                plan.remarks.push(format!("{what}: its method stays as it is, {before}; {edit}"));
            }
            let disclosed = Disclosure { training_data: found.training_data, ensemble: found.ensemble };
            if disclosed != entry.draft.disclosure {
                let edit = format!("`holdout edit {}` changes it", found.id);
                plan.remarks.push(format!("{what}: what it says of its training stays as it is; {edit}"));
            }
            plan.keep(format!("{what}: {}", found.state.as_str()));
        }
        None => plan.create(format!("{what}: {}", file_name(&entry.file)), Action::Submit(entry)),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::super::lines::Sign;
    use super::super::samples::{entry, submission};
    use super::*;

    /// Returns what is planned for the sample entry: sign, words after the team and method,
    /// remarks.
    fn planned(submissions: &[Submission], version: Version) -> (Sign, String, Vec<String>) {
        let (entry, mut plan) = (entry(), Plan::default());
        plan_entry(&mut plan, &entry, &same(&entry, &entry.team.key(), true, submissions), version);
        let [line] = plan.lines.as_slice() else { panic!("{:?}", plan.lines) };
        assert_eq!(plan.actions.len(), usize::from(line.sign == Sign::Create));
        let words = line.what.strip_prefix("entry of Alpha, m: ").unwrap().to_owned();
        (line.sign, words, plan.remarks)
    }

    fn again(submissions: &[Submission], version: Version) -> Option<Vec<u32>> {
        let (entry, mut plan) = (entry(), Plan::default());
        plan_entry(&mut plan, &entry, &same(&entry, &entry.team.key(), true, submissions), version);
        plan.actions.into_iter().find_map(|action| match action {
            Action::SubmitAgain(_, scored_on) => Some(scored_on),
            _ => None,
        })
    }

    #[test]
    fn an_entry_that_is_not_there_is_submitted() {
        let (sign, words, _) = planned(&[], Version::Present(2));
        assert_eq!((sign, words.as_str()), (Sign::Create, "a.csv"));
        for other in [json!({ "team": "Beta" }), json!({ "sha256": "08".repeat(32) })] {
            assert_eq!(planned(&[submission(&other)], Version::Present(2)).0, Sign::Create, "{other}");
        }
    }

    #[test]
    fn an_entry_whose_method_was_edited_is_known_by_its_file() {
        let edited = [submission(&json!({ "method": "another name", "training_data": "outside" }))];
        let (sign, _, remarks) = planned(&edited, Version::Present(2));
        assert_eq!(sign, Sign::Keep);
        let id = edited[0].id;
        assert!(remarks[0].contains("stays as it is, another name") && remarks[0].contains("--method"), "{remarks:?}");
        assert!(remarks[1].contains(&format!("`holdout edit {id}`")), "{remarks:?}");
        // Of two entries with one file, the method tells them apart.
        assert!(same(&entry(), "alpha", false, &edited).is_empty());
        let both = [edited[0].clone(), submission(&json!({}))];
        assert_eq!(same(&entry(), "alpha", true, &both), [&both[1]]);
    }

    #[test]
    fn an_entry_that_counts_stays_whatever_it_says() {
        let scored = submission(&json!({ "team": "ALPHA" }));
        assert_eq!(planned(&[scored], Version::Present(2)), (Sign::Keep, "scored".to_owned(), Vec::new()));
        let changed = submission(&json!({ "note": "another", "submitted_at": "2012-01-01T00:00:00Z" }));
        let (sign, _, remarks) = planned(&[changed], Version::Present(2));
        assert_eq!(sign, Sign::Keep);
        assert!(
            remarks[0].contains("its note stays as it is") && remarks[1].contains("its date stays as it is"),
            "{remarks:?}"
        );
    }

    #[test]
    fn an_entry_that_counts_on_no_present_version_is_submitted_again() {
        let on = |version: u32| submission(&json!({ "version": version }));
        assert_eq!(again(&[on(1), on(3)], Version::Present(2)), Some(vec![1, 3]));
        assert_eq!(again(&[on(1), on(2)], Version::Present(2)), None);
        assert_eq!(again(&[on(2)], Version::Replaced), Some(vec![2]));
        assert_eq!(again(&[on(2)], Version::New), None);
        let waits = submission(&json!({ "version": 1, "state": "queued" }));
        assert_eq!(planned(&[waits], Version::Replaced).1, "queued");
    }

    #[test]
    fn of_several_submissions_the_newest_that_is_not_withdrawn_stands() {
        let at = |state: &str, day: u8| -> Value {
            json!({ "state": state, "created_at": format!("2026-01-{day:02}T00:00:00Z") })
        };
        let words =
            |submissions: [Value; 3]| planned(&submissions.map(|changes| submission(&changes)), Version::Present(2)).1;
        assert_eq!(words([at("queued", 1), at("stalled", 3), at("rejected", 2)]), "stalled");
        assert_eq!(words([at("queued", 1), at("rejected", 2), at("cancelled", 3)]), "rejected");
    }

    #[test]
    fn a_team_that_became_part_of_another_one_is_that_one() {
        let team = json!({ "id": "0190a5d0-0000-7000-8000-000000000001", "season": "s", "name": "Gamma", "affiliation": null,
            "members": null, "submissions": 0, "created_at": "2026-01-01T00:00:00Z",
            "merged": [{ "name": "ALPHA", "at": "2026-01-01T00:00:00Z", "reason": null }] });
        let teams: [Team; 1] = [serde_json::from_value(team).unwrap()];
        let of = |name: &str| present_team(&name.parse().unwrap(), &teams);
        assert_eq!([of("Alpha"), of("Gamma"), of("Beta")], ["gamma", "gamma", "beta"]);
        let moved = [submission(&json!({ "team": "Gamma" }))];
        assert_eq!(same(&entry(), &of("Alpha"), true, &moved), [&moved[0]]);
    }
}
