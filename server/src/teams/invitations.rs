//! Invitations: a code that lets one person into a team.

use holdout_protocol::{
    CreatedInvitation, ErrorCode, Invitation, InvitationId, InvitationPreview, MemberRole, NewInvitation, Page,
    PageQuery, Reason, Slug, Team, TeamAction, TeamStatus, Timestamp,
};
use serde_json::json;

use super::changes::Change;
use super::{Viewer, in_team, registration, view};
use crate::accounts::email::Email;
use crate::app::App;
use crate::auth::{Account, Captain};
use crate::db::invitations::Found;
use crate::db::memberships::Membership;
use crate::db::seasons::Season;
use crate::db::{self, Conn, Lock};
use crate::error::{Error, Result};
use crate::idempotency::{IdempotencyKey, IdempotentRequest, write_once};
use crate::invitations::{Inviter, already_accepted, used_since};
use crate::messages::LinkSending;
use crate::messages::link_notices::{self, SecretLink};
use crate::rates::{self, Rate};
use crate::{audit, bans, secret};

/// Codes begin so, never with a `-` that a command line would take for a flag.
const CODE_PREFIX: &str = "hi_";

/// Days of an invitation's life if the request does not say.
const DEFAULT_DAYS: u32 = 14;
/// Most of them.
const MOST_DAYS: u32 = 90;

/// Makes an invitation; its code is in the answer only. As with API tokens, a repetition of the request gives the same
/// invitation a new code.
///
/// # Errors
/// `invalid_value`, `idempotency_mismatch`; `wrong_state` if the request is repeated after the invitation was used.
pub async fn create(
    app: &App,
    captain: Captain,
    key: IdempotencyKey,
    season: Slug,
    request: NewInvitation,
) -> Result<CreatedInvitation> {
    let (team, by) = (captain.team.id, captain.account.id);
    let email = request.email.as_deref().map(Email::parse).transpose()?.map(|email| email.to_string());
    let life = secret::life(request.days, DEFAULT_DAYS, MOST_DAYS, "an invitation")?;
    let once = IdempotentRequest::new(Some(by), key, "create_invitation", &(team, &request))?;
    let (code, now) = (format!("{CODE_PREFIX}{}", secret::random()), Timestamp::now());
    let (hash, id) = (secret::digest(&code), InvitationId::new());
    let name = captain.team.name;
    let new = Invitation { id, season, team: name, email, expires_at: now.plus(life), accepted_at: None };
    let (rates, most) = (app.config.rates.clone(), app.config.limits.invitations_per_team);
    let sending = LinkSending::of(app, by, &code);
    let again = sending.clone();
    let invitation = write_once(&app.db, once, move |conn| {
        rates::spend_in(conn, &rates, &Rate::Secrets(by), now)?;
        check_count(db::invitations::open(conn, team, now)?, most)?;
        db::invitations::insert(conn, team, by, &new, hash, now)?;
        let object = format!("{}/{team}", new.season);
        audit::record(conn, Some(by), "invitation.create", &object, &json!({ "invitation": new.id }))?;
        send(conn, sending.as_ref(), &new)?;
        Ok(new)
    })
    .await?;
    let old = invitation.id;
    let repeated = invitation.clone();
    let replace = move |conn: &mut Conn| {
        let replaced = db::invitations::replace_code(conn, team, old, hash)?;
        if replaced {
            // The code in the e-mail before is of no more use.
            send(conn, again.as_ref(), &repeated)?;
        }
        Ok(replaced)
    };
    if old != id && !app.db.write(replace).await? {
        return Err(used_since());
    }
    Ok(CreatedInvitation { invitation, code })
}

/// Sends an invitation to the address that it is for, if it is for one and the server sends e-mail. A captain who has not
/// confirmed an own address passes the link on, because otherwise anybody could have the server write to strangers.
fn send(conn: &mut Conn, sending: Option<&LinkSending>, invitation: &Invitation) -> Result<()> {
    let (Some(sending), Some(address)) = (sending, &invitation.email) else { return Ok(()) };
    let (_, confirmed_at) = db::accounts::email_of(conn, sending.by)?;
    if confirmed_at.is_none() || !sending.may_send(conn, address)? {
        return Ok(());
    }
    let season = db::seasons::find(conn, invitation.season.as_str())?;
    let path = format!("/invitations/{}", sending.code);
    link_notices::team_invitation(conn, address, &season, SecretLink { path, expires_at: invitation.expires_at })
}

fn check_count(open: u32, most: u32) -> Result<()> {
    if open < most {
        return Ok(());
    }
    let message = format!("the team has {open} open invitations, and at most {most} are allowed; take one back");
    Err(Error::refused(ErrorCode::WrongState, message)
        .because(Reason::InvitationsFull, json!({ "open": open, "limit": most })))
}

/// A page of the team's invitations, newest first; without those taken back.
pub async fn list_invitations(app: &App, captain: Captain, query: PageQuery) -> Result<Page<Invitation>> {
    app.db.read(move |conn| db::invitations::page(conn, captain.team.id, &query)).await
}

/// Takes an invitation back.
///
/// # Errors
/// `not_found`; `wrong_state` if it was accepted.
pub async fn revoke(app: &App, captain: Captain, season: Slug, id: InvitationId) -> Result<()> {
    let team = captain.team.id;
    app.db
        .write(move |conn| {
            if db::invitations::revoke(conn, team, Some(id), Timestamp::now())? > 0 {
                let detail = json!({ "invitation": id });
                let object = format!("{season}/{team}");
                return audit::record(conn, Some(captain.account.id), "invitation.revoke", &object, &detail);
            }
            match db::invitations::is_accepted(conn, team, id)? {
                Some(_) => Err(already_accepted("take the member out of the team instead")),
                None => Err(Error::not_found("invitation", id)),
            }
        })
        .await
}

/// What a code is for, while it can be accepted.
///
/// # Errors
/// `not_found`; `gone` if it was used or taken back, or has ended.
pub async fn look(app: &App, code: &str) -> Result<InvitationPreview> {
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
/// `not_found` if there is no such code; `wrong_state` if it is used, over or taken back, or the team was declined;
/// `forbidden` if it is for another address, or the season's registration does not let the person in; `already_exists`
/// if the person is in a team of the season.
pub async fn accept(app: &App, account: Account, code: &str) -> Result<Team> {
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::samples::refusal;

    #[test]
    fn a_team_has_only_so_many_open_invitations() {
        check_count(1, 2).unwrap();
        for open in [2, 3] {
            let (reason, message) = refusal(check_count(open, 2));
            assert_eq!(reason, Some(Reason::InvitationsFull));
            assert!(message.contains(&format!("has {open} open invitations, and at most 2")), "{message}");
        }
    }
}
