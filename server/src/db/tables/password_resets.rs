//! Links that set a new password.

use diesel::prelude::*;
use holdout_protocol::{AccountId, PasswordReset, PasswordResetId, Sha256, Timestamp};

use crate::db::conn::Conn;
use crate::db::schema::{accounts, password_resets};
use crate::db::values::parsed;
use crate::error::Result;

/// A link as the one who has its code finds it.
#[derive(Debug, Clone)]
pub struct Found {
    pub id: PasswordResetId,
    /// Whose password it sets.
    pub account: AccountId,
    /// Whether it was sent to the address of the account.
    pub mailed: bool,
    /// What its holder may know.
    pub shown: PasswordReset,
    /// Whether it was used, or another one took its place.
    pub over: bool,
}

/// A new link.
#[derive(Debug, Clone, Copy)]
pub struct New {
    pub id: PasswordResetId,
    /// Whose password it sets.
    pub account: AccountId,
    /// Who makes it: an organizer, or the account itself if it is sent by e-mail.
    pub by: AccountId,
    /// Whether it is sent to the address of the account.
    pub mailed: bool,
    /// Digest of its code.
    pub hash: Sha256,
    /// When it ends.
    pub expires_at: Timestamp,
}

pub fn insert(conn: &mut Conn, new: &New, now: Timestamp) -> Result<()> {
    diesel::insert_into(password_resets::table)
        .values((
            password_resets::id.eq(new.id.to_string()),
            password_resets::code_hash.eq(new.hash.to_string()),
            password_resets::account_id.eq(new.account.to_string()),
            password_resets::created_by.eq(new.by.to_string()),
            password_resets::created_at.eq(now.as_micros()),
            password_resets::expires_at.eq(new.expires_at.as_micros()),
            password_resets::mailed.eq(new.mailed),
        ))
        .execute(conn)?;
    Ok(())
}

/// Gives a link that holds another code; whether there is such a link.
pub fn replace_code(conn: &mut Conn, id: PasswordResetId, hash: Sha256) -> Result<bool> {
    let open = password_resets::table
        .find(id.to_string())
        .filter(password_resets::used_at.is_null())
        .filter(password_resets::revoked_at.is_null());
    Ok(diesel::update(open).set(password_resets::code_hash.eq(hash.to_string())).execute(conn)? > 0)
}

type Row = (String, String, bool, String, String, i64, Option<i64>, Option<i64>);

/// The link with this code.
pub fn by_code(conn: &mut Conn, hash: Sha256) -> Result<Option<Found>> {
    let row: Option<Row> = password_resets::table
        .inner_join(accounts::table.on(accounts::id.eq(password_resets::account_id)))
        .filter(password_resets::code_hash.eq(hash.to_string()))
        .select((
            password_resets::id,
            accounts::id,
            password_resets::mailed,
            accounts::email,
            accounts::name,
            password_resets::expires_at,
            password_resets::used_at,
            password_resets::revoked_at,
        ))
        .first(conn)
        .optional()?;
    let Some((id, account, mailed, email, name, expires_at, used, revoked)) = row else { return Ok(None) };
    let shown = PasswordReset { email, name, expires_at: expires_at.into() };
    Ok(Some(Found { id: parsed(id)?, account: parsed(account)?, mailed, shown, over: used.or(revoked).is_some() }))
}

/// Uses a link up; whether it held until now.
pub fn take(conn: &mut Conn, id: PasswordResetId, now: Timestamp) -> Result<bool> {
    let open = password_resets::table
        .find(id.to_string())
        .filter(password_resets::used_at.is_null())
        .filter(password_resets::revoked_at.is_null())
        .filter(password_resets::expires_at.gt(now.as_micros()));
    Ok(diesel::update(open).set(password_resets::used_at.eq(now.as_micros())).execute(conn)? > 0)
}

/// Takes the links of an account back that were not used.
pub fn revoke_all(conn: &mut Conn, account: AccountId, now: Timestamp) -> Result<()> {
    let open = password_resets::table
        .filter(password_resets::account_id.eq(account.to_string()))
        .filter(password_resets::used_at.is_null())
        .filter(password_resets::revoked_at.is_null());
    diesel::update(open).set(password_resets::revoked_at.eq(now.as_micros())).execute(conn)?;
    Ok(())
}

/// Takes the unused links back that this organizer made.
pub fn revoke_by(conn: &mut Conn, by: AccountId, now: Timestamp) -> Result<()> {
    let open = password_resets::table
        .filter(password_resets::created_by.eq(by.to_string()))
        .filter(password_resets::used_at.is_null())
        .filter(password_resets::revoked_at.is_null());
    diesel::update(open).set(password_resets::revoked_at.eq(now.as_micros())).execute(conn)?;
    Ok(())
}

/// Forgets links that ended before `oldest`; how many they were.
pub fn forget_before(conn: &mut Conn, oldest: Timestamp) -> Result<usize> {
    Ok(diesel::delete(password_resets::table.filter(password_resets::expires_at.lt(oldest.as_micros())))
        .execute(conn)?)
}
