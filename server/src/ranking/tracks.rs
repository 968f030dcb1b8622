//! The tracks of a board: entries that were trained with the supplied data only, and others.

use std::collections::HashMap;

use holdout_evaluation::{PairCache, Part, error_rate};
use holdout_protocol::{BoardSplit, EvaluationId, Metric, SubmissionId, Track, TrackRow, TrainingData};

use super::entries::Entries;
use super::gaps;
use super::rows::{Row, choose};
use super::standings::{ranked, standings};
use super::view::View;
use crate::db::boards::Entry;
use crate::error::Result;

/// The pairs of each board, because a cache forgets what a call does not name: by part, with all
/// entries or the best, and track.
pub(super) type Pairs = HashMap<(BoardSplit, bool, Option<TrainingData>), PairCache<EvaluationId>>;

/// Returns the pairs of a board, or of a track of it.
pub(super) fn pairs_of<'p>(
    pairs: &'p mut Pairs,
    board: &View,
    track: Option<TrainingData>,
) -> &'p mut PairCache<EvaluationId> {
    pairs.entry((board.split, board.all, track)).or_default()
}

/// A track and the rows of its board.
pub(super) type TrackRows<'a> = (TrainingData, Vec<Row<'a>>);

/// Returns the tracks of a board; none if it is that of a track itself, or if entries of one kind
/// only are on it.
pub(super) fn rows_of_tracks<'a>(entries: &'a [Entry], view: &View, metric: Metric) -> Vec<TrackRows<'a>> {
    // Most seasons have no tracks, and need not look at all entries twice more.
    let says = |kind| entries.iter().any(|entry| entry.says(kind));
    if view.training_data.is_some() || !TrainingData::ALL.into_iter().all(says) {
        return Vec::new();
    }
    let of = |kind| (kind, choose(entries, &View { training_data: Some(kind), ..*view }, metric));
    let tracks = TrainingData::ALL.map(of);
    if tracks.iter().any(|(_, rows)| rows.is_empty()) { Vec::new() } else { tracks.into() }
}

/// Says how many rows a track has, and how far the team in front of it is ahead.
///
/// # Errors
/// If bits do not fit together, which is a fault of ours.
pub(super) fn track(
    (training_data, rows): &TrackRows<'_>,
    entries: &Entries,
    part: Part<'_>,
    pairs: &mut PairCache<EvaluationId>,
) -> Result<Track> {
    let found = standings(rows, entries, part, pairs)?;
    let gaps = gaps::between_ranks(&ranked(rows, entries), part, found.significant_ln_p)?;
    let gap = gaps.into_iter().next();
    let apart = gap.as_ref().and_then(|gap| Some([row_of(rows, gap.better)?, row_of(rows, gap.other)?]));
    let rows = rows.iter().filter(|row| !row.entry.baseline).count();
    Ok(Track { training_data: *training_data, rows: u32::try_from(rows).unwrap_or(u32::MAX), gap, apart })
}

fn row_of(rows: &[Row<'_>], submission: SubmissionId) -> Option<TrackRow> {
    let row = rows.iter().find(|row| row.entry.submission == submission)?;
    Some(TrackRow {
        team: row.team_name.clone(),
        method: row.method.map(str::to_owned),
        submission,
        error: error_rate(row.wrong, row.n),
    })
}

#[cfg(test)]
mod tests {
    use holdout_protocol::{Disclosure, TeamId};

    use super::*;
    use crate::samples::{at, entry, version};

    const METRIC: Metric = Metric::Top5Error;

    fn said(entry: Entry, training_data: Option<TrainingData>) -> Entry {
        Entry { disclosure: Disclosure { training_data, ensemble: None }, ..entry }
    }

    fn wrongs(tracks: &[TrackRows<'_>]) -> Vec<(TrainingData, Vec<u32>)> {
        tracks.iter().map(|(kind, rows)| (*kind, rows.iter().map(|row| row.wrong).collect())).collect()
    }

    #[test]
    fn a_team_stands_in_each_track_with_its_best_entry_there() {
        use TrainingData::{Outside, Supplied};
        let (one, two) = (TeamId::new(), TeamId::new());
        let all = [
            said(entry(one, 15, 0, 1), Some(Outside)),
            said(entry(one, 16, 0, 2), Some(Supplied)),
            said(entry(one, 18, 0, 3), Some(Supplied)),
            said(entry(two, 26, 0, 4), Some(Supplied)),
            said(entry(two, 20, 0, 5), None),
        ];
        let view = View::of(BoardSplit::Public);
        let tracks = rows_of_tracks(&all, &view, METRIC);
        assert_eq!(wrongs(&tracks), [(Supplied, vec![16, 26]), (Outside, vec![15])]);
        let of_track = View { training_data: Some(Supplied), ..view };
        assert!(rows_of_tracks(&all, &of_track, METRIC).is_empty(), "a track has no tracks");
        assert!(rows_of_tracks(&all[1..], &view, METRIC).is_empty(), "all say the same");
        assert!(rows_of_tracks(&[], &view, METRIC).is_empty());
    }

    #[test]
    fn a_board_of_the_past_has_the_tracks_that_teams_named_then() {
        let supplied = said(entry(TeamId::new(), 10, 0, 1), Some(TrainingData::Supplied));
        let moved = said(entry(TeamId::new(), 12, 0, 1), Some(TrainingData::Outside));
        let all = [supplied, Entry { versions: vec![version(50)], ..moved }];
        let tracks = |second: Option<i64>| {
            let view = View { as_of: second.map(at), ..View::of(BoardSplit::Public) };
            rows_of_tracks(&all, &view, METRIC).len()
        };
        assert_eq!([tracks(Some(49)), tracks(Some(50)), tracks(None)], [0, 2, 2]);
    }
}
