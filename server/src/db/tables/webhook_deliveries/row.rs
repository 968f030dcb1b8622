//! A delivery as a row.

use diesel::prelude::*;
use holdout_protocol::{
    Timestamp, WebhookDelivery, WebhookDeliveryId, WebhookDeliveryState, WebhookEventKind, WebhookFault, WebhookId,
};

use crate::db::schema::webhook_deliveries;
use crate::db::values::{from_word, int, parsed};
use crate::error::{Error, Result};

/// What a delivery tells.
#[derive(Debug, Clone, PartialEq)]
pub enum Told {
    /// The season's event of this number, as it is known when it is sent.
    Event(u64),
    /// This, as JSON.
    Data(String),
}

#[derive(Debug, Clone)]
pub struct Delivery {
    pub id: WebhookDeliveryId,
    pub webhook: WebhookId,
    pub kind: WebhookEventKind,
    pub at: Timestamp,
    pub told: Told,
    pub state: WebhookDeliveryState,
    pub attempts: u32,
    pub last: LastTry,
    pub ended_at: Option<Timestamp>,
}

impl Delivery {
    /// A delivery that waits for its first attempt.
    pub fn new(webhook: WebhookId, kind: WebhookEventKind, at: Timestamp, told: Told) -> Self {
        Self {
            id: WebhookDeliveryId::new(),
            webhook,
            kind,
            at,
            told,
            state: WebhookDeliveryState::Waiting,
            attempts: 0,
            last: LastTry::default(),
            ended_at: None,
        }
    }
}

/// The last attempt, or why there was none.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct LastTry {
    pub at: Option<Timestamp>,
    pub status: Option<u16>,
    pub fault: Option<WebhookFault>,
    pub error: Option<String>,
}

#[derive(Queryable, Selectable, Insertable)]
#[diesel(table_name = webhook_deliveries)]
pub(super) struct Row {
    id: String,
    webhook_id: String,
    kind: String,
    at: i64,
    event_number: Option<i64>,
    data: Option<String>,
    #[diesel(embed)]
    progress: Progress,
}

/// How far a delivery has come, which is all that changes of it.
#[derive(Queryable, Selectable, Insertable, AsChangeset)]
#[diesel(table_name = webhook_deliveries, treat_none_as_null = true)]
pub(super) struct Progress {
    state: String,
    attempts: i32,
    tried_at: Option<i64>,
    status: Option<i32>,
    fault: Option<String>,
    error: Option<String>,
    ended_at: Option<i64>,
}

impl TryFrom<&Delivery> for Progress {
    type Error = Error;
    fn try_from(delivery: &Delivery) -> Result<Self> {
        Ok(Self {
            state: delivery.state.as_str().to_owned(),
            attempts: int(delivery.attempts)?,
            tried_at: delivery.last.at.map(i64::from),
            status: delivery.last.status.map(i32::from),
            fault: delivery.last.fault.map(|fault| fault.as_str().to_owned()),
            error: delivery.last.error.clone(),
            ended_at: delivery.ended_at.map(i64::from),
        })
    }
}

impl TryFrom<&Delivery> for Row {
    type Error = Error;
    fn try_from(delivery: &Delivery) -> Result<Self> {
        let (event_number, data) = match &delivery.told {
            Told::Event(number) => (Some(int(*number)?), None),
            Told::Data(data) => (None, Some(data.clone())),
        };
        Ok(Self {
            id: delivery.id.to_string(),
            webhook_id: delivery.webhook.to_string(),
            kind: delivery.kind.as_str().to_owned(),
            at: delivery.at.into(),
            event_number,
            data,
            progress: Progress::try_from(delivery)?,
        })
    }
}

impl TryFrom<Row> for Delivery {
    type Error = Error;
    fn try_from(row: Row) -> Result<Self> {
        let Progress { state, attempts, tried_at, status, fault, error, ended_at } = row.progress;
        let last = LastTry {
            at: tried_at.map(Timestamp::from),
            status: status.map(int).transpose()?,
            fault: fault.as_deref().map(from_word).transpose()?,
            error,
        };
        let told = match row.event_number {
            Some(number) => Told::Event(int(number)?),
            None => Told::Data(row.data.unwrap_or_else(|| "{}".to_owned())),
        };
        Ok(Self {
            id: parsed(row.id)?,
            webhook: parsed(row.webhook_id)?,
            kind: from_word(&row.kind)?,
            at: row.at.into(),
            told,
            state: from_word(&state)?,
            attempts: int(attempts)?,
            last,
            ended_at: ended_at.map(Timestamp::from),
        })
    }
}

/// A delivery as organizers see it.
pub fn view(delivery: Delivery, next_try_at: Option<Timestamp>) -> WebhookDelivery {
    let Delivery { id, kind, at, state, attempts, last, .. } = delivery;
    let LastTry { at: tried_at, status, fault, error } = last;
    WebhookDelivery { id, kind, at, state, attempts, tried_at, status, fault, error, next_try_at }
}
