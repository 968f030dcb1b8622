//! Organizers: who they are, who may become one, and who is one no more.
//!
//! Organizers see hidden labels. So nobody is an organizer and a competitor at once: who takes part in a season that is
//! not over cannot become one, a team with an organizer in it cannot submit, and who was an organizer joins no team of
//! a season that was there at the time.

pub mod invitations;
pub mod setup;

use holdout_protocol::{AccountId, ErrorCode, OrganizerProfile, Page, PageQuery, Reason, SeasonState, Slug, Timestamp};
use serde_json::json;

use crate::app::App;
use crate::audit;
use crate::db::seasons::Season;
use crate::db::{self, Conn, Lock};
use crate::error::{Error, Result};

/// A page of the organizers.
pub async fn list_organizers(app: &App, query: PageQuery) -> Result<Page<OrganizerProfile>> {
    app.db.read(move |conn| db::organizers::page(conn, &query)).await
}

/// Takes somebody's rights as an organizer away at once. Their sessions and API tokens end, and with them the open event
/// streams; so do the invitations and password links that they made.
///
/// # Errors
/// `not_found` if the account is no organizer's; `wrong_state` if it is the only one.
pub async fn remove(app: &App, by: AccountId, person: AccountId) -> Result<()> {
    app.db
        .write(move |conn| {
            db::lock(conn, Lock::Organizers)?;
            let found = db::accounts::find(conn, person)?.filter(|account| account.organizer);
            let found = found.ok_or_else(|| Error::not_found("organizer", person))?;
            if db::organizers::count(conn)? == 1 {
                let message = format!("`{}` is the only organizer; invite another one first", found.email);
                return Err(Error::refused(ErrorCode::WrongState, message)
                    .because(Reason::OnlyOrganizer, json!({ "email": found.email })));
            }
            let now = Timestamp::now();
            db::organizers::dismiss(conn, person, now)?;
            db::sessions::revoke_all(conn, person, None, now)?;
            db::tokens::delete_all(conn, person)?;
            db::organizer_invitations::revoke_by(conn, person, now)?;
            db::password_resets::revoke_by(conn, person, now)?;
            let detail = json!({ "email": found.email, "name": found.name });
            audit::record(conn, Some(by), "organizer.remove", &person.to_string(), &detail)
        })
        .await
}

/// Refuses somebody who is in a team of a season that is not over, or has submitted in one.
fn check_does_not_compete(conn: &mut Conn, account: AccountId, now: Timestamp) -> Result<()> {
    let mut seasons: Vec<Slug> = Vec::new();
    for id in db::memberships::seasons_of(conn, account)? {
        let season = db::seasons::get(conn, id)?;
        if !matches!(season.state(now), SeasonState::Closed | SeasonState::Published) {
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

/// Refuses a person who was an organizer when this season was there already.
///
/// # Errors
/// `forbidden`.
pub fn check_did_not_know(conn: &mut Conn, season: &Season, account: AccountId) -> Result<()> {
    let Some(until) = db::organizers::knew_season_until(conn, account, season.id)? else { return Ok(()) };
    let message = format!(
        "you were an organizer until {until}, when season `{}` was there already, and organizers see its labels",
        season.slug
    );
    Err(Error::forbidden(message).because(Reason::WasOrganizer, json!({ "season": season.slug, "until": until })))
}
