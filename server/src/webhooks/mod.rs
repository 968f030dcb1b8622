//! Webhooks of a season: what happens in it is sent to addresses that its organizers choose, each
//! delivery signed as <https://www.standardwebhooks.com> describes.
//!
//! A delivery is a row before it is sent, written in the transaction of what it tells
//! ([`record`], `db::season_events`). The [`sender`] takes the rows of a webhook one after the
//! other, and the next one only when the one before has ended, so that receivers get them in their
//! order. Nothing is lost if a server is killed, and several servers share the work. A server that
//! is killed before it has written down the answer leaves a delivery that is sent again, with the
//! same id.

mod address;
mod body;
mod client;
mod config;
mod connection;
mod deliveries;
mod manage;
mod outcome;
pub mod record;
mod secrets;
pub mod sender;
mod settle;
mod signature;

pub use client::Client;
pub use config::WebhookConfig;
pub use deliveries::{list_deliveries, send_again, send_test};
pub use manage::{change, create, delete, list_webhooks};
pub use secrets::replace_secret;

/// Deliveries of a webhook that have ended and are kept.
pub const MOST_ENDED: i64 = 1000;
