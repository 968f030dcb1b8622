//! One attempt, from the claim to its end. Whatever happens in it ends as one of three: a result, a
//! verdict on the team's file, or a fault of ours.
//! [`PredictionWorker`](predictions::PredictionWorker) evaluates prediction files,
//! [`ModelWorker`](model::ModelWorker) models.

pub(crate) mod model;
pub(crate) mod predictions;
mod score;

use std::fs::File;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;

use holdout_evaluation::TestSet;
use holdout_protocol::{BlobRef, Claim, FaultReason, Measures, Outcome, SubmissionKind};

use crate::StopSignal;
use crate::client::Client;
use crate::files::{Cache, TestSets, fetch_file};
use crate::heartbeat::Heartbeats;
use crate::outcome::{Cancelled, Fault, Interruption};

/// Evaluates one submission after the other.
pub(crate) trait Worker {
    /// Gives access to what every worker has.
    fn base(&mut self) -> &mut WorkerBase;

    /// Evaluates the submission of a claim.
    ///
    /// # Errors
    /// A fault of ours, or that nobody waits for the result any more. A verdict is an outcome.
    fn evaluate(&mut self, claim: &Claim, heartbeats: &Heartbeats) -> Result<(Outcome, Measures), Interruption>;

    /// Tests what this worker needs beyond the server and files, before it asks for work.
    fn test_start(&mut self) -> Result<(), Interruption> {
        Ok(())
    }

    /// Evaluates something small with what this worker needs beyond the server and files.
    fn test_evaluation(&mut self) -> Result<(), Interruption> {
        Ok(())
    }
}

/// What every worker has.
pub(crate) struct WorkerBase {
    pub(crate) client: Arc<Client>,
    pub(crate) cache: Arc<Cache>,
    pub(crate) test_sets: TestSets,
    /// The wish to stop.
    pub(crate) stop: Arc<StopSignal>,
}

impl WorkerBase {
    /// Returns the test set of a claim.
    pub(crate) fn test_set(&mut self, claim: &Claim, heartbeats: &Heartbeats) -> Result<Arc<TestSet>, Interruption> {
        self.test_sets.get_or_fetch(&self.client, &self.cache, &claim.test_set, heartbeats)
    }

    /// Returns a file, open at its beginning.
    pub(crate) fn fetch(&self, blob: &BlobRef, heartbeats: &Heartbeats) -> Result<File, Interruption> {
        fetch_file(&self.client, &self.cache, blob, heartbeats)
    }
}

/// How an attempt ended, and what it used.
pub(crate) struct AttemptResult {
    /// The outcome to report.
    pub(crate) outcome: Outcome,
    pub(crate) measures: Measures,
    /// Whether a model had begun to run on the hidden images.
    pub(crate) ran_on_images: bool,
}

/// Makes one attempt. Returns `None` if it is over for the server. A panic in it is a fault like
/// any other.
pub(crate) fn make_attempt(worker: &mut dyn Worker, claim: &Claim) -> Option<AttemptResult> {
    let base = worker.base();
    let heartbeats = Heartbeats::begin(&base.client, claim, &base.stop);
    let evaluated = catch_unwind(AssertUnwindSafe(|| worker.evaluate(claim, &heartbeats)));
    let evaluated = evaluated.unwrap_or_else(|_| {
        // Without the panic's own message, because it might quote what is in the files.
        Err(Fault::new("the evaluation panicked; see the scorer's log").into())
    });
    let (outcome, measures) = match evaluated {
        Ok(ended) => ended,
        Err(Interruption::Fault(Fault { reason, cause })) => (Outcome::Fault { cause, reason }, Measures::default()),
        Err(Interruption::Cancelled(Cancelled::Stopping)) => (Outcome::GaveBack, Measures::default()),
        Err(Interruption::Cancelled(Cancelled::AttemptOver)) => return None,
    };
    Some(AttemptResult { outcome, measures, ran_on_images: heartbeats.has_run_on_images() })
}

/// Rejects a claim of a kind that the worker did not ask for.
fn check_kind(claim: &Claim, kind: SubmissionKind) -> Result<(), Fault> {
    if claim.kind == kind {
        return Ok(());
    }
    Err(Fault::with_reason(FaultReason::Other, format!("this worker does not evaluate `{}`", claim.kind.as_str())))
}
