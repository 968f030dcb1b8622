//! What organizers see of evaluations: the list with its attempts, and the queue.

use std::collections::HashMap;

use holdout_protocol::{
    EvaluationId, EvaluationQuery, EvaluationRecord, Page, Queue, QueueRow, SubmissionState, Timestamp,
};

use super::fair_share;
use crate::app::App;
use crate::db::{self, Conn};
use crate::error::Result;

/// Most rows of the queue that are shown.
const MOST: usize = 200;

/// A page of evaluations, newest first.
///
/// # Errors
/// `invalid_value` if the cursor does not belong to this list.
pub async fn list_evaluations(app: &App, query: EvaluationQuery) -> Result<Page<EvaluationRecord>> {
    app.db.read(move |conn| db::records::page(conn, &query)).await
}

/// The queue as it is now.
pub async fn queue(app: &App) -> Result<Queue> {
    let per_team = app.config.queue.running_per_team;
    app.db.read(move |conn| look(conn, per_team)).await
}

fn look(conn: &mut Conn, per_team: u32) -> Result<Queue> {
    let running = db::records::running(conn)?;
    let waiting = fair_share::foreseen(conn, per_team, MOST, Timestamp::now())?;
    let (queued, oldest_queued_at) = db::records::queued(conn)?;
    let shown: Vec<EvaluationId> = running.iter().chain(&waiting).take(MOST).copied().collect();
    let records = db::records::among(conn, &shown)?;
    let mut records: HashMap<_, _> = records.into_iter().map(|record| (record.id, record)).collect();
    let found = shown.iter().filter_map(|id| records.remove(id));
    let (mut rows, mut position) = (Vec::with_capacity(shown.len()), 0);
    for evaluation in found {
        // One that has begun since the first look waits no more.
        let waits = evaluation.state == SubmissionState::Queued;
        position += u64::from(waits);
        rows.push(QueueRow { position: waits.then_some(position), evaluation });
    }
    Ok(Queue { queued, running: db::int(running.len())?, stalled: db::records::stalled(conn)?, oldest_queued_at, rows })
}
