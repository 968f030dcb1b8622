//! Opens the commitments to hidden labels: the salts, which only organizers can read.

use holdout_protocol::{CommitmentList, CommitmentOpening};
use serde_json::json;

use super::access::locked;
use crate::app::App;
use crate::audit;
use crate::auth::Account;
use crate::db;
use crate::error::Result;
use crate::paths::TaskPath;

/// Returns the salts of all versions of a task's test set. Every look is recorded in the audit log,
/// because a salt in the wrong hands makes guesses at the labels checkable.
///
/// # Errors
/// `not_found`.
pub async fn open(app: &App, organizer: Account, path: TaskPath) -> Result<CommitmentList> {
    app.db
        .write(move |conn| {
            let found = locked(conn, &path.season)?;
            let found = db::tasks::find(conn, found.id, path.task.as_str())?;
            let sets = db::test_sets::of_task(conn, found.id)?;
            let detail = json!({ "versions": sets.len() });
            audit::record(conn, Some(organizer.id), "commitment.read", &path.to_string(), &detail)?;
            Ok(CommitmentList { versions: sets.into_iter().map(opening).collect() })
        })
        .await
}

fn opening(set: db::test_sets::TestSet) -> CommitmentOpening {
    let db::test_sets::TestSet { id, version, commitment, salt, created_at, .. } = set;
    CommitmentOpening { test_set: id, version, commitment, salt, created_at }
}
