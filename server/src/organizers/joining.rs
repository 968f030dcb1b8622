//! Becoming an organizer by the code of an invitation.

use holdout_protocol::{ErrorCode, Me, OrganizerInvitationPreview, Reason, Timestamp};
use serde_json::json;

use super::{check_does_not_compete, object_of};
use crate::accounts;
use crate::app::App;
use crate::auth::Account;
use crate::db::organizer_invitations::FoundInvitation;
use crate::db::{self, Conn, Lock, Openness};
use crate::error::{Error, Result};
use crate::invitations::Inviter;
use crate::{audit, secret};

/// Returns what a code is for, while it can be accepted.
///
/// # Errors
/// `not_found`; `gone` if it was used or taken back, or has expired.
pub async fn preview(app: &App, code: &str) -> Result<OrganizerInvitationPreview> {
    let hash = secret::digest(code);
    let work = move |conn: &mut Conn| {
        let found = db::organizer_invitations::by_code(conn, hash)?.ok_or_else(unknown)?;
        Inviter::Organizer.check_is_open(&found.openness, Timestamp::now())?;
        let FoundInvitation { role, season, invited_by, openness, .. } = found;
        let Openness { email, expires_at, .. } = openness;
        Ok(OrganizerInvitationPreview { role, season: season.map(|(_, slug)| slug), invited_by, email, expires_at })
    };
    app.db.read(work).await
}

/// The code is a secret, also if it is invalid: the message does not repeat it.
fn unknown() -> Error {
    Error::refused(ErrorCode::NotFound, "there is no invitation of an organizer with this code")
        .because(Reason::UnknownInvitation, json!({}))
}

/// Gives the holder of a code the role that it is for. Who accepted it before gets the same answer
/// again.
///
/// # Errors
/// `not_found` if there is no such code; `wrong_state` if it is used, over or taken back, or the
/// person competes in a season that is not over; `forbidden` if it is for another address;
/// `already_exists` if the person has a role there.
pub async fn accept_invitation(app: &App, account: Account, code: &str) -> Result<Me> {
    let (hash, id) = (secret::digest(code), account.id);
    app.db
        .write(move |conn| {
            db::lock(conn, Lock::Organizers)?;
            let found = db::organizer_invitations::by_code(conn, hash)?.ok_or_else(unknown)?;
            // Read again under the lock, because what the caller was when the request came may have
            // changed.
            let season = found.season.as_ref().map(|(season, _)| *season);
            let has_role = db::organizer_roles::role_at(conn, id, season)?.is_some();
            if found.openness.accepted_by == Some(id) && has_role {
                return Ok(());
            }
            let now = Timestamp::now();
            Inviter::Organizer.check_may_accept(&found.openness, &account, now)?;
            if has_role {
                let message = "you are an organizer already; an owner can give you another role";
                return Err(
                    Error::refused(ErrorCode::AlreadyExists, message).because(Reason::AlreadyOrganizer, json!({}))
                );
            }
            check_does_not_compete(conn, id, season, now)?;
            if !db::organizer_invitations::accept(conn, found.id, id, now)? {
                return Err(Inviter::Organizer.used());
            }
            db::organizer_roles::grant(conn, id, season, found.role, Some(found.by), now)?;
            // Somebody with a lower role may have made a link that sets the password of this
            // account.
            db::password_resets::revoke_all(conn, id, now)?;
            let detail =
                json!({ "email": account.email, "role": found.role, "invitation": found.id, "invited_by": found.by });
            let place = found.season.map(|(_, slug)| slug);
            audit::record(conn, Some(id), "organizer.join", &object_of(&place, id), &detail)
        })
        .await?;
    accounts::me(app, id).await
}
