//! What a delivery says. It is made when it is sent, so that it tells what may be told then.

use holdout_protocol::{WebhookEvent, WebhookEventKind};
use serde_json::{Value, json};

use crate::db::webhook_deliveries::{Delivery, Told};
use crate::db::webhooks::Webhook;
use crate::db::{self, Conn};
use crate::error::{Error, Result};
use crate::news::events;

/// The body of a delivery; `None` if it is not told any more, because the season is a draft again,
/// or the answer is no longer public.
pub fn body_of(conn: &mut Conn, webhook: &Webhook, delivery: &Delivery) -> Result<Option<Vec<u8>>> {
    let season = db::seasons::get(conn, webhook.season)?;
    if season.draft && delivery.kind != WebhookEventKind::Test {
        return Ok(None);
    }
    let data = match &delivery.told {
        Told::Data(data) => with_team_name(conn, serde_json::from_str(data).map_err(Error::internal)?)?,
        Told::Event(number) => match events::numbered(conn, &season, *number)? {
            Some(event) => serde_json::to_value(event).map_err(Error::internal)?,
            None => return Ok(None),
        },
    };
    let Delivery { id, kind, at: time, .. } = *delivery;
    let event = WebhookEvent { id, kind, time, season: season.slug, data };
    serde_json::to_vec(&event).map(Some).map_err(Error::internal)
}

/// Adds the present name of the team that `team_id` is about; `null` if there is no such team any
/// more.
fn with_team_name(conn: &mut Conn, mut data: Value) -> Result<Value> {
    let Some(id) = data.get("team_id").and_then(Value::as_str) else { return Ok(data) };
    let id = id.parse().map_err(Error::internal)?;
    let name = db::teams::find(conn, id)?.map(|team| team.name);
    if let Some(data) = data.as_object_mut() {
        data.insert("team".to_owned(), json!(name));
    }
    Ok(data)
}
