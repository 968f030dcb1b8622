//! Seasons, tasks and test sets as callers see them.

use holdout_evaluation::{USUAL_DISAGREEMENT, resolution};
use holdout_protocol::{Season, Task, TestSetSummary, Timestamp};

use crate::auth::Caller;
use crate::db::{self, Conn, int};
use crate::error::Result;

/// Whose view it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Audience {
    /// Organizers, who see everything but labels here.
    Organizers,
    /// Everybody else.
    Public,
}

impl Audience {
    /// The audience that a caller belongs to.
    pub fn of_caller(caller: &Caller) -> Self {
        if caller.is_organizer() { Self::Organizers } else { Self::Public }
    }
}

/// A season with its tasks.
pub fn season(conn: &mut Conn, season: db::seasons::Season, audience: Audience) -> Result<Season> {
    let tasks = db::tasks::of_season(conn, season.id)?;
    let tasks = tasks.into_iter().map(|found| task(conn, &season, found, audience)).collect::<Result<_>>()?;
    let state = season.state(Timestamp::now());
    Ok(Season {
        season: season.slug,
        title: season.title,
        rules: season.rules,
        opens: season.opens_at,
        closes: season.closes_at,
        draft: season.draft,
        paused: season.paused,
        frozen_at: season.frozen_at,
        published_at: season.published_at,
        registration: season.registration,
        state,
        tasks,
    })
}

/// A task with the summary of its present test set.
pub fn task(
    conn: &mut Conn,
    season: &db::seasons::Season,
    mut task: db::tasks::Task,
    audience: Audience,
) -> Result<Task> {
    // The seed and the labels of the public part tell which images lie between two public ones, and
    // so private labels.
    if audience == Audience::Public
        && season.published_at.is_none()
        && let Some(split) = &mut task.settings.split
    {
        split.seed = None;
    }
    let sets = db::test_sets::of_task(conn, task.id)?;
    let test_set = sets.iter().find(|set| Some(set.id) == task.test_set).map(summary).transpose()?;
    let versions = sets.iter().filter(|set| !set.staged).map(|set| set.version).collect();
    let open = if audience == Audience::Organizers { db::rescorings::open_of(conn, task.id)? } else { None };
    let staged = open.and_then(|open| sets.iter().find(|set| set.id == open.to)).map(summary).transpose()?;
    Ok(Task { season: season.slug.clone(), task: task.slug, settings: task.settings, test_set, versions, staged })
}

/// Returns what everybody may know of a test set.
pub fn summary(set: &db::test_sets::TestSet) -> Result<TestSetSummary> {
    let ones = |mask: &Vec<u8>| mask.iter().map(|byte| byte.count_ones()).sum();
    let public_images: u32 = set.public_mask.as_ref().map_or(set.images, ones);
    Ok(TestSetSummary {
        id: set.id,
        version: set.version,
        classes: int(set.classes)?,
        images: set.images,
        public_images,
        typical_resolution: resolution(public_images, USUAL_DISAGREEMENT).min(1.0),
        commitment: set.commitment,
        created_at: set.created_at,
        staged: set.staged,
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::samples::test_set;

    #[test]
    fn the_public_images_of_a_test_set_are_counted_from_its_mask() {
        let split = db::test_sets::TestSet { public_mask: Some(vec![0b1000_0001, 0b11]), ..test_set() };
        let found = summary(&split).unwrap();
        assert_eq!((found.images, found.public_images, found.classes), (10, 4, 3));
        let whole = summary(&db::test_sets::TestSet { public_mask: None, ..test_set() }).unwrap();
        assert_eq!((whole.images, whole.public_images), (10, 10));
    }

    #[test]
    fn a_board_of_many_images_tells_more_apart_than_one_of_few_and_none_more_than_all() {
        let resolution = |images| {
            let set = db::test_sets::TestSet { images, public_mask: None, ..test_set() };
            summary(&set).unwrap().typical_resolution
        };
        assert!(resolution(100_000) < resolution(1_000), "{} {}", resolution(100_000), resolution(1_000));
        assert_eq!(resolution(1), 1.0);
    }
}
