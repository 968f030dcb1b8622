//! The question before anything is sent: every refusal that does not depend on the file's content.

use holdout_protocol::{OrganizerRole, Preflight, PreflightReply, Timestamp};

use super::authorise::{self, Deadline, Entrant, Grant, Intent, no_team};
use super::{entry, receive, record, repeats};
use crate::app::App;
use crate::auth::Account;
use crate::db::submissions::Digests;
use crate::db::{self, Conn};
use crate::error::Result;
use crate::paths::TaskPath;
use crate::quota::{self, holders};
use crate::rates::{self, Rate};

/// Returns what a client needs to know before it sends a file. Nothing is reserved, so what is free
/// now may be taken when the file has arrived.
///
/// # Errors
/// The refusals of [`super::accept`] that do not depend on the content of the file; `rate_limited`.
pub async fn preflight(app: &App, account: Account, path: TaskPath, question: Preflight) -> Result<PreflightReply> {
    rates::spend(app, Rate::Preflights(account.id)).await?;
    entry::check_team(question.team.as_ref(), account.may(OrganizerRole::Organizer))?;
    let grace = app.config.uploads.deadline_grace();
    let cap = app.config.queue.queued_per_team;
    let answer = move |conn: &mut Conn| {
        let deadline = Deadline { announced_at: None, grace };
        let intent = Intent { team: question.team.clone(), kind: question.kind, deadline };
        let grant = authorise::authorise(conn, &account, &path, &intent)?;
        receive::check_size(question.size, grant.task.settings.limits.bytes(question.kind))?;
        if let Some(sha256) = question.sha256.filter(|_| !question.again) {
            repeats::check_repeats(conn, &grant, question.kind, Digests { file: sha256, answers: None })?;
        }
        let quota = places(conn, &grant, cap)?;
        let closes_at = grant.season.closes_at;
        Ok(PreflightReply { quota, closes_at, accepted_until: closes_at.map(|closes| closes.plus(grace)) })
    };
    app.db.read(answer).await
}

/// The quota of the team, which has to have a slot and a place in the queue.
fn places(conn: &mut Conn, grant: &Grant, cap: u32) -> Result<Option<holdout_protocol::Quota>> {
    let Entrant::Member(team) = grant.entrant else { return Ok(None) };
    let now = Timestamp::now();
    let status = quota::status(conn, &grant.task, team, now)?;
    status.check_remaining(now)?;
    let members = db::memberships::accounts_of(conn, team)?;
    record::check_queue(holders::waiting(conn, grant.task.id, team, &members)?, cap)?;
    let team = db::teams::find(conn, team)?.ok_or_else(no_team)?;
    Ok(Some(status.into_quota(&grant.season, &grant.task, &team)))
}
