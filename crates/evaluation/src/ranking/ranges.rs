//! Rank ranges: exact McNemar tests of all pairs, with Holm's correction.

use std::hash::Hash;

use super::{ALPHA, Entry, MOST_TESTED, PairCache, Part, RankingError, USUAL_DISAGREEMENT};
use crate::paired::{Discordant, mcnemar};
use crate::ranking::cache::Slot;
use crate::{Bits, error_rate};

/// The entries, best first.
pub(super) struct Board<'a> {
    pub(super) rows: Vec<Row<'a>>,
    pub(super) part: Part<'a>,
}

/// An entry with its place in the caller's order and in the cache.
pub(super) struct Row<'a> {
    pub(super) index: usize,
    pub(super) slot: Option<Slot>,
    pub(super) wrong: u32,
    pub(super) correct: &'a Bits,
}

/// A pair that is significant or not as there are fewer or more other tests.
pub(super) struct Test {
    pub(super) better: usize,
    pub(super) worse: usize,
    pub(super) gap: u32,
    pub(super) differing: u32,
}

impl<'a> Board<'a> {
    pub(super) fn new<K: Copy + Eq + Hash>(
        entries: &[Entry<'a, K>],
        part: Part<'a>,
        cache: &mut PairCache<K>,
    ) -> Result<Self, RankingError> {
        let keys: Vec<K> = entries.iter().map(|entry| entry.key).collect();
        let slots = if keys.len() <= MOST_TESTED {
            cache.slots(&keys, part.mask).map_err(RankingError::RepeatedKey)?
        } else {
            Vec::new()
        };
        let rows = entries.iter().enumerate().map(|(index, entry)| {
            let slot = slots.get(index).copied();
            Row { index, slot, wrong: entry.wrong, correct: entry.correct }
        });
        let mut rows: Vec<_> = rows.collect();
        rows.sort_by_key(|row| row.wrong);
        Ok(Self { rows, part })
    }

    /// Returns ln p of a test that is significant however many of the others are.
    pub(super) fn first_threshold(&self) -> f64 {
        (ALPHA / self.pairs().max(1.0)).ln()
    }

    fn pairs(&self) -> f64 {
        let all = float(self.rows.len());
        all * (all - 1.0) / 2.0
    }

    /// Returns the rank range of each place, and the greatest ln p of a significant pair.
    pub(super) fn ranges<K: Copy + Eq + Hash>(
        &self,
        cache: &mut PairCache<K>,
    ) -> Result<(Vec<[u32; 2]>, f64), RankingError> {
        let (all, pairs) = (self.rows.len(), self.pairs());
        let certain = (2.0 * pairs.max(1.0) / ALPHA).ln();
        let mut better = vec![0_u32; all];
        let mut worse = vec![0_u32; all];
        let mut decided = 0.0;
        let mut tests = Vec::new();
        // How many places begin to be certainly worse than some better one, at each place.
        let mut begins = vec![0_u32; all + 1];
        for place in 0..all {
            let end = self.certain_from(place, certain);
            decided += float(all - end);
            add(&mut worse, place, count(all - end));
            add(&mut begins, end, 1);
            for other in place + 1..end {
                match self.test(place, other, certain, cache)? {
                    Outcome::Never => {}
                    Outcome::Open(test) => tests.push(test),
                    Outcome::Certain => {
                        decided += 1.0;
                        add(&mut worse, place, 1);
                        add(&mut better, other, 1);
                    }
                }
            }
        }
        let mut critical = self.first_threshold();
        for (ln_p, test) in self.step_down(tests, pairs - decided, cache) {
            critical = critical.max(ln_p);
            add(&mut worse, test.better, 1);
            add(&mut better, test.worse, 1);
        }
        let begun = begins.iter().scan(0_u32, |sum, begins| {
            *sum += begins;
            Some(*sum)
        });
        let places = better.iter().zip(worse).zip(begun);
        Ok((places.map(|((better, worse), begun)| [1 + better + begun, count(all) - worse]).collect(), critical))
    }

    /// Returns the first place after `place` from which on the counts alone make every entry
    /// significantly worse.
    ///
    /// P[Bin(m, ½) ≤ (m − d)/2] ≤ exp(−d²/2m) (Hoeffding), and m is at most the sum of the wrong
    /// and at most the sum of the right answers. As the second count of wrong answers rises, d²/m
    /// does, so the places are an interval.
    pub(super) fn certain_from(&self, place: usize, certain: f64) -> usize {
        let Some(row) = self.rows.get(place) else { return self.rows.len() };
        let undecided = |other: &Row<'_>| {
            let gap = f64::from(other.wrong - row.wrong);
            let wrong = f64::from(row.wrong) + f64::from(other.wrong);
            let most = wrong.min(2.0 * f64::from(self.part.n) - wrong);
            gap == 0.0 || gap * gap < 2.0 * most * certain
        };
        let after = self.rows.get(place + 1..).unwrap_or_default();
        place + 1 + after.partition_point(undecided)
    }

    /// Holm's procedure over the open tests, and which of them are significant, with their ln p.
    /// `left` tests are left after those that are certain; these have a p below ALPHA by the number
    /// of all pairs, so they come first or pass in any order.
    pub(super) fn step_down<K: Copy + Eq + Hash>(
        &self,
        mut tests: Vec<Test>,
        left: f64,
        cache: &mut PairCache<K>,
    ) -> Vec<(f64, Test)> {
        // No test has a greater threshold than the last would have if all before it passed.
        let greatest = (ALPHA / (left - float(tests.len()) + 1.0).max(1.0)).ln();
        tests.retain(|test| self.ln_p_above(test) <= greatest);
        let mut tests: Vec<(f64, Test)> = tests.into_iter().map(|test| (self.ln_p(&test, cache), test)).collect();
        tests.sort_by(|(a, _), (b, _)| a.total_cmp(b));
        let thresholds = (0..tests.len()).map(|rank| (ALPHA / (left - float(rank)).max(1.0)).ln());
        let passed = tests.iter().zip(thresholds).take_while(|((ln_p, _), threshold)| ln_p <= threshold).count();
        tests.truncate(passed);
        tests
    }

    /// Returns what ln p is at least, without a logarithm of the pair's own.
    ///
    /// P[Bin(m, ½) ≤ k] ≥ exp(−m·D)/√(8m·x(1 − x)) with x = k/m and D the relative entropy of x and
    /// ½ (Ash, Information Theory, 1965, 4.7.1). The root is at most √(2n); with r = (d/m)² the
    /// exponent m·D = (d²/m)·Σ rʲ/((2j + 1)(2j + 2)) is at most (d²/m)·(1/2 + r/(12(1 − r))).
    pub(super) fn ln_p_above(&self, test: &Test) -> f64 {
        let (gap, m) = (f64::from(test.gap), f64::from(test.differing));
        let r = (gap / m) * (gap / m);
        if r >= 1.0 {
            return f64::NEG_INFINITY;
        }
        let exponent = gap * gap / m * (0.5 + r / (12.0 * (1.0 - r)));
        std::f64::consts::LN_2 - 0.5 * (2.0 * f64::from(self.part.n)).ln() - exponent
    }

    pub(super) fn ln_p<K: Copy + Eq + Hash>(&self, test: &Test, cache: &mut PairCache<K>) -> f64 {
        let slot = |place: usize| self.rows.get(place).and_then(|row| row.slot);
        cache.ln_p(slot(test.better), slot(test.worse), || {
            let first = (test.differing - test.gap) / 2;
            mcnemar(Discordant { first, second: first + test.gap }).ln_p
        })
    }

    pub(super) fn test<K: Copy + Eq + Hash>(
        &self,
        place: usize,
        other: usize,
        certain: f64,
        cache: &mut PairCache<K>,
    ) -> Result<Outcome, RankingError> {
        let (Some(a), Some(b)) = (self.rows.get(place), self.rows.get(other)) else { return Ok(Outcome::Never) };
        let gap = b.wrong - a.wrong;
        // With d ≤ 5 even disagreements all in one direction have p = 2·2^−d > ALPHA.
        if gap <= 5 {
            return Ok(Outcome::Never);
        }
        let differing = self.differing(a, b, cache)?;
        let (square, m) = (f64::from(gap) * f64::from(gap), f64::from(differing));
        Ok(if square >= 2.0 * m * certain {
            Outcome::Certain
        } else if square < LEAST_SQUARE * m {
            Outcome::Never
        } else {
            Outcome::Open(Test { better: place, worse: other, gap, differing })
        })
    }

    /// Images on which two entries disagree.
    pub(super) fn differing<K: Copy + Eq + Hash>(
        &self,
        a: &Row<'_>,
        b: &Row<'_>,
        cache: &mut PairCache<K>,
    ) -> Result<u32, RankingError> {
        let compute = || a.correct.count_differing(b.correct, self.part.mask).map_or(u32::MAX, count);
        let differing = cache.differing(a.slot, b.slot, compute);
        let gap = a.wrong.abs_diff(b.wrong);
        let consistent = differing <= self.part.n && differing >= gap && (differing - gap).is_multiple_of(2);
        if consistent { Ok(differing) } else { Err(RankingError::Counts(a.index, b.index)) }
    }

    /// Returns the median share of images on which neighbours disagree.
    pub(super) fn neighbour_disagreement<K: Copy + Eq + Hash>(
        &self,
        cache: &mut PairCache<K>,
    ) -> Result<f64, RankingError> {
        let mut shares = Vec::with_capacity(self.rows.len());
        for pair in self.rows.windows(2) {
            if let [a, b] = pair {
                shares.push(error_rate(self.differing(a, b, cache)?, self.part.n));
            }
        }
        shares.sort_by(f64::total_cmp);
        let upper = shares.get(shares.len() / 2).copied().unwrap_or(USUAL_DISAGREEMENT);
        let lower = shares.get(shares.len().saturating_sub(1) / 2).copied().unwrap_or(USUAL_DISAGREEMENT);
        Ok(lower.midpoint(upper))
    }
}

/// Below this d²/m the exact p is above 5 %, for every m.
pub(super) const LEAST_SQUARE: f64 = 3.0;

pub(super) enum Outcome {
    /// Not significant, however few other tests there are.
    Never,
    /// For Holm's procedure to say.
    Open(Test),
    /// Significant, however many other tests there are.
    Certain,
}

pub(super) fn add(counts: &mut [u32], index: usize, more: u32) {
    if let Some(count) = counts.get_mut(index) {
        *count += more;
    }
}

pub(super) fn count(count: usize) -> u32 {
    u32::try_from(count).unwrap_or(u32::MAX)
}

pub(super) fn float(number: usize) -> f64 {
    f64::from(count(number))
}
