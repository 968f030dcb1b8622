//! Counts the results of open re-scorings, in the background and in small transactions.
//!
//! Every server does this. Two of them may count the same results; the database takes the first
//! one's only. Nothing is kept but the rows: a server that was killed continues with what is
//! missing.

use std::sync::Arc;
use std::time::Duration;

use holdout_protocol::{EvaluationId, Timestamp};

use super::count::{Recount, Versions};
use crate::app::App;
use crate::blocking::blocking;
use crate::changes::{self, Topic};
use crate::db::evaluations::Evaluation;
use crate::db::rescored::Candidate;
use crate::db::rescorings::Rescoring;
use crate::db::test_sets::TestSet;
use crate::db::{self, Conn, Lock};
use crate::error::{Error, Result};
use crate::evaluations;

/// Results that are written in one transaction: few enough that nobody else waits long for the
/// database.
const BATCH: i64 = 250;
/// Pause after somebody else was faster.
const PAUSE: Duration = Duration::from_millis(50);

/// Counts for as long as the server runs.
pub async fn work(app: Arc<App>) {
    let mut announcements = app.changes.subscribe(Topic::Boards);
    loop {
        tokio::select! {
            () = changes::next(&mut announcements) => {}
            () = app.changes.stopped() => return,
        }
        let worked = async {
            for rescoring in app.db.read(db::rescorings::open).await? {
                advance(&app, &rescoring).await?;
            }
            Ok::<_, Error>(())
        };
        if let Err(error) = worked.await {
            tracing::warn!(%error, "cannot count results for another version of a test set; trying again");
        }
    }
}

/// Counts all results of a re-scoring that are missing now.
///
/// # Errors
/// If database or blob store fails.
pub async fn advance(app: &App, rescoring: &Rescoring) -> Result<()> {
    loop {
        match count_missing(app, rescoring).await {
            // Somebody else counts the same results, perhaps another server. What is there is
            // passed over.
            Err(error) if error.is_unique_violation() => tokio::time::sleep(PAUSE).await,
            ended => return ended,
        }
    }
}

async fn count_missing(app: &App, rescoring: &Rescoring) -> Result<()> {
    let mut versions: Option<Versions> = None;
    let mut after: Option<EvaluationId> = None;
    loop {
        let known = rescoring.clone();
        let batch = app.db.read(move |conn| db::rescored::candidates(conn, &known, after, BATCH)).await?;
        let Some(last) = batch.last() else { return Ok(()) };
        after = Some(last.evaluation.id);
        let ready = match versions.take() {
            Some(versions) => versions,
            None => load(app, rescoring).await?,
        };
        let (counted, ready) = count(app, ready, batch).await?;
        versions = Some(ready);
        let (known, again) = (rescoring.clone(), counted.iter().any(|(_, recount)| matches!(recount, Recount::Again)));
        if !app.db.write(move |conn| write(conn, &known, &counted)).await? {
            return Ok(());
        }
        if again {
            app.changes.announce(Topic::Queue);
        }
    }
}

async fn load(app: &App, rescoring: &Rescoring) -> Result<Versions> {
    let (from, to, task) = (rescoring.from, rescoring.to, rescoring.task);
    let read = move |conn: &mut Conn| {
        Ok((db::test_sets::get(conn, from)?, db::test_sets::get(conn, to)?, db::tasks::get(conn, task)?))
    };
    let (from, to, task) = app.db.read(read).await?;
    let (blobs, most_bytes) = (app.blobs.clone(), task.settings.limits.predictions_bytes);
    blocking(move || Versions::load(&blobs, from, &to, most_bytes)).await
}

async fn count(
    app: &App,
    mut versions: Versions,
    batch: Vec<Candidate>,
) -> Result<(Vec<(Evaluation, Recount)>, Versions)> {
    let mut unknown: Vec<_> = batch.iter().filter_map(|it| it.answers.as_ref()).map(|kept| kept.test_set).collect();
    unknown.retain(|set| versions.is_unknown(*set));
    unknown.sort_unstable();
    unknown.dedup();
    let read = move |conn: &mut Conn| unknown.into_iter().map(|set| db::test_sets::get(conn, set)).collect();
    let sets: Vec<TestSet> = app.db.read(read).await?;
    let blobs = app.blobs.clone();
    blocking(move || {
        versions.learn(&blobs, sets)?;
        let counted = batch.into_iter().map(|candidate| {
            let recount = versions.recount(&blobs, &candidate)?;
            Ok((candidate.evaluation, recount))
        });
        Ok((counted.collect::<Result<_>>()?, versions))
    })
    .await
}

/// Writes what was counted; false, and nothing written, if the re-scoring has ended meanwhile.
fn write(conn: &mut Conn, rescoring: &Rescoring, counted: &[(Evaluation, Recount)]) -> Result<bool> {
    let task = db::tasks::get(conn, rescoring.task)?;
    // Whoever ends it holds this lock alone.
    db::lock_shared(conn, Lock::Season(&task.season.to_string()))?;
    if db::rescorings::get(conn, rescoring.id)?.ended.is_some() {
        return Ok(false);
    }
    let set = db::test_sets::get(conn, rescoring.to)?;
    let now = Timestamp::now();
    for (before, recount) in counted {
        match recount {
            Recount::Counted(correctness, answers) => {
                evaluations::insert_counted(conn, before, correctness, answers, &set)?;
            }
            Recount::Again => evaluations::queue_rescoring(conn, before, &set, now)?,
        }
    }
    Ok(true)
}
