//! Where the server sends what happens in a season.

use std::fmt;

use diesel::prelude::*;
use holdout_protocol::{
    AccountId, SeasonId, Timestamp, WebhookDeliveryState, WebhookDisabledReason, WebhookEventKind, WebhookId,
};

use crate::db::conn::Conn;
use crate::db::schema::{seasons, webhook_deliveries, webhooks};
use crate::db::values::{from_json, from_word, int, parsed, to_word};
use crate::error::{Error, Result};

/// What deliveries are signed with. `Debug` does not show it.
#[derive(Clone, PartialEq, Eq)]
pub struct Secret(pub String);

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Secret(…)")
    }
}

#[derive(Debug, Clone)]
pub struct Webhook {
    pub id: WebhookId,
    pub season: SeasonId,
    pub url: String,
    pub kinds: Vec<WebhookEventKind>,
    pub description: String,
    pub by: AccountId,
    pub created_at: Timestamp,
    pub secret: Secret,
    /// The secret before, and until when it is used beside the present one.
    pub old_secret: Option<(Secret, Timestamp)>,
    pub disabled: Option<(Timestamp, WebhookDisabledReason)>,
    pub failing_since: Option<Timestamp>,
    pub next_try_at: Timestamp,
    /// Until when a server sends the first delivery, and no other one does.
    pub claimed_until: Timestamp,
}

#[derive(Queryable, Selectable, Insertable, AsChangeset)]
#[diesel(table_name = webhooks, treat_none_as_null = true)]
struct Row {
    id: String,
    season_id: String,
    url: String,
    kinds: String,
    description: String,
    created_by: String,
    created_at: i64,
    secret: String,
    old_secret: Option<String>,
    old_secret_until: Option<i64>,
    disabled_at: Option<i64>,
    disabled_reason: Option<String>,
    failing_since: Option<i64>,
    next_try_at: i64,
    claimed_until: i64,
}

impl TryFrom<&Webhook> for Row {
    type Error = Error;
    fn try_from(webhook: &Webhook) -> Result<Self> {
        let disabled_reason = webhook.disabled.map(|(_, reason)| reason.as_str().to_owned());
        Ok(Self {
            id: webhook.id.to_string(),
            season_id: webhook.season.to_string(),
            url: webhook.url.clone(),
            kinds: serde_json::to_string(&webhook.kinds).map_err(Error::internal)?,
            description: webhook.description.clone(),
            created_by: webhook.by.to_string(),
            created_at: webhook.created_at.into(),
            secret: webhook.secret.0.clone(),
            old_secret: webhook.old_secret.as_ref().map(|(secret, _)| secret.0.clone()),
            old_secret_until: webhook.old_secret.as_ref().map(|(_, until)| i64::from(*until)),
            disabled_at: webhook.disabled.map(|(at, _)| i64::from(at)),
            disabled_reason,
            failing_since: webhook.failing_since.map(i64::from),
            next_try_at: webhook.next_try_at.into(),
            claimed_until: webhook.claimed_until.into(),
        })
    }
}

impl TryFrom<Row> for Webhook {
    type Error = Error;
    fn try_from(row: Row) -> Result<Self> {
        let old_secret = row.old_secret.zip(row.old_secret_until);
        let disabled = row.disabled_at.zip(row.disabled_reason);
        Ok(Self {
            id: parsed(row.id)?,
            season: parsed(row.season_id)?,
            url: row.url,
            kinds: from_json(&row.kinds)?,
            description: row.description,
            by: parsed(row.created_by)?,
            created_at: row.created_at.into(),
            secret: Secret(row.secret),
            old_secret: old_secret.map(|(secret, until)| (Secret(secret), until.into())),
            disabled: disabled.map(|(at, reason)| Ok::<_, Error>((at.into(), from_word(&reason)?))).transpose()?,
            failing_since: row.failing_since.map(Timestamp::from),
            next_try_at: row.next_try_at.into(),
            claimed_until: row.claimed_until.into(),
        })
    }
}

pub fn insert(conn: &mut Conn, webhook: &Webhook) -> Result<()> {
    diesel::insert_into(webhooks::table).values(Row::try_from(webhook)?).execute(conn)?;
    Ok(())
}

pub fn update(conn: &mut Conn, webhook: &Webhook) -> Result<()> {
    let row = Row::try_from(webhook)?;
    diesel::update(webhooks::table.find(webhook.id.to_string())).set(row).execute(conn)?;
    Ok(())
}

/// Deletes a webhook and all that was sent to it.
pub fn delete(conn: &mut Conn, id: WebhookId) -> Result<()> {
    let sent = webhook_deliveries::table.filter(webhook_deliveries::webhook_id.eq(id.to_string()));
    diesel::delete(sent).execute(conn)?;
    diesel::delete(webhooks::table.find(id.to_string())).execute(conn)?;
    Ok(())
}

pub fn find(conn: &mut Conn, season: SeasonId, id: WebhookId) -> Result<Webhook> {
    let found = by_id(conn, id)?.filter(|webhook| webhook.season == season);
    found.ok_or_else(|| Error::not_found("webhook", id))
}

pub fn by_id(conn: &mut Conn, id: WebhookId) -> Result<Option<Webhook>> {
    let row: Option<Row> = webhooks::table.find(id.to_string()).select(Row::as_select()).first(conn).optional()?;
    row.map(Webhook::try_from).transpose()
}

/// The webhooks of a season, oldest first.
pub fn of_season(conn: &mut Conn, season: SeasonId) -> Result<Vec<Webhook>> {
    let rows: Vec<Row> = webhooks::table
        .filter(webhooks::season_id.eq(season.to_string()))
        .order(webhooks::id)
        .select(Row::as_select())
        .load(conn)?;
    rows.into_iter().map(Webhook::try_from).collect()
}

/// The webhooks that are told of events of this kind: none in a draft.
pub fn listening(conn: &mut Conn, season: SeasonId, kind: WebhookEventKind) -> Result<Vec<WebhookId>> {
    let rows: Vec<(String, String)> = webhooks::table
        .inner_join(seasons::table)
        .filter(webhooks::season_id.eq(season.to_string()))
        .filter(webhooks::disabled_at.is_null())
        .filter(seasons::draft.eq(false))
        .select((webhooks::id, webhooks::kinds))
        .load(conn)?;
    let mut found = Vec::new();
    for (id, kinds) in rows {
        if from_json::<Vec<WebhookEventKind>>(&kinds)?.contains(&kind) {
            found.push(parsed(id)?);
        }
    }
    Ok(found)
}

/// The webhook whose first delivery has waited longest for its time; `None` if no time has come.
pub fn next_due(conn: &mut Conn, now: Timestamp) -> Result<Option<WebhookId>> {
    let waits = webhook_deliveries::table
        .filter(webhook_deliveries::webhook_id.eq(webhooks::id))
        .filter(webhook_deliveries::state.eq(to_word(&WebhookDeliveryState::Waiting)?));
    let found: Option<String> = webhooks::table
        .filter(webhooks::disabled_at.is_null())
        .filter(webhooks::next_try_at.le(now.as_micros()))
        .filter(webhooks::claimed_until.le(now.as_micros()))
        .filter(diesel::dsl::exists(waits))
        .order((webhooks::next_try_at, webhooks::id))
        .select(webhooks::id)
        .first(conn)
        .optional()?;
    found.map(parsed).transpose()
}

/// Returns how many webhooks of a season the server has disabled.
pub fn disabled_by_server(conn: &mut Conn, season: SeasonId) -> Result<u64> {
    let count: i64 = webhooks::table
        .filter(webhooks::season_id.eq(season.to_string()))
        .filter(webhooks::disabled_reason.ne(WebhookDisabledReason::Organizer.as_str()))
        .count()
        .get_result(conn)?;
    int(count)
}

/// The ids of all webhooks.
pub fn ids(conn: &mut Conn) -> Result<Vec<WebhookId>> {
    let rows: Vec<String> = webhooks::table.select(webhooks::id).order(webhooks::id).load(conn)?;
    rows.into_iter().map(parsed).collect()
}
