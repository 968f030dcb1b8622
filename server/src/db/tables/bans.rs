//! Bans, and the people that they are about.

use std::collections::HashMap;

use diesel::prelude::*;
use holdout_protocol::{
    AccountId, Ban, BanId, BanQuery, BannedPerson, Page, SeasonId, Sha256, Slug, TeamId, TeamName, Timestamp,
};

use crate::db::conn::Conn;
use crate::db::pages::{page_of, rows_to_fetch};
use crate::db::schema::{banned_people, bans, evaluations, seasons, submission_members, submissions, teams};
use crate::db::tables::evaluations::OPEN;
use crate::db::values::{int, parsed, texts};
use crate::error::Result;

/// A new ban.
#[derive(Debug)]
pub struct NewBan<'a> {
    pub id: BanId,
    /// `None` for the whole server.
    pub season: Option<SeasonId>,
    /// `None` if one person is banned.
    pub team: Option<TeamId>,
    pub reason: &'a str,
    pub until: Option<Timestamp>,
    /// The organizer.
    pub by: AccountId,
}

/// A person, with the digest of their address.
#[derive(Debug, Clone)]
pub struct Person {
    pub account: AccountId,
    pub name: String,
    pub email: Sha256,
}

pub fn insert(conn: &mut Conn, ban: &NewBan<'_>, people: &[Person], now: Timestamp) -> Result<()> {
    diesel::insert_into(bans::table)
        .values((
            bans::id.eq(ban.id.to_string()),
            bans::season_id.eq(ban.season.map(String::from)),
            bans::team_id.eq(ban.team.map(String::from)),
            bans::reason.eq(ban.reason),
            bans::until.eq(ban.until.map(i64::from)),
            bans::created_by.eq(ban.by.to_string()),
            bans::created_at.eq(now.as_micros()),
        ))
        .execute(conn)?;
    for person in people {
        diesel::insert_into(banned_people::table)
            .values((
                banned_people::ban_id.eq(ban.id.to_string()),
                banned_people::account_id.eq(person.account.to_string()),
                banned_people::name.eq(&person.name),
                banned_people::email_sha256.eq(person.email.to_string()),
            ))
            .execute(conn)?;
    }
    Ok(())
}

/// A ban as the one whom it is about is told of it.
#[derive(Debug, Clone)]
pub struct InForce {
    /// `None` for the whole server.
    pub season: Option<(SeasonId, Slug)>,
    pub team: Option<TeamName>,
    pub reason: String,
    /// `None` until it is lifted.
    pub until: Option<Timestamp>,
}

type InForceRow = (Option<(String, String)>, Option<String>, String, Option<i64>);

fn in_force((season, team, reason, until): InForceRow) -> Result<InForce> {
    let season = season.map(|(id, slug)| Ok::<_, crate::error::Error>((parsed(id)?, parsed(slug)?))).transpose()?;
    Ok(InForce { season, team: team.map(parsed).transpose()?, reason, until: until.map(Timestamp::from) })
}

/// Whether a ban is in force at a time, in microseconds: neither lifted nor over.
#[diesel::dsl::auto_type(no_type_alias)]
fn holds(now: i64) -> _ {
    bans::lifted_at.is_null().and(bans::until.is_null().or(bans::until.gt(now)))
}

macro_rules! in_force {
    ($now:expr) => {
        bans::table.left_join(seasons::table).left_join(teams::table).filter(holds($now.as_micros())).select((
            (seasons::id, seasons::slug).nullable(),
            teams::name.nullable(),
            bans::reason,
            bans::until,
        ))
    };
}

/// The bans of a person that are in force, those without an end first.
pub fn of_person(conn: &mut Conn, account: AccountId, email: Sha256, now: Timestamp) -> Result<Vec<InForce>> {
    let theirs = banned_people::table
        .filter(banned_people::account_id.eq(account.to_string()).or(banned_people::email_sha256.eq(email.to_string())))
        .select(banned_people::ban_id);
    let ids: Vec<String> = theirs.load(conn)?;
    let rows: Vec<InForceRow> = in_force!(now).filter(bans::id.eq_any(ids)).order(bans::id).load(conn)?;
    let mut found = rows.into_iter().map(in_force).collect::<Result<Vec<_>>>()?;
    found.sort_by_key(|ban| std::cmp::Reverse(ban.until.map_or(i64::MAX, Timestamp::as_micros)));
    Ok(found)
}

/// A ban of a team that is in force.
pub fn of_team(conn: &mut Conn, team: TeamId, now: Timestamp) -> Result<Option<InForce>> {
    let row: Option<InForceRow> =
        in_force!(now).filter(bans::team_id.eq(team.to_string())).order(bans::id).first(conn).optional()?;
    row.map(in_force).transpose()
}

/// Returns true if a team is banned or ever was.
pub fn has_any(conn: &mut Conn, team: TeamId) -> Result<bool> {
    let count: i64 = bans::table.filter(bans::team_id.eq(team.to_string())).count().get_result(conn)?;
    Ok(count > 0)
}

/// What makes two bans the same.
#[derive(Debug, Clone, Copy)]
pub struct Same<'a> {
    /// `None` for the whole server.
    pub season: Option<SeasonId>,
    /// `None` if one person is banned.
    pub team: Option<TeamId>,
    /// All who are banned.
    pub accounts: &'a [AccountId],
    pub until: Option<Timestamp>,
}

/// Id, season, team and end.
type SameRow = (String, Option<String>, Option<String>, Option<i64>);

/// A ban in force that is the same as another one, and about everybody whom that one is about.
pub fn same(conn: &mut Conn, other: &Same<'_>, now: Timestamp) -> Result<Option<BanId>> {
    let rows: Vec<SameRow> = bans::table
        .filter(holds(now.as_micros()))
        .order(bans::id)
        .select((bans::id, bans::season_id, bans::team_id, bans::until))
        .load(conn)?;
    let wanted = (other.season.map(String::from), other.team.map(String::from), other.until.map(i64::from));
    for (id, season, team, until) in rows {
        if (season, team, until) != wanted {
            continue;
        }
        let people: i64 = banned_people::table
            .filter(banned_people::ban_id.eq(&id))
            .filter(banned_people::account_id.eq_any(texts(other.accounts)))
            .count()
            .get_result(conn)?;
        if usize::try_from(people).is_ok_and(|people| people == other.accounts.len()) {
            return parsed(id).map(Some);
        }
    }
    Ok(None)
}

/// Returns how many submissions of these people wait or run.
pub fn waiting(conn: &mut Conn, people: &[AccountId]) -> Result<u64> {
    let ids: Vec<String> = submission_members::table
        .inner_join(submissions::table)
        .inner_join(evaluations::table.on(evaluations::id.eq(submissions::evaluation_id)))
        .filter(submission_members::account_id.eq_any(texts(people)))
        .filter(diesel::dsl::sql::<diesel::sql_types::Bool>(OPEN))
        .select(submissions::id)
        .distinct()
        .load(conn)?;
    int(ids.len())
}

/// The name of the season that a ban is about; `None` if it is about the whole server, or there is
/// no such ban.
pub fn season_of(conn: &mut Conn, id: BanId) -> Result<Option<String>> {
    let of_season = bans::table.inner_join(seasons::table).filter(bans::id.eq(id.to_string()));
    Ok(of_season.select(seasons::slug).first(conn).optional()?)
}

/// Lifts a ban; returns whether it was in force. `None` if there is no such ban.
pub fn lift(conn: &mut Conn, id: BanId, now: Timestamp) -> Result<Option<bool>> {
    let known: Option<String> = bans::table.find(id.to_string()).select(bans::id).first(conn).optional()?;
    if known.is_none() {
        return Ok(None);
    }
    let open = bans::table.find(id.to_string()).filter(holds(now.as_micros()));
    Ok(Some(diesel::update(open).set(bans::lifted_at.eq(now.as_micros())).execute(conn)? > 0))
}

type Row = (String, Option<String>, Option<String>, String, Option<i64>, i64, Option<i64>);

/// A page of bans, newest first: those of a season and of the whole server, or all; unless asked
/// for all, those in force.
pub fn page(conn: &mut Conn, season: Option<SeasonId>, query: &BanQuery, now: Timestamp) -> Result<Page<Ban>> {
    let page = query.page();
    let mut select = bans::table
        .left_join(seasons::table)
        .left_join(teams::table)
        .order(bans::id.desc())
        .limit(rows_to_fetch(&page))
        .select((
            bans::id,
            seasons::slug.nullable(),
            teams::name.nullable(),
            bans::reason,
            bans::until,
            bans::created_at,
            bans::lifted_at,
        ))
        .into_boxed();
    if let Some(season) = season {
        select = select.filter(bans::season_id.eq(season.to_string()).or(bans::season_id.is_null()));
    }
    if !query.all {
        select = select.filter(holds(now.as_micros()));
    }
    if let Some(cursor) = &page.cursor {
        select = select.filter(bans::id.lt(cursor.clone()));
    }
    let rows: Vec<Row> = select.load(conn)?;
    let mut people = people_of(conn, rows.iter().map(|row| row.0.clone()).collect())?;
    let ban = |(id, season, team, reason, until, created_at, lifted_at): Row| {
        Ok(Ban {
            people: people.remove(&id).unwrap_or_default(),
            id: parsed(id)?,
            season: season.map(parsed).transpose()?,
            team: team.map(parsed).transpose()?,
            reason,
            until: until.map(Timestamp::from),
            created_at: created_at.into(),
            lifted_at: lifted_at.map(Timestamp::from),
        })
    };
    let found = rows.into_iter().map(ban).collect::<Result<Vec<_>>>()?;
    Ok(page_of(found, &page, |ban: &Ban| ban.id.to_string()))
}

fn people_of(conn: &mut Conn, ids: Vec<String>) -> Result<HashMap<String, Vec<BannedPerson>>> {
    let rows: Vec<(String, String, String)> = banned_people::table
        .filter(banned_people::ban_id.eq_any(ids))
        .order((banned_people::name, banned_people::account_id))
        .select((banned_people::ban_id, banned_people::account_id, banned_people::name))
        .load(conn)?;
    let mut people: HashMap<String, Vec<BannedPerson>> = HashMap::new();
    for (ban, account, name) in rows {
        people.entry(ban).or_default().push(BannedPerson { account: parsed(account)?, name });
    }
    Ok(people)
}
