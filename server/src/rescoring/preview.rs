//! What a re-scoring would change on the board.

use std::collections::HashMap;

use holdout_evaluation::error_rate;
use holdout_protocol::{
    BoardSplit, ErrorCode, Metric, Reason, RescoredPlace, RescoredRow, Rescoring as Preview, RescoringQuery, Slug,
    SubmissionId, TeamId, TeamName,
};
use serde_json::json;

use crate::app::App;
use crate::db::boards::{Entry, Versions};
use crate::db::{self, Conn};
use crate::error::{Error, Result};
use crate::ranking::{Row, View, choose, ranks};

/// Most rows that are shown.
const MOST: usize = 1000;

/// The open re-scoring of a task, with every row of the board that it changes.
///
/// # Errors
/// `not_found` if none is open.
pub async fn preview(app: &App, (season, task): (Slug, Slug), query: RescoringQuery) -> Result<Preview> {
    app.db
        .read(move |conn| {
            let season = db::seasons::find(conn, season.as_str())?;
            let task = db::tasks::find(conn, season.id, task.as_str())?;
            let Some(open) = db::rescorings::open_of(conn, task.id)? else {
                let message = format!("task `{}` is not being re-scored", task.slug);
                return Err(Error::refused(ErrorCode::NotFound, message).because(Reason::NoRescoring, json!({})));
            };
            let counts = db::rescored::counts(conn, &open)?;
            let (from, to) = (db::test_sets::get(conn, open.from)?, db::test_sets::get(conn, open.to)?);
            let split = query.split.unwrap_or(BoardSplit::Public);
            let metric = task.settings.metric;
            let view = View { split, all: query.all.unwrap_or(false), as_of: None, version: None };
            let read = |conn: &mut Conn, set, counting| {
                let entries =
                    db::boards::entries(conn, task.id, (set, counting), Versions { after: -1, to: i64::MAX })?;
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
                rows: changes.into_iter().take(MOST).collect(),
                created_at: open.created_at,
                ended: open.ended,
            })
        })
        .await
}

/// What stands for the same thing on both boards: a team's row, or on the board of all entries a submission.
type Key = (TeamId, bool, Option<SubmissionId>);

fn places(entries: &[Entry], view: &View, metric: Metric) -> Vec<(Key, TeamName, RescoredPlace)> {
    let rows = choose(entries, view, metric);
    let place = |(row, rank): (&Row<'_>, Option<u32>)| {
        let (entry, id) = (row.entry, row.entry.submission);
        let place = RescoredPlace {
            rank,
            submission: id,
            method: row.method.map(str::to_owned),
            error: error_rate(row.wrong, row.n),
            wrong: row.wrong,
            n: row.n,
        };
        ((entry.team, entry.baseline, view.all.then_some(id)), entry.team_name.clone(), place)
    };
    rows.iter().zip(ranks(&rows)).map(place).collect()
}

/// The rows that differ, by their new place; those that leave the board come last.
fn changes(
    before: Vec<(Key, TeamName, RescoredPlace)>,
    after: Vec<(Key, TeamName, RescoredPlace)>,
) -> Vec<RescoredRow> {
    let order: Vec<Key> = before.iter().map(|(key, ..)| *key).collect();
    let mut known: HashMap<Key, (TeamName, RescoredPlace)> =
        before.into_iter().map(|(key, team, place)| (key, (team, place))).collect();
    let mut rows = Vec::new();
    for (key, team, place) in after {
        let before = known.remove(&key).map(|(_, place)| place);
        if before.as_ref() != Some(&place) {
            rows.push(RescoredRow { team, baseline: key.1, before, after: Some(place) });
        }
    }
    for key in order {
        if let Some((team, place)) = known.remove(&key) {
            rows.push(RescoredRow { team, baseline: key.1, before: Some(place), after: None });
        }
    }
    rows
}
