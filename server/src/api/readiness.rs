//! Whether a server can do its work, and what an operator should look at.

mod warnings;

use std::sync::atomic::Ordering;
use std::time::{Duration, Instant};

use actix_web::http::header::RETRY_AFTER;
use actix_web::{HttpResponse, web};
use holdout_protocol::Timestamp;
use serde::Serialize;

use crate::app::App;
use crate::db;
use crate::error::Result;
use crate::evaluations::fleet::SEEN_LATELY;
use crate::load::whose;
use crate::uploads;
use warnings::{Work, ready_scorers, unanswered};

/// When to ask a server again that is not ready.
const ASK_AGAIN_SECONDS: u64 = 5;

/// A part that does not answer within this time is not ready.
const PATIENCE: Duration = Duration::from_secs(3);

/// A write of this age shows that the database takes writes.
const RECENT: Duration = Duration::from_secs(1);
/// The setting that such a write sets.
const LAST_WRITE: &str = "last-write";

/// How long it is good for which of the needed files are missing.
const LOOKED_FOR: Duration = Duration::from_secs(60);
/// The most of them of one kind that are looked for.
const NEEDED_FILES: i64 = 10;

/// Whether the server can do its work.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub struct Readiness {
    /// Whether all parts answer.
    ready: bool,
    /// Whether the server was told to stop. It answers for `drain_seconds` more; send it no new
    /// requests.
    stopping: bool,
    /// Whether the database answers.
    database: bool,
    /// Whether the blob store answers.
    blobs: bool,
    /// Whether the disk has room for uploads. If not, uploads are refused and everything else
    /// works.
    room: bool,
    /// Scorers heard of in the last minute that take work now; `null` if the database does not
    /// answer.
    scorers: Option<ReadyScorers>,
    /// What an operator should look at: first the parts that do not answer; nothing else makes the
    /// server unready.
    warnings: Vec<String>,
}

/// Scorers that take work now.
#[derive(Debug, Clone, Copy, Serialize, utoipa::ToSchema)]
pub struct ReadyScorers {
    /// For prediction files.
    predictions: i64,
    /// For models.
    models: i64,
    /// Scorers that are there but take no work until they have tested themselves.
    withdrawn: i64,
}

/// Whether the database takes writes and the blob store answers; 503 if one does not.
#[utoipa::path(
    get,
    path = "/readyz",
    tag = "operations",
    responses(
        (status = 200, description = "the server can work", body = Readiness),
        (status = 503, description = "a part does not answer, or the server is stopping", body = Readiness),
    ),
)]
pub async fn get_readiness(app: web::Data<App>) -> HttpResponse {
    let (database, blobs) = tokio::join!(takes_writes(&app), answers("blob store", app.blobs.check_reachable()));
    let room = uploads::has_room(&app).unwrap_or(false);
    let work = if database { read_work(&app).await } else { None };
    let mut warnings = unanswered(database, blobs, room || !blobs);
    warnings.extend(work.as_ref().map(self::warnings::warnings).unwrap_or_default());
    if database && blobs {
        warnings.extend(missing_files(&app).await);
    }
    let scorers = work.as_ref().map(|work| ready_scorers(&work.fleet));
    let stopping = app.stopping.load(Ordering::Acquire);
    let readiness =
        Readiness { ready: database && blobs && !stopping, stopping, database, blobs, room, scorers, warnings };
    let mut response = if readiness.ready { HttpResponse::Ok() } else { HttpResponse::ServiceUnavailable() };
    if !readiness.ready {
        response.insert_header((RETRY_AFTER, ASK_AGAIN_SECONDS));
    }
    response.json(readiness)
}

/// Whether the database takes writes, which it does not on a full disk or while another program
/// holds it. Anybody may ask, so one write a second answers all.
async fn takes_writes(app: &App) -> bool {
    let mut last = app.last_write.lock().await;
    if last.is_some_and(|at| at.elapsed() < RECENT) {
        return true;
    }
    let now = Timestamp::now().to_string();
    let written = whose::serve_all(app.db.write(move |conn| db::settings::set(conn, LAST_WRITE, &now)));
    let takes = answers("database", written).await;
    *last = takes.then(Instant::now);
    takes
}

async fn read_work(app: &App) -> Option<Work> {
    let now = Timestamp::now();
    let asked = app.db.read(move |conn| {
        let fleet = db::operations::fleet(conn, now, now.minus(SEEN_LATELY))?;
        Ok(Work { fleet, stalled: db::records::stalled(conn)?, messages: db::messages::counts(conn, now)? })
    });
    tokio::time::timeout(PATIENCE, asked).await.ok()?.ok()
}

/// Tells whether files are missing that scorers need, which they are after a backup was restored
/// without its blobs. Anybody may ask, so one look a minute answers all.
async fn missing_files(app: &App) -> Option<String> {
    let mut last = app.needed_files.lock().await;
    let recent = last.filter(|(at, ..)| at.elapsed() < LOOKED_FOR);
    let (_, missing, all) = match recent {
        Some(known) => known,
        None => {
            let (missing, all) =
                tokio::time::timeout(PATIENCE, whose::serve_all(look_for_files(app))).await.ok()?.ok()?;
            *last.insert((Instant::now(), missing, all))
        }
    };
    (missing > 0).then(|| {
        format!(
            "{missing} of the {all} files that scorers need next are not in the blob store; was a backup restored without its \
             blobs, or does another server of this database keep its files in another place (`blobs`)?"
        )
    })
}

async fn look_for_files(app: &App) -> Result<(usize, usize)> {
    let needed = app.db.read(|conn| db::blob_names::needed(conn, NEEDED_FILES)).await?;
    let mut missing = 0_usize;
    for file in &needed {
        missing += usize::from(app.blobs.stat(*file).await?.is_none());
    }
    Ok((missing, needed.len()))
}

async fn answers(part: &str, asking: impl Future<Output = Result<()>>) -> bool {
    match tokio::time::timeout(PATIENCE, asking).await {
        Ok(Ok(())) => true,
        Ok(Err(error)) => {
            tracing::warn!(part, %error, "not ready");
            false
        }
        Err(_) => {
            tracing::warn!(part, "not ready: no answer");
            false
        }
    }
}
