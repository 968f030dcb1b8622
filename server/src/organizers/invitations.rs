//! Invitations: a code that gives one person the role of an organizer, on the server or in a season
//! ([`super::joining`]).

use holdout_protocol::{
    AccountId, CreatedOrganizerInvitation, ErrorCode, NewOrganizerInvitation, OrganizerInvitation,
    OrganizerInvitationId, OrganizerRole, Page, PageQuery, Reason, Sha256, Timestamp, limits,
};
use serde_json::json;

use super::{Place, object_of, season_at};
use crate::accounts::email::Email;
use crate::accounts::unknown_account;
use crate::app::App;
use crate::db::{self, Conn};
use crate::error::{Error, Result};
use crate::idempotency::{IdempotencyKey, IdempotentRequest, write_once};
use crate::invitations::{already_accepted, used_since};
use crate::messages::LinkSending;
use crate::messages::link_notices::{self, SecretLink};
use crate::rates::{self, Rate};
use crate::{audit, secret};

/// Codes begin so, never with a `-` that a command line would take for a flag.
const CODE_PREFIX: &str = "ho_";
/// Days of an invitation's life if the request does not say.
const DEFAULT_DAYS: u32 = 7;
/// Open invitations at once.
const MAX_OPEN: u32 = 50;

/// Makes an invitation to a role at a place; its code is in the answer only. As with API tokens, a
/// repetition of the request gives the same invitation a new code.
///
/// # Errors
/// `not_found` if there is no such season; `invalid_value`, `idempotency_mismatch`; `wrong_state`
/// if too many are open, or the request is repeated after the invitation was used.
pub async fn create(
    app: &App,
    by: AccountId,
    place: Place,
    key: IdempotencyKey,
    request: NewOrganizerInvitation,
) -> Result<CreatedOrganizerInvitation> {
    let email = request.email.as_deref().map(Email::parse).transpose()?.map(|email| email.to_string());
    let life =
        secret::life(request.days, DEFAULT_DAYS, &limits::ORGANIZER_INVITATION_DAYS, "an invitation of an organizer")?;
    let once = IdempotentRequest::new(Some(by), key, "create_organizer_invitation", &(&place, &request))?;
    let (code, id, now) =
        (format!("{CODE_PREFIX}{}", secret::random()), OrganizerInvitationId::new(), Timestamp::now());
    let (hash, rates) = (secret::digest(&code), app.config.rates.clone());
    let role = request.role.unwrap_or(OrganizerRole::Organizer);
    let sending = LinkSending::of(app, by, &code);
    let again = sending.clone();
    let invitation = write_once(&app.db, once, move |conn| {
        rates::spend_in(conn, &rates, &Rate::Secrets(by), now)?;
        check_count(db::organizer_invitations::count_open(conn, now)?)?;
        let season = season_at(conn, &place)?;
        let invited_by = db::accounts::find(conn, by)?.ok_or_else(unknown_account)?.name;
        let new = OrganizerInvitation {
            id,
            email,
            role,
            season: place.clone(),
            invited_by,
            expires_at: now.plus(life),
            accepted_at: None,
            accepted_by: None,
        };
        db::organizer_invitations::insert(conn, by, season, &new, hash, now)?;
        let detail = json!({ "email": new.email, "role": role, "expires_at": new.expires_at });
        audit::record(conn, Some(by), "organizer_invitation.create", &object_of(&place, id), &detail)?;
        send(conn, sending.as_ref(), &new)?;
        Ok(new)
    })
    .await?;
    let repeated = invitation.clone();
    let replace = move |conn: &mut Conn| replace_code(conn, again.as_ref(), &repeated, hash);
    if invitation.id != id && !app.db.write(replace).await? {
        return Err(used_since());
    }
    Ok(CreatedOrganizerInvitation { invitation, code })
}

/// Gives an invitation that was made before the code of this digest. Returns false if it was used
/// since.
fn replace_code(
    conn: &mut Conn,
    sending: Option<&LinkSending>,
    invitation: &OrganizerInvitation,
    digest: Sha256,
) -> Result<bool> {
    let replaced = db::organizer_invitations::replace_code(conn, invitation.id, digest)?;
    if replaced {
        // The code in the e-mail before is of no more use.
        send(conn, sending, invitation)?;
    }
    Ok(replaced)
}

/// Sends an invitation to the address that it is for, if it is for one and the server sends e-mail.
fn send(conn: &mut Conn, sending: Option<&LinkSending>, invitation: &OrganizerInvitation) -> Result<()> {
    let (Some(sending), Some(address)) = (sending, &invitation.email) else { return Ok(()) };
    if !sending.may_send(conn, address)? {
        return Ok(());
    }
    let season = invitation.season.as_ref().map(|slug| db::seasons::find(conn, slug.as_str())).transpose()?;
    let path = format!("/organizer-invitations/{}", sending.code);
    let link = SecretLink { path, expires_at: invitation.expires_at };
    link_notices::organizer_invitation(conn, address, season.as_ref(), invitation.role, link)
}

fn check_count(open: u32) -> Result<()> {
    if open < MAX_OPEN {
        return Ok(());
    }
    let message =
        format!("there are {open} open invitations of organizers, and at most {MAX_OPEN} are allowed; take one back");
    Err(Error::refused(ErrorCode::WrongState, message)
        .because(Reason::OrganizerInvitationsFull, json!({ "open": open, "limit": MAX_OPEN })))
}

/// A page of the invitations to a season, or of all, newest first; without those taken back.
///
/// # Errors
/// `not_found` if there is no such season.
pub async fn list_invitations(app: &App, place: Place, query: PageQuery) -> Result<Page<OrganizerInvitation>> {
    app.db
        .read(move |conn| {
            let season = season_at(conn, &place)?;
            db::organizer_invitations::page(conn, season, &query)
        })
        .await
}

/// Takes an invitation back; if a season is named, one to that season.
///
/// # Errors
/// `not_found`; `wrong_state` if it was accepted.
pub async fn revoke(app: &App, by: AccountId, place: Place, id: OrganizerInvitationId) -> Result<()> {
    app.db
        .write(move |conn| {
            let season = season_at(conn, &place)?;
            let found = db::organizer_invitations::status(conn, id)?;
            let found = found.filter(|(_, other)| season.is_none() || season == *other);
            let Some((accepted, _)) = found else { return Err(Error::not_found("invitation", id)) };
            if accepted || !db::organizer_invitations::revoke(conn, id, Timestamp::now())? {
                return Err(already_accepted("remove the organizer instead"));
            }
            audit::record(conn, Some(by), "organizer_invitation.revoke", &object_of(&place, id), &json!({}))
        })
        .await
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::samples::refusal;

    #[test]
    fn there_are_only_so_many_open_invitations_of_organizers() {
        check_count(49).unwrap();
        let (reason, message) = refusal(check_count(50));
        assert_eq!(reason, Some(Reason::OrganizerInvitationsFull));
        assert!(message.contains("there are 50 open invitations of organizers, and at most 50"), "{message}");
    }
}
