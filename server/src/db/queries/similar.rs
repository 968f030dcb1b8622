//! Submissions whose answers are compared with those of other teams.

use diesel::dsl::exists;
use diesel::prelude::*;
use holdout_protocol::{EvaluationId, SubmissionId, SubmissionState, TaskId, TeamId, TeamName, TestSetId, Timestamp};

use crate::db::conn::Conn;
use crate::db::schema::{answers, evaluations, results, submission_members, submissions, teams};
use crate::db::values::{parsed, texts};
use crate::error::Result;

/// Most submissions of teams that are compared.
pub const MOST: usize = 2000;
/// Most baselines that explain what others share with them.
const MOST_BASELINES: i64 = 20;

/// A scored submission on a test set.
#[derive(Debug, Clone)]
pub struct Compared {
    pub submission: SubmissionId,
    pub team: TeamId,
    pub team_name: TeamName,
    pub created_at: Timestamp,
    /// The evaluation whose answers are kept, if they are.
    pub answers_of: Option<EvaluationId>,
    /// Which first labels are right, as bytes.
    pub top1: Vec<u8>,
}

type Row = (String, String, String, i64, Option<String>, Vec<u8>);

macro_rules! scored {
    ($task:expr, $set:expr) => {
        results::table
            .inner_join(evaluations::table.on(evaluations::id.eq(results::evaluation_id)))
            .inner_join(submissions::table.on(submissions::id.eq(evaluations::submission_id)))
            .inner_join(teams::table.on(teams::id.eq(submissions::team_id)))
            .filter(submissions::task_id.eq($task.to_string()))
            .filter(submissions::evaluation_id.eq(evaluations::id))
            .filter(evaluations::test_set_id.eq($set.to_string()))
            .filter(evaluations::state.eq(SubmissionState::Scored.as_str()))
            .order(submissions::id.desc())
            .select((
                submissions::id,
                teams::id,
                teams::name,
                submissions::created_at,
                results::answers_of,
                results::top1,
            ))
    };
}

fn compared((submission, team, team_name, created_at, answers_of, top1): Row) -> Result<Compared> {
    Ok(Compared {
        submission: parsed(submission)?,
        team: parsed(team)?,
        team_name: parsed(team_name)?,
        created_at: created_at.into(),
        answers_of: answers_of.map(parsed).transpose()?,
        top1,
    })
}

/// The newest scored submissions that teams made themselves, one more than [`MOST`] if there are so
/// many.
pub fn of_teams(conn: &mut Conn, task: TaskId, set: TestSetId) -> Result<Vec<Compared>> {
    let own = exists(
        submission_members::table
            .filter(submission_members::submission_id.eq(submissions::id))
            .select(submission_members::account_id),
    );
    let limit = i64::try_from(MOST + 1).unwrap_or(i64::MAX);
    let rows: Vec<Row> =
        scored!(task, set).filter(own).filter(submissions::baseline.eq(false)).limit(limit).load(conn)?;
    rows.into_iter().map(compared).collect()
}

/// The newest baselines.
pub fn baselines(conn: &mut Conn, task: TaskId, set: TestSetId) -> Result<Vec<Compared>> {
    let rows: Vec<Row> = scored!(task, set).filter(submissions::baseline.eq(true)).limit(MOST_BASELINES).load(conn)?;
    rows.into_iter().map(compared).collect()
}

/// The answers that are kept of an evaluation.
#[derive(Debug)]
pub struct Kept {
    pub of: EvaluationId,
    /// The version whose images they are about, in its order.
    pub test_set: TestSetId,
    pub packed: Vec<u8>,
}

/// The answers of these evaluations, in any order.
pub fn kept(conn: &mut Conn, of: &[EvaluationId]) -> Result<Vec<Kept>> {
    let rows: Vec<(String, String, Vec<u8>)> = answers::table
        .filter(answers::evaluation_id.eq_any(texts(of)))
        .select((answers::evaluation_id, answers::test_set_id, answers::packed))
        .load(conn)?;
    let kept = |(of, test_set, packed)| Ok(Kept { of: parsed(of)?, test_set: parsed(test_set)?, packed });
    rows.into_iter().map(kept).collect()
}
