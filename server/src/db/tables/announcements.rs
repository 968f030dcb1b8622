//! Announcements of organizers.

use std::collections::HashMap;

use diesel::prelude::*;
use holdout_protocol::{AccountId, AnnouncementId, Page, PageQuery, SeasonId, Timestamp};
use serde::Serialize;

use crate::db::conn::Conn;
use crate::db::pages::{page_of, rows_to_fetch};
use crate::db::schema::announcements;
use crate::db::values::{parsed, texts};
use crate::error::{Error, Result};

/// An announcement.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Announcement {
    pub id: AnnouncementId,
    pub season: SeasonId,
    pub by: AccountId,
    pub created_at: Timestamp,
    pub title: String,
    pub text: String,
    pub edited_at: Option<Timestamp>,
    pub withdrawn_at: Option<Timestamp>,
    /// When it was made, changed or withdrawn last.
    pub updated_at: Timestamp,
}

#[derive(Queryable, Selectable, Insertable)]
#[diesel(table_name = announcements)]
struct Row {
    id: String,
    season_id: String,
    created_by: String,
    created_at: i64,
    title: String,
    text: String,
    edited_at: Option<i64>,
    withdrawn_at: Option<i64>,
    updated_at: i64,
}

impl TryFrom<Row> for Announcement {
    type Error = Error;
    fn try_from(row: Row) -> Result<Self> {
        Ok(Self {
            id: parsed(row.id)?,
            season: parsed(row.season_id)?,
            by: parsed(row.created_by)?,
            created_at: row.created_at.into(),
            title: row.title,
            text: row.text,
            edited_at: row.edited_at.map(Timestamp::from),
            withdrawn_at: row.withdrawn_at.map(Timestamp::from),
            updated_at: row.updated_at.into(),
        })
    }
}

pub fn insert(conn: &mut Conn, new: &Announcement) -> Result<()> {
    let row = Row {
        id: new.id.to_string(),
        season_id: new.season.to_string(),
        created_by: new.by.to_string(),
        created_at: new.created_at.into(),
        title: new.title.clone(),
        text: new.text.clone(),
        edited_at: new.edited_at.map(i64::from),
        withdrawn_at: new.withdrawn_at.map(i64::from),
        updated_at: new.updated_at.into(),
    };
    diesel::insert_into(announcements::table).values(row).execute(conn)?;
    Ok(())
}

/// The announcement of this season with this id.
///
/// # Errors
/// `not_found` if there is none.
pub fn find(conn: &mut Conn, season: SeasonId, id: AnnouncementId) -> Result<Announcement> {
    let row: Option<Row> = announcements::table
        .find(id.to_string())
        .filter(announcements::season_id.eq(season.to_string()))
        .select(Row::as_select())
        .first(conn)
        .optional()?;
    row.ok_or_else(|| Error::not_found("announcement", id))?.try_into()
}

/// These announcements.
pub fn of_ids(
    conn: &mut Conn,
    ids: impl IntoIterator<Item = AnnouncementId>,
) -> Result<HashMap<AnnouncementId, Announcement>> {
    let rows: Vec<Row> =
        announcements::table.filter(announcements::id.eq_any(texts(ids))).select(Row::as_select()).load(conn)?;
    rows.into_iter().map(|row| Announcement::try_from(row).map(|found| (found.id, found))).collect()
}

/// Writes what can change of an announcement.
pub fn update(conn: &mut Conn, changed: &Announcement) -> Result<()> {
    diesel::update(announcements::table.find(changed.id.to_string()))
        .set((
            announcements::title.eq(&changed.title),
            announcements::text.eq(&changed.text),
            announcements::edited_at.eq(changed.edited_at.map(i64::from)),
            announcements::withdrawn_at.eq(changed.withdrawn_at.map(i64::from)),
            announcements::updated_at.eq(i64::from(changed.updated_at)),
        ))
        .execute(conn)?;
    Ok(())
}

/// A page of a season's announcements, newest first.
pub fn page(conn: &mut Conn, season: SeasonId, query: &PageQuery) -> Result<Page<Announcement>> {
    let mut select = announcements::table
        .filter(announcements::season_id.eq(season.to_string()))
        .select(Row::as_select())
        .order(announcements::id.desc())
        .limit(rows_to_fetch(query))
        .into_boxed();
    if let Some(cursor) = &query.cursor {
        select = select.filter(announcements::id.lt(cursor.clone()));
    }
    let rows: Vec<Row> = select.load(conn)?;
    let found = rows.into_iter().map(Announcement::try_from).collect::<Result<Vec<_>>>()?;
    Ok(page_of(found, query, |one| one.id.to_string()))
}
