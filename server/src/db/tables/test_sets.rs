//! Versions of the tasks' hidden test sets.

use diesel::prelude::*;
use holdout_protocol::{BlobRef, Sha256, SubmissionState, TaskId, TestSetId, Timestamp};

use crate::db::conn::Conn;
use crate::db::schema::{evaluations, test_sets};
use crate::db::values::{int, parsed};
use crate::error::{Error, Result};

/// One version of a task's test set.
#[derive(Debug, Clone)]
pub struct TestSet {
    pub id: TestSetId,
    pub task: TaskId,
    /// Number of the version, from 1.
    pub version: u32,
    /// The canonical form: classes, image names, labels.
    pub blob: BlobRef,
    /// The images, if models are accepted.
    pub images_blob: Option<BlobRef>,
    pub classes: u32,
    pub images: u32,
    /// Bit i % 8 of byte i / 8 is set if image i is in the public part; `None` if all are.
    pub public_mask: Option<Vec<u8>>,
    /// The split that made the mask, JSON.
    pub split: Option<String>,
    /// Salt of the commitment, 64 hexadecimal digits; secret until the season is over.
    pub salt: String,
    /// SHA-256 over salt and canonical form.
    pub commitment: Sha256,
    /// When it came.
    pub created_at: Timestamp,
    /// Whether the task has not taken it up yet.
    pub staged: bool,
}

impl TestSet {
    /// Whether two versions have the same content and the same split. Their salts, and so their
    /// masks, differ in any case.
    #[must_use]
    pub fn is_same(&self, other: &Self) -> bool {
        self.blob == other.blob && self.images_blob == other.images_blob && self.split == other.split
    }
}

/// A row as the database gives it.
#[derive(Queryable, Selectable, Insertable)]
#[diesel(table_name = test_sets)]
pub struct Row {
    id: String,
    task_id: String,
    version: i32,
    sha256: String,
    size: i64,
    images_sha256: Option<String>,
    images_size: Option<i64>,
    classes: i32,
    images: i32,
    public_mask: Option<Vec<u8>>,
    split: Option<String>,
    salt: String,
    commitment: String,
    created_at: i64,
    staged: bool,
}

impl TryFrom<Row> for TestSet {
    type Error = Error;
    fn try_from(row: Row) -> Result<Self> {
        let images_blob = match (row.images_sha256, row.images_size) {
            (Some(sha256), Some(size)) => Some(BlobRef { sha256: parsed(sha256)?, size: int(size)? }),
            _ => None,
        };
        Ok(Self {
            id: parsed(row.id)?,
            task: parsed(row.task_id)?,
            version: int(row.version)?,
            blob: BlobRef { sha256: parsed(row.sha256)?, size: int(row.size)? },
            images_blob,
            classes: int(row.classes)?,
            images: int(row.images)?,
            public_mask: row.public_mask,
            split: row.split,
            salt: row.salt,
            commitment: parsed(row.commitment)?,
            created_at: row.created_at.into(),
            staged: row.staged,
        })
    }
}

/// The version with this id.
///
/// # Errors
/// `not_found` if there is none.
pub fn get(conn: &mut Conn, id: TestSetId) -> Result<TestSet> {
    let row: Option<Row> = test_sets::table.find(id.to_string()).select(Row::as_select()).first(conn).optional()?;
    row.ok_or_else(|| Error::not_found("test set", id))?.try_into()
}

/// All versions of a task's test set, oldest first.
pub fn of_task(conn: &mut Conn, task: TaskId) -> Result<Vec<TestSet>> {
    let rows: Vec<Row> = test_sets::table
        .filter(test_sets::task_id.eq(task.to_string()))
        .order(test_sets::version)
        .select(Row::as_select())
        .load(conn)?;
    rows.into_iter().map(TestSet::try_from).collect()
}

/// Adds a version.
///
/// # Errors
/// A unique violation if the task has this version.
pub fn insert(conn: &mut Conn, set: &TestSet) -> Result<()> {
    let row = Row {
        id: set.id.to_string(),
        task_id: set.task.to_string(),
        version: int(set.version)?,
        sha256: set.blob.sha256.to_string(),
        size: int(set.blob.size)?,
        images_sha256: set.images_blob.as_ref().map(|blob| blob.sha256.to_string()),
        images_size: set.images_blob.as_ref().map(|blob| int(blob.size)).transpose()?,
        classes: int(set.classes)?,
        images: int(set.images)?,
        public_mask: set.public_mask.clone(),
        split: set.split.clone(),
        salt: set.salt.clone(),
        commitment: set.commitment.to_string(),
        created_at: set.created_at.into(),
        staged: set.staged,
    };
    diesel::insert_into(test_sets::table).values(row).execute(conn)?;
    Ok(())
}

/// The number of the latest version of a task's test set; 0 if it has none.
pub fn latest_version(conn: &mut Conn, task: TaskId) -> Result<u32> {
    let version: Option<i32> = test_sets::table
        .filter(test_sets::task_id.eq(task.to_string()))
        .order(test_sets::version.desc())
        .select(test_sets::version)
        .first(conn)
        .optional()?;
    int(version.unwrap_or(0))
}

/// Notes that the task has taken a version up.
pub fn set_taken_up(conn: &mut Conn, id: TestSetId) -> Result<()> {
    diesel::update(test_sets::table.find(id.to_string())).set(test_sets::staged.eq(false)).execute(conn)?;
    Ok(())
}

/// Returns how many submissions have a result on this version.
pub fn results(conn: &mut Conn, set: TestSetId) -> Result<u64> {
    let count: i64 = evaluations::table
        .filter(evaluations::test_set_id.eq(set.to_string()))
        .filter(evaluations::state.eq(SubmissionState::Scored.as_str()))
        .count()
        .get_result(conn)?;
    int(count)
}
