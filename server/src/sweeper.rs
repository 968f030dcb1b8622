//! The sweeper: deletes what has had its time, and files that no row names.
//!
//! A blob is deleted inside a transaction that holds its lock and sees that no row names it;
//! whoever names a blob holds the same lock and sees that the blob is there. So one of the two is
//! first, and the other notices.

use std::time::Duration;

use futures_util::StreamExt as _;
use holdout_protocol::{Sha256, Timestamp};

use crate::app::App;
use crate::blobs::{Round, Stored};
use crate::db::{self, Conn};
use crate::error::{Error, Result};
use crate::idempotency;
use crate::object_name::ObjectName;
use crate::rates;
use crate::store_owner;
use crate::webhooks::MOST_ENDED;

/// Expired uploads deleted in one transaction.
const BATCH: i64 = 100;
/// Files or uploads looked up in the database at once.
const LOOKED_UP: usize = 500;
/// Sessions and links for a password that have ended are kept so long.
const SESSIONS: Duration = Duration::from_secs(60 * 24 * 3600);

/// Messages to people are kept so long.
const MESSAGES: Duration = Duration::from_secs(180 * 24 * 3600);
/// Deliveries to webhooks are kept so long after their end.
const DELIVERIES: Duration = Duration::from_secs(30 * 24 * 3600);

/// What a sweep deleted.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct SweepReport {
    /// Uploads that had expired.
    pub uploads: u64,
    /// Parts whose upload is gone.
    pub parts: u64,
    /// Files left behind half-written.
    pub staging: u64,
    /// Blobs that no row named.
    pub blobs: u64,
    /// Idempotency keys, rate limits, links for passwords and addresses, messages, deliveries to
    /// webhooks, sessions and refresh tokens.
    pub rows: u64,
}

impl App {
    /// Sweeps once. Files without a row go when this process has seen them so for `grace`. Safe at
    /// any time, on any number of servers.
    ///
    /// # Errors
    /// If database or store fail; what was deleted until then is deleted.
    pub async fn sweep(&self, grace: Duration) -> Result<SweepReport> {
        // A file that is being written is left alone for the configured grace at least: writing a
        // large one takes time.
        let configured = Duration::from_secs(self.config.uploads.sweep_grace_seconds);
        let writing = grace.max(configured);
        store_owner::check(&self.db, &self.blobs, &self.config.blobs_url()).await?;
        let round = self.sightings.begin();
        let mut report = SweepReport { uploads: expired_uploads(self).await?, ..SweepReport::default() };
        report.parts = orphaned_parts(self, &round, writing).await?;
        report.staging = self.blobs.remove_staging(&round, writing).await?;
        report.blobs = unnamed_blobs(self, &round, grace).await?;
        report.rows = old_rows(self).await?;
        Ok(report)
    }
}

/// Sweeps soon after the start, then at intervals that differ from server to server.
pub async fn sweep_at_intervals(app: &App) {
    let interval = Duration::from_secs(app.config.uploads.sweep_seconds);
    let grace = Duration::from_secs(app.config.uploads.sweep_grace_seconds);
    let mut wait = interval.min(Duration::from_secs(10)).mul_f64(rand::random_range(0.5..1.0));
    loop {
        tokio::time::sleep(wait).await;
        match app.sweep(grace).await {
            Ok(report) if report == SweepReport::default() => {}
            Ok(report) => tracing::info!(?report, "swept"),
            Err(error) => tracing::error!(%error, "the sweep failed"),
        }
        wait = interval.mul_f64(rand::random_range(0.9..1.1));
    }
}

async fn expired_uploads(app: &App) -> Result<u64> {
    let (now, mut deleted) = (Timestamp::now(), 0);
    loop {
        let expired = app
            .db
            .write(move |conn| {
                let expired = db::uploads::expired(conn, now, BATCH)?;
                expired.iter().try_for_each(|upload| db::uploads::delete(conn, *upload))?;
                Ok(expired)
            })
            .await?;
        if expired.is_empty() {
            return Ok(deleted);
        }
        for upload in expired {
            app.blobs.remove_upload(upload).await?;
            deleted += 1;
        }
    }
}

/// An upload that has no row now will never have one: all its objects go. Of one that has, those go
/// that no row names: a server died before it recorded them, or after the upload was complete.
async fn orphaned_parts(app: &App, round: &Round<'_>, grace: Duration) -> Result<u64> {
    let mut removed = 0;
    let uploads = app.blobs.uploads().await?;
    for some in uploads.chunks(LOOKED_UP) {
        let looked_up = some.to_vec();
        let existing = app.db.read(move |conn| db::uploads::among(conn, &looked_up)).await?;
        for upload in some.iter().copied() {
            if !existing.contains(&upload) {
                removed += app.blobs.remove_upload(upload).await?;
                continue;
            }
            // Listed first, because a part that is stored and recorded after that is not in the
            // list.
            let parts = app.blobs.parts(upload).await?;
            if !parts.is_empty() {
                let recorded = app.db.read(move |conn| db::upload_parts::parts(conn, upload)).await?;
                let names: Vec<ObjectName> = recorded.into_iter().map(|part| part.object).collect();
                removed += app.blobs.remove_parts_except(&parts, &names, round, grace).await?;
            }
        }
    }
    Ok(removed)
}

async fn unnamed_blobs(app: &App, round: &Round<'_>, grace: Duration) -> Result<u64> {
    let mut removed = 0;
    let mut blobs = app.blobs.all().ready_chunks(LOOKED_UP);
    while let Some(found) = blobs.next().await {
        let found: Vec<Stored> = found.into_iter().collect::<Result<_>>()?;
        let names: Vec<Sha256> = found.iter().map(|blob| blob.sha256).collect();
        let named = app.db.read(move |conn| db::blob_names::among(conn, &names)).await?;
        for blob in found.into_iter().filter(|blob| !named.contains(&blob.sha256)) {
            if round.is_over(&blob.sha256.to_string(), blob.modified, grace) {
                removed += u64::from(remove_unnamed(app, blob.sha256).await?);
            }
        }
    }
    Ok(removed)
}

/// Removes a blob that no row names; looks under the lock, because since the caller's look somebody
/// may have named it. Who is about to name it finds it gone under the same lock, and stores it
/// again.
pub async fn remove_unnamed(app: &App, blob: Sha256) -> Result<bool> {
    let blobs = app.blobs.clone();
    app.db
        .write(move |conn| {
            db::lock(conn, db::Lock::Blob(&blob.to_string()))?;
            let runtime = tokio::runtime::Handle::try_current().map_err(Error::internal)?;
            if db::blob_names::is_named(conn, blob)? {
                return Ok(false);
            }
            runtime.block_on(blobs.remove(blob))?;
            Ok(true)
        })
        .await
}

async fn old_rows(app: &App) -> Result<u64> {
    let now = Timestamp::now();
    let rows = app
        .db
        .write(move |conn| {
            let keys = db::idempotency::forget_before(conn, idempotency::oldest_kept(now))?;
            let rates = db::rates::forget_before(conn, rates::oldest_kept(now))?;
            let resets = db::password_resets::forget_before(conn, now.minus(SESSIONS))?;
            let invitations = db::organizer_invitations::forget_before(conn, now.minus(SESSIONS))?;
            let verifications = db::email_verifications::forget_before(conn, now.minus(SESSIONS))?;
            let messages = db::messages::forget_before(conn, now.minus(MESSAGES))?;
            let deliveries = old_deliveries(conn, now)?;
            let setups = db::setup_codes::forget_before(conn, now.minus(SESSIONS))?;
            let sessions = db::sessions::forget_before(conn, now.minus(SESSIONS))?;
            Ok(keys + rates + resets + invitations + verifications + messages + deliveries + setups + sessions)
        })
        .await?;
    db::int(rows)
}

/// Forgets deliveries to webhooks that ended long ago, and of each webhook all but the newest.
fn old_deliveries(conn: &mut Conn, now: Timestamp) -> Result<usize> {
    let mut forgotten = db::webhook_deliveries::forget_before(conn, now.minus(DELIVERIES))?;
    for webhook in db::webhooks::ids(conn)? {
        forgotten += db::webhook_deliveries::forget_beyond(conn, webhook, MOST_ENDED)?;
    }
    Ok(forgotten)
}
