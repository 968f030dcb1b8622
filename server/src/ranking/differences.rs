//! What changes on a board between two sets of results.

use std::collections::HashMap;

use holdout_evaluation::error_rate;
use holdout_protocol::{BoardPlace, ChangedRow, Metric, SubmissionId, TeamId, TeamName};

use super::rows::{Row, choose, ranks};
use super::view::View;
use crate::db::boards::Entry;

/// Most rows that a preview shows.
pub const MOST_CHANGES: usize = 1000;

/// What stands for the same thing on both boards: a team's row, or on the board of all entries a
/// submission.
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
        ((row.team, entry.baseline, view.all.then_some(id)), row.team_name.clone(), place)
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

#[cfg(test)]
mod tests {
    use holdout_protocol::BoardSplit;

    use super::*;
    use crate::samples::entry;

    const METRIC: Metric = Metric::Top5Error;

    const fn view(all: bool) -> View {
        View { all, ..View::of(BoardSplit::Public) }
    }

    /// The changes from the one board to the other: the places before and after, by the wrong
    /// answers.
    fn changed(before: &[Entry], after: &[Entry]) -> Vec<(Option<u32>, Option<u32>)> {
        let wrong = |place: Option<BoardPlace>| place.map(|place| place.wrong);
        let rows = changes(places(before, &view(false), METRIC), places(after, &view(false), METRIC));
        rows.into_iter().map(|row| (wrong(row.before), wrong(row.after))).collect()
    }

    #[test]
    fn a_row_that_stays_as_it_is_is_no_change_and_one_whose_rank_moves_is() {
        let (first, second) = (entry(TeamId::new(), 10, 0, 1), entry(TeamId::new(), 20, 0, 2));
        assert!(changed(&[first.clone(), second.clone()], &[first.clone(), second.clone()]).is_empty());
        let between = entry(TeamId::new(), 15, 0, 3);
        let after = [first.clone(), second.clone(), between];
        assert_eq!(changed(&[first, second], &after), [(None, Some(15)), (Some(20), Some(20))]);
    }

    #[test]
    fn rows_that_leave_come_last_in_the_order_in_which_they_stood() {
        let all = [30, 10, 20].map(|wrong| entry(TeamId::new(), wrong, 0, 1));
        let new = entry(TeamId::new(), 99, 0, 2);
        assert_eq!(changed(&all, &[new]), [(None, Some(99)), (Some(10), None), (Some(20), None), (Some(30), None)]);
    }

    #[test]
    fn another_submission_of_a_team_takes_the_place_of_its_row() {
        let team = TeamId::new();
        let (before, better) = (entry(team, 10, 0, 1), entry(team, 5, 0, 2));
        assert_eq!(changed(std::slice::from_ref(&before), &[before.clone(), better]), [(Some(10), Some(5))]);
    }

    #[test]
    fn a_baseline_is_another_row_than_its_teams_own() {
        let team = TeamId::new();
        let (own, baseline) = (entry(team, 10, 0, 1), Entry { baseline: true, ..entry(team, 5, 0, 2) });
        let rows = changes(Vec::new(), places(&[own, baseline], &view(false), METRIC));
        assert_eq!(rows.iter().map(|row| row.baseline).collect::<Vec<_>>(), [true, false]);
    }

    #[test]
    fn on_the_board_of_all_entries_each_submission_stands_for_itself() {
        let team = TeamId::new();
        let entries = [entry(team, 10, 0, 1), entry(team, 5, 0, 2)];
        let keys = |all| places(&entries, &view(all), METRIC).into_iter().map(|(key, ..)| key.2).collect::<Vec<_>>();
        assert_eq!(keys(false), [None]);
        assert_eq!(keys(true), [Some(entries[1].submission), Some(entries[0].submission)]);
    }
}
