//! Links that confirm an e-mail address.

use diesel::prelude::*;
use holdout_protocol::{AccountId, EmailVerificationId, Sha256, Timestamp};

use crate::db::conn::Conn;
use crate::db::schema::email_verifications;
use crate::db::values::parsed;
use crate::error::Result;

/// A link that confirms an address.
#[derive(Debug, Clone)]
pub struct Verification {
    pub id: EmailVerificationId,
    /// Whose address it becomes.
    pub account: AccountId,
    /// The address, in its normal form.
    pub email: String,
    /// When the link ends.
    pub expires_at: Timestamp,
    /// Whether it was used, or another one took its place.
    pub over: bool,
}

/// Adds a link with this code, in the place of any other of the account.
pub fn insert(conn: &mut Conn, new: &Verification, hash: Sha256, now: Timestamp) -> Result<()> {
    revoke_all(conn, new.account, now)?;
    diesel::insert_into(email_verifications::table)
        .values((
            email_verifications::id.eq(new.id.to_string()),
            email_verifications::code_hash.eq(hash.to_string()),
            email_verifications::account_id.eq(new.account.to_string()),
            email_verifications::email.eq(&new.email),
            email_verifications::created_at.eq(now.as_micros()),
            email_verifications::expires_at.eq(new.expires_at.as_micros()),
        ))
        .execute(conn)?;
    Ok(())
}

type Row = (String, String, String, i64, Option<i64>, Option<i64>);

/// The link with this code.
pub fn by_code(conn: &mut Conn, hash: Sha256) -> Result<Option<Verification>> {
    let row: Option<Row> = email_verifications::table
        .filter(email_verifications::code_hash.eq(hash.to_string()))
        .select((
            email_verifications::id,
            email_verifications::account_id,
            email_verifications::email,
            email_verifications::expires_at,
            email_verifications::used_at,
            email_verifications::revoked_at,
        ))
        .first(conn)
        .optional()?;
    let Some((id, account, email, expires_at, used, revoked)) = row else { return Ok(None) };
    Ok(Some(Verification {
        id: parsed(id)?,
        account: parsed(account)?,
        email,
        expires_at: expires_at.into(),
        over: used.or(revoked).is_some(),
    }))
}

/// The address that the account waits to have confirmed.
pub fn pending(conn: &mut Conn, account: AccountId, now: Timestamp) -> Result<Option<String>> {
    Ok(email_verifications::table
        .filter(email_verifications::account_id.eq(account.to_string()))
        .filter(email_verifications::used_at.is_null())
        .filter(email_verifications::revoked_at.is_null())
        .filter(email_verifications::expires_at.gt(now.as_micros()))
        .order(email_verifications::id.desc())
        .select(email_verifications::email)
        .first(conn)
        .optional()?)
}

/// Uses a link up; whether it held until now.
pub fn take(conn: &mut Conn, id: EmailVerificationId, now: Timestamp) -> Result<bool> {
    let open = email_verifications::table
        .find(id.to_string())
        .filter(email_verifications::used_at.is_null())
        .filter(email_verifications::revoked_at.is_null())
        .filter(email_verifications::expires_at.gt(now.as_micros()));
    Ok(diesel::update(open).set(email_verifications::used_at.eq(now.as_micros())).execute(conn)? > 0)
}

/// Takes the links of an account back that were not used.
pub fn revoke_all(conn: &mut Conn, account: AccountId, now: Timestamp) -> Result<()> {
    let open = email_verifications::table
        .filter(email_verifications::account_id.eq(account.to_string()))
        .filter(email_verifications::used_at.is_null())
        .filter(email_verifications::revoked_at.is_null());
    diesel::update(open).set(email_verifications::revoked_at.eq(now.as_micros())).execute(conn)?;
    Ok(())
}

/// Forgets links that ended before `oldest`; how many they were.
pub fn forget_before(conn: &mut Conn, oldest: Timestamp) -> Result<usize> {
    let old = email_verifications::table.filter(email_verifications::expires_at.lt(oldest.as_micros()));
    Ok(diesel::delete(old).execute(conn)?)
}
