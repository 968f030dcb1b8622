//! Who founded, joined and left teams: only ever added to.

use diesel::prelude::*;
use holdout_protocol::{
    AccountId, Page, SeasonId, TeamAction, TeamChange, TeamChangeId, TeamChangeQuery, TeamId, TeamName, Timestamp,
};

use crate::db::conn::Conn;
use crate::db::pages::{page_of, rows_to_fetch};
use crate::db::schema::{accounts, team_changes};
use crate::db::values::{from_word, int, parsed, to_word};
use crate::error::Result;

/// A change, before it is recorded.
#[derive(Debug, Clone, Copy)]
pub struct NewTeamChange<'a> {
    pub season: SeasonId,
    pub team: TeamId,
    pub team_name: &'a TeamName,
    /// Who.
    pub account: AccountId,
    /// What they did.
    pub action: TeamAction,
    /// Submissions charged to them in the season before.
    pub submissions: u32,
    /// When.
    pub at: Timestamp,
}

pub fn insert(conn: &mut Conn, change: &NewTeamChange<'_>) -> Result<()> {
    diesel::insert_into(team_changes::table)
        .values((
            team_changes::id.eq(TeamChangeId::new().to_string()),
            team_changes::season_id.eq(change.season.to_string()),
            team_changes::team_id.eq(change.team.to_string()),
            team_changes::team_name.eq(change.team_name.as_str()),
            team_changes::account_id.eq(change.account.to_string()),
            team_changes::action.eq(to_word(&change.action)?),
            team_changes::submissions.eq(int::<_, i32>(change.submissions)?),
            team_changes::at.eq(change.at.as_micros()),
        ))
        .execute(conn)?;
    Ok(())
}

/// Returns how many teams a person has founded in a season, including those that are gone.
pub fn founded(conn: &mut Conn, season: SeasonId, account: AccountId) -> Result<u32> {
    let count: i64 = team_changes::table
        .filter(team_changes::account_id.eq(account.to_string()))
        .filter(team_changes::season_id.eq(season.to_string()))
        .filter(team_changes::action.eq(to_word(&TeamAction::Founded)?))
        .count()
        .get_result(conn)?;
    int(count)
}

/// Returns who was the last to come into or go out of a team.
pub fn last_of_team(conn: &mut Conn, team: TeamId) -> Result<Option<AccountId>> {
    let last: Option<String> = team_changes::table
        .filter(team_changes::team_id.eq(team.to_string()))
        .order(team_changes::id.desc())
        .select(team_changes::account_id)
        .first(conn)
        .optional()?;
    last.map(parsed).transpose()
}

type Row = (String, i64, String, String, String, String, String, String, i32);

/// A page of a season's changes, newest first; unless `query.all`, only those of people who had
/// submitted before.
pub fn page(conn: &mut Conn, season: SeasonId, query: &TeamChangeQuery) -> Result<Page<TeamChange>> {
    let page = query.page();
    let mut select = team_changes::table
        .inner_join(accounts::table)
        .filter(team_changes::season_id.eq(season.to_string()))
        .order(team_changes::id.desc())
        .limit(rows_to_fetch(&page))
        .select((
            team_changes::id,
            team_changes::at,
            accounts::id,
            accounts::name,
            accounts::email,
            team_changes::action,
            team_changes::team_id,
            team_changes::team_name,
            team_changes::submissions,
        ))
        .into_boxed();
    if query.all != Some(true) {
        select = select.filter(team_changes::submissions.gt(0));
    }
    if let Some(cursor) = &page.cursor {
        select = select.filter(team_changes::id.lt(cursor.clone()));
    }
    let rows: Vec<Row> = select.load(conn)?;
    let changes = rows.into_iter().map(change).collect::<Result<Vec<_>>>()?;
    Ok(page_of(changes, &page, |change| change.id.to_string()))
}

fn change((id, at, account, name, email, action, team, team_name, submissions): Row) -> Result<TeamChange> {
    Ok(TeamChange {
        id: parsed(id)?,
        at: Timestamp::from_micros(at),
        account: parsed(account)?,
        name,
        email,
        action: from_word(&action)?,
        team: parsed(team)?,
        team_name,
        submissions: int(submissions)?,
    })
}
