//! Invitations: a code that lets one person into a team ([`super::joining`]).

use holdout_protocol::{
    CreatedInvitation, ErrorCode, Invitation, InvitationId, NewInvitation, Page, PageQuery, Reason, Slug, Timestamp,
    limits,
};
use serde_json::json;

use crate::accounts::email::Email;
use crate::app::App;
use crate::auth::Captain;
use crate::db::{self, Conn};
use crate::error::{Error, Result};
use crate::idempotency::{IdempotencyKey, IdempotentRequest, write_once};
use crate::invitations::{already_accepted, used_since};
use crate::messages::LinkSending;
use crate::messages::link_notices::{self, SecretLink};
use crate::rates::{self, Rate};
use crate::{audit, secret};

/// Codes begin so, never with a `-` that a command line would take for a flag.
const CODE_PREFIX: &str = "hi_";

/// Days of an invitation's life if the request does not say.
const DEFAULT_DAYS: u32 = 14;

/// Makes an invitation; its code is in the answer only. As with API tokens, a repetition of the
/// request gives the same invitation a new code.
///
/// # Errors
/// `invalid_value`, `idempotency_mismatch`; `wrong_state` if the request is repeated after the
/// invitation was used.
pub async fn create(
    app: &App,
    captain: Captain,
    key: IdempotencyKey,
    season: Slug,
    request: NewInvitation,
) -> Result<CreatedInvitation> {
    let (team, by) = (captain.team.id, captain.account.id);
    let email = request.email.as_deref().map(Email::parse).transpose()?.map(|email| email.to_string());
    let life = secret::life(request.days, DEFAULT_DAYS, &limits::INVITATION_DAYS, "an invitation")?;
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

/// Sends an invitation to the address that it is for, if it is for one and the server sends e-mail.
/// A captain who has not confirmed an own address passes the link on, because otherwise anybody
/// could have the server write to strangers.
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
