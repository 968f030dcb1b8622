//! Joining a team by the code of an invitation.

use holdout_protocol::{ErrorCode, InvitationPreview, MemberRole, Reason, Team, TeamAction, TeamStatus, Timestamp};
use serde_json::json;

use super::changes::Change;
use super::{Viewer, in_team, registration, view};
use crate::app::App;
use crate::auth::Account;
use crate::db::invitations::Found;
use crate::db::memberships::Membership;
use crate::db::seasons::Season;
use crate::db::{self, Conn, Lock};
use crate::error::{Error, Result};
use crate::invitations::Inviter;
use crate::{bans, secret};

/// Returns what a code is for, while it can be accepted.
///
/// # Errors
/// `not_found`; `gone` if it was used or taken back, or has ended.
pub async fn preview(app: &App, code: &str) -> Result<InvitationPreview> {
    let hash = secret::digest(code);
    let work = move |conn: &mut Conn| {
        let found = db::invitations::by_code(conn, hash)?.ok_or_else(unknown)?;
        Inviter::Captain.check_is_open(&found.openness, Timestamp::now())?;
        let season = db::seasons::get(conn, found.season)?;
        if season.draft {
            return Err(unknown());
        }
        let team = db::teams::find(conn, found.team)?.ok_or_else(unknown)?.name;
        Ok(InvitationPreview {
            season: season.slug,
            season_title: season.title,
            team,
            expires_at: found.openness.expires_at,
        })
    };
    app.db.read(work).await
}

/// The code is a secret, even if it is not valid, so the message does not repeat it.
fn unknown() -> Error {
    Error::refused(ErrorCode::NotFound, "there is no invitation with this code")
        .because(Reason::UnknownInvitation, json!({}))
}

/// Lets the holder of a code into the team. Who accepted it before gets the team again.
///
/// # Errors
/// `not_found` if there is no such code; `wrong_state` if it is used, over or taken back, or the
/// team was declined; `forbidden` if it is for another address, or the season's registration does
/// not let the person in; `already_exists` if the person is in a team of the season.
pub async fn accept_invitation(app: &App, account: Account, code: &str) -> Result<Team> {
    let hash = secret::digest(code);
    let work = move |conn: &mut Conn| {
        let season = db::invitations::by_code(conn, hash)?.ok_or_else(unknown)?.season;
        db::lock(conn, Lock::Season(&season.to_string()))?;
        let invitation = db::invitations::by_code(conn, hash)?.ok_or_else(unknown)?;
        let season = db::seasons::get(conn, season)?;
        let account = account.about(Some(season.slug.as_str()));
        if season.draft && !account.organizer {
            return Err(unknown());
        }
        let place = db::memberships::find(conn, season.id, account.id)?;
        let again = invitation.openness.accepted_by == Some(account.id)
            && place.is_some_and(|place| place.team == invitation.team);
        if !again {
            Inviter::Captain.check_may_accept(&invitation.openness, &account, Timestamp::now())?;
            if place.is_some() {
                return Err(in_team());
            }
            registration::check_may_register(conn, &season, &account)?;
            join(conn, &season, &invitation, &account)?;
        }
        let team = db::teams::find(conn, invitation.team)?.ok_or_else(unknown)?;
        view(conn, &season, team, &Viewer::Team(account.id))
    };
    app.db.write(work).await
}

fn join(conn: &mut Conn, season: &Season, invitation: &Found, account: &Account) -> Result<()> {
    let now = Timestamp::now();
    let team = db::teams::find(conn, invitation.team)?.ok_or_else(unknown)?;
    bans::check_team(conn, team.id)?;
    if team.status == TeamStatus::Declined {
        let message = format!("team `{}` was declined by an organizer; nobody can join it", team.name);
        return Err(
            Error::refused(ErrorCode::WrongState, message).because(Reason::TeamDeclined, json!({ "team": team.name }))
        );
    }
    if !db::invitations::accept(conn, invitation.id, account.id, now)? {
        return Err(Inviter::Captain.used());
    }
    let membership = Membership { season: season.id, team: team.id, account: account.id, role: MemberRole::Member };
    db::memberships::insert(conn, &membership, now)?;
    let status = registration::status_after(season, team.status);
    if status != team.status {
        db::teams::set_status(conn, team.id, status, None)?;
    }
    let change = Change { season, team: &team, person: account.id, by: account.id, action: TeamAction::Joined };
    change.record(conn, json!({ "invitation": invitation.id }), now)
}
