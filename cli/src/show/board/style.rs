//! How to draw a board.

use holdout_protocol::{BoardRow, Interval};

/// The level of the intervals shown.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(crate) enum Level {
    /// 95 %.
    #[default]
    Usual,
    /// 99.9 %, as the 2012 challenge printed.
    High,
}

impl Level {
    /// Returns the row's interval at this level.
    #[must_use]
    pub(crate) const fn interval(self, row: &BoardRow) -> &Interval {
        match self {
            Self::Usual => &row.interval,
            Self::High => &row.interval_999,
        }
    }

    #[must_use]
    pub(crate) const fn as_str(self) -> &'static str {
        match self {
            Self::Usual => "95 %",
            Self::High => "99.9 %",
        }
    }
}

/// What the board itself does not know.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Titles {
    /// Title of the season.
    pub(crate) season: String,
    /// Title of the task.
    pub(crate) task: String,
    /// Whether a part of the test set is private.
    pub(crate) split: bool,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct BoardStyle {
    /// Columns to use at most.
    pub(crate) width: usize,
    pub(crate) colour: bool,
    pub(crate) level: Level,
}
