//! What a re-scoring would change on the board.

use holdout_protocol::{BoardSplit, ErrorCode, Reason, Rescoring as Preview, RescoringQuery};
use serde_json::json;

use crate::app::App;
use crate::db::boards::Versions;
use crate::db::{self, Conn};
use crate::error::{Error, Result};
use crate::paths::TaskPath;
use crate::ranking::{MOST_CHANGES, View, changes, places};

/// The open re-scoring of a task, with every row of the board that it changes.
///
/// # Errors
/// `not_found` if none is open.
pub async fn preview(app: &App, path: TaskPath, query: RescoringQuery) -> Result<Preview> {
    app.db
        .read(move |conn| {
            let season = db::seasons::find(conn, path.season.as_str())?;
            let task = db::tasks::find(conn, season.id, path.task.as_str())?;
            let Some(open) = db::rescorings::open_of(conn, task.id)? else {
                let message = format!("task `{}` is not being re-scored", task.slug);
                return Err(Error::refused(ErrorCode::NotFound, message).because(Reason::NoRescoring, json!({})));
            };
            let counts = db::rescored::counts(conn, &open)?;
            let (from, to) = (db::test_sets::get(conn, open.from)?, db::test_sets::get(conn, open.to)?);
            let split = query.split.unwrap_or(BoardSplit::Public);
            let metric = task.settings.metric;
            let view = View { all: query.all.unwrap_or(false), ..View::of(split) };
            let read = |conn: &mut Conn, set, counting| {
                let entries = db::boards::entries(conn, task.id, set, counting, Versions { after: -1, to: i64::MAX })?;
                Ok::<_, Error>(places(&entries, &view, metric))
            };
            let (before, after) = (read(conn, from.id, true)?, read(conn, to.id, false)?);
            let changes = changes(before, after);
            Ok(Preview {
                id: open.id,
                season: season.slug,
                task: task.slug,
                from_version: from.version,
                to_version: to.version,
                counts,
                ready: counts.left == 0 && counts.waiting == 0,
                split,
                changed: db::int(changes.len())?,
                rows: changes.into_iter().take(MOST_CHANGES).collect(),
                created_at: open.created_at,
                ended: open.ended,
            })
        })
        .await
}
