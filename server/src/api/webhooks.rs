//! Webhooks of a season, for its organizers.

use actix_web::{HttpResponse, web};
use holdout_protocol::{
    CreatedWebhook, ErrorBody, NewWebhook, NewWebhookSecret, Page, PageQuery, Slug, Webhook, WebhookChanges,
    WebhookDelivery, WebhookDeliveryId, WebhookId,
};

use super::refusals::{InvalidValue, NotFound, RateLimited};
use crate::app::App;
use crate::auth::{After, Organizer};
use crate::error::Result;
use crate::extraction::Query;
use crate::json::JsonBody;
use crate::webhooks;

/// The webhooks of a season, oldest first, without their secrets.
#[utoipa::path(get, path = "/api/v1/organizer/seasons/{season}/webhooks", tag = "webhooks",
    params(("season" = Slug, Path)), responses(
    (status = 200, description = "webhooks", body = Page<Webhook>),
    NotFound,
))]
pub async fn list_webhooks(
    app: web::Data<App>,
    _: Organizer,
    season: web::Path<Slug>,
) -> Result<web::Json<Page<Webhook>>> {
    webhooks::list_webhooks(&app, season.into_inner()).await.map(web::Json)
}

/// Make a webhook: what happens in the season from now on is sent to its address, signed with the
/// secret that the answer has.
#[utoipa::path(post, path = "/api/v1/organizer/seasons/{season}/webhooks", tag = "webhooks",
    request_body = NewWebhook, params(("season" = Slug, Path)), responses(
    (status = 201, description = "the webhook and its secret", body = CreatedWebhook),
    NotFound,
    (status = 409, description = "`wrong_state`: the season has as many webhooks as it may have", body = ErrorBody),
    InvalidValue,
    RateLimited,
))]
pub async fn create_webhook(
    app: web::Data<App>,
    After(organizer, body): After<Organizer, JsonBody<NewWebhook>>,
    season: web::Path<Slug>,
) -> Result<HttpResponse> {
    let made = webhooks::create(&app, organizer.0.id, season.into_inner(), body.into_inner()).await?;
    Ok(HttpResponse::Created().json(made))
}

/// Change, disable or enable a webhook; what is omitted stays.
#[utoipa::path(patch, path = "/api/v1/organizer/seasons/{season}/webhooks/{id}", tag = "webhooks",
    request_body = WebhookChanges, params(("season" = Slug, Path), ("id" = WebhookId, Path)), responses(
    (status = 200, description = "the webhook", body = Webhook),
    NotFound,
    InvalidValue,
))]
pub async fn update_webhook(
    app: web::Data<App>,
    After(organizer, body): After<Organizer, JsonBody<WebhookChanges>>,
    path: web::Path<(Slug, WebhookId)>,
) -> Result<web::Json<Webhook>> {
    webhooks::change(&app, organizer.0.id, path.into_inner(), body.into_inner()).await.map(web::Json)
}

/// Delete a webhook with the log of its deliveries. What waits is not sent.
#[utoipa::path(delete, path = "/api/v1/organizer/seasons/{season}/webhooks/{id}", tag = "webhooks",
    params(("season" = Slug, Path), ("id" = WebhookId, Path)), responses(
    (status = 204, description = "deleted"),
    NotFound,
))]
pub async fn delete_webhook(
    app: web::Data<App>,
    organizer: Organizer,
    path: web::Path<(Slug, WebhookId)>,
) -> Result<HttpResponse> {
    let (season, id) = path.into_inner();
    webhooks::delete(&app, organizer.0.id, season, id).await?;
    Ok(HttpResponse::NoContent().finish())
}

/// Replace the secret of a webhook. For a while, deliveries are signed with the one before, too.
#[utoipa::path(post, path = "/api/v1/organizer/seasons/{season}/webhooks/{id}/secret", tag = "webhooks",
    request_body = NewWebhookSecret, params(("season" = Slug, Path), ("id" = WebhookId, Path)), responses(
    (status = 200, description = "the webhook and its new secret", body = CreatedWebhook),
    NotFound,
    InvalidValue,
    RateLimited,
))]
pub async fn replace_webhook_secret(
    app: web::Data<App>,
    After(organizer, body): After<Organizer, JsonBody<NewWebhookSecret>>,
    path: web::Path<(Slug, WebhookId)>,
) -> Result<web::Json<CreatedWebhook>> {
    webhooks::replace_secret(&app, organizer.0.id, path.into_inner(), body.into_inner()).await.map(web::Json)
}

/// Send a test to a webhook now, and say what its receiver answered.
#[utoipa::path(post, path = "/api/v1/organizer/seasons/{season}/webhooks/{id}/test", tag = "webhooks",
    params(("season" = Slug, Path), ("id" = WebhookId, Path)), responses(
    (status = 200, description = "what became of it", body = WebhookDelivery),
    NotFound,
    RateLimited,
))]
pub async fn test_webhook(
    app: web::Data<App>,
    organizer: Organizer,
    path: web::Path<(Slug, WebhookId)>,
) -> Result<web::Json<WebhookDelivery>> {
    let (season, id) = path.into_inner();
    webhooks::send_test(&app, organizer.0.id, season, id).await.map(web::Json)
}

/// What was sent to a webhook and what waits, newest first.
#[utoipa::path(get, path = "/api/v1/organizer/seasons/{season}/webhooks/{id}/deliveries", tag = "webhooks",
    params(("season" = Slug, Path), ("id" = WebhookId, Path), PageQuery), responses(
    (status = 200, description = "deliveries", body = Page<WebhookDelivery>),
    NotFound,
))]
pub async fn list_webhook_deliveries(
    app: web::Data<App>,
    _: Organizer,
    path: web::Path<(Slug, WebhookId)>,
    query: Query<PageQuery>,
) -> Result<web::Json<Page<WebhookDelivery>>> {
    let (season, id) = path.into_inner();
    webhooks::list_deliveries(&app, season, id, query.into_inner()).await.map(web::Json)
}

/// Send a delivery that has ended again, with the same id, before all that wait.
#[utoipa::path(post, path = "/api/v1/organizer/seasons/{season}/webhooks/{id}/deliveries/{delivery}/send",
    tag = "webhooks", params(("season" = Slug, Path), ("id" = WebhookId, Path),
    ("delivery" = WebhookDeliveryId, Path)), responses(
    (status = 200, description = "the delivery, which waits", body = WebhookDelivery),
    NotFound,
    (status = 409, description = "`wrong_state`: it waits already, or the webhook is disabled", body = ErrorBody),
    RateLimited,
))]
pub async fn send_webhook_delivery(
    app: web::Data<App>,
    organizer: Organizer,
    path: web::Path<(Slug, WebhookId, WebhookDeliveryId)>,
) -> Result<web::Json<WebhookDelivery>> {
    let (season, webhook, delivery) = path.into_inner();
    webhooks::send_again(&app, organizer.0.id, (season, webhook), delivery).await.map(web::Json)
}
