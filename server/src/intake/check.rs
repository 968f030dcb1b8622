//! The check of what a team sent: of every file what it is, and of prediction files their format, against the task without
//! its labels.

use std::collections::VecDeque;
use std::io::Read as _;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use holdout_evaluation::{CheckError, TaskShape, TestSet};
use holdout_protocol::{AccountId, BlobRef, Sha256, SubmissionKind, Verdict, VerdictCode, VerdictDetail};

use super::authorise::{Entrant, Grant};
use super::recognise;
use super::verdicts::{Checked, Verdicts};
use crate::app::App;
use crate::blobs::{BlobReader, Blobs};
use crate::error::{Error, Result};
use crate::load::{CpuBudget, FairTurns, is_exhausted};

/// Shapes of test sets that are kept.
const SHAPES: usize = 8;
/// Files that are checked at once, of each lane: more would only take memory.
const CHECKS: usize = 2;
/// Larger files wait in a lane of their own, so that a common file does not wait for one that takes seconds.
const LARGE: u64 = 4 << 20;

/// What the checks of a server share: turns, the test sets used last, and the verdicts given last. Nothing here is missed
/// when it is lost.
pub struct Checker {
    common: FairTurns,
    large: FairTurns,
    shapes: Arc<Shapes>,
    verdicts: Arc<Verdicts>,
}

impl Default for Checker {
    fn default() -> Self {
        let (common, large) = (FairTurns::new(CHECKS), FairTurns::new(CHECKS));
        Self { common, large, shapes: Arc::default(), verdicts: Arc::default() }
    }
}

/// Test sets without labels by the name of their canonical form, the one used last in front.
#[derive(Default)]
struct Shapes(Mutex<VecDeque<(Sha256, Arc<TaskShape>)>>);

impl Shapes {
    fn get(&self, name: Sha256) -> Option<Arc<TaskShape>> {
        let mut kept = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let index = kept.iter().position(|(known, _)| *known == name)?;
        let entry = kept.remove(index)?;
        let shape = Arc::clone(&entry.1);
        kept.push_front(entry);
        Some(shape)
    }

    fn put(&self, name: Sha256, shape: &Arc<TaskShape>) {
        let mut kept = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        kept.retain(|(known, _)| *known != name);
        kept.push_front((name, Arc::clone(shape)));
        kept.truncate(SHAPES);
    }

    /// The shape of a test set; read from its blob if it is not kept. The labels do not leave this function.
    fn load(&self, blobs: &Blobs, test_set: &BlobRef) -> Result<Arc<TaskShape>> {
        if let Some(shape) = self.get(test_set.sha256) {
            return Ok(shape);
        }
        let mut canonical = Vec::new();
        let mut reader = blobs.open_sync(test_set.sha256)?;
        reader.read_to_end(&mut canonical).map_err(Error::Read)?;
        let shape = Arc::new(TestSet::from_canonical(&canonical).map_err(Error::internal)?.into_shape());
        self.put(test_set.sha256, &shape);
        Ok(shape)
    }
}

/// Checks a file that `account` sends: the verdict if the team's work is at fault. Of a model only what the file is; what
/// is in it, a scorer finds out.
///
/// # Errors
/// If file or test set cannot be read, which is not the team's fault; `rate_limited` if the caller has many files waiting.
pub async fn check(
    app: &App,
    account: AccountId,
    grant: &Grant,
    file: &BlobRef,
    kind: SubmissionKind,
) -> Result<Option<Verdict>> {
    let (test_set, limit) = (grant.test_set.blob.clone(), grant.task.settings.limits.predictions_bytes);
    let checked = Checked { file: file.sha256, test_set: test_set.sha256, limit, kind };
    if let Some(known) = app.checker.verdicts.get(&checked) {
        return Ok(known);
    }
    // Of a model only some bytes are read, whatever its size.
    let large = file.size > LARGE && kind == SubmissionKind::Predictions;
    let turns = if large { &app.checker.large } else { &app.checker.common };
    let turn = turns.take(keys(account, &grant.entrant)).await?;
    // The turn before may have been for this very file.
    if let Some(known) = app.checker.verdicts.get(&checked) {
        return Ok(known);
    }
    let (blobs, file, shapes) = (app.blobs.clone(), file.clone(), Arc::clone(&app.checker.shapes));
    let verdicts = Arc::clone(&app.checker.verdicts);
    let allowed = Duration::from_millis(app.config.limits.check_milliseconds);
    let work = move || {
        // Held by the thread: a client that hangs up does not let more checks run than there are turns.
        let _turn = turn;
        let mut verdict = recognise::refusal(&blobs, &file, kind)?;
        if verdict.is_none() && kind == SubmissionKind::Predictions {
            let shape = shapes.load(&blobs, &test_set)?;
            verdict = predictions(&shape, CpuBudget::new(blobs.open_sync(file.sha256)?, allowed), (limit, allowed))?;
        }
        verdicts.put(checked, verdict.clone());
        Ok(verdict)
    };
    tokio::task::spawn_blocking(work).await.map_err(Error::internal)?
}

fn predictions(
    shape: &TaskShape,
    file: CpuBudget<BlobReader>,
    (limit, allowed): (u64, Duration),
) -> Result<Option<Verdict>> {
    match holdout_evaluation::check(shape, file, limit) {
        Ok(_) => Ok(None),
        Err(CheckError::Rejected(verdict)) => Ok(Some(*verdict)),
        Err(CheckError::Read(cause)) if is_exhausted(&cause) => Ok(Some(too_costly(allowed))),
        Err(CheckError::Read(cause)) => Err(Error::Read(cause)),
    }
}

/// One check at a time for an account, and for a team, however many accounts it has.
fn keys(account: AccountId, entrant: &Entrant) -> Vec<String> {
    let account = account.to_string();
    match entrant {
        Entrant::Member(team) => vec![account, team.to_string()],
        Entrant::Named(_) => vec![account],
    }
}

/// A file that is made to be slow to read: others of its size take a hundredth of the time.
fn too_costly(allowed: Duration) -> Verdict {
    let code = VerdictCode::NotText;
    let found = format!("a file that takes more than {} ms to read", allowed.as_millis());
    let message = format!("the file is not taken: found {found}. {}", code.advice());
    let wanted = Some("UTF-8 text, or gzip or zstd of it".to_owned());
    Verdict {
        code,
        message,
        detail: VerdictDetail { faults: 1, found: Some(found), wanted, ..VerdictDetail::default() },
    }
}

#[cfg(test)]
mod tests {
    use holdout_evaluation::ClassList;

    use super::*;

    #[test]
    fn the_shapes_used_last_are_kept() {
        let shapes = Shapes::default();
        let classes = ClassList::parse(b"1\ta\tA\n2\tb\tB\n").unwrap();
        let shape = Arc::new(TestSet::parse_labels(classes, b"2\n1\n").unwrap().into_shape());
        let name = |i: u8| Sha256::from_bytes([i; 32]);
        for i in 0..8 {
            shapes.put(name(i), &shape);
        }
        assert!(shapes.get(name(0)).is_some(), "all eight are kept");
        shapes.put(name(8), &shape);
        assert!(shapes.get(name(1)).is_none(), "the one used longest ago went");
        assert!(shapes.get(name(0)).is_some() && shapes.get(name(8)).is_some());
    }
}
