//! How much two entries agree, beyond what two teams reach that work on their own.
//!
//! An image has two marks for each entry. Its *list* is the first label, and the other labels in
//! any order: a copy whose positions 2 to 5 are shuffled has the same list. Its *wrong label* is
//! the first label, if that is wrong. Right labels say nothing, because good entries share them.
//!
//! Over n images two entries have
//!
//! - the same list on k of m images on which both name three labels or more,
//! - the same wrong label on s of the w images on which both are wrong, and of the u images on
//!   which one of them is.
//!
//! Images on which a baseline of the organizers gives the list of one of the two are left out,
//! because what both share with a public model explains itself.
//!
//! Two claims have to be rejected before a pair is shown: that both entries share so much because
//! they are about as good and images are about as hard, and that they are two models that were made
//! from one public model. The first says that the same wrong label comes up with the probability q
//! that other pairs have, the second that no more than [`ALIKE_LISTS`] of the lists are the same,
//! or no more than [`ALIKE_LABELS`] of the u labels. With B(n, p) for a binomial number,
//!
//! - p of the lists: P[B(m, max(q′, `ALIKE_LISTS`)) ≥ k],
//! - p of the labels: max(P[B(w, q) ≥ s], P[B(u, `ALIKE_LABELS`) ≥ s]),
//! - p of the pair: the smaller one, doubled; Holm's correction over all pairs follows.
//!
//! Decision 15 says how the two shares were chosen.

mod screen;

use std::collections::HashMap;

use crate::binomial::upper_tail;
use crate::{Bits, LABELS, Predictions, SplitMix64};

pub use screen::{Candidate, MOST_CANDIDATES, Screened, screen};

/// Largest share of images, 0 to 1, on which two models that were made from one public model give
/// the same list. Two careful copies of one file exceed it.
pub const ALIKE_LISTS: f64 = 0.6;
/// Largest share, 0 to 1, of the images on which one of two models is wrong, on which both give the
/// same wrong label if they were made from one public model.
pub const ALIKE_LABELS: f64 = 0.8;
/// Least probability, 0 to 1, that two entries agree by themselves, whatever other pairs show: it
/// takes the place of other pairs if there are few.
pub const LEAST_EXPECTED: f64 = 0.5;
/// Largest probability, 0 to 1, that any pair of a season is shown if all teams work on their own.
pub const LEVEL: f64 = 0.001;

/// Fewest labels that make a list.
const LIST: usize = 3;
/// No list, or one that does not count.
const NONE: u32 = 0;
/// The first label is right.
const RIGHT: u32 = 0;
/// The image does not count.
const LEFT_OUT: u32 = u32::MAX;

/// The marks of an entry on some images, in their order.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Marks {
    lists: Vec<u32>,
    wrong: Vec<u32>,
}

/// How often two entries agree; all are numbers of images.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Agreement {
    /// Both give a list that counts.
    pub lists: u32,
    /// Of these, both give the same one.
    pub same_lists: u32,
    /// One of the two is wrong, or both are.
    pub either_wrong: u32,
    /// Both are wrong.
    pub both_wrong: u32,
    /// Both give the same wrong label.
    pub same_wrong: u32,
}

/// Probabilities, 0 to 1, that two entries agree on an image by themselves.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Expected {
    /// That their lists are the same.
    pub lists: f64,
    /// That their labels are the same, if both are wrong.
    pub labels: f64,
}

impl Marks {
    /// Returns the marks of an entry on these images. `right` says which first labels are right.
    #[must_use]
    pub fn new(entry: &Predictions, right: &Bits, baselines: &[Predictions], images: &[usize]) -> Self {
        let mut marks = Self { lists: Vec::with_capacity(images.len()), wrong: Vec::with_capacity(images.len()) };
        for image in images {
            let row = entry.rows().get(*image).copied().unwrap_or_default();
            let others = baselines.iter().filter_map(|baseline| baseline.rows().get(*image));
            let explained = others.into_iter().any(|other| is_same(&row, other));
            let [first, ..] = row;
            let wrong = if right.get(*image) == Some(true) { RIGHT } else { u32::from(first) };
            marks.lists.push(if explained || labels(&row) < LIST { NONE } else { list_of(row) });
            marks.wrong.push(if explained { LEFT_OUT } else { wrong });
        }
        marks
    }

    /// Counts on how many images two entries agree.
    #[must_use]
    pub fn compare(&self, other: &Self) -> Agreement {
        let mut found = Agreement::default();
        for (a, b) in self.lists.iter().zip(&other.lists) {
            found.lists += u32::from((*a != NONE) & (*b != NONE));
            found.same_lists += u32::from((*a != NONE) & (a == b));
        }
        for (a, b) in self.wrong.iter().zip(&other.wrong) {
            let counts = (*a != LEFT_OUT) & (*b != LEFT_OUT);
            found.either_wrong += u32::from(counts & ((a | b) != RIGHT));
            found.both_wrong += u32::from(counts & (*a != RIGHT) & (*b != RIGHT));
            found.same_wrong += u32::from(counts & (*a != RIGHT) & (a == b));
        }
        found
    }

    /// Returns how often two entries would agree if each drew from its own answers at random: Σ
    /// f(x)·g(x) over all x, with their shares f and g. It is 1 for two constant entries.
    #[must_use]
    pub fn coincidence(&self, other: &Self) -> Expected {
        let lists = |list: &u32| *list != NONE;
        let labels = |label: &u32| *label != RIGHT && *label != LEFT_OUT;
        Expected {
            lists: coincidence(self.lists.iter().filter(|list| lists(list)), other.lists.iter().filter(|it| lists(it))),
            labels: coincidence(self.wrong.iter().filter(|it| labels(it)), other.wrong.iter().filter(|it| labels(it))),
        }
    }
}

impl Agreement {
    /// Returns the share of lists that are the same, 0 to 1; 0 if no list counts.
    #[must_use]
    pub fn list_share(&self) -> f64 {
        share(self.same_lists, self.lists)
    }

    /// Returns the share of images with the same wrong label among those on which one is wrong, 0
    /// to 1; 0 if there are none.
    #[must_use]
    pub fn label_share(&self) -> f64 {
        share(self.same_wrong, self.either_wrong)
    }

    /// Returns the natural logarithm of the p value of the pair, before any correction for other
    /// pairs.
    #[must_use]
    pub fn ln_p(&self, expected: Expected) -> f64 {
        let lists = upper_tail(self.same_lists, self.lists, expected.lists.max(ALIKE_LISTS));
        let by_chance = upper_tail(self.same_wrong, self.both_wrong, expected.labels);
        let by_one_model = upper_tail(self.same_wrong, self.either_wrong, ALIKE_LABELS);
        (lists.min(by_chance.max(by_one_model)) + std::f64::consts::LN_2).min(0.0)
    }
}

impl Expected {
    /// What is expected of a pair at least, whatever others do.
    pub const LEAST: Self = Self { lists: LEAST_EXPECTED, labels: LEAST_EXPECTED };

    /// Returns the larger probability of each.
    #[must_use]
    pub const fn max(self, other: Self) -> Self {
        Self { lists: self.lists.max(other.lists), labels: self.labels.max(other.labels) }
    }
}

/// Returns `most` of `images` images, one at random from each of as many equal parts; all of them
/// if there are no more. Whoever does not know the seed cannot change just these.
#[must_use]
pub fn sample(images: usize, most: usize, seed: u64) -> Vec<usize> {
    if images <= most {
        return (0..images).collect();
    }
    let mut random = SplitMix64::new(seed);
    let start = |part: usize| part * images / most;
    let mut drawn = |part| {
        let width = u64::try_from(start(part + 1) - start(part)).unwrap_or(1);
        start(part) + usize::try_from(random.below(width)).unwrap_or(0)
    };
    (0..most).map(&mut drawn).collect()
}

/// Returns the p values of Holm's step-down, in the order given, if there are `tests` tests and
/// those that are not given have a p value of 1.
#[must_use]
pub fn holm_adjusted(ln_p: &[f64], tests: f64) -> Vec<f64> {
    let mut order: Vec<(usize, f64)> = ln_p.iter().copied().enumerate().collect();
    order.sort_by(|(_, a), (_, b)| a.total_cmp(b));
    let mut adjusted = vec![1.0; ln_p.len()];
    let (mut least, mut left) = (0.0_f64, tests);
    for (index, ln_p) in order {
        least = least.max((ln_p + left.max(1.0).ln()).exp()).min(1.0);
        left -= 1.0;
        if let Some(place) = adjusted.get_mut(index) {
            *place = least;
        }
    }
    adjusted
}

fn share(part: u32, whole: u32) -> f64 {
    f64::from(part) / f64::from(whole.max(1))
}

fn labels(row: &[u16; LABELS]) -> usize {
    row.iter().filter(|label| **label != 0).count()
}

/// Returns true if both give the same list, or the same first label if one of them has no list.
fn is_same(a: &[u16; LABELS], b: &[u16; LABELS]) -> bool {
    if labels(a) < LIST || labels(b) < LIST { a.first() == b.first() } else { list_of(*a) == list_of(*b) }
}

/// Returns a number for the list of an image, never [`NONE`]. Two different lists have the same one
/// with a probability of 2⁻³².
fn list_of(mut row: [u16; LABELS]) -> u32 {
    if let Some(others) = row.get_mut(1..) {
        others.sort_unstable();
    }
    let mixed = row.iter().fold(0, |state, label| SplitMix64::mix(state ^ (u64::from(*label) + SplitMix64::GAMMA)));
    u32::try_from(mixed >> 32).unwrap_or(u32::MAX).max(1)
}

fn coincidence<'a>(a: impl Iterator<Item = &'a u32>, b: impl Iterator<Item = &'a u32>) -> f64 {
    let (a, b) = (counts(a), counts(b));
    let total = |counts: &HashMap<u32, u32>| f64::from(counts.values().sum::<u32>().max(1));
    let both = a.iter().filter_map(|(value, n)| Some(f64::from(*n) * f64::from(*b.get(value)?)));
    both.sum::<f64>() / (total(&a) * total(&b))
}

fn counts<'a>(values: impl Iterator<Item = &'a u32>) -> HashMap<u32, u32> {
    let mut counts = HashMap::new();
    for value in values {
        *counts.entry(*value).or_insert(0) += 1;
    }
    counts
}

#[cfg(test)]
mod tests;
