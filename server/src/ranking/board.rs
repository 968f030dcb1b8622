//! Computing a board: which rows it has, their ranks, and the gaps between them.

use std::collections::{HashMap, HashSet};

use holdout_evaluation::{Part, error_rate};
use holdout_protocol::{BoardSplit, EvaluationId, Leaderboard, Timestamp};

use super::board_rows::{Figures, Intervals, board_row};
use super::directory::Head;
use super::entries::{Entries, mask_of};
use super::gaps;
use super::rows::{choose, disqualified};
use super::standings::{baseline_p_values, best_baseline, ranked, rows_seen, standings, tested, with_bits};
use super::tracks::{Pairs, pairs_of, rows_of_tracks, track};
use super::view::View;
use crate::db::Conn;
use crate::error::Result;

/// Bits of so many evaluations are kept though no board shows them.
const SPARE_BITS: usize = 256;

/// What is known of a task, and what was computed for its boards before.
#[derive(Debug, Default)]
pub struct Work {
    entries: Entries,
    pairs: Pairs,
    intervals: Intervals,
    /// p-values of rows (first) against baselines (second).
    baseline_tests: HashMap<(BoardSplit, EvaluationId, EvaluationId), f64>,
}

impl Work {
    /// The version of the board that this knows.
    #[must_use]
    pub const fn version(&self) -> i64 {
        self.entries.version()
    }

    /// Takes in what is new in the database.
    pub fn refresh(&mut self, conn: &mut Conn, head: &Head, view: &View) -> Result<()> {
        if self.entries.refresh(conn, &head.task, view.version)? {
            self.pairs.clear();
            self.intervals.clear();
            self.baseline_tests.clear();
        }
        Ok(())
    }

    /// Returns when the board changed last up to `as_of`: a result came in or was withdrawn, or
    /// what was said of one changed, such as that it is a final.
    #[must_use]
    pub fn last_event(&self, as_of: Timestamp) -> Option<Timestamp> {
        let results =
            self.entries.all.iter().flat_map(|entry| [Some(entry.finished_at), entry.final_at, entry.withdrawn_at]);
        let edits = self.entries.all.iter().flat_map(|entry| entry.versions.iter().map(|version| version.until));
        results.flatten().chain(edits).filter(|time| *time <= as_of).max()
    }

    /// Reads what the view needs.
    pub fn load(&mut self, conn: &mut Conn, head: &Head, view: &View) -> Result<()> {
        self.refresh(conn, head, view)?;
        let metric = head.task.settings.metric;
        let rows = choose(&self.entries.all, view, metric);
        let tracks = rows_of_tracks(&self.entries.all, view, metric);
        let of_tracks = tracks.iter().flat_map(|(_, rows)| tested(rows, self.entries.images));
        let compared = tested(&rows, self.entries.images).chain(best_baseline(&rows)).chain(of_tracks);
        let wanted: Vec<EvaluationId> = compared.map(|row| row.entry.evaluation).collect();
        self.entries.load_bits(conn, &wanted, metric)?;
        let wanted: HashSet<EvaluationId> = wanted.into_iter().collect();
        self.entries.keep_bits(&wanted, wanted.len() + SPARE_BITS);
        Ok(())
    }

    /// Computes the board from what was read; `kept` if its pairs are worth remembering.
    ///
    /// # Errors
    /// If a result contradicts itself, which is a fault of ours.
    pub fn compute(&mut self, head: &Head, view: &View, kept: bool) -> Result<Leaderboard> {
        let metric = head.task.settings.metric;
        let rows = choose(&self.entries.all, view, metric);
        let mask = mask_of(view.split, self.entries.public.as_ref(), self.entries.images);
        let part = mask.as_ref().map_or(Part::all(self.entries.images), Part::of);
        let mut passing = Pairs::new();
        let pairs = if kept { &mut self.pairs } else { &mut passing };
        let standings = standings(&rows, &self.entries, part, pairs_of(pairs, view, view.training_data))?;
        let tracks = rows_of_tracks(&self.entries.all, view, metric);
        let tracks = tracks.iter().map(|of| track(of, &self.entries, part, pairs_of(pairs, view, Some(of.0))));
        let tracks = tracks.collect::<Result<_>>()?;
        let ranked = ranked(&rows, &self.entries);
        let baseline = best_baseline(&rows).and_then(|row| with_bits(row, &self.entries));
        let baseline_gap = match (ranked.first(), &baseline) {
            (Some(leader), Some(baseline)) => Some(gaps::to_baseline(leader, baseline, part)?),
            _ => None,
        };
        let against_baseline = match &baseline {
            Some(baseline) => baseline_p_values(&ranked, baseline, view.split, part, &mut self.baseline_tests)?,
            None => HashMap::new(),
        };
        let intervals = &mut self.intervals;
        let board_rows = rows.iter().zip(&standings.of_rows).map(|(row, standing)| {
            let figures = Figures {
                standing: *standing,
                best: standings.best,
                baseline: baseline.as_ref().map(|baseline| error_rate(baseline.row.wrong, baseline.row.n)),
                baseline_p_value: against_baseline.get(&row.entry.evaluation).copied(),
            };
            board_row(row, &figures, intervals)
        });
        let board_rows = board_rows.collect::<Result<_>>()?;
        let out = disqualified(&self.entries.all, view, metric);
        let out = out.iter().map(|row| {
            let figures = Figures { standing: None, best: standings.best, baseline: None, baseline_p_value: None };
            board_row(row, &figures, intervals)
        });
        Ok(Leaderboard {
            season: head.season.slug.clone(),
            task: head.task.slug.clone(),
            metric,
            split: view.split,
            training_data: view.training_data,
            version: self.entries.set_version,
            n: self.entries.images_of(view.split),
            resolution: standings.resolution,
            updated_at: rows_seen(&self.entries, view).map(|entry| entry.finished_at).max(),
            as_of: view.as_of,
            gaps: gaps::between_ranks(&ranked, part, standings.significant_ln_p)?,
            baseline_gap,
            tracks,
            rows: board_rows,
            disqualified: out.collect::<Result<_>>()?,
        })
    }
}

#[cfg(test)]
mod tests;
