//! Which board a caller gets: the split, the rows, the time, and the right to see them.

use holdout_protocol::{BoardSplit, LeaderboardQuery, Reason, TestSetId, Timestamp, TrainingData};
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
    /// Without what the Ladder of the task keeps back.
    pub ladder: bool,
    /// Entries that were trained with this only.
    pub training_data: Option<TrainingData>,
    /// Results up to this time only.
    pub as_of: Option<Timestamp>,
    /// Results on this version of the test set; on the present one if there is none.
    pub version: Option<TestSetId>,
}

impl View {
    /// The present board of the teams' best on a part of the test set.
    #[must_use]
    pub const fn of(split: BoardSplit) -> Self {
        Self { split, all: false, ladder: false, training_data: None, as_of: None, version: None }
    }

    /// The board that everybody gets who asks for nothing in particular.
    #[must_use]
    pub fn standard(head: &Head, now: Timestamp) -> Self {
        Self { as_of: head.season.frozen_at, ladder: keeps_back(head, now), ..Self::of(BoardSplit::Public) }
    }

    /// The board that a caller gets.
    ///
    /// # Errors
    /// `forbidden` for private scores that are not published, `invalid_value` for the private part
    /// of a task without one.
    pub fn allowed(query: &LeaderboardQuery, head: &Head, organizer: bool, now: Timestamp) -> Result<Self> {
        let season = &head.season;
        let split = query.split.unwrap_or(BoardSplit::Public);
        if split == BoardSplit::Private {
            if !is_published(head, now) && !organizer {
                return Err(Error::forbidden("the private scores are hidden until the organizers publish them")
                    .because(Reason::PrivateHidden, json!({})));
            }
            if head.task.settings.split.is_none() {
                return Err(Error::invalid("split", "this task has no private part: all of its test set is `public`")
                    .because(Reason::NoPrivatePart, json!({})));
            }
        }
        // Organizers see what comes in after the freeze; everybody else sees it when the freeze
        // ends.
        let frozen = if organizer { None } else { season.frozen_at };
        let as_of = match (query.as_of, frozen) {
            (Some(asked), Some(frozen)) => Some(asked.min(frozen)),
            (asked, frozen) => asked.or(frozen),
        };
        let (all, training_data) = (query.all.unwrap_or(false), query.training_data);
        let ladder = !organizer && keeps_back(head, now);
        Ok(Self { split, all, ladder, training_data, as_of, version: None })
    }
}

fn is_published(head: &Head, now: Timestamp) -> bool {
    head.season.published_at.is_some_and(|at| at <= now)
}

/// Returns true if the Ladder of the task keeps results back from all but organizers.
fn keeps_back(head: &Head, now: Timestamp) -> bool {
    head.task.settings.ladder && !is_published(head, now)
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;
    use std::time::Instant;

    use holdout_protocol::SeasonId;

    use super::*;
    use crate::db::boards::SeasonHead;
    use crate::samples::{at, refusal, task};

    fn head(frozen: Option<i64>, published: Option<i64>) -> Head {
        let season = SeasonHead {
            id: SeasonId::new(),
            slug: "demo".parse().unwrap(),
            draft: false,
            frozen_at: frozen.map(at),
            published_at: published.map(at),
        };
        Head { task: Arc::new(task(season.id)), season: Arc::new(season), read_at: Instant::now() }
    }

    fn private() -> LeaderboardQuery {
        LeaderboardQuery { split: Some(BoardSplit::Private), ..LeaderboardQuery::default() }
    }

    fn allowed(query: &LeaderboardQuery, head: &Head, organizer: bool) -> Result<View> {
        View::allowed(query, head, organizer, at(100))
    }

    #[test]
    fn whoever_asks_for_nothing_in_particular_gets_the_public_board_up_to_the_freeze() {
        let frozen = head(Some(50), None);
        let standard = View { as_of: Some(at(50)), ..View::of(BoardSplit::Public) };
        assert_eq!(View::standard(&frozen, at(100)), standard);
        assert_eq!(allowed(&LeaderboardQuery::default(), &frozen, false).unwrap(), standard);
        let beyond = View { as_of: None, ..standard };
        assert_eq!(
            allowed(&LeaderboardQuery::default(), &frozen, true).unwrap(),
            beyond,
            "organizers see what comes in"
        );
    }

    #[test]
    fn private_scores_are_for_organizers_until_the_moment_they_are_published() {
        for (published, seen) in [(None, false), (Some(101), false), (Some(100), true), (Some(99), true)] {
            let found = allowed(&private(), &head(None, published), false);
            assert_eq!(found.is_ok(), seen, "{published:?}");
            if !seen {
                assert_eq!(refusal(found).0, Some(Reason::PrivateHidden));
            }
        }
        assert_eq!(allowed(&private(), &head(None, None), true).unwrap().split, BoardSplit::Private);
    }

    #[test]
    fn a_task_without_a_split_has_no_private_part_for_anybody() {
        let mut whole = head(None, Some(1));
        let mut settings = task(whole.season.id);
        settings.settings.split = None;
        whole.task = Arc::new(settings);
        for organizer in [false, true] {
            assert_eq!(refusal(allowed(&private(), &whole, organizer)).0, Some(Reason::NoPrivatePart));
        }
        // Somebody who may not see private scores does not learn from the refusal whether there are
        // any.
        let hidden = Head { season: head(None, None).season, ..whole };
        assert_eq!(refusal(allowed(&private(), &hidden, false)).0, Some(Reason::PrivateHidden));
    }

    #[test]
    fn nobody_but_organizers_looks_beyond_the_freeze_and_everybody_before_it() {
        let asked = |second| LeaderboardQuery { as_of: Some(at(second)), ..LeaderboardQuery::default() };
        let as_of = |second, frozen, organizer| allowed(&asked(second), &head(frozen, None), organizer).unwrap().as_of;
        assert_eq!(as_of(70, Some(50), false), Some(at(50)));
        assert_eq!(as_of(30, Some(50), false), Some(at(30)));
        assert_eq!(as_of(70, Some(50), true), Some(at(70)));
        assert_eq!(as_of(70, None, false), Some(at(70)));
    }
}
