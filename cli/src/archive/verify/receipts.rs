//! The receipts of an archive: each is signed and in the log, those of a submission are one
//! unbroken sequence, and none of the season is missing.

use std::collections::{BTreeMap, BTreeSet};

use holdout_protocol::{LogEntryKind, SeasonLog, SubmissionId, SubmissionReceipts};
use holdout_receipts::{Hash, Statement, root_of, verify_season};

use super::chains::{Chain, Chains};
use super::contents::Contents;
use super::log::ProvedLog;
use super::report::Report;
use crate::archive::manifest::{Manifest, View};
use crate::archive::names;
use crate::receipt_bundle::{ProvedEntry, verify_bundle};

/// Verifies all receipts. Returns what they say, unless one of them cannot be believed.
pub(super) fn prove(contents: &Contents, manifest: &Manifest, log: &ProvedLog, report: &mut Report) -> Option<Chains> {
    let before = report.problems.len();
    let mut chains = BTreeMap::new();
    let mut explained: BTreeSet<u64> = BTreeSet::new();
    for (name, _) in contents.below("receipts") {
        let chain = chain(contents, manifest, log, name).map_err(|problem| format!("`{name}`: {problem}"));
        let Some((id, chain)) = report.noted(chain) else { continue };
        explained.extend(chain.entries.iter().map(|entry| entry.index));
        chains.insert(id, chain);
    }
    let count = explained.len();
    report.prove_unless_problems(
        before,
        format!(
            "{count} receipts of {} submissions are signed, in the log, and each sequence of them is unbroken.",
            chains.len()
        ),
    );
    let completeness = completeness(contents, manifest, log, &explained, report);
    report.noted(completeness);
    (report.problems.len() == before).then_some(Chains(chains))
}

fn chain(
    contents: &Contents,
    manifest: &Manifest,
    log: &ProvedLog,
    name: &str,
) -> Result<(SubmissionId, Chain), String> {
    let id = name.strip_prefix("receipts/").and_then(|name| name.strip_suffix(".json"));
    let id =
        id.and_then(|id| id.parse::<SubmissionId>().ok()).ok_or("a file of receipts is named by its submission")?;
    let bundle: SubmissionReceipts = contents.json(name)?;
    if bundle.checkpoint != log.note {
        return Err("it is proved against another head of the log than the archive's".to_owned());
    }
    let found = verify_bundle(&bundle, &log.key).map_err(|error| error.to_string())?;
    if found.has_earlier && manifest.view == View::Organizer {
        return Err("its first receipt names one before it, which is missing".to_owned());
    }
    for (entry, logged) in found.entries.iter().zip(&bundle.receipts) {
        check_entry(entry, &logged.leaf, log)?;
        check_subject(entry, id, manifest)?;
    }
    Ok((id, Chain::new(found.entries)))
}

/// The entry of the log that is in its place has the same kind, time and hash.
fn check_entry(entry: &ProvedEntry, leaf: &str, log: &ProvedLog) -> Result<(), String> {
    let ProvedEntry { index, kind, at, .. } = entry;
    let listed = usize::try_from(*index).ok().and_then(|index| log.entries.get(index));
    let listed = listed.ok_or_else(|| format!("entry {index} is not in the log"))?;
    if listed.leaf != leaf || listed.kind != *kind {
        return Err(format!("entry {index} of the log is another one than this receipt's"));
    }
    if listed.at != *at {
        return Err(format!(
            "entry {index} is dated {} in `{}`, and {at} in its receipt: it was back-dated",
            listed.at,
            names::LOG
        ));
    }
    Ok(())
}

/// A receipt is about the submission whose file it is in, and about this season.
fn check_subject(entry: &ProvedEntry, id: SubmissionId, manifest: &Manifest) -> Result<(), String> {
    let Some(receipt) = &entry.receipt else { return Ok(()) };
    if receipt.submission() != Some(&id.to_string()) {
        return Err(format!("the receipt of entry {} is about another submission", entry.index));
    }
    match &receipt.statement {
        Statement::Result(result) if result.season != manifest.season.as_str() => {
            Err(format!("the receipt of entry {} is about the season `{}`", entry.index, result.season))
        }
        _ => Ok(()),
    }
}

/// Every entry of the log that is about the season has its receipt here, as the server signed.
fn completeness(
    contents: &Contents,
    manifest: &Manifest,
    log: &ProvedLog,
    explained: &BTreeSet<u64>,
    report: &mut Report,
) -> Result<(), String> {
    if manifest.view == View::Public {
        return Ok(());
    }
    let season: SeasonLog = contents.json(names::SEASON_LOG)?;
    let of_file = |problem: String| format!("`{}`: {problem}", names::SEASON_LOG);
    let statement = verify_season(&season.statement, std::slice::from_ref(log.keys.latest()))
        .map_err(|e| of_file(e.to_string()))?;
    if statement.season != manifest.season.as_str() || statement.size != log.checkpoint.size {
        return Err(of_file("the signed list of entries is of another season, or of another time".to_owned()));
    }
    let leaf = |index: &u64| usize::try_from(*index).ok().and_then(|index| log.leaves.get(index)).copied();
    let leaves: Option<Vec<Hash>> = season.entries.iter().map(leaf).collect();
    let leaves = leaves.ok_or_else(|| of_file("it names an entry that the log does not have".to_owned()))?;
    let count = u64::try_from(leaves.len()).unwrap_or(u64::MAX);
    if count != statement.entries || root_of(leaves) != statement.root {
        return Err(of_file("the entries are not those that the server signed as this season's".to_owned()));
    }
    let mut explained = explained.clone();
    for correction in &season.corrections {
        explained.insert(correction_of(&correction.note, correction.index, log).map_err(of_file)?);
    }
    let listed: BTreeSet<u64> = season.entries.iter().copied().collect();
    for index in listed.difference(&explained) {
        let kind = usize::try_from(*index).ok().and_then(|index| log.entries.get(index)).map(|entry| entry.kind);
        let what = if kind == Some(LogEntryKind::Correction) { "a correction" } else { "a submission" };
        report.problem(format!(
            "entry {index} of the log is about this season, and has no receipt here: {what} was left out"
        ));
    }
    if let Some(index) = explained.difference(&listed).next() {
        return Err(of_file(format!("entry {index} is not among the entries of the season")));
    }
    if listed == explained {
        report.prove(format!(
            "No result and no decision was left out: the server signed that {count} entries of the log are about this season."
        ));
    }
    Ok(())
}

fn correction_of(note: &str, index: u64, log: &ProvedLog) -> Result<u64, String> {
    let found = log.keys.verify_receipt(note, index).map_err(|error| format!("entry {index}: {error}"))?;
    let leaf = usize::try_from(index).ok().and_then(|index| log.leaves.get(index));
    if leaf == Some(&found.leaf) && matches!(found.receipt.statement, Statement::Correction { .. }) {
        return Ok(index);
    }
    Err(format!("entry {index} of the log is another one than this correction"))
}
