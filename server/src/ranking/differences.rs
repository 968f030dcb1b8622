//! What changes on a board between two sets of results.

use std::collections::HashMap;

use holdout_evaluation::error_rate;
use holdout_protocol::{BoardPlace, ChangedRow, Metric, SubmissionId, TeamId, TeamName};

use super::rows::{Row, choose, ranks};
use super::view::View;
use crate::db::boards::Entry;

/// Most rows that a preview shows.
pub const MOST_CHANGES: usize = 1000;

/// What stands for the same thing on both boards: a team's row, or on the board of all entries a submission.
type Key = (TeamId, bool, Option<SubmissionId>);

/// A row with its place.
pub type Placed = (Key, TeamName, BoardPlace);

/// The rows of a board with their places.
#[must_use]
pub fn places(entries: &[Entry], view: &View, metric: Metric) -> Vec<Placed> {
    let rows = choose(entries, view, metric);
    let place = |(row, rank): (&Row<'_>, Option<u32>)| {
        let (entry, id) = (row.entry, row.entry.submission);
        let place = BoardPlace {
            rank,
            submission: id,
            method: row.method.map(str::to_owned),
            error: error_rate(row.wrong, row.n),
            wrong: row.wrong,
            n: row.n,
            is_final: row.chosen,
        };
        ((entry.team, entry.baseline, view.all.then_some(id)), entry.team_name.clone(), place)
    };
    rows.iter().zip(ranks(&rows)).map(place).collect()
}

/// The rows that differ, by their new place; those that leave the board come last.
#[must_use]
pub fn changes(before: Vec<Placed>, after: Vec<Placed>) -> Vec<ChangedRow> {
    let order: Vec<Key> = before.iter().map(|(key, ..)| *key).collect();
    let mut known: HashMap<Key, (TeamName, BoardPlace)> =
        before.into_iter().map(|(key, team, place)| (key, (team, place))).collect();
    let mut rows = Vec::new();
    for (key, team, place) in after {
        let before = known.remove(&key).map(|(_, place)| place);
        if before.as_ref() != Some(&place) {
            rows.push(ChangedRow { team, baseline: key.1, before, after: Some(place) });
        }
    }
    for key in order {
        if let Some((team, place)) = known.remove(&key) {
            rows.push(ChangedRow { team, baseline: key.1, before: Some(place), after: None });
        }
    }
    rows
}
