//! Organizers' routes.

use actix_web::{HttpResponse, web};
use holdout_protocol::{
    AuditEntry, AuditQuery, CommitmentList, CreatedPasswordReset, CreatedScorerToken, ErrorBody, EvaluationQuery,
    EvaluationRecord, NewPasswordReset, NewScorerToken, OpenMatters, Page, PageQuery, Queue, ScorerStatus, ScorerToken,
    ScorerTokenId, Slug, Submission, SubmissionId,
};

use super::refusals::{InvalidQuery, InvalidValue, NotFound};
use crate::accounts::resets;
use crate::app::App;
use crate::auth::{After, Judges, Observes, Organizer};
use crate::db::audit::Filter;
use crate::db::{self, Search};
use crate::error::Result;
use crate::evaluations::{self, fleet, overview, tokens};
use crate::extraction::Query;
use crate::idempotency::IdempotencyKey;
use crate::json::JsonBody;
use crate::paths::TaskPath;
use crate::seasons::{commitments, open_matters};
use crate::submissions;

/// The audit log, newest first; with `q` the entries whose action, object or person contains it.
/// Judges of one season name it.
#[utoipa::path(get, path = "/api/v1/organizer/audit", tag = "organizers", params(AuditQuery), responses(
    (status = 200, description = "entries", body = Page<AuditEntry>),
    InvalidValue,
))]
pub async fn list_audit_entries(
    app: web::Data<App>,
    _: Organizer<Judges>,
    query: Query<AuditQuery>,
) -> Result<web::Json<Page<AuditEntry>>> {
    let search = Search::parse(query.q.as_deref())?;
    app.db
        .read(move |conn| {
            let filter = Filter { season: query.season.as_ref(), search: search.as_ref(), by: None };
            db::audit::page(conn, filter, &query.page())
        })
        .await
        .map(web::Json)
}

/// Make a link that sets a new password and replaces any earlier one. Its code is shown this once
/// and is valid for one day. The organizer gives it to the person, because no e-mail is sent.
#[utoipa::path(post, path = "/api/v1/organizer/password-resets", tag = "organizers", request_body = NewPasswordReset,
    params(("Idempotency-Key" = Option<String>, Header,
        description = "a repetition gives the same link a new code, and the earlier one is no longer valid")),
    responses(
    (status = 201, description = "the code", body = CreatedPasswordReset),
    (status = 403, description = "`forbidden`: for organizers of the server; for owners only if the account is an organizer's",
        body = ErrorBody),
    (status = 404, description = "`not_found`: no account has this e-mail address", body = ErrorBody),
    (status = 409, description = "`idempotency_mismatch`, `wrong_state`", body = ErrorBody),
    InvalidValue,
))]
pub async fn create_password_reset(
    app: web::Data<App>,
    After(organizer, body): After<Organizer, JsonBody<NewPasswordReset>>,
    key: IdempotencyKey,
) -> Result<HttpResponse> {
    let created = resets::create(&app, organizer.0, key, body.into_inner()).await?;
    Ok(HttpResponse::Created().json(created))
}

/// The tokens of scorers, newest first.
#[utoipa::path(get, path = "/api/v1/organizer/scorer-tokens", tag = "organizers", params(PageQuery), responses(
    (status = 200, description = "tokens, without their secrets", body = Page<ScorerToken>),
))]
pub async fn list_scorer_tokens(
    app: web::Data<App>,
    _: Organizer<Observes>,
    query: Query<PageQuery>,
) -> Result<web::Json<Page<ScorerToken>>> {
    tokens::list_tokens(&app, query.into_inner()).await.map(web::Json)
}

/// Make a token for scorers. Its secret is shown this once.
#[utoipa::path(post, path = "/api/v1/organizer/scorer-tokens", tag = "organizers", request_body = NewScorerToken,
    params(("Idempotency-Key" = Option<String>, Header,
        description = "a repetition gives the same token a new secret, and the earlier one is no longer valid")),
    responses(
    (status = 201, description = "the token and its secret", body = CreatedScorerToken),
    (status = 409, description = "`idempotency_mismatch`, `wrong_state`", body = ErrorBody),
    InvalidValue,
))]
pub async fn create_scorer_token(
    app: web::Data<App>,
    After(organizer, body): After<Organizer, JsonBody<NewScorerToken>>,
    key: IdempotencyKey,
) -> Result<HttpResponse> {
    let created = tokens::create(&app, organizer.0.id, key, body.into_inner()).await?;
    Ok(HttpResponse::Created().json(created))
}

/// Revoke a token: its scorers can neither claim nor report any more.
#[utoipa::path(delete, path = "/api/v1/organizer/scorer-tokens/{id}", tag = "organizers",
    params(("id" = ScorerTokenId, Path)), responses(
    (status = 204, description = "revoked"),
    NotFound,
))]
pub async fn delete_scorer_token(
    app: web::Data<App>,
    organizer: Organizer,
    id: web::Path<ScorerTokenId>,
) -> Result<HttpResponse> {
    tokens::revoke(&app, organizer.0.id, id.into_inner()).await?;
    Ok(HttpResponse::NoContent().finish())
}

/// The scorers that were seen, the newest first.
#[utoipa::path(get, path = "/api/v1/organizer/scorers", tag = "organizers", params(PageQuery), responses(
    (status = 200, description = "scorers and what they are at", body = Page<ScorerStatus>),
))]
pub async fn list_scorers(
    app: web::Data<App>,
    _: Organizer<Observes>,
    query: Query<PageQuery>,
) -> Result<web::Json<Page<ScorerStatus>>> {
    fleet::list_scorers(&app, query.into_inner()).await.map(web::Json)
}

/// Evaluations with their attempts and faults, newest first. Organizers of one season name it, or a
/// submission in it.
#[utoipa::path(get, path = "/api/v1/organizer/evaluations", tag = "organizers", params(EvaluationQuery), responses(
    (status = 200, description = "evaluations", body = Page<EvaluationRecord>),
    InvalidQuery,
))]
pub async fn list_evaluations(
    app: web::Data<App>,
    _: Organizer<Observes>,
    query: Query<EvaluationQuery>,
) -> Result<web::Json<Page<EvaluationRecord>>> {
    overview::list_evaluations(&app, query.into_inner()).await.map(web::Json)
}

/// The queue: what runs, and what waits in the order in which it will be taken.
#[utoipa::path(get, path = "/api/v1/organizer/queue", tag = "organizers", responses(
    (status = 200, description = "the queue", body = Queue),
))]
pub async fn get_queue(app: web::Data<App>, _: Organizer<Observes>) -> Result<web::Json<Queue>> {
    overview::queue(&app).await.map(web::Json)
}

/// What is not settled in a season: teams, results and questions that wait for organizers, and what
/// still runs.
#[utoipa::path(get, path = "/api/v1/organizer/seasons/{season}/open-matters", tag = "organizers",
    params(("season" = Slug, Path)), responses(
    (status = 200, description = "how much there is of each", body = OpenMatters),
    NotFound,
))]
pub async fn get_open_matters(
    app: web::Data<App>,
    _: Organizer<Observes>,
    season: web::Path<Slug>,
) -> Result<web::Json<OpenMatters>> {
    open_matters::count(&app, season.into_inner()).await.map(web::Json)
}

/// Queue a stalled submission again: a further evaluation, on the task's present test set. The
/// refund of its slot stands.
#[utoipa::path(post, path = "/api/v1/organizer/submissions/{id}/requeue", tag = "organizers",
    params(("id" = SubmissionId, Path)), responses(
    (status = 200, description = "the submission, queued", body = Submission),
    NotFound,
    (status = 409, description = "`wrong_state`: it is not stalled", body = ErrorBody),
))]
pub async fn requeue_submission(
    app: web::Data<App>,
    organizer: Organizer<Judges>,
    id: web::Path<SubmissionId>,
) -> Result<web::Json<Submission>> {
    let id = id.into_inner();
    evaluations::requeue(&app, organizer.0.id, id).await?;
    submissions::get(&app, organizer.0, id).await.map(web::Json)
}

/// The salts that open the commitments to a task's hidden labels. Each call is recorded in the
/// audit log.
#[utoipa::path(get, path = "/api/v1/organizer/seasons/{season}/tasks/{task}/commitment", tag = "organizers",
    params(("season" = Slug, Path), ("task" = Slug, Path)), responses(
    (status = 200, description = "a salt for each version of the test set", body = CommitmentList),
    NotFound,
))]
pub async fn get_commitment(
    app: web::Data<App>,
    organizer: Organizer<Judges>,
    path: web::Path<TaskPath>,
) -> Result<HttpResponse> {
    let list = commitments::open(&app, organizer.0, path.into_inner()).await?;
    Ok(HttpResponse::Ok().json(list))
}
