//! Gives entries of the log their places, and signs the log.

use std::sync::Arc;

use holdout_protocol::Timestamp;
use holdout_receipts::{NodeId, sign_note};

use super::heads::{frontier, signatures_of, signed_head};
use super::{keys, results, rotation};
use crate::app::App;
use crate::changes::{self, Topic};
use crate::db::{self, Conn, Lock};
use crate::error::Result;

/// Entries that get their places in one transaction.
const AT_ONCE: i64 = 200;

/// Gives places for as long as the server runs. Every server on a database does so; the lock lets
/// one of them work at a time.
pub async fn work(app: Arc<App>) {
    let mut announcements = app.changes.subscribe(Topic::Submissions);
    loop {
        match sequence(&app).await {
            Ok(()) => (),
            Err(error) => tracing::warn!(%error, "cannot give entries of the log their places; trying again"),
        }
        tokio::select! {
            () = changes::next(&mut announcements) => {}
            () = app.changes.stopped() => return,
        }
    }
}

async fn sequence(app: &App) -> Result<()> {
    rotation::retire(app).await?;
    // Looking costs no place among the writers.
    while app.db.read(|conn| Ok(db::log_backlog::first_task(conn)?.is_some())).await? {
        app.db.write(results::write_some_of_backlog).await?;
    }
    while app.db.read(|conn| Ok(!db::log_entries::waiting(conn, 1)?.is_empty())).await? {
        app.db.write(|conn| sequence_some(conn, Timestamp::now())).await?;
    }
    Ok(())
}

/// Gives the entries that wait longest their places: with their hashes and the head that has them,
/// or not at all.
fn sequence_some(conn: &mut Conn, now: Timestamp) -> Result<()> {
    db::lock(conn, Lock::Log)?;
    let waiting = db::log_entries::waiting(conn, AT_ONCE)?;
    if waiting.is_empty() {
        return Ok(());
    }
    let (mut tree, key) = (frontier(conn)?, keys::signing_key(conn)?);
    let mut completed: Vec<(NodeId, _)> = Vec::new();
    for entry in waiting {
        let index = tree.size();
        completed.extend(tree.append(entry.leaf));
        let note = sign_note(&entry.body, &key);
        db::log_entries::set_place(conn, &entry.id, index, signatures_of(&note, &entry.body)?)?;
    }
    db::log_nodes::insert(conn, &completed)?;
    let signers = keys::head_signers(conn, now)?;
    db::log_checkpoints::insert(conn, tree.size(), &signed_head(&tree, &signers), now)
}
