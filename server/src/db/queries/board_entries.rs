//! Entries of boards as they are read.

use diesel::prelude::*;
use holdout_protocol::{EvaluationId, Judgement, Measures, Ruling, SubmissionId, TeamId, TeamName, Timestamp};

use crate::db::tables::results::Counts;
use crate::db::tables::submission_versions::Version;
use crate::db::tables::submissions::judgement;
use crate::db::values::{int, parsed};
use crate::error::{Error, Result};

#[derive(Debug, Clone)]
pub struct Entry {
    pub submission: SubmissionId,
    /// The evaluation that counts.
    pub evaluation: EvaluationId,
    pub team: TeamId,
    pub team_name: TeamName,
    /// Name of the method.
    pub method: Option<String>,
    /// A note by the organizers.
    pub note: Option<String>,
    /// Entered for comparison.
    pub baseline: bool,
    /// When its team chose it to stand for it.
    pub final_at: Option<Timestamp>,
    /// When it was submitted.
    pub submitted_at: Timestamp,
    /// When it was made, by the word of the organizer who entered it; for show only.
    pub dated_at: Option<Timestamp>,
    /// When the result came.
    pub finished_at: Timestamp,
    /// Over all images.
    pub all: Counts,
    /// Over the public part.
    pub public: Counts,
    /// What was measured while the model ran; none for predictions.
    pub measures: Option<Box<Measures>>,
    /// How it stood before its edits, by time.
    pub versions: Vec<Version>,
    /// What organizers decided about it; `None` if it counts. It acts on boards of every time.
    pub judgement: Option<Judgement>,
    /// When its team took it off the board.
    pub withdrawn_at: Option<Timestamp>,
    /// Submitted after the season had closed for the others.
    pub late: bool,
}

/// What becomes of a scored submission on a board.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Showing {
    /// It counts.
    Counts,
    /// It is listed apart, without a rank.
    Disqualified,
    /// Its team took it off: it is one of the team's entries, and has no row.
    Withdrawn,
    /// Nothing of it is seen.
    Hidden,
}

impl Entry {
    /// What becomes of it on a board of the time `at`; on the present one if there is no such time. This alone decides which
    /// results count.
    #[must_use]
    pub fn showing(&self, at: Option<Timestamp>) -> Showing {
        if at.is_some_and(|at| self.finished_at > at) {
            return Showing::Hidden;
        }
        match self.judgement.as_ref().map(|judgement| judgement.ruling) {
            Some(Ruling::Held | Ruling::Hidden) => Showing::Hidden,
            Some(Ruling::Disqualified) => Showing::Disqualified,
            None if self.withdrawn_at.is_some_and(|gone| at.is_none_or(|at| gone <= at)) => Showing::Withdrawn,
            None => Showing::Counts,
        }
    }

    /// Name of the method, and when its team chose it, as both stood at `at`; as they are now if there is no such time.
    #[must_use]
    pub fn stood(&self, at: Option<Timestamp>) -> (Option<&str>, Option<Timestamp>) {
        let version = at.and_then(|at| self.versions.iter().find(|version| version.until > at));
        let (method, final_at) = version.map_or((&self.method, self.final_at), |then| (&then.method, then.final_at));
        // A choice from before the history was kept is known by its time alone.
        (method.as_deref(), final_at.filter(|chosen| at.is_none_or(|at| *chosen <= at)))
    }
}

#[derive(Queryable)]
pub(super) struct EntryRow {
    submission: String,
    evaluation: String,
    team: String,
    team_name: String,
    method: Option<String>,
    note: Option<String>,
    baseline: bool,
    final_at: Option<i64>,
    submitted_at: i64,
    dated_at: Option<i64>,
    finished_at: Option<i64>,
    measures: Option<String>,
    counts: (i32, i32, i32, i32, i32, i32),
    judged: JudgedRow,
    late: bool,
}

/// Ruling, reason, public reason and time of a judgement, and when its team took the result off the board.
type JudgedRow = (Option<String>, Option<String>, Option<String>, Option<i64>, Option<i64>);

impl TryFrom<EntryRow> for Entry {
    type Error = Error;
    fn try_from(row: EntryRow) -> Result<Self> {
        let (n, top1, top5, public_n, public_top1, public_top5) = row.counts;
        let (ruling, reason, public_reason, ruled_at, withdrawn_at) = row.judged;
        let counts = |n: i32, top1: i32, top5: i32| -> Result<Counts> {
            Ok(Counts { n: int(n)?, top1_wrong: int(top1)?, top5_wrong: int(top5)? })
        };
        Ok(Self {
            submission: parsed(row.submission)?,
            evaluation: parsed(row.evaluation)?,
            team: parsed(row.team)?,
            team_name: parsed(row.team_name)?,
            method: row.method,
            note: row.note,
            baseline: row.baseline,
            final_at: row.final_at.map(Timestamp::from),
            submitted_at: row.submitted_at.into(),
            dated_at: row.dated_at.map(Timestamp::from),
            finished_at: row.finished_at.unwrap_or(row.submitted_at).into(),
            all: counts(n, top1, top5)?,
            public: counts(public_n, public_top1, public_top5)?,
            measures: row.measures.as_deref().map(serde_json::from_str).transpose().map_err(Error::internal)?,
            versions: Vec::new(),
            judgement: judgement(ruling.as_deref(), reason, public_reason, ruled_at)?,
            withdrawn_at: withdrawn_at.map(Timestamp::from),
            late: row.late,
        })
    }
}
