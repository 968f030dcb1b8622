//! The check of what a team sent: of every file what it is, and of prediction files their format,
//! against the task without its labels.

use std::sync::Arc;
use std::time::Duration;

use holdout_evaluation::{CheckError, TaskShape};
use holdout_protocol::{AccountId, BlobRef, Hint, HintCode, SubmissionKind, Verdict, VerdictCode, VerdictDetail};

use super::authorise::{Entrant, Grant};
use super::findings::{Checked, Finding};
use super::recognise;
use crate::app::App;
use crate::blobs::BlobReader;
use crate::blocking::blocking;
use crate::error::{Error, Result};
use crate::load::{CpuBudget, is_exhausted};

/// Checks a file that `account` sends. Of a model only what the file is; what is in it, a scorer
/// finds out.
///
/// # Errors
/// If file or test set cannot be read, which is not the team's fault; `rate_limited` if the caller
/// has many files waiting.
pub async fn check_file(
    app: &App,
    account: AccountId,
    grant: &Grant,
    file: &BlobRef,
    kind: SubmissionKind,
) -> Result<Finding> {
    let (test_set, limit) = (grant.test_set.blob.clone(), grant.task.settings.limits.predictions_bytes);
    let checked = Checked { file: file.sha256, test_set: test_set.sha256, limit, kind };
    if let Some(known) = app.checker.findings.get(&checked) {
        return Ok(known);
    }
    let turn = app.checker.turn(file.size, kind, keys(account, &grant.entrant)).await?;
    // The turn before may have been for this very file.
    if let Some(known) = app.checker.findings.get(&checked) {
        return Ok(known);
    }
    let (blobs, file, shapes) = (app.blobs.clone(), file.clone(), Arc::clone(&app.checker.shapes));
    let findings = Arc::clone(&app.checker.findings);
    let allowed = Duration::from_millis(app.config.limits.check_milliseconds);
    let work = move || {
        // Held by the thread, because a client that hangs up should not let more checks run than
        // there are turns.
        let _turn = turn;
        let mut finding = Finding { verdict: recognise::refusal(&blobs, &file, kind)?, answers: None };
        if finding.verdict.is_none() && kind == SubmissionKind::Predictions {
            let shape = shapes.load(&blobs, &test_set)?;
            finding = predictions(&shape, CpuBudget::new(blobs.open_sync(file.sha256)?, allowed), limit, allowed)?;
        }
        findings.put(checked, finding.clone());
        Ok(finding)
    };
    blocking(work).await
}

fn predictions(shape: &TaskShape, file: CpuBudget<BlobReader>, limit: u64, allowed: Duration) -> Result<Finding> {
    let refused = |verdict| Ok(Finding { verdict: Some(verdict), answers: None });
    match holdout_evaluation::check(shape, file, limit) {
        Ok(read) => Ok(Finding { verdict: None, answers: Some(read.sha256()) }),
        Err(CheckError::Rejected(verdict)) => refused(*verdict),
        Err(CheckError::Read(cause)) if is_exhausted(&cause) => refused(too_costly(allowed)),
        Err(CheckError::Read(cause)) => Err(Error::Read(cause)),
    }
}

/// Returns the keys of a check's turn: an account, and a team with any number of accounts, has one
/// check at a time.
fn keys(account: AccountId, entrant: &Entrant) -> Vec<String> {
    let account = account.to_string();
    match entrant {
        Entrant::Member(team) => vec![account, team.to_string()],
        Entrant::Named(_) => vec![account],
    }
}

/// A file that is made to be slow to read: others of its size take a hundredth of the time.
fn too_costly(allowed: Duration) -> Verdict {
    // Its advice is what makes such a file quick to read.
    let code = VerdictCode::TooLarge;
    let found = Hint::from(HintCode::SlowFile).with("milliseconds", allowed.as_millis());
    let message = format!("the file is not taken: found {found}");
    let detail = VerdictDetail { faults: 1, ..VerdictDetail::default() };
    Verdict::new(code, message, detail.with_found(found))
}

#[cfg(test)]
mod tests {
    use holdout_protocol::TeamId;

    use super::*;

    #[test]
    fn one_file_is_checked_at_a_time_for_an_account_and_for_its_team() {
        let (account, team) = (AccountId::new(), TeamId::new());
        assert_eq!(keys(account, &Entrant::Member(team)), [account.to_string(), team.to_string()]);
        let named = Entrant::Named("Team".parse().unwrap());
        assert_eq!(keys(account, &named), [account.to_string()], "organizers keep nobody waiting");
    }

    #[test]
    fn a_file_that_is_slow_to_read_gets_a_verdict_with_the_time_that_it_had() {
        let verdict = too_costly(Duration::from_millis(1500));
        assert_eq!((verdict.code, verdict.detail.faults), (VerdictCode::TooLarge, 1));
        assert_eq!(verdict.message, "the file is not taken: found a file that takes more than 1500 ms to read");
    }
}
