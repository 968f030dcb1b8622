//! Submissions, their events, and what is left of the quota.

use actix_web::http::header::LOCATION;
use actix_web::{HttpRequest, HttpResponse, web};
use holdout_protocol::{
    ErrorBody, NewSubmission, Page, Preflight, PreflightReply, Quota, Slug, Submission, SubmissionChanges,
    SubmissionId, SubmissionQuery,
};

use super::refusals::{InvalidValue, NotFound, RateLimited};
use crate::app::App;
use crate::auth::{Account, After, Caller, Member, Participant, StreamLogin};
use crate::error::Result;
use crate::extraction::Query;
use crate::idempotency::IdempotencyKey;
use crate::json::JsonBody;
use crate::paths::TaskPath;
use crate::rates::ClientAddress;
use crate::{intake, quota, submissions};

/// Submit an upload to a task. A file that the format check refuses is recorded as `rejected` and
/// not charged.
///
/// A submission is on time if this request comes before the season closes. It also is if its upload
/// was begun before that and announced the file's `sha256`; then this request is accepted until
/// `accepted_until` of the preflight.
#[utoipa::path(post, path = "/api/v1/seasons/{season}/tasks/{task}/submissions", tag = "submissions",
    request_body = NewSubmission,
    params(("season" = Slug, Path), ("task" = Slug, Path), ("Idempotency-Key" = Option<String>, Header)), responses(
    (status = 201, description = "the submission: `queued`, or `rejected` with a verdict", body = Submission),
    (status = 403, description = "`forbidden`: for members of a team of the season, or organizers with `team`",
        body = ErrorBody),
    (status = 404, description = "`not_found`: season, task or upload", body = ErrorBody),
    (status = 409, description = "`wrong_state`: the season is not open, the task has no test set, or the upload is not \
        complete; `already_submitted`: the team has submitted the same file, `detail.submission` says as which, and \
        `again` was not sent; `idempotency_mismatch`", body = ErrorBody),
    (status = 410, description = "`gone`: the upload has expired", body = ErrorBody),
    (status = 413, description = "`too_large`", body = ErrorBody),
    InvalidValue,
    (status = 429, description = "`quota_exhausted`, `queue_full`, `rate_limited`", body = ErrorBody),
))]
pub async fn create_submission(
    app: web::Data<App>,
    After(participant, body): After<Participant, JsonBody<NewSubmission>>,
    key: IdempotencyKey,
    path: web::Path<TaskPath>,
) -> Result<HttpResponse> {
    let submission = intake::accept(&app, participant.account, key, path.into_inner(), body.into_inner()).await?;
    let address = format!("/api/v1/submissions/{}", submission.id);
    Ok(HttpResponse::Created().insert_header((LOCATION, address)).json(submission))
}

/// Ask whether a submission could be accepted now, before the file is sent. A refusal is the one
/// that the submission would get; `200` reserves nothing.
#[utoipa::path(post, path = "/api/v1/seasons/{season}/tasks/{task}/submissions/preflight", tag = "submissions",
    request_body = Preflight, params(("season" = Slug, Path), ("task" = Slug, Path)), responses(
    (status = 200, description = "it could", body = PreflightReply),
    (status = 403, description = "`forbidden`: for members of a team of the season, or organizers with `team`",
        body = ErrorBody),
    (status = 404, description = "`not_found`: season or task", body = ErrorBody),
    (status = 409, description = "`wrong_state`: the season is not open, or the task has no test set; \
        `already_submitted`: the team has submitted the same file, `detail.submission` says as which", body = ErrorBody),
    (status = 413, description = "`too_large`", body = ErrorBody),
    (status = 422, description = "`invalid_value`: the task does not take this kind", body = ErrorBody),
    (status = 429, description = "`quota_exhausted`, `queue_full`, `rate_limited`", body = ErrorBody),
))]
pub async fn preflight_submission(
    app: web::Data<App>,
    After(participant, body): After<Participant, JsonBody<Preflight>>,
    path: web::Path<TaskPath>,
) -> Result<web::Json<PreflightReply>> {
    intake::preflight(&app, participant.account, path.into_inner(), body.into_inner()).await.map(web::Json)
}

/// The own team's submissions to a task, newest first; to organizers those of all teams.
#[utoipa::path(get, path = "/api/v1/seasons/{season}/tasks/{task}/submissions", tag = "submissions",
    params(("season" = Slug, Path), ("task" = Slug, Path), SubmissionQuery), responses(
    (status = 200, description = "submissions", body = Page<Submission>),
    (status = 403, description = "`forbidden`: for members of a team of the season", body = ErrorBody),
    NotFound,
    InvalidValue,
))]
pub async fn list_submissions(
    app: web::Data<App>,
    participant: Participant,
    path: web::Path<TaskPath>,
    query: Query<SubmissionQuery>,
) -> Result<web::Json<Page<Submission>>> {
    submissions::list_submissions(&app, participant, path.into_inner(), query.into_inner()).await.map(web::Json)
}

/// A submission of the own team; to organizers any.
#[utoipa::path(get, path = "/api/v1/submissions/{id}", tag = "submissions", params(("id" = SubmissionId, Path)),
    responses(
    (status = 200, description = "the submission", body = Submission),
    NotFound,
))]
pub async fn get_submission(
    app: web::Data<App>,
    account: Account,
    id: web::Path<SubmissionId>,
) -> Result<web::Json<Submission>> {
    submissions::get(&app, account, id.into_inner()).await.map(web::Json)
}

/// Change what is said of a submission of the own team, and whether it stands for the team;
/// organizers may change any. What is omitted stays, `null` clears a text.
#[utoipa::path(patch, path = "/api/v1/submissions/{id}", tag = "submissions", request_body = SubmissionChanges,
    params(("id" = SubmissionId, Path)), responses(
    (status = 200, description = "the submission", body = Submission),
    (status = 403, description = "`forbidden`: `note` and `baseline` are for organizers", body = ErrorBody),
    NotFound,
    (status = 409, description = "`wrong_state`: it cannot be chosen, because it is not scored, the season is not open, or the \
        task has no finals; or as many are chosen as may be: `detail` has `finals` and the ids in `chosen`",
        body = ErrorBody),
    InvalidValue,
))]
pub async fn update_submission(
    app: web::Data<App>,
    After(account, body): After<Account, JsonBody<SubmissionChanges>>,
    id: web::Path<SubmissionId>,
) -> Result<web::Json<Submission>> {
    submissions::edit(&app, account, id.into_inner(), body.into_inner()).await.map(web::Json)
}

/// Withdraw a submission. Its slot is given back if no scorer had begun.
#[utoipa::path(post, path = "/api/v1/submissions/{id}/cancel", tag = "submissions",
    params(("id" = SubmissionId, Path)), responses(
    (status = 200, description = "the submission", body = Submission),
    NotFound,
    (status = 409, description = "`wrong_state`: it has ended", body = ErrorBody),
))]
pub async fn cancel_submission(
    app: web::Data<App>,
    account: Account,
    id: web::Path<SubmissionId>,
) -> Result<web::Json<Submission>> {
    submissions::cancel(&app, account, id.into_inner()).await.map(web::Json)
}

/// Take a scored submission of the own team off the board. It stays charged and on record, and only
/// an organizer can restore it.
#[utoipa::path(post, path = "/api/v1/submissions/{id}/withdraw", tag = "submissions",
    params(("id" = SubmissionId, Path)), responses(
    (status = 200, description = "the submission", body = Submission),
    NotFound,
    (status = 409, description = "`wrong_state`: it has no result, was withdrawn before, or the season is over",
        body = ErrorBody),
    RateLimited,
))]
pub async fn withdraw_submission(
    app: web::Data<App>,
    account: Account,
    id: web::Path<SubmissionId>,
) -> Result<web::Json<Submission>> {
    submissions::withdraw(&app, account, id.into_inner()).await.map(web::Json)
}

/// Follow a submission: an event `submission` with its data at once and at each change, until its
/// state is final.
#[utoipa::path(get, path = "/api/v1/submissions/{id}/events", tag = "submissions",
    params(("id" = SubmissionId, Path)), responses(
    (status = 200, description = "events `submission`, data as of `get_submission`; a comment every 15 s",
        body = String, content_type = "text/event-stream"),
    NotFound,
))]
pub async fn stream_submission(
    app: web::Data<App>,
    account: Account,
    from: ClientAddress,
    id: web::Path<SubmissionId>,
    request: HttpRequest,
) -> Result<HttpResponse> {
    let place = app.streams.enter(&Caller(Some(account.clone())), from, &app.config.limits)?;
    let login = StreamLogin::of_request(&request, &account)?;
    submissions::follow(app, account, login, id.into_inner(), place).await
}

/// What is left of the own team's quota in a task, and when the next slot opens.
#[utoipa::path(get, path = "/api/v1/seasons/{season}/tasks/{task}/quota", tag = "submissions",
    params(("season" = Slug, Path), ("task" = Slug, Path)), responses(
    (status = 200, description = "the quota", body = Quota),
    (status = 403, description = "`forbidden`: for members of a team of the season", body = ErrorBody),
    NotFound,
))]
pub async fn get_quota(app: web::Data<App>, member: Member, path: web::Path<TaskPath>) -> Result<web::Json<Quota>> {
    quota::of_member(&app, member, path.into_inner()).await.map(web::Json)
}
