//! Another secret for a webhook.

use std::time::Duration;

use holdout_protocol::limits::WEBHOOK_OVERLAP;
use holdout_protocol::{AccountId, CreatedWebhook, NewWebhookSecret, Reason, Slug, Timestamp, WebhookId};
use serde_json::json;

use super::manage::{locked, view};
use super::signature::{new_secret, shown};
use crate::app::App;
use crate::audit;
use crate::db;
use crate::error::{Error, Result};
use crate::rates::{self, Rate};

const DEFAULT_OVERLAP: u32 = 24;

/// Gives a webhook another secret, which is in the answer only. The one before is used beside it
/// for a while.
///
/// # Errors
/// `not_found`, `invalid_value`, `rate_limited`.
pub async fn replace_secret(
    app: &App,
    by: AccountId,
    (slug, id): (Slug, WebhookId),
    request: NewWebhookSecret,
) -> Result<CreatedWebhook> {
    let hours = request.overlap_hours.unwrap_or(DEFAULT_OVERLAP);
    if !WEBHOOK_OVERLAP.contains(&hours) {
        let (least, most) = (WEBHOOK_OVERLAP.start(), WEBHOOK_OVERLAP.end());
        let message = format!("`overlap_hours` is {hours}; {least} to {most} are allowed");
        let facts = json!({ "value": hours, "least": least, "most": most });
        return Err(Error::invalid("overlap_hours", message).because(Reason::NumberRange, facts));
    }
    let rates = app.config.rates.clone();
    app.db
        .write(move |conn| {
            let (mut row, now) = (locked(conn, &slug, id)?, Timestamp::now());
            rates::spend_in(conn, &rates, &Rate::Webhooks(by), now)?;
            let secret = new_secret();
            let before = std::mem::replace(&mut row.secret, secret.clone());
            let until = now.plus(Duration::from_secs(u64::from(hours) * 3600));
            row.old_secret = (hours > 0).then_some((before, until));
            db::webhooks::update(conn, &row)?;
            let detail = json!({ "overlap_hours": hours });
            audit::record(conn, Some(by), "webhook.replace_secret", &format!("{slug}/{id}"), &detail)?;
            Ok(CreatedWebhook { webhook: view(conn, row)?, secret: shown(&secret) })
        })
        .await
}
