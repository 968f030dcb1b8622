//! One entry of a board, with what its team says of it and what else the team has there.

use holdout_protocol::{
    BoardRow, Entry, EntryQuery, ErrorCode, Leaderboard, LeaderboardQuery, PastEntry, SubmissionId,
};

use crate::app::App;
use crate::db;
use crate::error::{Error, Result};

/// An entry, where the board of all entries shows it to this caller.
///
/// # Errors
/// `not_found` where it does not; `invalid_value` for the private part of a task without one.
pub async fn entry(
    app: &App,
    path: (&str, &str),
    id: SubmissionId,
    query: &EntryQuery,
    organizer: bool,
) -> Result<Entry> {
    let absent = || Error::not_found("entry", id);
    let board = |all| LeaderboardQuery { split: query.split, all: Some(all), as_of: None };
    let all = super::find(app, path, &board(true), organizer).await.map_err(|error| match error.code() {
        // What is not published yet is not there.
        ErrorCode::Forbidden => absent(),
        _ => error,
    })?;
    let row = all.board.rows.iter().find(|row| row.submission == id).ok_or_else(absent)?.clone();
    let best = super::find(app, path, &board(false), organizer).await?;
    let submission = app.db.read(move |conn| db::submissions::get(conn, id)).await?;
    Ok(Entry {
        metric: all.board.metric,
        split: all.board.split,
        n: all.board.n,
        description: submission.description,
        links: submission.links,
        current: best.board.rows.iter().any(|shown| shown.submission == id),
        history: history(&all.board, &row),
        row,
    })
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
