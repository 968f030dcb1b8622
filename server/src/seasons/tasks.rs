//! Tasks of a season.

use holdout_protocol::{
    AccountId, ErrorCode, NewTask, Page, PageQuery, Reason, Slug, Split, Task, TaskId, TaskSettings, Timestamp,
    check_task,
};
use serde_json::json;

use super::access::{announce_version, locked, task_row, visible};
use super::view::Audience;
use super::{test_sets, view};
use crate::app::App;
use crate::audit;
use crate::auth::{Account, Caller};
use crate::changes::Topic;
use crate::db::{self, Conn};
use crate::error::{Error, Result};
use crate::idempotency::{IdempotencyKey, IdempotentRequest, write_once};
use crate::paths::TaskPath;
use crate::rescoring;

/// Tries to change a task while another organizer changes its test set.
const TRIES: u32 = 5;
/// Bits of a drawn seed that stay 0: JavaScript reads whole numbers exactly up to 2^53 only.
const SPARED_BITS: u32 = 11;

/// A page of a season's tasks, in the organizers' order.
///
/// # Errors
/// `not_found` if there is no season that the caller may see.
pub async fn list_tasks(app: &App, caller: Caller, season: Slug, query: PageQuery) -> Result<Page<Task>> {
    app.db
        .read(move |conn| {
            let season = visible(conn, &season, caller.is_organizer())?;
            let tasks = db::tasks::of_season(conn, season.id)?;
            let is_last = |task: &&db::tasks::Task| query.cursor.as_ref() == Some(&task.id.to_string());
            let after = tasks.iter().find(is_last).map(|task| task.position);
            let wanted = db::int::<_, usize>(db::rows_to_fetch(&query))?;
            let rest = tasks.into_iter().filter(|task| after.is_none_or(|after| task.position > after));
            let page = db::page_of(rest.take(wanted).collect(), &query, |task| task.id.to_string());
            let audience = Audience::of_caller(&caller);
            let ids: Vec<TaskId> = page.items.iter().map(|task| task.id).collect();
            let shown = page.items.into_iter().map(|task| view::task(conn, &season, task, audience));
            Ok(db::page_of_views(shown.collect::<Result<Vec<_>>>()?, &ids, page.next_cursor))
        })
        .await
}

/// A task that the caller may see.
///
/// # Errors
/// `not_found` if there is no such task.
pub async fn get(app: &App, caller: Caller, path: TaskPath) -> Result<Task> {
    app.db
        .read(move |conn| {
            let season = visible(conn, &path.season, caller.is_organizer())?;
            let task = db::tasks::find(conn, season.id, path.task.as_str())?;
            view::task(conn, &season, task, Audience::of_caller(&caller))
        })
        .await
}

/// Makes a task, the last of its season.
///
/// # Errors
/// `not_found`, `invalid_value`; `already_exists` if the season has one of this name.
pub async fn create(
    app: &App,
    organizer: Account,
    key: IdempotencyKey,
    season: Slug,
    request: NewTask,
) -> Result<Task> {
    check_task(&request.settings)?;
    let once = IdempotentRequest::new(Some(organizer.id), key, "create_task", &(&season, &request))?;
    let settings = with_seed(request.settings, None);
    let slug = request.task.clone();
    let taken =
        format!("season `{season}` has a task `{}` already; choose another name or change that one", request.task);
    let work = move |conn: &mut Conn| {
        let season = locked(conn, &season)?;
        let last = db::tasks::of_season(conn, season.id)?.last().map_or(-1, |task| task.position);
        let task = db::tasks::Task {
            id: TaskId::new(),
            season: season.id,
            slug: request.task,
            position: last.saturating_add(1),
            settings,
            test_set: None,
            board_version: 0,
        };
        db::tasks::insert(conn, &task, Timestamp::now())?;
        let object = format!("{}/{}", season.slug, task.slug);
        let detail = serde_json::to_value(&task.settings).map_err(Error::internal)?;
        audit::record(conn, Some(organizer.id), "task.create", &object, &detail)?;
        view::task(conn, &season, task, Audience::Organizers)
    };
    let created = write_once(&app.db, once, work).await.map_err(|error| {
        error.or_taken(|| {
            let facts = json!({ "field": "task", "task": slug });
            Error::refused(ErrorCode::AlreadyExists, taken).because(Reason::TaskTaken, facts)
        })
    })?;
    app.changes.announce(Topic::Boards);
    Ok(created)
}

/// Replaces the settings of a task. Another split makes a new version of its test set, or takes up
/// an earlier one of this split; results that should stay are counted for that version first.
///
/// # Errors
/// `not_found`, `invalid_value`; `wrong_state` if the task is being re-scored for another version,
/// and if the season is published and the metric or the number of finals is to change.
pub async fn replace(
    app: &App,
    organizer: Account,
    path: TaskPath,
    settings: TaskSettings,
    discard: bool,
) -> Result<Task> {
    check_task(&settings)?;
    for _ in 0..TRIES {
        let (path, before) = (path.clone(), task_row(app, path.clone()).await?);
        let settings = with_seed(settings.clone(), before.settings.split.as_ref());
        let resplit = test_sets::resplit(app, &before, settings.split.as_ref()).await?;
        let wanted = Wanted { before, settings, resplit, discard };
        let organizer = organizer.id;
        let replaced = app.db.write(move |conn| write(conn, organizer, &path, wanted)).await?;
        if let Some(task) = replaced {
            announce_version(app);
            return Ok(task);
        }
    }
    Err(Error::refused(ErrorCode::WrongState, "the test set is being changed by somebody else; try again")
        .because(Reason::ChangedMeanwhile, json!({})))
}

/// The settings that a task should have.
struct Wanted {
    /// The task as it was when this was found out.
    before: db::tasks::Task,
    settings: TaskSettings,
    /// The version of its test set that another split makes.
    resplit: Option<db::test_sets::TestSet>,
    /// Whether results may leave the board.
    discard: bool,
}

/// Returns `None` if the task has got another test set since it was looked at.
fn write(conn: &mut Conn, organizer: AccountId, path: &TaskPath, wanted: Wanted) -> Result<Option<Task>> {
    let Wanted { before, mut settings, mut resplit, discard } = wanted;
    let season = locked(conn, &path.season)?;
    let mut task = db::tasks::find(conn, season.id, path.task.as_str())?;
    if task.test_set != before.test_set {
        return Ok(None);
    }
    check_published(&season, &task.settings, &settings)?;
    if let Some(set) = resplit.take_if(|_| !discard) {
        if test_sets::has_results(conn, &task)? {
            // The task keeps its split until the re-scoring is applied.
            settings.split.clone_from(&task.settings.split);
            let set = test_sets::earlier(conn, &task, &set)?.unwrap_or(set);
            rescoring::stage(conn, &task, &path.to_string(), set, organizer)?;
        } else {
            resplit = Some(set);
        }
    }
    if resplit.is_some() {
        rescoring::check_none_open(conn, &task)?;
    }
    let seen = task.settings.metric != settings.metric || resplit.is_some();
    if task.settings != settings {
        db::tasks::set_settings(conn, task.id, &settings)?;
        let detail = serde_json::to_value(&settings).map_err(Error::internal)?;
        audit::record(conn, Some(organizer), "task.update", &path.to_string(), &detail)?;
        task.settings = settings;
    }
    if let Some(set) = resplit {
        let earlier = test_sets::earlier(conn, &task, &set)?;
        test_sets::add(conn, &mut task, earlier, set)?;
    }
    if seen {
        db::tasks::bump_board(conn, task.id)?;
    }
    view::task(conn, &season, task, Audience::Organizers).map(Some)
}

/// What decides the rows and the order of a published board does not change under its viewers.
fn check_published(season: &db::seasons::Season, before: &TaskSettings, after: &TaskSettings) -> Result<()> {
    let field = if before.metric != after.metric { "metric" } else { "finals" };
    if season.published_at.is_none() || (before.metric == after.metric && before.finals == after.finals) {
        return Ok(());
    }
    let slug = &season.slug;
    let message = format!(
        "season `{slug}` is published, and another `{field}` would change its final board; hide the results first: \
         `holdout season unpublish {slug}`, or on the season's page for organizers"
    );
    Err(Error::refused(ErrorCode::WrongState, message).because(Reason::PublishedBoard, json!({ "field": field })))
}

/// Settings whose split has a seed: the one given, else the present one, else one drawn here.
fn with_seed(mut settings: TaskSettings, present: Option<&Split>) -> TaskSettings {
    if let Some(split) = &mut settings.split {
        let kept = split.seed.or_else(|| present.and_then(|present| present.seed));
        split.seed = kept.or_else(|| Some(rand::random::<u64>() >> SPARED_BITS));
    }
    settings
}

#[cfg(test)]
mod tests {
    use holdout_protocol::Metric;

    use super::*;
    use crate::samples::{at, season, settings};

    #[test]
    fn the_final_board_keeps_its_metric_and_finals_while_it_is_published() {
        let published = db::seasons::Season { published_at: Some(at(250)), ..season() };
        let metric = TaskSettings { metric: Metric::Top1Error, ..settings() };
        let finals = TaskSettings { finals: 0, ..settings() };
        let title = TaskSettings { title: "Other".to_owned(), ..settings() };
        for (after, field) in [(&metric, "`metric`"), (&finals, "`finals`")] {
            let message = check_published(&published, &settings(), after).unwrap_err().to_string();
            assert!(message.contains(field) && message.contains("holdout season unpublish demo"), "{message}");
            check_published(&season(), &settings(), after).unwrap();
        }
        check_published(&published, &settings(), &title).unwrap();
    }

    fn seed(split: Option<Split>, present: Option<&Split>) -> Option<u64> {
        with_seed(TaskSettings { split, ..settings() }, present).split.and_then(|split| split.seed)
    }

    #[test]
    fn a_seed_is_the_one_that_was_sent_or_else_the_one_there_is() {
        let split = |seed| Split { public: 0.5, seed };
        assert_eq!(seed(Some(split(Some(3))), Some(&split(Some(9)))), Some(3));
        assert_eq!(seed(Some(split(None)), Some(&split(Some(9)))), Some(9));
        assert_eq!(seed(None, Some(&split(Some(9)))), None, "without a split there is nothing to draw");
    }

    #[test]
    fn a_seed_that_is_drawn_is_exact_in_every_reader_of_json() {
        let split = Split { public: 0.5, seed: None };
        let drawn: Vec<u64> = (0..64).map(|_| seed(Some(split.clone()), None).unwrap()).collect();
        assert!(drawn.iter().all(|seed| *seed < 1 << 53));
        assert!(drawn.iter().any(|seed| *seed >= 1 << 48), "all of its bits are drawn: {drawn:?}");
        assert!(drawn.iter().any(|seed| *seed != drawn[0]));
    }
}
