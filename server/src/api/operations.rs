//! For operators: health, readiness, metrics, and the document of the API.

use std::sync::LazyLock;
use std::time::Duration;

use actix_web::http::header;
use actix_web::{FromRequest as _, HttpRequest, HttpResponse, web};
use bytes::Bytes;
use holdout_protocol::ErrorBody;
use serde::Serialize;

use crate::app::App;
use crate::auth::{self, Organizer};
use crate::db;
use crate::error::{Error, Result};
use crate::openapi;
use crate::secret;
use crate::uploads;

/// A part that does not answer within this time is not ready.
const PATIENCE: Duration = Duration::from_secs(3);

/// Whether the process lives.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub struct Health {
    /// `ok`.
    status: &'static str,
    /// Version of the server.
    version: &'static str,
}

/// Whether the server can do its work.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub struct Readiness {
    /// Whether all parts answer.
    ready: bool,
    /// Whether the database answers.
    database: bool,
    /// Whether the blob store answers.
    blobs: bool,
    /// Whether the disk has room for uploads. If not, uploads are refused and everything else works.
    room: bool,
}

/// Whether the process lives; asks nothing else.
#[utoipa::path(get, path = "/healthz", tag = "operations", responses((status = 200, body = Health)))]
pub async fn get_health() -> HttpResponse {
    HttpResponse::Ok().json(Health { status: "ok", version: env!("CARGO_PKG_VERSION") })
}

/// Whether database and blob store answer; 503 where one does not.
#[utoipa::path(
    get,
    path = "/readyz",
    tag = "operations",
    responses((status = 200, body = Readiness), (status = 503, body = Readiness)),
)]
pub async fn get_readiness(app: web::Data<App>) -> HttpResponse {
    let (database, blobs) =
        tokio::join!(answers("database", app.db.write(db::operations::ping)), answers("blob store", app.blobs.check()));
    let room = uploads::check_room(&app, 0).is_ok();
    let readiness = Readiness { ready: database && blobs, database, blobs, room };
    let mut response = if readiness.ready { HttpResponse::Ok() } else { HttpResponse::ServiceUnavailable() };
    response.json(readiness)
}

async fn answers(part: &str, asking: impl Future<Output = Result<()>>) -> bool {
    match tokio::time::timeout(PATIENCE, asking).await {
        Ok(Ok(())) => true,
        Ok(Err(error)) => {
            tracing::warn!(part, %error, "not ready");
            false
        }
        Err(_) => {
            tracing::warn!(part, "not ready: no answer");
            false
        }
    }
}

/// Metrics for Prometheus.
///
/// Requests and durations by route and status are this server's; evaluations by state, attempts, the oldest queued age,
/// scorers seen and uploads in progress are the database's, five seconds old at most.
#[utoipa::path(
    get,
    path = "/metrics",
    tag = "operations",
    responses((status = 200, description = "the metrics", body = String, content_type = "application/openmetrics-text"),
        (status = 401, description = "`unauthenticated`", body = ErrorBody),
        (status = 403, description = "`forbidden`: an organizer's token, or the one of the configuration", body = ErrorBody)),
)]
pub async fn get_metrics(app: web::Data<App>, request: HttpRequest) -> Result<HttpResponse> {
    if !has_metrics_token(&app, &request)? {
        // Teams and queues can be told from the numbers.
        Organizer::extract(&request).await?;
    }
    Ok(HttpResponse::Ok()
        .insert_header((header::CONTENT_TYPE, "application/openmetrics-text; version=1.0.0; charset=utf-8"))
        .body(app.metrics.render(&app.db).await?))
}

/// Tells whether the caller sent `metrics_token` of the configuration. Digests are compared, so that the time taken tells
/// nothing of the token.
fn has_metrics_token(app: &App, request: &HttpRequest) -> Result<bool> {
    let given = auth::credential(request)?;
    let (Some(wanted), Some(given)) = (&app.config.metrics_token, given) else { return Ok(false) };
    Ok(secret::digest(wanted) == secret::digest(&given))
}

static DOCUMENT: LazyLock<Option<Bytes>> =
    LazyLock::new(|| serde_json::to_vec(&openapi::document()).ok().map(Bytes::from));

/// This document.
#[utoipa::path(
    get,
    path = "/api/v1/openapi.json",
    tag = "operations",
    responses((status = 200, description = "The OpenAPI document", content_type = "application/json", body = Object),
        (status = 500, body = ErrorBody)),
)]
pub async fn get_openapi() -> Result<HttpResponse> {
    let document = DOCUMENT.clone().ok_or_else(|| Error::internal("the OpenAPI document cannot be written"))?;
    Ok(HttpResponse::Ok()
        .insert_header(header::ContentType::json())
        .insert_header((header::CACHE_CONTROL, "no-cache"))
        .body(document))
}
