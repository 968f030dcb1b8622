//! What stands around submissions in other tables, read for a whole page of them at once.

use std::collections::HashMap;

use diesel::prelude::*;
use holdout_protocol::{EvaluationId, SubmissionId, TeamId, TeamName, TestSetId};

use crate::db::conn::Conn;
use crate::db::schema::{evaluations, results, submissions, teams, test_sets};
use crate::db::tables::evaluations::{Evaluation, Row};
use crate::db::tables::results::Counts;
use crate::db::tables::submissions::{Row as SubmissionRow, Submission};
use crate::db::values::{int, parsed, texts};
use crate::error::Result;

/// These evaluations.
pub fn evaluations_of(
    conn: &mut Conn,
    ids: impl IntoIterator<Item = EvaluationId>,
) -> Result<HashMap<EvaluationId, Evaluation>> {
    let rows: Vec<Row> =
        evaluations::table.filter(evaluations::id.eq_any(texts(ids))).select(Row::as_select()).load(conn)?;
    rows.into_iter().map(|row| Evaluation::try_from(row).map(|evaluation| (evaluation.id, evaluation))).collect()
}

/// These submissions.
pub fn submissions_of(
    conn: &mut Conn,
    ids: impl IntoIterator<Item = SubmissionId>,
) -> Result<HashMap<SubmissionId, Submission>> {
    let rows: Vec<SubmissionRow> =
        submissions::table.filter(submissions::id.eq_any(texts(ids))).select(SubmissionRow::as_select()).load(conn)?;
    rows.into_iter().map(|row| Submission::try_from(row).map(|submission| (submission.id, submission))).collect()
}

/// The wrong answers of a scored evaluation, by part.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct PartCounts {
    /// The public part; all images if there is no split.
    pub public: Counts,
    /// The private part; no images if there is no split.
    pub private: Counts,
}

impl PartCounts {
    fn new(all: Counts, public: Counts) -> Self {
        let private = Counts {
            n: all.n.saturating_sub(public.n),
            top1_wrong: all.top1_wrong.saturating_sub(public.top1_wrong),
            top5_wrong: all.top5_wrong.saturating_sub(public.top5_wrong),
        };
        Self { public, private }
    }
}

/// The counts of those of these evaluations that were scored; without their bit vectors, which are
/// large.
pub fn counts_of(
    conn: &mut Conn,
    ids: impl IntoIterator<Item = EvaluationId>,
) -> Result<HashMap<EvaluationId, PartCounts>> {
    let rows: Vec<(String, CountsRow, CountsRow)> = results::table
        .filter(results::evaluation_id.eq_any(texts(ids)))
        .select((
            results::evaluation_id,
            (results::n, results::top1_wrong, results::top5_wrong),
            (results::public_n, results::public_top1_wrong, results::public_top5_wrong),
        ))
        .load(conn)?;
    rows.into_iter()
        .map(|(id, all, public)| Ok((parsed(id)?, PartCounts::new(counts(all)?, counts(public)?))))
        .collect()
}

/// Images, wrong by the first label, wrong by all five.
type CountsRow = (i32, i32, i32);

fn counts((n, top1_wrong, top5_wrong): CountsRow) -> Result<Counts> {
    Ok(Counts { n: int(n)?, top1_wrong: int(top1_wrong)?, top5_wrong: int(top5_wrong)? })
}

/// The names of these teams.
pub fn team_names(conn: &mut Conn, ids: impl IntoIterator<Item = TeamId>) -> Result<HashMap<TeamId, TeamName>> {
    let rows: Vec<(String, String)> =
        teams::table.filter(teams::id.eq_any(texts(ids))).select((teams::id, teams::name)).load(conn)?;
    rows.into_iter().map(|(id, name)| Ok((parsed(id)?, parsed(name)?))).collect()
}

/// The number of classes of these test sets, and which version of their task's each one is.
pub fn test_sets_of(
    conn: &mut Conn,
    ids: impl IntoIterator<Item = TestSetId>,
) -> Result<HashMap<TestSetId, (u16, u32)>> {
    let rows: Vec<(String, i32, i32)> = test_sets::table
        .filter(test_sets::id.eq_any(texts(ids)))
        .select((test_sets::id, test_sets::classes, test_sets::version))
        .load(conn)?;
    rows.into_iter().map(|(id, classes, version)| Ok((parsed(id)?, (int(classes)?, int(version)?)))).collect()
}
