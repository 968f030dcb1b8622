//! The same file again, or the same answers in another file: a team is asked whether it wants to
//! spend another slot on it.

use holdout_protocol::{ChargeState, ErrorCode, Reason, SubmissionKind, SubmissionState};
use serde_json::json;

use super::authorise::{Entrant, Grant};
use crate::db::submissions::{Digests, Repeated};
use crate::db::{self, Conn};
use crate::error::{Error, Result};

/// Refuses a file that the team has submitted before to the same task and test set, or whose
/// answers it has submitted in another form, whoever of it did and whatever they called the method.
/// Submissions that were withdrawn, refused free of charge or lost by a fault of ours do not count,
/// and neither do organizers ask.
///
/// # Errors
/// `already_submitted`, with the earlier submission.
pub fn check_repeats(conn: &mut Conn, grant: &Grant, kind: SubmissionKind, digests: Digests) -> Result<()> {
    let Entrant::Member(team) = grant.entrant else { return Ok(()) };
    let found = db::submissions::repeated(conn, grant.task.id, team, grant.test_set.id, kind, digests)?;
    let charges = db::quota::charges_of(conn, found.iter().map(|earlier| earlier.id))?;
    let refunded =
        |earlier: &Repeated| charges.get(&earlier.id).is_some_and(|charge| charge.state == ChargeState::Refunded);
    let Some(earlier) = found.iter().find(|earlier| stands(earlier.state, refunded(earlier))) else { return Ok(()) };
    let (id, made, state) = (earlier.id, earlier.created_at, earlier.state);
    let (what, reason) = if earlier.is_same_file {
        ("the same file", Reason::SameFile)
    } else {
        ("the same answers, in another file,", Reason::SameAnswers)
    };
    let message = format!(
        "your team submitted {what} at {made}, as {id}, which is {}; say that you mean it to spend another slot on it (`again`; `--again` on the command line)",
        state.as_str()
    );
    let detail = json!({ "submission": id, "state": state, "created_at": made });
    Err(Error::refused(ErrorCode::AlreadySubmitted, message).because(reason, detail))
}

/// Returns true if an earlier submission has a result, or will have one.
const fn stands(state: SubmissionState, refunded: bool) -> bool {
    match state {
        SubmissionState::Queued | SubmissionState::Running | SubmissionState::Scored => true,
        SubmissionState::Rejected => !refunded,
        SubmissionState::Stalled | SubmissionState::Cancelled => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_refunded_may_be_sent_again() {
        use SubmissionState::{Cancelled, Queued, Rejected, Running, Scored, Stalled};
        assert!([Queued, Running, Scored].into_iter().all(|state| stands(state, false) && stands(state, true)));
        assert!(stands(Rejected, false) && !stands(Rejected, true));
        assert!([Stalled, Cancelled].into_iter().all(|state| !stands(state, false) && !stands(state, true)));
    }
}
