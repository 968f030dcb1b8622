//! What every number of the configuration may be.

use crate::ranges::Range;

pub(super) const YEAR: u64 = 365 * 24 * 3600;
/// More than anybody counts, and far from where sums of counts or times would overflow.
pub(super) const MANY: u64 = 1_000_000_000;
pub(super) const BYTES: u64 = 1 << 62;

/// Every number and what it can be.
#[rustfmt::skip]
pub(super) const RANGES: &[Range] = &[
    Range::new("database_connections", 1, 1000),
    // More than that, the HTTP server does not start.
    Range::new("workers", 1, 512),
    Range::new("drain_seconds", 0, 3600),
    Range::new("sessions.access_seconds", 1, YEAR),
    Range::new("sessions.refresh_seconds", 1, 10 * YEAR),
    Range::new("rates.registrations_per_minute", 1, MANY),
    Range::new("rates.logins_per_minute", 1, MANY),
    Range::new("rates.submissions_per_minute", 1, MANY),
    Range::new("rates.preflights_per_minute", 1, MANY),
    Range::new("rates.news_seen_per_minute", 1, MANY),
    Range::new("rates.uploads_per_minute", 1, MANY),
    Range::new("rates.refusals_per_hour", 1, MANY),
    Range::new("rates.edits_per_hour", 1, MANY),
    Range::new("rates.secrets_per_hour", 1, MANY),
    Range::new("rates.questions_per_hour", 1, MANY),
    Range::new("rates.announcements_per_hour", 1, MANY),
    Range::new("rates.links_per_address_per_hour", 1, MANY),
    Range::new("rates.links_per_account_per_hour", 1, MANY),
    Range::new("uploads.life_seconds", 1, 10 * YEAR),
    Range::new("uploads.max_bytes", 1, BYTES),
    Range::new("uploads.part_bytes", 1, 1 << 30),
    Range::new("uploads.unfinished_per_account", 1, MANY),
    Range::new("uploads.deadline_grace_seconds", 0, YEAR),
    Range::new("uploads.unused_per_account", 1, MANY),
    Range::new("uploads.unused_bytes_per_account", 1, BYTES),
    Range::new("uploads.unused_bytes_without_team", 0, BYTES),
    Range::new("uploads.reserve_bytes", 0, BYTES),
    Range::new("uploads.sweep_seconds", 1, YEAR),
    Range::new("uploads.sweep_grace_seconds", 0, YEAR),
    Range::new("queue.lease_seconds", 2, YEAR),
    Range::new("queue.heartbeat_seconds", 1, YEAR),
    Range::new("queue.attempts", 1, MANY),
    Range::new("queue.running_per_team", 1, MANY),
    Range::new("queue.queued_per_team", 1, MANY),
    Range::new("queue.scorer_faults", 1, MANY),
    Range::new("queue.retry_seconds", 0, YEAR),
    Range::new("queue.retry_within_seconds", 0, YEAR),
    Range::new("queue.reap_seconds", 1, 3600),
    Range::new("limits.connections", 1, 1_000_000),
    Range::new("limits.connections_per_address", 1, 1_000_000),
    Range::new("limits.unread_seconds", 1, 3600),
    Range::new("limits.reading_bytes_per_second", 1, 1 << 30),
    Range::new("limits.reading_grace_seconds", 1, 3600),
    Range::new("limits.body_seconds", 1, 3600),
    Range::new("limits.bodies_per_address", 1, 1_000_000),
    Range::new("limits.body_bytes", 1024, 1 << 40),
    Range::new("limits.streams", 1, 1_000_000),
    Range::new("limits.streams_per_account", 1, 1_000_000),
    Range::new("limits.streams_per_address", 1, 1_000_000),
    Range::new("limits.check_milliseconds", 1, 3_600_000),
    Range::new("limits.tokens_per_account", 1, MANY),
    Range::new("limits.sessions_per_account", 1, MANY),
    Range::new("limits.invitations_per_team", 1, MANY),
    Range::new("mail.timeout_seconds", 1, 600),
    Range::new("mail.retry_seconds", 1, 3600),
    Range::new("mail.give_up_seconds", 1, 30 * 24 * 3600),
    Range::new("webhooks.timeout_seconds", 1, 60),
];
