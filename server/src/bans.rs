//! Bans: people and teams that may not submit, found or join teams, in a season or on the whole
//! server.
//!
//! Results stay. A ban of a team is about everybody who is in it at that moment as well, so that
//! nobody evades it by founding another one. A ban ends by itself, because only those in force are
//! looked for.

mod in_force;

use holdout_protocol::{
    AccountId, Ban, BanId, BanQuery, BanReply, BannedPerson, ErrorCode, NewBan, OrganizerRole, Page, Reason, Timestamp,
    check_reason,
};
use serde_json::json;

use crate::accounts::email::Email;
use crate::app::App;
use crate::auth::Account;
use crate::db::bans::Person;
use crate::db::seasons::Season;
use crate::db::{self, Conn, Lock};
use crate::error::{Error, Result};
use crate::{audit, organizers, secret};
pub use in_force::{check_person, check_team, notices};

/// Bans a person, or a team with everybody who is in it.
///
/// # Errors
/// `forbidden` unless the organizer has that role in the season, or on the server for a ban
/// `everywhere`; `not_found`; `invalid_value` if it is not clear who is banned or from where, or
/// for an organizer; `already_exists` if the same ban is in force.
pub async fn ban(app: &App, organizer: Account, request: NewBan) -> Result<BanReply> {
    check(&request, Timestamp::now())?;
    let place = request.season.as_ref().filter(|_| !request.everywhere);
    organizers::check_may(&organizer, place, OrganizerRole::Organizer)?;
    let dry_run = request.dry_run;
    let work = move |conn: &mut Conn| decide(conn, organizer.id, &request);
    if dry_run { app.db.read(work).await } else { app.db.write(work).await }
}

fn check(request: &NewBan, now: Timestamp) -> Result<()> {
    let unclear = |field, message: &str| Err(Error::invalid(field, message).because(Reason::BanUnclear, json!({})));
    if request.team.is_some() == request.email.is_some() {
        return unclear("team", "a ban is of one `team` or of the account with one `email`");
    }
    if request.season.is_none() && (request.team.is_some() || !request.everywhere) {
        return unclear("season", "name the `season`, or ban an account `everywhere`");
    }
    if request.season.is_some() && request.email.is_some() && request.everywhere {
        return unclear("everywhere", "an account is banned from one `season` or `everywhere`, not both");
    }
    check_reason(&request.reason)?;
    if let Some(until) = request.until.filter(|until| *until <= now) {
        let message = format!("`until` is {until}, and it is {now}; a ban ends in the future");
        return Err(Error::invalid("until", message).because(Reason::BanInPast, json!({ "at": until })));
    }
    Ok(())
}

fn decide(conn: &mut Conn, organizer: AccountId, request: &NewBan) -> Result<BanReply> {
    let season = request.season.as_ref().map(|season| db::seasons::find(conn, season.as_str())).transpose()?;
    if let (Some(season), false) = (&season, request.dry_run) {
        db::lock(conn, Lock::Season(&season.id.to_string()))?;
    }
    let team = match (&request.team, &season) {
        (Some(reference), Some(season)) => {
            let found = db::teams::by_reference(conn, season.id, reference)?;
            Some(found.ok_or_else(|| Error::not_found("team", reference))?)
        }
        _ => None,
    };
    let people = match (&team, &request.email) {
        (Some(team), _) => members(conn, team)?,
        (None, email) => vec![account(conn, email.as_deref().unwrap_or_default())?],
    };
    let accounts: Vec<AccountId> = people.iter().map(|person| person.account).collect();
    let scope = season.as_ref().filter(|_| !request.everywhere);
    check_not_same(conn, scope, team.as_ref(), &accounts, request.until)?;
    let waiting = db::bans::waiting(conn, &accounts)?;
    let id = if request.dry_run {
        None
    } else {
        let id = BanId::new();
        let reason = request.reason.trim();
        let new = db::bans::NewBan {
            id,
            season: scope.map(|season| season.id),
            team: team.as_ref().map(|team| team.id),
            reason,
            until: request.until,
            by: organizer,
        };
        db::bans::insert(conn, &new, &people, Timestamp::now())?;
        let detail = json!({ "season": scope.map(|season| &season.slug), "team": new.team, "accounts": accounts,
            "reason": reason, "until": request.until });
        audit::record(conn, Some(organizer), "ban.create", &id.to_string(), &detail)?;
        Some(id)
    };
    let people = people.into_iter().map(|Person { account, name, .. }| BannedPerson { account, name }).collect();
    Ok(BanReply { id, people, waiting })
}

/// Refuses a ban that would say again what one in force says: the same people, from the same place,
/// until the same time.
fn check_not_same(
    conn: &mut Conn,
    season: Option<&Season>,
    team: Option<&db::teams::Team>,
    accounts: &[AccountId],
    until: Option<Timestamp>,
) -> Result<()> {
    let (season, team) = (season.map(|season| season.id), team.map(|team| team.id));
    let same = db::bans::Same { season, team, accounts, until };
    let Some(ban) = db::bans::same(conn, &same, Timestamp::now())? else { return Ok(()) };
    let message = format!(
        "this ban is in force already, as {ban}; for another reason or end, lift it first (`holdout ban lift {ban}`)"
    );
    Err(Error::refused(ErrorCode::AlreadyExists, message).because(Reason::SameBan, json!({ "ban": ban })))
}

fn members(conn: &mut Conn, team: &db::teams::Team) -> Result<Vec<Person>> {
    let mut people = Vec::new();
    for member in db::memberships::accounts_of(conn, team.id)? {
        let account =
            db::accounts::find(conn, member)?.ok_or_else(|| Error::internal("a member without an account"))?;
        people.push(person(account)?);
    }
    if people.is_empty() {
        let message = format!("nobody is in team `{}` any more; ban the people by their e-mail addresses", team.name);
        return Err(Error::invalid("team", message).because(Reason::BanOfNobody, json!({ "team": team.name })));
    }
    Ok(people)
}

fn account(conn: &mut Conn, email: &str) -> Result<Person> {
    let email = Email::parse(email)?;
    let found = db::accounts::by_email(conn, email.as_str())?.ok_or_else(|| Error::not_found("account", &email))?;
    person(found)
}

fn person(account: holdout_protocol::Account) -> Result<Person> {
    if account.organizer {
        let message = format!("`{}` is an organizer; remove them as one before you ban them", account.name);
        return Err(Error::invalid("email", message).because(Reason::BanOfOrganizer, json!({ "name": account.name })));
    }
    Ok(Person { account: account.id, name: account.name, email: secret::digest(&account.email) })
}

/// A page of bans, newest first.
///
/// # Errors
/// `not_found` if there is no such season.
pub async fn list(app: &App, query: BanQuery) -> Result<Page<Ban>> {
    app.db
        .read(move |conn| {
            let season = query.season.as_ref().map(|season| db::seasons::find(conn, season.as_str())).transpose()?;
            db::bans::page(conn, season.map(|season| season.id), &query, Timestamp::now())
        })
        .await
}

/// Lifts a ban.
///
/// # Errors
/// `not_found`; `wrong_state` if it has ended or was lifted already.
pub async fn lift(app: &App, organizer: AccountId, id: BanId) -> Result<()> {
    app.db
        .write(move |conn| match db::bans::lift(conn, id, Timestamp::now())? {
            None => Err(Error::not_found("ban", id)),
            Some(false) => Err(Error::refused(ErrorCode::WrongState, "the ban has ended or was lifted already")
                .because(Reason::BanOver, json!({}))),
            Some(true) => audit::record(conn, Some(organizer), "ban.lift", &id.to_string(), &json!({})),
        })
        .await
}

#[cfg(test)]
mod tests;
