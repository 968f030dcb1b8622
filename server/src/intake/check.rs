//! The check of what a team sent: of every file what it is, and of prediction files their format, against the task without
//! its labels.

use std::collections::VecDeque;
use std::io::Read as _;
use std::sync::{Arc, Mutex, PoisonError};

use holdout_evaluation::{CheckError, TaskShape, TestSet};
use holdout_protocol::{BlobRef, Sha256, SubmissionKind, Verdict};
use tokio::sync::Semaphore;

use super::authorise::Grant;
use super::recognise;
use crate::app::App;
use crate::blobs::Blobs;
use crate::error::{Error, Result};

/// Shapes of test sets that are kept.
const SHAPES: usize = 8;
/// Files that are checked at once: more would only take memory.
const CHECKS: usize = 4;

/// What the checks of a server share: turns, and the test sets used last. Nothing here is missed when it is lost.
pub struct Checker {
    turns: Arc<Semaphore>,
    shapes: Arc<Shapes>,
}

impl Default for Checker {
    fn default() -> Self {
        Self { turns: Arc::new(Semaphore::new(CHECKS)), shapes: Arc::default() }
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

    /// The shape of a test set; read from its blob where it is not kept. The labels do not leave this function.
    fn load(&self, blobs: &Blobs, test_set: &BlobRef) -> Result<Arc<TaskShape>> {
        if let Some(shape) = self.get(test_set.sha256) {
            return Ok(shape);
        }
        let mut canonical = Vec::new();
        let mut reader = blobs.open_sync(test_set.sha256)?;
        reader.read_to_end(&mut canonical).map_err(Error::internal)?;
        let shape = Arc::new(TestSet::from_canonical(&canonical).map_err(Error::internal)?.into_shape());
        self.put(test_set.sha256, &shape);
        Ok(shape)
    }
}

/// Checks a file: the verdict if the team's work is at fault. Of a model only what the file is; what is in it, a scorer
/// finds out.
///
/// # Errors
/// If file or test set cannot be read, which is not the team's fault.
pub async fn check(app: &App, grant: &Grant, file: &BlobRef, kind: SubmissionKind) -> Result<Option<Verdict>> {
    let turn = Arc::clone(&app.checker.turns).acquire_owned().await.map_err(Error::internal)?;
    let (blobs, shapes, file) = (app.blobs.clone(), Arc::clone(&app.checker.shapes), file.clone());
    let (test_set, limit) = (grant.test_set.blob.clone(), grant.task.settings.limits.predictions_bytes);
    let work = move || {
        // Held by the thread: a client that hangs up does not let more checks run than there are turns.
        let _turn = turn;
        let refusal = recognise::refusal(&blobs, &file, kind)?;
        if refusal.is_some() || kind == SubmissionKind::Torchscript {
            return Ok(refusal);
        }
        let shape = shapes.load(&blobs, &test_set)?;
        match holdout_evaluation::check(&shape, blobs.open_sync(file.sha256)?, limit) {
            Ok(_) => Ok(None),
            Err(CheckError::Rejected(verdict)) => Ok(Some(*verdict)),
            Err(CheckError::Read(cause)) => Err(Error::internal(cause)),
        }
    };
    tokio::task::spawn_blocking(work).await.map_err(Error::internal)?
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
