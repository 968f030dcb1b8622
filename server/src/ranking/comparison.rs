//! A few entries of a board against each other, image by image.
//!
//! Two files of one's own, compared, tell on how many of the images with equal answers these are
//! right. With k files that is k²/2 counts instead of k errors, which is enough to work labels out.
//! So only organizers compare as long as somebody can submit, and others only what stands for a
//! team.

use std::collections::HashMap;
use std::time::Duration;

use holdout_evaluation::{Bits, compare, difference_interval, holm, mcnemar};
use holdout_protocol::{
    BoardRow, BoardSplit, ComparedEntry, ComparedPair, Comparison, ComparisonQuery, Leaderboard, LeaderboardQuery,
    Metric, Reason, SeasonId, SubmissionId, TaskId, Timestamp,
};
use serde_json::json;

use super::entries::{bits_of_bytes, mask_of};
use super::shown;
use crate::app::App;
use crate::db::{self, Conn};
use crate::error::{Error, Result};

/// Compares entries of a board: of that of all entries for organizers, otherwise of the teams'
/// best.
///
/// # Errors
/// Those of [`shown::find`]; `not_found` for an entry that the board does not show; `forbidden` as
/// long as somebody can submit.
pub async fn comparison(
    app: &App,
    season: &str,
    task: &str,
    query: ComparisonQuery,
    organizer: bool,
) -> Result<Comparison> {
    let ComparisonQuery { entries, split, as_of, version } = query;
    let asked = LeaderboardQuery { split, all: Some(organizer), training_data: None, as_of, version };
    let head = shown::snapshot(app).await?.find(season, task, organizer)?;
    if !organizer {
        let (season, grace) = (head.season.id, app.config.uploads.deadline_grace());
        app.db.read(move |conn| check_nobody_submits(conn, season, grace, Timestamp::now())).await?;
    }
    let built = shown::find(app, season, task, &asked, organizer).await?.board;
    let rows = entries.iter().map(|id| row(&built.board, *id).cloned()).collect::<Result<Vec<BoardRow>>>()?;
    let (task, metric, version) = (head.task.id, built.board.metric, built.board.version);
    let read = app.db.read(move |conn| read(conn, task, version, &entries, metric)).await?;
    let sides = rows.into_iter().map(|row| read.side(row, built.board.split)).collect::<Result<Vec<_>>>()?;
    compute(&built.board, &sides, &read.part(built.board.split))
}

fn check_nobody_submits(conn: &mut Conn, season: SeasonId, grace: Duration, now: Timestamp) -> Result<()> {
    let season = db::seasons::get(conn, season)?;
    let extended = db::extensions::running(conn, season.id, now)?.is_some();
    if season.is_over(now) && !season.closed_within(grace, now) && !extended {
        return Ok(());
    }
    let message = "entries can be compared when nobody can submit any more; before, the counts would tell too much \
                   about the labels";
    Err(Error::forbidden(message).because(Reason::ComparisonLater, json!({})))
}

fn row(board: &Leaderboard, id: SubmissionId) -> Result<&BoardRow> {
    board.rows.iter().find(|row| row.submission == id).ok_or_else(|| Error::not_found("entry", id))
}

/// What the database has of the entries.
struct Read {
    images: u32,
    /// The public part; `None` if that is all.
    public: Option<Bits>,
    right: HashMap<SubmissionId, Bits>,
}

fn read(conn: &mut Conn, task: TaskId, version: Option<u32>, entries: &[SubmissionId], metric: Metric) -> Result<Read> {
    let present = db::tasks::get(conn, task)?.test_set;
    let sets = db::test_sets::of_task(conn, task)?;
    let set = sets.into_iter().find(|set| Some(set.version) == version).ok_or_else(changing)?;
    let is_present = Some(set.id) == present;
    let mut right = HashMap::new();
    for (id, bytes) in db::boards::bits_of_submissions(conn, entries, set.id, is_present, metric)? {
        right.insert(id, bits_of_bytes(set.images, &bytes)?);
    }
    let public = set.public_mask.as_ref().map(|bytes| bits_of_bytes(set.images, bytes)).transpose()?;
    Ok(Read { images: set.images, public, right })
}

/// The board was built before something that was read since.
fn changing() -> Error {
    Error::busy("the board is changing; try again in a moment", 1)
}

/// An entry, and which images of the part it has right.
struct Side {
    row: BoardRow,
    right: Bits,
}

impl Read {
    /// The images of a part.
    fn part(&self, split: BoardSplit) -> Bits {
        let mask = mask_of(split, self.public.as_ref(), self.images);
        mask.unwrap_or_else(|| Bits::ones(usize::try_from(self.images).unwrap_or(0)))
    }

    fn side(&self, row: BoardRow, split: BoardSplit) -> Result<Side> {
        let right = self.right.get(&row.submission).ok_or_else(changing)?;
        let right = right.and(&self.part(split)).ok_or_else(unfit)?;
        // The row and the bits must be of one result, or the page would contradict the board.
        if count(right.count()).saturating_add(row.wrong) != row.n {
            return Err(changing());
        }
        Ok(Side { row, right })
    }
}

fn unfit() -> Error {
    Error::internal("bits of two entries do not fit together")
}

fn count(count: usize) -> u32 {
    u32::try_from(count).unwrap_or(u32::MAX)
}

fn compute(board: &Leaderboard, sides: &[Side], part: &Bits) -> Result<Comparison> {
    let mut pairs = Vec::new();
    let mut after = sides;
    while let Some((first, rest)) = after.split_first() {
        for second in rest {
            pairs.push(pair(first, second, board.n)?);
        }
        after = rest;
    }
    let p_values: Vec<f64> = pairs.iter().map(|pair| pair.p_value).collect();
    for (pair, significant) in pairs.iter_mut().zip(holm(&p_values, 0.05)) {
        pair.significant = significant;
    }
    let all_right = sides.iter().try_fold(part.clone(), |all, side| all.and(&side.right)).ok_or_else(unfit)?;
    let wrong = |side: &Side| side.right.not().and(part);
    let none_right = sides.iter().try_fold(part.clone(), |all, side| all.and(&wrong(side)?)).ok_or_else(unfit)?;
    let entries = (0..sides.len()).map(|place| entry(sides, place, part));
    Ok(Comparison {
        season: board.season.clone(),
        task: board.task.clone(),
        metric: board.metric,
        split: board.split,
        version: board.version,
        n: board.n,
        entries: entries.collect::<Option<Vec<_>>>().ok_or_else(unfit)?,
        pairs,
        all_right: count(all_right.count()),
        none_right: count(none_right.count()),
    })
}

/// The entry at this place, and what it has right or wrong alone.
fn entry(sides: &[Side], place: usize, part: &Bits) -> Option<ComparedEntry> {
    let this = sides.get(place)?;
    let others = || sides.iter().enumerate().filter(|(other, _)| *other != place).map(|(_, side)| side);
    let nobody = others().try_fold(part.clone(), |all, side| all.and(&side.right.not()))?;
    let everybody = others().try_fold(part.clone(), |all, side| all.and(&side.right))?;
    let row = &this.row;
    Some(ComparedEntry {
        submission: row.submission,
        team: row.team.clone(),
        method: row.method.clone(),
        baseline: row.baseline,
        error: row.error,
        interval: row.interval.clone(),
        wrong: row.wrong,
        only_right: count(nobody.count_and(&this.right)?),
        only_wrong: count(everybody.count_and_not(&this.right)?),
    })
}

fn pair(first: &Side, second: &Side, n: u32) -> Result<ComparedPair> {
    let discordant = compare(&first.right, &second.right, None).map_err(Error::internal)?;
    let interval = difference_interval(discordant, n).map_err(Error::internal)?;
    let both_right = count(first.right.count_and(&second.right).ok_or_else(unfit)?);
    let right = both_right.saturating_add(discordant.first).saturating_add(discordant.second);
    Ok(ComparedPair {
        first: first.row.submission,
        second: second.row.submission,
        difference: (f64::from(discordant.first) - f64::from(discordant.second)) / f64::from(n),
        low: interval.low,
        high: interval.high,
        p_value: mcnemar(discordant).p,
        significant: false,
        both_right,
        first_right: discordant.first,
        second_right: discordant.second,
        none_right: n.saturating_sub(right),
    })
}

#[cfg(test)]
mod tests;
