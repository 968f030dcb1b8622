//! Deciding about results, in one transaction for all that a decision is about.

use std::collections::HashMap;

use holdout_protocol::limits::NOTE;
use holdout_protocol::{
    ErrorCode, Judgement, JudgementAction, JudgementReply, NewJudgement, OrganizerRole, Reason, Ruling, SubmissionId,
    Timestamp, check_line, check_reason,
};
use holdout_receipts::Decision;
use serde_json::json;

use crate::app::App;
use crate::audit;
use crate::auth::Account;
use crate::changes::Topic;
use crate::db::boards::Entry;
use crate::db::seasons::Season;
use crate::db::submissions::{HAVE_NO_RESULT, Meant, Submission};
use crate::db::{self, Conn, Lock};
use crate::error::{Error, Result};
use crate::intake::present;
use crate::organizers;
use crate::ranking::changed_boards;
use crate::receipts;

/// What a decision is about.
struct Judged {
    season: Season,
    /// All of one team, or all that wait for approval.
    submissions: Vec<Submission>,
    /// What the audit log names.
    object: String,
}

/// Disqualifies, hides, flags or restores results. The reply says what that changes on the boards;
/// with `dry_run` nothing else happens.
///
/// # Errors
/// `not_found`; `invalid_value` if the request does not say what it is about, or lacks a reason;
/// `wrong_state` if the result to be taken off the board waits for approval.
pub async fn judge(app: &App, organizer: Account, request: NewJudgement) -> Result<JudgementReply> {
    check(&request)?;
    let dry_run = request.dry_run;
    let work = move |conn: &mut Conn| decide(conn, &organizer, &request);
    if dry_run {
        return app.db.read(work).await;
    }
    let reply = app.db.write(work).await?;
    app.boards.forget();
    app.changes.announce(Topic::Submissions);
    app.changes.announce(Topic::Boards);
    Ok(reply)
}

fn check(request: &NewJudgement) -> Result<()> {
    let one = request.submission.is_some();
    let all = request.action == JudgementAction::Approve;
    let team = request.season.is_some() && (request.team.is_some() || all);
    let some_of_team = request.season.is_some() || request.team.is_some() || request.task.is_some();
    if (one && some_of_team) || (!one && !team) {
        let message =
            "a decision is about one `submission`, or about all of a `team` in a `season` or one `task` of it";
        return Err(Error::invalid(if one { "team" } else { "submission" }, message)
            .because(Reason::JudgementUnclear, json!({})));
    }
    check_line("reason", request.reason.as_deref(), NOTE)?;
    check_line("public_reason", request.public_reason.as_deref(), NOTE)?;
    let undoes = matches!(request.action, JudgementAction::Restore | JudgementAction::Approve);
    if !undoes {
        check_reason(request.reason.as_deref().unwrap_or_default())?;
    }
    Ok(())
}

fn decide(conn: &mut Conn, organizer: &Account, request: &NewJudgement) -> Result<JudgementReply> {
    let found = find(conn, organizer, request)?;
    check_approved(request, &found.submissions)?;
    let now = Timestamp::now();
    let after = found.submissions.iter().map(|submission| judged(submission, request, now));
    let changed: Vec<(&Submission, Submission)> =
        found.submissions.iter().zip(after).filter(|(before, after)| differs(before, after)).collect();
    let decisions: HashMap<SubmissionId, &Submission> = changed.iter().map(|(_, after)| (after.id, after)).collect();
    let decided = |entry: &Entry| match decisions.get(&entry.submission) {
        Some(after) => Entry { judgement: after.judgement.clone(), withdrawn_at: after.withdrawn_at, ..entry.clone() },
        None => entry.clone(),
    };
    let mut boards = Vec::new();
    for task in db::tasks::of_season(conn, found.season.id)? {
        if changed.iter().any(|(_, after)| after.task == task.id) {
            boards.extend(changed_boards(conn, &found.season, &task, decided)?);
            if !request.dry_run && request.action != JudgementAction::Flag {
                db::tasks::bump_board(conn, task.id)?;
            }
        }
    }
    let submissions: Vec<_> = changed.iter().map(|(before, _)| before.id).collect();
    if !request.dry_run && !changed.is_empty() {
        for (_, after) in &changed {
            db::submissions::set_judgement(conn, after)?;
            // Of a result that nobody has seen, the log says nothing before it is approved.
            let is_seen = request.action == JudgementAction::Approve || !after.is_unapproved();
            if let Some(decision) = decision_of(request.action).filter(|_| is_seen) {
                receipts::record_decision(conn, after.id, decision, now)?;
            }
        }
        let detail =
            json!({ "submissions": submissions, "reason": request.reason, "public_reason": request.public_reason });
        audit::record(conn, Some(organizer.id), action_name(request), &found.object, &detail)?;
    }
    Ok(JudgementReply { submissions, boards, dry_run: request.dry_run })
}

/// Refuses to take one result off the board that only organizers see. Of a team's results, those
/// that wait are left out.
fn check_approved(request: &NewJudgement, submissions: &[Submission]) -> Result<()> {
    let takes_off = matches!(request.action, JudgementAction::Disqualify | JudgementAction::Hide);
    if !takes_off || request.submission.is_none() || !submissions.iter().any(Submission::is_unapproved) {
        return Ok(());
    }
    let message = "this result was not approved, so only organizers see it: refuse it, or approve it first, which shows its error";
    Err(Error::refused(ErrorCode::WrongState, message).because(Reason::ResultWaits, json!({})))
}

/// Refuses those who do not judge the season. To those who may not even see it, a draft is as if it
/// had never been made.
fn check_judge(organizer: &Account, season: &Season) -> Result<()> {
    let is_seen = !season.draft || organizer.role_in(Some(season.slug.as_str())).is_some();
    if !is_seen {
        return Err(Error::not_found("season", &season.slug));
    }
    organizers::check_may(organizer, Some(&season.slug), OrganizerRole::Judge)
}

/// What is meant, if the organizer judges its season. The season is locked unless nothing will
/// change, so that no submission of the team comes in between.
fn find(conn: &mut Conn, organizer: &Account, request: &NewJudgement) -> Result<Judged> {
    let check_and_lock = |conn: &mut Conn, season: &Season| {
        check_judge(organizer, season)?;
        if request.dry_run { Ok(()) } else { db::lock(conn, Lock::Season(&season.id.to_string())) }
    };
    if let Some(id) = request.submission {
        let season = db::submissions::get(conn, id)?.season;
        let season = db::seasons::get(conn, season)?;
        check_and_lock(conn, &season)?;
        let submission = db::submissions::get(conn, id)?;
        let evaluation = db::evaluations::get(conn, submission.evaluation)?;
        let is_approval = matches!(request.action, JudgementAction::Approve | JudgementAction::Refuse);
        let has_no_result = HAVE_NO_RESULT.contains(&evaluation.state);
        let submissions = if is_approval && has_no_result { Vec::new() } else { vec![submission] };
        return Ok(Judged { season, submissions, object: id.to_string() });
    }
    let slug = request.season.as_ref().map_or("", |season| season.as_str());
    let season = db::seasons::find(conn, slug)?;
    check_and_lock(conn, &season)?;
    let task = request.task.as_ref().map(|task| db::tasks::find(conn, season.id, task.as_str())).transpose()?;
    let place = match &task {
        Some(task) => format!("{}/{}", season.slug, task.slug),
        None => season.slug.to_string(),
    };
    let task = task.map(|task| task.id);
    let Some(reference) = &request.team else {
        let submissions = db::submissions::meant(conn, Meant::Held(season.id), task)?;
        return Ok(Judged { season, submissions, object: place });
    };
    let team = db::teams::by_reference(conn, season.id, reference)?;
    let team = team.ok_or_else(|| Error::not_found("team", reference))?;
    let object = format!("{place}/{}", team.id);
    let submissions = db::submissions::meant(conn, Meant::OfTeam(team.id), task)?;
    Ok(Judged { season, submissions, object })
}

/// The submission as it stands after the decision.
fn judged(before: &Submission, request: &NewJudgement, now: Timestamp) -> Submission {
    let reason = present(request.reason.as_deref());
    let ruled = |ruling| {
        let said = request.public_reason.clone().or_else(|| before.judgement.as_ref()?.public_reason.clone());
        let public_reason = present(said.as_deref()).filter(|_| ruling == Ruling::Disqualified);
        Some(Judgement { ruling, reason: reason.clone(), public_reason, at: now })
    };
    let mut after = before.clone();
    match request.action {
        // Nobody sees a result that waits, so there is nothing to take away, and its error should
        // not be shown.
        JudgementAction::Disqualify | JudgementAction::Hide if before.is_unapproved() => (),
        JudgementAction::Disqualify => after.judgement = ruled(Ruling::Disqualified),
        JudgementAction::Hide => after.judgement = ruled(Ruling::Hidden),
        JudgementAction::Flag => after.flag = reason,
        JudgementAction::Restore => {
            let still_waits = |judgement: Judgement| match judgement.ruling {
                Ruling::Held => Some(judgement),
                Ruling::Refused => Some(Judgement { ruling: Ruling::Held, reason: None, public_reason: None, at: now }),
                Ruling::Hidden | Ruling::Disqualified => None,
            };
            after.judgement = after.judgement.and_then(still_waits);
            (after.flag, after.withdrawn_at) = (None, None);
        }
        // What was refused is approved by name only.
        JudgementAction::Approve => {
            let is_named = request.submission.is_some();
            let stays = |judgement: &Judgement| match judgement.ruling {
                Ruling::Held => false,
                Ruling::Refused => !is_named,
                Ruling::Hidden | Ruling::Disqualified => true,
            };
            after.judgement = after.judgement.filter(stays);
        }
        JudgementAction::Refuse if before.is_unapproved() => after.judgement = ruled(Ruling::Refused),
        JudgementAction::Refuse => (),
    }
    after
}

/// Returns true if a decision changes more than its time.
fn differs(before: &Submission, after: &Submission) -> bool {
    let said = |submission: &Submission| {
        let judgement = submission.judgement.clone();
        let judgement = judgement.map(|judgement| (judgement.ruling, judgement.reason, judgement.public_reason));
        (judgement, submission.flag.clone(), submission.withdrawn_at)
    };
    said(before) != said(after)
}

/// Returns what the log says of it. A flag is a note that only organizers see.
const fn decision_of(action: JudgementAction) -> Option<Decision> {
    match action {
        JudgementAction::Disqualify => Some(Decision::Disqualified),
        JudgementAction::Hide => Some(Decision::Hidden),
        JudgementAction::Restore => Some(Decision::Restored),
        JudgementAction::Approve => Some(Decision::Approved),
        JudgementAction::Flag | JudgementAction::Refuse => None,
    }
}

const fn action_name(request: &NewJudgement) -> &'static str {
    match (request.action, request.submission.is_some()) {
        (JudgementAction::Disqualify, true) => "submission.disqualify",
        (JudgementAction::Disqualify, false) => "team.disqualify",
        (JudgementAction::Hide, true) => "submission.hide",
        (JudgementAction::Hide, false) => "team.hide",
        (JudgementAction::Flag, true) => "submission.flag",
        (JudgementAction::Flag, false) => "team.flag",
        (JudgementAction::Refuse, true) => "submission.refuse",
        (JudgementAction::Refuse, false) => "team.refuse",
        (JudgementAction::Restore, true) => "submission.restore",
        (JudgementAction::Restore, false) => "team.restore",
        (JudgementAction::Approve, true) => "submission.approve",
        (JudgementAction::Approve, false) => "submissions.approve",
    }
}

#[cfg(test)]
mod tests;
