//! What was computed for pairs of entries: a new result computes its own pairs only.

use std::collections::{HashMap, HashSet};
use std::hash::Hash;

use crate::Bits;

/// The place of a key in the cache.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Slot(usize);

/// The counts of pairs of one board, by the keys of their entries. Use one cache a board: entries
/// that a call does not name are forgotten, and another part of the test set empties it.
#[derive(Debug)]
pub struct PairCache<K> {
    slots: HashMap<K, Slot>,
    free: Vec<Slot>,
    /// Pairs below the diagonal, row by row: slot h has the pairs with 0..h.
    pairs: Vec<Pair>,
    size: usize,
    mask: Option<Bits>,
}

#[derive(Debug, Clone, Copy)]
struct Pair {
    /// Images on which the two disagree; `u32::MAX` if not yet counted.
    differing: u32,
    /// ln p; not a number if not yet computed.
    ln_p: f64,
}

const UNKNOWN: Pair = Pair { differing: u32::MAX, ln_p: f64::NAN };

impl<K> Default for PairCache<K> {
    fn default() -> Self {
        Self { slots: HashMap::new(), free: Vec::new(), pairs: Vec::new(), size: 0, mask: None }
    }
}

impl<K: Copy + Eq + Hash> PairCache<K> {
    /// An empty cache.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Returns how many entries it knows.
    #[must_use]
    pub fn len(&self) -> usize {
        self.slots.len()
    }

    /// Returns whether it knows none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.slots.is_empty()
    }

    /// Returns the slots of these keys, and of no others from now on; the index of a key that
    /// occurs twice is the error.
    pub(super) fn slots(&mut self, keys: &[K], mask: Option<&Bits>) -> Result<Vec<Slot>, usize> {
        if self.mask.as_ref() != mask {
            *self = Self { mask: mask.cloned(), ..Self::default() };
        }
        let mut named = HashSet::with_capacity(keys.len());
        for (index, key) in keys.iter().enumerate() {
            if !named.insert(*key) {
                return Err(index);
            }
        }
        let free = &mut self.free;
        self.slots.retain(|key, slot| {
            let stays = named.contains(key);
            if !stays {
                free.push(*slot);
            }
            stays
        });
        Ok(keys.iter().map(|key| self.slot(*key)).collect())
    }

    fn slot(&mut self, key: K) -> Slot {
        if let Some(slot) = self.slots.get(&key) {
            return *slot;
        }
        let slot = match self.free.pop() {
            Some(slot) => {
                self.forget(slot);
                slot
            }
            None => self.grow(),
        };
        self.slots.insert(key, slot);
        slot
    }

    fn grow(&mut self) -> Slot {
        let slot = Slot(self.size);
        self.size += 1;
        self.pairs.resize(self.pairs.len() + slot.0, UNKNOWN);
        slot
    }

    fn forget(&mut self, slot: Slot) {
        for other in 0..self.size {
            if let Some(pair) = self.pair(Some(slot), Some(Slot(other))) {
                *pair = UNKNOWN;
            }
        }
    }

    fn pair(&mut self, a: Option<Slot>, b: Option<Slot>) -> Option<&mut Pair> {
        let (a, b) = (a?.0, b?.0);
        let (low, high) = (a.min(b), a.max(b));
        // A slot has no pair with itself.
        let index = (low < high).then(|| high * (high - 1) / 2 + low)?;
        self.pairs.get_mut(index)
    }

    /// Images on which two entries disagree, computed if it is not known.
    pub(super) fn differing(&mut self, a: Option<Slot>, b: Option<Slot>, compute: impl FnOnce() -> u32) -> u32 {
        match self.pair(a, b) {
            None => compute(),
            Some(pair) => {
                if pair.differing == u32::MAX {
                    pair.differing = compute();
                }
                pair.differing
            }
        }
    }

    /// ln p of two entries, computed if it is not known.
    pub(super) fn ln_p(&mut self, a: Option<Slot>, b: Option<Slot>, compute: impl FnOnce() -> f64) -> f64 {
        match self.pair(a, b) {
            None => compute(),
            Some(pair) => {
                if pair.ln_p.is_nan() {
                    pair.ln_p = compute();
                }
                pair.ln_p
            }
        }
    }
}
