//! A team takes a result of its own off the board.

use std::time::Duration;

use holdout_protocol::{ErrorCode, OrganizerRole, Reason, Submission, SubmissionId, SubmissionState, Timestamp};
use holdout_receipts::Decision;
use serde_json::json;

use super::{Found, Looking, edit};
use crate::app::App;
use crate::auth::Account;
use crate::changes::Topic;
use crate::db::{self, Conn};
use crate::error::{Error, Result};
use crate::quota::holders;
use crate::rates::{self, Rate};
use crate::{audit, extensions, receipts};

/// Takes a scored submission of the own team off the board. It stays charged and on record, and is
/// no final any more. Organizers may do this for a team, after the close too, which is recorded.
///
/// # Errors
/// `not_found` if the account may see no such submission; `wrong_state` if it has no result, was
/// withdrawn before, or the season is over.
pub async fn withdraw(app: &App, account: Account, id: SubmissionId) -> Result<Submission> {
    let (rates, looking) = (app.config.rates.clone(), Looking::at(app, account.organizer));
    let grace = app.config.uploads.deadline_grace();
    let work = move |conn: &mut Conn| {
        let seen = super::find_to_change(conn, &account, id)?;
        holders::lock(conn, seen.season.id, seen.task.id, seen.submission.team)?;
        let mut found = super::find_to_change(conn, &account, id)?;
        let now = Timestamp::now();
        check(conn, &found, &account, grace, now)?;
        let after = db::submissions::Submission { final_at: None, withdrawn_at: Some(now), ..found.submission.clone() };
        edit::keep_history(conn, &account, &found.submission, &after, now)?;
        db::submissions::update(conn, &after)?;
        db::submissions::set_judgement(conn, &after)?;
        db::tasks::bump_board(conn, found.task.id)?;
        receipts::record_decision(conn, id, Decision::Withdrawn, now)?;
        if !account.may(OrganizerRole::Judge) {
            rates::spend_in(conn, &rates, &Rate::Edits(id), now)?;
        }
        if !edit::is_own(conn, &account, &found)? {
            let detail = json!({ "team": after.team });
            audit::record(conn, Some(account.id), "submission.withdraw", &id.to_string(), &detail)?;
        }
        found.submission = after;
        super::view(conn, &found, looking)
    };
    let submission = app.db.write(work).await?;
    app.boards.forget();
    app.changes.announce(Topic::Submissions);
    app.changes.announce(Topic::Boards);
    Ok(submission)
}

fn check(conn: &mut Conn, found: &Found, account: &Account, grace: Duration, now: Timestamp) -> Result<()> {
    let refused =
        |reason, message: String| Err(Error::refused(ErrorCode::WrongState, message).because(reason, json!({})));
    let state = db::evaluations::get(conn, found.submission.evaluation)?.state;
    if state != SubmissionState::Scored {
        let message = format!(
            "the submission is {}; only a scored one can be withdrawn from the board, and one that is queued or running can be \
             cancelled",
            state.as_str()
        );
        return refused(Reason::NotWithdrawable, message);
    }
    if let Some(at) = found.submission.withdrawn_at {
        return refused(Reason::Withdrawn, format!("this result was withdrawn at {at}"));
    }
    let season = extensions::season_for(conn, &found.season, found.submission.team)?;
    if !account.may(OrganizerRole::Judge) && !edit::may_choose(&season, grace, now) {
        let message = format!(
            "season `{}` is not open, so its results stay; ask an organizer if this one has to leave the board",
            found.season.slug
        );
        return refused(Reason::WithdrawalClosed, message);
    }
    Ok(())
}
