//! What a team sent, for organizers.

use holdout_protocol::{AccountId, SubmissionId};
use serde_json::json;

use crate::app::App;
use crate::audit;
use crate::db;
use crate::error::Result;
use crate::evaluations::file::{self, File};

/// Opens the file of a submission and returns it with a name; the audit log has who looked at it.
///
/// # Errors
/// `not_found` if there is no such submission.
pub async fn download(
    app: &App,
    organizer: AccountId,
    id: SubmissionId,
    range: Option<String>,
) -> Result<(String, File)> {
    let submission = app
        .db
        .write(move |conn| {
            let submission = db::submissions::get(conn, id)?;
            let detail = json!({ "team": submission.team });
            audit::record(conn, Some(organizer), "submission.download", &id.to_string(), &detail)?;
            Ok(submission)
        })
        .await?;
    let ending = submission.kind.file_ending();
    Ok((format!("{id}.{ending}"), file::read(app, submission.blob.sha256, range).await?))
}
