//! More time and more attempts for single teams.
//!
//! A team's own deadline takes the place of the season's in all that it decides: submissions,
//! finals and texts ([`season_for`]). Extra attempts are part of the quota ([`crate::quota`]).

use holdout_protocol::limits::EXTENSION_ATTEMPTS;
use holdout_protocol::{
    AccountId, ErrorCode, Extension, ExtensionId, NewExtension, Page, PageQuery, Reason, SeasonState, Slug, TeamId,
    Timestamp, check_reason,
};
use serde_json::json;

use crate::app::App;
use crate::audit;
use crate::db::extensions::NewRow;
use crate::db::seasons::Season;
use crate::db::{self, Conn, Lock};
use crate::error::{Error, Result};

/// The season as it is for a team: it closes at the team's own deadline if that is later.
pub fn season_for(conn: &mut Conn, season: &Season, team: TeamId) -> Result<Season> {
    let own = db::extensions::deadlines_of(conn, &[team])?.remove(&team);
    Ok(Season { closes_at: later(season.closes_at, own), ..season.clone() })
}

/// A season that never closes is closed by no team's deadline.
fn later(closes: Option<Timestamp>, own: Option<Timestamp>) -> Option<Timestamp> {
    closes.map(|closes| own.map_or(closes, |own| own.max(closes)))
}

/// Refuses to publish a season while teams still may submit.
///
/// # Errors
/// `wrong_state`, with the number of these teams and the last of their deadlines.
pub fn check_none_runs(conn: &mut Conn, season: &Season, now: Timestamp) -> Result<()> {
    let Some((count, until)) = db::extensions::running(conn, season.id, now)? else { return Ok(()) };
    let message = format!(
        "teams of season `{}` with a deadline of their own that is still to come: {count}, the last one {until}; publish \
         after that, or end these extensions first",
        season.slug
    );
    Err(Error::refused(ErrorCode::WrongState, message)
        .because(Reason::ExtensionsRun, json!({ "count": count, "until": until })))
}

/// Gives a team more time, or more attempts.
///
/// # Errors
/// `not_found`; `invalid_value`; `wrong_state` if the season is published; `already_exists` if the
/// team has the same extension.
pub async fn extend(app: &App, organizer: AccountId, slug: Slug, request: NewExtension) -> Result<Extension> {
    check(&request)?;
    app.db.write(move |conn| write(conn, organizer, &slug, &request)).await
}

fn check(request: &NewExtension) -> Result<()> {
    check_reason(&request.reason)?;
    if let Some(attempts) = request.attempts.filter(|attempts| !EXTENSION_ATTEMPTS.contains(attempts)) {
        let (least, most) = (EXTENSION_ATTEMPTS.start(), EXTENSION_ATTEMPTS.end());
        let message = format!("`attempts` is {attempts}; {least} to {most} are allowed");
        let facts = json!({ "value": attempts, "least": least, "most": most });
        return Err(Error::invalid("attempts", message).because(Reason::NumberRange, facts));
    }
    if request.task.is_some() && request.attempts.is_none() {
        let message = "`task` is for extra attempts; a deadline is that of the whole season";
        return Err(Error::invalid("task", message).because(Reason::RequestUnfit, json!({})));
    }
    Ok(())
}

fn write(conn: &mut Conn, organizer: AccountId, slug: &Slug, request: &NewExtension) -> Result<Extension> {
    let season = db::seasons::find(conn, slug.as_str())?;
    db::lock(conn, Lock::Season(&season.id.to_string()))?;
    let season = db::seasons::get(conn, season.id)?;
    let now = Timestamp::now();
    check_time(&season, request, now)?;
    let team = db::teams::by_reference(conn, season.id, &request.team)?;
    let team = team.ok_or_else(|| Error::not_found("team", &request.team))?;
    let task = request.task.as_ref().map(|task| db::tasks::find(conn, season.id, task.as_str())).transpose()?;
    let (id, attempts, reason) = (ExtensionId::new(), request.attempts.unwrap_or(0), request.reason.trim());
    let new = NewRow {
        id,
        season: season.id,
        team: team.id,
        task: task.as_ref().map(|task| task.id),
        attempts,
        until: request.until,
        reason,
        by: organizer,
    };
    if db::extensions::has_same(conn, &new)? {
        let message = format!(
            "team `{}` has the same extension already, with the same reason; `holdout season extensions` lists it",
            team.name
        );
        let facts = json!({ "team": team.name });
        return Err(Error::refused(ErrorCode::AlreadyExists, message).because(Reason::SameExtension, facts));
    }
    db::extensions::insert(conn, &new, now)?;
    let detail = json!({ "extension": id, "task": request.task, "attempts": request.attempts, "until": request.until,
        "reason": reason });
    audit::record(conn, Some(organizer), "team.extend", &format!("{}/{}", season.slug, team.id), &detail)?;
    Ok(Extension {
        id,
        team: team.name,
        task: request.task.clone(),
        attempts,
        until: request.until,
        reason: reason.to_owned(),
        created_at: now,
        revoked_at: None,
    })
}

fn check_time(season: &Season, request: &NewExtension, now: Timestamp) -> Result<()> {
    if season.state(now) == SeasonState::Published {
        let message = format!("season `{}` is published; hide its results first", season.slug);
        return Err(Error::refused(ErrorCode::WrongState, message).because(Reason::SeasonOver, json!({})));
    }
    let refused = |why: String| {
        let facts = json!({ "at": request.until, "closes": season.closes_at });
        Err(Error::invalid("until", why).because(Reason::ExtensionNotLater, facts))
    };
    if request.until <= now {
        return refused(format!("`until` is {}, and it is {now}; an extension ends in the future", request.until));
    }
    match season.closes_at {
        _ if request.attempts.is_some() => Ok(()),
        None => refused(format!("season `{}` never closes, so no deadline has to be extended", season.slug)),
        Some(closes) if request.until <= closes => refused(format!(
            "`until` is {}, and season `{}` closes at {closes}; give a later time",
            request.until, season.slug
        )),
        Some(_) => Ok(()),
    }
}

/// A page of a season's extensions, newest first.
///
/// # Errors
/// `not_found` if there is no such season.
pub async fn list(app: &App, slug: Slug, query: PageQuery) -> Result<Page<Extension>> {
    app.db
        .read(move |conn| {
            let season = db::seasons::find(conn, slug.as_str())?;
            db::extensions::page(conn, season.id, &query)
        })
        .await
}

/// Ends an extension now. What the team did while it ran stays.
///
/// # Errors
/// `not_found`; `wrong_state` if it has ended.
pub async fn revoke(app: &App, organizer: AccountId, slug: Slug, id: ExtensionId) -> Result<()> {
    app.db
        .write(move |conn| {
            let season = db::seasons::find(conn, slug.as_str())?;
            db::lock(conn, Lock::Season(&season.id.to_string()))?;
            match db::extensions::revoke(conn, season.id, id, Timestamp::now())? {
                None => Err(Error::not_found("extension", id)),
                Some(false) => Err(Error::refused(ErrorCode::WrongState, "the extension has ended already")
                    .because(Reason::ExtensionOver, json!({}))),
                Some(true) => {
                    audit::record(conn, Some(organizer), "extension.revoke", slug.as_str(), &json!({ "extension": id }))
                }
            }
        })
        .await
}

#[cfg(test)]
mod tests;
