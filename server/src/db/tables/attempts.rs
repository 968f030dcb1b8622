//! Attempts at evaluations: who made them, and how they ended.

use std::collections::HashMap;

use diesel::prelude::*;
use holdout_protocol::{Attempt, AttemptEnd, EvaluationId, ScorerId, Timestamp};

use crate::db::conn::Conn;
use crate::db::schema::attempts;
use crate::db::values::{from_word, int, parsed, to_word};
use crate::error::Result;

/// Notes that an attempt began.
///
/// # Errors
/// A unique violation if it had begun before.
pub fn begin(
    conn: &mut Conn,
    evaluation: EvaluationId,
    attempt: u32,
    scorer: ScorerId,
    name: &str,
    now: Timestamp,
) -> Result<()> {
    diesel::insert_into(attempts::table)
        .values((
            attempts::evaluation_id.eq(evaluation.to_string()),
            attempts::attempt.eq(int::<_, i32>(attempt)?),
            attempts::scorer_id.eq(scorer.to_string()),
            attempts::scorer_name.eq(name),
            attempts::started_at.eq(now.as_micros()),
        ))
        .execute(conn)?;
    Ok(())
}

/// Notes how an attempt ended; one that ended before stays as it is.
pub fn end(
    conn: &mut Conn,
    evaluation: EvaluationId,
    attempt: u32,
    ended: AttemptEnd,
    cause: Option<&str>,
    now: Timestamp,
) -> Result<()> {
    let open = attempts::table.find((evaluation.to_string(), int::<_, i32>(attempt)?));
    diesel::update(open.filter(attempts::ended_at.is_null()))
        .set((attempts::ended_at.eq(now.as_micros()), attempts::ended.eq(to_word(&ended)?), attempts::cause.eq(cause)))
        .execute(conn)?;
    Ok(())
}

/// Returns how an attempt ended, and by what cause; `None` if there is no such attempt, or it has
/// not ended.
pub fn ending(conn: &mut Conn, evaluation: EvaluationId, attempt: u32) -> Result<Option<(AttemptEnd, Option<String>)>> {
    let row: Option<(Option<String>, Option<String>)> = attempts::table
        .find((evaluation.to_string(), int::<_, i32>(attempt)?))
        .select((attempts::ended, attempts::cause))
        .first(conn)
        .optional()?;
    let Some((Some(ended), cause)) = row else { return Ok(None) };
    Ok(Some((from_word(&ended)?, cause)))
}

type Row = (String, i32, String, i64, Option<i64>, Option<String>, Option<String>);

/// The attempts at these evaluations, the first one first.
pub fn of_evaluations(conn: &mut Conn, evaluations: &[EvaluationId]) -> Result<HashMap<EvaluationId, Vec<Attempt>>> {
    let ids: Vec<String> = evaluations.iter().map(EvaluationId::to_string).collect();
    let rows: Vec<Row> = attempts::table
        .filter(attempts::evaluation_id.eq_any(ids))
        .order((attempts::evaluation_id, attempts::attempt))
        .select((
            attempts::evaluation_id,
            attempts::attempt,
            attempts::scorer_name,
            attempts::started_at,
            attempts::ended_at,
            attempts::ended,
            attempts::cause,
        ))
        .load(conn)?;
    let mut found: HashMap<EvaluationId, Vec<Attempt>> = HashMap::new();
    for (evaluation, attempt, scorer, started_at, ended_at, ended, cause) in rows {
        found.entry(parsed(evaluation)?).or_default().push(Attempt {
            attempt: int(attempt)?,
            scorer,
            started_at: started_at.into(),
            ended_at: ended_at.map(Timestamp::from),
            ended: ended.as_deref().map(from_word).transpose()?,
            cause,
        });
    }
    Ok(found)
}
