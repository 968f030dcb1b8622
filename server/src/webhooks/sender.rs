//! Sends the deliveries that wait. Every server does this; a claim of a webhook keeps two of them
//! from sending to it at once.

use std::sync::Arc;
use std::time::Duration;

use holdout_protocol::{Timestamp, WebhookDeliveryState, WebhookDisabledReason};
use tokio::sync::Notify;

use super::body::body_of;
use super::client::Parcel;
use super::settle::{disable, settle};
use crate::app::App;
use crate::changes::LOOK_AGAIN;
use crate::db::webhook_deliveries::{Delivery, LastTry};
use crate::db::webhooks::Webhook;
use crate::db::{self, Conn, Lock};
use crate::error::Result;

/// A claim outlasts the attempt by so much; then the server that made it is taken for dead.
const MARGIN: Duration = Duration::from_secs(30);
/// So often a server tries to write down what became of a delivery, a second apart and thus while
/// its claim lasts.
const RECORDINGS: u32 = 20;
/// A webhook for which more deliveries wait is disabled.
const MOST_WAITING: u64 = 1000;

/// Sends for as long as the server runs.
pub async fn work(app: Arc<App>) {
    let ended = Arc::new(Notify::new());
    loop {
        match advance(&app, &ended).await {
            Ok(true) => continue,
            Ok(false) => (),
            Err(error) => tracing::warn!(%error, "cannot look for deliveries to send; trying again"),
        }
        tokio::select! {
            () = tokio::time::sleep(LOOK_AGAIN) => {}
            // The next delivery of the same webhook may be due.
            () = ended.notified() => {}
            () = app.changes.stopped() => return,
        }
    }
}

/// A delivery that this server sends.
#[derive(Debug)]
struct Claim {
    webhook: Webhook,
    delivery: Delivery,
    body: Vec<u8>,
}

/// What became of the webhook that is next.
enum Claimed {
    Nothing,
    /// It is written down that its delivery is not to be sent.
    Settled,
    Ready(Box<Claim>),
}

/// Takes one delivery and begins to send it, if one waits; returns whether one did.
async fn advance(app: &Arc<App>, ended: &Arc<Notify>) -> Result<bool> {
    let now = Timestamp::now();
    if app.db.read(move |conn| db::webhooks::next_due(conn, now)).await?.is_none() {
        return Ok(false);
    }
    let turn = app.webhooks.turn().await?;
    let attempt = app.webhooks.timeout();
    match app.db.write(move |conn| claim(conn, attempt)).await? {
        Claimed::Nothing => Ok(false),
        Claimed::Settled => Ok(true),
        Claimed::Ready(claim) => {
            let (app, ended) = (Arc::clone(app), Arc::clone(ended));
            // In a task of its own: a delivery on its way is not cut off when this loop is.
            tokio::spawn(async move {
                let _turn = turn;
                send(&app, *claim).await;
                ended.notify_one();
            });
            Ok(true)
        }
    }
}

/// Claims the webhook that is next, for the time that an attempt may take.
fn claim(conn: &mut Conn, attempt: Duration) -> Result<Claimed> {
    db::lock(conn, Lock::Webhooks)?;
    let now = Timestamp::now();
    let Some(id) = db::webhooks::next_due(conn, now)? else { return Ok(Claimed::Nothing) };
    let Some(mut webhook) = db::webhooks::by_id(conn, id)? else { return Ok(Claimed::Nothing) };
    if db::webhook_deliveries::count_waiting(conn, id)? > MOST_WAITING {
        disable(conn, webhook, WebhookDisabledReason::Backlog, now)?;
        return Ok(Claimed::Settled);
    }
    let Some(mut delivery) = db::webhook_deliveries::first_waiting(conn, id)? else { return Ok(Claimed::Nothing) };
    let Some(body) = body_of(conn, &webhook, &delivery)? else {
        (delivery.state, delivery.ended_at) = (WebhookDeliveryState::Dropped, Some(now));
        delivery.last.error = Some("what it tells is no longer told".to_owned());
        db::webhook_deliveries::update(conn, &delivery)?;
        return Ok(Claimed::Settled);
    };
    delivery.attempts = delivery.attempts.saturating_add(1);
    delivery.last.at = Some(now);
    db::webhook_deliveries::update(conn, &delivery)?;
    webhook.claimed_until = now.plus(attempt.saturating_add(MARGIN));
    db::webhooks::update(conn, &webhook)?;
    Ok(Claimed::Ready(Box::new(Claim { webhook, delivery, body })))
}

async fn send(app: &App, claim: Claim) {
    let Claim { webhook, delivery, body } = claim;
    let parcel = Parcel::new(&webhook, delivery.id.to_string(), body, Timestamp::now());
    let outcome = app.webhooks.send(&webhook.url, parcel).await;
    for tried in 1..=RECORDINGS {
        let (webhook, delivery, outcome) = (webhook.clone(), delivery.clone(), outcome.clone());
        match app.db.write(move |conn| settle(conn, &webhook, delivery, &outcome, Timestamp::now())).await {
            Ok(settled) => return report(app, settled),
            Err(error) if tried == RECORDINGS => {
                tracing::warn!(%error, "cannot write down what became of a delivery; it is sent again");
            }
            Err(_) => tokio::time::sleep(LOOK_AGAIN).await,
        }
    }
}

fn report(app: &App, settled: Option<Delivery>) {
    let Some(delivery) = settled else { return };
    let (webhook, id, kind, attempt) = (delivery.webhook, delivery.id, delivery.kind.as_str(), delivery.attempts);
    let LastTry { status, error, .. } = delivery.last;
    let outcome = match delivery.state {
        WebhookDeliveryState::Delivered => "delivered",
        WebhookDeliveryState::Waiting => "retried",
        WebhookDeliveryState::Failed | WebhookDeliveryState::Dropped => "failed",
    };
    app.metrics.webhook_tried(outcome);
    match error {
        None => tracing::info!(%webhook, delivery = %id, kind, attempt, status, "webhook delivered"),
        Some(cause) => {
            tracing::warn!(%webhook, delivery = %id, kind, attempt, status, outcome, cause, "webhook not delivered")
        }
    }
}
