//! Who runs seasons, and the links that make somebody an organizer.

use diesel::prelude::*;
use holdout_protocol::{AccountId, OrganizerProfile, Page, PageQuery, SeasonId, Timestamp};

use crate::db::conn::Conn;
use crate::db::pages::{page_of, rows_to_fetch};
use crate::db::schema::{accounts, seasons};
use crate::db::values::parsed;
use crate::error::Result;

/// Makes an account an organizer's; `by` is who invited them.
pub fn appoint(conn: &mut Conn, id: AccountId, by: Option<AccountId>, now: Timestamp) -> Result<()> {
    diesel::update(accounts::table.find(id.to_string()))
        .set((
            accounts::organizer.eq(true),
            accounts::organizer_since.eq(now.as_micros()),
            accounts::invited_by.eq(by.map(String::from)),
        ))
        .execute(conn)?;
    Ok(())
}

/// Takes an account's rights as an organizer away.
pub fn dismiss(conn: &mut Conn, id: AccountId, now: Timestamp) -> Result<()> {
    diesel::update(accounts::table.find(id.to_string()))
        .set((accounts::organizer.eq(false), accounts::organizer_until.eq(now.as_micros())))
        .execute(conn)?;
    Ok(())
}

pub fn count(conn: &mut Conn) -> Result<i64> {
    Ok(accounts::table.filter(accounts::organizer).count().get_result(conn)?)
}

/// Whether an organizer has chosen a password.
pub fn any_has_password(conn: &mut Conn) -> Result<bool> {
    let count: i64 =
        accounts::table.filter(accounts::organizer).filter(accounts::has_password).count().get_result(conn)?;
    Ok(count > 0)
}

/// Until when an account was an organizer's while this season was there already; `None` if it never was.
pub fn knew_season_until(conn: &mut Conn, id: AccountId, season: SeasonId) -> Result<Option<Timestamp>> {
    let until: Option<i64> = accounts::table
        .find(id.to_string())
        .select(accounts::organizer_until)
        .first::<Option<i64>>(conn)
        .optional()?
        .flatten();
    let Some(until) = until else { return Ok(None) };
    let made: i64 = seasons::table.find(season.to_string()).select(seasons::created_at).first(conn)?;
    Ok(Some(Timestamp::from_micros(until)).filter(|_| made < until))
}

type ProfileRow = (String, String, String, i64, Option<i64>, Option<String>, bool);

/// A page of the organizers, in the order in which their accounts were made.
pub fn page(conn: &mut Conn, query: &PageQuery) -> Result<Page<OrganizerProfile>> {
    let inviters = diesel::alias!(accounts as inviters);
    let mut select = accounts::table
        .left_join(inviters.on(accounts::invited_by.eq(inviters.field(accounts::id).nullable())))
        .filter(accounts::organizer)
        .select((
            accounts::id,
            accounts::name,
            accounts::email,
            accounts::created_at,
            accounts::organizer_since,
            inviters.field(accounts::name).nullable(),
            accounts::has_password,
        ))
        .order(accounts::id)
        .limit(rows_to_fetch(query))
        .into_boxed();
    if let Some(cursor) = &query.cursor {
        select = select.filter(accounts::id.gt(cursor.clone()));
    }
    let rows: Vec<ProfileRow> = select.load(conn)?;
    let items = rows.into_iter().map(profile).collect::<Result<Vec<_>>>()?;
    Ok(page_of(items, query, |profile| profile.account.to_string()))
}

fn profile((id, name, email, made, since, invited_by, has_password): ProfileRow) -> Result<OrganizerProfile> {
    let since = Timestamp::from_micros(since.unwrap_or(made));
    Ok(OrganizerProfile { account: parsed(id)?, name, email, since, invited_by, has_password })
}
