//! Codes by which somebody may register for a season.

use diesel::prelude::*;
use holdout_protocol::{AccountId, Page, PageQuery, RegistrationCode, RegistrationCodeId, SeasonId, Sha256, Timestamp};

use crate::db::conn::Conn;
use crate::db::pages::{page_of, rows_to_fetch};
use crate::db::schema::registration_codes;
use crate::db::values::{int, parsed};
use crate::error::Result;

/// A code to be added.
#[derive(Debug, Clone, Copy)]
pub struct NewCode<'a> {
    pub season: SeasonId,
    /// The organizer who makes it.
    pub by: AccountId,
    /// Digest of its text.
    pub hash: Sha256,
    /// Its facts.
    pub code: &'a RegistrationCode,
}

pub fn insert(conn: &mut Conn, new: &NewCode<'_>) -> Result<()> {
    diesel::insert_into(registration_codes::table)
        .values((
            registration_codes::id.eq(new.code.id.to_string()),
            registration_codes::season_id.eq(new.season.to_string()),
            registration_codes::code_hash.eq(new.hash.to_string()),
            registration_codes::label.eq(&new.code.label),
            registration_codes::max_uses.eq(int::<_, i32>(new.code.max_uses)?),
            registration_codes::uses.eq(0),
            registration_codes::created_by.eq(new.by.to_string()),
            registration_codes::created_at.eq(new.code.created_at.as_micros()),
            registration_codes::expires_at.eq(new.code.expires_at.as_micros()),
        ))
        .execute(conn)?;
    Ok(())
}

/// Gives a code that was not revoked another text; returns whether there is one.
pub fn replace_code(conn: &mut Conn, id: RegistrationCodeId, hash: Sha256) -> Result<bool> {
    let open = registration_codes::table.find(id.to_string()).filter(registration_codes::revoked_at.is_null());
    Ok(diesel::update(open).set(registration_codes::code_hash.eq(hash.to_string())).execute(conn)? > 0)
}

/// Uses a code of the season up by one. Returns `None` if it is unknown, used up, expired or
/// revoked.
pub fn spend(conn: &mut Conn, season: SeasonId, hash: Sha256, now: Timestamp) -> Result<Option<RegistrationCodeId>> {
    let found: Option<String> = registration_codes::table
        .filter(registration_codes::code_hash.eq(hash.to_string()))
        .filter(registration_codes::season_id.eq(season.to_string()))
        .select(registration_codes::id)
        .first(conn)
        .optional()?;
    let Some(id) = found else { return Ok(None) };
    let open = registration_codes::table
        .find(&id)
        .filter(registration_codes::revoked_at.is_null())
        .filter(registration_codes::expires_at.gt(now.as_micros()))
        .filter(registration_codes::uses.lt(registration_codes::max_uses));
    let used = diesel::update(open).set(registration_codes::uses.eq(registration_codes::uses + 1)).execute(conn)?;
    if used == 0 { Ok(None) } else { parsed(id).map(Some) }
}

/// Revokes a code of the season; returns whether there is one that was not revoked before.
pub fn revoke(conn: &mut Conn, season: SeasonId, id: RegistrationCodeId, now: Timestamp) -> Result<bool> {
    let open = registration_codes::table
        .find(id.to_string())
        .filter(registration_codes::season_id.eq(season.to_string()))
        .filter(registration_codes::revoked_at.is_null());
    Ok(diesel::update(open).set(registration_codes::revoked_at.eq(now.as_micros())).execute(conn)? > 0)
}

type Row = (String, String, i32, i32, i64, i64, Option<i64>);

/// A page of a season's codes, newest first.
pub fn page(conn: &mut Conn, season: SeasonId, query: &PageQuery) -> Result<Page<RegistrationCode>> {
    let mut select = registration_codes::table
        .filter(registration_codes::season_id.eq(season.to_string()))
        .order(registration_codes::id.desc())
        .limit(rows_to_fetch(query))
        .select((
            registration_codes::id,
            registration_codes::label,
            registration_codes::max_uses,
            registration_codes::uses,
            registration_codes::created_at,
            registration_codes::expires_at,
            registration_codes::revoked_at,
        ))
        .into_boxed();
    if let Some(cursor) = &query.cursor {
        select = select.filter(registration_codes::id.lt(cursor.clone()));
    }
    let rows: Vec<Row> = select.load(conn)?;
    let codes = rows.into_iter().map(code).collect::<Result<Vec<_>>>()?;
    Ok(page_of(codes, query, |code| code.id.to_string()))
}

fn code((id, label, max_uses, uses, created_at, expires_at, revoked_at): Row) -> Result<RegistrationCode> {
    Ok(RegistrationCode {
        id: parsed(id)?,
        label,
        max_uses: int(max_uses)?,
        uses: int(uses)?,
        created_at: created_at.into(),
        expires_at: expires_at.into(),
        revoked_at: revoked_at.map(Timestamp::from),
    })
}
