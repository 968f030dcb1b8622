//! The labels of an archive against the commitments that the receipts name.

use std::collections::BTreeMap;

use holdout_evaluation::{TestSet, commitment};
use holdout_protocol::{CommitmentOpening, Season, Sha256, Slug};

use super::chains::Chains;
use super::contents::Contents;
use super::report::Report;
use crate::archive::names;
use crate::client::TaskPath;
use crate::local_check::labels_csv;

/// Test sets whose labels are those that were committed to, by task and version.
pub(super) type TestSets = BTreeMap<(String, u32), TestSet>;

pub(super) fn check(contents: &Contents, chains: &Chains, report: &mut Report) -> TestSets {
    let mut found = TestSets::new();
    let before = report.problems.len();
    report.noted(check_season(contents, chains));
    for (name, _) in contents.below("test-sets") {
        let Some(folder) = name.strip_suffix("/test-set.bin") else { continue };
        let checked = check_one(contents, folder, chains).map_err(|problem| format!("`{folder}`: {problem}"));
        if let Some((place, set)) = report.noted(checked) {
            found.insert(place, set);
        }
    }
    if found.is_empty() {
        report.leave_open("that the labels are those that were committed to: the archive has no labels");
    } else {
        let sentence = format!("The labels of {} versions of test sets are those that were committed to.", found.len());
        report.prove_unless_problems(before, sentence);
    }
    found
}

/// Compares the commitments that `season.json` names with those of the receipts.
fn check_season(contents: &Contents, chains: &Chains) -> Result<(), String> {
    let season: Season = contents.json(names::SEASON)?;
    for task in season.tasks {
        let Some(set) = task.test_set else { continue };
        if let Some((id, result)) = chains.other_commitment(&task.task, set.version, set.commitment) {
            return Err(format!(
                "`{}` says that version {} of the test set of {} has the commitment {}; a receipt of {id} names {}",
                names::SEASON,
                set.version,
                task.task,
                set.commitment,
                result.commitment
            ));
        }
    }
    Ok(())
}

fn check_one(contents: &Contents, folder: &str, chains: &Chains) -> Result<((String, u32), TestSet), String> {
    let mut parts = folder.split('/').skip(1);
    let (Some(task), Some(version), None) = (parts.next(), parts.next(), parts.next()) else {
        return Err("its name is not `test-sets/TASK/VERSION`".to_owned());
    };
    let task: Slug = task.parse().map_err(|error| format!("{error}"))?;
    let version: u32 = version.parse().map_err(|_| format!("`{version}` is not the number of a version"))?;
    let opening: CommitmentOpening = contents.json(&format!("{folder}/opening.json"))?;
    let canonical = contents.bytes(&format!("{folder}/test-set.bin"))?;
    // A salt has the form of a digest: 64 hexadecimal digits.
    let salt: Sha256 = opening.salt.parse().map_err(|error| format!("the salt: {error}"))?;
    let opened = commitment(salt.as_bytes(), canonical);
    if opened != opening.commitment || opening.version != version {
        return Err("salt and test set do not open the commitment: a label was changed".to_owned());
    }
    if let Some((id, result)) = chains.other_commitment(&task, version, opened) {
        return Err(format!(
            "a receipt of {id} names the commitment {}; these labels open {opened}",
            result.commitment
        ));
    }
    let path = TaskPath { season: task.clone(), task: task.clone() };
    let table = labels_csv(canonical, &path).map_err(|failure| failure.to_string())?;
    if table != contents.bytes(&format!("{folder}/labels.csv"))? {
        return Err("`labels.csv` does not say what `test-set.bin` says: a label was changed".to_owned());
    }
    let set = TestSet::from_canonical(canonical).map_err(|error| error.to_string())?;
    Ok(((task.to_string(), version), set))
}
