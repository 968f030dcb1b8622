//! Who is in which team.

use std::collections::HashMap;

use diesel::prelude::*;
use holdout_protocol::{AccountId, Member, MemberRole, MyTeam, SeasonId, TeamId, Timestamp};

use crate::db::conn::Conn;
use crate::db::schema::{accounts, memberships, organizer_roles, seasons, submission_members, submissions, teams};
use crate::db::values::{parsed, texts};
use crate::error::{Error, Result};

/// The members of these teams, in the order in which they joined.
pub fn members_of(conn: &mut Conn, ids: &[TeamId]) -> Result<HashMap<TeamId, Vec<Member>>> {
    let rows: Vec<(String, String, String, String, i64)> = memberships::table
        .inner_join(accounts::table)
        .filter(memberships::team_id.eq_any(texts(ids)))
        .order((memberships::joined_at, memberships::account_id))
        .select((memberships::team_id, accounts::id, accounts::name, memberships::role, memberships::joined_at))
        .load(conn)?;
    let mut members: HashMap<TeamId, Vec<Member>> = HashMap::new();
    for (team, account, name, role, joined_at) in rows {
        let (account, role) = (parsed(account)?, role_of(&role)?);
        let member = Member { account, name, role, joined_at: Timestamp::from_micros(joined_at) };
        members.entry(parsed(team)?).or_default().push(member);
    }
    Ok(members)
}

/// The accounts of a team's members.
pub fn accounts_of(conn: &mut Conn, team: TeamId) -> Result<Vec<AccountId>> {
    let accounts: Vec<String> = memberships::table
        .filter(memberships::team_id.eq(team.to_string()))
        .order(memberships::account_id)
        .select(memberships::account_id)
        .load(conn)?;
    accounts.into_iter().map(parsed).collect()
}

/// A person's place in a team.
#[derive(Debug, Clone, Copy)]
pub struct Membership {
    pub season: SeasonId,
    /// Team of that season.
    pub team: TeamId,
    pub account: AccountId,
    /// What they are in the team.
    pub role: MemberRole,
}

/// Puts a person into a team.
///
/// # Errors
/// A unique violation if they are in a team of the season.
pub fn insert(conn: &mut Conn, membership: &Membership, now: Timestamp) -> Result<()> {
    diesel::insert_into(memberships::table)
        .values((
            memberships::season_id.eq(membership.season.to_string()),
            memberships::account_id.eq(membership.account.to_string()),
            memberships::team_id.eq(membership.team.to_string()),
            memberships::role.eq(role_text(membership.role)),
            memberships::joined_at.eq(now.as_micros()),
        ))
        .execute(conn)?;
    Ok(())
}

/// A person's place in a season.
pub fn find(conn: &mut Conn, season: SeasonId, account: AccountId) -> Result<Option<Membership>> {
    let row: Option<(String, String)> = memberships::table
        .find((season.to_string(), account.to_string()))
        .select((memberships::team_id, memberships::role))
        .first(conn)
        .optional()?;
    row.map(|(team, role)| Ok(Membership { season, team: parsed(team)?, account, role: role_of(&role)? })).transpose()
}

/// The teams of a person, newest season first, as yet without deadlines of their own.
pub fn teams_of(conn: &mut Conn, account: AccountId) -> Result<Vec<MyTeam>> {
    let rows: Vec<(String, String, String, String)> = memberships::table
        .inner_join(teams::table)
        .inner_join(seasons::table)
        .filter(memberships::account_id.eq(account.to_string()))
        .order(seasons::id.desc())
        .select((teams::id, seasons::slug, teams::name, memberships::role))
        .load(conn)?;
    let my_team = |(id, season, team, role): (String, String, String, String)| {
        let (id, season, team) = (parsed(id)?, parsed(season)?, parsed(team)?);
        Ok(MyTeam { id, season, team, role: role_of(&role)?, extended_until: None })
    };
    rows.into_iter().map(my_team).collect()
}

/// The seasons in which a person is in a team or has submitted.
pub fn seasons_of(conn: &mut Conn, account: AccountId) -> Result<Vec<SeasonId>> {
    let places = memberships::table.filter(memberships::account_id.eq(account.to_string()));
    let mut seasons: Vec<String> = places.select(memberships::season_id).load(conn)?;
    let submitted = submission_members::table
        .inner_join(submissions::table)
        .filter(submission_members::account_id.eq(account.to_string()));
    seasons.extend(submitted.select(submissions::season_id).distinct().load::<String>(conn)?);
    seasons.sort_unstable();
    seasons.dedup();
    seasons.into_iter().map(parsed).collect()
}

/// The name of a member of this team who is an organizer of its season or of the server, if there
/// is one.
pub fn organizer_in(conn: &mut Conn, team: TeamId) -> Result<Option<String>> {
    Ok(memberships::table
        .inner_join(accounts::table)
        .inner_join(organizer_roles::table.on(organizer_roles::account_id.eq(accounts::id)))
        .filter(memberships::team_id.eq(team.to_string()))
        .filter(organizer_roles::ended_at.is_null())
        .filter(
            organizer_roles::season_id.is_null().or(organizer_roles::season_id.eq(memberships::season_id.nullable())),
        )
        .select(accounts::name)
        .first(conn)
        .optional()?)
}

/// Returns how many members a team has.
pub fn size(conn: &mut Conn, team: TeamId) -> Result<i64> {
    Ok(memberships::table.filter(memberships::team_id.eq(team.to_string())).count().get_result(conn)?)
}

/// Gives a member another role; tells whether they are in the team.
pub fn set_role(conn: &mut Conn, team: TeamId, account: AccountId, role: MemberRole) -> Result<bool> {
    let place = memberships::table
        .filter(memberships::team_id.eq(team.to_string()))
        .filter(memberships::account_id.eq(account.to_string()));
    Ok(diesel::update(place).set(memberships::role.eq(role_text(role))).execute(conn)? > 0)
}

/// Takes a person out of a team; whether they were in it.
pub fn delete(conn: &mut Conn, team: TeamId, account: AccountId) -> Result<bool> {
    let place = memberships::table
        .filter(memberships::team_id.eq(team.to_string()))
        .filter(memberships::account_id.eq(account.to_string()));
    Ok(diesel::delete(place).execute(conn)? > 0)
}

const fn role_text(role: MemberRole) -> &'static str {
    match role {
        MemberRole::Captain => "captain",
        MemberRole::Member => "member",
    }
}

fn role_of(text: &str) -> Result<MemberRole> {
    match text {
        "captain" => Ok(MemberRole::Captain),
        "member" => Ok(MemberRole::Member),
        other => Err(Error::internal(format!("unknown role `{other}`"))),
    }
}
