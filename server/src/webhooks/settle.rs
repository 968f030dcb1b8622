//! What becomes of a delivery after an attempt, and when a webhook is disabled.

use std::time::Duration;

use holdout_protocol::{Timestamp, WebhookDeliveryState, WebhookDisabledReason};
use serde_json::json;

use super::outcome::{Outcome, pause};
use crate::audit;
use crate::db::webhook_deliveries::{Delivery, LastTry};
use crate::db::webhooks::Webhook;
use crate::db::{self, Conn, Lock};
use crate::error::Result;

/// A webhook to which nothing could be delivered for so long is disabled.
const PATIENCE: Duration = Duration::from_secs(3 * 24 * 3600);

/// Writes down how an attempt ended, and returns the delivery; `None` if the claim has expired and
/// another server sends it, or the webhook was changed so that it is not sent any more.
pub fn settle(
    conn: &mut Conn,
    claimed: &Webhook,
    mut delivery: Delivery,
    outcome: &Outcome,
    now: Timestamp,
) -> Result<Option<Delivery>> {
    db::lock(conn, Lock::Webhooks)?;
    let Some(mut webhook) = db::webhooks::by_id(conn, claimed.id)? else { return Ok(None) };
    if webhook.claimed_until != claimed.claimed_until {
        return Ok(None);
    }
    webhook.claimed_until = now;
    let found = db::webhook_deliveries::find(conn, webhook.id, delivery.id)?;
    if found.is_none_or(|found| found.state != WebhookDeliveryState::Waiting) {
        db::webhooks::update(conn, &webhook)?;
        return Ok(None);
    }
    delivery.last = last_try(outcome, delivery.last.at);
    webhook.next_try_at = now;
    match outcome {
        Ok(_) => {
            (delivery.state, delivery.ended_at) = (WebhookDeliveryState::Delivered, Some(now));
            webhook.failing_since = None;
        }
        Err(failure) => {
            webhook.failing_since = webhook.failing_since.or(Some(now));
            match pause(delivery.attempts, failure) {
                Some(pause) => webhook.next_try_at = now.plus(pause),
                None => (delivery.state, delivery.ended_at) = (WebhookDeliveryState::Failed, Some(now)),
            }
        }
    }
    db::webhook_deliveries::update(conn, &delivery)?;
    let is_given_up = webhook.failing_since.is_some_and(|since| since.plus(PATIENCE) <= now);
    if is_given_up && delivery.state == WebhookDeliveryState::Failed {
        disable(conn, webhook, WebhookDisabledReason::Failing, now)?;
    } else {
        db::webhooks::update(conn, &webhook)?;
    }
    Ok(Some(delivery))
}

/// What is kept of an attempt.
pub fn last_try(outcome: &Outcome, at: Option<Timestamp>) -> LastTry {
    match outcome {
        Ok(status) => LastTry { at, status: Some(*status), fault: None, error: None },
        Err(failure) => {
            LastTry { at, status: failure.status, fault: Some(failure.fault), error: Some(failure.error.clone()) }
        }
    }
}

/// Disables a webhook, because nothing can be delivered.
pub fn disable(conn: &mut Conn, mut webhook: Webhook, reason: WebhookDisabledReason, now: Timestamp) -> Result<()> {
    webhook.disabled = Some((now, reason));
    db::webhooks::update(conn, &webhook)?;
    db::webhook_deliveries::drop_waiting(conn, webhook.id, DISABLED, now)?;
    let season = db::seasons::get(conn, webhook.season)?;
    let object = format!("{}/{}", season.slug, webhook.id);
    audit::record(conn, None, "webhook.disable", &object, &json!({ "reason": reason }))
}

/// What is said of a delivery that waited when its webhook was disabled.
pub const DISABLED: &str = "the webhook was disabled";
