//! Withdrawing a submission.

use holdout_protocol::{OrganizerRole, Submission, SubmissionId, Timestamp};
use serde_json::json;

use crate::app::App;
use crate::auth::Account;
use crate::changes::Topic;
use crate::error::Result;
use crate::{audit, evaluations};

/// Withdraws a submission of the own team; organizers may withdraw any, which is recorded. A slot
/// is given back if no scorer had begun.
///
/// # Errors
/// `not_found` if the account may see no such submission; `wrong_state` if it has ended.
pub async fn cancel(app: &App, account: Account, id: SubmissionId) -> Result<Submission> {
    let looking = super::Looking::at(app, account.organizer);
    let work = move |conn: &mut _| {
        let found = super::find_to_change(conn, &account, id)?;
        evaluations::cancel(conn, found.submission.evaluation, Timestamp::now())?;
        if account.may(OrganizerRole::Judge) {
            let detail = json!({ "team": found.submission.team });
            audit::record(conn, Some(account.id), "submission.cancel", &id.to_string(), &detail)?;
        }
        super::view(conn, &found, looking)
    };
    let submission = app.db.write(work).await?;
    app.changes.announce(Topic::Submissions);
    app.changes.announce(Topic::Queue);
    Ok(submission)
}
