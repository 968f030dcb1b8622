//! Leaving a team, and being taken out of it.

use holdout_protocol::{AccountId, ErrorCode, MemberRole, Slug, TeamAction, TeamId, Timestamp};
use serde_json::json;

use super::changes::Change;
use crate::app::App;
use crate::auth::Member;
use crate::db::{self, Conn, Lock};
use crate::error::{Error, Result};

/// Takes a person out of the caller's team: any member themself, a captain everybody.
///
/// # Errors
/// `forbidden` where the caller is not the captain; `not_found`; `wrong_state` where a captain would leave others
/// behind.
pub async fn remove(app: &App, member: Member, slug: Slug, reference: String, person: AccountId) -> Result<()> {
    app.db
        .write(move |conn| {
            let season = db::seasons::find(conn, slug.as_str())?;
            db::lock(conn, Lock::Season(&season.id.to_string()))?;
            let found = db::teams::by_reference(conn, season.id, &reference)?;
            let found = found.ok_or_else(|| Error::not_found("team", &reference))?;
            let team = found.id;
            // Read again under the lock: what the caller was when the request came may have changed.
            let by = db::teams::membership(conn, season.id, member.account.id)?.filter(|by| by.team == team);
            let by = by.ok_or_else(|| Error::forbidden("you do not belong to this team"))?;
            let leaving = by.account == person;
            if !leaving && by.role != MemberRole::Captain {
                return Err(Error::forbidden("only the captain takes others out of the team"));
            }
            if leaving && by.role == MemberRole::Captain {
                check_is_alone(conn, team)?;
            }
            if !db::teams::delete_membership(conn, team, person)? {
                return Err(Error::not_found("member", person));
            }
            let action = if leaving { TeamAction::Left } else { TeamAction::Removed };
            let change = Change { season: &season, team: &found, person, by: by.account, action };
            change.record(conn, json!({ "account": person }), Timestamp::now())?;
            close_if_empty(conn, team)
        })
        .await
}

fn check_is_alone(conn: &mut Conn, team: TeamId) -> Result<()> {
    if db::teams::size(conn, team)? > 1 {
        let message = "the captain cannot leave while others are in the team; take them out first";
        return Err(Error::refused(ErrorCode::WrongState, message));
    }
    Ok(())
}

/// Nobody shall come into a team without a captain. One that has sent nothing gives its name back.
fn close_if_empty(conn: &mut Conn, team: TeamId) -> Result<()> {
    if db::teams::size(conn, team)? > 0 {
        return Ok(());
    }
    db::invitations::revoke(conn, team, None, Timestamp::now())?;
    if db::teams::submissions_of(conn, &[team])?.is_empty() {
        db::invitations::delete_all(conn, team)?;
        db::teams::delete(conn, team)?;
    }
    Ok(())
}
