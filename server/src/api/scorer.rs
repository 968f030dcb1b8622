//! Scorers' routes.

use actix_web::{HttpRequest, HttpResponse, web};
use holdout_protocol::{
    Claim, ClaimRequest, ErrorBody, EvaluationId, Heartbeat, HeartbeatReply, OutcomeReply, OutcomeReport, Sha256,
};

use super::files;
use super::refusals::{Forbidden, InvalidValue, NotFound};
use crate::app::App;
use crate::auth::{After, Scorer};
use crate::error::Result;
use crate::evaluations;
use crate::evaluations::file;
use crate::json::ScorerBody;

/// Ask for work; waits until there is some, `wait_seconds` at most.
#[utoipa::path(post, path = "/api/v1/scorer/claims", tag = "scorers", request_body = ClaimRequest, responses(
    (status = 200, description = "work, leased", body = Claim),
    (status = 204, description = "no work became available"),
    (status = 403, description = "`forbidden`: not a scorer token, or the scorer came with another one", body = ErrorBody),
    (status = 409, description = "`wrong_state`: the scorer has withdrawn", body = ErrorBody),
    (status = 412, description = "`precondition_failed`: another version of the protocol", body = ErrorBody),
    InvalidValue,
))]
pub async fn create_claim(
    app: web::Data<App>,
    After(scorer, body): After<Scorer, ScorerBody<ClaimRequest>>,
) -> Result<HttpResponse> {
    Ok(match evaluations::claim(&app, scorer.token, body.into_inner()).await? {
        Some(claim) => HttpResponse::Ok().json(claim),
        None => HttpResponse::NoContent().finish(),
    })
}

/// Give a sign of life: renews the lease.
#[utoipa::path(post, path = "/api/v1/scorer/evaluations/{id}/heartbeat", tag = "scorers",
    params(("id" = EvaluationId, Path)), request_body = Heartbeat, responses(
    (status = 200, description = "the lease, renewed", body = HeartbeatReply),
    Forbidden,
    NotFound,
    (status = 409, description = "`stale_attempt`: drop the work", body = ErrorBody),
))]
pub async fn create_heartbeat(
    app: web::Data<App>,
    After(scorer, body): After<Scorer, ScorerBody<Heartbeat>>,
    id: web::Path<EvaluationId>,
) -> Result<web::Json<HeartbeatReply>> {
    evaluations::lease::renew(&app, scorer.token, id.into_inner(), body.into_inner()).await.map(web::Json)
}

/// Report how an attempt ended. The same report sent again changes nothing.
#[utoipa::path(post, path = "/api/v1/scorer/evaluations/{id}/outcome", tag = "scorers",
    params(("id" = EvaluationId, Path)), request_body = OutcomeReport, responses(
    (status = 200, description = "recorded", body = OutcomeReply),
    Forbidden,
    NotFound,
    (status = 409, description = "`stale_attempt`: drop the work", body = ErrorBody),
    (status = 422, description = "`invalid_value`: the outcome does not fit the test set", body = ErrorBody),
))]
pub async fn create_outcome(
    app: web::Data<App>,
    After(scorer, body): After<Scorer, ScorerBody<OutcomeReport>>,
    id: web::Path<EvaluationId>,
) -> Result<web::Json<OutcomeReply>> {
    evaluations::record(&app, scorer.token, id.into_inner(), body.into_inner()).await.map(web::Json)
}

/// Fetch a file that a submission or a test set names.
#[utoipa::path(get, path = "/api/v1/scorer/blobs/{sha256}", tag = "scorers",
    params(("sha256" = Sha256, Path), ("Range" = Option<String>, Header, description = "one range of bytes")), responses(
    (status = 200, description = "the file", content_type = "application/octet-stream"),
    (status = 206, description = "a part of the file", content_type = "application/octet-stream"),
    Forbidden,
    NotFound,
    (status = 416, description = "`invalid_value`: the file ends before the range", body = ErrorBody),
))]
pub async fn get_blob(
    app: web::Data<App>,
    _: Scorer,
    sha256: web::Path<Sha256>,
    request: HttpRequest,
) -> Result<HttpResponse> {
    let range = files::range(&request);
    file::open(&app, sha256.into_inner(), range).await.map(files::reply)
}
