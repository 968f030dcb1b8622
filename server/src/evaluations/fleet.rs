//! The scorers that the server knows: who they are, and which of them have withdrawn.

use holdout_protocol::{ClaimRequest, ErrorCode, Page, PageQuery, ScorerId, ScorerStatus, ScorerTokenId, Timestamp};

use crate::app::App;
use crate::db::scorers::{self, Scorer};
use crate::db::{self, Conn, Lock};
use crate::error::{Error, Result};

/// A scorer that spoke within this many microseconds need not be noted again.
const SEEN_MICROS: i64 = 10_000_000;

/// Longest name, version or device, characters.
const MAX_TEXT: usize = 200;

/// Checks a text that a scorer tells of itself.
///
/// # Errors
/// `invalid_value` where it is empty, too long or has control characters.
pub fn check_text(field: &str, text: &str) -> Result<()> {
    let length = text.chars().count();
    if (1..=MAX_TEXT).contains(&length) && !text.chars().any(char::is_control) {
        return Ok(());
    }
    Err(Error::invalid(field, format!("`{field}` takes 1 to {MAX_TEXT} characters without control characters")))
}

/// Notes that a scorer is there, where that is news.
///
/// # Errors
/// `wrong_state` where it has withdrawn, `forbidden` where it is another token's.
pub async fn greet(app: &App, token: ScorerTokenId, request: &ClaimRequest) -> Result<()> {
    let (id, now) = (request.scorer, Timestamp::now());
    let known = app.db.read(move |conn| scorers::find(conn, id)).await?;
    if let Some(known) = &known {
        check_admitted(known, token)?;
        if now.as_micros().saturating_sub(known.last_seen_at.as_micros()) < SEEN_MICROS {
            return Ok(());
        }
    }
    let request = request.clone();
    app.db.write(move |conn| admit(conn, token, &request, now)).await
}

/// Writes that a scorer is there; part of the transaction of a claim.
///
/// # Errors
/// As [`greet`].
pub fn admit(conn: &mut Conn, token: ScorerTokenId, request: &ClaimRequest, now: Timestamp) -> Result<()> {
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
        faults: known.as_ref().map_or(0, |known| known.faults),
        withdrawn_at: None,
    };
    match known {
        None => {
            tracing::info!(scorer = %scorer.id, name = scorer.name, version = scorer.version, "a scorer came");
            scorers::insert(conn, &scorer)
        }
        Some(known) => {
            check_admitted(&known, token)?;
            scorers::update(conn, &scorer)
        }
    }
}

fn check_admitted(known: &Scorer, token: ScorerTokenId) -> Result<()> {
    if known.token != token {
        return Err(Error::forbidden(format!("scorer {} came with another token before", known.id)));
    }
    match known.withdrawn_at {
        None => Ok(()),
        Some(at) => Err(Error::refused(
            ErrorCode::WrongState,
            format!(
                "scorer {} withdrew at {at} after {} faults in a row; restart it once it is repaired",
                known.id, known.faults
            ),
        )),
    }
}

/// Whether a running evaluation is that of a scorer with this token.
///
/// # Errors
/// Where the database fails.
pub fn holds(conn: &mut Conn, scorer: Option<ScorerId>, token: ScorerTokenId) -> Result<bool> {
    let Some(id) = scorer else { return Ok(false) };
    Ok(scorers::find(conn, id)?.is_some_and(|scorer| scorer.token == token))
}

/// What an outcome says about the scorer that sent it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Conduct {
    /// It did its work.
    Good,
    /// It failed; after `limit` times in a row it has to withdraw.
    Fault {
        /// Faults in a row after which it withdraws.
        limit: u32,
    },
    /// It stops, which says nothing.
    Leaves,
}

/// Counts faults in a row. Whether the scorer has to withdraw.
///
/// # Errors
/// Where the database fails.
pub fn judge(conn: &mut Conn, scorer: Option<ScorerId>, conduct: Conduct, now: Timestamp) -> Result<bool> {
    let Some(id) = scorer else { return Ok(false) };
    let Some(mut scorer) = scorers::find(conn, id)? else { return Ok(false) };
    scorer.last_seen_at = now;
    match conduct {
        Conduct::Good => scorer.faults = 0,
        Conduct::Leaves => (),
        Conduct::Fault { limit } => {
            scorer.faults = scorer.faults.saturating_add(1);
            if scorer.faults >= limit && scorer.withdrawn_at.is_none() {
                tracing::warn!(scorer = %id, name = scorer.name, faults = scorer.faults, "a scorer withdraws");
                scorer.withdrawn_at = Some(now);
            }
        }
    }
    scorers::update(conn, &scorer)?;
    Ok(scorer.withdrawn_at.is_some())
}

/// Whether a scorer was told to withdraw.
///
/// # Errors
/// Where the database fails.
pub fn has_withdrawn(conn: &mut Conn, scorer: Option<ScorerId>) -> Result<bool> {
    let Some(id) = scorer else { return Ok(false) };
    Ok(scorers::find(conn, id)?.is_some_and(|scorer| scorer.withdrawn_at.is_some()))
}

/// A page of the scorers, newest first.
///
/// # Errors
/// Where the database fails.
pub async fn list(app: &App, query: PageQuery) -> Result<Page<ScorerStatus>> {
    app.db
        .read(move |conn| {
            let scorers = scorers::list(conn, &query)?;
            let ids: Vec<ScorerId> = scorers.iter().map(|scorer| scorer.id).collect();
            let at_work = db::queue::at_work(conn, &ids)?;
            let status = |scorer: Scorer| ScorerStatus {
                evaluation: at_work.get(&scorer.id).copied(),
                id: scorer.id,
                name: scorer.name,
                version: scorer.version,
                devices: scorer.devices,
                kinds: scorer.kinds,
                last_seen_at: scorer.last_seen_at,
                faults: scorer.faults,
                withdrawn_at: scorer.withdrawn_at,
            };
            Ok(db::page_of(scorers.into_iter().map(status).collect(), &query, |scorer| scorer.id.to_string()))
        })
        .await
}
