//! Intervals drawn on one axis for the whole board.

use holdout_protocol::{Interval, Leaderboard};

use super::style::Level;
use crate::show::figures::percent;
use crate::text::{left, right, width};

/// An axis from the lowest to the highest end of all intervals; of no columns if there is no room.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Axis {
    low: f64,
    high: f64,
    columns: usize,
}

impl Axis {
    pub(super) fn over(board: &Leaderboard, level: Level, columns: usize) -> Self {
        let ends = board.rows.iter().map(|row| level.interval(row));
        let low = ends.clone().map(|interval| interval.low).fold(f64::INFINITY, f64::min);
        let high = ends.map(|interval| interval.high).fold(f64::NEG_INFINITY, f64::max);
        Self { low, high, columns }
    }

    /// Returns the ends of the axis as percentages.
    pub(super) fn heading(&self) -> String {
        let (low, high) = (format!("{} %", percent(self.low, 1)), format!("{} %", percent(self.high, 1)));
        left(&low, self.columns.saturating_sub(width(&high))) + &right(&high, width(&high).min(self.columns))
    }

    /// Draws an interval with its error rate.
    pub(super) fn draw(&self, error: f64, interval: &Interval) -> String {
        let (first, point, last) = (self.column(interval.low), self.column(error), self.column(interval.high));
        let mark = |column: usize| match column {
            _ if column == point => '●',
            _ if column == first => '├',
            _ if column == last => '┤',
            _ if column > first && column < last => '─',
            _ => ' ',
        };
        (0..self.columns).map(mark).collect()
    }

    #[expect(
        clippy::as_conversions,
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        clippy::cast_precision_loss,
        reason = "the share is within 0 and 1, the columns are those of a terminal"
    )]
    fn column(&self, value: f64) -> usize {
        let share = ((value - self.low) / (self.high - self.low)).clamp(0.0, 1.0);
        // An axis without extent has one place: its beginning. NaN becomes 0.
        (share * self.columns.saturating_sub(1) as f64).round() as usize
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn interval(low: f64, high: f64) -> Interval {
        Interval { level: 0.95, low, high }
    }

    #[test]
    fn intervals_lie_on_the_axis() {
        let axis = Axis { low: 0.1, high: 0.3, columns: 21 };
        assert_eq!(axis.draw(0.2, &interval(0.15, 0.25)), "     ├────●────┤     ");
        assert_eq!(axis.draw(0.1, &interval(0.1, 0.3)), "●───────────────────┤");
        assert_eq!(axis.draw(0.2, &interval(0.199, 0.201)), "          ●          ");
        assert_eq!(axis.heading(), "10.0 %         30.0 %");
    }

    #[test]
    fn no_room_and_no_extent_are_no_faults() {
        assert_eq!(Axis { low: 0.1, high: 0.3, columns: 0 }.draw(0.2, &interval(0.1, 0.3)), "");
        assert_eq!(Axis { low: 0.2, high: 0.2, columns: 3 }.draw(0.2, &interval(0.2, 0.2)), "●  ");
    }
}
