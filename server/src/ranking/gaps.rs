//! How far the team in front is ahead of the best of the others, and how rows stand to the best baseline.

use holdout_evaluation::{Bits, Entry, Part, compare, error_rate, mcnemar};
use holdout_protocol::{EvaluationId, Gap};

use super::rows::Row;
use crate::error::{Error, Result};

/// Most gaps of a board.
const MOST: usize = 20;

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

/// Each row of the leading team that is not behind the best row of any other team, against that row. `rows` are by error.
///
/// # Errors
/// If bits do not fit together, which is a fault of ours.
pub fn between_ranks(rows: &[Ranked<'_>], part: Part<'_>) -> Result<Vec<Gap>> {
    let Some(leader) = rows.first() else { return Ok(Vec::new()) };
    let team = leader.row.entry.team;
    let Some(other) = rows.iter().find(|row| row.row.entry.team != team) else { return Ok(Vec::new()) };
    let ahead = rows.iter().filter(|row| row.row.entry.team == team && row.row.wrong <= other.row.wrong);
    ahead.take(MOST).map(|better| gap(better, other, part)).collect()
}

fn gap(better: &Ranked<'_>, other: &Ranked<'_>, part: Part<'_>) -> Result<Gap> {
    let discordant = compare(better.bits, other.bits, part.mask()).map_err(Error::internal)?;
    let p_value = mcnemar(discordant).p;
    let images = other.row.wrong.saturating_sub(better.row.wrong);
    let difference = error_rate(images, part.n());
    Ok(Gap {
        better: better.row.entry.submission,
        other: other.row.entry.submission,
        difference,
        p_value,
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
    let found = gap(better, other, part)?;
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
        Some(method) => format!("{} ({method})", row.entry.team_name),
        None => row.entry.team_name.to_string(),
    }
}

fn statement(better: &str, other: &str, difference: f64, p_value: f64) -> String {
    if difference > 0.0 {
        format!("{better} is {:.3} points ahead of {other}, {}", difference * 100.0, p_text(p_value))
    } else {
        format!("{better} is level with {other}, {}", p_text(p_value))
    }
}

/// A p-value as papers print it.
fn p_text(p: f64) -> String {
    if p < 1e-300 {
        "p < 1e-300".to_owned()
    } else if p < 0.001 {
        format!("p = {p:.1e}")
    } else {
        format!("p = {p:.3}")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn statements_read_well() {
        assert_eq!(
            statement("SuperVision (5 CNNs)", "ISI", 0.0975, 0.0),
            "SuperVision (5 CNNs) is 9.750 points ahead of ISI, p < 1e-300"
        );
        assert_eq!(statement("A", "B", 0.0, 1.0), "A is level with B, p = 1.000");
        assert_eq!(statement("A", "B", 0.000_01, 1.23e-5), "A is 0.001 points ahead of B, p = 1.2e-5");
    }
}
