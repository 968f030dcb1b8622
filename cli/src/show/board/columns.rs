//! The columns of the board: what is in them, and which of them there is room for.

use holdout_protocol::{BoardRow, Leaderboard};

use super::captions::Footnotes;
use super::style::{BoardStyle, Level};
use crate::show::figures::{decimals, pace, percent};
use crate::text::{left, right, visible, width};

/// Columns between two columns.
const GAP: usize = 2;
/// Narrowest axis that shows anything.
const AXIS: usize = 20;
const WIDE_AXIS: usize = 40;
/// Width that the method keeps before there is an axis.
const METHOD: usize = 24;
/// Width that team and method keep in any case.
const NAME: usize = 8;
/// Widest team and method.
const WIDE_NAME: usize = 44;

/// The cells of a line, the axis aside.
#[derive(Debug, Clone)]
pub(super) struct Cells {
    rank: String,
    range: String,
    team: String,
    method: String,
    error: String,
    interval: String,
    gap: String,
    pace: String,
    marks: String,
}

impl Cells {
    pub(super) fn heading(level: Level) -> Self {
        let text = ToOwned::to_owned;
        let [rank, range, team, method] = ["#", "range", "team", "method"].map(text);
        let [error, gap, pace, marks] = ["error %", "behind", "images/s", ""].map(text);
        Self { rank, range, team, method, error, interval: format!("{} interval", level.as_str()), gap, pace, marks }
    }

    pub(super) fn of(row: &BoardRow, board: &Leaderboard, footnotes: &Footnotes, level: Level) -> Self {
        let places = decimals(board.n);
        let interval = level.interval(row);
        let range = row
            .rank_range
            .map(|[best, worst]| if best == worst { best.to_string() } else { format!("{best}–{worst}") });
        let behind = row.rank.map(|_| row.gap_to_best).filter(|behind| *behind > 0.0);
        Self {
            rank: row.rank.map_or("–".to_owned(), |rank| rank.to_string()),
            range: range.unwrap_or_else(|| "–".to_owned()),
            team: visible(row.team.as_str()),
            method: row.method.as_deref().map(visible).unwrap_or_default(),
            error: percent(row.error, places),
            interval: format!("{} – {}", percent(interval.low, places), percent(interval.high, places)),
            gap: behind.map(|behind| format!("+{}", percent(behind, places))).unwrap_or_default(),
            pace: row.measures.as_ref().and_then(|it| it.images_per_second).map(pace).unwrap_or_default(),
            marks: footnotes.marks(row),
        }
    }
}

/// Widths of the columns; 0 for one that is left out.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(super) struct Layout {
    rank: usize,
    range: usize,
    team: usize,
    method: usize,
    error: usize,
    interval: usize,
    gap: usize,
    pace: usize,
    marks: usize,
    /// Width of the drawn intervals.
    pub(super) axis: usize,
}

impl Layout {
    /// The widths that the cells want, within what there is.
    pub(super) fn fit(rows: &[Cells], style: BoardStyle) -> Self {
        let mut layout = Self::wanted(rows, style.level);
        layout.make_axis(style.width);
        layout.shrink(style.width);
        layout
    }

    fn wanted(rows: &[Cells], level: Level) -> Self {
        let heading = Cells::heading(level);
        let widest = |cell: fn(&Cells) -> &str| {
            let of_rows = rows.iter().map(|row| width(cell(row))).max().unwrap_or(0);
            if of_rows == 0 { 0 } else { of_rows.max(width(cell(&heading))) }
        };
        Self {
            rank: widest(|cells| &cells.rank),
            range: widest(|cells| &cells.range),
            team: widest(|cells| &cells.team).min(WIDE_NAME),
            method: widest(|cells| &cells.method).min(WIDE_NAME),
            error: widest(|cells| &cells.error),
            interval: widest(|cells| &cells.interval),
            gap: widest(|cells| &cells.gap),
            pace: widest(|cells| &cells.pace),
            marks: widest(|cells| &cells.marks),
            axis: 0,
        }
    }

    /// Gives the axis what the method can spare.
    fn make_axis(&mut self, room: usize) {
        let method = self.method;
        self.method = method.min(METHOD);
        let left = room.saturating_sub(self.total() + GAP);
        if left < AXIS {
            self.method = method;
            return;
        }
        self.method = method.min(self.method + (left - AXIS));
        self.axis = room.saturating_sub(self.total() + GAP).min(WIDE_AXIS);
    }

    /// Narrows, then leaves out, in the order of what is missed least.
    fn shrink(&mut self, room: usize) {
        let over = |layout: &Self| layout.total().saturating_sub(room);
        self.method = self.method.saturating_sub(over(self)).max(NAME.min(self.method));
        for column in [Self::pace_mut, Self::interval_mut] {
            if over(self) > 0 {
                *column(self) = 0;
            }
        }
        self.team = self.team.saturating_sub(over(self)).max(NAME.min(self.team));
        for column in [Self::gap_mut, Self::range_mut, Self::method_mut] {
            if over(self) > 0 {
                *column(self) = 0;
            }
        }
    }

    fn pace_mut(&mut self) -> &mut usize {
        &mut self.pace
    }

    fn interval_mut(&mut self) -> &mut usize {
        &mut self.interval
    }

    fn gap_mut(&mut self) -> &mut usize {
        &mut self.gap
    }

    fn range_mut(&mut self) -> &mut usize {
        &mut self.range
    }

    fn method_mut(&mut self) -> &mut usize {
        &mut self.method
    }

    fn total(&self) -> usize {
        let Self { rank, range, team, method, error, interval, gap, pace, marks, axis } = *self;
        let all = [rank, range, team, method, error, interval, gap, pace, marks, axis];
        let shown = all.into_iter().filter(|width| *width > 0);
        let (count, sum) = shown.fold((0, 0), |(count, sum), width| (count + 1_usize, sum + width));
        sum + GAP * count.saturating_sub(1)
    }

    /// Returns a line of the table.
    pub(super) fn line(&self, cells: &Cells, axis: &str) -> String {
        let columns = [
            (self.rank, right(&cells.rank, self.rank)),
            (self.range, left(&cells.range, self.range)),
            (self.team, left(&cells.team, self.team)),
            (self.method, left(&cells.method, self.method)),
            (self.error, right(&cells.error, self.error)),
            (self.interval, left(&cells.interval, self.interval)),
            (self.axis, left(axis, self.axis)),
            (self.gap, right(&cells.gap, self.gap)),
            (self.pace, right(&cells.pace, self.pace)),
            (self.marks, left(&cells.marks, self.marks)),
        ];
        let shown: Vec<String> = columns.into_iter().filter(|(width, _)| *width > 0).map(|(_, cell)| cell).collect();
        shown.join(&" ".repeat(GAP))
    }
}
