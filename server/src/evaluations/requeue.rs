//! An organizer gives a stalled submission another evaluation.

use holdout_protocol::{AccountId, ErrorCode, EvaluationId, Reason, SubmissionId, SubmissionState, Timestamp};
use serde_json::json;

use super::transition;
use crate::app::App;
use crate::audit;
use crate::changes::Topic;
use crate::db::{self, Conn};
use crate::error::{Error, Result};

/// Queues a further evaluation of a stalled submission, on the task's present test set. Its quota
/// stays refunded.
///
/// # Errors
/// `wrong_state` if the submission is not stalled, `not_found` if there is none.
pub async fn requeue(app: &App, organizer: AccountId, id: SubmissionId) -> Result<()> {
    app.db.write(move |conn| renew(conn, organizer, id)).await?;
    app.changes.announce(Topic::Queue);
    app.changes.announce(Topic::Submissions);
    Ok(())
}

fn renew(conn: &mut Conn, organizer: AccountId, id: SubmissionId) -> Result<()> {
    let submission = db::submissions::get(conn, id)?;
    let before = db::evaluations::get_locked(conn, submission.evaluation)?;
    if before.state != SubmissionState::Stalled {
        return Err(not_stalled(before.state.as_str()));
    }
    let test_set = db::tasks::get(conn, submission.task)?.test_set.unwrap_or(before.test_set);
    let next = EvaluationId::new();
    // Two organizers at once: the second one finds the first one's evaluation in the place of the
    // stalled one.
    if !db::submissions::replace_evaluation(conn, id, before.id, next)? {
        return Err(not_stalled("queued again already"));
    }
    transition::queue(conn, next, &submission, test_set, Timestamp::now())?;
    let facts = json!({ "stalled": before.id, "evaluation": next });
    audit::record(conn, Some(organizer), "submission.requeue", &id.to_string(), &facts)
}

fn not_stalled(state: &str) -> Error {
    Error::refused(ErrorCode::WrongState, format!("the submission is {state}; only a stalled one can be queued again"))
        .because(Reason::NotStalled, json!({}))
}
