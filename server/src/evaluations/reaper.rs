//! What happens by the clock alone: leases end, pauses end, and evaluations that no scorer comes
//! for are stalled.

use std::sync::Arc;
use std::time::Duration;

use holdout_protocol::{EvaluationId, SubmissionState, Timestamp};

use super::Event;
use super::fleet::SEEN_LATELY;
use super::lease::{Failure, fail};
use super::transition::{self, Transition};
use crate::app::App;
use crate::changes::Topic;
use crate::charging;
use crate::config::QueueConfig;
use crate::db::running::Latest;
use crate::db::{self, Conn};
use crate::error::Result;
use crate::metrics::LEASE_EXPIRED;

/// Ends the attempts whose lease has ended: each is a failure of the platform.
pub async fn expire_leases(app: &App) -> Result<()> {
    let found = app.db.read(|conn| db::running::expired(conn, Timestamp::now())).await?;
    if found.is_empty() {
        return Ok(());
    }
    let config = app.config.queue.clone();
    let ended = app
        .db
        .write(move |conn| {
            let mut ended = 0_usize;
            for id in found {
                ended += usize::from(expire_one(conn, id, &config)?);
            }
            Ok(ended)
        })
        .await?;
    (0..ended).for_each(|_| app.metrics.evaluation_failed(LEASE_EXPIRED));
    if ended > 0 {
        app.changes.announce(Topic::Queue);
        app.changes.announce(Topic::Submissions);
    }
    Ok(())
}

fn expire_one(conn: &mut Conn, id: EvaluationId, config: &QueueConfig) -> Result<bool> {
    let now = Timestamp::now();
    let before = db::evaluations::get_locked(conn, id)?;
    // A heartbeat or an outcome may have come since the look.
    let over = before.state == SubmissionState::Running && before.lease_expires_at.is_some_and(|end| end < now);
    Ok(over && fail(conn, &before, &Failure::LeaseEnded, config, now)?)
}

/// Stalls evaluations that failed and have waited too long for another attempt, with no scorer
/// there to take them. Their teams get the slot back instead of waiting for ever.
async fn stall_left_behind(app: &App) -> Result<()> {
    let within = Duration::from_secs(app.config.queue.retry_within_seconds.into());
    let now = Timestamp::now();
    let left = app.db.read(move |conn| untaken(conn, now.minus(within), now)).await?;
    for id in left {
        let stalled = app.db.write(move |conn| stall(conn, id, now)).await?;
        if stalled {
            app.changes.announce(Topic::Submissions);
        }
    }
    Ok(())
}

fn untaken(conn: &mut Conn, due_before: Timestamp, now: Timestamp) -> Result<Vec<EvaluationId>> {
    let mut untaken = Vec::new();
    for (id, kind) in db::running::left_behind(conn, due_before)? {
        if !db::queue_places::is_taken_by_another(conn, kind, &[], now.minus(SEEN_LATELY))? {
            untaken.push(id);
        }
    }
    Ok(untaken)
}

fn stall(conn: &mut Conn, id: EvaluationId, now: Timestamp) -> Result<bool> {
    let before = db::evaluations::get_locked(conn, id)?;
    if before.state != SubmissionState::Queued {
        return Ok(false);
    }
    let moved = transition::apply(conn, &before, Event::Exhausted, now, |_| ())?;
    let Transition::Moved(after) = moved else { return Ok(false) };
    tracing::warn!(evaluation = %after.id, "stalled: it failed before, and no scorer came for another attempt");
    db::quota::settle(conn, after.submission, charging::refund(charging::Ending::Stalled), now)?;
    Ok(true)
}

/// A lease or pause may be so much later than it can be, because clocks of several servers differ.
const CLOCKS_DIFFER: Duration = Duration::from_secs(5);

/// Brings leases and pauses back that end later than they can: the clock was set back since they
/// were written, and nobody should wait until it gets there again. A living scorer renews its
/// lease.
async fn bring_back(app: &App) -> Result<()> {
    let (queue, now) = (&app.config.queue, Timestamp::now().plus(CLOCKS_DIFFER));
    let pause = now.plus(queue.longest_pause());
    let latest = Latest { lease: now.plus(queue.lease()), pause, others: pause.plus(queue.others_first()) };
    if app.db.read(move |conn| db::running::is_ahead(conn, latest)).await? {
        let changed = app.db.write(move |conn| db::running::bring_back(conn, latest)).await?;
        tracing::warn!(changed, "the clock was set back: leases and pauses end when they can at the latest");
    }
    Ok(())
}

/// Wakes scorers that wait, if the pause of an evaluation has ended since the last look.
async fn announce_due(app: &App, since: Timestamp) -> Result<()> {
    let now = Timestamp::now();
    if app.db.read(move |conn| db::running::has_become_due(conn, since, now)).await? {
        app.changes.announce(Topic::Queue);
    }
    Ok(())
}

/// Looks after leases and retries for as long as the server runs.
pub async fn run(app: Arc<App>) {
    let pause = Duration::from_secs(app.config.queue.reap_seconds);
    let mut looked_at = Timestamp::now();
    loop {
        tokio::time::sleep(pause).await;
        let since = std::mem::replace(&mut looked_at, Timestamp::now());
        let looked = async {
            bring_back(&app).await?;
            expire_leases(&app).await?;
            announce_due(&app, since).await?;
            stall_left_behind(&app).await
        };
        if let Err(error) = looked.await {
            tracing::error!(%error, "cannot look after leases and retries");
        }
    }
}
