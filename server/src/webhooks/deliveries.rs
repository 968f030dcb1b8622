//! The log of deliveries, tests, and deliveries that are sent again.

use holdout_protocol::{
    AccountId, ErrorCode, Page, PageQuery, Reason, Slug, Timestamp, WebhookDelivery, WebhookDeliveryId,
    WebhookDeliveryState, WebhookEventKind, WebhookId,
};
use serde_json::json;

use super::body::body_of;
use super::client::Parcel;
use super::manage::{lock_if_there, locked};
use super::settle::last_try;
use crate::app::App;
use crate::db;
use crate::db::webhook_deliveries::{Delivery, Told, view};
use crate::error::{Error, Result};
use crate::rates::{self, Rate};

/// A page of a webhook's deliveries, newest first.
///
/// # Errors
/// `not_found`.
pub async fn list_deliveries(app: &App, slug: Slug, id: WebhookId, query: PageQuery) -> Result<Page<WebhookDelivery>> {
    app.db
        .read(move |conn| {
            let season = db::seasons::find(conn, slug.as_str())?;
            let webhook = db::webhooks::find(conn, season.id, id)?;
            db::webhook_deliveries::page(conn, id, webhook.next_try_at, &query)
        })
        .await
}

/// Lets a delivery that has ended be sent again, before all that wait.
///
/// # Errors
/// `not_found`, `rate_limited`; `wrong_state` if it waits, or the webhook is disabled.
pub async fn send_again(
    app: &App,
    by: AccountId,
    (slug, id): (Slug, WebhookId),
    delivery: WebhookDeliveryId,
) -> Result<WebhookDelivery> {
    let rates = app.config.rates.clone();
    app.db
        .write(move |conn| {
            let (mut webhook, now) = (locked(conn, &slug, id)?, Timestamp::now());
            let found = db::webhook_deliveries::find(conn, id, delivery)?;
            let mut found = found.ok_or_else(|| Error::not_found("delivery", delivery))?;
            rates::spend_in(conn, &rates, &Rate::Webhooks(by), now)?;
            if webhook.disabled.is_some() {
                return Err(Error::refused(ErrorCode::WrongState, "the webhook is disabled; enable it first")
                    .because(Reason::WebhookDisabled, json!({})));
            }
            if found.state == WebhookDeliveryState::Waiting {
                return Err(Error::refused(ErrorCode::WrongState, "the delivery waits to be sent already")
                    .because(Reason::WebhookDeliveryWaits, json!({})));
            }
            (found.state, found.attempts, found.ended_at) = (WebhookDeliveryState::Waiting, 0, None);
            db::webhook_deliveries::update(conn, &found)?;
            webhook.next_try_at = now;
            db::webhooks::update(conn, &webhook)?;
            Ok(view(found, Some(now)))
        })
        .await
}

/// Sends a test now, once, whether or not the webhook is enabled or the season a draft; what became
/// of it is in the log, too.
///
/// # Errors
/// `not_found`, `rate_limited`.
pub async fn send_test(app: &App, by: AccountId, slug: Slug, id: WebhookId) -> Result<WebhookDelivery> {
    let rates = app.config.rates.clone();
    let prepared = app.db.write(move |conn| {
        let (webhook, now) = (locked(conn, &slug, id)?, Timestamp::now());
        rates::spend_in(conn, &rates, &Rate::Webhooks(by), now)?;
        let delivery = Delivery::new(id, WebhookEventKind::Test, now, Told::Data("{}".to_owned()));
        let body = body_of(conn, &webhook, &delivery)?.ok_or_else(|| Error::internal("a test has no body"))?;
        Ok((webhook, delivery, body))
    });
    let (webhook, mut delivery, body) = prepared.await?;
    let turn = app.webhooks.turn().await?;
    let parcel = Parcel::new(&webhook, delivery.id.to_string(), body, delivery.at);
    let outcome = app.webhooks.send(&webhook.url, parcel).await;
    drop(turn);
    let now = Timestamp::now();
    (delivery.attempts, delivery.ended_at) = (1, Some(now));
    delivery.last = last_try(&outcome, Some(now));
    delivery.state = if outcome.is_ok() { WebhookDeliveryState::Delivered } else { WebhookDeliveryState::Failed };
    let row = delivery.clone();
    app.db
        .write(move |conn| {
            db::webhook_deliveries::insert(conn, &row)?;
            // The receiver is there again: what waits does not wait for its next attempt.
            if row.state == WebhookDeliveryState::Delivered
                && let Some(mut webhook) = lock_if_there(conn, id)?
            {
                webhook.next_try_at = now;
                db::webhooks::update(conn, &webhook)?;
            }
            Ok(())
        })
        .await?;
    Ok(view(delivery, None))
}
