//! Which addresses do not want which kinds of e-mail.

use diesel::prelude::*;
use holdout_protocol::{MessageKind, Timestamp};

use crate::db::conn::Conn;
use crate::db::schema::mail_optouts;
use crate::db::values::from_word;
use crate::error::Result;

/// Returns true if the address does not want e-mails of this kind.
pub fn has(conn: &mut Conn, address: &str, kind: MessageKind) -> Result<bool> {
    let found: i64 = mail_optouts::table.find((address, kind.as_str())).count().get_result(conn)?;
    Ok(found > 0)
}

/// The kinds that the address does not want.
pub fn of_address(conn: &mut Conn, address: &str) -> Result<Vec<MessageKind>> {
    let kinds: Vec<String> = mail_optouts::table
        .filter(mail_optouts::address.eq(address))
        .order(mail_optouts::kind)
        .select(mail_optouts::kind)
        .load(conn)?;
    kinds.iter().map(|kind| from_word(kind)).collect()
}

/// Writes down that the address does not want this kind; it may be written down already.
pub fn add(conn: &mut Conn, address: &str, kind: MessageKind, now: Timestamp) -> Result<()> {
    diesel::delete(mail_optouts::table.find((address, kind.as_str()))).execute(conn)?;
    diesel::insert_into(mail_optouts::table)
        .values((
            mail_optouts::address.eq(address),
            mail_optouts::kind.eq(kind.as_str()),
            mail_optouts::created_at.eq(now.as_micros()),
        ))
        .execute(conn)?;
    Ok(())
}

/// Writes down all kinds that the address does not want, in the place of those before.
pub fn replace(conn: &mut Conn, address: &str, kinds: &[MessageKind], now: Timestamp) -> Result<()> {
    diesel::delete(mail_optouts::table.filter(mail_optouts::address.eq(address))).execute(conn)?;
    kinds.iter().try_for_each(|kind| add(conn, address, *kind, now))
}
