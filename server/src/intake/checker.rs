//! What the checks of a server share.

use std::collections::VecDeque;
use std::sync::{Arc, Mutex, PoisonError};

use holdout_evaluation::{TaskShape, TestSet};
use holdout_protocol::{BlobRef, Sha256, SubmissionKind};

use super::findings::Findings;
use crate::blobs::Blobs;
use crate::error::{Error, Result};
use crate::load::{FairTurns, Full, Most, Turn};

/// Shapes of test sets that are kept.
const SHAPES: usize = 8;
/// Files that are checked at once, of each lane: more would only take memory.
/// Only one of them is of the same account or team.
const CHECKS: Most = Most { at_once: 2, of_one: 1, waiting_of_one: 8, waiting: 512 };
/// Larger files wait in a lane of their own, so that a common file does not wait for one that takes
/// seconds.
const LARGE: u64 = 4 << 20;

/// What the checks of a server share: turns, the test sets used last, and the findings made last.
/// Nothing here is missed when it is lost.
pub struct Checker {
    common: FairTurns,
    large: FairTurns,
    pub(super) shapes: Arc<Shapes>,
    pub(super) findings: Arc<Findings>,
}

impl Default for Checker {
    fn default() -> Self {
        let (common, large) = (FairTurns::new(CHECKS), FairTurns::new(CHECKS));
        Self { common, large, shapes: Arc::default(), findings: Arc::default() }
    }
}

impl Checker {
    /// Waits for the turn of a file of this size and kind; `keys` are whose it is.
    ///
    /// # Errors
    /// `rate_limited` if too many files of one of them wait; `unavailable` if too many wait in all.
    pub(super) async fn turn(&self, size: u64, kind: SubmissionKind, keys: Vec<String>) -> Result<Turn> {
        // Of a model only some bytes are read, whatever its size.
        let is_large = size > LARGE && kind == SubmissionKind::Predictions;
        let lane = if is_large { &self.large } else { &self.common };
        lane.take(keys).await.map_err(|full| match full {
            Full::Own => {
                let most = CHECKS.waiting_of_one;
                Error::too_many(format!("{most} files of yours wait to be checked; wait for one of them"), 5)
            }
            Full::All => Error::busy("too many files wait to be checked; try again in a moment", 5),
        })
    }
}

/// Test sets without labels by the name of their canonical form, the one used last in front.
#[derive(Default)]
pub(super) struct Shapes(Mutex<VecDeque<(Sha256, Arc<TaskShape>)>>);

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

    /// The shape of a test set; read from its blob if it is not kept. The labels do not leave this
    /// function.
    pub(super) fn load(&self, blobs: &Blobs, test_set: &BlobRef) -> Result<Arc<TaskShape>> {
        if let Some(shape) = self.get(test_set.sha256) {
            return Ok(shape);
        }
        let canonical = blobs.read_whole_sync(test_set)?;
        let shape = Arc::new(TestSet::from_canonical(&canonical).map_err(Error::internal)?.into_shape());
        self.put(test_set.sha256, &shape);
        Ok(shape)
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
