//! The only place with SQL. `tables` has a file for each table, `queries` what is read over several
//! of them.
//!
//! Functions here take a connection and typed values, and know nothing of HTTP. One text of SQL
//! serves SQLite and PostgreSQL; what differs (locks, the mode of a transaction) is in `conn` and
//! `lock`.

mod address;
mod conn;
mod file;
#[cfg(test)]
mod in_memory;
mod lock;
mod migrations;
mod openness;
mod outage;
mod pages;
mod pool;
mod queries;
mod schema;
mod search;
mod tables;
#[cfg(unix)]
mod tls;
mod values;

pub use conn::Conn;
pub use file::prepare as prepare_file;
#[cfg(test)]
pub use in_memory::in_memory;
pub use lock::{Lock, lock, lock_quotas, lock_shared};
pub use openness::Openness;
pub use pages::{fitting, page_of, page_of_views, rows_to_fetch};
pub use pool::Db;
pub use queries::{
    blob_names, boards, deleted_accounts, identical, logins, merging, message_lists, open_matters, operations,
    participants, queue, queue_places, recipients, records, rescored, running, season_news, similar, submission_parts,
};
pub use search::Search;
pub use tables::{
    accounts, announcements, answers, attempts, audit, bans, email_verifications, evaluations, extensions, idempotency,
    invitations, log_backlog, log_checkpoints, log_entries, log_nodes, log_retired_keys, mail_optouts, memberships,
    messages, news_seen, organizer_invitations, organizer_roles, password_resets, questions, quota, rates,
    refresh_tokens, registration_codes, registrations, rescorings, results, scorer_tokens, scorers, season_events,
    seasons, sessions, settings, setup_codes, submission_members, submission_versions, submissions, tasks,
    team_changes, teams, test_sets, tokens, upload_parts, uploads, webhook_deliveries, webhooks,
};
pub use values::{int, parsed};
