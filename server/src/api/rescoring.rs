//! Routes of re-scorings, for organizers.

use actix_web::{HttpResponse, web};
use holdout_protocol::{
    ApplyRescoring, ErrorBody, NewRescoring, Rescoring, RescoringId, RescoringQuery, Slug, TestSetSummary,
};

use super::refusals::{InvalidValue, NotFound};
use crate::app::App;
use crate::auth::{After, Judges, Observes, Organizer};
use crate::error::Result;
use crate::extraction::Query;
use crate::json::JsonBody;
use crate::paths::TaskPath;
use crate::rescoring;
use crate::seasons;

/// Count the results of a task for another version of its test set. The board stays as it is until
/// this is applied.
#[utoipa::path(post, path = "/api/v1/organizer/seasons/{season}/tasks/{task}/rescoring", tag = "organizers",
    request_body = NewRescoring, params(("season" = Slug, Path), ("task" = Slug, Path)), responses(
    (status = 201, description = "what it changes, as far as it is counted", body = Rescoring),
    NotFound,
    (status = 409, description = "`wrong_state`: the task is being re-scored for another version", body = ErrorBody),
    InvalidValue,
))]
pub async fn create_rescoring(
    app: web::Data<App>,
    After(organizer, body): After<Organizer<Judges>, JsonBody<NewRescoring>>,
    path: web::Path<TaskPath>,
) -> Result<HttpResponse> {
    let created = rescoring::begin(&app, organizer.0, path.into_inner(), body.into_inner()).await?;
    Ok(HttpResponse::Created().json(created))
}

/// The open re-scoring of a task: how far it is, and every row of the board that it changes.
#[utoipa::path(get, path = "/api/v1/organizer/seasons/{season}/tasks/{task}/rescoring", tag = "organizers",
    params(("season" = Slug, Path), ("task" = Slug, Path), RescoringQuery), responses(
    (status = 200, description = "what it changes, as far as it is counted", body = Rescoring),
    (status = 404, description = "`not_found`: also if the task is not being re-scored", body = ErrorBody),
    InvalidValue,
))]
pub async fn get_rescoring(
    app: web::Data<App>,
    _: Organizer<Observes>,
    path: web::Path<TaskPath>,
    query: Query<RescoringQuery>,
) -> Result<web::Json<Rescoring>> {
    rescoring::preview(&app, path.into_inner(), query.into_inner()).await.map(web::Json)
}

/// Apply a re-scoring: the board shows the other version from now on, in one step. The version
/// before can still be shown.
#[utoipa::path(post, path = "/api/v1/organizer/rescorings/{id}/apply", tag = "organizers",
    request_body = ApplyRescoring, params(("id" = RescoringId, Path)), responses(
    (status = 200, description = "the present version of the test set", body = TestSetSummary),
    NotFound,
    (status = 409, description = "`wrong_state`: it has ended, or `detail.waiting` submissions wait for a scorer and \
        `incomplete` is not set", body = ErrorBody),
    InvalidValue,
))]
pub async fn apply_rescoring(
    app: web::Data<App>,
    After(organizer, body): After<Organizer<Judges>, JsonBody<ApplyRescoring>>,
    id: web::Path<RescoringId>,
) -> Result<web::Json<TestSetSummary>> {
    let set = rescoring::apply(&app, organizer.0.id, id.into_inner(), body.into_inner()).await?;
    seasons::test_set_summary(&set).map(web::Json)
}

/// Drop a re-scoring: the board stays as it is.
#[utoipa::path(delete, path = "/api/v1/organizer/rescorings/{id}", tag = "organizers",
    params(("id" = RescoringId, Path)), responses(
    (status = 204, description = "dropped"),
    NotFound,
    (status = 409, description = "`wrong_state`: it has ended", body = ErrorBody),
))]
pub async fn delete_rescoring(
    app: web::Data<App>,
    organizer: Organizer<Judges>,
    id: web::Path<RescoringId>,
) -> Result<HttpResponse> {
    rescoring::drop_rescoring(&app, organizer.0.id, id.into_inner()).await?;
    Ok(HttpResponse::NoContent().finish())
}
