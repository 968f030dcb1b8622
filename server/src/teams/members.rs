//! Leaving a team, and being taken out of it.

use holdout_protocol::{AccountId, ErrorCode, MemberRole, Reason, Slug, TeamAction, TeamId, Timestamp};
use serde_json::json;

use super::changes::Change;
use crate::app::App;
use crate::audit;
use crate::auth::{Captain, Member};
use crate::db::seasons::Season;
use crate::db::{self, Conn, Lock};
use crate::error::{Error, Result};

/// Takes a person out of the caller's team: any member themself, a captain everybody.
///
/// # Errors
/// `forbidden` if the caller is not the captain; `not_found`; `wrong_state` if a captain would
/// leave others behind.
pub async fn remove(app: &App, member: Member, slug: Slug, reference: String, person: AccountId) -> Result<()> {
    app.db
        .write(move |conn| {
            let season = db::seasons::find(conn, slug.as_str())?;
            db::lock(conn, Lock::Season(&season.id.to_string()))?;
            let found = db::teams::by_reference(conn, season.id, &reference)?;
            let found = found.ok_or_else(|| Error::not_found("team", &reference))?;
            let team = found.id;
            // Read again under the lock, because what the caller was when the request came may have
            // changed.
            let by = db::memberships::find(conn, season.id, member.account.id)?.filter(|by| by.team == team);
            let by = by.ok_or_else(|| {
                Error::forbidden("you do not belong to this team").because(Reason::MembersOnly, json!({}))
            })?;
            let leaving = by.account == person;
            if !leaving && by.role != MemberRole::Captain {
                return Err(Error::forbidden("only the captain takes others out of the team")
                    .because(Reason::CaptainOnly, json!({})));
            }
            if leaving && by.role == MemberRole::Captain {
                check_is_alone(conn, team)?;
            }
            let action = if leaving { TeamAction::Left } else { TeamAction::Removed };
            let change = Change { season: &season, team: &found, person, by: by.account, action };
            if take_out(conn, change, Timestamp::now())? { Ok(()) } else { Err(Error::not_found("member", person)) }
        })
        .await
}

/// Takes the person of a change out of its team; tells whether they were in it.
pub(crate) fn take_out(conn: &mut Conn, change: Change<'_>, at: Timestamp) -> Result<bool> {
    let Change { team, person, .. } = change;
    if !db::memberships::delete(conn, team.id, person)? {
        return Ok(false);
    }
    change.record(conn, json!({ "account": person }), at)?;
    close_if_empty(conn, team.id)?;
    Ok(true)
}

/// Makes a member the captain; the captain becomes a member.
///
/// # Errors
/// `forbidden` if the caller is not the captain; `not_found`; `invalid_value` for another role.
pub async fn hand_over(app: &App, captain: Captain, slug: Slug, person: AccountId, role: MemberRole) -> Result<()> {
    if role != MemberRole::Captain {
        let message = "`role` is `member`; make another member the captain instead, because a team has exactly one";
        return Err(Error::invalid("role", message).because(Reason::RequestUnfit, json!({})));
    }
    app.db
        .write(move |conn| {
            let season = db::seasons::find(conn, slug.as_str())?;
            db::lock(conn, Lock::Season(&season.id.to_string()))?;
            let (team, account) = (captain.team.id, captain.account.id);
            // Read again under the lock, because what the caller was when the request came may have
            // changed.
            let by = db::memberships::find(conn, season.id, account)?.filter(|by| by.team == team);
            if !by.is_some_and(|by| by.role == MemberRole::Captain) {
                return Err(
                    Error::forbidden("only the captain hands the team over").because(Reason::CaptainOnly, json!({}))
                );
            }
            if person == account {
                return Ok(());
            }
            if !make_captain(conn, &season, team, account, person)? {
                return Err(Error::not_found("member", person));
            }
            db::memberships::set_role(conn, team, account, MemberRole::Member).map(drop)
        })
        .await
}

/// Makes a member the captain, on behalf of the present one; tells whether there is such a member.
pub(crate) fn make_captain(
    conn: &mut Conn,
    season: &Season,
    team: TeamId,
    by: AccountId,
    person: AccountId,
) -> Result<bool> {
    if !db::memberships::set_role(conn, team, person, MemberRole::Captain)? {
        return Ok(false);
    }
    let object = format!("{}/{team}", season.slug);
    audit::record(conn, Some(by), "team.hand_over", &object, &json!({ "account": person }))?;
    Ok(true)
}

fn check_is_alone(conn: &mut Conn, team: TeamId) -> Result<()> {
    if db::memberships::size(conn, team)? > 1 {
        let message = "the captain cannot leave while others are in the team; make one of them the captain first";
        return Err(Error::refused(ErrorCode::WrongState, message).because(Reason::CaptainStays, json!({})));
    }
    Ok(())
}

/// Closes a team without members, because nobody should join a team without a captain. One that has
/// sent nothing gives its name back, unless it was ever banned: nobody should get rid of a ban by
/// leaving.
pub(crate) fn close_if_empty(conn: &mut Conn, team: TeamId) -> Result<()> {
    if db::memberships::size(conn, team)? > 0 {
        return Ok(());
    }
    db::invitations::revoke(conn, team, None, Timestamp::now())?;
    if db::teams::submissions_of(conn, &[team])?.is_empty() && !db::bans::has_any(conn, team)? {
        db::invitations::delete_all(conn, team)?;
        db::extensions::delete_all(conn, team)?;
        db::teams::delete(conn, team)?;
    }
    Ok(())
}
