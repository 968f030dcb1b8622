//! Receipts and heads of the log, as sentences.

use holdout_receipts::{Checkpoint, Counts, Decision, Receipt, ResultStatement, Statement};

use super::figures::{decimals, percent};
use crate::receipt_bundle::{ProvedEntry, kind_name};

/// What no receipt proves.
pub(crate) const LIMITS: &str = "Not proved: that the labels of the test set are right, and that the server shows everybody the same log. For the second, compare \
     checkpoints with others.";

/// Describes the head of a log.
pub(crate) fn head(checkpoint: &Checkpoint) -> String {
    let Checkpoint { origin, size, root } = checkpoint;
    format!("The checkpoint is signed by the key: log `{origin}`, {size} entries, root {root}.")
}

/// Describes an entry that is proved to be in the log.
pub(crate) fn entry(entry: &ProvedEntry) -> String {
    let Some(receipt) = &entry.receipt else {
        let kind = kind_name(entry.kind);
        return format!(
            "Entry {} is in the log. The file calls it a {kind}; what it says is not shown to you yet.",
            entry.index
        );
    };
    let private = match (&entry.private, &receipt.statement) {
        (Some(counts), _) => format!(" Private part, as committed then: {}.", rates(*counts)),
        (None, Statement::Result(result)) if result.private.is_some() => {
            " The private part is committed to, and not published yet.".to_owned()
        }
        _ => String::new(),
    };
    format!("Entry {} is in the log and signed by the key: {}{private}", entry.index, sentence(receipt))
}

/// Describes what a receipt says.
pub(crate) fn sentence(receipt: &Receipt) -> String {
    let what = match &receipt.statement {
        Statement::Result(result) => of_result(result),
        Statement::Decision { submission, decision } => format!("submission {submission} was {}.", decided(*decision)),
        Statement::Correction { season, task, from_version, to_version, .. } => format!(
            "task {season}/{task} took up version {to_version} of its test set in place of version {from_version}."
        ),
    };
    format!("at {}, {what}", receipt.at)
}

fn of_result(result: &ResultStatement) -> String {
    let ResultStatement { submission, file_sha256, season, task, test_set, .. } = result;
    let how = if result.rescored { "counted again" } else { "scored" };
    format!(
        "submission {submission} (file {file_sha256}) was {how} in {season}/{task}, version {test_set} of the test set. Public part: {}.",
        rates(result.public)
    )
}

fn rates(Counts { n, top1_wrong, top5_wrong }: Counts) -> String {
    let rate = |wrong: u32| if n == 0 { 0.0 } else { f64::from(wrong) / f64::from(n) };
    let places = decimals(n);
    format!(
        "top-1 error {} % ({top1_wrong} of {n} wrong), top-5 error {} % ({top5_wrong} wrong)",
        percent(rate(top1_wrong), places),
        percent(rate(top5_wrong), places)
    )
}

const fn decided(decision: Decision) -> &'static str {
    match decision {
        Decision::Disqualified => "disqualified",
        Decision::Hidden => "hidden by organizers",
        Decision::Restored => "restored",
        Decision::Approved => "approved",
        Decision::Withdrawn => "withdrawn from the board",
    }
}
