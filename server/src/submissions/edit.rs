//! What is said of a submission can be changed, and which of a team's submissions stand for it. The
//! file cannot.

use std::time::Duration;

use holdout_protocol::{
    AccountId, ErrorCode, OrganizerRole, Reason, SeasonState, Submission, SubmissionChanges, SubmissionId,
    SubmissionState, SubmissionTexts, Timestamp,
};
use serde_json::json;

use super::{Found, Looking};
use crate::app::App;
use crate::auth::Account;
use crate::changes::Topic;
use crate::db::seasons::Season;
use crate::db::{self, Conn};
use crate::error::{Error, Result};
use crate::intake::present;
use crate::quota::holders::{self, Finals};
use crate::rates::{self, Rate};
use crate::{audit, extensions};

/// What a team says of a submission.
const TEAM_TEXTS: [&str; 5] = ["method", "description", "links", "training_data", "ensemble"];

/// Changes what is said of a submission of the own team; organizers may change any, which is
/// recorded.
///
/// # Errors
/// `not_found` if the account may see no such submission; `invalid_value`; `forbidden` if somebody
/// else uses what is for organizers; `wrong_state` if the season is over, and if it cannot be
/// chosen, with `finals` and `chosen` if as many are as may be.
pub async fn edit(app: &App, account: Account, id: SubmissionId, changes: SubmissionChanges) -> Result<Submission> {
    let (rates, looking) = (app.config.rates.clone(), Looking::at(app, account.organizer));
    let grace = app.config.uploads.deadline_grace();
    let work = move |conn: &mut Conn| {
        let (submission, seen) = write(conn, &account, looking, grace, id, &changes)?;
        // Each change makes all viewers' boards be built again. Undone with the rest if there were
        // too many.
        if !account.may(OrganizerRole::Judge) {
            rates::spend_in(conn, &rates, &Rate::Edits(id), Timestamp::now())?;
        }
        Ok((submission, seen))
    };
    let (submission, seen) = app.db.write(work).await?;
    app.changes.announce(Topic::Submissions);
    if seen {
        app.changes.announce(Topic::Boards);
    }
    Ok(submission)
}

/// The submission as it is then, and whether a viewer of the board could see a change.
fn write(
    conn: &mut Conn,
    account: &Account,
    looking: Looking,
    grace: Duration,
    id: SubmissionId,
    changes: &SubmissionChanges,
) -> Result<(Submission, bool)> {
    let seen = super::find_to_change(conn, account, id)?;
    check_changes(changes, account.may(OrganizerRole::Judge))?;
    let members = holders::lock(conn, seen.season.id, seen.task.id, seen.submission.team)?;
    // Again under the lock: of two changes at once, one builds upon the other, and nobody edits for
    // a team that they left.
    let mut found = super::find_to_change(conn, account, id)?;
    let scored = db::evaluations::get(conn, found.submission.evaluation)?.state == SubmissionState::Scored;
    let mut after = found.submission.clone();
    let mut changed = apply_texts(&mut after, changes);
    // Of the moment of the edit, taken under the lock: a board is frozen before it, or after it.
    let now = Timestamp::now();
    let season = extensions::season_for(conn, &found.season, found.submission.team)?;
    if changed.iter().any(|name| TEAM_TEXTS.contains(name)) {
        check_texts_open(&season, account, grace, now)?;
        check_required(&found, account, &after, &changed)?;
    }
    if let Some(wanted) = changes.is_final.filter(|wanted| *wanted != after.final_at.is_some()) {
        check_choices_open(&season, account, grace, now)?;
        if wanted {
            check_choice(conn, &found, &members, scored)?;
        }
        after.final_at = wanted.then_some(now);
        changed.push("final");
    }
    if changed.is_empty() {
        return Ok((super::view(conn, &found, looking)?, false));
    }
    keep_history(conn, account, &found.submission, &after, now)?;
    db::submissions::update(conn, &after)?;
    if scored {
        db::tasks::bump_board(conn, found.task.id)?;
    }
    record(conn, account, &found, &changed)?;
    found.submission = after;
    Ok((super::view(conn, &found, looking)?, scored))
}

fn check_changes(changes: &SubmissionChanges, organizer: bool) -> Result<()> {
    if !organizer && (changes.note.is_some() || changes.baseline.is_some()) {
        return Err(Error::forbidden("only organizers write a note on an entry, or make it a baseline")
            .because(Reason::OrganizersOnly, json!({})));
    }
    let text = |field: &'_ Option<Option<String>>| field.clone().flatten();
    let (method, description, note) = (text(&changes.method), text(&changes.description), text(&changes.note));
    let texts = SubmissionTexts {
        method: method.as_deref(),
        description: description.as_deref(),
        note: note.as_deref(),
        links: changes.links.as_deref().unwrap_or_default(),
    };
    Ok(texts.check()?)
}

/// Puts what was sent in its place; the names of the fields that are others than before.
fn apply_texts(after: &mut db::submissions::Submission, changes: &SubmissionChanges) -> Vec<&'static str> {
    let mut changed = Vec::new();
    let texts = [
        ("method", &changes.method, &mut after.method),
        ("description", &changes.description, &mut after.description),
        ("note", &changes.note, &mut after.note),
    ];
    for (name, sent, kept) in texts {
        let Some(sent) = sent else { continue };
        let sent = present(sent.as_deref());
        if *kept != sent {
            *kept = sent;
            changed.push(name);
        }
    }
    if let Some(links) = changes.links.as_ref().filter(|links| **links != after.links) {
        after.links.clone_from(links);
        changed.push("links");
    }
    let disclosure = &mut after.disclosure;
    if let Some(sent) = changes.training_data.filter(|sent| *sent != disclosure.training_data) {
        disclosure.training_data = sent;
        changed.push("training_data");
    }
    if let Some(sent) = changes.ensemble.filter(|sent| *sent != disclosure.ensemble) {
        disclosure.ensemble = sent;
        changed.push("ensemble");
    }
    if let Some(baseline) = changes.baseline.filter(|baseline| *baseline != after.baseline) {
        after.baseline = baseline;
        changed.push("baseline");
    }
    changed
}

/// Keeps how the submission stood, so that boards of an earlier time and frozen ones stay as they
/// were. A text that an organizer changes is replaced there too, because it may have to disappear;
/// so is what only organizers write.
pub(super) fn keep_history(
    conn: &mut Conn,
    account: &Account,
    before: &db::submissions::Submission,
    after: &db::submissions::Submission,
    now: Timestamp,
) -> Result<()> {
    let said =
        |it: &db::submissions::Submission| (it.method.clone(), it.description.clone(), it.links.clone(), it.disclosure);
    let texts = said(before) != said(after);
    if texts && account.may(OrganizerRole::Judge) {
        db::submission_versions::replace_texts(conn, after)?;
    }
    let chosen = before.final_at.is_some() != after.final_at.is_some();
    if chosen || (texts && !account.may(OrganizerRole::Judge)) {
        let kept = if account.may(OrganizerRole::Judge) { after } else { before };
        let kept = db::submissions::Submission { final_at: before.final_at, ..kept.clone() };
        db::submission_versions::insert(conn, &kept, now)?;
    }
    Ok(())
}

/// Refuses to take away what the task requires teams to say.
fn check_required(
    found: &Found,
    account: &Account,
    after: &db::submissions::Submission,
    changed: &[&str],
) -> Result<()> {
    if account.may(OrganizerRole::Judge) {
        return Ok(());
    }
    let texts = SubmissionTexts {
        method: after.method.as_deref(),
        description: after.description.as_deref(),
        note: None,
        links: &after.links,
    };
    let settings = &found.task.settings;
    Ok(settings.check_required(&texts, after.disclosure, |field| changed.contains(&field.as_str()))?)
}

/// Teams write until the season takes no submissions any more, and the results stand with what they
/// had written by then; organizers put things right afterwards, which is recorded.
fn check_texts_open(season: &Season, account: &Account, grace: Duration, now: Timestamp) -> Result<()> {
    if account.may(OrganizerRole::Judge) || !season.is_over(now) || season.closed_within(grace, now) {
        return Ok(());
    }
    let message = format!(
        "season `{}` is over: what is said of its submissions stays as it is; ask an organizer to correct a mistake",
        season.slug
    );
    Err(Error::refused(ErrorCode::WrongState, message).because(Reason::TextsClosed, json!({})))
}

/// Returns true if teams decide now which of their results stand for them.
pub(super) fn may_choose(season: &Season, grace: Duration, now: Timestamp) -> bool {
    season.state(now) == SeasonState::Open || season.closed_within(grace, now)
}

/// Teams choose until the season takes no submissions any more, also while it is paused; organizers
/// put things right afterwards.
fn check_choices_open(season: &Season, account: &Account, grace: Duration, now: Timestamp) -> Result<()> {
    let slug = &season.slug;
    if account.may(OrganizerRole::Judge) || may_choose(season, grace, now) {
        return Ok(());
    }
    let message = if season.first_published_at.is_some() {
        format!("the private scores of season `{slug}` have been shown, so finals are not chosen any more")
    } else {
        format!(
            "season `{slug}` is not open; finals are chosen while it is, and afterwards as long as uploads begun in time \
             are accepted"
        )
    };
    Err(Error::refused(ErrorCode::WrongState, message).because(Reason::FinalsClosed, json!({})))
}

fn check_choice(conn: &mut Conn, found: &Found, members: &[AccountId], scored: bool) -> Result<()> {
    let (task, finals) = (&found.task, found.task.settings.finals);
    let refused = |reason, message: String| Error::refused(ErrorCode::WrongState, message).because(reason, json!({}));
    if finals == 0 {
        let message = format!("in task `{}` no finals are chosen: the best entry counts", task.slug);
        return Err(refused(Reason::NoFinals, message));
    }
    if !scored {
        let message = "only a scored submission can be chosen as a final".to_owned();
        return Err(refused(Reason::FinalNotScored, message));
    }
    if found.submission.judgement.is_some() || found.submission.withdrawn_at.is_some() {
        let message = "this result is off the board, so it cannot be chosen as a final".to_owned();
        return Err(refused(Reason::FinalOffBoard, message));
    }
    let Finals { chosen, carried } = holders::finals(conn, task.id, found.submission.team, members)?;
    if chosen.len() < usize::try_from(finals).unwrap_or(usize::MAX) {
        return Ok(());
    }
    let (count, message) = (chosen.len(), "finals are chosen already");
    let message = if carried {
        format!(
            "{count} of {finals} {message}, by a member of your team in another one, where they still count; ask an \
             organizer to give one up"
        )
    } else {
        format!("{count} of {finals} {message}; give one up first")
    };
    let reason = if carried { Reason::FinalsCarried } else { Reason::FinalsFull };
    let facts = json!({ "finals": finals, "chosen": chosen, "count": count });
    Err(refused(reason, message).because(reason, facts))
}

fn record(conn: &mut Conn, account: &Account, found: &Found, changed: &[&'static str]) -> Result<()> {
    if is_own(conn, account, found)? {
        return Ok(());
    }
    let submission = &found.submission;
    let detail = json!({ "team": submission.team, "changed": changed });
    audit::record(conn, Some(account.id), "submission.update", &submission.id.to_string(), &detail)
}

/// Returns true if the account is in the submission's team.
pub(super) fn is_own(conn: &mut Conn, account: &Account, found: &Found) -> Result<bool> {
    let own = db::memberships::find(conn, found.submission.season, account.id)?;
    Ok(own.is_some_and(|own| own.team == found.submission.team))
}

#[cfg(test)]
mod tests;
