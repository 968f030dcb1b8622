//! What is left of an account after it was deleted: a row that counts, and nobody's name.

use diesel::prelude::*;
use holdout_protocol::{AccountId, SeasonId, Sha256, TeamId, Timestamp};

use crate::db::conn::Conn;
use crate::db::schema::{
    accounts, audit_log, banned_people, email_verifications, idempotency_keys, invitations, mail_optouts, memberships,
    messages, news_seen, organizer_invitations, password_resets, quota_ledger, refresh_tokens, registrations, sessions,
    submission_members, submission_versions, submissions, team_changes, uploads,
};
use crate::db::search::containing;
use crate::db::tables::teams::Team;
use crate::db::tables::{self, tokens};
use crate::db::values::parsed;
use crate::error::Result;

/// Forgets all by which somebody is the owner of the account: its sessions, tokens, links, messages
/// and uploads that became no submission.
pub fn forget_belongings(conn: &mut Conn, id: AccountId, email: &str, now: Timestamp) -> Result<()> {
    let account = id.to_string();
    tokens::delete_all(conn, id)?;
    let own: Vec<String> = sessions::table.filter(sessions::account_id.eq(&account)).select(sessions::id).load(conn)?;
    diesel::delete(refresh_tokens::table.filter(refresh_tokens::session_id.eq_any(own))).execute(conn)?;
    diesel::delete(sessions::table.filter(sessions::account_id.eq(&account))).execute(conn)?;
    diesel::delete(password_resets::table.filter(password_resets::account_id.eq(&account))).execute(conn)?;
    diesel::delete(email_verifications::table.filter(email_verifications::account_id.eq(&account))).execute(conn)?;
    diesel::delete(messages::table.filter(messages::account_id.eq(&account).or(messages::address.eq(email))))
        .execute(conn)?;
    diesel::delete(mail_optouts::table.filter(mail_optouts::address.eq(email))).execute(conn)?;
    diesel::delete(idempotency_keys::table.filter(idempotency_keys::account_id.eq(&account))).execute(conn)?;
    diesel::delete(news_seen::table.filter(news_seen::account_id.eq(&account))).execute(conn)?;
    // The sweeper takes them.
    diesel::update(uploads::table.filter(uploads::account_id.eq(&account)))
        .set((uploads::filename.eq(None::<String>), uploads::expires_at.eq(now.as_micros())))
        .execute(conn)?;
    // Answers to others that name the address, such as that to an invitation.
    let named = idempotency_keys::response.like(containing(&format!("\"{email}\""))).escape('\\');
    diesel::delete(idempotency_keys::table.filter(named)).execute(conn)?;
    end_invitations(conn, &account, email, now)
}

/// Ends the open invitations of an account, and those for its address, before the address is taken
/// out of them: one for no address in particular would be for everybody.
fn end_invitations(conn: &mut Conn, account: &str, email: &str, now: Timestamp) -> Result<()> {
    let to_teams = invitations::email.eq(email).or(invitations::created_by.nullable().eq(account));
    diesel::update(invitations::table.filter(to_teams))
        .filter(invitations::accepted_at.is_null())
        .filter(invitations::revoked_at.is_null())
        .set(invitations::revoked_at.eq(now.as_micros()))
        .execute(conn)?;
    diesel::update(invitations::table.filter(invitations::email.eq(email)))
        .set(invitations::email.eq(None::<String>))
        .execute(conn)?;
    let to_organize =
        organizer_invitations::email.eq(email).or(organizer_invitations::created_by.nullable().eq(account));
    diesel::update(organizer_invitations::table.filter(to_organize))
        .filter(organizer_invitations::accepted_at.is_null())
        .filter(organizer_invitations::revoked_at.is_null())
        .set(organizer_invitations::revoked_at.eq(now.as_micros()))
        .execute(conn)?;
    diesel::update(organizer_invitations::table.filter(organizer_invitations::email.eq(email)))
        .set(organizer_invitations::email.eq(None::<String>))
        .execute(conn)?;
    Ok(())
}

/// What stands in the place of a deleted account.
#[derive(Debug)]
pub struct Remains<'a> {
    pub name: &'a str,
    /// Belongs to nobody.
    pub email: &'a str,
    /// Of a password that nobody knows.
    pub password_hash: &'a str,
    /// Of the address that it had.
    pub former_email: Sha256,
    pub at: Timestamp,
}

/// Takes name and address from an account, also in bans, and in the audit log.
pub fn make_nameless(conn: &mut Conn, id: AccountId, email: &str, remains: &Remains<'_>) -> Result<()> {
    diesel::update(accounts::table.find(id.to_string()))
        .set((
            accounts::email.eq(remains.email),
            accounts::name.eq(remains.name),
            accounts::password_hash.eq(remains.password_hash),
            accounts::has_password.eq(false),
            accounts::email_verified_at.eq(None::<i64>),
            accounts::deleted_at.eq(Some(remains.at.as_micros())),
            accounts::former_email_sha256.eq(Some(remains.former_email.to_string())),
        ))
        .execute(conn)?;
    diesel::update(banned_people::table.filter(banned_people::account_id.eq(id.to_string())))
        .set(banned_people::name.eq(remains.name))
        .execute(conn)?;
    // What they did with their account, tokens and submissions. What they did in seasons names
    // others.
    let own = audit_log::account_id.eq(id.to_string()).and(audit_log::object.not_like("%/%"));
    diesel::update(audit_log::table.filter(audit_log::object.eq(id.to_string()).nullable().or(own)))
        .set(audit_log::detail.eq("{}"))
        .execute(conn)?;
    // As a text of JSON, so that no longer address is found in which this one is.
    let quoted = containing(&format!("\"{email}\""));
    diesel::update(audit_log::table.filter(audit_log::detail.like(quoted).escape('\\')))
        .set(audit_log::detail.eq("{}"))
        .execute(conn)?;
    Ok(())
}

/// Returns the teams of a person in which nobody else ever was, with their seasons.
pub fn teams_of_nobody_else(conn: &mut Conn, id: AccountId) -> Result<Vec<(SeasonId, TeamId)>> {
    let own: Vec<(String, String)> = team_changes::table
        .filter(team_changes::account_id.eq(id.to_string()))
        .select((team_changes::season_id, team_changes::team_id))
        .distinct()
        .load(conn)?;
    let mut found = Vec::new();
    for (season, team) in own {
        let others: i64 = team_changes::table
            .filter(team_changes::team_id.eq(&team))
            .filter(team_changes::account_id.ne(id.to_string()))
            .count()
            .get_result(conn)?;
        let here: i64 = memberships::table
            .filter(memberships::team_id.eq(&team))
            .filter(memberships::account_id.ne(id.to_string()))
            .count()
            .get_result(conn)?;
        if others == 0 && here == 0 {
            found.push((parsed(season)?, parsed(team)?));
        }
    }
    Ok(found)
}

/// Gives a team another name, and takes affiliation, descriptions and links from it, also where
/// they are kept of earlier times.
pub fn make_team_nameless(conn: &mut Conn, season: &str, team: &Team) -> Result<()> {
    tables::teams::set_names(conn, team)?;
    let id = team.id.to_string();
    diesel::update(team_changes::table.filter(team_changes::team_id.eq(&id)))
        .set(team_changes::team_name.eq(team.name.as_str()))
        .execute(conn)?;
    let theirs = submissions::table.filter(submissions::team_id.eq(&id));
    let ids: Vec<String> = theirs.select(submissions::id).load(conn)?;
    diesel::update(theirs)
        .set((submissions::description.eq(None::<String>), submissions::links.eq("[]")))
        .execute(conn)?;
    for ids in ids.chunks(500) {
        diesel::update(submission_versions::table.filter(submission_versions::submission_id.eq_any(ids)))
            .set((submission_versions::description.eq(None::<String>), submission_versions::links.eq("[]")))
            .execute(conn)?;
    }
    diesel::update(audit_log::table.filter(audit_log::object.eq(format!("{season}/{id}"))))
        .set(audit_log::detail.eq("{}"))
        .execute(conn)?;
    Ok(())
}

/// Returns the seasons in which deleted accounts with this address submitted, or came in by a code;
/// of those that were deleted after `since`.
pub fn seasons_of_former(conn: &mut Conn, email: Sha256, since: Timestamp) -> Result<Vec<SeasonId>> {
    let former: Vec<String> = accounts::table
        .filter(accounts::former_email_sha256.eq(email.to_string()))
        .filter(accounts::deleted_at.gt(since.as_micros()))
        .select(accounts::id)
        .load(conn)?;
    let mut seasons: Vec<String> = submission_members::table
        .inner_join(submissions::table)
        .inner_join(quota_ledger::table.on(quota_ledger::submission_id.eq(submission_members::submission_id)))
        .filter(submission_members::account_id.eq_any(&former))
        .select(submissions::season_id)
        .distinct()
        .load(conn)?;
    let by_code = registrations::table.filter(registrations::account_id.eq_any(&former));
    seasons.extend(by_code.select(registrations::season_id).load::<String>(conn)?);
    seasons.into_iter().map(parsed).collect()
}
