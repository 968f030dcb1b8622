//! Settings that all servers on a database share.

use diesel::prelude::*;

use super::Conn;
use super::schema::settings::dsl;
use crate::error::Result;

/// The value of a setting; `value` where it had none.
pub fn get_or_insert(conn: &mut Conn, name: &str, value: &str) -> Result<String> {
    super::lock(conn, super::Lock::Settings)?;
    let found: Option<String> = dsl::settings.find(name).select(dsl::value).first(conn).optional()?;
    if let Some(found) = found {
        return Ok(found);
    }
    diesel::insert_into(dsl::settings).values((dsl::name.eq(name), dsl::value.eq(value))).execute(conn)?;
    Ok(value.to_owned())
}
