//! Counting a result for another version of its test set. Nothing here writes.

use std::collections::HashMap;
use std::sync::Arc;

use holdout_evaluation::{Bits, ClassList, Correctness, Predictions, TestSet, score};
use holdout_protocol::{SubmissionKind, TestSetId};

use crate::blobs::Blobs;
use crate::db::rescored::Candidate;
use crate::db::test_sets::TestSet as TestSetRow;
use crate::error::{Error, Result};
use crate::evaluations::AnswersOf;
use crate::rescoring::order::{Order, order, read};

/// What becomes of a result.
pub enum Recount {
    /// It was counted.
    Counted(Correctness, AnswersOf),
    /// Its answers are not known: a scorer has to look at the file.
    Again,
}

/// Two versions of a test set, read.
pub struct Versions {
    from: Arc<TestSet>,
    to: Arc<TestSet>,
    /// Both have the same images, classes and labels, so that the bits of a result stay.
    same: bool,
    /// Class numbers mean the same in both.
    same_classes: bool,
    from_row: TestSetRow,
    /// Largest prediction file.
    most_bytes: u64,
    /// Places of the images of `to` among those of other versions; none for a version that lacks
    /// one of them.
    orders: HashMap<TestSetId, Option<Arc<Order>>>,
}

impl Versions {
    /// Reads both versions.
    pub fn load(blobs: &Blobs, from: TestSetRow, to: &TestSetRow, most_bytes: u64) -> Result<Self> {
        let same = from.blob == to.blob;
        let first = Arc::new(read(blobs, &from)?);
        let second = if same { Arc::clone(&first) } else { Arc::new(read(blobs, to)?) };
        let same_classes = is_same_numbering(&first.shape().classes, &second.shape().classes);
        let order = order(&first, &second).map(Arc::new);
        let orders = HashMap::from([(from.id, order)]);
        Ok(Self { from: first, to: second, same, same_classes, from_row: from, most_bytes, orders })
    }

    /// Reads the versions that answers are about, as far as they are not known.
    pub fn learn(&mut self, blobs: &Blobs, sets: Vec<TestSetRow>) -> Result<()> {
        for set in sets {
            if !self.orders.contains_key(&set.id) {
                let order = order(&read(blobs, &set)?, &self.to).map(Arc::new);
                self.orders.insert(set.id, order);
            }
        }
        Ok(())
    }

    /// Returns true if the images of this version are not known yet.
    pub fn is_unknown(&self, set: TestSetId) -> bool {
        !self.orders.contains_key(&set)
    }

    /// Counts one result.
    pub fn recount(&self, blobs: &Blobs, candidate: &Candidate) -> Result<Recount> {
        let result = &candidate.result;
        if self.same {
            let bits = |bytes: &[u8]| Bits::from_bytes(self.to.len(), bytes).map_err(Error::internal);
            let correctness = Correctness { top1: bits(&result.top1)?, top5: bits(&result.top5)? };
            let answers = result.answers_of.map_or(AnswersOf::Nobody, AnswersOf::Evaluation);
            return Ok(Recount::Counted(correctness, answers));
        }
        if !self.same_classes {
            return Ok(Recount::Again);
        }
        if let Some(kept) = &candidate.answers {
            let Some(order) = self.orders.get(&kept.test_set).and_then(Option::as_ref) else {
                return Ok(Recount::Again);
            };
            return Ok(match Predictions::unpack(&kept.packed, order.images) {
                Ok(all) => match self.scored(&all, order)? {
                    Some(correctness) => Recount::Counted(correctness, AnswersOf::Evaluation(kept.of)),
                    None => Recount::Again,
                },
                Err(error) => {
                    tracing::warn!(evaluation = %kept.of, %error, "kept answers cannot be read; a scorer looks again");
                    Recount::Again
                }
            });
        }
        if candidate.evaluation.kind == SubmissionKind::Predictions {
            return self.read_file(blobs, candidate);
        }
        Ok(Recount::Again)
    }

    /// Counts a prediction file whose answers are not kept, by the version that it was accepted
    /// for.
    fn read_file(&self, blobs: &Blobs, candidate: &Candidate) -> Result<Recount> {
        let Some(order) = self.orders.get(&self.from_row.id).and_then(Option::as_ref) else {
            return Ok(Recount::Again);
        };
        let file = match blobs.open_sync(candidate.file.sha256) {
            Err(Error::BlobMissing(_)) => return Ok(Recount::Again),
            opened => opened?,
        };
        let Ok(all) = holdout_evaluation::check(self.from.shape(), file, self.most_bytes) else {
            return Ok(Recount::Again);
        };
        // The same file has to give the result that the board shows; otherwise something else was
        // scored.
        let before = score(&all, self.from.labels()).map_err(Error::internal)?;
        if before.top1.to_bytes() != candidate.result.top1 || before.top5.to_bytes() != candidate.result.top5 {
            return Ok(Recount::Again);
        }
        let packed = all.pack().map_err(Error::Read)?;
        Ok(match self.scored(&all, order)? {
            Some(correctness) => Recount::Counted(correctness, AnswersOf::File(self.from_row.id, packed)),
            None => Recount::Again,
        })
    }

    fn scored(&self, all: &Predictions, order: &Order) -> Result<Option<Correctness>> {
        let Some(answers) = all.of_images(&order.places) else { return Ok(None) };
        score(&answers, self.to.labels()).map(Some).map_err(Error::internal)
    }
}

/// Returns true if a class number stands for the same class in both lists. Their names may differ,
/// because a typo may have been corrected.
fn is_same_numbering(a: &ClassList, b: &ClassList) -> bool {
    let numbers = |list: &ClassList| -> HashMap<u32, String> {
        list.classes().iter().map(|class| (class.id, class.wordnet_id.clone())).collect()
    };
    numbers(a) == numbers(b)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn set(classes: &str, labels: &str) -> TestSet {
        TestSet::parse_labels(ClassList::parse(classes.as_bytes()).unwrap(), labels.as_bytes()).unwrap()
    }

    #[test]
    fn removed_images_are_found_by_name_and_new_ones_are_not() {
        let all = set("1\ta\tA\n2\tb\tB\n", "image,class\na,1\nb,2\nc,1\n");
        let fewer = set("1\ta\tA\n2\tb\tB\n", "image,class\na,2\nc,1\n");
        assert_eq!(order(&all, &fewer).unwrap().places, [0, 2]);
        assert!(order(&fewer, &all).is_none(), "nobody gave a label to `b`");
    }

    #[test]
    fn a_typo_in_a_class_name_changes_no_number_and_another_class_does() {
        let before = ClassList::parse(b"1\ta\tKat\n2\tb\tDog\n").unwrap();
        let typo = ClassList::parse(b"2\tb\tDog\n1\ta\tCat\n").unwrap();
        let swapped = ClassList::parse(b"1\tb\tDog\n2\ta\tCat\n").unwrap();
        assert!(is_same_numbering(&before, &typo));
        assert!(!is_same_numbering(&before, &swapped));
    }
}
