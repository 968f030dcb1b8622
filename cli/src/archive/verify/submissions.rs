//! The list of submissions and their files against the receipts, and their answers against the
//! labels.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use holdout_evaluation::{CheckError, Correctness, check, score};
use holdout_protocol::{Ruling, Sha256, SubmissionId, SubmissionState};
use holdout_receipts::Counts;
use serde::Deserialize as _;
use serde::de::value::{self, StrDeserializer};

use super::chains::{Chain, Chains, ProvedResult, Standing};
use super::contents::Contents;
use super::labels::TestSets;
use super::report::Report;
use crate::archive::entries::{EntryRow, read_rows};
use crate::archive::manifest::{Manifest, View};
use crate::archive::names;
use crate::archive::reader::{Member, read_members};

/// Most bytes that a compressed prediction file may unpack to: more than any task allows.
const MOST_UNPACKED: u64 = 4 << 30;

/// The rows of `entries.csv`.
#[derive(Default)]
pub(super) struct Rows(BTreeMap<SubmissionId, EntryRow>);

impl Rows {
    /// Returns true if a result is not approved, or not yet, which no receipt says.
    pub(super) fn is_held(&self, id: SubmissionId) -> bool {
        let ruling = |standing| Ruling::deserialize(StrDeserializer::<value::Error>::new(standing)).ok();
        let standing = self.0.get(&id).and_then(|row| row.standing.as_deref());
        standing.and_then(ruling).is_some_and(Ruling::is_unapproved)
    }
}

pub(super) fn check_rows(contents: &Contents, manifest: &Manifest, chains: &Chains, report: &mut Report) -> Rows {
    let read = contents.bytes(names::ENTRIES).and_then(read_rows::<EntryRow>);
    let Some(list) = report.noted(read.map_err(|error| format!("`{}`: {error}", names::ENTRIES))) else {
        return Rows::default();
    };
    let before = report.problems.len();
    let count = list.len();
    let rows = Rows(list.into_iter().map(|row| (row.submission, row)).collect());
    if rows.0.len() != count {
        report.problem(format!("`{}` has a submission twice", names::ENTRIES));
    }
    for (id, row) in &rows.0 {
        if let Some(problem) = row_problem(row, chains) {
            report.problem(format!("`{}`: {id}: {problem}", names::ENTRIES));
        }
    }
    for id in chains.0.keys().filter(|id| !rows.0.contains_key(id)) {
        report.problem(format!("`{}`: {id} has receipts, and is left out", names::ENTRIES));
    }
    let known = rows.0.keys().filter(|id| chains.0.contains_key(*id)).count();
    report.prove_unless_problems(
        before,
        format!("The list of submissions names, for each of the {known} that have receipts, the file that these receipts name."),
    );
    if known < count {
        report.leave_open(format!("anything about {} submissions without receipts: they were refused, cancelled or never scored, and others like them may be left out", count - known));
    }
    let held = rows.0.keys().filter(|id| rows.is_held(**id)).count();
    if held > 0 && manifest.view == View::Organizer {
        report.leave_open(format!(
            "that {held} results without a row on a board wait for approval or were not approved: no receipt says so"
        ));
    }
    rows
}

fn row_problem(row: &EntryRow, chains: &Chains) -> Option<String> {
    let Some(chain) = chains.0.get(&row.submission) else {
        return (row.state == SubmissionState::Scored).then(|| "it is scored, and has no receipts".to_owned());
    };
    let standing = chain.standing(None);
    if row.standing.as_deref() == Some("counted") && standing != Standing::Counts {
        return Some(format!("it is listed as counted, and its receipts say {standing:?}").to_lowercase());
    }
    let other = chain.results().find(|result| {
        let file = row.file_sha256.map(|sha256| sha256.to_string());
        file.is_some_and(|file| file != result.statement.file_sha256) || result.statement.task != row.task.as_str()
    });
    other.map(|result| {
        format!("its receipt names the file {} in the task {}", result.statement.file_sha256, result.statement.task)
    })
}

/// Compares the submitted files with their receipts, and counts prediction files again if the
/// labels are there.
pub(super) fn check_files(
    path: &Path,
    contents: &Contents,
    (rows, chains): (&Rows, &Chains),
    sets: &TestSets,
    report: &mut Report,
) {
    let before = report.problems.len();
    let mut files = BTreeSet::new();
    for (name, sha256) in contents.below("submissions") {
        match file_problem(name, sha256, rows, chains) {
            Some(problem) => report.problem(format!("`{name}`: {problem}")),
            None => drop(files.insert(name.to_owned())),
        }
    }
    if files.is_empty() || sets.is_empty() {
        report.leave_open(
            "that the answers were counted right: for that the archive has to have labels and prediction files",
        );
        return;
    }
    let mut counted = 0_usize;
    let mut problems = Vec::new();
    let read = read_members(path, |Member { name, body, .. }| {
        if files.contains(name) && name.ends_with(".predictions") {
            match count_again(name, body, chains, sets) {
                Ok(versions) => counted += versions,
                Err(problem) => problems.push(format!("`{name}`: {problem}")),
            }
        }
        Ok(())
    });
    report.noted(read);
    problems.into_iter().for_each(|problem| report.problem(problem));
    let signed = files.iter().filter(|name| id_of(name).is_some_and(|id| has_result(chains, id))).count();
    let sentence = format!(
        "{signed} submitted files are those of their receipts; {counted} results of prediction files were counted again with the labels."
    );
    report.prove_unless_problems(before, sentence);
    if signed < files.len() {
        report.leave_open(format!(
            "anything about {} submitted files without a receipt of a result",
            files.len() - signed
        ));
    }
    if files.iter().any(|name| !name.ends_with(".predictions")) {
        report.leave_open("that the answers of models were counted right: nobody ran the models again");
    }
}

fn has_result(chains: &Chains, id: SubmissionId) -> bool {
    chains.0.get(&id).is_some_and(|chain| chain.results().next().is_some())
}

fn id_of(name: &str) -> Option<SubmissionId> {
    name.rsplit_once('/')?.1.split('.').next()?.parse().ok()
}

fn file_problem(name: &str, sha256: Sha256, rows: &Rows, chains: &Chains) -> Option<String> {
    let Some(row) = id_of(name).and_then(|id| rows.0.get(&id)) else {
        return Some(format!("it is not named by a submission of `{}`", names::ENTRIES));
    };
    let results = chains.0.get(&row.submission).into_iter().flat_map(Chain::results);
    let signed = results.map(|result| result.statement.file_sha256.clone());
    // What was never scored has no receipt that would name its file.
    let mut expected = signed.chain(row.file_sha256.map(|sha256| sha256.to_string()));
    let other = expected.find(|expected| *expected != sha256.to_string());
    other.map(|expected| format!("it is not the file that was submitted, {expected}"))
}

/// Counts the answers of a prediction file on every version of the test set that it has a result
/// on.
fn count_again(name: &str, body: &mut dyn std::io::Read, chains: &Chains, sets: &TestSets) -> Result<usize, String> {
    let Some(chain) = id_of(name).and_then(|id| chains.0.get(&id)) else { return Ok(0) };
    let first = chain.results().next().and_then(|result| Some((result, sets.get(&place(&result))?)));
    let Some((first, set)) = first else { return Ok(0) };
    // The file is about the images of the version that it was scored on first.
    let predictions = check(set.shape(), body, MOST_UNPACKED).map_err(|error| match error {
        CheckError::Rejected(verdict) => format!("the format check refuses it: {}", verdict.message),
        CheckError::Read(error) => error.to_string(),
    })?;
    let mut counted = 0;
    for result in chain.results() {
        let Some(other) = sets.get(&place(&result)).filter(|other| other.shape().images == set.shape().images) else {
            continue;
        };
        let found = score(&predictions, other.labels()).map_err(|error| error.to_string())?;
        compare(&found, other.len(), &result)?;
        counted += 1;
    }
    if counted == 0 { Err(format!("version {} is not there", first.statement.test_set)) } else { Ok(counted) }
}

fn place(result: &ProvedResult<'_>) -> (String, u32) {
    (result.statement.task.clone(), result.statement.test_set)
}

/// Public and private part together have as many wrong answers as the file.
fn compare(found: &Correctness, images: usize, result: &ProvedResult<'_>) -> Result<(), String> {
    let wrong = |right: usize| u64::try_from(images.saturating_sub(right)).unwrap_or(u64::MAX);
    let (top1, top5) = (wrong(found.top1.count()), wrong(found.top5.count()));
    let Counts { n, top1_wrong, top5_wrong } = result.statement.public;
    let private = match (result.private, result.statement.private) {
        (Some(private), _) => private,
        (None, None) => Counts { n: 0, top1_wrong: 0, top5_wrong: 0 },
        // The sum is not known while the private counts are not opened.
        (None, Some(_)) => return Ok(()),
    };
    let sum = |one: u32, other: u32| u64::from(one) + u64::from(other);
    let told = (sum(n, private.n), sum(top1_wrong, private.top1_wrong), sum(top5_wrong, private.top5_wrong));
    if told == (u64::try_from(images).unwrap_or(u64::MAX), top1, top5) {
        return Ok(());
    }
    Err(format!(
        "counted again, {top1} answers are wrong by the first label and {top5} by all; its receipt of version {} has {} and {}",
        result.statement.test_set, told.1, told.2
    ))
}
