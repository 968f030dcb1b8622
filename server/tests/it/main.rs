//! Tests of the server through its front door: a real server on a random port, a database and a
//! blob folder of its own.
//!
//! With `HOLDOUT_TEST_POSTGRES=postgres://user@host:port` every test gets a database of its own in
//! that cluster, otherwise an SQLite file.
#![expect(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic,
    clippy::as_conversions,
    clippy::needless_pass_by_value,
    reason = "a test that cannot go on fails"
)]

mod arena;
mod board_rows;
mod listening;
mod mail_world;
mod people;
mod preflight;
mod queue_world;
mod receiver;
mod similar;
mod smtp;
mod test_app;
mod tracks;
mod tus;
mod webhook_world;

mod access;
mod account_deletion;
mod accounts;
mod bans;
mod boards;
mod bootstrap;
mod broken_uploads;
mod citations;
mod commitments;
mod comparison;
mod corrections;
mod drafts;
mod entries;
mod entry_dates;
mod evaluations;
mod exports;
mod extensions;
mod faults;
mod finals;
mod fleet;
mod health;
mod intake;
mod judging;
mod ladder;
mod limits;
mod load;
mod log_keys;
mod logins;
mod long_answers;
mod mail;
mod mail_links;
mod mail_sending;
mod merging;
mod models;
mod news;
mod openapi;
mod operations;
mod organizer_roles;
mod organizers;
mod outcomes;
mod pages;
mod queue;
mod queue_estimates;
mod quota;
mod ranks;
mod receipts;
mod registration;
mod rescoring;
mod rescoring_speed;
mod roles;
mod scorer;
mod search;
mod season_events;
mod season_roles;
mod seasons;
mod sessions;
mod submission_events;
mod submissions;
mod sweeper;
mod team_changes;
mod teams;
mod uploads;
mod webhook_sending;
mod webhooks;
