//! What is known of a task's scored submissions: read once, then only what is new.

use std::collections::{HashMap, HashSet};
use std::sync::Arc;

use holdout_evaluation::Bits;
use holdout_protocol::{BoardSplit, EvaluationId, Metric, TestSetId};

use crate::db::boards::{Entry, Versions};
use crate::db::tasks::Task;
use crate::db::test_sets::TestSet;
use crate::db::{self, Conn};
use crate::error::{Error, Result};

/// The scored submissions of one version of a task's test set.
#[derive(Debug, Default)]
pub struct Entries {
    /// What the rest belongs to: a new test set or metric makes all of it void.
    of: Option<(TestSetId, Metric)>,
    version: i64,
    /// The submissions, in no particular order.
    pub all: Vec<Entry>,
    /// Which images are in the public part; `None` if all are.
    pub public: Option<Bits>,
    /// Images of the test set.
    pub images: u32,
    /// Number of the version of the test set.
    pub set_version: Option<u32>,
    bits: HashMap<EvaluationId, Arc<Bits>>,
}

impl Entries {
    /// The version of the board that this knows.
    #[must_use]
    pub const fn version(&self) -> i64 {
        self.version
    }

    /// Takes in what is new in the database; tells whether it is about another test set or metric
    /// than before. `other` is the version of the test set that it is asked for, if it is not the
    /// present one.
    pub fn refresh(&mut self, conn: &mut Conn, task: &Task, other: Option<TestSetId>) -> Result<bool> {
        // Results with a version up to the one read here can all be seen: versions become visible
        // in their order.
        let task = db::tasks::get(conn, task.id)?;
        let Some(set) = other.or(task.test_set) else {
            let void = self.of.is_some();
            *self = Self { version: task.board_version, ..Self::default() };
            return Ok(void);
        };
        let of = Some((set, task.settings.metric));
        if self.of == of && self.version == task.board_version {
            return Ok(false);
        }
        if self.of == of {
            let versions = Versions { after: self.version, to: task.board_version };
            let new = db::boards::entries(conn, task.id, set, other.is_none(), versions)?;
            // One version a result: had anything else changed, there would be more versions than
            // results.
            if i64::try_from(new.len()).is_ok_and(|new| new == versions.to - versions.after) {
                self.all.extend(new);
                self.version = versions.to;
                return Ok(false);
            }
        }
        let is_other = self.of != of;
        self.read_all(conn, &task, set, other.is_none())?;
        self.of = of;
        Ok(is_other)
    }

    fn read_all(&mut self, conn: &mut Conn, task: &Task, set: TestSetId, counting: bool) -> Result<()> {
        let versions = Versions { after: -1, to: task.board_version };
        let all = db::boards::entries(conn, task.id, set, counting, versions)?;
        if self.of != Some((set, task.settings.metric)) {
            let set = db::test_sets::get(conn, set)?;
            *self = Self {
                images: set.images,
                set_version: Some(set.version),
                public: public_mask(&set)?,
                ..Self::default()
            };
        }
        self.all = all;
        self.version = versions.to;
        Ok(())
    }

    /// Images of a part.
    #[must_use]
    pub fn images_of(&self, split: BoardSplit) -> u32 {
        let public = self.public.as_ref().map_or(self.images, |mask| u32::try_from(mask.count()).unwrap_or(u32::MAX));
        match split {
            BoardSplit::Public => public,
            BoardSplit::Private => self.images.saturating_sub(public),
        }
    }

    /// Reads the bits of these evaluations as far as they are not known.
    ///
    /// # Errors
    /// If the database fails, or a result does not fit the test set.
    pub fn load_bits(&mut self, conn: &mut Conn, of: &[EvaluationId], metric: Metric) -> Result<()> {
        let new: Vec<EvaluationId> = of.iter().filter(|id| !self.bits.contains_key(id)).copied().collect();
        for (id, bytes) in db::boards::bits(conn, &new, metric)? {
            let bits = bits_of_bytes(self.images, &bytes)?;
            self.bits.insert(id, Arc::new(bits));
        }
        Ok(())
    }

    /// The bits of an evaluation, if they are loaded.
    #[must_use]
    pub fn bits(&self, evaluation: EvaluationId) -> Option<&Arc<Bits>> {
        self.bits.get(&evaluation)
    }

    /// Forgets bits that are not `wanted` if there are more than `limit`.
    pub fn keep_bits(&mut self, wanted: &HashSet<EvaluationId>, limit: usize) {
        if self.bits.len() > limit {
            self.bits.retain(|id, _| wanted.contains(id));
        }
    }
}

/// The wrong answers of an entry by metric in a part, and the images of the part.
#[must_use]
pub fn wrong_of(entry: &Entry, split: BoardSplit, metric: Metric) -> (u32, u32) {
    let counts = match split {
        BoardSplit::Public => entry.public,
        BoardSplit::Private => entry.all.without(entry.public),
    };
    match metric {
        Metric::Top1Error => (counts.top1_wrong, counts.n),
        Metric::Top5Error => (counts.top5_wrong, counts.n),
    }
}

/// The public images of a test set; `None` if all are.
pub fn public_mask(set: &TestSet) -> Result<Option<Bits>> {
    set.public_mask.as_ref().map(|bytes| bits_of_bytes(set.images, bytes)).transpose()
}

/// The images that count on a board; `None` for all.
#[must_use]
pub fn mask_of(split: BoardSplit, public: Option<&Bits>, images: u32) -> Option<Bits> {
    match (split, public) {
        (BoardSplit::Public, public) => public.cloned(),
        (BoardSplit::Private, Some(public)) => Some(public.not()),
        (BoardSplit::Private, None) => Some(Bits::zeros(usize::try_from(images).unwrap_or(0))),
    }
}

/// The bits of a result or a mask, one for each image.
pub fn bits_of_bytes(images: u32, bytes: &[u8]) -> Result<Bits> {
    Bits::from_bytes(usize::try_from(images).map_err(Error::internal)?, bytes).map_err(Error::internal)
}

#[cfg(test)]
mod tests {
    use holdout_protocol::TeamId;

    use super::*;
    use crate::db::results::Counts;
    use crate::samples::entry;

    #[test]
    fn the_images_of_the_private_board_are_those_that_are_not_public() {
        let mask = Bits::from_fn(10, |image| image < 4);
        assert_eq!(mask_of(BoardSplit::Public, Some(&mask), 10), Some(mask.clone()));
        assert_eq!(mask_of(BoardSplit::Private, Some(&mask), 10), Some(mask.not()));
        assert_eq!(mask_of(BoardSplit::Public, None, 10), None, "all of them count");
        let none = mask_of(BoardSplit::Private, None, 10);
        assert_eq!(none.map(|none| (none.len(), none.count())), Some((10, 0)));
    }

    #[test]
    fn the_private_part_is_all_without_the_public_one_by_each_metric() {
        let found = Entry {
            all: Counts { n: 200, top1_wrong: 90, top5_wrong: 40 },
            public: Counts { n: 60, top1_wrong: 50, top5_wrong: 30 },
            ..entry(TeamId::new(), 0, 0, 1)
        };
        let wrong = |split, metric| wrong_of(&found, split, metric);
        assert_eq!(wrong(BoardSplit::Public, Metric::Top1Error), (50, 60));
        assert_eq!(wrong(BoardSplit::Public, Metric::Top5Error), (30, 60));
        assert_eq!(wrong(BoardSplit::Private, Metric::Top1Error), (40, 140));
        assert_eq!(wrong(BoardSplit::Private, Metric::Top5Error), (10, 140));
    }

    #[test]
    fn the_images_of_a_part_follow_from_the_mask() {
        let with = |public| Entries { images: 10, public, ..Entries::default() };
        let parts = |entries: &Entries| [BoardSplit::Public, BoardSplit::Private].map(|split| entries.images_of(split));
        assert_eq!(parts(&with(Some(Bits::from_fn(10, |image| image < 4)))), [4, 6]);
        assert_eq!(parts(&with(None)), [10, 0], "without a mask all images are public");
    }

    #[test]
    fn bits_that_nobody_wants_are_forgotten_if_there_are_more_than_the_limit() {
        let ids = [EvaluationId::new(), EvaluationId::new(), EvaluationId::new()];
        let mut entries = Entries::default();
        entries.bits.extend(ids.map(|id| (id, Arc::new(Bits::zeros(1)))));
        let wanted = HashSet::from([ids[1]]);
        entries.keep_bits(&wanted, 3);
        assert!(ids.iter().all(|id| entries.bits(*id).is_some()), "three of three are not too many");
        entries.keep_bits(&wanted, 2);
        assert_eq!(ids.map(|id| entries.bits(id).is_some()), [false, true, false]);
    }
}
