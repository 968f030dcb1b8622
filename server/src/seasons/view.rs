//! Seasons, tasks and test sets as callers see them.

use holdout_evaluation::resolution;
use holdout_protocol::{Season, Slug, Task, TestSetSummary, Timestamp};

use crate::db::{self, Conn, int};
use crate::error::Result;

/// Share of images on which two entries are taken to disagree, for the resolution of a test set.
const DISAGREEMENT: f64 = 0.05;

/// A season with its tasks.
pub fn season(conn: &mut Conn, season: db::seasons::Season) -> Result<Season> {
    let tasks = db::tasks::of_season(conn, season.id)?;
    let tasks = tasks.into_iter().map(|found| task(conn, &season.slug, found)).collect::<Result<_>>()?;
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
pub fn task(conn: &mut Conn, season: &Slug, task: db::tasks::Task) -> Result<Task> {
    let set = task.test_set.map(|set| db::test_sets::get(conn, set)).transpose()?;
    let test_set = set.map(|set| summary(&set)).transpose()?;
    Ok(Task { season: season.clone(), task: task.slug, settings: task.settings, test_set })
}

/// What everybody may know of a test set.
pub fn summary(set: &db::test_sets::TestSet) -> Result<TestSetSummary> {
    let ones = |mask: &Vec<u8>| mask.iter().map(|byte| byte.count_ones()).sum();
    let public_images: u32 = set.public_mask.as_ref().map_or(set.images, ones);
    Ok(TestSetSummary {
        id: set.id,
        version: set.version,
        classes: int(set.classes)?,
        images: set.images,
        public_images,
        resolution: resolution(public_images, DISAGREEMENT),
        commitment: set.commitment,
        created_at: set.created_at,
    })
}
