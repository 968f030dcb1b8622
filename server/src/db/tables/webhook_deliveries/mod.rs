//! What is sent to webhooks, and what became of it.

mod row;

use diesel::dsl::{count_star, exists, not};
use diesel::prelude::*;
use holdout_protocol::{
    Page, PageQuery, Timestamp, WebhookDelivery, WebhookDeliveryId, WebhookDeliveryState, WebhookEventKind, WebhookId,
};

pub use self::row::{Delivery, LastTry, Told, view};
use self::row::{Progress, Row};
use crate::db::conn::Conn;
use crate::db::pages::{page_of, rows_to_fetch};
use crate::db::schema::{webhook_deliveries, webhooks};
use crate::db::values::int;
use crate::error::Result;

/// Adds a delivery for each of these webhooks.
pub fn enqueue(
    conn: &mut Conn,
    webhooks: Vec<WebhookId>,
    kind: WebhookEventKind,
    at: Timestamp,
    told: &Told,
) -> Result<()> {
    for webhook in webhooks {
        insert(conn, &Delivery::new(webhook, kind, at, told.clone()))?;
    }
    Ok(())
}

pub fn insert(conn: &mut Conn, delivery: &Delivery) -> Result<()> {
    diesel::insert_into(webhook_deliveries::table).values(Row::try_from(delivery)?).execute(conn)?;
    Ok(())
}

/// Writes how far a delivery has come.
pub fn update(conn: &mut Conn, delivery: &Delivery) -> Result<()> {
    let progress = Progress::try_from(delivery)?;
    diesel::update(webhook_deliveries::table.find(delivery.id.to_string())).set(progress).execute(conn)?;
    Ok(())
}

pub fn find(conn: &mut Conn, webhook: WebhookId, id: WebhookDeliveryId) -> Result<Option<Delivery>> {
    let row: Option<Row> = webhook_deliveries::table
        .find(id.to_string())
        .filter(webhook_deliveries::webhook_id.eq(webhook.to_string()))
        .select(Row::as_select())
        .first(conn)
        .optional()?;
    row.map(Delivery::try_from).transpose()
}

/// The delivery that is sent next: the first one that waits.
pub fn first_waiting(conn: &mut Conn, webhook: WebhookId) -> Result<Option<Delivery>> {
    let row: Option<Row> = webhook_deliveries::table
        .filter(webhook_deliveries::webhook_id.eq(webhook.to_string()))
        .filter(webhook_deliveries::state.eq(WebhookDeliveryState::Waiting.as_str()))
        .order(webhook_deliveries::id)
        .select(Row::as_select())
        .first(conn)
        .optional()?;
    row.map(Delivery::try_from).transpose()
}

/// Returns how many deliveries of a webhook wait.
pub fn count_waiting(conn: &mut Conn, webhook: WebhookId) -> Result<u64> {
    let count: i64 = webhook_deliveries::table
        .filter(webhook_deliveries::webhook_id.eq(webhook.to_string()))
        .filter(webhook_deliveries::state.eq(WebhookDeliveryState::Waiting.as_str()))
        .select(count_star())
        .first(conn)?;
    int(count)
}

/// Ends all deliveries of a webhook that wait, for this reason.
pub fn drop_waiting(conn: &mut Conn, webhook: WebhookId, why: &str, now: Timestamp) -> Result<()> {
    let waiting = webhook_deliveries::table
        .filter(webhook_deliveries::webhook_id.eq(webhook.to_string()))
        .filter(webhook_deliveries::state.eq(WebhookDeliveryState::Waiting.as_str()));
    diesel::update(waiting)
        .set((
            webhook_deliveries::state.eq(WebhookDeliveryState::Dropped.as_str()),
            webhook_deliveries::error.eq(why),
            webhook_deliveries::ended_at.eq(now.as_micros()),
        ))
        .execute(conn)?;
    Ok(())
}

/// A page of the deliveries of a webhook, newest first. Only the first one that waits has a next
/// attempt, at `next_try_at`.
pub fn page(
    conn: &mut Conn,
    webhook: WebhookId,
    next_try_at: Timestamp,
    query: &PageQuery,
) -> Result<Page<WebhookDelivery>> {
    let first = first_waiting(conn, webhook)?.map(|delivery| delivery.id);
    let mut select = webhook_deliveries::table
        .filter(webhook_deliveries::webhook_id.eq(webhook.to_string()))
        .order(webhook_deliveries::id.desc())
        .limit(rows_to_fetch(query))
        .select(Row::as_select())
        .into_boxed();
    if let Some(cursor) = &query.cursor {
        select = select.filter(webhook_deliveries::id.lt(cursor.clone()));
    }
    let rows: Vec<Row> = select.load(conn)?;
    let found = rows.into_iter().map(|row| {
        let delivery = Delivery::try_from(row)?;
        let next = (first == Some(delivery.id)).then_some(next_try_at);
        Ok(view(delivery, next))
    });
    Ok(page_of(found.collect::<Result<Vec<_>>>()?, query, |delivery| delivery.id.to_string()))
}

/// Forgets deliveries that ended before `oldest`, and those whose webhook is gone; how many they
/// were.
pub fn forget_before(conn: &mut Conn, oldest: Timestamp) -> Result<usize> {
    let old = webhook_deliveries::table.filter(webhook_deliveries::ended_at.lt(oldest.as_micros()));
    let old = diesel::delete(old).execute(conn)?;
    let own = webhooks::table.filter(webhooks::id.eq(webhook_deliveries::webhook_id));
    Ok(old + diesel::delete(webhook_deliveries::table.filter(not(exists(own)))).execute(conn)?)
}

/// Forgets all deliveries of a webhook that have ended but the newest `kept`; how many they were.
pub fn forget_beyond(conn: &mut Conn, webhook: WebhookId, kept: i64) -> Result<usize> {
    let ended = || {
        webhook_deliveries::table
            .filter(webhook_deliveries::webhook_id.eq(webhook.to_string()))
            .filter(webhook_deliveries::ended_at.is_not_null())
    };
    let last: Option<String> = ended()
        .order(webhook_deliveries::id.desc())
        .offset(kept)
        .select(webhook_deliveries::id)
        .first(conn)
        .optional()?;
    let Some(last) = last else { return Ok(0) };
    Ok(diesel::delete(ended().filter(webhook_deliveries::id.le(last))).execute(conn)?)
}
