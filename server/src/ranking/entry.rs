//! One entry of a board, with what its team says of it and what else the team has there.

use holdout_protocol::{
    BoardRow, Entry, EntryQuery, ErrorCode, Leaderboard, LeaderboardQuery, PastEntry, SubmissionId, Timestamp,
};

use super::shown;
use crate::app::App;
use crate::db::{self, Conn};
use crate::error::{Error, Result};

/// An entry, if the board of all entries shows it to this caller.
///
/// # Errors
/// `not_found` if it does not; `invalid_value` for the private part of a task without one.
pub async fn entry(
    app: &App,
    season: &str,
    task: &str,
    id: SubmissionId,
    query: &EntryQuery,
    organizer: bool,
) -> Result<Entry> {
    let absent = || Error::not_found("entry", id);
    let board = |all| LeaderboardQuery { split: query.split, all: Some(all), ..LeaderboardQuery::default() };
    let all = shown::find(app, season, task, &board(true), organizer).await.map_err(|error| match error.code() {
        // What is not published yet is not there.
        ErrorCode::Forbidden => absent(),
        _ => error,
    })?;
    let all = all.board;
    let mut shown = all.board.rows.iter().chain(&all.board.disqualified);
    let row = shown.find(|row| row.submission == id).ok_or_else(absent)?.clone();
    let best = shown::find(app, season, task, &board(false), organizer).await?.board;
    let (description, links) = texts(app, id, all.board.as_of).await?;
    Ok(Entry {
        metric: all.board.metric,
        split: all.board.split,
        n: all.board.n,
        description,
        links,
        current: best.board.rows.iter().any(|shown| shown.submission == id),
        history: history(&all.board, &row),
        row,
    })
}

/// Description and links as they stood at the board's time.
async fn texts(app: &App, id: SubmissionId, as_of: Option<Timestamp>) -> Result<(Option<String>, Vec<String>)> {
    let work = move |conn: &mut Conn| {
        let then = as_of.map(|at| db::submission_versions::at(conn, id, at)).transpose()?.flatten();
        if let Some(then) = then {
            return Ok((then.description, then.links));
        }
        let now = db::submissions::get(conn, id)?;
        Ok((now.description, now.links))
    };
    app.db.read(work).await
}

/// The entries of the row's team, by time.
fn history(board: &Leaderboard, of: &BoardRow) -> Vec<PastEntry> {
    let past = |row: &BoardRow| PastEntry {
        submission: row.submission,
        method: row.method.clone(),
        submitted_at: row.submitted_at,
        error: row.error,
        interval: row.interval.clone(),
    };
    let mut entries: Vec<PastEntry> = board.rows.iter().filter(|row| row.team == of.team).map(past).collect();
    entries.sort_unstable_by_key(|entry| (entry.submitted_at, entry.submission));
    entries
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::samples::at;

    fn row(team: &str, second: i64) -> BoardRow {
        let interval = json!({ "level": 0.95, "low": 0.0, "high": 1.0 });
        let row = json!({ "rank": 1, "rank_range": null, "team": team, "method": format!("{second}"), "submission":
            SubmissionId::new(), "error": 0.5, "wrong": 1, "n": 2, "gap_to_best": 0.0, "interval": interval,
            "interval_999": interval, "baseline": false, "note": null, "entries": 1, "submitted_at": at(second) });
        serde_json::from_value(row).unwrap()
    }

    #[test]
    fn the_history_of_an_entry_is_that_of_its_team_by_time() {
        let board = json!({ "season": "s", "task": "t", "metric": "top5_error", "split": "public", "n": 1, "resolution": 1.0,
            "updated_at": null, "as_of": null, "gaps": [], "rows": [row("A", 3), row("B", 2), row("A", 1), row("A", 2)] });
        let board: Leaderboard = serde_json::from_value(board).unwrap();
        let past = history(&board, &row("A", 9));
        let found: Vec<_> = past.iter().map(|past| past.method.as_deref().unwrap()).collect();
        assert_eq!(found, ["1", "2", "3"]);
    }
}
