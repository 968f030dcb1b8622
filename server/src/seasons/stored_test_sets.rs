//! Test sets as they are read: their lists by everybody, their labels and images by organizers.

use std::sync::Arc;

use holdout_protocol::{ErrorCode, Reason, Sha256, TestSetId};
use serde_json::json;

use super::access::visible;
use super::lists::Names;
use super::test_sets::present;
use crate::app::App;
use crate::audit;
use crate::auth::{Account, Caller};
use crate::blocking::blocking;
use crate::db;
use crate::error::{Error, Result};
use crate::evaluations::file::{self, File};
use crate::paths::TaskPath;

/// Returns the id of a task's present test set and its public lists, which are read only if
/// `wanted` says so of the id.
///
/// # Errors
/// `not_found` if the caller may see no such task, or it has no test set.
pub async fn names(
    app: &App,
    caller: Caller,
    path: TaskPath,
    wanted: impl FnOnce(TestSetId) -> bool,
) -> Result<(TestSetId, Option<Arc<Names>>)> {
    let set = of_task(app, caller, path).await?;
    let names = if wanted(set.id) { Some(app.lists.load(&app.blobs, &set.blob).await?) } else { None };
    Ok((set.id, names))
}

/// The present test set of a task as organizers may read it.
pub struct Stored {
    /// The version.
    pub id: TestSetId,
    /// The canonical form, labels and all.
    pub canonical: Vec<u8>,
    /// The digest of its images, if it has any.
    pub images: Option<Sha256>,
}

/// Returns a version of a task's test set, labels and all; the present one if none is named. For
/// organizers only.
///
/// # Errors
/// As [`names`], and `not_found` if there is no such version.
pub async fn labels(app: &App, organizer: Account, path: TaskPath, version: Option<u32>) -> Result<Stored> {
    let present = of_task(app, Caller(Some(organizer)), path).await?;
    let set = match version.filter(|version| *version != present.version) {
        Some(version) => {
            let versions = app.db.read(move |conn| db::test_sets::of_task(conn, present.task)).await?;
            let found = versions.into_iter().find(|set| set.version == version);
            found.ok_or_else(|| Error::not_found("version of this test set", version))?
        }
        None => present,
    };
    let (blobs, images) = (app.blobs.clone(), set.images_blob.map(|blob| blob.sha256));
    blocking(move || Ok(Stored { id: set.id, canonical: blobs.read_whole_sync(&set.blob)?, images })).await
}

/// Opens the archive with the images of a task's present test set, or a range of it: for organizers
/// only.
///
/// # Errors
/// As [`names`], and `not_found` if there are no images.
pub async fn image_archive(app: &App, organizer: Account, path: TaskPath, range: Option<String>) -> Result<File> {
    let (id, object) = (organizer.id, format!("{}/{}", path.season, path.task));
    let set = of_task(app, Caller(Some(organizer)), path).await?;
    let blob = set.images_blob.ok_or_else(|| Error::not_found("archive of images of", &object))?;
    let detail = json!({ "version": set.version });
    app.db.write(move |conn| audit::record(conn, Some(id), "test_set.download", &object, &detail)).await?;
    file::read(app, blob.sha256, range).await
}

async fn of_task(app: &App, caller: Caller, path: TaskPath) -> Result<db::test_sets::TestSet> {
    app.db
        .read(move |conn| {
            let season = visible(conn, &path.season, caller.is_organizer())?;
            let task = db::tasks::find(conn, season.id, path.task.as_str())?;
            present(conn, &task)?.ok_or_else(|| {
                Error::refused(ErrorCode::NotFound, format!("task `{}` has no test set yet", task.slug))
                    .because(Reason::NoTestSet, json!({}))
            })
        })
        .await
}
