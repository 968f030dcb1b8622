//! One row of a board: its error, its intervals, and how it compares with the others.

use std::collections::HashMap;

use holdout_evaluation::{clopper_pearson, error_rate};
use holdout_protocol::{BoardRow, Disqualification, Interval, Metric, Ruling};

use super::rows::Row;
use super::standings::Standing;
use crate::error::{Error, Result};

/// Most intervals that are remembered.
const MOST_INTERVALS: usize = 200_000;

/// The intervals of counts that were asked for before, by wrong answers and images.
pub(super) type Intervals = HashMap<(u32, u32), (Interval, Interval)>;

/// How a row compares with the others of its board.
pub(super) struct Figures {
    pub(super) standing: Option<Standing>,
    /// Images at fault of the best ranked row.
    pub(super) best: Option<u32>,
    /// Error of the best baseline.
    pub(super) baseline: Option<f64>,
    pub(super) baseline_p_value: Option<f64>,
}

pub(super) fn board_row(row: &Row<'_>, figures: &Figures, intervals: &mut Intervals) -> Result<BoardRow> {
    let (interval, interval_999) = intervals_of(intervals, row.wrong, row.n)?;
    let error = error_rate(row.wrong, row.n);
    Ok(BoardRow {
        rank: figures.standing.map(|standing| standing.0),
        rank_range: figures.standing.and_then(|standing| standing.1),
        team: row.team_name.clone(),
        method: row.method.map(str::to_owned),
        submission: row.entry.submission,
        error,
        wrong: row.wrong,
        n: row.n,
        gap_to_best: figures.best.map_or(0.0, |best| error - error_rate(best, row.n)),
        interval,
        interval_999,
        baseline: row.entry.baseline,
        note: row.entry.note.clone(),
        training_data: row.disclosure.training_data,
        ensemble: row.disclosure.ensemble,
        is_final: row.chosen,
        entries: row.entries,
        submitted_at: row.entry.dated_at.unwrap_or(row.entry.submitted_at),
        entered_at: row.entry.dated_at.map(|_| row.entry.submitted_at),
        measures: row.entry.measures.as_deref().cloned(),
        gap_to_baseline: figures.baseline.filter(|_| !row.entry.baseline).map(|baseline| error - baseline),
        baseline_p_value: figures.baseline_p_value,
        late: row.entry.late,
        disqualified: row
            .entry
            .judgement
            .as_ref()
            .filter(|judgement| judgement.ruling == Ruling::Disqualified)
            .map(|judgement| Disqualification { reason: judgement.public_reason.clone(), at: judgement.at }),
    })
}

fn intervals_of(known: &mut Intervals, wrong: u32, n: u32) -> Result<(Interval, Interval)> {
    if let Some(intervals) = known.get(&(wrong, n)) {
        return Ok(intervals.clone());
    }
    let interval = |level| match n {
        // No images say nothing.
        0 => Ok(Interval { level, low: 0.0, high: 1.0 }),
        n => clopper_pearson(wrong, n, level).map_err(Error::internal),
    };
    let intervals = (interval(0.95)?, interval(0.999)?);
    if known.len() >= MOST_INTERVALS {
        known.clear();
    }
    known.insert((wrong, n), intervals.clone());
    Ok(intervals)
}

/// Returns what the metric counts, in words.
#[must_use]
pub const fn metric_name(metric: Metric) -> &'static str {
    match metric {
        Metric::Top1Error => "top-1 error",
        Metric::Top5Error => "top-5 error",
    }
}

#[cfg(test)]
mod tests;
