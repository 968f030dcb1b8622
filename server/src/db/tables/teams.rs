//! Teams and memberships.

use std::collections::HashMap;

use diesel::prelude::*;
use holdout_protocol::{Page, PageQuery, SeasonId, TeamId, TeamName, TeamStatus, Timestamp};
use serde::Serialize;

use crate::db::conn::Conn;
use crate::db::pages::{page_of, rows_to_fetch};
use crate::db::schema::{submissions, teams};
use crate::db::search::{Search, contains};
use crate::db::values::{from_word, int, parsed, texts};
use crate::error::Result;
use crate::names;

#[derive(Debug, Clone, Serialize)]
pub struct Team {
    pub id: TeamId,
    pub season: SeasonId,
    pub name: TeamName,
    /// University or company.
    pub affiliation: Option<String>,
    /// When it was made.
    pub created_at: Timestamp,
    /// Whether it may submit.
    pub status: TeamStatus,
    /// What an organizer told the team with the decision.
    pub status_note: Option<String>,
}

#[derive(Queryable, Selectable)]
#[diesel(table_name = teams)]
struct Row {
    id: String,
    season_id: String,
    name: String,
    affiliation: Option<String>,
    created_at: i64,
    status: String,
    status_note: Option<String>,
}

fn team(row: Row) -> Result<Team> {
    Ok(Team {
        id: parsed(row.id)?,
        season: parsed(row.season_id)?,
        name: parsed(row.name)?,
        affiliation: row.affiliation,
        created_at: row.created_at.into(),
        status: from_word(&row.status)?,
        status_note: row.status_note,
    })
}

/// A team that became part of another one. Its row stays, so that nobody takes its name and boards
/// of an earlier time can name it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Merged {
    /// The name that it had.
    pub name: TeamName,
    pub at: Timestamp,
    /// What organizers wrote.
    pub reason: String,
}

/// Adds a team, as yet without members.
///
/// # Errors
/// A unique violation if the name is taken in its season.
pub fn insert(conn: &mut Conn, team: &Team) -> Result<()> {
    diesel::insert_into(teams::table)
        .values((
            teams::id.eq(team.id.to_string()),
            teams::season_id.eq(team.season.to_string()),
            teams::name.eq(team.name.as_str()),
            teams::name_key.eq(team.name.key()),
            teams::look_key.eq(names::look(team.name.as_str())),
            teams::affiliation.eq(&team.affiliation),
            teams::created_at.eq(team.created_at.as_micros()),
            teams::status.eq(team.status.as_str()),
            teams::status_note.eq(&team.status_note),
        ))
        .execute(conn)?;
    Ok(())
}

/// The team of a season with this name, without regard to case. The name of a team that became part
/// of another one stands for that one.
pub fn by_name(conn: &mut Conn, season: SeasonId, name: &TeamName) -> Result<Option<Team>> {
    let found: Option<(String, Option<String>)> = teams::table
        .filter(teams::season_id.eq(season.to_string()))
        .filter(teams::name_key.eq(name.key()))
        .select((teams::id, teams::merged_into))
        .first(conn)
        .optional()?;
    found.map(|ids| standing(conn, ids)).transpose()
}

/// The team of this id, or the one that it became part of.
fn standing(conn: &mut Conn, (id, merged_into): (String, Option<String>)) -> Result<Team> {
    team(teams::table.find(merged_into.unwrap_or(id)).select(Row::as_select()).first(conn)?)
}

/// Another team of the season whose name a reader would take for this one.
pub fn of_the_same_look(conn: &mut Conn, team: &Team) -> Result<Option<Team>> {
    let name = team.name.as_str();
    let row: Option<Row> = teams::table
        .filter(teams::season_id.eq(team.season.to_string()))
        .filter(teams::id.ne(team.id.to_string()))
        .filter(teams::name_key.eq(team.name.key()).or(teams::look_key.eq(names::look(name))))
        .select(Row::as_select())
        .first(conn)
        .optional()?;
    row.map(self::team).transpose()
}

/// Works out the keys of names from before there were looks. Two teams that look the same keep what
/// they have.
pub fn complete_names(conn: &mut Conn) -> Result<()> {
    let rows: Vec<Row> = teams::table.filter(teams::look_key.eq("")).select(Row::as_select()).load(conn)?;
    for row in rows {
        let team = team(row)?;
        if of_the_same_look(conn, &team)?.is_some() {
            tracing::warn!(team = %team.id, "the name of this team looks like that of another team in its season");
        } else {
            set_names(conn, &team)?;
        }
    }
    Ok(())
}

/// The team of a season with this id or name. A team that became part of another one is that one.
pub fn by_reference(conn: &mut Conn, season: SeasonId, reference: &str) -> Result<Option<Team>> {
    if let Ok(id) = reference.parse::<TeamId>() {
        let found: Option<(String, Option<String>)> = teams::table
            .find(id.to_string())
            .filter(teams::season_id.eq(season.to_string()))
            .select((teams::id, teams::merged_into))
            .first(conn)
            .optional()?;
        if let Some(ids) = found {
            return standing(conn, ids).map(Some);
        }
    }
    match reference.parse::<TeamName>() {
        Ok(name) => by_name(conn, season, &name),
        Err(_) => Ok(None),
    }
}

/// The team with this id.
pub fn find(conn: &mut Conn, id: TeamId) -> Result<Option<Team>> {
    let row: Option<Row> = teams::table.find(id.to_string()).select(Row::as_select()).first(conn).optional()?;
    row.map(team).transpose()
}

/// Which teams of a season are listed.
#[derive(Debug, Clone, Default)]
pub struct Filter {
    /// Those whose name or affiliation contains this only.
    pub search: Option<Search>,
    /// Those with this status only.
    pub status: Option<TeamStatus>,
    /// Those that were approved only, and this one.
    pub approved_or: Option<Option<TeamId>>,
}

/// A page of a season's teams, oldest first, without those that became part of others.
pub fn page(conn: &mut Conn, season: SeasonId, filter: &Filter, query: &PageQuery) -> Result<Page<Team>> {
    let mut select = teams::table
        .filter(teams::season_id.eq(season.to_string()))
        .filter(teams::merged_into.is_null())
        .select(Row::as_select())
        .order(teams::id.asc())
        .limit(rows_to_fetch(query))
        .into_boxed();
    if let Some(search) = &filter.search {
        let named = teams::name_key.like(search.key.clone()).escape('\\').nullable();
        select = select.filter(named.or(contains!(teams::affiliation, search)));
    }
    if let Some(status) = filter.status {
        select = select.filter(teams::status.eq(status.as_str()));
    }
    if let Some(own) = filter.approved_or {
        let own = own.map(String::from).unwrap_or_default();
        select = select.filter(teams::status.eq(TeamStatus::Approved.as_str()).or(teams::id.eq(own)));
    }
    if let Some(cursor) = &query.cursor {
        select = select.filter(teams::id.gt(cursor.clone()));
    }
    let rows: Vec<Row> = select.load(conn)?;
    let found = rows.into_iter().map(team).collect::<Result<Vec<_>>>()?;
    Ok(page_of(found, query, |team| team.id.to_string()))
}

/// Writes name and affiliation of a team.
///
/// # Errors
/// A unique violation if the name is taken in the season.
pub fn set_names(conn: &mut Conn, team: &Team) -> Result<()> {
    diesel::update(teams::table.find(team.id.to_string()))
        .set((
            teams::name.eq(team.name.as_str()),
            teams::name_key.eq(team.name.key()),
            teams::look_key.eq(names::look(team.name.as_str())),
            teams::affiliation.eq(&team.affiliation),
        ))
        .execute(conn)?;
    Ok(())
}

/// Writes whether a team may submit, and what it is told.
pub fn set_status(conn: &mut Conn, id: TeamId, status: TeamStatus, note: Option<&str>) -> Result<()> {
    diesel::update(teams::table.find(id.to_string()))
        .set((teams::status.eq(status.as_str()), teams::status_note.eq(note)))
        .execute(conn)?;
    Ok(())
}

/// Deletes a team without members, invitations and submissions, and those that became part of it.
pub fn delete(conn: &mut Conn, id: TeamId) -> Result<()> {
    diesel::delete(teams::table.filter(teams::merged_into.eq(id.to_string()))).execute(conn)?;
    diesel::delete(teams::table.find(id.to_string())).execute(conn)?;
    Ok(())
}

/// Writes that a team became part of another one, together with those that had become part of it.
pub fn set_merged(conn: &mut Conn, from: TeamId, into: TeamId, reason: &str, at: Timestamp) -> Result<()> {
    let (from, into) = (from.to_string(), into.to_string());
    diesel::update(teams::table.filter(teams::merged_into.eq(&from)))
        .set(teams::merged_into.eq(&into))
        .execute(conn)?;
    let merged = (teams::merged_into.eq(&into), teams::merged_at.eq(at.as_micros()), teams::merge_reason.eq(reason));
    diesel::update(teams::table.find(&from)).set(merged).execute(conn)?;
    Ok(())
}

/// The teams that became part of these, in that order.
pub fn merged_into(conn: &mut Conn, ids: &[TeamId]) -> Result<HashMap<TeamId, Vec<Merged>>> {
    let rows: Vec<(String, String, i64, String)> = teams::table
        .filter(teams::merged_into.eq_any(texts(ids)))
        .order((teams::merged_at, teams::id))
        .select((
            teams::merged_into.assume_not_null(),
            teams::name,
            teams::merged_at.assume_not_null(),
            teams::merge_reason.assume_not_null(),
        ))
        .load(conn)?;
    let mut found: HashMap<TeamId, Vec<Merged>> = HashMap::new();
    for (into, name, at, reason) in rows {
        let merged = Merged { name: parsed(name)?, at: at.into(), reason };
        found.entry(parsed(into)?).or_default().push(merged);
    }
    Ok(found)
}

/// Returns how many submissions these teams have made; teams without any are missing.
pub fn submissions_of(conn: &mut Conn, ids: &[TeamId]) -> Result<HashMap<TeamId, u64>> {
    let rows: Vec<(String, i64)> = submissions::table
        .filter(submissions::team_id.eq_any(texts(ids)))
        .group_by(submissions::team_id)
        .select((submissions::team_id, diesel::dsl::count_star()))
        .load(conn)?;
    rows.into_iter().map(|(team, count)| Ok((parsed(team)?, int(count)?))).collect()
}
