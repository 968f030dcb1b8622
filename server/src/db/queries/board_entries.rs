//! Entries of boards as they are read.

use diesel::prelude::*;
use holdout_protocol::{
    Disclosure, EvaluationId, Judgement, Measures, Ruling, SubmissionId, TeamId, TeamName, Timestamp, TrainingData,
};

use crate::db::tables::results::Counts;
use crate::db::tables::submission_versions::Version;
use crate::db::tables::submissions::{disclosure, judgement};
use crate::db::values::{int, parsed};
use crate::error::{Error, Result};

#[derive(Debug, Clone)]
pub struct Entry {
    pub submission: SubmissionId,
    /// The evaluation that counts.
    pub evaluation: EvaluationId,
    /// Whose it is now; see [`Entry::stood`].
    pub team: TeamId,
    pub team_name: TeamName,
    /// Name of the method.
    pub method: Option<String>,
    pub disclosure: Disclosure,
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
    /// Whether the Ladder keeps its score back.
    pub kept_back: bool,
}

/// Whose an entry was, and what was said of it, at a moment.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Stood<'a> {
    pub team: TeamId,
    pub team_name: &'a TeamName,
    /// Name of the method.
    pub method: Option<&'a str>,
    pub disclosure: Disclosure,
    /// When its team had chosen it to stand for it.
    pub final_at: Option<Timestamp>,
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
    /// What becomes of it on a board of the time `at`; on the present one if there is no such time.
    /// This alone decides which results count.
    #[must_use]
    pub fn showing(&self, at: Option<Timestamp>) -> Showing {
        if at.is_some_and(|at| self.finished_at > at) {
            return Showing::Hidden;
        }
        match self.judgement.as_ref().map(|judgement| judgement.ruling) {
            Some(Ruling::Held | Ruling::Refused | Ruling::Hidden) => Showing::Hidden,
            Some(Ruling::Disqualified) => Showing::Disqualified,
            None if self.withdrawn_at.is_some_and(|gone| at.is_none_or(|at| gone <= at)) => Showing::Withdrawn,
            None => Showing::Counts,
        }
    }

    /// Returns true if its team says that it was trained like this, or said so before an edit.
    #[must_use]
    pub fn says(&self, training_data: TrainingData) -> bool {
        let before = self.versions.iter().map(|version| version.disclosure);
        before.chain([self.disclosure]).any(|said| said.training_data == Some(training_data))
    }

    /// Whose it was, and what was said of it, at `at`; whose it is and what is said now if there is
    /// no such time.
    #[must_use]
    pub fn stood(&self, at: Option<Timestamp>) -> Stood<'_> {
        let version = at.and_then(|at| self.versions.iter().find(|version| version.until > at));
        let stood = match version {
            Some(then) => Stood {
                team: then.team,
                team_name: &then.team_name,
                method: then.method.as_deref(),
                disclosure: then.disclosure,
                final_at: then.final_at,
            },
            None => Stood {
                team: self.team,
                team_name: &self.team_name,
                method: self.method.as_deref(),
                disclosure: self.disclosure,
                final_at: self.final_at,
            },
        };
        // A choice from before the history was kept is known by its time alone.
        Stood { final_at: stood.final_at.filter(|chosen| at.is_none_or(|at| *chosen <= at)), ..stood }
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
    kept_back: bool,
    disclosed: (Option<String>, Option<bool>),
}

/// Ruling, reason, public reason and time of a judgement, and when its team took the result off the
/// board.
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
            disclosure: disclosure(row.disclosed.0.as_deref(), row.disclosed.1)?,
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
            kept_back: row.kept_back,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::samples::{at, entry, version};

    fn called(until: i64, method: &str, chosen: Option<i64>) -> Version {
        Version { method: Some(method.to_owned()), final_at: chosen.map(at), ..version(until) }
    }

    #[test]
    fn a_result_is_on_the_boards_from_the_moment_on_at_which_it_came() {
        let result = entry(TeamId::new(), 0, 0, 10);
        let showing = |second: Option<i64>| result.showing(second.map(at));
        assert_eq!(showing(Some(9)), Showing::Hidden);
        assert_eq!([showing(Some(10)), showing(None)], [Showing::Counts; 2]);
    }

    #[test]
    fn what_organizers_decide_acts_on_boards_of_every_time_and_a_withdrawal_from_its_moment_on() {
        let withdrawn = Entry { withdrawn_at: Some(at(20)), ..entry(TeamId::new(), 0, 0, 10) };
        let found = [Some(19), Some(20), None].map(|second| withdrawn.showing(second.map(at)));
        assert_eq!(found, [Showing::Counts, Showing::Withdrawn, Showing::Withdrawn]);
        let judged = |ruling| {
            let judgement = Some(Judgement { ruling, reason: None, public_reason: None, at: at(99) });
            let judged = Entry { judgement, ..withdrawn.clone() };
            [Some(15), None].map(|second| judged.showing(second.map(at)))
        };
        assert_eq!(judged(Ruling::Disqualified), [Showing::Disqualified; 2]);
        assert_eq!([judged(Ruling::Hidden), judged(Ruling::Held)], [[Showing::Hidden; 2]; 2]);
    }

    #[test]
    fn a_board_of_the_past_names_the_method_as_it_was_called_then() {
        let edited = Entry {
            method: Some("third".to_owned()),
            versions: vec![called(20, "first", None), called(30, "second", None)],
            ..entry(TeamId::new(), 0, 0, 10)
        };
        let found =
            [Some(19), Some(20), Some(29), Some(30), None].map(|second| edited.stood(second.map(at)).method.unwrap());
        assert_eq!(found, ["first", "second", "second", "third", "third"]);
    }

    #[test]
    fn an_entry_of_a_merged_team_is_on_earlier_boards_as_that_teams() {
        let before = Version { team_name: "Beta".parse().unwrap(), ..version(20) };
        let team = before.team;
        let merged = Entry { versions: vec![before], ..entry(TeamId::new(), 0, 0, 10) };
        let of = |second: Option<i64>| {
            let stood = merged.stood(second.map(at));
            (stood.team, stood.team_name.as_str().to_owned())
        };
        let now = (merged.team, "Team".to_owned());
        assert_eq!([of(Some(19)), of(Some(20)), of(None)], [(team, "Beta".to_owned()), now.clone(), now]);
    }

    #[test]
    fn a_choice_counts_from_its_moment_on_until_it_was_taken_back() {
        let chosen = Entry { final_at: Some(at(15)), ..entry(TeamId::new(), 0, 0, 10) };
        let of = |entry: &Entry, second: Option<i64>| entry.stood(second.map(at)).final_at;
        assert_eq!([Some(14), Some(15), None].map(|second| of(&chosen, second)), [None, Some(at(15)), Some(at(15))]);
        let given_up = Entry { final_at: None, versions: vec![called(20, "CNN", Some(15))], ..chosen };
        let found = [Some(14), Some(19), Some(20), None].map(|second| of(&given_up, second));
        assert_eq!(found, [None, Some(at(15)), None, None]);
    }
}
