//! Settings that all servers on a database share.

use diesel::prelude::*;

use crate::db::conn::Conn;
use crate::db::lock::{Lock, lock};
use crate::db::schema::settings::dsl;
use crate::error::Result;

/// The value of a setting, if it has one.
pub fn get(conn: &mut Conn, name: &str) -> Result<Option<String>> {
    Ok(dsl::settings.find(name).select(dsl::value).first(conn).optional()?)
}

/// Gives a setting a value.
pub fn set(conn: &mut Conn, name: &str, value: &str) -> Result<()> {
    lock(conn, Lock::Settings)?;
    diesel::delete(dsl::settings.find(name)).execute(conn)?;
    diesel::insert_into(dsl::settings).values((dsl::name.eq(name), dsl::value.eq(value))).execute(conn)?;
    Ok(())
}

/// The value of a setting; `value` if it had none.
pub fn get_or_insert(conn: &mut Conn, name: &str, value: &str) -> Result<String> {
    lock(conn, Lock::Settings)?;
    if let Some(found) = get(conn, name)? {
        return Ok(found);
    }
    diesel::insert_into(dsl::settings).values((dsl::name.eq(name), dsl::value.eq(value))).execute(conn)?;
    Ok(value.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::db::in_memory;

    #[test]
    fn the_first_value_of_a_setting_stays_until_it_is_set() {
        let mut conn = in_memory();
        assert_eq!(get_or_insert(&mut conn, "key", "first").unwrap(), "first");
        assert_eq!(get_or_insert(&mut conn, "key", "second").unwrap(), "first", "another server was there before");
        set(&mut conn, "key", "third").unwrap();
        assert_eq!(get(&mut conn, "key").unwrap().as_deref(), Some("third"));
        assert_eq!(get(&mut conn, "other").unwrap(), None);
    }
}
