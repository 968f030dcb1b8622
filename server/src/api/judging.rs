//! Decisions of organizers about results.

use actix_web::http::header::{CONTENT_DISPOSITION, HeaderValue};
use actix_web::{HttpRequest, HttpResponse, web};
use holdout_protocol::{
    ErrorBody, IdenticalSubmissions, JudgementReply, NewJudgement, SimilarSubmissions, Slug, SubmissionId,
};

use super::files;
use super::refusals::{InvalidValue, NotFound};
use crate::app::App;
use crate::auth::{After, Judges, Organizer, Somewhere};
use crate::error::{Error, Result};
use crate::json::JsonBody;
use crate::paths::TaskPath;
use crate::{judging, similar, submissions};

/// Disqualify, hide, flag or restore the result of a submission, or all results of a team. With
/// `dry_run` only what would change is said.
#[utoipa::path(post, path = "/api/v1/organizer/judgements", tag = "organizers", request_body = NewJudgement, responses(
    (status = 200, description = "the submissions and the rows of boards that it changes", body = JudgementReply),
    NotFound,
    InvalidValue,
))]
pub async fn create_judgement(
    app: web::Data<App>,
    After(organizer, body): After<Organizer<Somewhere<Judges>>, JsonBody<NewJudgement>>,
) -> Result<web::Json<JudgementReply>> {
    judging::judge(&app, organizer.0, body.into_inner()).await.map(web::Json)
}

/// The submissions of a season that are the same as those of other teams: the same file, or the
/// same answers. What organizers entered does not count.
#[utoipa::path(get, path = "/api/v1/organizer/seasons/{season}/identical-submissions", tag = "organizers",
    params(("season" = Slug, Path)), responses(
    (status = 200, description = "groups of submissions that are the same", body = IdenticalSubmissions),
    NotFound,
))]
pub async fn get_identical_submissions(
    app: web::Data<App>,
    _: Organizer<Judges>,
    season: web::Path<Slug>,
) -> Result<web::Json<IdenticalSubmissions>> {
    judging::identical(&app, season.into_inner()).await.map(web::Json)
}

/// The teams of a task whose answers agree beyond what two teams reach that work on their own, with
/// the evidence. Scored submissions of all teams are compared, which may take some seconds the
/// first time after a change of the board. What organizers entered does not count, and images on
/// which a baseline gives the same answers are left out.
#[utoipa::path(get, path = "/api/v1/organizer/seasons/{season}/tasks/{task}/similar-submissions", tag = "organizers",
    params(("season" = Slug, Path), ("task" = Slug, Path)), responses(
    (status = 200, description = "groups of teams, with their strongest pairs", body = SimilarSubmissions),
    NotFound,
    (status = 503, body = ErrorBody, description = "`unavailable`: answers are being compared already"),
))]
pub async fn get_similar_submissions(
    app: web::Data<App>,
    _: Organizer<Judges>,
    path: web::Path<TaskPath>,
) -> Result<web::Json<SimilarSubmissions>> {
    similar::of_task(&app, path.into_inner()).await.map(web::Json)
}

/// Download what a team sent. The audit log has who did.
#[utoipa::path(get, path = "/api/v1/organizer/submissions/{id}/file", tag = "organizers",
    params(("id" = SubmissionId, Path), ("Range" = Option<String>, Header, description = "one range of bytes")), responses(
    (status = 200, description = "the file", content_type = "application/octet-stream"),
    (status = 206, description = "a part of the file", content_type = "application/octet-stream"),
    NotFound,
    (status = 416, description = "`invalid_value`: the file ends before the range", body = ErrorBody),
))]
pub async fn get_submission_file(
    app: web::Data<App>,
    organizer: Organizer<Judges>,
    id: web::Path<SubmissionId>,
    request: HttpRequest,
) -> Result<HttpResponse> {
    let range = files::range(&request);
    let (name, file) = submissions::download(&app, organizer.0.id, id.into_inner(), range).await?;
    let mut reply = files::reply(file);
    let saved = HeaderValue::from_str(&format!("attachment; filename=\"{name}\"")).map_err(Error::internal)?;
    reply.headers_mut().insert(CONTENT_DISPOSITION, saved);
    Ok(reply)
}
