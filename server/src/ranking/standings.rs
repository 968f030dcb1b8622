//! How rows of a board stand to each other: ranks, their ranges, tests against the baseline.

use std::collections::HashMap;

use holdout_evaluation::{MOST_TESTED, PairCache, Part, USUAL_DISAGREEMENT, compare, mcnemar, rank, resolution};
use holdout_protocol::{BoardSplit, EvaluationId};

use super::board::MOST_BITS;
use super::entries::Entries;
use super::gaps::Ranked;
use super::rows::{Row, ranks};
use super::view::View;
use crate::db::boards::{Entry, Showing};
use crate::error::{Error, Result};

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
    Ok(Standings { of_rows, resolution: found.min(1.0), best })
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

/// Tests each ranked row against the baseline. Each test stands for itself: no rank depends on it, so it is no part of
/// the board's Holm correction.
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
