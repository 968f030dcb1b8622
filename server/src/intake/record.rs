//! The one transaction of the intake: everything is looked at again under the team's lock, then
//! written or not at all.

use std::time::Duration;

use holdout_protocol::{
    AccountId, ErrorCode, EvaluationId, Judgement, NewSubmission, Reason, Ruling, Submission, SubmissionId, TeamId,
    TeamName, TeamStatus, Timestamp,
};
use serde_json::json;

use super::authorise::{self, Deadline, Entrant, Grant, Intent};
use super::entry::{disclosure, present};
use super::findings::Finding;
use super::repeats;
use crate::auth::Account;
use crate::db::quota::Reservation;
use crate::db::seasons::Season;
use crate::db::submissions::Digests;
use crate::db::{self, Conn, Lock};
use crate::error::{Error, Result};
use crate::paths::TaskPath;
use crate::quota::{self, holders};
use crate::uploads::{self, FinishedUpload};
use crate::{audit, charging, evaluations, submissions, teams};

/// What has passed all stages before.
pub struct Candidate {
    /// Who submits.
    pub account: Account,
    /// What they said.
    pub request: NewSubmission,
    /// The right to submit, as it was at the beginning.
    pub grant: Grant,
    pub file: FinishedUpload,
    /// What the check of the file came to.
    pub finding: Finding,
    /// Who is answered.
    pub looking: submissions::Looking,
    /// How long after the close of the season an announced file is accepted.
    pub grace: Duration,
}

/// Records a submission; `queue_cap` evaluations of the team may wait. A refused file takes no
/// place in the queue, and its slot is given back at once.
///
/// # Errors
/// Those of authorisation; `already_submitted`, `quota_exhausted`, `queue_full`; `wrong_state` if
/// the test set was replaced or the team left meanwhile; `not_found`, `gone` if the upload went
/// away.
pub fn record(conn: &mut Conn, queue_cap: u32, candidate: &Candidate) -> Result<Submission> {
    let (team, members) = lock_holders(conn, candidate)?;
    let grant = still_granted(conn, candidate)?;
    let charged = matches!(grant.entrant, Entrant::Member(_));
    // The time of the reservation, taken under the lock: nobody else's reservation comes in
    // between.
    let now = Timestamp::now();
    if !candidate.request.again {
        let digests = Digests { file: candidate.file.blob.sha256, answers: candidate.finding.answers };
        repeats::check_repeats(conn, &grant, candidate.request.kind, digests)?;
    }
    let extension = grant.check_quota(conn, now)?;
    if charged && candidate.finding.verdict.is_none() {
        check_queue(holders::waiting(conn, grant.task.id, team, &members)?, queue_cap)?;
    }
    uploads::hold(conn, candidate.account.id, &candidate.file)?;
    let submission = row(candidate, &grant, team, now);
    insert(conn, candidate, &grant, &submission, now)?;
    if charged {
        let reservation = Reservation { submission: submission.id, task: grant.task.id, team, extension };
        db::quota::reserve(conn, &reservation, now)?;
        db::submission_members::insert(conn, submission.id, &members)?;
        if candidate.finding.verdict.is_some() {
            let refund = charging::refund(charging::Ending::RefusedAtDoor);
            db::quota::settle(conn, submission.id, refund, now)?;
        }
    } else {
        let object = format!("{}/{}", grant.season.slug, grant.task.slug);
        let detail = json!({ "submission": submission.id, "team": team, "baseline": submission.baseline,
            "submitted_at": submission.dated_at });
        audit::record(conn, Some(candidate.account.id), "submission.enter", &object, &detail)?;
    }
    answer(conn, grant, submission, candidate.looking)
}

/// The team, and the people to whom the submission is attributed: its members, who stay the same
/// until the end of the transaction. What organizers enter on a team's behalf is attributed to
/// nobody.
fn lock_holders(conn: &mut Conn, candidate: &Candidate) -> Result<(TeamId, Vec<AccountId>)> {
    let Grant { season, task, entrant, .. } = &candidate.grant;
    match entrant {
        Entrant::Member(team) => Ok((*team, holders::lock(conn, season.id, task.id, *team)?)),
        Entrant::Named(name) => {
            let team = named_team(conn, season, name, candidate.request.create_team)?;
            db::lock(conn, Lock::Quota(&format!("{} {team}", task.id)))?;
            Ok((team, Vec::new()))
        }
    }
}

/// Returns the team of this name. Creates it if there is none and the request says so, because a
/// mistyped name must not found a team.
fn named_team(conn: &mut Conn, season: &Season, name: &TeamName, create: bool) -> Result<TeamId> {
    db::lock(conn, Lock::Season(&season.id.to_string()))?;
    if let Some(team) = db::teams::by_name(conn, season.id, name)? {
        return Ok(team.id);
    }
    if !create {
        let message = format!(
            "season `{}` has no team `{name}`; correct the name, or ask for the team to be made (`create_team`; `--create-team` on the command \
             line)",
            season.slug
        );
        let facts = json!({ "unknown_team": name });
        return Err(Error::invalid("team", message).because(Reason::UnknownTeam, facts));
    }
    let team = db::teams::Team {
        id: TeamId::new(),
        season: season.id,
        name: name.clone(),
        affiliation: None,
        created_at: Timestamp::now(),
        status: TeamStatus::Approved,
        status_note: None,
    };
    teams::check_name(conn, &team)?;
    db::teams::insert(conn, &team)?;
    Ok(team.id)
}

/// The right to submit as it is now, which has to be about the same team and test set as before.
fn still_granted(conn: &mut Conn, candidate: &Candidate) -> Result<Grant> {
    let before = &candidate.grant;
    let path = TaskPath { season: before.season.slug.clone(), task: before.task.slug.clone() };
    let request = &candidate.request;
    let announced_at = uploads::announced_at(conn, candidate.account.id, request.upload)?;
    let deadline = Deadline { announced_at, grace: candidate.grace };
    let intent = Intent { team: request.team.clone(), kind: request.kind, deadline };
    let grant = authorise::authorise(conn, &candidate.account, &path, &intent)?;
    grant.check_required(request)?;
    if grant.entrant == before.entrant && grant.test_set.id == before.test_set.id {
        return Ok(grant);
    }
    let message = "the test set or your team changed while the file was checked; submit it again";
    Err(Error::refused(ErrorCode::WrongState, message).because(Reason::ChangedMeanwhile, json!({})))
}

/// Refuses a further submission of a team that has as many waiting as it may.
///
/// # Errors
/// `queue_full`.
pub fn check_queue(waiting: u32, cap: u32) -> Result<()> {
    if waiting < cap {
        return Ok(());
    }
    let message = format!(
        "{waiting} submissions of your team or one of its members wait in this task, and at most {cap} may; wait for one \
         or cancel it"
    );
    Err(Error::refused(ErrorCode::QueueFull, message)
        .because(Reason::QueueFull, json!({ "waiting": waiting, "limit": cap })))
}

fn row(candidate: &Candidate, grant: &Grant, team: TeamId, now: Timestamp) -> db::submissions::Submission {
    let request = &candidate.request;
    db::submissions::Submission {
        id: SubmissionId::new(),
        season: grant.season.id,
        task: grant.task.id,
        team,
        account: candidate.account.id,
        kind: request.kind,
        blob: candidate.file.blob.clone(),
        method: present(request.method.as_deref()),
        description: present(request.description.as_deref()),
        links: request.links.clone(),
        disclosure: disclosure(request),
        note: present(request.note.as_deref()),
        baseline: request.baseline,
        evaluation: EvaluationId::new(),
        created_at: now,
        final_at: None,
        dated_at: request.submitted_at,
        judgement: held(grant, now),
        flag: None,
        withdrawn_at: None,
        late: grant.late,
        kept_back: false,
        answers: candidate.finding.answers,
    }
}

/// Returns the judgement that lets a team's result wait for approval. What organizers enter does
/// not wait, because they have seen it.
fn held(grant: &Grant, now: Timestamp) -> Option<Judgement> {
    let waits = grant.task.settings.approval && matches!(grant.entrant, Entrant::Member(_));
    waits.then_some(Judgement { ruling: Ruling::Held, reason: None, public_reason: None, at: now })
}

fn insert(
    conn: &mut Conn,
    candidate: &Candidate,
    grant: &Grant,
    submission: &db::submissions::Submission,
    now: Timestamp,
) -> Result<()> {
    db::submissions::insert(conn, submission)?;
    let (id, test_set) = (submission.evaluation, grant.test_set.id);
    match &candidate.finding.verdict {
        None => evaluations::queue(conn, id, submission, test_set, now).map(drop),
        Some(verdict) => evaluations::refuse(conn, id, submission, test_set, verdict, now),
    }
}

fn answer(
    conn: &mut Conn,
    grant: Grant,
    submission: db::submissions::Submission,
    looking: submissions::Looking,
) -> Result<Submission> {
    let (team, charged) = (submission.team, matches!(grant.entrant, Entrant::Member(_)));
    let found = submissions::Found { season: grant.season, task: grant.task, submission };
    let view = submissions::view(conn, &found, looking)?;
    if !charged {
        return Ok(view);
    }
    let team = db::teams::find(conn, team)?.ok_or_else(|| Error::not_found("team", team))?;
    let status = quota::status(conn, &found.task, team.id, Timestamp::now())?;
    Ok(Submission { quota: Some(status.into_quota(&found.season, &found.task, &team)), ..view })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_queue_takes_as_many_as_its_cap() {
        check_queue(1, 2).unwrap();
        let error = check_queue(2, 2).unwrap_err();
        assert_eq!(error.code(), ErrorCode::QueueFull);
        assert_eq!(error.body().error.detail, json!({ "waiting": 2, "limit": 2 }));
    }
}
