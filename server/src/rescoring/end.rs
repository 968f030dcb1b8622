//! Applying or dropping a re-scoring, each in one transaction.

use holdout_protocol::{AccountId, ApplyRescoring, ErrorCode, Reason, RescoringEnd, RescoringId, Timestamp};
use serde_json::json;

use super::worker;
use crate::app::App;
use crate::audit;
use crate::changes::Topic;
use crate::db::rescorings::Rescoring;
use crate::db::test_sets::TestSet;
use crate::db::{self, Conn, Lock};
use crate::error::{Error, Result};
use crate::evaluations;
use crate::receipts;

/// Results may come in while the last missing ones are counted: so often that is repeated.
const TRIES: u32 = 10;

/// Makes the staged version the task's present one, with all that was counted for it. What waits or
/// runs for the version before is scored on it, too.
///
/// # Errors
/// `not_found`; `wrong_state` if it has ended, if submissions still wait for a scorer and
/// `incomplete` is not set, or if the task took up another version meanwhile.
pub async fn apply(app: &App, organizer: AccountId, id: RescoringId, request: ApplyRescoring) -> Result<TestSet> {
    for _ in 0..TRIES {
        let rescoring = app.db.read(move |conn| db::rescorings::get(conn, id)).await?;
        if rescoring.ended.is_none() {
            worker::advance(app, &rescoring).await?;
        }
        let applied = app.db.write(move |conn| try_apply(conn, organizer, id, request.incomplete)).await?;
        if let Some(set) = applied {
            announce(app);
            return Ok(set);
        }
    }
    Err(Error::refused(
        ErrorCode::WrongState,
        "results come in faster than they are counted; pause the season and try again",
    )
    .because(Reason::ChangedMeanwhile, json!({})))
}

/// `None` if results came in that have not been counted.
fn try_apply(conn: &mut Conn, organizer: AccountId, id: RescoringId, incomplete: bool) -> Result<Option<TestSet>> {
    let (rescoring, object) = locked_open(conn, id)?;
    let mut task = db::tasks::get(conn, rescoring.task)?;
    if task.test_set != Some(rescoring.from) {
        return Err(Error::refused(
            ErrorCode::WrongState,
            "the task took up another version meanwhile; drop the re-scoring",
        )
        .because(Reason::ChangedMeanwhile, json!({})));
    }
    let counts = db::rescored::counts(conn, &rescoring)?;
    if counts.left > 0 {
        return Ok(None);
    }
    if counts.waiting > 0 && !incomplete {
        let message = format!(
            "submissions that still wait for a scorer: {}. Wait for them, or leave them off the board until they are scored \
             (`incomplete`; `--incomplete` on the command line)",
            counts.waiting
        );
        return Err(Error::refused(ErrorCode::WrongState, message)
            .because(Reason::RescoringWaits, json!({ "waiting": counts.waiting })));
    }
    let now = Timestamp::now();
    let to = db::test_sets::get(conn, rescoring.to)?;
    evaluations::renew(conn, task.id, &to, now)?;
    db::rescored::let_count(conn, task.id, to.id)?;
    let split = to.split.as_deref().map(serde_json::from_str).transpose().map_err(Error::internal)?;
    if task.settings.split != split {
        task.settings.split = split;
        db::tasks::set_settings(conn, task.id, &task.settings)?;
    }
    db::tasks::set_test_set(conn, task.id, to.id)?;
    db::test_sets::set_taken_up(conn, to.id)?;
    db::tasks::bump_board(conn, task.id)?;
    receipts::record_version(conn, &task, to.id, now)?;
    db::rescorings::end(conn, id, RescoringEnd::Applied, now)?;
    let detail = json!({ "rescoring": id, "to": to.version, "submissions": counts.total, "waiting": counts.waiting,
        "rejected": counts.rejected, "stalled": counts.stalled });
    audit::record(conn, Some(organizer), "rescoring.apply", &object, &detail)?;
    Ok(Some(TestSet { staged: false, ..to }))
}

/// Leaves the board as it is. What was counted is kept, and is there if the same version is staged
/// again.
///
/// # Errors
/// `not_found`; `wrong_state` if it has ended.
pub async fn drop_rescoring(app: &App, organizer: AccountId, id: RescoringId) -> Result<()> {
    app.db
        .write(move |conn| {
            let (rescoring, object) = locked_open(conn, id)?;
            let now = Timestamp::now();
            for evaluation in db::rescored::open_for(conn, rescoring.to)? {
                evaluations::cancel_rescoring(conn, evaluation, now)?;
            }
            db::rescorings::end(conn, id, RescoringEnd::Dropped, now)?;
            let to = db::test_sets::get(conn, rescoring.to)?.version;
            audit::record(conn, Some(organizer), "rescoring.drop", &object, &json!({ "rescoring": id, "to": to }))
        })
        .await?;
    announce(app);
    Ok(())
}

/// The re-scoring and the name of its task; its season is locked.
fn locked_open(conn: &mut Conn, id: RescoringId) -> Result<(Rescoring, String)> {
    let task = db::rescorings::get(conn, id)?.task;
    let task = db::tasks::get(conn, task)?;
    db::lock(conn, Lock::Season(&task.season.to_string()))?;
    // Another organizer may have ended it before the lock was had.
    let rescoring = db::rescorings::get(conn, id)?;
    if let Some(ended) = rescoring.ended {
        let word = match ended {
            RescoringEnd::Applied => "applied",
            RescoringEnd::Dropped => "dropped",
        };
        return Err(Error::refused(ErrorCode::WrongState, format!("the re-scoring has been {word} already"))
            .because(Reason::RescoringEnded, json!({ "ended": word })));
    }
    let season = db::seasons::get(conn, task.season)?;
    Ok((rescoring, format!("{}/{}", season.slug, task.slug)))
}

fn announce(app: &App) {
    for topic in [Topic::Boards, Topic::Queue, Topic::Submissions] {
        app.changes.announce(topic);
    }
}
