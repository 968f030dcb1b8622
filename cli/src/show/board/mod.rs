//! The leaderboard for a terminal: ranks, intervals drawn on a common axis, and what the numbers do
//! and do not show.

mod axis;
mod captions;
mod columns;
mod style;

use holdout_protocol::Leaderboard;

use axis::Axis;
use columns::{Cells, Layout};

pub(crate) use captions::{SIGNIFICANT, metric, part};
pub(crate) use style::{BoardStyle, Level, Titles};

/// Draws a board; lines end without blanks.
#[must_use]
pub(crate) fn render_board(board: &Leaderboard, titles: &Titles, style: BoardStyle) -> String {
    let mut lines = captions::heading(board, titles, style);
    lines.push(String::new());
    if board.rows.is_empty() {
        lines.push("No results yet.".to_owned());
    }
    let footnotes = captions::Footnotes::of(board);
    if !board.rows.is_empty() {
        lines.extend(table(board, &footnotes, style));
    }
    let below = captions::below(board, &footnotes, style);
    if !below.is_empty() {
        lines.push(String::new());
        lines.extend(below);
    }
    finish(&lines)
}

fn table(board: &Leaderboard, footnotes: &captions::Footnotes, style: BoardStyle) -> Vec<String> {
    let cells: Vec<Cells> = board.rows.iter().map(|row| Cells::of(row, board, footnotes, style.level)).collect();
    let layout = Layout::fit(&cells, style);
    let axis = Axis::over(board, style.level, layout.axis);
    let bold = console::Style::new().bold().force_styling(style.colour);
    let dim = console::Style::new().dim().force_styling(style.colour);
    let head = layout.line(&Cells::heading(style.level), &axis.heading());
    let mut lines = vec![painted(&head, style.colour.then_some(&bold))];
    for (row, cells) in board.rows.iter().zip(&cells) {
        let line = layout.line(cells, &axis.draw(row.error, style.level.interval(row)));
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
