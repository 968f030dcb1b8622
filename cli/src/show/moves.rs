//! How ranks moved from the public to the private part of a board.

use std::collections::HashMap;

use holdout_protocol::{BoardRow, Leaderboard, TeamName};
use serde::Serialize;

use super::figures::{counted, decimals, percent};
use super::table::Table;
use crate::text::{visible, wrapped};

/// What became of a team.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub(crate) struct Move {
    pub(crate) team: TeamName,
    /// Rank and error on each part; `null` if it has no ranked row there.
    pub(crate) public: Option<Place>,
    pub(crate) private: Option<Place>,
    /// Places that it went up, below 0 if it went down; `null` if it is not on both.
    pub(crate) up: Option<i64>,
    /// Whether the ranks that the tests leave open on the two parts have none in common.
    pub(crate) clear: bool,
}

/// Where a team stands on a part.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub(crate) struct Place {
    rank: u32,
    rank_range: Option<[u32; 2]>,
    error: f64,
    n: u32,
}

/// Returns what became of each team, in the order of the private board; who left it comes last.
pub(crate) fn moves(public: &Leaderboard, private: &Leaderboard) -> Vec<Move> {
    let (mut before, after) = (ranked(public), ranked(private));
    let mut places: HashMap<TeamName, Place> = before.iter().cloned().collect();
    let mut found: Vec<Move> =
        after.into_iter().map(|(team, place)| moved(team.clone(), places.remove(&team), Some(place))).collect();
    before.retain(|(team, _)| places.contains_key(team));
    found.extend(before.into_iter().map(|(team, place)| moved(team, Some(place), None)));
    found
}

/// The first ranked row of each team, in the order of the board.
fn ranked(board: &Leaderboard) -> Vec<(TeamName, Place)> {
    let mut found: Vec<(TeamName, Place)> = Vec::new();
    let mut seen = std::collections::HashSet::new();
    for BoardRow { team, rank, rank_range, error, n, .. } in &board.rows {
        if let Some(rank) = *rank
            && seen.insert(team)
        {
            found.push((team.clone(), Place { rank, rank_range: *rank_range, error: *error, n: *n }));
        }
    }
    found
}

fn moved(team: TeamName, public: Option<Place>, private: Option<Place>) -> Move {
    let both = public.as_ref().zip(private.as_ref());
    let up = both.map(|(before, after)| i64::from(before.rank) - i64::from(after.rank));
    let ranges = both.and_then(|(before, after)| before.rank_range.zip(after.rank_range));
    let clear = ranges.is_some_and(|([a, b], [c, d])| b < c || d < a);
    Move { team, public, private, up, clear }
}

/// Returns the moves as a sentence and a table.
pub(crate) fn render_moves(moves: &[Move], columns: usize) -> String {
    let mut table = Table::new(&["private", "public", "move", "clear", "public %", "private %", "team"]);
    for of in moves {
        let rank = |place: &Option<Place>| place.as_ref().map_or("–".to_owned(), |place| place.rank.to_string());
        let error = |place: &Option<Place>| {
            place.as_ref().map_or("–".to_owned(), |place| percent(place.error, decimals(place.n)))
        };
        table.row(&[
            rank(&of.private),
            rank(&of.public),
            of.up.map_or_else(String::new, |up| if up == 0 { "=".to_owned() } else { format!("{up:+}") }),
            if of.clear { "yes" } else { "" }.to_owned(),
            error(&of.public),
            error(&of.private),
            of.team.to_string(),
        ]);
    }
    let means = "move: places up (+) or down (-) from the public to the private part. clear: the ranks that the tests leave \
                 open on the two parts have none in common.";
    [wrapped(&sentence(moves), columns), table.render(columns), wrapped(means, columns)].join("\n")
}

fn sentence(moves: &[Move]) -> String {
    let both = moves.iter().filter_map(|of| of.up.map(|up| (of, up)));
    let (all, kept) = both.clone().fold((0_u64, 0_u64), |(all, kept), (_, up)| (all + 1, kept + u64::from(up == 0)));
    let teams = counted(all, "team");
    // Of equal ones the better team.
    let largest = both.rev().max_by_key(|(_, up)| up.unsigned_abs()).filter(|(_, up)| *up != 0);
    let Some((of, _)) = largest else { return format!("None of the {teams} on both parts changed its rank.") };
    let rank = |place: &Option<Place>| place.as_ref().map_or(0, |place| place.rank);
    let (team, from, to) = (visible(of.team.as_str()), rank(&of.public), rank(&of.private));
    format!(
        "Of {teams} on both parts, {kept} kept their rank. The largest move: {team}, from {from} on the public part to {to} on the private one."
    )
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;

    /// A team with its rank, if it has one, and its range.
    type TestRow<'a> = (&'a str, Option<u32>, Option<[u32; 2]>);

    /// A board with these teams.
    fn board(rows: &[TestRow<'_>]) -> Leaderboard {
        let interval = json!({ "level": 0.95, "low": 0.0, "high": 1.0 });
        let row = |(team, rank, range): &TestRow<'_>| -> Value {
            json!({ "rank": rank, "rank_range": range, "team": team, "method": null,
                "submission": "01890a5d-ac96-774b-bcce-b302099a8057", "error": 0.25, "wrong": 1, "n": 4, "gap_to_best": 0.0,
                "interval": interval, "interval_999": interval, "baseline": rank.is_none(), "note": null, "entries": 1,
                "submitted_at": "2012-09-30T12:00:00Z" })
        };
        let board = json!({ "season": "s", "task": "t", "metric": "top5_error", "split": "public", "n": 4, "resolution": 1.0,
            "updated_at": null, "as_of": null, "gaps": [], "rows": rows.iter().map(row).collect::<Vec<_>>() });
        serde_json::from_value(board).unwrap()
    }

    fn sample() -> Vec<Move> {
        let public = board(&[
            ("A", Some(1), Some([1, 1])),
            ("base", None, None),
            ("B", Some(2), Some([2, 3])),
            ("C", Some(3), Some([2, 3])),
            ("gone", Some(4), None),
        ]);
        let private = board(&[
            ("C", Some(1), Some([1, 1])),
            ("B", Some(2), Some([2, 3])),
            ("A", Some(3), Some([2, 3])),
            ("late", Some(4), None),
            ("base", None, None),
        ]);
        moves(&public, &private)
    }

    #[test]
    fn teams_are_in_the_order_of_the_private_board_and_baselines_are_left_out() {
        let found: Vec<_> = sample().into_iter().map(|of| (of.team.to_string(), of.up, of.clear)).collect();
        let of = |team: &str, up, clear| (team.to_owned(), up, clear);
        let expected = [
            of("C", Some(2), true),
            of("B", Some(0), false),
            of("A", Some(-2), true),
            of("late", None, false),
            of("gone", None, false),
        ];
        assert_eq!(found, expected);
    }

    #[test]
    fn a_sentence_names_the_largest_move_of_equal_ones_that_of_the_better_team() {
        let said = "Of 3 teams on both parts, 1 kept their rank. The largest move: C, from 3 on the public part to 1 on the \
                    private one.";
        assert_eq!(sentence(&sample()), said);
        let same = board(&[("A", Some(1), None)]);
        assert_eq!(sentence(&moves(&same, &same)), "None of the 1 team on both parts changed its rank.");
    }

    #[test]
    fn a_table_has_both_ranks_and_errors() {
        let shown = render_moves(&sample(), 100);
        let line = |team: &str| shown.lines().find(|line| line.ends_with(team)).unwrap();
        assert_eq!(line("  C").split_whitespace().collect::<Vec<_>>(), ["1", "3", "+2", "yes", "25.0", "25.0", "C"]);
        assert_eq!(line("late").split_whitespace().collect::<Vec<_>>(), ["4", "–", "–", "25.0", "late"]);
    }
}
