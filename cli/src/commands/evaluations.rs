//! `evaluations` and `scorers`, for organizers.

use clap::{Args, ValueEnum};
use holdout_protocol::{
    Attempt, AttemptEnd, EvaluationQuery, EvaluationRecord, ScorerState, ScorerStatus, Slug, SubmissionId,
    SubmissionState, Timestamp, format_duration,
};

use super::context::Context;
use crate::client::Client;
use crate::failure::Failure;
use crate::show::figures::time;
use crate::show::table::Table;
use crate::text::visible;

/// Where a submission stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum StateArgument {
    /// Waits for a scorer.
    Queued,
    /// A scorer is at it.
    Running,
    /// Has error rates.
    Scored,
    /// The team's own work is at fault.
    Rejected,
    /// Its attempts are spent by faults of the platform.
    Stalled,
    /// The team withdrew it.
    Cancelled,
}

impl From<StateArgument> for SubmissionState {
    fn from(state: StateArgument) -> Self {
        match state {
            StateArgument::Queued => Self::Queued,
            StateArgument::Running => Self::Running,
            StateArgument::Scored => Self::Scored,
            StateArgument::Rejected => Self::Rejected,
            StateArgument::Stalled => Self::Stalled,
            StateArgument::Cancelled => Self::Cancelled,
        }
    }
}

/// `evaluations`.
#[derive(Debug, Args)]
pub(crate) struct EvaluationsArguments {
    /// Only those of this season.
    #[arg(long, short = 's', env = "HOLDOUT_SEASON")]
    pub(crate) season: Option<Slug>,
    /// Only those of tasks of this name.
    #[arg(long, short = 't', env = "HOLDOUT_TASK")]
    pub(crate) task: Option<Slug>,
    /// Only those of teams whose name contains this, or of the team with this id.
    #[arg(long)]
    pub(crate) team: Option<String>,
    /// Only those in this state.
    #[arg(long, value_enum)]
    pub(crate) state: Option<StateArgument>,
    /// Only those of this submission.
    #[arg(long, value_name = "ID")]
    pub(crate) submission: Option<SubmissionId>,
    /// At most so many.
    #[arg(long, value_name = "NUMBER", default_value_t = 50)]
    pub(crate) limit: usize,
}

pub(crate) fn evaluations(context: &Context, arguments: &EvaluationsArguments) -> Result<(), Failure> {
    let console = context.console;
    let query = EvaluationQuery {
        season: arguments.season.clone(),
        task: arguments.task.clone(),
        team: arguments.team.clone(),
        state: arguments.state.map(Into::into),
        submission: arguments.submission,
        ..EvaluationQuery::default()
    };
    let client = context.client()?;
    let evaluations = client.evaluations(&query, Some(arguments.limit))?;
    if evaluations.is_empty()
        && let Some(season) = &arguments.season
    {
        check_place(&client, season, arguments.task.as_ref())?;
    }
    console.data(&evaluations)?;
    let mut table = Table::new(&["submission", "state", "test set", "queued", "team", "attempts"]);
    for evaluation in &evaluations {
        table.row(&[
            evaluation.submission.to_string(),
            evaluation.state.as_str().to_owned(),
            describe_version(evaluation),
            time(evaluation.queued_at),
            visible(evaluation.team.as_str()),
            describe_attempts(evaluation),
        ]);
    }
    console.say(if table.is_empty() { "No evaluations.".to_owned() } else { table.render(console.columns()) })
}

/// Refuses a season or a task that is not there, because a list of nothing would hide a slip.
fn check_place(client: &Client, season: &Slug, task: Option<&Slug>) -> Result<(), Failure> {
    let found = client.season(season)?;
    match task.filter(|task| found.tasks.iter().all(|known| known.task != **task)) {
        Some(task) => Err(Failure::refused("not_found", format!("season `{season}` has no task `{task}`"))),
        None => Ok(()),
    }
}

/// Returns the version of the test set, by which evaluations of one submission differ.
fn describe_version(evaluation: &EvaluationRecord) -> String {
    let counts = if evaluation.current { "" } else { ", does not count" };
    format!("version {}{counts}", evaluation.version)
}

/// Returns how each attempt ended, the first one first.
pub(super) fn describe_attempts(evaluation: &EvaluationRecord) -> String {
    let told = |attempt: &Attempt| {
        let end = attempt.ended.map_or("running", |end| match end {
            AttemptEnd::Scored => "scored",
            AttemptEnd::Rejected => "rejected",
            AttemptEnd::Fault => "fault",
            AttemptEnd::GaveBack => "given back",
            AttemptEnd::LeaseExpired => "scorer lost",
            AttemptEnd::Cancelled => "cancelled",
            AttemptEnd::Superseded => "test set replaced",
        });
        let cause = attempt.cause.as_ref().map(|cause| format!(": {}", visible(cause))).unwrap_or_default();
        format!("{} on {}{cause}", end, visible(&attempt.scorer))
    };
    evaluation.attempts.iter().map(told).collect::<Vec<_>>().join("; ")
}

pub(crate) fn scorers(context: &Context) -> Result<(), Failure> {
    let console = context.console;
    let scorers = context.client()?.scorers()?;
    console.data(&scorers)?;
    let mut table = Table::new(&["name", "version", "devices", "last seen", "state"]);
    let now = Timestamp::now();
    for scorer in &scorers {
        table.row(&[
            visible(&scorer.name),
            visible(&scorer.version),
            scorer.devices.iter().map(|device| visible(device)).collect::<Vec<_>>().join(", "),
            time(scorer.last_seen_at),
            state(scorer, now),
        ]);
    }
    console.say(if table.is_empty() { "No scorer was seen.".to_owned() } else { table.render(console.columns()) })
}

fn state(scorer: &ScorerStatus, now: Timestamp) -> String {
    let trouble = scorer.trouble.as_ref().map(|trouble| format!(": {}", visible(trouble))).unwrap_or_default();
    match scorer.state {
        ScorerState::Ready => "idle".to_owned(),
        ScorerState::Busy => {
            scorer.evaluation.map_or_else(|| "at work".to_owned(), |evaluation| format!("at evaluation {evaluation}"))
        }
        ScorerState::Withdrawn => {
            let since = scorer.withdrawn_at.map(|at| format!(" since {}", time(at))).unwrap_or_default();
            format!("takes no work{since}{trouble}")
        }
        ScorerState::Silent => format!("not seen for {}{trouble}", format_duration(now.since(scorer.last_seen_at))),
        ScorerState::Stopped => "stopped".to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use holdout_protocol::EvaluationId;

    use super::*;

    #[test]
    fn a_scorer_that_is_gone_is_not_idle() {
        let now = Timestamp::now();
        let seen = now.minus(std::time::Duration::from_secs(24 * 60));
        let scorer = |state: &str, trouble: Option<&str>| -> ScorerStatus {
            let json = serde_json::json!({ "id": holdout_protocol::ScorerId::new(), "name": "x", "version": "1",
                "devices": [], "state": state, "last_seen_at": seen, "faults": 0, "trouble": trouble });
            serde_json::from_value(json).unwrap()
        };
        let told = |state_name, trouble| state(&scorer(state_name, trouble), now);
        assert_eq!(told("ready", None), "idle");
        assert_eq!(told("silent", None), "not seen for 24 min");
        assert_eq!(told("silent", Some("no disk")), "not seen for 24 min: no disk");
        assert_eq!(told("stopped", None), "stopped");
        assert_eq!(told("withdrawn", Some("no disk")), "takes no work: no disk");
    }

    /// Returns an evaluation with these attempts, in other fields as `changes` say.
    fn record(attempts: &[serde_json::Value], changes: &serde_json::Value) -> EvaluationRecord {
        let id = "0190a5d0-0000-7000-8000-000000000001";
        let mut record = serde_json::json!({
            "id": id, "submission": id, "season": "demo", "task": "images", "team": "Alpha", "method": null,
            "kind": "predictions", "state": "running", "current": true, "failures": 0, "verdict": null, "measures": null,
            "scorer_version": null, "progress": null, "queued_at": "2026-01-01T00:00:00Z", "started_at": null,
            "finished_at": null, "attempts": attempts,
        });
        record.as_object_mut().unwrap().extend(changes.as_object().unwrap().clone());
        serde_json::from_value(record).unwrap()
    }

    #[test]
    fn evaluations_of_one_submission_are_told_apart_by_the_test_set() {
        let told =
            |current: bool| describe_version(&record(&[], &serde_json::json!({ "version": 2, "current": current })));
        assert_eq!([true, false].map(told), ["version 2", "version 2, does not count"]);
    }

    fn attempts(ends: &[(Option<&str>, Option<&str>)]) -> String {
        let attempts: Vec<serde_json::Value> = ends
            .iter()
            .map(|(ended, cause)| {
                serde_json::json!({
                    "attempt": 1, "scorer": "gpu\u{7}", "started_at": "2026-01-01T00:00:00Z", "ended_at": null,
                    "ended": ended, "cause": cause,
                })
            })
            .collect();
        describe_attempts(&record(&attempts, &serde_json::json!({})))
    }

    #[test]
    fn attempts_are_told_one_after_another_with_what_ended_them() {
        assert_eq!(attempts(&[]), "");
        let told = attempts(&[(Some("fault"), Some("disk\u{1b}")), (Some("lease_expired"), None), (None, None)]);
        assert_eq!(told, "fault on gpu\u{fffd}: disk\u{fffd}; scorer lost on gpu\u{fffd}; running on gpu\u{fffd}");
    }

    #[test]
    fn each_end_of_an_attempt_has_words_of_its_own() {
        for (end, words) in [
            ("scored", "scored"),
            ("rejected", "rejected"),
            ("fault", "fault"),
            ("gave_back", "given back"),
            ("lease_expired", "scorer lost"),
            ("cancelled", "cancelled"),
            ("superseded", "test set replaced"),
        ] {
            assert_eq!(attempts(&[(Some(end), None)]), format!("{words} on gpu\u{fffd}"));
        }
    }

    #[test]
    fn a_scorer_says_what_it_is_doing_or_since_when_it_does_not() {
        let seen: Timestamp = "2026-01-01T00:00:00Z".parse().unwrap();
        let scorer = |changes: serde_json::Value| {
            let mut fields = serde_json::json!({
                "id": "0190a5d0-0000-7000-8000-000000000001", "name": "gpu", "version": "1", "devices": [], "faults": 0,
                "last_seen_at": seen, "withdrawn_at": null, "evaluation": null,
            });
            fields.as_object_mut().unwrap().extend(changes.as_object().unwrap().clone());
            state(&serde_json::from_value(fields).unwrap(), seen.plus(std::time::Duration::from_secs(90)))
        };
        let evaluation = EvaluationId::new();
        assert_eq!(scorer(serde_json::json!({ "state": "ready" })), "idle");
        assert_eq!(scorer(serde_json::json!({ "state": "busy" })), "at work");
        let busy = scorer(serde_json::json!({ "state": "busy", "evaluation": evaluation }));
        assert_eq!(busy, format!("at evaluation {evaluation}"));
        let trouble = serde_json::json!({ "state": "withdrawn", "withdrawn_at": seen, "trouble": "disk\u{7}" });
        assert_eq!(scorer(trouble), "takes no work since 2026-01-01 00:00:00 UTC: disk\u{fffd}");
        assert_eq!(scorer(serde_json::json!({ "state": "silent" })), "not seen for 1 min 30 s");
    }

    #[test]
    fn an_argument_for_a_state_is_that_state() {
        for argument in StateArgument::value_variants() {
            let name = argument.to_possible_value().unwrap().get_name().to_owned();
            assert_eq!(SubmissionState::from(*argument).as_str(), name);
        }
    }
}
