//! For operators: health, readiness, metrics, and the document of the API.

use std::pin::Pin;
use std::sync::LazyLock;

use actix_web::dev::Payload;
use actix_web::http::header;
use actix_web::{FromRequest, HttpRequest, HttpResponse, web};
use bytes::Bytes;
use holdout_protocol::ErrorBody;
use serde::Serialize;

use crate::app::App;
use crate::auth::access::{Access, Argument};
use crate::auth::{self, Observes, Organizer};
use crate::error::{Error, Result};
use crate::openapi;
use crate::secret;
use crate::uploads;

/// Whether the process lives.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub struct Health {
    /// `ok`.
    status: &'static str,
    /// Version of the server.
    version: &'static str,
}

/// Whether the process lives; asks nothing else.
#[utoipa::path(get, path = "/healthz", tag = "operations", responses((status = 200, description = "the process is running", body = Health)))]
pub async fn get_health() -> HttpResponse {
    HttpResponse::Ok().json(Health { status: "ok", version: env!("CARGO_PKG_VERSION") })
}

/// Metrics for Prometheus.
///
/// Requests and durations by route and status are this server's; evaluations by state, attempts,
/// the oldest queued age, scorers seen and uploads in progress are the database's, five seconds old
/// at most.
#[utoipa::path(
    get,
    path = "/metrics",
    tag = "operations",
    responses((status = 200, description = "the metrics", body = String, content_type = "application/openmetrics-text"),
        (status = 403, description = "`forbidden`: an organizer's token, or the one of the configuration", body = ErrorBody)),
)]
pub async fn get_metrics(app: web::Data<App>, _: MetricsReader) -> Result<HttpResponse> {
    match uploads::room(&app) {
        Ok(room) => app.metrics.set_room(room),
        Err(error) => tracing::warn!(%error, "the room on the disk cannot be read"),
    }
    Ok(HttpResponse::Ok()
        .insert_header((header::CONTENT_TYPE, "application/openmetrics-text; version=1.0.0; charset=utf-8"))
        .body(app.metrics.render(&app.db).await?))
}

/// An organizer, or who has the `metrics_token` of the configuration: teams and queues can be told
/// from the numbers.
pub struct MetricsReader;

impl Argument for MetricsReader {
    const ACCESS: Access = Access::Account;
}

impl FromRequest for MetricsReader {
    type Error = Error;
    type Future = Pin<Box<dyn Future<Output = Result<Self>>>>;

    fn from_request(request: &HttpRequest, _: &mut Payload) -> Self::Future {
        let request = request.clone();
        Box::pin(async move {
            let app = web::Data::<App>::extract(&request).await.map_err(Error::internal)?;
            if !has_metrics_token(&app, &request)? {
                Organizer::<Observes>::extract(&request).await?;
            }
            Ok(Self)
        })
    }
}

/// Tells whether the caller sent `metrics_token` of the configuration. Digests are compared, so
/// that the time taken tells nothing of the token.
fn has_metrics_token(app: &App, request: &HttpRequest) -> Result<bool> {
    let given = auth::credential(request)?;
    let (Some(wanted), Some(given)) = (&app.config.metrics_token, given) else { return Ok(false) };
    Ok(secret::digest(&wanted.0) == secret::digest(&given))
}

static DOCUMENT: LazyLock<Option<Bytes>> =
    LazyLock::new(|| serde_json::to_vec(&openapi::document()).ok().map(Bytes::from));

/// This document.
#[utoipa::path(
    get,
    path = "/api/v1/openapi.json",
    tag = "operations",
    responses((status = 200, description = "The OpenAPI document", content_type = "application/json", body = Object),
        (status = 500, description = "`internal`", body = ErrorBody)),
)]
pub async fn get_openapi() -> Result<HttpResponse> {
    let document = DOCUMENT.clone().ok_or_else(|| Error::internal("the OpenAPI document cannot be written"))?;
    Ok(HttpResponse::Ok()
        .insert_header(header::ContentType::json())
        .insert_header((header::CACHE_CONTROL, "no-cache"))
        .body(document))
}
