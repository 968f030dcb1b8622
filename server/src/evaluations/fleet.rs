//! The scorers that the server knows: who they are, and which of them take no work now, and why.

use std::time::Duration;

use holdout_protocol::limits::{SCORER_TEXT, SCORER_TROUBLE};
use holdout_protocol::{
    ClaimRequest, ErrorCode, EvaluationId, Page, PageQuery, ScorerId, ScorerState, ScorerStatus, ScorerTokenId,
    SubmissionId, Timestamp,
};

use crate::app::App;
use crate::db::scorers::{self, Scorer};
use crate::db::{self, Conn, Lock};
use crate::error::{Error, Result};

/// A scorer counts as there for this long after its last sign of life.
pub const SEEN_LATELY: Duration = Duration::from_secs(60);
/// A scorer that was silent for this long is taken off the list when another one of its name and
/// token comes.
const REPLACED_AFTER: Duration = Duration::from_hours(1);
/// A scorer that was silent for this long is taken off the list.
const FORGOTTEN_AFTER: Duration = Duration::from_hours(7 * 24);
/// A scorer that spoke within this many microseconds need not be noted again.
const SEEN_MICROS: i64 = 10_000_000;

/// Checks a text that a scorer tells of itself.
///
/// # Errors
/// `invalid_value` if it is empty, too long or has control characters.
pub fn check_text(field: &str, text: &str) -> Result<()> {
    let length = text.chars().count();
    if (1..=SCORER_TEXT).contains(&length) && !text.chars().any(char::is_control) {
        return Ok(());
    }
    Err(Error::invalid(field, format!("`{field}` takes 1 to {SCORER_TEXT} characters without control characters")))
}

/// Checks why a scorer takes no work, in its own words.
///
/// # Errors
/// `invalid_value` if the text is empty, too long or has control characters.
pub fn check_trouble(text: &str) -> Result<()> {
    let length = text.chars().count();
    if (1..=SCORER_TROUBLE).contains(&length) && !text.chars().any(char::is_control) {
        return Ok(());
    }
    let message = format!("`trouble` takes 1 to {SCORER_TROUBLE} characters without control characters");
    Err(Error::invalid("trouble", message))
}

/// Notes that a scorer is there and how it is, if that is news.
///
/// # Errors
/// `wrong_state` if it has withdrawn and does not say that it returns, `forbidden` if it came with
/// another token before.
pub async fn register(app: &App, token: ScorerTokenId, request: &ClaimRequest) -> Result<()> {
    let (id, now) = (request.scorer, Timestamp::now());
    let known = app.db.read(move |conn| scorers::find(conn, id)).await?;
    if let Some(known) = &known {
        check_admitted(known, token, request)?;
        let is_recent = now.as_micros().saturating_sub(known.last_seen_at.as_micros()) < SEEN_MICROS;
        let is_same = known.stopped_at.is_some() == request.stopping
            && known.withdrawn_at.is_some() == request.trouble.is_some()
            && known.trouble == request.trouble
            && known.memory_bytes == request.memory_bytes;
        if is_recent && is_same {
            return Ok(());
        }
    } else if request.stopping {
        // It came and went, and had no work.
        return Ok(());
    }
    let request = request.clone();
    app.db.write(move |conn| upsert(conn, token, &request, now)).await
}

/// Writes that a scorer is there; part of the transaction of a claim.
///
/// # Errors
/// As [`register`].
pub fn upsert(conn: &mut Conn, token: ScorerTokenId, request: &ClaimRequest, now: Timestamp) -> Result<()> {
    db::lock(conn, Lock::Claims)?;
    let known = scorers::find(conn, request.scorer)?;
    let scorer = Scorer {
        id: request.scorer,
        token,
        name: request.name.clone(),
        version: request.version.clone(),
        devices: request.devices.clone(),
        kinds: request.kinds.clone(),
        last_seen_at: now,
        // One that returns begins again.
        faulted: known.as_ref().filter(|_| !request.returned).map_or_else(Vec::new, |known| known.faulted.clone()),
        withdrawn_at: request.trouble.as_ref().map(|_| {
            let since = known.as_ref().and_then(|known| known.withdrawn_at);
            since.unwrap_or(now)
        }),
        trouble: request.trouble.clone(),
        memory_bytes: request.memory_bytes,
        stopped_at: request.stopping.then_some(now),
        process: request.process,
    };
    scorers::delete_replaced(conn, &scorer, now.minus(REPLACED_AFTER), now.minus(FORGOTTEN_AFTER))?;
    match known {
        None => {
            tracing::info!(scorer = %scorer.id, name = scorer.name, version = scorer.version, "a scorer came");
            scorers::insert(conn, &scorer)
        }
        Some(known) => {
            check_admitted(&known, token, request)?;
            log_change(&known, &scorer);
            scorers::update(conn, &scorer)
        }
    }
}

fn log_change(before: &Scorer, after: &Scorer) {
    let (scorer, name) = (after.id, &after.name);
    if after.stopped_at.is_some() {
        tracing::info!(%scorer, name, "a scorer has stopped");
        return;
    }
    match (&after.trouble, before.withdrawn_at) {
        (Some(trouble), _) if before.trouble.as_ref() != Some(trouble) => {
            tracing::warn!(%scorer, name, trouble, "a scorer takes no work");
        }
        (None, Some(_)) => tracing::info!(%scorer, name, "a scorer has tested itself and takes work again"),
        _ => (),
    }
}

fn check_admitted(known: &Scorer, token: ScorerTokenId, request: &ClaimRequest) -> Result<()> {
    if known.token != token {
        return Err(Error::forbidden(format!("scorer {} came with another token before", known.id)));
    }
    match known.withdrawn_at {
        None => Ok(()),
        Some(_) if request.returned || request.trouble.is_some() || request.stopping => Ok(()),
        Some(at) => Err(Error::refused(
            ErrorCode::WrongState,
            format!(
                "scorer {} withdrew at {at} after faults on {} submissions in a row; it gets work again when it has tested \
                 itself",
                known.id,
                known.faulted.len()
            ),
        )),
    }
}

/// Returns true if a running evaluation is that of a scorer with this token.
pub fn holds(conn: &mut Conn, scorer: Option<ScorerId>, token: ScorerTokenId) -> Result<bool> {
    let Some(id) = scorer else { return Ok(false) };
    Ok(scorers::find(conn, id)?.is_some_and(|scorer| scorer.token == token))
}

/// A scorer, and the other workers of its process, which fail with it.
pub fn workers_beside(conn: &mut Conn, id: ScorerId) -> Result<Vec<ScorerId>> {
    Ok(match scorers::find(conn, id)? {
        Some(scorer) => scorers::of_process(conn, scorer)?.into_iter().map(|scorer| scorer.id).collect(),
        None => vec![id],
    })
}

/// What an outcome says about the scorer that sent it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum AttemptResult<'a> {
    /// It did its work.
    Good,
    /// It failed on this submission. It has to withdraw once it has failed on `limit` different
    /// ones in a row, because a single file can make every scorer fail, so it says little about the
    /// scorer.
    Fault {
        submission: SubmissionId,
        /// In its words.
        cause: &'a str,
        /// Different submissions in a row.
        limit: u32,
        /// Whether it is the fault of a device, which only this worker has.
        of_device: bool,
    },
    /// It gave the work back, which says nothing.
    GaveBack,
}

/// Counts the submissions in a row that a scorer failed on, together with the other workers of its
/// process, because they have the same disk and memory. Returns whether it has to withdraw.
pub fn record_result(
    conn: &mut Conn,
    scorer: Option<ScorerId>,
    result: AttemptResult<'_>,
    now: Timestamp,
) -> Result<bool> {
    let Some(id) = scorer else { return Ok(false) };
    let Some(mut scorer) = scorers::find(conn, id)? else { return Ok(false) };
    scorer.last_seen_at = now;
    scorers::update(conn, &scorer)?;
    let concerned = match result {
        AttemptResult::Fault { of_device: true, .. } | AttemptResult::GaveBack => vec![scorer],
        AttemptResult::Good | AttemptResult::Fault { .. } => scorers::of_process(conn, scorer)?,
    };
    let mut withdraw = false;
    for mut scorer in concerned {
        match result {
            AttemptResult::Good => scorer.faulted.clear(),
            AttemptResult::GaveBack => (),
            AttemptResult::Fault { submission, cause, limit, .. } => {
                add_fault(&mut scorer, submission, (cause, limit), now)
            }
        }
        scorers::update(conn, &scorer)?;
        withdraw |= scorer.id == id && scorer.withdrawn_at.is_some();
    }
    Ok(withdraw)
}

fn add_fault(scorer: &mut Scorer, submission: SubmissionId, (cause, limit): (&str, u32), now: Timestamp) {
    if !scorer.faulted.contains(&submission) {
        scorer.faulted.push(submission);
    }
    let faults = scorer.faulted.len();
    if u64::try_from(faults).unwrap_or(u64::MAX) >= limit.into() && scorer.withdrawn_at.is_none() {
        tracing::warn!(scorer = %scorer.id, name = scorer.name, faults, "a scorer withdraws");
        scorer.withdrawn_at = Some(now);
        scorer.trouble = Some(as_trouble(cause));
    }
}

fn as_trouble(cause: &str) -> String {
    cause.chars().map(|c| if c.is_control() { ' ' } else { c }).take(SCORER_TROUBLE).collect()
}

/// Returns true if a scorer was told to withdraw.
pub fn has_withdrawn(conn: &mut Conn, scorer: Option<ScorerId>) -> Result<bool> {
    let Some(id) = scorer else { return Ok(false) };
    Ok(scorers::find(conn, id)?.is_some_and(|scorer| scorer.withdrawn_at.is_some()))
}

/// Returns true if a scorer has signed off.
pub fn has_stopped(conn: &mut Conn, id: ScorerId) -> Result<bool> {
    Ok(scorers::find(conn, id)?.is_some_and(|scorer| scorer.stopped_at.is_some()))
}

/// How a scorer is that is at this evaluation. One that was not heard of may have withdrawn before:
/// that it is gone is what matters then.
fn state_of(scorer: &Scorer, evaluation: Option<EvaluationId>, now: Timestamp) -> ScorerState {
    if scorer.stopped_at.is_some() {
        ScorerState::Stopped
    } else if now.since(scorer.last_seen_at) > SEEN_LATELY {
        ScorerState::Silent
    } else if scorer.withdrawn_at.is_some() {
        ScorerState::Withdrawn
    } else if evaluation.is_some() {
        ScorerState::Busy
    } else {
        ScorerState::Ready
    }
}

/// A page of the scorers, newest first.
pub async fn list_scorers(app: &App, query: PageQuery) -> Result<Page<ScorerStatus>> {
    app.db
        .read(move |conn| {
            let scorers = scorers::page(conn, &query)?;
            let ids: Vec<ScorerId> = scorers.iter().map(|scorer| scorer.id).collect();
            let at_work = db::running::at_work(conn, &ids)?;
            let now = Timestamp::now();
            let status = |scorer: Scorer| ScorerStatus {
                evaluation: at_work.get(&scorer.id).copied(),
                state: state_of(&scorer, at_work.get(&scorer.id).copied(), now),
                id: scorer.id,
                name: scorer.name,
                version: scorer.version,
                devices: scorer.devices,
                kinds: scorer.kinds,
                last_seen_at: scorer.last_seen_at,
                faults: u32::try_from(scorer.faulted.len()).unwrap_or(u32::MAX),
                withdrawn_at: scorer.withdrawn_at,
                trouble: scorer.trouble,
                memory_bytes: scorer.memory_bytes,
            };
            Ok(db::page_of(scorers.into_iter().map(status).collect(), &query, |scorer| scorer.id.to_string()))
        })
        .await
}

#[cfg(test)]
mod tests;
