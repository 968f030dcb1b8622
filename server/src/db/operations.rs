//! What operators want to know of the database: whether it answers, and how queue and fleet stand.

use diesel::dsl::{count_star, min, sql, sum};
use diesel::prelude::*;
use diesel::sql_types::Bool;
use holdout_protocol::{SubmissionState, Timestamp};

use super::Conn;
use super::queue::OPEN;
use super::schema::{evaluations, scorers, settings, uploads};
use crate::error::Result;

/// How queue and fleet stand.
#[derive(Debug, Clone)]
pub struct Survey {
    /// Evaluations by state; states without any have 0.
    pub evaluations: Vec<(String, i64)>,
    /// Claims begun.
    pub attempts: i64,
    /// When the evaluation that waits longest began to.
    pub oldest_queued: Option<Timestamp>,
    /// Scorers heard of lately that have not withdrawn.
    pub scorers: i64,
    /// Uploads that are neither complete nor expired.
    pub uploads: i64,
}

/// The states that an evaluation can have.
const STATES: [SubmissionState; 6] = [
    SubmissionState::Queued,
    SubmissionState::Running,
    SubmissionState::Scored,
    SubmissionState::Rejected,
    SubmissionState::Stalled,
    SubmissionState::Cancelled,
];

/// Sees that the database answers.
///
/// # Errors
/// Where it does not.
pub fn ping(conn: &mut Conn) -> Result<()> {
    settings::table.select(count_star()).first::<i64>(conn)?;
    Ok(())
}

/// How queue and fleet stand at `now`; scorers count that were heard of after `seen_after`.
///
/// # Errors
/// Where the database fails.
pub fn survey(conn: &mut Conn, now: Timestamp, seen_after: Timestamp) -> Result<Survey> {
    let found: Vec<(String, i64, Option<i64>)> = evaluations::table
        .group_by(evaluations::state)
        .select((evaluations::state, count_star(), sum(evaluations::attempt)))
        .load(conn)?;
    let count_of = |state: &str| found.iter().find(|(known, ..)| known == state).map_or(0, |(_, count, _)| *count);
    let oldest: Option<i64> = evaluations::table
        .filter(sql::<Bool>(OPEN))
        .filter(evaluations::state.eq(SubmissionState::Queued.as_str()))
        .select(min(evaluations::queued_at))
        .first(conn)?;
    let scorers = scorers::table
        .filter(scorers::last_seen_at.gt(seen_after.as_micros()))
        .filter(scorers::withdrawn_at.is_null())
        .select(count_star())
        .first(conn)?;
    let uploads = uploads::table
        .filter(uploads::sha256.is_null())
        .filter(uploads::expires_at.gt(now.as_micros()))
        .select(count_star())
        .first(conn)?;
    Ok(Survey {
        evaluations: STATES.iter().map(|state| (state.as_str().to_owned(), count_of(state.as_str()))).collect(),
        attempts: found.iter().filter_map(|(.., attempts)| *attempts).sum(),
        oldest_queued: oldest.map(Timestamp::from),
        scorers,
        uploads,
    })
}
