//! The leaderboard for a terminal: ranks, intervals drawn on a common axis, and what the numbers do and do not show.

mod axis;
mod columns;
mod words;

use holdout_protocol::{BoardRow, Interval, Leaderboard};

use axis::Axis;
use columns::{Cells, Layout};

/// The level of the intervals shown.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Level {
    /// 95 %.
    #[default]
    Usual,
    /// 99.9 %, as the 2012 challenge printed.
    High,
}

impl Level {
    /// The row's interval at this level.
    #[must_use]
    pub const fn of(self, row: &BoardRow) -> &Interval {
        match self {
            Self::Usual => &row.interval,
            Self::High => &row.interval_999,
        }
    }

    /// For people.
    #[must_use]
    pub const fn text(self) -> &'static str {
        match self {
            Self::Usual => "95 %",
            Self::High => "99.9 %",
        }
    }
}

/// What the board itself does not know.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Titles {
    /// Title of the season.
    pub season: String,
    /// Title of the task.
    pub task: String,
    /// Whether a part of the test set is private.
    pub split: bool,
}

/// How to draw.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct BoardStyle {
    /// Columns to use at most.
    pub width: usize,
    /// Whether to colour.
    pub colour: bool,
    /// Which intervals.
    pub level: Level,
}

/// Draws a board; lines end without blanks.
#[must_use]
pub fn render(board: &Leaderboard, titles: &Titles, style: BoardStyle) -> String {
    let mut lines = words::heading(board, titles, style);
    lines.push(String::new());
    if board.rows.is_empty() {
        lines.push("No results yet.".to_owned());
        return finish(&lines);
    }
    let footnotes = words::Footnotes::of(board);
    lines.extend(table(board, &footnotes, style));
    let below = words::below(board, &footnotes, style);
    if !below.is_empty() {
        lines.push(String::new());
        lines.extend(below);
    }
    finish(&lines)
}

fn table(board: &Leaderboard, footnotes: &words::Footnotes, style: BoardStyle) -> Vec<String> {
    let cells: Vec<Cells> = board.rows.iter().map(|row| Cells::of(row, board, footnotes, style.level)).collect();
    let layout = Layout::fit(&cells, style);
    let axis = Axis::over(board, style.level, layout.axis);
    let bold = console::Style::new().bold().force_styling(style.colour);
    let dim = console::Style::new().dim().force_styling(style.colour);
    let head = layout.line(&Cells::heading(style.level), &axis.heading());
    let mut lines = vec![painted(&head, style.colour.then_some(&bold))];
    for (row, cells) in board.rows.iter().zip(&cells) {
        let line = layout.line(cells, &axis.draw(row.error, style.level.of(row)));
        let paint = match row.rank {
            Some(1) => Some(&bold),
            None => Some(&dim),
            Some(_) => None,
        };
        lines.push(painted(&line, paint.filter(|_| style.colour)));
    }
    lines
}

fn painted(line: &str, style: Option<&console::Style>) -> String {
    let line = line.trim_end();
    style.map_or_else(|| line.to_owned(), |style| style.apply_to(line).to_string())
}

fn finish(lines: &[String]) -> String {
    lines.iter().map(|line| line.trim_end()).collect::<Vec<_>>().join("\n")
}

#[cfg(test)]
mod tests;
