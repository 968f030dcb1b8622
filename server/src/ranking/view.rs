//! Which board a caller gets: the split, the rows, the time, and the right to see them.

use holdout_protocol::{BoardSplit, LeaderboardQuery, Reason, TestSetId, Timestamp};
use serde_json::json;

use super::directory::Head;
use crate::error::{Error, Result};

/// A board of a task.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct View {
    /// Which part of the test set.
    pub split: BoardSplit,
    /// Every entry, not only the best one of each team.
    pub all: bool,
    /// Results up to this time only.
    pub as_of: Option<Timestamp>,
    /// Results on this version of the test set; on the present one if there is none.
    pub version: Option<TestSetId>,
}

impl View {
    /// The board that everybody gets who asks for nothing in particular.
    #[must_use]
    pub fn standard(head: &Head) -> Self {
        Self { split: BoardSplit::Public, all: false, as_of: head.season.frozen_at, version: None }
    }

    /// The board that a caller gets.
    ///
    /// # Errors
    /// `forbidden` for private scores that are not published, `invalid_value` for the private part of a task without one.
    pub fn allowed(query: &LeaderboardQuery, head: &Head, organizer: bool, now: Timestamp) -> Result<Self> {
        let season = &head.season;
        let split = query.split.unwrap_or(BoardSplit::Public);
        if split == BoardSplit::Private {
            let published = season.published_at.is_some_and(|at| at <= now);
            if !published && !organizer {
                return Err(Error::forbidden("the private scores are hidden until the organizers publish them")
                    .because(Reason::PrivateHidden, json!({})));
            }
            if head.task.settings.split.is_none() {
                return Err(Error::invalid("split", "this task has no private part: all of its test set is `public`")
                    .because(Reason::NoPrivatePart, json!({})));
            }
        }
        // Organizers see what comes in after the freeze; everybody else sees it when the board is let go on.
        let frozen = if organizer { None } else { season.frozen_at };
        let as_of = match (query.as_of, frozen) {
            (Some(asked), Some(frozen)) => Some(asked.min(frozen)),
            (asked, frozen) => asked.or(frozen),
        };
        Ok(Self { split, all: query.all.unwrap_or(false), as_of, version: None })
    }
}
