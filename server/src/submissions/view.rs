//! Puts the API's picture of submissions together from the rows of several tables.

use std::collections::HashMap;

use holdout_protocol::{
    Charge, EvaluationId, Judgement, Measures, Ruling, SeasonState, Submission, SubmissionId, SubmissionState, TeamId,
    TeamName, TestSetId, Timestamp,
};

use super::found::Found;
use super::places::Paces;
use super::scores;
use crate::app::App;
use crate::db::evaluations::Evaluation;
use crate::db::seasons::Season;
use crate::db::submission_parts::{self, PartCounts};
use crate::db::submissions::HAVE_NO_RESULT;
use crate::db::tasks::Task;
use crate::db::{self, Conn};
use crate::error::{Error, Result};

/// Who looks at a submission, and at what kind of queue.
#[derive(Debug, Clone, Copy)]
pub struct Looking {
    /// Organizers see more than the team.
    pub organizer: bool,
    /// Evaluations that a team runs at once in a task.
    pub running_per_team: u32,
}

impl Looking {
    /// Somebody who looks at the submissions of this server.
    pub fn at(app: &App, organizer: bool) -> Self {
        Self { organizer, running_per_team: app.config.queue.running_per_team }
    }
}

pub fn view(conn: &mut Conn, found: &Found, looking: Looking) -> Result<Submission> {
    let rows = std::slice::from_ref(&found.submission);
    let views = views(conn, &found.season, &found.task, rows, looking)?;
    views.into_iter().next().ok_or_else(|| Error::internal("no view of a submission"))
}

/// Submissions to a task, in their order. Private scores are shown when the season is published, to
/// organizers always.
pub fn views(
    conn: &mut Conn,
    season: &Season,
    task: &Task,
    submissions: &[db::submissions::Submission],
    looking: Looking,
) -> Result<Vec<Submission>> {
    let now = Timestamp::now();
    let mut parts = Parts::load(conn, submissions)?;
    let show_private = looking.organizer || season.state(now) == SeasonState::Published;
    let mut paces = Paces::new(looking.running_per_team);
    let mut views = Vec::with_capacity(submissions.len());
    for submission in submissions {
        let evaluation = parts.evaluations.remove(&submission.evaluation);
        let evaluation = evaluation.ok_or_else(|| Error::internal("a submission without its evaluation"))?;
        let queue =
            if evaluation.state == SubmissionState::Queued { Some(paces.place(conn, &evaluation, now)?) } else { None };
        let held = submission.is_unapproved();
        if submission.has_hidden_scores(season, &task.settings, now) && !looking.organizer {
            parts.counts.remove(&submission.evaluation);
        }
        let view = parts.view(season, task, submission, evaluation, show_private)?;
        // Nothing waits for approval if there is no result.
        let waits_in_vain = held && HAVE_NO_RESULT.contains(&view.state);
        let judgement = submission.judgement.clone().filter(|_| !waits_in_vain);
        let judgement = judgement.map(|judgement| for_viewer(judgement, looking));
        let flag = submission.flag.clone().filter(|_| looking.organizer);
        views.push(Submission { queue, judgement, flag, ..view });
    }
    Ok(views)
}

/// A team is not told what it is suspected of while organizers look into it.
fn for_viewer(judgement: Judgement, looking: Looking) -> Judgement {
    let told = looking.organizer || matches!(judgement.ruling, Ruling::Disqualified | Ruling::Refused);
    Judgement { reason: judgement.reason.filter(|_| told), ..judgement }
}

/// The rows around some submissions.
struct Parts {
    evaluations: HashMap<EvaluationId, Evaluation>,
    counts: HashMap<EvaluationId, PartCounts>,
    /// Classes and number of the version.
    test_sets: HashMap<TestSetId, (u16, u32)>,
    charges: HashMap<SubmissionId, Charge>,
    teams: HashMap<TeamId, TeamName>,
}

impl Parts {
    fn load(conn: &mut Conn, submissions: &[db::submissions::Submission]) -> Result<Self> {
        let ids = || submissions.iter().map(|submission| submission.evaluation);
        let evaluations = submission_parts::evaluations_of(conn, ids())?;
        Ok(Self {
            counts: submission_parts::counts_of(conn, ids())?,
            test_sets: submission_parts::test_sets_of(
                conn,
                evaluations.values().map(|evaluation| evaluation.test_set),
            )?,
            charges: db::quota::charges_of(conn, submissions.iter().map(|submission| submission.id))?,
            teams: submission_parts::team_names(conn, submissions.iter().map(|submission| submission.team))?,
            evaluations,
        })
    }

    fn view(
        &self,
        season: &Season,
        task: &Task,
        submission: &db::submissions::Submission,
        evaluation: Evaluation,
        show_private: bool,
    ) -> Result<Submission> {
        let state = evaluation.state;
        let counts = self.counts.get(&evaluation.id).filter(|_| state == SubmissionState::Scored);
        let (classes, version) = self.test_sets.get(&evaluation.test_set).copied().unwrap_or((0, 0));
        let team = self.teams.get(&submission.team).cloned();
        let mut hints = counts.map(|counts| scores::hints(counts, classes, submission.kind)).unwrap_or_default();
        if state == SubmissionState::Scored {
            hints.extend(evaluation.measures.as_ref().and_then(Measures::hint));
        }
        Ok(Submission {
            id: submission.id,
            season: season.slug.clone(),
            task: task.slug.clone(),
            team: team.ok_or_else(|| Error::internal("a submission without its team"))?,
            kind: submission.kind,
            state,
            queue: None,
            progress: evaluation.progress.filter(|_| state == SubmissionState::Running),
            verdict: evaluation.verdict.filter(|_| state == SubmissionState::Rejected),
            version,
            scores: counts.map(|counts| scores::scores(counts, task.settings.metric, show_private)).transpose()?,
            hints: hints.iter().map(ToString::to_string).collect(),
            known_hints: hints,
            measures: evaluation.measures,
            sha256: submission.blob.sha256,
            size: submission.blob.size,
            method: submission.method.clone(),
            description: submission.description.clone(),
            links: submission.links.clone(),
            training_data: submission.disclosure.training_data,
            ensemble: submission.disclosure.ensemble,
            kept_back: submission.kept_back && task.settings.ladder,
            note: submission.note.clone(),
            is_final: submission.final_at.is_some(),
            judgement: None,
            flag: None,
            withdrawn_at: submission.withdrawn_at,
            attempts: evaluation.attempt,
            charge: self.charges.get(&submission.id).cloned(),
            quota: None,
            created_at: submission.created_at,
            late: submission.late,
            submitted_at: submission.dated_at,
            finished_at: evaluation.finished_at,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::samples::at;

    #[test]
    fn a_team_is_told_why_it_was_disqualified_and_not_what_it_is_suspected_of() {
        let told = |ruling, organizer| {
            let judgement = Judgement {
                ruling,
                reason: Some("leaked labels".to_owned()),
                public_reason: Some("against the rules".to_owned()),
                at: at(1),
            };
            let shown = for_viewer(judgement, Looking { organizer, running_per_team: 1 });
            assert_eq!((shown.ruling, shown.public_reason.as_deref()), (ruling, Some("against the rules")));
            shown.reason.is_some()
        };
        for (ruling, team) in [(Ruling::Disqualified, true), (Ruling::Hidden, false), (Ruling::Held, false)] {
            assert_eq!((told(ruling, false), told(ruling, true)), (team, true), "{ruling:?}");
        }
    }
}
