//! Results of scored evaluations: counts, and which images were right.

use diesel::prelude::*;
use holdout_protocol::{EvaluationId, TaskId};

use crate::db::conn::Conn;
use crate::db::schema::results;
use crate::db::tables::tasks;
use crate::db::values::{int, parsed};
use crate::error::{Error, Result};

/// Wrong answers over some images.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Counts {
    pub n: u32,
    /// Images whose class is not the first label.
    pub top1_wrong: u32,
    /// Images whose class is not among the five labels.
    pub top5_wrong: u32,
}

impl Counts {
    /// Returns what is left of these without a part of them: the private part, of all without the
    /// public one.
    #[must_use]
    pub const fn without(self, part: Self) -> Self {
        Self {
            n: self.n.saturating_sub(part.n),
            top1_wrong: self.top1_wrong.saturating_sub(part.top1_wrong),
            top5_wrong: self.top5_wrong.saturating_sub(part.top5_wrong),
        }
    }
}

/// The result of a scored evaluation.
#[derive(Debug, Clone)]
pub struct EvaluationResult {
    pub evaluation: EvaluationId,
    pub task: TaskId,
    /// Over all images.
    pub all: Counts,
    /// Over the public part; the same if there is no split.
    pub public: Counts,
    /// Bit i % 8 of byte i / 8 is set if the first label of image i is right.
    pub top1: Vec<u8>,
    /// Bit i % 8 of byte i / 8 is set if one of the five labels of image i is right.
    pub top5: Vec<u8>,
    /// The evaluation whose answers it was counted from, if they are kept.
    pub answers_of: Option<EvaluationId>,
}

/// A row as the database gives it.
#[derive(Queryable, Selectable, Insertable)]
#[diesel(table_name = results)]
pub struct Row {
    evaluation_id: String,
    task_id: String,
    n: i32,
    top1_wrong: i32,
    top5_wrong: i32,
    public_n: i32,
    public_top1_wrong: i32,
    public_top5_wrong: i32,
    board_version: i64,
    top1: Vec<u8>,
    top5: Vec<u8>,
    answers_of: Option<String>,
}

impl TryFrom<Row> for EvaluationResult {
    type Error = Error;
    fn try_from(row: Row) -> Result<Self> {
        Ok(Self {
            evaluation: parsed(row.evaluation_id)?,
            task: parsed(row.task_id)?,
            all: Counts { n: int(row.n)?, top1_wrong: int(row.top1_wrong)?, top5_wrong: int(row.top5_wrong)? },
            public: Counts {
                n: int(row.public_n)?,
                top1_wrong: int(row.public_top1_wrong)?,
                top5_wrong: int(row.public_top5_wrong)?,
            },
            top1: row.top1,
            top5: row.top5,
            answers_of: row.answers_of.map(parsed).transpose()?,
        })
    }
}

/// The result of an evaluation, if it was scored.
pub fn get(conn: &mut Conn, evaluation: EvaluationId) -> Result<Option<EvaluationResult>> {
    let row: Option<Row> =
        results::table.find(evaluation.to_string()).select(Row::as_select()).first(conn).optional()?;
    row.map(EvaluationResult::try_from).transpose()
}

/// Adds a result and gives the task's board its next version, which the result is kept with: boards
/// take in what is new without reading what they know. The caller need not bump the version again.
///
/// # Errors
/// A unique violation if the evaluation has one.
pub fn insert(conn: &mut Conn, result: &EvaluationResult) -> Result<()> {
    // The update locks the task's row until the end of the transaction: versions become visible in
    // their order.
    tasks::bump_board(conn, result.task)?;
    insert_unseen(conn, result)
}

/// Adds a result that no board shows yet.
///
/// # Errors
/// A unique violation if the evaluation has one.
pub fn insert_unseen(conn: &mut Conn, result: &EvaluationResult) -> Result<()> {
    let board_version = tasks::board_version(conn, result.task)?;
    let row = Row {
        evaluation_id: result.evaluation.to_string(),
        task_id: result.task.to_string(),
        n: int(result.all.n)?,
        top1_wrong: int(result.all.top1_wrong)?,
        top5_wrong: int(result.all.top5_wrong)?,
        public_n: int(result.public.n)?,
        public_top1_wrong: int(result.public.top1_wrong)?,
        public_top5_wrong: int(result.public.top5_wrong)?,
        board_version,
        top1: result.top1.clone(),
        top5: result.top5.clone(),
        answers_of: result.answers_of.map(String::from),
    };
    diesel::insert_into(results::table).values(row).execute(conn)?;
    Ok(())
}
