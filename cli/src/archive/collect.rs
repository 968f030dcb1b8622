//! What a server says of a season: boards, submissions, receipts and the log, all of one moment.

use std::collections::HashSet;
use std::thread::sleep;
use std::time::Duration;

use holdout_protocol::{
    BoardSplit, ErrorCode, Leaderboard, LeaderboardQuery, LogEntry, LogKey, LoggedReceipt, Season, SeasonLog, Slug,
    SubmissionId, SubmissionReceipts, Task,
};

use super::entries::EntryRow;
use super::log::{LogTree, leaves_of, unverified_head};
use super::manifest::View;
use crate::client::{Client, ClientError, TaskPath};
use crate::failure::Failure;

/// How often a season that changes meanwhile is read again, and after which pause.
const TRIES: usize = 10;
const PAUSE: Duration = Duration::from_secs(1);
/// Entries of the log that are asked for at once: the most that the server gives.
const AT_ONCE: u64 = 1000;

/// A season as a server shows it.
pub(super) struct Collected {
    pub(super) season: Season,
    pub(super) view: View,
    pub(super) boards: Vec<BoardFile>,
    /// By id, so by the time of the submission.
    pub(super) rows: Vec<EntryRow>,
    pub(super) receipts: Vec<(SubmissionId, SubmissionReceipts)>,
    pub(super) log: Log,
    /// For organizers only.
    pub(super) season_log: Option<SeasonLog>,
}

/// A board as the server answers it.
#[derive(PartialEq, Eq)]
pub(super) struct BoardFile {
    /// Its name in the archive without ending, for example `boards/classification/public`.
    pub(super) name: String,
    pub(super) json: Vec<u8>,
    /// The same as a table; only of the boards of teams.
    pub(super) csv: Option<Vec<u8>>,
}

pub(super) struct Log {
    /// The key that signs at its end.
    pub(super) key: String,
    /// The entries that changed the key, with proofs for the checkpoint.
    pub(super) key_changes: Vec<LoggedReceipt>,
    pub(super) checkpoint: String,
    pub(super) entries: Vec<LogEntry>,
    tree: LogTree,
}

/// Reads a season until nothing changed meanwhile.
pub(super) fn collect(client: &Client, slug: &Slug, public_only: bool) -> Result<Collected, Failure> {
    for _ in 0..TRIES {
        let season = client.season(slug)?;
        let exported = if public_only { None } else { exported(client, slug)? };
        let view = if exported.is_some() { View::Organizer } else { View::Public };
        let boards = boards_of(client, &season, view)?;
        let shown = rows_of(&season, &boards)?;
        let mut rows = exported.unwrap_or_else(|| shown.clone());
        rows.sort_unstable_by_key(|row| row.submission);
        let (log, season_log) = log_of(client, (view == View::Organizer).then_some(slug))?;
        let receipts = receipts_of(client, &rows, &log)?;
        let known: HashSet<SubmissionId> = receipts.iter().map(|(id, _)| *id).collect();
        // A result has its receipt a moment after the board shows it.
        if shown.iter().all(|row| known.contains(&row.submission)) && boards_of(client, &season, view)? == boards {
            return Ok(Collected { season, view, boards, rows, receipts, log, season_log });
        }
        sleep(PAUSE);
    }
    Err(Failure::refused("conflict", format!("season {slug} changed each time while it was read"))
        .advise("Try again when fewer results come in, or close the season before."))
}

/// The submissions as organizers see them; `None` to all others.
fn exported(client: &Client, slug: &Slug) -> Result<Option<Vec<EntryRow>>, Failure> {
    let bytes = match client.export(slug, "submissions", "json") {
        Ok(bytes) => bytes,
        Err(ClientError::NotLoggedIn { .. }) => return Ok(None),
        Err(error) if error.is(ErrorCode::Forbidden) || error.is(ErrorCode::Unauthenticated) => return Ok(None),
        Err(error) => return Err(error.into()),
    };
    serde_json::from_slice(&bytes).map(Some).map_err(|error| unreadable("the server's export", &error))
}

fn unreadable(what: &str, error: &serde_json::Error) -> Failure {
    Failure::refused("invalid_value", format!("{what}: {error}"))
}

/// The submissions that boards show.
fn rows_of(season: &Season, boards: &[BoardFile]) -> Result<Vec<EntryRow>, Failure> {
    let mut rows: Vec<EntryRow> = Vec::new();
    let mut seen = HashSet::new();
    for task in &season.tasks {
        let prefix = format!("boards/{}/", task.task);
        for file in boards.iter().filter(|file| file.name.starts_with(&prefix)) {
            let board: Leaderboard =
                serde_json::from_slice(&file.json).map_err(|error| unreadable("the server's board", &error))?;
            let shown = board.rows.iter().chain(&board.disqualified).filter(|row| seen.insert(row.submission));
            rows.extend(shown.map(|row| EntryRow::of_board(&task.task, row)));
        }
    }
    Ok(rows)
}

fn boards_of(client: &Client, season: &Season, view: View) -> Result<Vec<BoardFile>, Failure> {
    let mut boards = Vec::new();
    for task in season.tasks.iter().filter(|task| task.test_set.is_some()) {
        let path = TaskPath { season: season.season.clone(), task: task.task.clone() };
        for version in versions(task, view) {
            let folder = version.map_or_else(
                || format!("boards/{}", task.task),
                |version| format!("boards/{}/version-{version}", task.task),
            );
            for split in [BoardSplit::Public, BoardSplit::Private] {
                if split == BoardSplit::Private && task.settings.split.is_none() {
                    continue;
                }
                let name = match split {
                    BoardSplit::Public => "public",
                    BoardSplit::Private => "private",
                };
                for all in [true, false] {
                    let query =
                        LeaderboardQuery { split: Some(split), all: Some(all), version, ..LeaderboardQuery::default() };
                    let ending = if all { "-all" } else { "" };
                    boards.extend(board(client, &path, &query, format!("{folder}/{name}{ending}"))?);
                }
            }
        }
    }
    Ok(boards)
}

/// The versions whose boards there are; `None` for the present one. Everybody sees the boards of
/// earlier versions, too, and only organizers the receipts that would prove them.
fn versions(task: &Task, view: View) -> Vec<Option<u32>> {
    let present = task.test_set.as_ref().map(|set| set.version);
    let earlier = task.versions.iter().filter(|version| Some(**version) != present).copied().map(Some);
    let earlier = earlier.filter(|_| view == View::Organizer);
    std::iter::once(None).chain(earlier).collect()
}

/// A board, if the caller may see it.
fn board(
    client: &Client,
    task: &TaskPath,
    query: &LeaderboardQuery,
    name: String,
) -> Result<Option<BoardFile>, Failure> {
    let json = match client.leaderboard_json(task, query) {
        Ok(json) => json,
        Err(error) if error.is(ErrorCode::Forbidden) => return Ok(None),
        Err(error) => return Err(error.into()),
    };
    let csv = if query.all == Some(true) { None } else { Some(client.leaderboard_csv(task, query)?) };
    Ok(Some(BoardFile { name, json, csv }))
}

/// The log, and which of its entries are about a season.
fn log_of(client: &Client, season: Option<&Slug>) -> Result<(Log, Option<SeasonLog>), Failure> {
    for _ in 0..TRIES {
        let checkpoint = client.log_checkpoint()?;
        let season_log = season.map(|season| client.season_log(season)).transpose()?;
        if season_log.is_some() && client.log_checkpoint()? != checkpoint {
            continue;
        }
        let size = unverified_head(&checkpoint).map_err(|error| Failure::refused("invalid_value", error))?.size;
        let mut entries: Vec<LogEntry> = Vec::new();
        let mut start = 0;
        while start < size {
            let end = size.min(start + AT_ONCE);
            entries.extend(client.log_entries(start, end)?.entries);
            start = end;
        }
        let tree = LogTree::new(&leaves_of(&entries).map_err(damaged)?);
        let (key, key_changes) = keys_of(client, &tree)?;
        return Ok((Log { key, key_changes, checkpoint, entries, tree }, season_log));
    }
    Err(Failure::refused("conflict", "the log grew each time while it was read").advise("Try again."))
}

/// The key that signs at the end of a log, and the entries that changed the key until then.
fn keys_of(client: &Client, tree: &LogTree) -> Result<(String, Vec<LoggedReceipt>), Failure> {
    let (mut present, mut changes) = (None, Vec::new());
    for LogKey { key, entry, .. } in client.log_keys()?.keys {
        if entry.as_ref().is_some_and(|entry| entry.index >= tree.size()) {
            break;
        }
        present = Some(key);
        changes.extend(entry);
    }
    let present = present.ok_or_else(|| Failure::refused("invalid_value", "the server named no key of its log"))?;
    tree.prove_entries_again(&mut changes).map_err(damaged)?;
    Ok((present, changes))
}

fn damaged(error: impl std::fmt::Display) -> Failure {
    Failure::refused("invalid_value", format!("the server's log: {error}"))
}

fn receipts_of(
    client: &Client,
    rows: &[EntryRow],
    log: &Log,
) -> Result<Vec<(SubmissionId, SubmissionReceipts)>, Failure> {
    let mut found = Vec::new();
    for row in rows {
        let mut bundle = client.receipts(row.submission)?;
        log.tree.prove_again(&mut bundle, &log.checkpoint).map_err(damaged)?;
        if !bundle.receipts.is_empty() {
            found.push((row.submission, bundle));
        }
    }
    Ok(found)
}
