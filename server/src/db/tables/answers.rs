//! The answers that results were counted from.

use diesel::prelude::*;
use holdout_protocol::{EvaluationId, TestSetId};

use crate::db::conn::Conn;
use crate::db::schema::answers;
use crate::error::Result;

/// Keeps the packed answers of an evaluation, with a row for each image of this version in its
/// order.
///
/// # Errors
/// A unique violation if the evaluation has some.
pub fn insert(conn: &mut Conn, evaluation: EvaluationId, test_set: TestSetId, packed: &[u8]) -> Result<()> {
    diesel::insert_into(answers::table)
        .values((
            answers::evaluation_id.eq(evaluation.to_string()),
            answers::test_set_id.eq(test_set.to_string()),
            answers::packed.eq(packed),
        ))
        .execute(conn)?;
    Ok(())
}
