//! What a decision of organizers changes on the boards.

use holdout_protocol::{BoardSplit, JudgedBoard};

use super::differences::{MOST_CHANGES, changes, places};
use super::view::View;
use crate::db::boards::{Entry, Versions};
use crate::db::seasons::Season;
use crate::db::tasks::Task;
use crate::db::{self, Conn};
use crate::error::Result;

/// The boards of a task that change if its entries are as `decided` makes them, each part on its
/// own.
pub fn changed_boards(
    conn: &mut Conn,
    season: &Season,
    task: &Task,
    decided: impl Fn(&Entry) -> Entry,
) -> Result<Vec<JudgedBoard>> {
    let Some(set) = task.test_set else { return Ok(Vec::new()) };
    let before = db::boards::entries(conn, task.id, set, true, Versions { after: -1, to: i64::MAX })?;
    let after: Vec<Entry> = before.iter().map(decided).collect();
    let private = task.settings.split.as_ref().map(|_| BoardSplit::Private);
    let mut boards = Vec::new();
    for split in [Some(BoardSplit::Public), private].into_iter().flatten() {
        let view = View::of(split);
        let metric = task.settings.metric;
        let rows = changes(places(&before, &view, metric), places(&after, &view, metric));
        if rows.is_empty() {
            continue;
        }
        boards.push(JudgedBoard {
            season: season.slug.clone(),
            task: task.slug.clone(),
            split,
            changed: db::int(rows.len())?,
            rows: rows.into_iter().take(MOST_CHANGES).collect(),
        });
    }
    Ok(boards)
}
