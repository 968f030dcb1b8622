//! The intake of submissions: authorise, look at the quota, receive, check, record.
//!
//! Each stage is a function with its own refusals. Only the last one writes: one transaction puts
//! submission, evaluation and quota entry in, after it has looked at everything again under the
//! team's lock.

mod authorise;
mod check;
pub mod checker;
mod entry;
mod findings;
mod preflight;
mod receive;
mod recognise;
mod record;
mod repeats;

use holdout_protocol::{NewSubmission, OrganizerRole, Sha256, Submission, Timestamp};

use crate::app::App;
use crate::auth::Account;
use crate::changes::Topic;
use crate::db::submissions::Digests;
use crate::error::{Error, Result};
use crate::idempotency::{self, IdempotencyKey, IdempotentRequest, write_once};
use crate::paths::TaskPath;
use crate::rates::{self, Rate};
use crate::{submissions, uploads};

pub use entry::present;
pub use preflight::preflight;

use authorise::{Deadline, Intent};

/// Takes a submission in. A file that the format check refuses comes back as a rejected submission
/// that is not charged.
///
/// # Errors
/// Those of the stages; `rate_limited`, `idempotency_mismatch`.
pub async fn accept(
    app: &App,
    account: Account,
    key: IdempotencyKey,
    path: TaskPath,
    request: NewSubmission,
) -> Result<Submission> {
    rates::spend(app, Rate::Submissions(account.id)).await?;
    let once =
        IdempotentRequest::new(Some(account.id), key, "create_submission", &((&path.season, &path.task), &request))?;
    // The slot that the first request took must not refuse its repetition, also if both are here at
    // once.
    if let Some(answer) = idempotency::answered(&app.db, &once).await? {
        return Ok(answer);
    }
    match stages(app, account, once.clone(), path, request).await {
        Err(refusal @ Error::Refused { .. }) => idempotency::answered(&app.db, &once).await?.ok_or(refusal),
        outcome => outcome,
    }
}

async fn stages(
    app: &App,
    account: Account,
    once: IdempotentRequest,
    path: TaskPath,
    request: NewSubmission,
) -> Result<Submission> {
    entry::check_entry(&request, account.may(OrganizerRole::Organizer))?;
    let grace = app.config.uploads.deadline_grace();
    let grant = {
        let (account, path, request) = (account.clone(), path, request.clone());
        let look = move |conn: &mut _| {
            let announced_at = uploads::announced_at(conn, account.id, request.upload)?;
            let deadline = Deadline { announced_at, grace };
            let intent = Intent { team: request.team.clone(), kind: request.kind, deadline };
            let grant = authorise::authorise(conn, &account, &path, &intent)?;
            grant.check_required(&request)?;
            Ok(grant)
        };
        app.db.read(look).await?
    };
    let file = receive::receive(app, &account, &request, &grant.task.settings.limits).await?;
    let grant = spare(app, grant, &request, file.blob.sha256).await?;
    // Refused files are free, but not without end: each costs the server a check.
    let refusals = Rate::Refusals(account.id);
    rates::check_limit(app, refusals.clone()).await?;
    let finding = match check::check_file(app, account.id, &grant, &file.blob, request.kind).await {
        // Its owner may delete the upload at any moment; then the answer is the one that comes a
        // moment later.
        Err(missing @ Error::BlobMissing(name)) if name == file.blob.sha256 => {
            receive::receive(app, &account, &request, &grant.task.settings.limits).await?;
            return Err(missing);
        }
        checked => checked?,
    };
    if finding.verdict.is_some() {
        rates::spend(app, refusals).await?;
    }
    let looking = submissions::Looking::at(app, account.organizer);
    let candidate = record::Candidate { account, request, grant, file, finding, looking, grace };
    let cap = app.config.queue.queued_per_team;
    let submission = write_once(&app.db, once, move |conn| record::record(conn, cap, &candidate)).await?;
    app.changes.announce(Topic::Submissions);
    app.changes.announce(Topic::Queue);
    Ok(submission)
}

/// Refuses what the quota, or an earlier submission of the same file, forbids before the file is
/// checked.
async fn spare(
    app: &App,
    grant: authorise::Grant,
    request: &NewSubmission,
    sha256: Sha256,
) -> Result<authorise::Grant> {
    let (kind, again) = (request.kind, request.again);
    let look = move |conn: &mut _| {
        if !again {
            repeats::check_repeats(conn, &grant, kind, Digests { file: sha256, answers: None })?;
        }
        grant.check_quota(conn, Timestamp::now())?;
        Ok(grant)
    };
    app.db.read(look).await
}
