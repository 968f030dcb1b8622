//! Which submissions a board shows, in which order.

use std::collections::HashMap;

use holdout_protocol::{BoardSplit, Disclosure, Metric, TeamId, TeamName};

use super::entries::wrong_of;
use super::view::View;
use crate::db::boards::{Entry, Showing, Stood};

/// A submission that a board shows.
#[derive(Debug, Clone, Copy)]
pub struct Row<'a> {
    pub entry: &'a Entry,
    /// Whose it was at the board's time.
    pub team: TeamId,
    pub team_name: &'a TeamName,
    /// Images at fault in the board's part.
    pub wrong: u32,
    /// Images of that part.
    pub n: u32,
    /// Scored submissions of its team.
    pub entries: u32,
    /// Name of its method at the board's time.
    pub method: Option<&'a str>,
    /// What its team disclosed by then.
    pub disclosure: Disclosure,
    /// Whether its team had chosen it at the board's time.
    pub chosen: bool,
}

/// The rows of a board by error, then time.
///
/// A team's row is the best of the submissions that it chose. If it chose none, it is the one that
/// is best on the public part, on the private board too, because the part that decides must not
/// choose. Of equal ones it is the earlier. What organizers enter on a team's behalf counts like
/// the team's own. What does not count (see [`Entry::showing`]) has no row. Baselines are not
/// ranked, so the best of them is a row beside the team's other one. The board of a track is made
/// in the same way of the entries that are in it.
#[must_use]
pub fn choose<'a>(entries: &'a [Entry], view: &View, metric: Metric) -> Vec<Row<'a>> {
    rows_showing(entries, view, metric, Showing::Counts)
}

/// The disqualified rows of a board, by error, then time: of each team the best, unless all entries
/// are shown.
#[must_use]
pub fn disqualified<'a>(entries: &'a [Entry], view: &View, metric: Metric) -> Vec<Row<'a>> {
    rows_showing(entries, view, metric, Showing::Disqualified)
}

fn rows_showing<'a>(entries: &'a [Entry], view: &View, metric: Metric, wanted: Showing) -> Vec<Row<'a>> {
    let mut scored: HashMap<TeamId, u32> = HashMap::new();
    let mut rows = Vec::new();
    let mut best: HashMap<(TeamId, bool), Row<'a>> = HashMap::new();
    for entry in entries {
        let showing = entry.showing(view.as_of);
        if showing == Showing::Hidden {
            continue;
        }
        let Stood { team, team_name, method, disclosure, final_at } = entry.stood(view.as_of);
        // What was disqualified, withdrawn or kept back was an attempt, too.
        *scored.entry(team).or_default() += 1;
        if showing != wanted || (view.ladder && entry.kept_back) {
            continue;
        }
        let (wrong, n) = wrong_of(entry, view.split, metric);
        if view.training_data.is_some_and(|wanted| disclosure.training_data != Some(wanted)) {
            continue;
        }
        let chosen = final_at.is_some();
        let row = Row { entry, team, team_name, wrong, n, entries: 0, method, disclosure, chosen };
        if view.all {
            rows.push(row);
        } else {
            best.entry((team, entry.baseline))
                .and_modify(|known| {
                    if preference(&row, metric) < preference(known, metric) {
                        *known = row;
                    }
                })
                .or_insert(row);
        }
    }
    rows.extend(best.into_values());
    for row in &mut rows {
        row.entries = scored.get(&row.team).copied().unwrap_or(0);
    }
    rows.sort_unstable_by_key(order);
    rows
}

/// The ranks of a board's rows: equal errors share one, and baselines have none.
#[must_use]
pub fn ranks(rows: &[Row<'_>]) -> Vec<Option<u32>> {
    let (mut place, mut rank, mut before) = (0_u32, 0, None);
    let rank_of = |row: &Row<'_>| {
        if row.entry.baseline {
            return None;
        }
        place += 1;
        if before != Some(row.wrong) {
            rank = place;
        }
        before = Some(row.wrong);
        Some(rank)
    };
    rows.iter().map(rank_of).collect()
}

/// Returns what makes one submission of a team stand for it rather than another, the smaller the
/// better.
fn preference(row: &Row<'_>, metric: Metric) -> (bool, (u32, i64, holdout_protocol::SubmissionId)) {
    let seen = if row.chosen { row.wrong } else { wrong_of(row.entry, BoardSplit::Public, metric).0 };
    let (_, at, id) = order(row);
    (!row.chosen, (seen, at, id))
}

/// Of equal ones, the one that reached the server first, because a date that an organizer gives
/// decides nothing.
fn order(row: &Row<'_>) -> (u32, i64, holdout_protocol::SubmissionId) {
    (row.wrong, row.entry.submitted_at.as_micros(), row.entry.submission)
}

#[cfg(test)]
mod tests {
    use holdout_protocol::{Judgement, Ruling};

    use super::*;
    use crate::samples::{at, entry, version};

    const METRIC: Metric = Metric::Top5Error;

    fn methods(rows: &[Row<'_>]) -> Vec<String> {
        rows.iter().map(|row| row.method.unwrap_or_default().to_owned()).collect()
    }

    #[test]
    fn a_team_stands_by_its_best_public_result_on_the_private_board_too() {
        let (a, b) = (TeamId::new(), TeamId::new());
        let entries = [entry(a, 10, 30, 1), entry(a, 20, 5, 2), entry(b, 15, 15, 3)];
        assert_eq!(methods(&choose(&entries, &View::of(BoardSplit::Public), METRIC)), ["10 30", "15 15"]);
        assert_eq!(methods(&choose(&entries, &View::of(BoardSplit::Private), METRIC)), ["15 15", "10 30"]);
    }

    #[test]
    fn chosen_results_go_before_better_ones_and_the_part_that_decides_picks_among_them() {
        let team = TeamId::new();
        let mut entries = [entry(team, 10, 30, 1), entry(team, 20, 5, 2), entry(team, 30, 3, 3)];
        entries[1].final_at = Some(at(9));
        entries[2].final_at = Some(at(9));
        assert_eq!(methods(&choose(&entries, &View::of(BoardSplit::Public), METRIC)), ["20 5"]);
        assert_eq!(methods(&choose(&entries, &View::of(BoardSplit::Private), METRIC)), ["30 3"]);
        let before = View { as_of: Some(at(5)), ..View::of(BoardSplit::Public) };
        assert_eq!(methods(&choose(&entries, &before, METRIC)), ["10 30"], "nothing was chosen then");
    }

    #[test]
    fn merged_teams_have_a_row_each_on_boards_of_before_and_one_together_since() {
        let team = TeamId::new();
        let merged = Entry { versions: vec![version(20)], ..entry(team, 20, 5, 2) };
        let entries = [entry(team, 10, 30, 1), merged];
        let board = |second: Option<i64>| View { as_of: second.map(at), ..View::of(BoardSplit::Public) };
        let found = |second| choose(&entries, &board(second), METRIC).iter().map(|row| row.entries).collect::<Vec<_>>();
        assert_eq!((found(Some(19)), found(Some(20)), found(None)), (vec![1, 1], vec![2], vec![2]));
    }

    #[test]
    fn of_equal_results_the_one_that_came_first_stands() {
        let team = TeamId::new();
        let mut entries = [entry(team, 10, 1, 2), entry(team, 10, 2, 1)];
        entries[0].dated_at = Some(at(0));
        assert_eq!(methods(&choose(&entries, &View::of(BoardSplit::Public), METRIC)), ["10 2"]);
    }

    #[test]
    fn what_does_not_count_is_an_entry_of_its_team_unless_it_is_hidden() {
        let team = TeamId::new();
        let ruled = |ruling| Some(Judgement { ruling, reason: None, public_reason: None, at: at(9) });
        let mut entries = [entry(team, 1, 1, 1), entry(team, 2, 2, 2), entry(team, 3, 3, 3), entry(team, 4, 4, 4)];
        entries[0].judgement = ruled(Ruling::Hidden);
        entries[1].judgement = ruled(Ruling::Disqualified);
        entries[2].withdrawn_at = Some(at(9));
        let rows = choose(&entries, &View::of(BoardSplit::Public), METRIC);
        assert_eq!((methods(&rows), rows[0].entries), (vec!["4 4".to_owned()], 3));
        assert_eq!(methods(&disqualified(&entries, &View::of(BoardSplit::Public), METRIC)), ["2 2"]);
        let before = View { as_of: Some(at(3)), ..View::of(BoardSplit::Public) };
        assert_eq!(methods(&choose(&entries, &before, METRIC)), ["3 3"], "it was not withdrawn then");
    }

    #[test]
    fn equal_errors_share_a_rank_and_baselines_have_none() {
        let mut entries = [10, 10, 12, 12, 15].map(|wrong| entry(TeamId::new(), wrong, wrong, i64::from(wrong)));
        entries[2].baseline = true;
        let rows = choose(&entries, &View::of(BoardSplit::Public), METRIC);
        let found: Vec<(bool, Option<u32>)> =
            rows.iter().zip(ranks(&rows)).map(|(row, rank)| (row.entry.baseline, rank)).collect();
        let baseline = found.iter().filter(|(is_baseline, _)| *is_baseline).map(|(_, rank)| *rank).collect::<Vec<_>>();
        let others: Vec<_> = found.iter().filter(|(is_baseline, _)| !is_baseline).map(|(_, rank)| *rank).collect();
        assert_eq!((baseline, others), (vec![None], vec![Some(1), Some(1), Some(3), Some(4)]));
    }
}
