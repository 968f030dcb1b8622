//! How rows of a board stand to each other: ranks, their ranges, tests against the baseline.

use std::collections::HashMap;

use holdout_evaluation::{MOST_TESTED, PairCache, Part, USUAL_DISAGREEMENT, compare, mcnemar, rank, resolution};
use holdout_protocol::{BoardSplit, EvaluationId};

use super::entries::Entries;
use super::gaps::Ranked;
use super::rows::{Row, ranks};
use super::view::View;
use crate::db::boards::{Entry, Showing};
use crate::error::{Error, Result};

/// Most bytes of bits that a board may take.
const MOST_BITS: usize = 512 << 20;
/// Most tests against a baseline that are remembered.
pub(super) const MOST_BASELINE_TESTS: usize = 20_000;

pub(super) fn rows_seen<'a>(entries: &'a Entries, view: &View) -> impl Iterator<Item = &'a Entry> {
    let as_of = view.as_of;
    entries.all.iter().filter(move |entry| entry.showing(as_of) != Showing::Hidden)
}

/// The rows whose bits are compared: the ranked ones, the best if there are too many.
pub(super) fn tested<'r, 'a>(rows: &'r [Row<'a>], images: u32) -> impl Iterator<Item = &'r Row<'a>> {
    let bytes = usize::try_from(images).unwrap_or(usize::MAX).div_ceil(8).max(1);
    rows.iter().filter(|row| !row.entry.baseline).take(MOST_TESTED.min(MOST_BITS / bytes))
}

pub(super) type Standing = (u32, Option<[u32; 2]>);

pub(super) struct Standings {
    /// Rank and rank range of each row; none for baselines.
    pub(super) of_rows: Vec<Option<Standing>>,
    pub(super) resolution: f64,
    /// Pairs of at most this ln p are significantly different.
    pub(super) significant_ln_p: f64,
    /// Wrong answers of the best ranked row.
    pub(super) best: Option<u32>,
}

pub(super) fn standings(
    rows: &[Row<'_>],
    entries: &Entries,
    part: Part<'_>,
    pairs: &mut PairCache<EvaluationId>,
) -> Result<Standings> {
    let ranked: Vec<_> = ranked(rows, entries).iter().map(Ranked::entry).collect();
    let ranking = rank(&ranked, part, pairs).map_err(Error::internal)?;
    // A board too large to be tested as a whole has ranks only.
    let complete = ranked.len() == rows.iter().filter(|row| !row.entry.baseline).count();
    let mut standings = ranking.standings.iter();
    let of_rows = ranks(rows).into_iter().map(|rank| {
        let rank = rank?;
        let range = standings.next().and_then(|standing| standing.range);
        Some((rank, range.filter(|_| complete)))
    });
    let of_rows = of_rows.collect();
    // Few images tell nothing apart, not even all right from all wrong.
    let usual = resolution(part.n(), USUAL_DISAGREEMENT);
    let found = if ranked.len() < 2 { usual } else { ranking.resolution };
    let best = rows.iter().find(|row| !row.entry.baseline).map(|row| row.wrong);
    Ok(Standings { of_rows, resolution: found.min(1.0), significant_ln_p: ranking.significant_ln_p, best })
}

/// The rows that are ranked, with their bits.
pub(super) fn ranked<'a>(rows: &[Row<'a>], entries: &'a Entries) -> Vec<Ranked<'a>> {
    tested(rows, entries.images).filter_map(|row| with_bits(row, entries)).collect()
}

pub(super) fn with_bits<'a>(row: &Row<'a>, entries: &'a Entries) -> Option<Ranked<'a>> {
    entries.bits(row.entry.evaluation).map(|bits| Ranked { row: *row, bits })
}

/// Returns the baseline that rows are compared with: the first by error, then time.
pub(super) fn best_baseline<'r, 'a>(rows: &'r [Row<'a>]) -> Option<&'r Row<'a>> {
    rows.iter().find(|row| row.entry.baseline)
}

/// Tests each ranked row against the baseline. Each test stands for itself: no rank depends on it,
/// so it is no part of the board's Holm correction.
pub(super) fn baseline_p_values(
    ranked: &[Ranked<'_>],
    baseline: &Ranked<'_>,
    split: BoardSplit,
    part: Part<'_>,
    known: &mut HashMap<(BoardSplit, EvaluationId, EvaluationId), f64>,
) -> Result<HashMap<EvaluationId, f64>> {
    if known.len() > MOST_BASELINE_TESTS {
        known.clear();
    }
    let test = |row: &Ranked<'_>| {
        let evaluation = row.row.entry.evaluation;
        let key = (split, evaluation, baseline.row.entry.evaluation);
        if let Some(p) = known.get(&key) {
            return Ok((evaluation, *p));
        }
        let p = mcnemar(compare(row.bits, baseline.bits, part.mask()).map_err(Error::internal)?).p;
        known.insert(key, p);
        Ok((evaluation, p))
    };
    ranked.iter().map(test).collect()
}

#[cfg(test)]
mod tests {
    use holdout_evaluation::Bits;
    use holdout_protocol::{Metric, TeamId};

    use super::*;
    use crate::ranking::rows::choose;
    use crate::samples::entry;

    const VIEW: View = View::of(BoardSplit::Public);

    #[test]
    fn a_board_whose_bits_are_not_all_compared_has_ranks_and_no_ranges() {
        let mut entries = Entries::default();
        entries.all.extend([10, 20].map(|wrong| entry(TeamId::new(), wrong, 0, 1)));
        let rows = choose(&entries.all, &VIEW, Metric::Top5Error);
        let found = standings(&rows, &entries, Part::all(100), &mut PairCache::new()).unwrap();
        assert_eq!(found.of_rows, [Some((1, None)), Some((2, None))]);
        assert_eq!((found.best, found.resolution), (Some(10), resolution(100, USUAL_DISAGREEMENT)));
    }

    #[test]
    fn few_images_tell_nothing_apart() {
        let found = standings(&[], &Entries::default(), Part::all(1), &mut PairCache::new()).unwrap();
        assert_eq!((found.resolution, found.best), (1.0, None));
    }

    #[test]
    fn baselines_are_compared_apart_by_the_best_of_them() {
        let mut all = [30, 10, 20, 5].map(|wrong| entry(TeamId::new(), wrong, 0, 1));
        (all[0].baseline, all[2].baseline) = (true, true);
        let rows = choose(&all, &VIEW, Metric::Top5Error);
        assert_eq!(tested(&rows, 100).map(|row| row.wrong).collect::<Vec<_>>(), [5, 10]);
        assert_eq!(best_baseline(&rows).map(|row| row.wrong), Some(20));
    }

    #[test]
    fn only_as_many_rows_are_compared_as_their_bits_fit_into_memory() {
        let all: Vec<Entry> = (0..4).map(|wrong| entry(TeamId::new(), wrong, 0, 1)).collect();
        let rows = choose(&all, &VIEW, Metric::Top5Error);
        let compared = |images| tested(&rows, images).count();
        assert_eq!(compared(1000), 4);
        assert_eq!(compared(u32::MAX), 1, "half a gibibyte of bits is one row's");
    }

    #[test]
    fn a_row_is_tested_against_the_baseline_once_for_each_part() {
        let all = [entry(TeamId::new(), 0, 0, 1), entry(TeamId::new(), 3, 0, 1)];
        let rows = choose(&all, &VIEW, Metric::Top5Error);
        let bits = [Bits::ones(100), Bits::from_fn(100, |image| image > 2)];
        let ranked: Vec<Ranked<'_>> = rows.iter().zip(&bits).map(|(row, bits)| Ranked { row: *row, bits }).collect();
        let mut known = HashMap::new();
        let mut p_values =
            |split| baseline_p_values(&ranked[..1], &ranked[1], split, Part::all(100), &mut known).unwrap();
        for split in [BoardSplit::Public, BoardSplit::Private] {
            let found = p_values(split);
            // Three images, all in favour of one: 2 / 2^3.
            assert!((found[&all[0].evaluation] - 0.25).abs() < 1e-12 && found.len() == 1, "{found:?}");
        }
        let keys = [BoardSplit::Public, BoardSplit::Private].map(|split| (split, all[0].evaluation, all[1].evaluation));
        assert!(keys.iter().all(|key| known.contains_key(key)) && known.len() == 2);
    }
}
