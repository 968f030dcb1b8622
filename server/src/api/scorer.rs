//! Scorers' routes.

use actix_web::{HttpResponse, web};
use holdout_protocol::{
    Claim, ClaimRequest, ErrorBody, EvaluationId, Heartbeat, HeartbeatReply, OutcomeReply, OutcomeReport,
};

use crate::app::App;
use crate::auth::Scorer;
use crate::error::Result;
use crate::evaluations;

/// Ask for work; waits until there is some, `wait_seconds` at most.
#[utoipa::path(post, path = "/api/v1/scorer/claims", tag = "scorers", request_body = ClaimRequest, responses(
    (status = 200, description = "work, leased", body = Claim),
    (status = 204, description = "there was none"),
    (status = 401, description = "`unauthenticated`", body = ErrorBody),
    (status = 403, description = "`forbidden`: not a scorer token, or the scorer came with another one", body = ErrorBody),
    (status = 409, description = "`wrong_state`: the scorer has withdrawn", body = ErrorBody),
    (status = 412, description = "`precondition_failed`: another version of the protocol", body = ErrorBody),
    (status = 422, description = "`invalid_value`", body = ErrorBody),
))]
pub async fn create_claim(app: web::Data<App>, scorer: Scorer, body: web::Json<ClaimRequest>) -> Result<HttpResponse> {
    Ok(match evaluations::claim(&app, scorer.token, body.into_inner()).await? {
        Some(claim) => HttpResponse::Ok().json(claim),
        None => HttpResponse::NoContent().finish(),
    })
}

/// Give a sign of life: renews the lease.
#[utoipa::path(post, path = "/api/v1/scorer/evaluations/{id}/heartbeat", tag = "scorers",
    params(("id" = EvaluationId, Path)), request_body = Heartbeat, responses(
    (status = 200, description = "the lease, renewed", body = HeartbeatReply),
    (status = 401, description = "`unauthenticated`", body = ErrorBody),
    (status = 403, description = "`forbidden`", body = ErrorBody),
    (status = 404, description = "`not_found`", body = ErrorBody),
    (status = 409, description = "`stale_attempt`: drop the work", body = ErrorBody),
))]
pub async fn create_heartbeat(
    app: web::Data<App>,
    scorer: Scorer,
    id: web::Path<EvaluationId>,
    body: web::Json<Heartbeat>,
) -> Result<web::Json<HeartbeatReply>> {
    evaluations::lease::renew(&app, scorer.token, id.into_inner(), body.into_inner()).await.map(web::Json)
}

/// Report how an attempt ended. The same report sent again changes nothing.
#[utoipa::path(post, path = "/api/v1/scorer/evaluations/{id}/outcome", tag = "scorers",
    params(("id" = EvaluationId, Path)), request_body = OutcomeReport, responses(
    (status = 200, description = "recorded", body = OutcomeReply),
    (status = 401, description = "`unauthenticated`", body = ErrorBody),
    (status = 403, description = "`forbidden`", body = ErrorBody),
    (status = 404, description = "`not_found`", body = ErrorBody),
    (status = 409, description = "`stale_attempt`: drop the work", body = ErrorBody),
    (status = 422, description = "`invalid_value`: the outcome does not fit the test set", body = ErrorBody),
))]
pub async fn create_outcome(
    app: web::Data<App>,
    scorer: Scorer,
    id: web::Path<EvaluationId>,
    body: web::Json<OutcomeReport>,
) -> Result<web::Json<OutcomeReply>> {
    evaluations::record(&app, scorer.token, id.into_inner(), body.into_inner()).await.map(web::Json)
}
