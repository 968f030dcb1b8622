//! How far the team in front is ahead of the best of the others, and how rows stand to the best
//! baseline.

use holdout_evaluation::{Bits, Entry, Part, compare, error_rate, mcnemar};
use holdout_protocol::{EvaluationId, Gap, format_p_value};

use super::rows::Row;
use crate::error::{Error, Result};

/// Most gaps of a board.
const MOST: usize = 20;
/// The level of a test that stands for itself.
const SIGNIFICANT: f64 = 0.05;

/// A ranked row with its bits.
#[derive(Debug, Clone, Copy)]
pub struct Ranked<'a> {
    pub row: Row<'a>,
    /// Which images of the test set it has right.
    pub bits: &'a Bits,
}

impl<'a> Ranked<'a> {
    /// The row as it is ranked.
    #[must_use]
    pub const fn entry(&self) -> Entry<'a, EvaluationId> {
        Entry { key: self.row.entry.evaluation, wrong: self.row.wrong, correct: self.bits }
    }
}

/// Each row of the leading team that is not behind the best row of any other team, against that
/// row. `rows` are by error; a pair is significant up to `significant_ln_p`.
///
/// # Errors
/// If bits do not fit together, which is a fault of ours.
pub fn between_ranks(rows: &[Ranked<'_>], part: Part<'_>, significant_ln_p: f64) -> Result<Vec<Gap>> {
    let Some(leader) = rows.first() else { return Ok(Vec::new()) };
    let team = leader.row.team;
    let Some(other) = rows.iter().find(|row| row.row.team != team) else { return Ok(Vec::new()) };
    let ahead = rows.iter().filter(|row| row.row.team == team && row.row.wrong <= other.row.wrong);
    ahead.take(MOST).map(|better| gap(better, other, part, significant_ln_p)).collect()
}

fn gap(better: &Ranked<'_>, other: &Ranked<'_>, part: Part<'_>, significant_ln_p: f64) -> Result<Gap> {
    let test = mcnemar(compare(better.bits, other.bits, part.mask()).map_err(Error::internal)?);
    let p_value = test.p;
    let images = other.row.wrong.saturating_sub(better.row.wrong);
    let difference = error_rate(images, part.n());
    Ok(Gap {
        better: better.row.entry.submission,
        other: other.row.entry.submission,
        difference,
        p_value,
        significant: difference > 0.0 && test.ln_p <= significant_ln_p,
        statement: statement(&name(&better.row), &name(&other.row), difference, p_value),
    })
}

/// The first ranked row against the best baseline, whichever is ahead.
///
/// # Errors
/// If bits do not fit together, which is a fault of ours.
pub fn to_baseline(leader: &Ranked<'_>, baseline: &Ranked<'_>, part: Part<'_>) -> Result<Gap> {
    let behind = leader.row.wrong > baseline.row.wrong;
    let (better, other) = if behind { (baseline, leader) } else { (leader, baseline) };
    // One test that was planned beforehand, and no rank depends on it.
    let found = gap(better, other, part, SIGNIFICANT.ln())?;
    let (leader, baseline) = (name(&leader.row), name(&baseline.row));
    let (better, other) = if behind {
        (format!("The best baseline, {baseline},"), leader)
    } else {
        (leader, format!("the best baseline, {baseline}"))
    };
    Ok(Gap { statement: statement(&better, &other, found.difference, found.p_value), ..found })
}

fn name(row: &Row<'_>) -> String {
    match row.method {
        Some(method) => format!("{} ({method})", row.team_name),
        None => row.team_name.to_string(),
    }
}

fn statement(better: &str, other: &str, difference: f64, p_value: f64) -> String {
    if difference > 0.0 {
        format!("{better} is {:.3} points ahead of {other}, {}", difference * 100.0, format_p_value(p_value))
    } else {
        format!("{better} is level with {other}, {}", format_p_value(p_value))
    }
}

#[cfg(test)]
mod tests {
    use holdout_protocol::TeamId;

    use super::*;
    use crate::db::boards::Entry;
    use crate::samples::entry;

    #[test]
    fn statements_read_well() {
        assert_eq!(
            statement("SuperVision (5 CNNs)", "ISI", 0.0975, 0.0),
            "SuperVision (5 CNNs) is 9.750 points ahead of ISI, p < 1e-300"
        );
        assert_eq!(statement("A", "B", 0.0, 1.0), "A is level with B, p = 1.000");
        assert_eq!(statement("A", "B", 0.000_01, 1.23e-5), "A is 0.001 points ahead of B, p = 1.2e-5");
    }

    /// A row with so many of ten images right, the first ones.
    fn row(entry: &Entry, right: usize) -> (Row<'_>, Bits) {
        let wrong = u32::try_from(10 - right).unwrap();
        let row = Row {
            entry,
            team: entry.team,
            team_name: &entry.team_name,
            wrong,
            n: 10,
            entries: 1,
            method: entry.method.as_deref(),
            disclosure: entry.disclosure,
            chosen: false,
        };
        (row, Bits::from_fn(10, |image| image < right))
    }

    fn ranked<'a>(rows: &'a [(Row<'a>, Bits)]) -> Vec<Ranked<'a>> {
        rows.iter().map(|(row, bits)| Ranked { row: *row, bits }).collect()
    }

    fn entry_of(team: TeamId, name: &str, method: Option<&str>) -> Entry {
        Entry { team_name: name.parse().unwrap(), method: method.map(str::to_owned), ..entry(team, 0, 0, 1) }
    }

    #[test]
    fn each_row_of_the_team_in_front_is_compared_with_the_best_of_the_others() {
        let (front, other) = (TeamId::new(), TeamId::new());
        let entries = [front, front, other, front, other].map(|team| entry_of(team, "Team", None));
        let rights = [9, 8, 7, 6, 5];
        let rows: Vec<_> = entries.iter().zip(rights).map(|(entry, right)| row(entry, right)).collect();
        let gaps = between_ranks(&ranked(&rows), Part::all(10), SIGNIFICANT.ln()).unwrap();
        let pairs: Vec<_> = gaps.iter().map(|gap| (gap.better, gap.other)).collect();
        let ids = entries.each_ref().map(|entry| entry.submission);
        assert_eq!(pairs, [(ids[0], ids[2]), (ids[1], ids[2])], "the one that is behind is not ahead");
        assert_eq!(gaps[0].difference, 0.2);
        assert!((gaps[0].p_value - 0.5).abs() < 1e-12, "two images tell them apart, both in favour of one");
        assert!(!gaps[0].significant);
    }

    #[test]
    fn a_gap_is_significant_if_the_tests_of_the_whole_board_leave_it_so() {
        let entries = [entry_of(TeamId::new(), "One", None), entry_of(TeamId::new(), "Two", None)];
        let rows: Vec<_> = entries.iter().zip([10, 2]).map(|(entry, right)| row(entry, right)).collect();
        let significant = |ln_p: f64| between_ranks(&ranked(&rows), Part::all(10), ln_p).unwrap()[0].significant;
        // Eight images, all in favour of one: p = 2 / 2^8.
        let ln_p = (2.0_f64 / 256.0).ln();
        assert!(significant(ln_p + 1e-9) && !significant(ln_p - 1e-9));
        let [leader, baseline]: [Ranked<'_>; 2] = ranked(&rows).try_into().unwrap();
        assert!(to_baseline(&leader, &baseline, Part::all(10)).unwrap().significant, "this test stands for itself");
    }

    #[test]
    fn a_team_that_is_level_with_the_next_one_has_a_gap_of_nothing() {
        let entries = [entry_of(TeamId::new(), "One", None), entry_of(TeamId::new(), "Two", None)];
        let rows: Vec<_> = entries.iter().map(|entry| row(entry, 7)).collect();
        let gaps = between_ranks(&ranked(&rows), Part::all(10), SIGNIFICANT.ln()).unwrap();
        assert_eq!(gaps.len(), 1);
        assert_eq!(gaps[0].statement, "One is level with Two, p = 1.000");
    }

    #[test]
    fn a_team_that_is_alone_is_ahead_of_nobody() {
        let team = TeamId::new();
        let entries = [entry_of(team, "One", None), entry_of(team, "One", None)];
        let rows: Vec<_> = entries.iter().map(|entry| row(entry, 7)).collect();
        assert!(between_ranks(&ranked(&rows), Part::all(10), SIGNIFICANT.ln()).unwrap().is_empty());
        assert!(between_ranks(&[], Part::all(10), SIGNIFICANT.ln()).unwrap().is_empty());
    }

    #[test]
    fn a_sentence_about_the_baseline_begins_with_whichever_is_ahead() {
        let (own, baseline) =
            (entry_of(TeamId::new(), "ISI", Some("FV")), entry_of(TeamId::new(), "Org", Some("SIFT")));
        let said = |right, of_baseline| {
            let rows = [row(&own, right), row(&baseline, of_baseline)];
            let [leader, baseline]: [Ranked<'_>; 2] = ranked(&rows).try_into().unwrap();
            let gap = to_baseline(&leader, &baseline, Part::all(10)).unwrap();
            (gap.better == own.submission, gap.statement)
        };
        let ahead = "ISI (FV) is 10.000 points ahead of the best baseline, Org (SIFT), p = 1.000";
        assert_eq!(said(8, 7), (true, ahead.to_owned()));
        let behind = "The best baseline, Org (SIFT), is 10.000 points ahead of ISI (FV), p = 1.000";
        assert_eq!(said(7, 8), (false, behind.to_owned()));
        assert!(said(7, 7).0, "a leader that is level is not behind");
    }
}
