//! Codes of the links that set up the first organizer.

use diesel::prelude::*;
use holdout_protocol::{Sha256, Timestamp};

use crate::db::conn::Conn;
use crate::db::schema::setup_codes;
use crate::error::Result;

/// Adds a code that sets up the first organizer.
pub fn insert(conn: &mut Conn, code: Sha256, expires_at: Timestamp) -> Result<()> {
    diesel::insert_into(setup_codes::table)
        .values((setup_codes::code_hash.eq(code.to_string()), setup_codes::expires_at.eq(expires_at.as_micros())))
        .execute(conn)?;
    Ok(())
}

/// Forgets all set-up codes but for the `kept` newest.
pub fn keep_newest(conn: &mut Conn, kept: i64) -> Result<()> {
    let newest = setup_codes::table.order(setup_codes::expires_at.desc()).offset(kept).limit(1);
    if let Some(oldest) = newest.select(setup_codes::expires_at).first::<i64>(conn).optional()? {
        diesel::delete(setup_codes::table.filter(setup_codes::expires_at.le(oldest))).execute(conn)?;
    }
    Ok(())
}

/// Returns when a set-up code ends; `None` if there is no such code.
pub fn expiry(conn: &mut Conn, code: Sha256) -> Result<Option<Timestamp>> {
    let expires: Option<i64> =
        setup_codes::table.find(code.to_string()).select(setup_codes::expires_at).first(conn).optional()?;
    Ok(expires.map(Timestamp::from_micros))
}

/// Forgets all set-up codes.
pub fn forget_all(conn: &mut Conn) -> Result<()> {
    diesel::delete(setup_codes::table).execute(conn)?;
    Ok(())
}

/// Forgets set-up codes that ended before `oldest`; says how many.
pub fn forget_before(conn: &mut Conn, oldest: Timestamp) -> Result<usize> {
    let over = setup_codes::table.filter(setup_codes::expires_at.lt(oldest.as_micros()));
    Ok(diesel::delete(over).execute(conn)?)
}
