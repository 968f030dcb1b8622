//! What an operator should look at, and which parts do not answer.

use holdout_protocol::SubmissionKind;

use super::ReadyScorers;
use crate::db::messages::Counts;
use crate::db::operations::Fleet;

/// How the scorers stand, and what they gave up.
pub(super) struct Work {
    pub(super) fleet: Fleet,
    /// Submissions whose attempts are spent.
    pub(super) stalled: u64,
    pub(super) messages: Counts,
}

pub(super) fn ready_scorers(fleet: &Fleet) -> ReadyScorers {
    let of = |kind: SubmissionKind| {
        let found = fleet.by_kind().find(|(name, _)| *name == kind.as_str());
        found.map_or(0, |(_, (ready, _))| ready)
    };
    let all = i64::try_from(fleet.scorers.len()).unwrap_or(i64::MAX);
    ReadyScorers {
        predictions: of(SubmissionKind::Predictions),
        models: of(SubmissionKind::Torchscript),
        withdrawn: all.saturating_sub(fleet.ready()),
    }
}

/// Returns a warning that gives the number and the advice, or `None` if the number is 0.
fn counted(number: impl Into<i128>, what: &str, advice: &str) -> Option<String> {
    let number = number.into();
    (number > 0).then(|| format!("{what}: {number}; {advice}"))
}

/// What an operator should look at, each with what to do about it.
pub(super) fn warnings(work: &Work) -> Vec<String> {
    let Work { fleet, stalled, messages } = work;
    let scorers = ready_scorers(fleet);
    let mut warnings = Vec::new();
    let retry = "see `holdout evaluations --state stalled`, and queue them again with `holdout requeue`";
    warnings.extend(counted(*stalled, "submissions that are stalled after faults of the platform", retry));
    let unsent = "e-mails that wait because the mail server did not take them";
    warnings.extend(counted(messages.retrying, unsent, "see the page Messages"));
    let failed = "e-mails of the last day that could not be sent";
    warnings.extend(counted(messages.failed, failed, "see the page Messages"));
    let untaken = |kind: SubmissionKind, ready: i64| ready == 0 && fleet.accepted.contains(&kind);
    if untaken(SubmissionKind::Predictions, scorers.predictions) {
        warnings.push("no scorer takes prediction files now".to_owned());
    }
    if untaken(SubmissionKind::Torchscript, scorers.models) {
        warnings.push("no scorer takes models now".to_owned());
    }
    let withdrawn = "scorers that have withdrawn after faults and test themselves";
    warnings.extend(counted(scorers.withdrawn, withdrawn, "see the page Scorers"));
    let short = "tasks that allow a model more memory than any scorer has";
    warnings.extend(counted(fleet.short_of_memory, short, "models are stopped at what the scorer has"));
    for small in &fleet.small {
        let mebibytes = |bytes: i64| bytes >> 20;
        warnings.push(format!(
            "a scorer has {} MiB of memory for a model and a task allows {} MiB; it gets no model of that task while \
             another scorer has enough; see the page Scorers",
            mebibytes(small.has),
            mebibytes(small.allowed)
        ));
    }
    warnings
}

/// What to do about the parts that do not answer, and about a full disk. Causes have addresses and
/// paths, so that they are in the log only.
pub(super) fn unanswered(database: bool, blobs: bool, room: bool) -> Vec<String> {
    let parts = [
        (database, "the database cannot be reached or does not take writes; the server's log has the cause"),
        (blobs, "the blob store cannot be used; the server's log has the cause"),
        (
            room,
            "the disk is full but for the reserve (`uploads.reserve_bytes`), so uploads are refused; free some space",
        ),
    ];
    parts.into_iter().filter(|(answers, _)| !answers).map(|(_, warning)| warning.to_owned()).collect()
}

#[cfg(test)]
mod tests;
