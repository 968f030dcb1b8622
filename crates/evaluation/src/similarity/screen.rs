//! All pairs of teams, looked at on a sample of the images: which of them are worth counting on
//! all.

use super::{ALIKE_LABELS, ALIKE_LISTS, Agreement, Expected, Marks};

/// Most pairs of teams that are counted on all images.
pub const MOST_CANDIDATES: usize = 500;
/// A share on the sample may be so much below that on all images.
const MARGIN: f64 = 0.15;
/// Fewer images say nothing about how much a pair shares.
const FEWEST: u32 = 20;
/// Steps in which shares are counted for their median.
const STEPS: u16 = 1000;

/// Two teams that share much on the sample.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Candidate {
    /// The place of the first entry among all.
    pub a: usize,
    /// The place of the second entry among all.
    pub b: usize,
    /// How much they share on the sample.
    pub agreement: Agreement,
}

/// What the sample shows.
#[derive(Debug, Clone, PartialEq)]
pub struct Screened {
    /// The pair of entries with the least p value of each two teams that share much, least p value
    /// first; at most [`MOST_CANDIDATES`].
    pub candidates: Vec<Candidate>,
    /// Whether these are all.
    pub complete: bool,
    /// Pairs of entries of different teams.
    pub pairs: u64,
    /// Medians over the other pairs of teams, or [`Expected::LEAST`] if they are less.
    pub expected: Expected,
}

/// Compares all entries of different teams. `entries` has the team and the marks of each entry.
#[must_use]
pub fn screen(entries: &[(usize, Marks)]) -> Screened {
    let mut teams: Vec<Vec<usize>> = Vec::new();
    for (place, (team, _)) in entries.iter().enumerate() {
        if teams.len() <= *team {
            teams.resize(*team + 1, Vec::new());
        }
        if let Some(own) = teams.get_mut(*team) {
            own.push(place);
        }
    }
    let (mut found, mut pairs) = (Vec::new(), 0);
    let (mut lists, mut labels) = (Median::default(), Median::default());
    for (index, first) in teams.iter().enumerate() {
        for second in teams.iter().skip(index + 1) {
            pairs += u64::try_from(first.len() * second.len()).unwrap_or(u64::MAX);
            match strongest(entries, first, second) {
                Strongest::Alike(candidate, ln_p) => found.push((ln_p, candidate)),
                Strongest::Other(shared) => {
                    lists.add(shared.same_lists, shared.lists);
                    labels.add(shared.same_wrong, shared.both_wrong);
                }
            }
        }
    }
    found.sort_by(|(a, _), (b, _)| a.total_cmp(b));
    let complete = found.len() <= MOST_CANDIDATES;
    let candidates = found.into_iter().take(MOST_CANDIDATES).map(|(_, candidate)| candidate).collect();
    let expected = Expected { lists: lists.value(), labels: labels.value() }.max(Expected::LEAST);
    Screened { candidates, complete, pairs, expected }
}

impl Agreement {
    /// Returns true if the entries may be alike on all images.
    #[must_use]
    pub fn may_be_alike(&self) -> bool {
        self.list_share() >= ALIKE_LISTS - MARGIN || self.label_share() >= ALIKE_LABELS - MARGIN
    }
}

enum Strongest {
    /// The pair with the least p value, if any pair shares much.
    Alike(Candidate, f64),
    /// The most that any pair shares.
    Other(Agreement),
}

fn strongest(entries: &[(usize, Marks)], first: &[usize], second: &[usize]) -> Strongest {
    let mut alike: Option<(Candidate, f64)> = None;
    let mut most = Agreement::default();
    let marks = |place: &usize| entries.get(*place).map(|(_, marks)| (*place, marks));
    for (a, a_marks) in first.iter().filter_map(marks) {
        for (b, b_marks) in second.iter().filter_map(marks) {
            let agreement = a_marks.compare(b_marks);
            if agreement.may_be_alike() {
                let ln_p = agreement.ln_p(Expected::LEAST);
                if alike.is_none_or(|(_, least)| ln_p < least) {
                    alike = Some((Candidate { a, b, agreement }, ln_p));
                }
            } else if agreement.label_share() >= most.label_share() {
                most = agreement;
            }
        }
    }
    alike.map_or(Strongest::Other(most), |(candidate, ln_p)| Strongest::Alike(candidate, ln_p))
}

/// The median of shares, which takes the same memory for any number of them.
#[derive(Debug, Default)]
struct Median {
    counts: std::collections::BTreeMap<u32, u64>,
    total: u64,
}

impl Median {
    fn add(&mut self, part: u32, whole: u32) {
        if whole < FEWEST {
            return;
        }
        let step = (u64::from(part) * u64::from(STEPS)).div_ceil(u64::from(whole));
        *self.counts.entry(u32::try_from(step).unwrap_or(u32::from(STEPS))).or_insert(0) += 1;
        self.total += 1;
    }

    /// The median, rounded up to a step; 0 if there is no share.
    fn value(&self) -> f64 {
        let mut below = 0;
        for (step, count) in &self.counts {
            below += count;
            if below * 2 >= self.total {
                return f64::from(*step) / f64::from(STEPS);
            }
        }
        0.0
    }
}
