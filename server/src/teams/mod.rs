//! Teams, memberships and invitations.

pub mod changes;
pub mod invitations;
pub mod joining;
pub mod members;
pub mod merging;
pub mod registration;
mod view;

use holdout_protocol::limits::AFFILIATION;
use holdout_protocol::{
    AccountId, ErrorCode, MemberRole, NewTeam, OrganizerRole, Reason, SeasonState, Slug, Team, TeamAction, TeamChanges,
    TeamId, TeamName, TeamStatus, Timestamp, check_line,
};
use serde_json::json;

use self::changes::Change;
use crate::app::App;
use crate::auth::Account;
use crate::changes::Topic;
use crate::db::memberships::Membership;
use crate::db::seasons::Season;
use crate::db::{self, Conn, Lock};
use crate::error::{Error, Result};
use crate::idempotency::{IdempotencyKey, IdempotentRequest, write_once};
use crate::rates::{self, Rate};
use crate::{audit, seasons, webhooks};
use view::{Viewer, view};
pub use view::{get, list_teams};

/// Makes a team; the caller becomes its captain.
///
/// # Errors
/// `invalid_value`, `not_found`; `forbidden` if the season's registration does not let the caller
/// in; `wrong_state` in a season that is a draft or over, and if the caller has founded too many
/// teams; `already_exists` if the name is taken or the caller is in a team of the season.
pub async fn create(app: &App, account: Account, key: IdempotencyKey, slug: Slug, request: NewTeam) -> Result<Team> {
    let affiliation = checked_affiliation(request.affiliation.as_deref())?;
    let once = IdempotentRequest::new(Some(account.id), key, "create_team", &(&slug, &request))?;
    let work = move |conn: &mut Conn| {
        let season = seasons::visible(conn, &slug, account.organizer)?;
        db::lock(conn, Lock::Season(&season.id.to_string()))?;
        let now = Timestamp::now();
        let own = left_empty_by(conn, &season, &request.name, account.id)?;
        // A team's results stay its last member's after the close, too: to come back founds
        // nothing.
        if own.is_none() {
            check_takes_teams(&season, now)?;
        }
        registration::check_may_register(conn, &season, &account)?;
        if let Some(team) = own {
            come_back(conn, &season, &team, account.id, now)?;
            return view(conn, &season, team, &Viewer::Team(account.id));
        }
        let team = db::teams::Team {
            id: TeamId::new(),
            season: season.id,
            name: request.name,
            affiliation,
            created_at: now,
            status: registration::status_after(&season, TeamStatus::Approved),
            status_note: None,
        };
        found(conn, &season, &team, account.id)?;
        view(conn, &season, team, &Viewer::Team(account.id))
    };
    write_once(&app.db, once, work).await.map_err(|error| {
        error.or_taken(|| {
            Error::refused(ErrorCode::AlreadyExists, "the name is taken, or you are in a team already")
                .because(Reason::TeamOrMembership, json!({}))
        })
    })
}

/// The team of this name, if it has no members any more and `account` was the last one. Its
/// submissions are theirs, and nobody else could let them in again.
fn left_empty_by(
    conn: &mut Conn,
    season: &Season,
    name: &TeamName,
    account: AccountId,
) -> Result<Option<db::teams::Team>> {
    let Some(team) = db::teams::by_name(conn, season.id, name)? else { return Ok(None) };
    let is_theirs =
        db::memberships::size(conn, team.id)? == 0 && db::team_changes::last_of_team(conn, team.id)? == Some(account);
    Ok(Some(team).filter(|_| is_theirs))
}

/// Makes the last one who left an empty team its captain again.
fn come_back(
    conn: &mut Conn,
    season: &Season,
    team: &db::teams::Team,
    account: AccountId,
    now: Timestamp,
) -> Result<()> {
    if db::memberships::find(conn, season.id, account)?.is_some() {
        return Err(in_team());
    }
    let membership = Membership { season: season.id, team: team.id, account, role: MemberRole::Captain };
    db::memberships::insert(conn, &membership, now)?;
    let change = Change { season, team, person: account, by: account, action: TeamAction::Joined };
    change.record(conn, json!({ "name": team.name, "returned": true }), now)
}

/// Changes name and affiliation of a team: its captain until the season closes, organizers at any
/// time.
///
/// # Errors
/// `not_found`; `forbidden`; `invalid_value`; `wrong_state` if the season is over; `already_exists`
/// if the name is taken.
pub async fn change(app: &App, account: Account, slug: Slug, reference: String, changes: TeamChanges) -> Result<Team> {
    let affiliation = changes.affiliation.as_deref().map(|text| checked_affiliation(Some(text))).transpose()?;
    let rates = app.config.rates.clone();
    let work = move |conn: &mut Conn| {
        let season = seasons::visible(conn, &slug, account.organizer)?;
        db::lock(conn, Lock::Season(&season.id.to_string()))?;
        let before = db::teams::by_reference(conn, season.id, &reference)?;
        let before = before.ok_or_else(|| Error::not_found("team", &reference))?;
        if !account.may(OrganizerRole::Organizer) {
            let place = db::memberships::find(conn, season.id, account.id)?;
            if !place.is_some_and(|place| place.team == before.id && place.role == MemberRole::Captain) {
                return Err(Error::forbidden("only the captain and organizers change a team")
                    .because(Reason::CaptainOnly, json!({})));
            }
            check_renames_teams(&season, Timestamp::now())?;
        }
        let mut team = before.clone();
        team.name = changes.name.unwrap_or(team.name);
        team.affiliation = affiliation.unwrap_or(team.affiliation);
        if (&team.name, &team.affiliation) != (&before.name, &before.affiliation) {
            check_name(conn, &team)?;
            if !account.may(OrganizerRole::Organizer) {
                rates::spend_in(conn, &rates, &Rate::Names(account.id), Timestamp::now())?;
            }
            db::teams::set_names(conn, &team)?;
            for task in db::tasks::of_season(conn, season.id)? {
                db::tasks::bump_board(conn, task.id)?;
            }
            let facts = |team: &db::teams::Team| json!({ "name": team.name, "affiliation": team.affiliation });
            let detail = json!({ "before": facts(&before), "after": facts(&team) });
            let object = format!("{}/{}", season.slug, team.id);
            audit::record(conn, Some(account.id), "team.update", &object, &detail)?;
        }
        let viewer = if account.organizer { Viewer::Organizer } else { Viewer::Team(account.id) };
        view(conn, &season, team, &viewer)
    };
    let team = app.db.write(work).await?;
    app.changes.announce(Topic::Boards);
    Ok(team)
}

pub(super) fn in_team() -> Error {
    Error::refused(ErrorCode::AlreadyExists, "you are in a team of this season; leave it first")
        .because(Reason::InTeam, json!({}))
}

/// Refuses a name that would be taken for that of another team of the season, or for an id.
pub(crate) fn check_name(conn: &mut Conn, team: &db::teams::Team) -> Result<()> {
    if team.name.as_str().parse::<TeamId>().is_ok() {
        return Err(Error::invalid("name", "a team's name cannot be a UUID: it would be taken for an id")
            .because(Reason::NameIsId, json!({})));
    }
    if let Some(other) = db::teams::of_the_same_look(conn, team)? {
        let message = format!("there is a team `{}` in this season; choose another name", other.name);
        return Err(Error::refused(ErrorCode::AlreadyExists, message)
            .because(Reason::TeamTaken, json!({ "field": "name", "team": other.name })));
    }
    Ok(())
}

/// Founds a team with its captain.
fn found(conn: &mut Conn, season: &Season, team: &db::teams::Team, captain: AccountId) -> Result<()> {
    if db::memberships::find(conn, season.id, captain)?.is_some() {
        return Err(in_team());
    }
    check_name(conn, team)?;
    changes::check_may_found(conn, season, captain)?;
    db::teams::insert(conn, team)?;
    let membership = Membership { season: season.id, team: team.id, account: captain, role: MemberRole::Captain };
    db::memberships::insert(conn, &membership, team.created_at)?;
    let change = Change { season, team, person: captain, by: captain, action: TeamAction::Founded };
    change.record(conn, json!({ "name": team.name }), team.created_at)?;
    webhooks::record::founded(conn, season, team)
}

fn checked_affiliation(text: Option<&str>) -> Result<Option<String>> {
    let text = text.unwrap_or_default();
    check_line("affiliation", Some(text), AFFILIATION)?;
    Ok(Some(text.trim().to_owned()).filter(|text| !text.is_empty()))
}

/// Teams form as soon as a season is announced, and until it closes.
fn check_takes_teams(season: &Season, now: Timestamp) -> Result<()> {
    let refused = |reason, why| {
        Err(Error::refused(ErrorCode::WrongState, format!("season `{}` {why}", season.slug)).because(reason, json!({})))
    };
    match season.state(now) {
        _ if season.draft => refused(Reason::SeasonDraft, "is a draft and takes no teams yet"),
        SeasonState::Closed | SeasonState::Published => {
            refused(Reason::SeasonOver, "is over and takes no teams any more")
        }
        SeasonState::Draft | SeasonState::Open => Ok(()),
    }
}

/// Captains rename until the season closes, because the results stand with the names of that time.
fn check_renames_teams(season: &Season, now: Timestamp) -> Result<()> {
    if !season.is_over(now) {
        return Ok(());
    }
    let message = format!(
        "season `{}` is over: its teams keep their names and affiliations; ask an organizer to correct a mistake",
        season.slug
    );
    Err(Error::refused(ErrorCode::WrongState, message).because(Reason::SeasonOver, json!({})))
}

#[cfg(test)]
mod tests;
