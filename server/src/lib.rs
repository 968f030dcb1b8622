//! Holdout's server: HTTP API, accounts, seasons, uploads, queue, ranking and the public board.
//!
//! Three floors: `api` takes requests apart and calls the domain modules, which decide; `db` holds
//! all SQL. The server never sees a tensor and runs nothing that a team sent.

mod accounts;
mod api;
mod app;
mod audit;
mod auth;
mod bans;
mod blobs;
mod blocking;
mod bootstrap;
mod changes;
mod charging;
mod client_address;
mod compress;
mod config;
mod conventions;
mod db;
mod error;
mod evaluations;
mod event_stream;
mod exports;
mod extensions;
mod extraction;
mod hosted;
mod idempotency;
mod intake;
mod invitations;
mod json;
mod judging;
mod load;
mod messages;
mod metrics;
mod middleware;
mod names;
mod networks;
mod news;
mod object_name;
mod openapi;
mod organizers;
mod origin;
mod pages;
mod paths;
mod proxies;
mod quota;
pub mod ranges;
mod ranking;
mod rates;
mod receipts;
mod rescoring;
mod router;
mod routes;
#[cfg(test)]
mod samples;
mod scheme;
mod seasons;
mod secret;
mod server;
mod similar;
mod spreadsheet;
mod stand_in;
mod stand_ins;
mod store_owner;
mod submissions;
mod sweeper;
mod teams;
mod trouble;
mod unknown_fields;
mod uploads;
mod webhooks;

pub use app::App;
pub use bootstrap::bootstrap;
pub use config::{Config, LimitConfig, MetricsToken, QueueConfig, RateConfig, SessionConfig, UploadConfig};
pub use error::{Error, Result};
pub use hosted::Hosted;
pub use messages::{MailConfig, MailPassword, MailTls, send_test as send_test_mail};
pub use networks::Networks;
pub use openapi::document as openapi_document;
pub use pages::has_pages;
pub use proxies::{ForwardedHeader, Proxies};
pub use server::{Running, start};
pub use sweeper::SweepReport;
pub use webhooks::WebhookConfig;

/// What the fuzz targets of `fuzz/` reach into; not there in any other build.
#[cfg(fuzzing)]
pub mod fuzzing {
    pub use crate::api::read_upload_headers;
}
