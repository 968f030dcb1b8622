//! Prometheus metrics (OpenMetrics text): what this process did, and what the database says of
//! queue and fleet.

use std::fmt;
use std::time::{Duration, Instant};

use holdout_protocol::{FaultReason, Timestamp};
use prometheus_client::encoding::EncodeLabelSet;
use prometheus_client::encoding::text::encode;
use prometheus_client::metrics::counter::Counter;
use prometheus_client::metrics::family::Family;
use prometheus_client::metrics::gauge::Gauge;
use prometheus_client::metrics::histogram::Histogram;
use prometheus_client::registry::{Registry, Unit};
use tokio::sync::Mutex;

use crate::db::messages::Counts as Messages;
use crate::db::{self, Db};
use crate::error::{Error, Result};
use crate::evaluations::fleet::SEEN_LATELY;
use crate::load::whose;

/// What the database says is asked again after this time.
const GOOD_FOR: Duration = Duration::from_secs(5);
/// The database is waited for so long: Prometheus gives up after ten seconds.
const PATIENCE: Duration = Duration::from_secs(3);
/// The fault of an attempt that was not heard of in time, beside those that scorers report.
pub(crate) const LEASE_EXPIRED: &str = "lease_expired";
/// Upper ends of the buckets of durations, seconds.
const BUCKETS: [f64; 12] = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 5.0, 30.0];

/// A request that was answered.
#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
pub struct Handled {
    /// Method, of a closed list.
    pub method: &'static str,
    /// Pattern of the route.
    pub route: String,
    /// HTTP status.
    pub status: u16,
}

#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
struct Route {
    method: &'static str,
    route: String,
}

#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
struct State {
    state: String,
}

#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
struct Reason {
    reason: &'static str,
}

#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
struct Outcome {
    outcome: &'static str,
}

#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
struct Store {
    store: &'static str,
}

#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
struct Fleet {
    kind: &'static str,
    state: &'static str,
}

/// What is counted.
pub struct Metrics {
    registry: Registry,
    requests: Family<Handled, Counter>,
    durations: Family<Route, Histogram, fn() -> Histogram>,
    evaluations: Family<State, Gauge>,
    claims: Gauge,
    oldest_queued: Gauge,
    scorers: Gauge,
    fleet: Family<Fleet, Gauge>,
    short_of_memory: Gauge,
    faults: Family<Reason, Counter>,
    uploads: Gauge,
    room: Family<Store, Gauge>,
    messages: Family<State, Gauge>,
    oldest_message: Gauge,
    webhooks: Family<Outcome, Counter>,
    asked_at: Mutex<Option<Instant>>,
}

impl fmt::Debug for Metrics {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Metrics").finish_non_exhaustive()
    }
}

impl Default for Metrics {
    fn default() -> Self {
        let durations: Family<_, _, fn() -> Histogram> = Family::new_with_constructor(durations);
        let mut metrics = Self {
            registry: Registry::with_prefix("holdout"),
            requests: Family::default(),
            durations,
            evaluations: Family::default(),
            claims: Gauge::default(),
            oldest_queued: Gauge::default(),
            scorers: Gauge::default(),
            fleet: Family::default(),
            short_of_memory: Gauge::default(),
            faults: Family::default(),
            uploads: Gauge::default(),
            room: Family::default(),
            messages: Family::default(),
            oldest_message: Gauge::default(),
            webhooks: Family::default(),
            asked_at: Mutex::default(),
        };
        metrics.register_requests();
        metrics.register_queue();
        metrics.register_messages();
        // From 0 on, because an alert on a rate does not see the first fault of a counter that
        // begins with it.
        for reason in FaultReason::ALL.map(FaultReason::as_str).into_iter().chain([LEASE_EXPIRED]) {
            drop(metrics.faults.get_or_create(&Reason { reason }));
        }
        for outcome in ["delivered", "retried", "failed"] {
            drop(metrics.webhooks.get_or_create(&Outcome { outcome }));
        }
        metrics
    }
}

fn durations() -> Histogram {
    Histogram::new(BUCKETS)
}

impl Metrics {
    fn register_requests(&mut self) {
        let registry = &mut self.registry;
        registry.register("http_requests", "Requests answered by this server", self.requests.clone());
        registry.register_with_unit(
            "http_request_duration",
            "Time until the answer began",
            Unit::Seconds,
            self.durations.clone(),
        );
        registry.register("uploads_in_progress", "Uploads begun and not complete", self.uploads.clone());
        registry.register_with_unit(
            "uploads_room",
            "Space on the disk that uploads may take; a bucket has no such limit",
            Unit::Bytes,
            self.room.clone(),
        );
    }

    fn register_queue(&mut self) {
        let registry = &mut self.registry;
        registry.register(
            "evaluations",
            "Evaluations by state; stalled: those of submissions that wait for an organizer",
            self.evaluations.clone(),
        );
        registry.register("evaluation_attempts", "Claims of evaluations begun, in the database", self.claims.clone());
        registry.register_with_unit(
            "queue_oldest_age",
            "Time that the longest waiting evaluation has waited",
            Unit::Seconds,
            self.oldest_queued.clone(),
        );
        registry.register("scorers_seen", "Scorers that were heard of in the last minute", self.scorers.clone());
        registry.register(
            "scorers",
            "Scorers heard of in the last minute, by what they take and whether they take work now",
            self.fleet.clone(),
        );
        registry.register(
            "tasks_short_of_memory",
            "Tasks that allow a model more memory than any scorer for models has",
            self.short_of_memory.clone(),
        );
        registry.register(
            "evaluation_faults",
            "Attempts that ended by a fault of the platform, by reason, as reported to this server",
            self.faults.clone(),
        );
    }

    fn register_messages(&mut self) {
        let registry = &mut self.registry;
        registry.register(
            "messages",
            "Messages that wait to be sent as e-mail, and those of the last day that could not be sent",
            self.messages.clone(),
        );
        registry.register_with_unit(
            "messages_oldest_age",
            "Time that the longest waiting message has waited",
            Unit::Seconds,
            self.oldest_message.clone(),
        );
        registry.register(
            "webhook_attempts",
            "Attempts of this server to deliver to a webhook: delivered, to be tried again, or failed for good",
            self.webhooks.clone(),
        );
    }

    /// Counts an answered request.
    pub fn handled(&self, handled: Handled, took: Duration) {
        self.requests.get_or_create(&handled).inc();
        let route = Route { method: handled.method, route: handled.route };
        self.durations.get_or_create(&route).observe(took.as_secs_f64());
    }

    /// Counts an attempt that ended by a fault of the platform.
    pub fn evaluation_failed(&self, reason: &'static str) {
        self.faults.get_or_create(&Reason { reason }).inc();
    }

    /// Counts an attempt to deliver to a webhook.
    pub fn webhook_tried(&self, outcome: &'static str) {
        self.webhooks.get_or_create(&Outcome { outcome }).inc();
    }

    /// Notes how many bytes uploads may take on the disk; `None` for a bucket.
    pub fn set_room(&self, room: Option<u64>) {
        if let Some(room) = room {
            self.room.get_or_create(&Store { store: "folder" }).set(i64::try_from(room).unwrap_or(i64::MAX));
        }
    }

    /// All metrics as text. If the database does not answer soon, what it said last, beside this
    /// process's own counts.
    pub async fn render(&self, db: &Db) -> Result<String> {
        match tokio::time::timeout(PATIENCE, self.ask(db)).await {
            Ok(Ok(())) => (),
            Ok(Err(error)) => tracing::warn!(%error, "metrics of the database cannot be read"),
            Err(_) => tracing::warn!("metrics of the database cannot be read: no answer"),
        }
        let mut text = String::new();
        encode(&mut text, &self.registry).map_err(Error::internal)?;
        Ok(text)
    }

    async fn ask(&self, db: &Db) -> Result<()> {
        let mut asked_at = self.asked_at.lock().await;
        if asked_at.is_some_and(|at| at.elapsed() < GOOD_FOR) {
            return Ok(());
        }
        let now = Timestamp::now();
        let survey = db.read(move |conn| db::operations::survey(conn, now, now.minus(SEEN_LATELY)));
        let found = whose::serve_all(survey).await?;
        for (state, count) in found.evaluations {
            self.evaluations.get_or_create(&State { state }).set(count);
        }
        self.claims.set(found.attempts);
        let age = found.oldest_queued.map_or(0, |at| now.since(at).as_secs());
        self.oldest_queued.set(i64::try_from(age).unwrap_or(i64::MAX));
        self.scorers.set(found.fleet.ready());
        for (kind, (ready, withdrawn)) in found.fleet.by_kind() {
            self.fleet.get_or_create(&Fleet { kind, state: "ready" }).set(ready);
            self.fleet.get_or_create(&Fleet { kind, state: "withdrawn" }).set(withdrawn);
        }
        self.short_of_memory.set(found.fleet.short_of_memory);
        self.uploads.set(found.uploads);
        let Messages { waiting, oldest, failed, .. } = found.messages;
        for (state, count) in [("waiting", waiting), ("failed", failed)] {
            self.messages.get_or_create(&State { state: state.to_owned() }).set(count);
        }
        let age = oldest.map_or(0, |at| now.since(at).as_secs());
        self.oldest_message.set(i64::try_from(age).unwrap_or(i64::MAX));
        *asked_at = Some(Instant::now());
        Ok(())
    }
}
