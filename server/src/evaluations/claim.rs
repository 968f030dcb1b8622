//! Claims: a scorer asks for work and waits until there is some.

use std::sync::Arc;
use std::time::{Duration, Instant};

use holdout_protocol::{
    Claim, ClaimRequest, ErrorCode, SCORER_PROTOCOL, ScorerTokenId, SubmissionKind, TestSetId, Timestamp,
};
use serde_json::json;

use super::renew::is_for;
use super::transition::{self, Transition};
use super::{Event, fair_share, fleet, reaper};
use crate::app::App;
use crate::changes::{self, Topic};
use crate::config::QueueConfig;
use crate::db::evaluations::Evaluation;
use crate::db::queue::{Asking, Waiting};
use crate::db::{self, Conn, Lock};
use crate::error::{Error, Result};
use crate::quota::holders;

/// Looks at the queue in a row that end with somebody else being faster, before it waits for news.
const TRIES: u32 = 32;

/// Longest wait, seconds.
const MAX_WAIT: u32 = 30;

/// Long-polls for work. Returns `None` if nothing becomes available within `wait_seconds`, and at
/// once if the scorer says that it is in trouble or stops: then only its state is noted. A scorer
/// that hangs up leaves at most a lease, which expires.
///
/// # Errors
/// `precondition_failed` for another version of the protocol, `wrong_state` for a scorer that has
/// withdrawn and does not say that it returns, `invalid_value` for values outside their bounds.
pub async fn claim(app: &App, token: ScorerTokenId, request: ClaimRequest) -> Result<Option<Claim>> {
    check_claim(&request)?;
    let until = Instant::now() + Duration::from_secs(request.wait_seconds.into());
    let request = Arc::new(request);
    fleet::register(app, token, &request).await?;
    if request.trouble.is_some() || request.stopping {
        return Ok(None);
    }
    let mut queue = app.changes.subscribe(Topic::Queue);
    loop {
        if let Some(claim) = try_claim(app, token, &request).await? {
            return Ok(Some(claim));
        }
        let left = until.saturating_duration_since(Instant::now());
        if left.is_zero() {
            return Ok(None);
        }
        tokio::select! {
            () = changes::next(&mut queue) => (),
            // After one last look.
            () = tokio::time::sleep(left) => (),
            () = app.changes.stopped() => return Ok(None),
        }
    }
}

fn check_claim(request: &ClaimRequest) -> Result<()> {
    if request.protocol != SCORER_PROTOCOL {
        let message = format!(
            "the scorer speaks version {} of the protocol, the server version {SCORER_PROTOCOL}; run the same release",
            request.protocol
        );
        let facts = json!({ "scorer": request.protocol, "server": SCORER_PROTOCOL });
        return Err(Error::refused(ErrorCode::PreconditionFailed, message).with(facts));
    }
    if request.wait_seconds > MAX_WAIT {
        let message = format!("`wait_seconds` is {}; it can be 0 to {MAX_WAIT}", request.wait_seconds);
        return Err(Error::invalid("wait_seconds", message));
    }
    if request.kinds.is_empty() {
        return Err(Error::invalid("kinds", "`kinds` is empty; name what the scorer can evaluate"));
    }
    fleet::check_text("name", &request.name)?;
    fleet::check_text("version", &request.version)?;
    if let Some(trouble) = &request.trouble {
        fleet::check_trouble(trouble)?;
    }
    if request.devices.len() > 64 {
        return Err(Error::invalid("devices", "`devices` has more than 64 entries"));
    }
    request.devices.iter().try_for_each(|device| fleet::check_text("devices", device))
}

/// Takes what is next, if there is anything. Looks before it asks for the write lock, so that
/// scorers that wait leave it alone, and holds it only for the taking: whose turn it is takes
/// longer to find out than to write down.
async fn try_claim(app: &App, token: ScorerTokenId, request: &Arc<ClaimRequest>) -> Result<Option<Claim>> {
    reaper::expire_leases(app).await?;
    for _ in 0..TRIES {
        let (asked, per_team) = (Arc::clone(request), app.config.queue.running_per_team);
        let look = move |conn: &mut Conn| {
            let mut asking = asking(conn, &asked, Timestamp::now())?;
            let mut next = fair_share::next(conn, &asking, per_team)?;
            if next.is_none() {
                // What is re-scored is in nobody's way, because it has its turn when nothing else
                // waits.
                asking.rescoring = true;
                next = fair_share::next(conn, &asking, per_team)?;
            }
            Ok(next.map(|next| (next, asking)))
        };
        let next = app.db.read(look).await?;
        let Some((next, asking)) = next else { return Ok(None) };
        let (request, config) = (Arc::clone(request), app.config.queue.clone());
        let taken = app.db.write(move |conn| take(conn, token, &request, next, asking, &config)).await?;
        if taken.is_some() {
            app.changes.announce(Topic::Submissions);
            return Ok(taken);
        }
    }
    Ok(None)
}

/// A scorer gets no model that may need more memory than it has if another one has enough, because
/// the verdict `memory_limit` is final, and would be the scorer's fault and not the model's.
fn asking(conn: &mut Conn, request: &ClaimRequest, now: Timestamp) -> Result<Asking> {
    let left = match request.memory_bytes {
        Some(bytes) if request.kinds.contains(&SubmissionKind::Torchscript) => {
            db::queue::left_to_larger(conn, request.scorer, bytes, now.minus(fleet::SEEN_LATELY))?
        }
        _ => Vec::new(),
    };
    let scorers = fleet::workers_beside(conn, request.scorer)?;
    Ok(Asking { scorers, kinds: request.kinds.clone(), left, now, rescoring: false })
}

/// Makes one claim, in one transaction. Returns `None` if somebody else was faster. The lock keeps
/// two scorers from both taking a team's last free place.
fn take(
    conn: &mut Conn,
    token: ScorerTokenId,
    request: &ClaimRequest,
    next: Waiting,
    asking: Asking,
    config: &QueueConfig,
) -> Result<Option<Claim>> {
    db::lock(conn, Lock::Claims)?;
    let now = Timestamp::now();
    let per_team = config.running_per_team;
    if db::running::count_of(conn, next.team, next.task)? >= per_team.into()
        || holders::run_enough(conn, next.task, next.team, per_team)?
    {
        return Ok(None);
    }
    if fleet::has_stopped(conn, request.scorer)? {
        return Ok(None);
    }
    let asking = Asking { now, ..asking };
    let Some(waiting) = db::queue::oldest(conn, next.team, next.task, &asking)? else { return Ok(None) };
    fleet::upsert(conn, token, request, now)?;
    let test_set = present_test_set(conn, &waiting)?;
    let attempt = waiting.attempt.saturating_add(1);
    let moved = transition::apply(conn, &waiting, Event::Claimed, now, |evaluation| {
        evaluation.test_set = test_set;
        evaluation.attempt = attempt;
        evaluation.scorer = Some(request.scorer);
        evaluation.started_at = Some(now);
        evaluation.lease_expires_at = Some(now.plus(config.lease()));
        evaluation.not_before = None;
        evaluation.avoided = None;
    })?;
    match moved {
        Transition::Moved(running) => {
            db::attempts::begin(conn, running.id, attempt, request.scorer, &request.name, now)?;
            describe(conn, &running, config).map(Some)
        }
        Transition::Stale => Ok(None),
    }
}

/// The version that an evaluation is scored on. A submission that was recorded at the same moment
/// as the task took up another version still names the one before.
fn present_test_set(conn: &mut Conn, waiting: &Evaluation) -> Result<TestSetId> {
    if waiting.rescoring {
        return Ok(waiting.test_set);
    }
    let Some(present) = db::tasks::get(conn, waiting.task)?.test_set else { return Ok(waiting.test_set) };
    let present = db::test_sets::get(conn, present)?;
    Ok(if is_for(waiting, &present) { present.id } else { waiting.test_set })
}

/// All that a scorer needs to know of its work.
fn describe(conn: &mut Conn, running: &Evaluation, config: &QueueConfig) -> Result<Claim> {
    let submission = db::submissions::get(conn, running.submission)?;
    let test_set = db::test_sets::get(conn, running.test_set)?;
    let task = db::tasks::get(conn, running.task)?;
    let season = db::seasons::get(conn, task.season)?;
    Ok(Claim {
        evaluation: running.id,
        attempt: running.attempt,
        lease_seconds: config.lease_seconds,
        heartbeat_seconds: config.heartbeat_seconds,
        submission: submission.id,
        season: season.slug,
        task: task.slug,
        kind: running.kind,
        blob: submission.blob,
        test_set: test_set.blob,
        images: test_set.images_blob,
        input: task.settings.input,
        limits: task.settings.limits,
    })
}

#[cfg(test)]
mod tests;
