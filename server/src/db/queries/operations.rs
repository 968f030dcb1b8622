//! What operators want to know of the database: whether it answers, and how queue and fleet stand.

use diesel::dsl::{count_star, min, sql, sum};
use diesel::prelude::*;
use diesel::sql_types::Bool;
use holdout_protocol::{SubmissionKind, SubmissionState, TaskSettings, Timestamp};

use crate::db::conn::Conn;
use crate::db::schema::{evaluations, scorers, seasons, tasks, uploads};
use crate::db::tables::evaluations::OPEN;
use crate::db::tables::messages;
use crate::db::tables::scorers::is_there;
use crate::db::values::int;
use crate::error::{Error, Result};

/// How queue and fleet stand.
#[derive(Debug, Clone)]
pub struct Survey {
    /// Evaluations by state; states without any have 0.
    pub evaluations: Vec<(String, i64)>,
    /// Claims begun.
    pub attempts: i64,
    /// When the evaluation that waits longest began to.
    pub oldest_queued: Option<Timestamp>,
    /// Scorers heard of lately.
    pub fleet: Fleet,
    /// Uploads that are neither complete nor expired.
    pub uploads: i64,
    pub messages: messages::Counts,
}

/// The scorers that were heard of lately.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Fleet {
    /// What each takes, and whether it takes work now.
    pub scorers: Vec<(Vec<SubmissionKind>, bool)>,
    /// Tasks of seasons that have not closed that allow a model more memory than any of them has.
    pub short_of_memory: i64,
    /// Scorers for models that have less memory than such a task allows and than another scorer
    /// has.
    pub small: Vec<SmallScorer>,
    /// What the tasks of seasons that have not closed accept.
    pub accepted: Vec<SubmissionKind>,
}

/// A scorer that has less memory for a model than a task allows.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct SmallScorer {
    /// What it has, bytes.
    pub has: i64,
    /// The most that a task allows, bytes.
    pub allowed: i64,
}

impl Fleet {
    /// Returns how many take work now.
    pub fn ready(&self) -> i64 {
        count(self.scorers.iter().filter(|(_, ready)| *ready).count())
    }

    /// Returns how many take each kind of file: those that take work now, and those that do not.
    pub fn by_kind(&self) -> impl Iterator<Item = (&'static str, (i64, i64))> {
        KINDS.iter().map(|kind| {
            let of = |wanted: bool| {
                let takes = |(kinds, ready): &&(Vec<SubmissionKind>, bool)| kinds.contains(kind) && *ready == wanted;
                count(self.scorers.iter().filter(takes).count())
            };
            (kind.as_str(), (of(true), of(false)))
        })
    }
}

const KINDS: [SubmissionKind; 2] = [SubmissionKind::Predictions, SubmissionKind::Torchscript];

fn count(number: usize) -> i64 {
    i64::try_from(number).unwrap_or(i64::MAX)
}

/// The scorers that were heard of after `seen_after`.
pub fn fleet(conn: &mut Conn, now: Timestamp, seen_after: Timestamp) -> Result<Fleet> {
    let rows: Vec<(String, Option<i64>, Option<i64>)> = scorers::table
        .filter(is_there(seen_after.as_micros()))
        .select((scorers::kinds, scorers::withdrawn_at, scorers::memory_bytes))
        .load(conn)?;
    let most_memory = rows.iter().filter_map(|(_, _, memory)| *memory).max();
    let kinds_of = |(kinds, withdrawn, _): &(String, Option<i64>, Option<i64>)| {
        let kinds = serde_json::from_str(kinds).map_err(Error::internal)?;
        Ok((kinds, withdrawn.is_none()))
    };
    let scorers = rows.iter().map(kinds_of).collect::<Result<_>>()?;
    let open = open_tasks(conn, now)?;
    let accepted = KINDS.into_iter().filter(|kind| open.iter().any(|task| task.accepts.contains(kind))).collect();
    // Without a scorer for models there is nothing to compare with.
    let Some(most) = most_memory else { return Ok(Fleet { scorers, accepted, ..Fleet::default() }) };
    let limits = memory_limits(&open);
    let short_of_memory = count(limits.iter().filter(|limit| **limit > most).count());
    let allowed = limits.into_iter().max().unwrap_or(0);
    // The one with the most is told of by task.
    let is_small = |has: &i64| *has < allowed && *has < most;
    let small = rows.iter().filter_map(|(_, _, memory)| *memory).filter(is_small);
    let small = small.map(|has| SmallScorer { has, allowed }).collect();
    Ok(Fleet { scorers, short_of_memory, small, accepted })
}

/// The settings of the tasks of seasons that have not closed.
fn open_tasks(conn: &mut Conn, now: Timestamp) -> Result<Vec<TaskSettings>> {
    let settings: Vec<String> = tasks::table
        .inner_join(seasons::table)
        .filter(seasons::closes_at.is_null().or(seasons::closes_at.assume_not_null().gt(now.as_micros())))
        .select(tasks::settings)
        .load(conn)?;
    settings.iter().map(|settings| serde_json::from_str(settings).map_err(Error::internal)).collect()
}

/// Returns what those of these tasks that accept models allow a model, bytes.
fn memory_limits(tasks: &[TaskSettings]) -> Vec<i64> {
    let for_models = tasks.iter().filter(|task| task.accepts.contains(&SubmissionKind::Torchscript));
    for_models.map(|task| i64::try_from(task.limits.memory_bytes).unwrap_or(i64::MAX)).collect()
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

/// Returns how queue and fleet stand at `now`; scorers count that were heard of after `seen_after`.
pub fn survey(conn: &mut Conn, now: Timestamp, seen_after: Timestamp) -> Result<Survey> {
    let found: Vec<(String, i64, Option<i64>)> = evaluations::table
        .group_by(evaluations::state)
        .select((evaluations::state, count_star(), sum(evaluations::attempt)))
        .load(conn)?;
    // The evaluation of a submission that was queued again stays stalled, and needs nobody's
    // attention.
    let stalled: i64 = int(super::records::stalled(conn)?)?;
    let count_of = |state: &str| found.iter().find(|(known, ..)| known == state).map_or(0, |(_, count, _)| *count);
    let oldest: Option<i64> = evaluations::table
        .filter(sql::<Bool>(OPEN))
        .filter(evaluations::state.eq(SubmissionState::Queued.as_str()))
        .select(min(evaluations::queued_at))
        .first(conn)?;
    let fleet = fleet(conn, now, seen_after)?;
    let uploads = uploads::table
        .filter(uploads::sha256.is_null())
        .filter(uploads::expires_at.gt(now.as_micros()))
        .select(count_star())
        .first(conn)?;
    Ok(Survey {
        evaluations: STATES
            .iter()
            .map(|state| {
                let count = if *state == SubmissionState::Stalled { stalled } else { count_of(state.as_str()) };
                (state.as_str().to_owned(), count)
            })
            .collect(),
        attempts: found.iter().filter_map(|(.., attempts)| *attempts).sum(),
        oldest_queued: oldest.map(Timestamp::from),
        fleet,
        uploads,
        messages: messages::counts(conn, now)?,
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::samples::settings;

    const PREDICTIONS: SubmissionKind = SubmissionKind::Predictions;
    const MODELS: SubmissionKind = SubmissionKind::Torchscript;

    #[test]
    fn scorers_are_counted_for_each_kind_that_they_take_and_apart_if_they_take_no_work() {
        let scorers =
            vec![(vec![PREDICTIONS, MODELS], true), (vec![MODELS], true), (vec![MODELS], false), (vec![], true)];
        let fleet = Fleet { scorers, ..Fleet::default() };
        assert_eq!(fleet.ready(), 3);
        assert_eq!(fleet.by_kind().collect::<Vec<_>>(), [("predictions", (1, 0)), ("torchscript", (2, 1))]);
    }

    #[test]
    fn only_tasks_that_take_models_say_how_much_memory_one_may_have() {
        let task = |accepts: &[SubmissionKind], memory_bytes| {
            let limits = holdout_protocol::Limits { memory_bytes, ..Default::default() };
            TaskSettings { accepts: accepts.to_vec(), limits, ..settings() }
        };
        let tasks = [task(&[PREDICTIONS], 5), task(&[PREDICTIONS, MODELS], 6), task(&[MODELS], u64::MAX)];
        assert_eq!(memory_limits(&tasks), [6, i64::MAX]);
    }

    #[test]
    fn every_state_is_counted_also_one_that_no_evaluation_has() {
        let mut conn = crate::db::in_memory();
        let now = Timestamp::from_micros(1);
        let found = survey(&mut conn, now, now).unwrap();
        let mut states: Vec<&str> = found.evaluations.iter().map(|(state, _)| state.as_str()).collect();
        let mut all: Vec<&str> = SubmissionState::ALL.iter().map(|state| state.as_str()).collect();
        states.sort_unstable();
        all.sort_unstable();
        assert_eq!(states, all);
        assert!(found.evaluations.iter().all(|(_, count)| *count == 0) && found.oldest_queued.is_none());
    }
}
