//! Organizers: who they are, what they may do and where, and who is one no more.
//!
//! Organizers see what is hidden. So nobody is an organizer and a competitor of a season at once:
//! who takes part in it while it is not over cannot become one, a team with an organizer in it
//! cannot submit, and who was an organizer of it joins no team of it. A role on the server counts
//! for all seasons.

pub mod invitations;
pub mod joining;
pub mod setup;

use holdout_protocol::{
    AccountId, ErrorCode, OrganizerProfile, OrganizerRole, Page, PageQuery, Reason, SeasonId, SeasonState, Slug,
    Timestamp,
};
use serde_json::{Value, json};

use crate::app::App;
use crate::audit;
use crate::db::logins::Account;
use crate::db::seasons::Season;
use crate::db::{self, Conn, Lock};
use crate::error::{Error, Result};

/// Where a role counts: in the season of this name, or on the whole server if there is none.
pub type Place = Option<Slug>;

/// The season of a place.
fn season_at(conn: &mut Conn, place: &Place) -> Result<Option<SeasonId>> {
    place.as_ref().map(|slug| db::seasons::find(conn, slug.as_str()).map(|season| season.id)).transpose()
}

/// Returns what the audit log names as the object of a change: `SEASON/ACCOUNT`, or the account
/// alone for a role on the server.
fn object_of(place: &Place, what: impl std::fmt::Display) -> String {
    place.as_ref().map_or_else(|| what.to_string(), |season| format!("{season}/{what}"))
}

/// A page of the organizers: of one season, or all of them.
///
/// # Errors
/// `not_found` if there is no such season.
pub async fn list_organizers(app: &App, place: Place, query: PageQuery) -> Result<Page<OrganizerProfile>> {
    app.db
        .read(move |conn| {
            let season = season_at(conn, &place)?;
            db::organizer_roles::page(conn, season, &query)
        })
        .await
}

/// An organizer's role, held against other changes until the transaction ends.
struct Held {
    season: Option<SeasonId>,
    email: String,
    name: String,
    role: OrganizerRole,
}

fn hold(conn: &mut Conn, place: &Place, person: AccountId) -> Result<Held> {
    db::lock(conn, Lock::Organizers)?;
    let season = season_at(conn, place)?;
    let role = db::organizer_roles::role_at(conn, person, season)?;
    let account = db::accounts::find(conn, person)?;
    let (Some(role), Some(account)) = (role, account) else { return Err(Error::not_found("organizer", person)) };
    Ok(Held { season, email: account.email, name: account.name, role })
}

/// Refuses to leave the server without an owner, who alone could name another one.
fn check_owner_remains(conn: &mut Conn, held: &Held) -> Result<()> {
    if held.season.is_some() || held.role != OrganizerRole::Owner || db::organizer_roles::count_owners(conn)? > 1 {
        return Ok(());
    }
    let message = format!("`{}` is the only owner of the server; make another organizer an owner first", held.email);
    Err(Error::refused(ErrorCode::WrongState, message).because(Reason::OnlyOwner, json!({ "email": held.email })))
}

/// Takes somebody's role away at once. Their sessions and API tokens end, and with them the open
/// event streams; so do the invitations and password links that they made.
///
/// # Errors
/// `not_found` if the account has no role there; `wrong_state` if it is the only owner of the
/// server.
pub async fn remove(app: &App, by: AccountId, place: Place, person: AccountId) -> Result<()> {
    app.db
        .write(move |conn| {
            let held = hold(conn, &place, person)?;
            check_owner_remains(conn, &held)?;
            let now = Timestamp::now();
            db::organizer_roles::end(conn, person, held.season, now)?;
            db::sessions::revoke_all(conn, person, None, now)?;
            db::tokens::delete_all(conn, person)?;
            revoke_what_they_made(conn, person, &held, now)?;
            let detail = json!({ "email": held.email, "name": held.name, "role": held.role });
            audit::record(conn, Some(by), "organizer.remove", &object_of(&place, person), &detail)
        })
        .await
}

/// What an organizer has made for others must not give more than the organizer may any more.
fn revoke_what_they_made(conn: &mut Conn, person: AccountId, held: &Held, now: Timestamp) -> Result<()> {
    db::organizer_invitations::revoke_by(conn, person, held.season, now)?;
    // Password links are made by organizers of the server.
    if held.season.is_none() { db::password_resets::revoke_by(conn, person, now) } else { Ok(()) }
}

/// Gives an organizer another role.
///
/// # Errors
/// `not_found` if the account has no role there; `wrong_state` if it is the only owner of the
/// server.
pub async fn change(app: &App, by: AccountId, place: Place, person: AccountId, role: OrganizerRole) -> Result<()> {
    app.db
        .write(move |conn| {
            let held = hold(conn, &place, person)?;
            set_role(conn, &place, by, person, &held, role)
        })
        .await
}

fn set_role(
    conn: &mut Conn,
    place: &Place,
    by: AccountId,
    person: AccountId,
    held: &Held,
    role: OrganizerRole,
) -> Result<()> {
    if role == held.role {
        return Ok(());
    }
    let now = Timestamp::now();
    if role < held.role {
        check_owner_remains(conn, held)?;
        revoke_what_they_made(conn, person, held, now)?;
    } else {
        // Somebody with a lower role may have made a link that sets the password of this account.
        db::password_resets::revoke_all(conn, person, now)?;
    }
    db::organizer_roles::change(conn, person, held.season, role)?;
    let detail = json!({ "email": held.email, "before": held.role, "after": role });
    audit::record(conn, Some(by), "organizer.change", &object_of(place, person), &detail)
}

/// Hands the ownership over: the person becomes an owner and the caller an organizer, in one step.
///
/// # Errors
/// `not_found` if one of the two has no role there; `invalid_value` if they are the same person.
pub async fn transfer(app: &App, by: AccountId, place: Place, person: AccountId) -> Result<()> {
    if by == person {
        let message = "`account` is your own; the ownership is handed over to another organizer";
        return Err(Error::invalid("account", message).because(Reason::OwnAccount, json!({})));
    }
    app.db
        .write(move |conn| {
            let taker = hold(conn, &place, person)?;
            set_role(conn, &place, by, person, &taker, OrganizerRole::Owner)?;
            // An owner of the server may have no role of their own in the season: then nothing is
            // given up.
            match hold(conn, &place, by) {
                Ok(giver) => set_role(conn, &place, by, by, &giver, OrganizerRole::Organizer.min(giver.role)),
                Err(error) if place.is_some() && error.code() == ErrorCode::NotFound => Ok(()),
                Err(error) => Err(error),
            }
        })
        .await
}

/// Refuses somebody who is in a team of a season that is not over, or has submitted in one: of this
/// one, or of any.
fn check_does_not_compete(conn: &mut Conn, account: AccountId, only: Option<SeasonId>, now: Timestamp) -> Result<()> {
    let mut seasons: Vec<Slug> = Vec::new();
    for id in db::memberships::seasons_of(conn, account)? {
        let season = db::seasons::get(conn, id)?;
        let counts = only.is_none_or(|only| only == id);
        if counts && !matches!(season.state(now), SeasonState::Closed | SeasonState::Published) {
            seasons.push(season.slug);
        }
    }
    if seasons.is_empty() {
        return Ok(());
    }
    let named: Vec<String> = seasons.iter().map(|season| format!("`{season}`")).collect();
    let message = format!(
        "you are in a team or have submitted in {}, which is not over, and organizers see its labels; leave the team if \
         it has not submitted, or accept this after the season has closed",
        named.join(", ")
    );
    Err(Error::refused(ErrorCode::WrongState, message).because(Reason::Competes, json!({ "seasons": seasons })))
}

/// Refuses an organizer of this season; `account` is as it counts for the season.
///
/// # Errors
/// `forbidden`.
pub fn check_does_not_organize(season: &Season, account: &Account) -> Result<()> {
    if !account.organizer {
        return Ok(());
    }
    let message = format!(
        "you are an organizer of season `{}` and see what is hidden from its teams; you cannot found or join a team of \
         it, but an organizer may submit in the name of a team (`team`; `--team` on the command line)",
        season.slug
    );
    Err(Error::forbidden(message).because(Reason::OrganizesSeason, json!({ "season": season.slug })))
}

/// Refuses a person who was an organizer of this season, or of the server when the season was there
/// already.
///
/// # Errors
/// `forbidden`.
pub fn check_did_not_know(conn: &mut Conn, season: &Season, account: AccountId) -> Result<()> {
    let Some(until) = db::organizer_roles::knew_season_until(conn, account, season.id)? else { return Ok(()) };
    let message = format!(
        "you were an organizer until {until}, when season `{}` was there already, and organizers see its labels",
        season.slug
    );
    Err(Error::forbidden(message).because(Reason::WasOrganizer, json!({ "season": season.slug, "until": until })))
}

/// Returns a role and those above it in words; above an owner there is nobody.
fn at_least(least: OrganizerRole) -> String {
    let higher = if least == OrganizerRole::Owner { "" } else { " or a higher one" };
    format!("`{least}`{higher}")
}

/// The refusal of somebody whose role does not suffice.
pub fn needs_role(least: OrganizerRole, season: Option<&str>) -> Error {
    let place = season.map_or_else(|| "on the whole server".to_owned(), |season| format!("in season `{season}`"));
    let facts: Value = json!({ "role": least, "season": season });
    Error::forbidden(format!("only organizers with the role {} {place} may do this", at_least(least)))
        .because(Reason::RoleNeeded, facts)
}

/// Refuses an account unless it has this role or a higher one in a season, or on the server if
/// there is none: for requests whose body says what they are about.
///
/// # Errors
/// `forbidden`.
pub fn check_may(account: &Account, season: Option<&Slug>, least: OrganizerRole) -> Result<()> {
    let season = season.map(Slug::as_str);
    if account.role_in(season) >= Some(least) { Ok(()) } else { Err(needs_role(least, season)) }
}

/// The refusal of a list of the whole server, which organizers of one season see if they name it.
pub fn needs_role_or_season(least: OrganizerRole) -> Error {
    let message = format!(
        "only organizers with the role {} on the whole server see this list for all seasons; name a \
         season in which you have that role (`season=NAME`; `--season NAME` on the command line)",
        at_least(least)
    );
    let facts: Value = json!({ "role": least, "season": null, "field": "season" });
    Error::forbidden(message).because(Reason::RoleNeeded, facts)
}

#[cfg(test)]
mod tests;
