//! What a decision about results changes on the boards.

use std::collections::HashMap;

use holdout_protocol::{BoardSplit, JudgedBoard, Judgement, SubmissionId, Timestamp};

use crate::db::boards::{Entry, Versions};
use crate::db::seasons::Season;
use crate::db::tasks::Task;
use crate::db::{self, Conn};
use crate::error::Result;
use crate::ranking::{MOST_CHANGES, View, changes, places};

/// How results stand after a decision: what organizers decided about them, and when their team
/// withdrew them.
pub type Decisions = HashMap<SubmissionId, (Option<Judgement>, Option<Timestamp>)>;

/// The boards of a task that change if results stand like this, each part on its own.
pub fn changed_boards(
    conn: &mut Conn,
    season: &Season,
    task: &Task,
    decisions: &Decisions,
) -> Result<Vec<JudgedBoard>> {
    let Some(set) = task.test_set else { return Ok(Vec::new()) };
    let before = db::boards::entries(conn, task.id, set, true, Versions { after: -1, to: i64::MAX })?;
    let judged = |entry: &Entry| match decisions.get(&entry.submission) {
        Some((judgement, withdrawn_at)) => {
            Entry { judgement: judgement.clone(), withdrawn_at: *withdrawn_at, ..entry.clone() }
        }
        None => entry.clone(),
    };
    let after: Vec<Entry> = before.iter().map(judged).collect();
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
