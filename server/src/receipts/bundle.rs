//! The receipts of a submission, and who may see what of them.

use holdout_protocol::{
    EntryQuery, ErrorCode, PrivateOpening, SeasonState, SubmissionId, SubmissionReceipts, Timestamp,
};

use super::read::{KeysAt, head, key_change, logged};
use crate::app::App;
use crate::auth::Caller;
use crate::db::log_entries::Entry;
use crate::db::{self, Conn};
use crate::error::{Error, Result};
use crate::ranking;
use crate::submissions::{self, Found};

/// Who asks for receipts.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Reader {
    Organizer,
    /// A member of the team.
    Team,
    /// Somebody who sees the result on the board.
    Public,
}

/// The receipts of a submission with their proofs: to its team and to organizers all, to others
/// that of the result that the public board shows now.
///
/// # Errors
/// `not_found` if the caller may see none.
pub async fn of_submission(app: &App, caller: &Caller, id: SubmissionId) -> Result<SubmissionReceipts> {
    let reader = reader(app, caller, id).await?;
    app.db
        .read(move |conn| {
            let submission = db::submissions::get(conn, id)?;
            let season = db::seasons::get(conn, submission.season)?;
            let task = db::tasks::get(conn, submission.task)?;
            bundle(conn, &Found { season, task, submission }, reader)
        })
        .await
}

async fn reader(app: &App, caller: &Caller, id: SubmissionId) -> Result<Reader> {
    if let Some(account) = caller.0.clone() {
        let organizer = account.organizer;
        let found = app.db.read(move |conn| submissions::find(conn, &account, id).map(drop)).await;
        match found {
            Ok(()) => return Ok(if organizer { Reader::Organizer } else { Reader::Team }),
            Err(error) if error.code() == ErrorCode::NotFound => (),
            Err(error) => return Err(error),
        }
    }
    let absent = || Error::not_found("submission", id);
    let place = move |conn: &mut Conn| {
        let submission = db::submissions::get(conn, id)?;
        Ok((db::seasons::get(conn, submission.season)?.slug, db::tasks::get(conn, submission.task)?.slug))
    };
    let (season, task) = app.db.read(place).await?;
    // What the board does not show is to others as if it had never been submitted.
    let shown = ranking::entry(app, season.as_str(), task.as_str(), id, &EntryQuery::default(), false).await;
    shown.map(|_| Reader::Public).map_err(|error| match error.code() {
        ErrorCode::NotFound | ErrorCode::Forbidden => absent(),
        _ => error,
    })
}

fn bundle(conn: &mut Conn, found: &Found, reader: Reader) -> Result<SubmissionReceipts> {
    let (size, checkpoint) = head(conn)?;
    let KeysAt { retired, present } = KeysAt::load(conn, size)?;
    let changes = retired.iter().map(|key| key_change(conn, key.position, size));
    let key_changes = changes.collect::<Result<_>>()?;
    let is_published = found.season.state(Timestamp::now()) == SeasonState::Published;
    let hidden = found.submission.has_hidden_scores(&found.season, &found.task.settings, Timestamp::now());
    let mut receipts = Vec::new();
    let mut entries = db::log_entries::of_submission(conn, found.submission.id, size)?;
    if reader == Reader::Public {
        entries = on_board(entries, found);
    }
    for entry in entries {
        let mut receipt = logged(conn, &entry, size)?;
        let told = reader == Reader::Organizer || !hidden || entry.evaluation.is_none();
        let opened = told && (reader == Reader::Organizer || is_published);
        let opening = entry.opening.filter(|_| opened);
        receipt.opening = opening.map(|opening| PrivateOpening { nonce: opening.nonce.into(), counts: opening.counts });
        receipt.note = receipt.note.filter(|_| told);
        receipts.push(receipt);
    }
    Ok(SubmissionReceipts { key: present, checkpoint, key_changes, receipts })
}

/// The entry of the result that the public board shows. Of several about the same evaluation, which
/// an earlier version of the test set that counts again makes, it is the last one: between them are
/// some that only the team sees.
fn on_board(entries: Vec<Entry>, found: &Found) -> Vec<Entry> {
    entries.into_iter().rfind(|entry| is_on_board(entry, found)).into_iter().collect()
}

/// Returns true if an entry is about the result that the public board shows, which is the present
/// one and none after a freeze.
fn is_on_board(entry: &Entry, found: &Found) -> bool {
    let in_time = found.season.frozen_at.is_none_or(|frozen_at| entry.at <= frozen_at);
    entry.evaluation == Some(found.submission.evaluation) && in_time
}

#[cfg(test)]
mod tests {
    use holdout_protocol::{EvaluationId, LogEntryKind};

    use super::*;
    use crate::samples::{at, season, submission, task};

    #[test]
    fn the_public_sees_the_receipt_of_the_result_that_the_board_shows() {
        let submission = submission();
        let (shown, other) = (submission.evaluation, EvaluationId::new());
        let of = |frozen_at: Option<i64>, evaluation, second| {
            let season = db::seasons::Season { frozen_at: frozen_at.map(at), ..season() };
            let found = Found { task: task(season.id), season, submission: submission.clone() };
            let entry = Entry {
                id: String::new(),
                index: Some(0),
                kind: LogEntryKind::Result,
                at: at(second),
                body: String::new(),
                signatures: None,
                leaf: holdout_receipts::Hash::of_empty_tree(),
                evaluation,
                opening: None,
            };
            is_on_board(&entry, &found)
        };
        assert!(of(None, Some(shown), 10));
        assert!(!of(None, Some(other), 10), "that of a version before");
        assert!(!of(None, None, 10), "what organizers decided is not the public's");
        assert!(of(Some(10), Some(shown), 10) && !of(Some(9), Some(shown), 10), "the board is frozen");
    }
}
