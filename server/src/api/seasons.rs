//! Seasons, tasks and test sets.

use actix_web::{HttpResponse, web};
use holdout_protocol::{
    DiscardQuery, ErrorBody, NewSeason, NewTask, Page, PageQuery, Season, SeasonChanges, Slug, Task, TaskSettings,
};

use super::refusals::{Forbidden, InvalidValue, NotFound};
use crate::app::App;
use crate::auth::{After, Caller, Organizer};
use crate::error::Result;
use crate::extraction::Query;
use crate::idempotency::IdempotencyKey;
use crate::json::JsonBody;
use crate::paths::TaskPath;
use crate::seasons::{self, tasks};

/// The seasons, newest first; drafts for organizers only.
#[utoipa::path(get, path = "/api/v1/seasons", tag = "seasons", params(PageQuery), responses(
    (status = 200, description = "seasons", body = Page<Season>),
))]
pub async fn list_seasons(
    app: web::Data<App>,
    caller: Caller,
    query: Query<PageQuery>,
) -> Result<web::Json<Page<Season>>> {
    seasons::list_seasons(&app, caller, query.into_inner()).await.map(web::Json)
}

/// Make a season.
#[utoipa::path(post, path = "/api/v1/seasons", tag = "seasons", request_body = NewSeason,
    params(("Idempotency-Key" = Option<String>, Header)), responses(
    (status = 201, description = "the season", body = Season),
    Forbidden,
    (status = 409, description = "`already_exists`; `idempotency_mismatch`", body = ErrorBody),
    InvalidValue,
))]
pub async fn create_season(
    app: web::Data<App>,
    After(organizer, body): After<Organizer, JsonBody<NewSeason>>,
    key: IdempotencyKey,
) -> Result<HttpResponse> {
    let season = seasons::create(&app, organizer.0, key, body.into_inner()).await?;
    Ok(HttpResponse::Created().json(season))
}

/// A season with its tasks.
#[utoipa::path(get, path = "/api/v1/seasons/{season}", tag = "seasons", params(("season" = Slug, Path)), responses(
    (status = 200, description = "the season", body = Season),
    NotFound,
))]
pub async fn get_season(app: web::Data<App>, caller: Caller, season: web::Path<Slug>) -> Result<web::Json<Season>> {
    seasons::get(&app, caller, season.into_inner()).await.map(web::Json)
}

/// Change a season: open, close, pause, freeze, publish; what is omitted stays.
#[utoipa::path(patch, path = "/api/v1/seasons/{season}", tag = "seasons", request_body = SeasonChanges,
    params(("season" = Slug, Path)), responses(
    (status = 200, description = "the season", body = Season),
    Forbidden,
    NotFound,
    (status = 409, description = "`wrong_state`: published before the season is over, or opened again while it is published", body = ErrorBody),
    InvalidValue,
))]
pub async fn update_season(
    app: web::Data<App>,
    After(organizer, body): After<Organizer, JsonBody<SeasonChanges>>,
    season: web::Path<Slug>,
) -> Result<web::Json<Season>> {
    seasons::change(&app, organizer.0, season.into_inner(), body.into_inner()).await.map(web::Json)
}

/// A season's tasks, in the organizers' order.
#[utoipa::path(get, path = "/api/v1/seasons/{season}/tasks", tag = "seasons",
    params(("season" = Slug, Path), PageQuery), responses(
    (status = 200, description = "tasks", body = Page<Task>),
    NotFound,
))]
pub async fn list_tasks(
    app: web::Data<App>,
    caller: Caller,
    season: web::Path<Slug>,
    query: Query<PageQuery>,
) -> Result<web::Json<Page<Task>>> {
    tasks::list_tasks(&app, caller, season.into_inner(), query.into_inner()).await.map(web::Json)
}

/// Make a task.
#[utoipa::path(post, path = "/api/v1/seasons/{season}/tasks", tag = "seasons", request_body = NewTask,
    params(("season" = Slug, Path), ("Idempotency-Key" = Option<String>, Header)), responses(
    (status = 201, description = "the task", body = Task),
    Forbidden,
    NotFound,
    (status = 409, description = "`already_exists`; `idempotency_mismatch`", body = ErrorBody),
    InvalidValue,
))]
pub async fn create_task(
    app: web::Data<App>,
    After(organizer, body): After<Organizer, JsonBody<NewTask>>,
    key: IdempotencyKey,
    season: web::Path<Slug>,
) -> Result<HttpResponse> {
    let task = tasks::create(&app, organizer.0, key, season.into_inner(), body.into_inner()).await?;
    Ok(HttpResponse::Created().json(task))
}

/// A task.
#[utoipa::path(get, path = "/api/v1/seasons/{season}/tasks/{task}", tag = "seasons",
    params(("season" = Slug, Path), ("task" = Slug, Path)), responses(
    (status = 200, description = "the task", body = Task),
    NotFound,
))]
pub async fn get_task(app: web::Data<App>, caller: Caller, path: web::Path<TaskPath>) -> Result<web::Json<Task>> {
    tasks::get(&app, caller, path.into_inner()).await.map(web::Json)
}

/// Replace a task's settings; another split makes a new version of its test set, or takes up an
/// earlier one that had it.
#[utoipa::path(put, path = "/api/v1/seasons/{season}/tasks/{task}", tag = "seasons", request_body = TaskSettings,
    params(("season" = Slug, Path), ("task" = Slug, Path), DiscardQuery), responses(
    (status = 200, description = "the task", body = Task),
    Forbidden,
    NotFound,
    (status = 409, description = "`wrong_state`: somebody else is changing it, or `detail.results` results would leave the \
        board and `discard_results` is not set", body = ErrorBody),
    InvalidValue,
))]
pub async fn update_task(
    app: web::Data<App>,
    After(organizer, body): After<Organizer, JsonBody<TaskSettings>>,
    path: web::Path<TaskPath>,
    query: Query<DiscardQuery>,
) -> Result<web::Json<Task>> {
    let discard = query.discard_results.unwrap_or(false);
    tasks::replace(&app, organizer.0, path.into_inner(), body.into_inner(), discard).await.map(web::Json)
}
