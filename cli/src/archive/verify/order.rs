//! The order of a board, and which entry stands for a team, by the counts of its rows.

use std::collections::{BTreeSet, HashMap};

use holdout_evaluation::{clopper_pearson, error_rate};
use holdout_protocol::{BoardRow, Interval, Leaderboard, SubmissionId, Timestamp};

/// Floating point numbers that differ by less are the same, written by another program.
const TOLERANCE: f64 = 1e-9;

fn differ(one: f64, other: f64) -> bool {
    // Not a number differs from everything.
    !matches!((one - other).abs().partial_cmp(&TOLERANCE), Some(std::cmp::Ordering::Less))
}

/// Returns what rows are sorted by: the error, then the time at which an entry reached the server.
fn place(row: &BoardRow) -> (u32, Timestamp, SubmissionId) {
    (row.wrong, row.entered_at.unwrap_or(row.submitted_at), row.submission)
}

/// Returns what is wrong with errors, intervals, order and ranks of a board's rows.
pub(super) fn problems(board: &Leaderboard) -> Vec<String> {
    let mut problems = Vec::new();
    for rows in [&board.rows, &board.disqualified] {
        for pair in rows.windows(2) {
            if let [before, after] = pair
                && place(before) > place(after)
            {
                problems.push(format!(
                    "the row of {} is before that of {}, which has less wrong or came earlier",
                    before.submission, after.submission
                ));
            }
        }
    }
    let best = board.rows.iter().find(|row| !row.baseline).map(|row| row.wrong);
    let (mut count, mut rank, mut before) = (0, 0, None);
    for row in &board.rows {
        if !row.baseline {
            count += 1;
            if before != Some(row.wrong) {
                rank = count;
            }
            before = Some(row.wrong);
        }
        let expected = (!row.baseline).then_some(rank);
        if row.rank != expected {
            problems.push(format!(
                "the row of {} has rank {}; by its error it is {}",
                row.submission,
                said(row.rank),
                said(expected)
            ));
        }
        let gap = best.map_or(0.0, |best| error_rate(row.wrong, row.n) - error_rate(best, row.n));
        if differ(row.gap_to_best, gap) {
            problems
                .push(format!("the row of {} is {gap} behind the best, and not {}", row.submission, row.gap_to_best));
        }
    }
    let figures = board.rows.iter().chain(&board.disqualified);
    problems.extend(figures.filter_map(figure_problem));
    problems
}

fn said(rank: Option<u32>) -> String {
    rank.map_or_else(|| "none".to_owned(), |rank| rank.to_string())
}

fn figure_problem(row: &BoardRow) -> Option<String> {
    let error = error_rate(row.wrong, row.n);
    if differ(row.error, error) {
        return Some(format!(
            "the row of {} has the error {}; {} of {} wrong are {error}",
            row.submission, row.error, row.wrong, row.n
        ));
    }
    let is_right = [&row.interval, &row.interval_999].into_iter().zip([0.95, 0.999]).all(|(interval, level)| {
        let Ok(Interval { low, high, .. }) = clopper_pearson(row.wrong, row.n, level) else { return row.n == 0 };
        !differ(interval.low, low) && !differ(interval.high, high) && !differ(interval.level, level)
    });
    (!is_right)
        .then(|| format!("the row of {} has a confidence interval that is not that of its counts", row.submission))
}

/// Returns what is wrong with the choice of the entries that stand for their teams: `teams` is the
/// board of teams, `all` that of all entries, and `public_all` that of all entries on the public
/// part, which chooses unless a team did.
pub(super) fn choice_problems(teams: &Leaderboard, all: &Leaderboard, public_all: &Leaderboard) -> Vec<String> {
    let mut problems = Vec::new();
    for (name, teams, all, public_all) in [
        ("ranked", &teams.rows, &all.rows, &public_all.rows),
        ("disqualified", &teams.disqualified, &all.disqualified, &public_all.disqualified),
    ] {
        let expected = chosen(all, public_all);
        let shown: BTreeSet<SubmissionId> = teams.iter().map(|row| row.submission).collect();
        let missing = expected.difference(&shown).map(|id| format!("{id} stands for its team and has no {name} row"));
        problems.extend(missing);
        problems.extend(
            shown.difference(&expected).map(|id| format!("{id} has a {name} row and does not stand for its team")),
        );
        let known: HashMap<SubmissionId, &BoardRow> = all.iter().map(|row| (row.submission, row)).collect();
        let differing = teams.iter().filter(|row| {
            known
                .get(&row.submission)
                .is_some_and(|other| (other.wrong, other.n, &other.team) != (row.wrong, row.n, &row.team))
        });
        problems.extend(
            differing.map(|row| format!("the row of {} differs from that on the board of all entries", row.submission)),
        );
    }
    problems
}

fn chosen(all: &[BoardRow], public_all: &[BoardRow]) -> BTreeSet<SubmissionId> {
    let public: HashMap<SubmissionId, u32> = public_all.iter().map(|row| (row.submission, row.wrong)).collect();
    let mut best: HashMap<(&str, bool), &BoardRow> = HashMap::new();
    let preference = |row: &BoardRow| {
        let (wrong, at, id) = place(row);
        let seen = if row.is_final { wrong } else { public.get(&row.submission).copied().unwrap_or(wrong) };
        (!row.is_final, seen, at, id)
    };
    for row in all {
        best.entry((row.team.as_str(), row.baseline))
            .and_modify(|known| {
                if preference(row) < preference(known) {
                    *known = row;
                }
            })
            .or_insert(row);
    }
    best.into_values().map(|row| row.submission).collect()
}
