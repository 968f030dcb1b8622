//! Hidden test sets: taken from uploaded files, split into a public and a private part, versioned,
//! committed to.

use bytes::Bytes;
use holdout_evaluation::{Bits, ClassList, ListError, ListFault, TestSet, commitment, public_mask};
use holdout_protocol::{
    AccountId, BlobRef, ErrorCode, NewTestSet, Reason, Split, TestSetId, TestSetSummary, Timestamp, UploadId,
};
use serde_json::json;

use super::access::{announce_version, locked, task_row};
use super::test_set_images::{Images, images};
use super::view;
use crate::app::App;
use crate::audit;
use crate::auth::Account;
use crate::blobs::Blobs;
use crate::blocking::blocking;
use crate::db::{self, Conn, int};
use crate::error::{Error, Result};
use crate::evaluations;
use crate::paths::TaskPath;
use crate::receipts;
use crate::rescoring;
use crate::secret;
use crate::uploads::{self, FinishedUpload};

/// Largest class list, bytes.
const MAX_CLASSES_BYTES: u64 = 64 << 20;
/// Largest file of labels, bytes.
const MAX_LABELS_BYTES: u64 = 512 << 20;
/// Tries to name the stored form before giving up, each undone by a change or a sweep at the same
/// moment.
const TRIES: u32 = 5;

/// What a test set is made of, before it has a version.
struct Content {
    set: TestSet,
    canonical: Bytes,
}

/// Gives a task a test set, from files uploaded before. The same files with the same split again
/// change nothing, and if an earlier version had them, it is the present one again, with its
/// results. If the present version has results, and they are not to be discarded, the new one is
/// staged: results are counted for it, and an organizer applies or drops that.
///
/// # Errors
/// `not_found`; `wrong_state` if an upload is not complete, and if the task is being re-scored for
/// another version; `too_large`; `invalid_value`, with the first twenty faults in `detail.lines`,
/// also if the task accepts models and `images` is missing.
pub async fn put(
    app: &App,
    organizer: Account,
    path: TaskPath,
    request: NewTestSet,
    discard: bool,
) -> Result<TestSetSummary> {
    let content = content(app, organizer.id, &request).await?;
    for _ in 0..TRIES {
        let task = task_row(app, path.clone()).await?;
        let images = images(app, organizer.id, &task, &request).await?;
        let blob = app.blobs.put_bytes(content.canonical.clone()).await?;
        let replaced = replaced(app, &task, &content.set).await?;
        let set = version(&task, &content, blob, images.as_ref(), replaced.as_ref())?;
        let found = Found { task, set, images, discard };
        let (blobs, path, organizer) = (app.blobs.clone(), path.clone(), organizer.id);
        let done = app.db.write(move |conn| record(conn, &blobs, organizer, &path, found)).await?;
        if let Some(summary) = done {
            announce_version(app);
            return Ok(summary);
        }
    }
    Err(Error::refused(ErrorCode::WrongState, "the task is being changed by somebody else; try again")
        .because(Reason::ChangedMeanwhile, json!({})))
}

/// What was found outside of a transaction.
struct Found {
    /// The task as it was.
    task: db::tasks::Task,
    set: db::test_sets::TestSet,
    images: Option<Images>,
    /// Whether results may leave the board.
    discard: bool,
}

/// Makes the test set the present one of its task. Returns `None` if the task has changed, or the
/// sweeper has deleted the stored form, since they were looked at.
fn record(
    conn: &mut Conn,
    blobs: &Blobs,
    organizer: AccountId,
    path: &TaskPath,
    found: Found,
) -> Result<Option<TestSetSummary>> {
    let season_id = locked(conn, &path.season)?.id;
    let mut now = db::tasks::find(conn, season_id, path.task.as_str())?;
    if now.test_set != found.task.test_set || now.settings != found.task.settings {
        return Ok(None);
    }
    if let Some(present) = present(conn, &now)?.filter(|present| present.is_same(&found.set)) {
        return view::summary(&present).map(Some);
    }
    let earlier = earlier(conn, &now, &found.set)?;
    if earlier.is_none() {
        if let Some(Images::Uploaded(images)) = &found.images {
            uploads::hold(conn, organizer, images)?;
        }
        if !blobs.hold(conn, found.set.blob.sha256)? {
            return Ok(None);
        }
    }
    let object = path.to_string();
    if !found.discard && has_results(conn, &now)? {
        let set = earlier.unwrap_or(found.set);
        return view::summary(&rescoring::stage(conn, &now, &object, set, organizer)?).map(Some);
    }
    rescoring::check_none_open(conn, &now)?;
    let action = if earlier.is_some() { "test_set.restore" } else { "test_set.create" };
    let set = add(conn, &mut now, earlier, found.set)?;
    db::tasks::bump_board(conn, now.id)?;
    let detail = json!({ "version": set.version, "classes": set.classes, "images": set.images,
        "commitment": set.commitment });
    audit::record(conn, Some(organizer), action, &object, &detail)?;
    view::summary(&set).map(Some)
}

/// Reads the uploaded files.
async fn content(app: &App, account: AccountId, request: &NewTestSet) -> Result<Content> {
    let classes = small(app, account, "classes", request.classes, MAX_CLASSES_BYTES).await?;
    let labels = small(app, account, "labels", request.labels, MAX_LABELS_BYTES).await?;
    let blobs = app.blobs.clone();
    blocking(move || {
        let classes =
            ClassList::parse(&blobs.read_whole_sync(&classes.blob)?).map_err(|error| faults("classes", &error))?;
        let set = TestSet::parse_labels(classes, &blobs.read_whole_sync(&labels.blob)?)
            .map_err(|error| faults("labels", &error))?;
        let canonical = Bytes::from(set.to_canonical());
        Ok(Content { set, canonical })
    })
    .await
}

async fn small(app: &App, account: AccountId, field: &str, upload: UploadId, limit: u64) -> Result<FinishedUpload> {
    let file = uploads::finished(app, account, upload).await?;
    if file.blob.size > limit {
        let message = format!("`{field}` has {} bytes; at most {limit} are allowed", file.blob.size);
        let facts = json!({ "field": field, "size": file.blob.size, "limit": limit });
        return Err(Error::refused(ErrorCode::TooLarge, message).because(Reason::FileTooLarge, facts));
    }
    Ok(file)
}

fn faults(field: &str, error: &ListError) -> Error {
    let shown = |fault: &ListFault| {
        json!({ "line": fault.line, "code": fault.problem.code(), "number": fault.number,
            "problem": fault.problem.words(), "value": fault.value, "allowed": fault.allowed() })
    };
    let lines: Vec<_> = error.faults.iter().map(shown).collect();
    Error::invalid(field, format!("`{field}`: {error}"))
        .because(Reason::FaultyLines, json!({ "lines": lines, "total": error.total }))
}

/// What a new version takes over from the one that it replaces, if it has no image that the other
/// lacks.
struct Replaced {
    split: Option<String>,
    /// Which of the new version's images were public.
    public_mask: Option<Vec<u8>>,
}

/// The version that a new one replaces, if that has all of its images.
async fn replaced(app: &App, task: &db::tasks::Task, set: &TestSet) -> Result<Option<Replaced>> {
    let seen = task.clone();
    let Some(before) = app.db.read(move |conn| present(conn, &seen)).await? else { return Ok(None) };
    let (blobs, images) = (app.blobs.clone(), set.shape().images.clone());
    blocking(move || {
        let known = TestSet::from_canonical(&blobs.read_whole_sync(&before.blob)?).map_err(Error::internal)?;
        let known = &known.shape().images;
        let Some(places) = images.iter().map(|name| known.position(name.as_bytes())).collect::<Option<Vec<_>>>() else {
            return Ok(None);
        };
        let Some(mask) = &before.public_mask else {
            return Ok(Some(Replaced { split: before.split, public_mask: None }));
        };
        let mask = Bits::from_bytes(known.len(), mask).map_err(Error::internal)?;
        let kept =
            Bits::from_fn(places.len(), |image| places.get(image).is_some_and(|place| mask.get(*place) == Some(true)));
        // A part that lost all of its images is drawn again.
        let whole = (1..kept.len()).contains(&kept.count());
        Ok(whole.then(|| Replaced { split: before.split, public_mask: Some(kept.to_bytes()) }))
    })
    .await
}

/// A new version for this content and the task's split; its number is given when it is added. If it
/// corrects labels or leaves images out under the same split, the other images stay in their part:
/// whoever knows both boards would otherwise learn about images of the private part, and results
/// could not be compared.
fn version(
    task: &db::tasks::Task,
    content: &Content,
    blob: BlobRef,
    images: Option<&Images>,
    replaced: Option<&Replaced>,
) -> Result<db::test_sets::TestSet> {
    let salt: [u8; 32] = rand::random();
    let split = task.settings.split.as_ref();
    let split_text = split.map(serde_json::to_string).transpose().map_err(Error::internal)?;
    let public_mask = match replaced.filter(|replaced| replaced.split == split_text) {
        Some(replaced) => replaced.public_mask.clone(),
        None => mask(&content.set, split, &salt)?,
    };
    Ok(db::test_sets::TestSet {
        id: TestSetId::new(),
        task: task.id,
        version: 0,
        blob,
        images_blob: images.map(|images| images.blob().clone()),
        classes: content.set.shape().classes.count().into(),
        images: int(content.set.len())?,
        public_mask,
        split: split_text,
        salt: salt.iter().map(|byte| format!("{byte:02x}")).collect(),
        commitment: commitment(&salt, &content.canonical),
        created_at: Timestamp::now(),
        staged: false,
    })
}

/// The public images of a test set with this salt.
///
/// The generator starts from the seed and the salt, which is never shown before the commitment is
/// opened: a seed that is small, or known to somebody, does not tell which images are public.
/// Versions of before keep the mask that they have.
fn mask(set: &TestSet, split: Option<&Split>, salt: &[u8]) -> Result<Option<Vec<u8>>> {
    let Some(split) = split else { return Ok(None) };
    let classes = set.shape().classes.count();
    let mask = public_mask(set.labels(), classes, split.public, salted_seed(split.seed.unwrap_or(0), salt)).map_err(
        |error| {
            Error::invalid("split", format!("`split` does not fit the test set: {error}"))
                .because(Reason::SplitUnfit, json!({}))
        },
    )?;
    Ok(Some(mask.to_bytes()))
}

/// The first eight bytes of SHA-256 over a domain's name, the salt and the seed, little-endian.
fn salted_seed(seed: u64, salt: &[u8]) -> u64 {
    let input = [b"holdout split\0".as_slice(), salt, &seed.to_le_bytes()].concat();
    let digest = secret::sha256(&input);
    digest.as_bytes().first_chunk().copied().map_or(0, u64::from_le_bytes)
}

/// The bytes of a stored salt.
fn salt_of(set: &db::test_sets::TestSet) -> Vec<u8> {
    let digits = set.salt.as_bytes().chunks(2);
    digits.filter_map(|pair| u8::from_str_radix(std::str::from_utf8(pair).ok()?, 16).ok()).collect()
}

pub(super) fn present(conn: &mut Conn, task: &db::tasks::Task) -> Result<Option<db::test_sets::TestSet>> {
    task.test_set.map(|set| db::test_sets::get(conn, set)).transpose()
}

/// Returns true if results would leave the board with the present test set.
pub(super) fn has_results(conn: &mut Conn, task: &db::tasks::Task) -> Result<bool> {
    Ok(match task.test_set {
        Some(set) => db::test_sets::results(conn, set)? > 0,
        None => false,
    })
}

/// The latest earlier version with the same content and split.
pub(super) fn earlier(
    conn: &mut Conn,
    task: &db::tasks::Task,
    set: &db::test_sets::TestSet,
) -> Result<Option<db::test_sets::TestSet>> {
    let versions = db::test_sets::of_task(conn, task.id)?;
    Ok(versions.into_iter().rev().find(|known| known.is_same(set)))
}

/// Makes the `earlier` version the task's present one, or adds `set` as the next version if there
/// is none; the season has to be locked. What waits or runs is scored on it.
pub(super) fn add(
    conn: &mut Conn,
    task: &mut db::tasks::Task,
    earlier: Option<db::test_sets::TestSet>,
    mut set: db::test_sets::TestSet,
) -> Result<db::test_sets::TestSet> {
    if let Some(earlier) = earlier {
        set = earlier;
        db::test_sets::set_taken_up(conn, set.id)?;
        set.staged = false;
    } else {
        set.version = db::test_sets::latest_version(conn, task.id)?.saturating_add(1);
        db::test_sets::insert(conn, &set)?;
    }
    let now = Timestamp::now();
    evaluations::renew(conn, task.id, &set, now)?;
    db::rescored::let_count(conn, task.id, set.id)?;
    db::tasks::set_test_set(conn, task.id, set.id)?;
    receipts::record_version(conn, task, set.id, now)?;
    task.test_set = Some(set.id);
    Ok(set)
}

/// The present test set with another split: the same content, and so the same commitment. `None` if
/// there is no test set, or its split is this one.
///
/// # Errors
/// `invalid_value` if the test set cannot be split so.
pub(super) async fn resplit(
    app: &App,
    task: &db::tasks::Task,
    split: Option<&Split>,
) -> Result<Option<db::test_sets::TestSet>> {
    let seen = task.clone();
    let Some(before) = app.db.read(move |conn| present(conn, &seen)).await? else { return Ok(None) };
    let text = split.map(serde_json::to_string).transpose().map_err(Error::internal)?;
    if before.split == text {
        return Ok(None);
    }
    let (blobs, split) = (app.blobs.clone(), split.cloned());
    blocking(move || {
        let set = TestSet::from_canonical(&blobs.read_whole_sync(&before.blob)?).map_err(Error::internal)?;
        let public_mask = mask(&set, split.as_ref(), &salt_of(&before))?;
        let (id, created_at) = (TestSetId::new(), Timestamp::now());
        let fresh = db::test_sets::TestSet { version: 0, staged: false, ..before };
        Ok(Some(db::test_sets::TestSet { id, public_mask, split: text, created_at, ..fresh }))
    })
    .await
}

#[cfg(test)]
mod tests;
