//! Ranks by error, and the best and worst rank that paired tests leave each entry.
//!
//! A board of a thousand rows has half a million pairs. Most are decided by the two error counts
//! alone: with the gap d = |b − c| given, the p-value rises with b + c, which cannot exceed what
//! the counts allow. Only the rest is compared image by image, once, and remembered in a
//! [`PairCache`].

mod cache;

use std::hash::Hash;

use ranges::{Board, count};

use crate::Bits;
use crate::paired::resolution;

pub use cache::PairCache;

/// The level of the tests of a whole board, after Holm's correction.
const ALPHA: f64 = 0.05;

/// Most entries that are tested against each other; rank ranges of larger boards are left open.
pub const MOST_TESTED: usize = 2000;

/// Share of images on which two entries are taken to disagree if no two are there to ask.
pub const USUAL_DISAGREEMENT: f64 = 0.05;

/// The part of a test set that a board is about.
#[derive(Debug, Clone, Copy)]
pub struct Part<'a> {
    mask: Option<&'a Bits>,
    n: u32,
}

impl<'a> Part<'a> {
    /// All of `n` images.
    #[must_use]
    pub const fn all(n: u32) -> Self {
        Self { mask: None, n }
    }

    /// The images whose bit is 1.
    #[must_use]
    pub fn of(mask: &'a Bits) -> Self {
        Self { mask: Some(mask), n: u32::try_from(mask.count()).unwrap_or(u32::MAX) }
    }

    /// Images in this part.
    #[must_use]
    pub const fn n(&self) -> u32 {
        self.n
    }

    /// Returns the mask, if the part is not everything.
    #[must_use]
    pub const fn mask(&self) -> Option<&'a Bits> {
        self.mask
    }

    /// Images of this part that an entry has wrong; `None` if the sizes differ.
    #[must_use]
    pub fn wrong(&self, correct: &Bits) -> Option<u32> {
        let right = match self.mask {
            Some(mask) => correct.count_and(mask)?,
            None => correct.count(),
        };
        let fits = self.mask.is_some() || u32::try_from(correct.len()) == Ok(self.n);
        u32::try_from(right).ok().filter(|_| fits).and_then(|right| self.n.checked_sub(right))
    }

    fn fits(&self, correct: &Bits) -> bool {
        self.mask.map_or_else(|| u32::try_from(correct.len()) == Ok(self.n), |mask| mask.len() == correct.len())
    }
}

/// A row to be ranked.
#[derive(Debug, Clone, Copy)]
pub struct Entry<'a, K> {
    /// Names these bits in the cache: the same key must never stand for other bits.
    pub key: K,
    /// Images of the part that are wrong.
    pub wrong: u32,
    /// Which images of the whole test set are right.
    pub correct: &'a Bits,
}

/// The place of an entry.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Standing {
    /// Rank by error; equal errors share it (1, 2, 2, 4).
    pub rank: u32,
    /// 1 + the number of entries significantly better, and the number of all less those
    /// significantly worse; `None` on a board of more than 2000 entries.
    pub range: Option<[u32; 2]>,
}

/// A ranked board.
#[derive(Debug, Clone, PartialEq)]
pub struct Ranking {
    /// The place of each entry, in the order in which they were given.
    pub standings: Vec<Standing>,
    /// Smallest difference of errors that the part tells apart at 5 % when two entries disagree on
    /// the share of images on which neighbours of this board do (median; 5 % if there are no two).
    pub resolution: f64,
    /// Pairs of at most this ln p ([`McNemar::ln_p`](crate::McNemar::ln_p)) are significantly
    /// different by Holm's correction at 5 % over all pairs; of a board of more than 2000 entries,
    /// by Bonferroni's, which finds fewer.
    pub significant_ln_p: f64,
}

/// Entries that cannot be ranked together.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum RankingError {
    /// An entry of another test set.
    #[error("entry {0} has another number of images than the board")]
    Size(usize),
    /// Two entries under one key.
    #[error("entry {0} has the key of another")]
    RepeatedKey(usize),
    /// The count of wrong images is not that of the bits.
    #[error("the counts of entries {0} and {1} do not belong to their images")]
    Counts(usize, usize),
}

/// Ranks entries by their errors on a part of the test set.
///
/// All pairs are tested by exact McNemar tests, with Holm's correction at 5 % over the whole board.
///
/// # Errors
///
/// If an entry has another number of images, a key occurs twice, or counts and images contradict
/// each other.
pub fn rank<K: Copy + Eq + Hash>(
    entries: &[Entry<'_, K>],
    part: Part<'_>,
    cache: &mut PairCache<K>,
) -> Result<Ranking, RankingError> {
    if let Some(index) = entries.iter().position(|entry| !part.fits(entry.correct) || entry.wrong > part.n) {
        return Err(RankingError::Size(index));
    }
    let board = Board::new(entries, part, cache)?;
    let (ranges, significant_ln_p) = if entries.len() <= MOST_TESTED {
        let (ranges, critical) = board.ranges(cache)?;
        (Some(ranges), critical)
    } else {
        (None, board.first_threshold())
    };
    let mut standings = vec![Standing { rank: 0, range: None }; entries.len()];
    let mut rank = 0;
    let mut before = None;
    for (place, row) in board.rows.iter().enumerate() {
        if before != Some(row.wrong) {
            rank = count(place + 1);
        }
        before = Some(row.wrong);
        let range = ranges.as_ref().and_then(|ranges| ranges.get(place).copied());
        if let Some(standing) = standings.get_mut(row.index) {
            *standing = Standing { rank, range };
        }
    }
    let resolution = resolution(part.n, board.neighbour_disagreement(cache)?);
    Ok(Ranking { standings, resolution, significant_ln_p })
}

mod ranges;
#[cfg(test)]
mod tests;
