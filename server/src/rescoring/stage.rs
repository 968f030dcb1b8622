//! Beginning a re-scoring.

use holdout_protocol::{
    AccountId, ErrorCode, NewRescoring, Reason, Rescoring as View, RescoringId, RescoringQuery, Timestamp,
};
use serde_json::json;

use crate::app::App;
use crate::audit;
use crate::auth::Account;
use crate::changes::Topic;
use crate::db::rescorings::Rescoring;
use crate::db::tasks::Task;
use crate::db::test_sets::TestSet;
use crate::db::{self, Conn, Lock};
use crate::error::{Error, Result};
use crate::paths::TaskPath;

/// Begins to count the results of a task for this version, which is added if it is new. The season
/// has to be locked. Again for the same version it changes nothing.
///
/// # Errors
/// `wrong_state` if the task is being re-scored for another version.
pub fn stage(conn: &mut Conn, task: &Task, object: &str, mut set: TestSet, organizer: AccountId) -> Result<TestSet> {
    let Some(from) = task.test_set else { return Err(Error::internal("a task without results is re-scored")) };
    if let Some(open) = db::rescorings::open_of(conn, task.id)? {
        let to = db::test_sets::get(conn, open.to)?;
        return if to.id == set.id || to.is_same(&set) { Ok(to) } else { Err(is_open(&to)) };
    }
    if set.version == 0 {
        set.version = db::test_sets::latest_version(conn, task.id)?.saturating_add(1);
        set.staged = true;
        db::test_sets::insert(conn, &set)?;
    }
    let id = RescoringId::new();
    let (to, created_at) = (set.id, Timestamp::now());
    let rescoring = Rescoring { id, task: task.id, from, to, created_by: organizer, created_at, ended: None };
    db::rescorings::insert(conn, &rescoring)?;
    let from = db::test_sets::get(conn, from)?;
    let detail = json!({ "rescoring": id, "from": from.version, "to": set.version, "classes": set.classes,
        "images": set.images, "commitment": set.commitment });
    audit::record(conn, Some(organizer), "rescoring.begin", object, &detail)?;
    Ok(set)
}

/// Refuses what would change a task's test set while a re-scoring is open.
///
/// # Errors
/// `wrong_state`, with the number of the staged version.
pub fn check_none_open(conn: &mut Conn, task: &Task) -> Result<()> {
    match db::rescorings::open_of(conn, task.id)? {
        Some(open) => Err(is_open(&db::test_sets::get(conn, open.to)?)),
        None => Ok(()),
    }
}

fn is_open(to: &TestSet) -> Error {
    let message = format!(
        "the task is being re-scored for version {} of its test set; apply or drop that first: `holdout season rescore`",
        to.version
    );
    Error::refused(ErrorCode::WrongState, message).because(Reason::RescoringOpen, json!({ "version": to.version }))
}

/// Begins to count the results of a task for a version that it has, for example the one before the
/// present one.
///
/// # Errors
/// `not_found`; `wrong_state` if another re-scoring is open; `invalid_value` if the version is the
/// present one.
pub async fn begin(app: &App, organizer: Account, path: TaskPath, request: NewRescoring) -> Result<View> {
    let (at, account) = (path.clone(), organizer.id);
    app.db
        .write(move |conn| {
            let season = db::seasons::find(conn, at.season.as_str())?;
            db::lock(conn, Lock::Season(&season.id.to_string()))?;
            let task = db::tasks::find(conn, season.id, at.task.as_str())?;
            let versions = db::test_sets::of_task(conn, task.id)?;
            let wanted = versions.into_iter().find(|set| set.version == request.version);
            let set = wanted.ok_or_else(|| Error::not_found("version of the test set", request.version))?;
            if task.test_set == Some(set.id) {
                let message = format!("`version` is {}, which the board shows already", set.version);
                return Err(Error::invalid("version", message).because(Reason::RequestUnfit, json!({})));
            }
            stage(conn, &task, &at.to_string(), set, account).map(drop)
        })
        .await?;
    app.changes.announce(Topic::Boards);
    super::preview(app, path, RescoringQuery::default()).await
}
