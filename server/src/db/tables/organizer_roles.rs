//! What organizers may do, and where. Roles that have ended are kept.

use diesel::prelude::*;
use holdout_protocol::{
    AccountId, MyOrganizerRole, OrganizerProfile, OrganizerRole, OrganizerRoleId, Page, PageQuery, SeasonId, Slug,
    Timestamp,
};

use crate::db::conn::Conn;
use crate::db::pages::{page_of, rows_to_fetch};
use crate::db::schema::{accounts, organizer_roles as roles, seasons};
use crate::db::values::{from_word, parsed, to_word};
use crate::error::Result;

/// A role that somebody has.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct HeldRole {
    /// The season in which it counts; `None` if it counts on the whole server.
    pub season: Option<Slug>,
    pub role: OrganizerRole,
}

impl From<HeldRole> for MyOrganizerRole {
    fn from(held: HeldRole) -> Self {
        Self { season: held.season, role: held.role }
    }
}

/// All roles of an account.
pub fn of_account(conn: &mut Conn, account: AccountId) -> Result<Vec<HeldRole>> {
    let rows: Vec<(Option<String>, String)> = roles::table
        .left_join(seasons::table)
        .filter(roles::account_id.eq(account.to_string()))
        .filter(roles::ended_at.is_null())
        .order(roles::id)
        .select((seasons::slug.nullable(), roles::role))
        .load(conn)?;
    let held = |(season, role): (Option<String>, String)| {
        Ok(HeldRole { season: season.map(parsed).transpose()?, role: from_word(&role)? })
    };
    rows.into_iter().map(held).collect()
}

/// The id of the row of an account's role in just this season, or on the server, with the role.
fn row_at(conn: &mut Conn, account: AccountId, season: Option<SeasonId>) -> Result<Option<(String, String)>> {
    let rows: Vec<(String, Option<String>, String)> = roles::table
        .filter(roles::account_id.eq(account.to_string()))
        .filter(roles::ended_at.is_null())
        .select((roles::id, roles::season_id, roles::role))
        .load(conn)?;
    let season = season.map(String::from);
    Ok(rows.into_iter().find(|(_, place, _)| *place == season).map(|(id, _, role)| (id, role)))
}

/// The role that an account was given for just this season, or for the server if there is none.
pub fn role_at(conn: &mut Conn, account: AccountId, season: Option<SeasonId>) -> Result<Option<OrganizerRole>> {
    row_at(conn, account, season)?.map(|(_, role)| from_word(&role)).transpose()
}

/// Gives an account a role; `by` is who invited them. It must have none there.
pub fn grant(
    conn: &mut Conn,
    account: AccountId,
    season: Option<SeasonId>,
    role: OrganizerRole,
    by: Option<AccountId>,
    now: Timestamp,
) -> Result<()> {
    diesel::insert_into(roles::table)
        .values((
            roles::id.eq(OrganizerRoleId::new().to_string()),
            roles::account_id.eq(account.to_string()),
            roles::season_id.eq(season.map(String::from)),
            roles::role.eq(to_word(&role)?),
            roles::granted_at.eq(now.as_micros()),
            roles::granted_by.eq(by.map(String::from)),
        ))
        .execute(conn)?;
    Ok(())
}

/// Puts another role in the place of the one that an account has.
pub fn change(conn: &mut Conn, account: AccountId, season: Option<SeasonId>, role: OrganizerRole) -> Result<()> {
    if let Some((id, _)) = row_at(conn, account, season)? {
        diesel::update(roles::table.find(id)).set(roles::role.eq(to_word(&role)?)).execute(conn)?;
    }
    Ok(())
}

/// Takes an account's role away.
pub fn end(conn: &mut Conn, account: AccountId, season: Option<SeasonId>, now: Timestamp) -> Result<()> {
    if let Some((id, _)) = row_at(conn, account, season)? {
        diesel::update(roles::table.find(id)).set(roles::ended_at.eq(now.as_micros())).execute(conn)?;
    }
    Ok(())
}

/// Counts the owners of the server.
pub fn count_owners(conn: &mut Conn) -> Result<i64> {
    Ok(roles::table
        .filter(roles::season_id.is_null())
        .filter(roles::ended_at.is_null())
        .filter(roles::role.eq(to_word(&OrganizerRole::Owner)?))
        .count()
        .get_result(conn)?)
}

/// Returns true if somebody with a role has chosen a password.
pub fn an_owner_has_password(conn: &mut Conn) -> Result<bool> {
    let count: i64 = roles::table
        .inner_join(accounts::table.on(roles::account_id.eq(accounts::id)))
        .filter(roles::ended_at.is_null())
        .filter(roles::season_id.is_null())
        .filter(roles::role.eq(to_word(&OrganizerRole::Owner)?))
        .filter(accounts::has_password)
        .count()
        .get_result(conn)?;
    Ok(count > 0)
}

/// Until when an account was an organizer of this season, or of the server while the season was
/// there already; `None` if it never was.
pub fn knew_season_until(conn: &mut Conn, account: AccountId, season: SeasonId) -> Result<Option<Timestamp>> {
    let made: i64 = seasons::table.find(season.to_string()).select(seasons::created_at).first(conn)?;
    let until: Option<i64> = roles::table
        .filter(roles::account_id.eq(account.to_string()))
        .filter(roles::season_id.is_null().and(roles::ended_at.gt(made)).or(roles::season_id.eq(season.to_string())))
        .select(diesel::dsl::max(roles::ended_at))
        .first(conn)?;
    Ok(until.map(Timestamp::from_micros))
}

type ProfileRow = (String, String, String, String, String, Option<String>, i64, Option<String>, bool);

/// A page of the organizers: of one season, or all if there is none. The first ones first.
pub fn page(conn: &mut Conn, season: Option<SeasonId>, query: &PageQuery) -> Result<Page<OrganizerProfile>> {
    let inviters = diesel::alias!(accounts as inviters);
    let mut select = roles::table
        .inner_join(accounts::table.on(roles::account_id.eq(accounts::id)))
        .left_join(seasons::table.on(roles::season_id.eq(seasons::id.nullable())))
        .left_join(inviters.on(roles::granted_by.eq(inviters.field(accounts::id).nullable())))
        .filter(roles::ended_at.is_null())
        .select((
            roles::id,
            accounts::id,
            accounts::name,
            accounts::email,
            roles::role,
            seasons::slug.nullable(),
            roles::granted_at,
            inviters.field(accounts::name).nullable(),
            accounts::has_password,
        ))
        .order(roles::id)
        .limit(rows_to_fetch(query))
        .into_boxed();
    if let Some(season) = season {
        select = select.filter(roles::season_id.eq(season.to_string()));
    }
    if let Some(cursor) = &query.cursor {
        select = select.filter(roles::id.gt(cursor.clone()));
    }
    let rows: Vec<ProfileRow> = select.load(conn)?;
    let page = page_of(rows, query, |row| row.0.clone());
    let items = page.items.into_iter().map(profile).collect::<Result<Vec<_>>>()?;
    Ok(Page { items, next_cursor: page.next_cursor })
}

fn profile(
    (_, account, name, email, role, season, since, invited_by, has_password): ProfileRow,
) -> Result<OrganizerProfile> {
    Ok(OrganizerProfile {
        account: parsed(account)?,
        name,
        email,
        role: from_word(&role)?,
        season: season.map(parsed).transpose()?,
        since: Timestamp::from_micros(since),
        invited_by,
        has_password,
    })
}
