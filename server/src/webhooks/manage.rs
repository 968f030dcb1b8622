//! What organizers do with webhooks.

use holdout_protocol::limits::{WEBHOOK_DESCRIPTION, WEBHOOKS};
use holdout_protocol::{
    AccountId, CreatedWebhook, ErrorCode, NewWebhook, Page, Reason, Slug, Timestamp, Webhook, WebhookChanges,
    WebhookDisabledReason, WebhookEventKind, WebhookId, check_line,
};
use serde_json::json;
use url::Url;

use super::address::checked_url;
use super::settle::DISABLED;
use super::signature::{new_secret, shown};
use crate::app::App;
use crate::audit;
use crate::db::webhooks::Webhook as Row;
use crate::db::{self, Conn, Lock};
use crate::error::{Error, Result};
use crate::rates::{self, Rate};

/// The webhooks of a season, oldest first.
///
/// # Errors
/// `not_found` if there is no such season.
pub async fn list_webhooks(app: &App, slug: Slug) -> Result<Page<Webhook>> {
    app.db
        .read(move |conn| {
            let season = db::seasons::find(conn, slug.as_str())?;
            let rows = db::webhooks::of_season(conn, season.id)?;
            let items = rows.into_iter().map(|row| view(conn, row)).collect::<Result<_>>()?;
            Ok(Page { items, next_cursor: None })
        })
        .await
}

/// A webhook as organizers see it.
pub(super) fn view(conn: &mut Conn, row: Row) -> Result<Webhook> {
    let waiting = db::webhook_deliveries::count_waiting(conn, row.id)?;
    let old_secret_until = row.old_secret.map(|(_, until)| until).filter(|until| Timestamp::now() < *until);
    Ok(Webhook {
        id: row.id,
        url: row.url,
        kinds: row.kinds,
        description: row.description,
        created_at: row.created_at,
        disabled_at: row.disabled.map(|(at, _)| at),
        disabled_reason: row.disabled.map(|(_, reason)| reason),
        failing_since: row.failing_since,
        waiting,
        next_try_at: (waiting > 0).then_some(row.next_try_at),
        old_secret_until,
    })
}

/// Makes a webhook; its secret is in the answer only.
///
/// # Errors
/// `not_found`, `invalid_value`, `rate_limited`; `wrong_state` if the season has as many as it may
/// have.
pub async fn create(app: &App, by: AccountId, slug: Slug, request: NewWebhook) -> Result<CreatedWebhook> {
    let url = checked_url(&request.url, &app.config.webhooks.allowed_networks)?;
    let kinds = checked_kinds(request.kinds.unwrap_or_else(|| WebhookEventKind::chosen().collect()))?;
    let description = checked_description(&request.description)?;
    let rates = app.config.rates.clone();
    app.db
        .write(move |conn| {
            let (season, now) = (db::seasons::find(conn, slug.as_str())?, Timestamp::now());
            db::lock(conn, Lock::Webhooks)?;
            rates::spend_in(conn, &rates, &Rate::Webhooks(by), now)?;
            check_count(db::webhooks::of_season(conn, season.id)?.len())?;
            let (id, secret) = (WebhookId::new(), new_secret());
            let new = Row {
                id,
                season: season.id,
                url,
                kinds,
                description,
                by,
                created_at: now,
                secret: secret.clone(),
                old_secret: None,
                disabled: None,
                failing_since: None,
                next_try_at: now,
                claimed_until: now,
            };
            db::webhooks::insert(conn, &new)?;
            record(conn, by, "webhook.create", &slug, &new)?;
            Ok(CreatedWebhook { webhook: view(conn, new)?, secret: shown(&secret) })
        })
        .await
}

fn check_count(count: usize) -> Result<()> {
    if count < WEBHOOKS {
        return Ok(());
    }
    let message = format!("the season has {count} webhooks, and at most {WEBHOOKS} are allowed; delete one");
    Err(Error::refused(ErrorCode::WrongState, message).because(Reason::WebhooksFull, json!({ "most": WEBHOOKS })))
}

/// The kinds in the order of their list, each once.
fn checked_kinds(mut kinds: Vec<WebhookEventKind>) -> Result<Vec<WebhookEventKind>> {
    kinds.sort_unstable();
    kinds.dedup();
    if kinds.is_empty() || kinds.contains(&WebhookEventKind::Test) {
        let names: Vec<&str> = WebhookEventKind::chosen().map(WebhookEventKind::as_str).collect();
        let message = format!("`kinds` has no kind or `test`; name at least one of {}", names.join(", "));
        return Err(Error::invalid("kinds", message).because(Reason::WebhookKindsWrong, json!({})));
    }
    Ok(kinds)
}

fn checked_description(text: &str) -> Result<String> {
    let text = text.trim();
    check_line("description", Some(text), WEBHOOK_DESCRIPTION)?;
    Ok(text.to_owned())
}

/// The audit log does not have the whole address, because many receivers know the sender by a
/// secret in it.
fn record(conn: &mut Conn, by: AccountId, action: &str, slug: &Slug, row: &Row) -> Result<()> {
    let host = Url::parse(&row.url).ok().and_then(|url| url.host_str().map(str::to_owned));
    let detail = json!({ "host": host, "kinds": row.kinds, "enabled": row.disabled.is_none() });
    audit::record(conn, Some(by), action, &format!("{slug}/{}", row.id), &detail)
}

/// Changes a webhook.
///
/// # Errors
/// `not_found`, `invalid_value`.
pub async fn change(
    app: &App,
    by: AccountId,
    (slug, id): (Slug, WebhookId),
    changes: WebhookChanges,
) -> Result<Webhook> {
    let allowed = &app.config.webhooks.allowed_networks;
    let url = changes.url.map(|url| checked_url(&url, allowed)).transpose()?;
    let kinds = changes.kinds.map(checked_kinds).transpose()?;
    let description = changes.description.as_deref().map(checked_description).transpose()?;
    app.db
        .write(move |conn| {
            let (mut row, now) = (locked(conn, &slug, id)?, Timestamp::now());
            if url.as_ref().is_some_and(|url| *url != row.url) {
                // Whoever corrects an address does not want to wait for the next attempt.
                row.next_try_at = now;
            }
            row.url = url.unwrap_or(row.url);
            row.kinds = kinds.unwrap_or(row.kinds);
            row.description = description.unwrap_or(row.description);
            match (changes.enabled, row.disabled) {
                (Some(false), None) => {
                    row.disabled = Some((now, WebhookDisabledReason::Organizer));
                    db::webhook_deliveries::drop_waiting(conn, id, DISABLED, now)?;
                }
                (Some(true), Some(_)) => {
                    (row.disabled, row.failing_since, row.next_try_at) = (None, None, now);
                }
                // Whoever enables what is enabled wants it to go on now.
                (Some(true), None) => row.next_try_at = now,
                _ => (),
            }
            db::webhooks::update(conn, &row)?;
            record(conn, by, "webhook.update", &slug, &row)?;
            view(conn, row)
        })
        .await
}

/// A webhook of a season, kept from other changes and from claims until the transaction ends.
pub(super) fn locked(conn: &mut Conn, slug: &Slug, id: WebhookId) -> Result<Row> {
    let season = db::seasons::find(conn, slug.as_str())?;
    db::lock(conn, Lock::Webhooks)?;
    db::webhooks::find(conn, season.id, id)
}

/// A webhook that may have been deleted meanwhile, kept in the same way.
pub(super) fn lock_if_there(conn: &mut Conn, id: WebhookId) -> Result<Option<Row>> {
    db::lock(conn, Lock::Webhooks)?;
    db::webhooks::by_id(conn, id)
}

/// Deletes a webhook with its log of deliveries.
///
/// # Errors
/// `not_found`.
pub async fn delete(app: &App, by: AccountId, slug: Slug, id: WebhookId) -> Result<()> {
    app.db
        .write(move |conn| {
            let row = locked(conn, &slug, id)?;
            db::webhooks::delete(conn, id)?;
            record(conn, by, "webhook.delete", &slug, &row)
        })
        .await
}
