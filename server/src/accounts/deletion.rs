//! Deleting an account: its personal data go, and its results stay under a name that says nothing.
//!
//! The row of the account stays, because what it submitted counts: for the quota of its teams, and
//! on boards. So that nobody gets a second quota by deleting the first account, its address cannot
//! be used again while a season runs in which it submitted.

use holdout_protocol::{AccountDeletion, AccountId, ErrorCode, MemberRole, Reason, TeamAction, TeamId, Timestamp};
use serde_json::json;

use super::{password, unknown_account};
use crate::app::App;
use crate::auth::Account;
use crate::changes::Topic;
use crate::db::deleted_accounts::{self, Remains};
use crate::db::seasons::Season;
use crate::db::{self, Conn, Lock};
use crate::error::{Error, Result};
use crate::teams::changes::Change;
use crate::teams::members::{make_captain, take_out};
use crate::{audit, secret};

/// What the account is called afterwards.
const NAME: &str = "Deleted account";

/// Deletes the caller's account.
///
/// # Errors
/// `wrong_credentials` if the password is another one; `wrong_state` for an organizer.
pub async fn delete(app: &App, account: Account, request: AccountDeletion) -> Result<()> {
    let id = account.id;
    let known = password::check_present(app, id, request.password).await?;
    let nobodys = password::Password::unknown().hash().await?;
    let work = move |conn: &mut Conn| {
        db::lock(conn, Lock::Organizers)?;
        password::lock_unchanged(conn, id, &known)?;
        if !db::organizer_roles::of_account(conn, id)?.is_empty() {
            let message = "an organizer's account cannot be deleted; ask an owner to take your role first";
            return Err(Error::refused(ErrorCode::WrongState, message).because(Reason::HoldsRole, json!({})));
        }
        let now = Timestamp::now();
        let email = db::accounts::find(conn, id)?.ok_or_else(unknown_account)?.email;
        let alone = if request.keep_teams { Vec::new() } else { deleted_accounts::teams_of_nobody_else(conn, id)? };
        for season in db::memberships::seasons_of(conn, id)? {
            let season = db::seasons::get(conn, season)?;
            leave(conn, &season, id, now)?;
        }
        for (season, team) in alone {
            let season = db::seasons::get(conn, season)?;
            make_team_nameless(conn, &season, team)?;
        }
        deleted_accounts::forget_belongings(conn, id, &email, now)?;
        let remains = Remains {
            name: NAME,
            email: &format!("{id}@deleted.invalid"),
            password_hash: &nobodys,
            former_email: secret::sha256(email.as_bytes()),
            at: now,
        };
        deleted_accounts::make_nameless(conn, id, &email, &remains)?;
        audit::record(conn, Some(id), "account.delete", &id.to_string(), &json!({}))
    };
    app.db.write(work).await?;
    app.changes.announce(Topic::Boards);
    Ok(())
}

/// Takes a person out of their team of a season. If they are its captain, whoever came first of the
/// others becomes it.
fn leave(conn: &mut Conn, season: &Season, person: AccountId, at: Timestamp) -> Result<()> {
    db::lock(conn, Lock::Season(&season.id.to_string()))?;
    let Some(place) = db::memberships::find(conn, season.id, person)? else { return Ok(()) };
    let Some(team) = db::teams::find(conn, place.team)? else { return Ok(()) };
    let members = db::memberships::members_of(conn, &[team.id])?.remove(&team.id).unwrap_or_default();
    let next = members.iter().find(|member| member.account != person);
    if let Some(next) = next.filter(|_| place.role == MemberRole::Captain) {
        make_captain(conn, season, team.id, person, next.account)?;
    }
    let change = Change { season, team: &team, person, by: person, action: TeamAction::Left };
    take_out(conn, change, at).map(drop)
}

fn make_team_nameless(conn: &mut Conn, season: &Season, id: TeamId) -> Result<()> {
    db::lock(conn, Lock::Season(&season.id.to_string()))?;
    // One that has sent nothing went with its last member.
    let Some(mut team) = db::teams::find(conn, id)? else { return Ok(()) };
    let id = id.to_string();
    let end = id.get(id.len().saturating_sub(8)..).unwrap_or_default();
    team.name = format!("Deleted team {end}").parse().map_err(Error::internal)?;
    team.affiliation = None;
    deleted_accounts::make_team_nameless(conn, season.slug.as_str(), &team)?;
    for task in db::tasks::of_season(conn, season.id)? {
        db::tasks::bump_board(conn, task.id)?;
    }
    Ok(())
}
