//! A submission, and the row that it is read from.

use diesel::prelude::*;
use holdout_protocol::{
    AccountId, BlobRef, Disclosure, EvaluationId, Judgement, SeasonId, SeasonState, Sha256, SubmissionId,
    SubmissionKind, TaskId, TaskSettings, TeamId, Timestamp,
};
use serde::Serialize;

use crate::db::schema::submissions;
use crate::db::tables::seasons::Season;
use crate::db::values::{from_word, int, kind_of, parsed};
use crate::error::{Error, Result};

#[derive(Debug, Clone, Serialize)]
pub struct Submission {
    pub id: SubmissionId,
    pub season: SeasonId,
    pub task: TaskId,
    pub team: TeamId,
    pub account: AccountId,
    /// What the file is.
    pub kind: SubmissionKind,
    pub blob: BlobRef,
    /// Name of the method.
    pub method: Option<String>,
    pub description: Option<String>,
    pub links: Vec<String>,
    pub disclosure: Disclosure,
    /// A note by the organizers.
    pub note: Option<String>,
    /// Entered by organizers for comparison.
    pub baseline: bool,
    /// The evaluation that counts.
    pub evaluation: EvaluationId,
    /// When it was accepted.
    pub created_at: Timestamp,
    /// When its team chose it to stand for it.
    pub final_at: Option<Timestamp>,
    /// When it was made, by the word of the organizer who entered it. Shown only, because what
    /// decides goes by `created_at`.
    pub dated_at: Option<Timestamp>,
    /// What organizers decided about its result; `None` if it counts.
    pub judgement: Option<Judgement>,
    /// A note that only organizers see.
    pub flag: Option<String>,
    /// When its team took the result off the board.
    pub withdrawn_at: Option<Timestamp>,
    /// Made after the season had closed for the others.
    pub late: bool,
    /// Whether the Ladder keeps its score back.
    pub kept_back: bool,
    /// The digest of the answers of a prediction file; the same for another file with the same
    /// answers.
    pub answers: Option<Sha256>,
}

impl Submission {
    /// Returns true if only organizers see its scores: organizers have not approved it, or the
    /// Ladder keeps it back until the private scores are published.
    pub fn has_hidden_scores(&self, season: &Season, task: &TaskSettings, now: Timestamp) -> bool {
        let laddered = self.kept_back && task.ladder && season.state(now) != SeasonState::Published;
        laddered || self.is_unapproved()
    }

    /// Returns true if organizers have not approved its result: they have yet to decide, or refused
    /// it.
    pub fn is_unapproved(&self) -> bool {
        self.judgement.as_ref().is_some_and(|judgement| judgement.ruling.is_unapproved())
    }
}

/// Columns of a judgement as its type.
///
/// # Errors
/// If the ruling is not in the list.
pub fn judgement(
    ruling: Option<&str>,
    reason: Option<String>,
    public_reason: Option<String>,
    at: Option<i64>,
) -> Result<Option<Judgement>> {
    let judgement = |ruling: &str| {
        let (ruling, at) = (from_word(ruling)?, Timestamp::from(at.unwrap_or_default()));
        Ok(Judgement { ruling, reason, public_reason, at })
    };
    ruling.map(judgement).transpose()
}

/// Columns of a disclosure as its type.
///
/// # Errors
/// If the kind of training data is not in the list.
pub fn disclosure(training_data: Option<&str>, ensemble: Option<bool>) -> Result<Disclosure> {
    Ok(Disclosure { training_data: training_data.map(from_word).transpose()?, ensemble })
}

/// A row as the database gives it.
#[derive(Queryable, Selectable, Insertable)]
#[diesel(table_name = submissions)]
pub struct Row {
    pub(super) id: String,
    pub(super) season_id: String,
    pub(super) task_id: String,
    pub(super) team_id: String,
    pub(super) account_id: String,
    pub(super) kind: String,
    pub(super) sha256: String,
    pub(super) size: i64,
    pub(super) method: Option<String>,
    pub(super) description: Option<String>,
    pub(super) links: String,
    pub(super) note: Option<String>,
    pub(super) baseline: bool,
    pub(super) evaluation_id: String,
    pub(super) created_at: i64,
    pub(super) final_at: Option<i64>,
    pub(super) dated_at: Option<i64>,
    pub(super) ruling: Option<String>,
    pub(super) ruling_reason: Option<String>,
    pub(super) public_reason: Option<String>,
    pub(super) ruled_at: Option<i64>,
    pub(super) flag: Option<String>,
    pub(super) withdrawn_at: Option<i64>,
    pub(super) late: bool,
    pub(super) answers_sha256: Option<String>,
    pub(super) kept_back: bool,
    pub(super) training_data: Option<String>,
    pub(super) ensemble: Option<bool>,
}

impl TryFrom<Row> for Submission {
    type Error = Error;
    fn try_from(row: Row) -> Result<Self> {
        Ok(Self {
            id: parsed(row.id)?,
            season: parsed(row.season_id)?,
            task: parsed(row.task_id)?,
            team: parsed(row.team_id)?,
            account: parsed(row.account_id)?,
            kind: kind_of(&row.kind)?,
            blob: BlobRef { sha256: parsed(row.sha256)?, size: int(row.size)? },
            method: row.method,
            description: row.description,
            links: serde_json::from_str(&row.links).map_err(Error::internal)?,
            disclosure: disclosure(row.training_data.as_deref(), row.ensemble)?,
            note: row.note,
            baseline: row.baseline,
            evaluation: parsed(row.evaluation_id)?,
            created_at: row.created_at.into(),
            final_at: row.final_at.map(Timestamp::from),
            dated_at: row.dated_at.map(Timestamp::from),
            judgement: judgement(row.ruling.as_deref(), row.ruling_reason, row.public_reason, row.ruled_at)?,
            flag: row.flag,
            withdrawn_at: row.withdrawn_at.map(Timestamp::from),
            late: row.late,
            kept_back: row.kept_back,
            answers: row.answers_sha256.map(parsed).transpose()?,
        })
    }
}
