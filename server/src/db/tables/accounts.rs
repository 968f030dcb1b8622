//! Accounts.

use diesel::prelude::*;
use holdout_protocol::{Account, AccountId, Timestamp};

use crate::db::conn::Conn;
use crate::db::schema::accounts;
use crate::db::tables::organizer_roles;
use crate::db::values::parsed;
use crate::error::Result;

type Row = (String, String, String, i64);

const COLUMNS: (accounts::id, accounts::email, accounts::name, accounts::created_at) =
    (accounts::id, accounts::email, accounts::name, accounts::created_at);

/// Adds an account, without a role of an organizer; its address is in its normal form. The flag is
/// false if nobody knows the password.
pub fn insert(conn: &mut Conn, account: &Account, hash: &str, has_password: bool) -> Result<()> {
    diesel::insert_into(accounts::table)
        .values((
            accounts::id.eq(account.id.to_string()),
            accounts::email.eq(&account.email),
            accounts::name.eq(&account.name),
            accounts::password_hash.eq(hash),
            accounts::created_at.eq(account.created_at.as_micros()),
            accounts::has_password.eq(has_password),
        ))
        .execute(conn)?;
    Ok(())
}

/// Writes the name that is shown to others.
pub fn set_name(conn: &mut Conn, id: AccountId, name: &str) -> Result<()> {
    diesel::update(accounts::table.find(id.to_string())).set(accounts::name.eq(name)).execute(conn)?;
    Ok(())
}

/// Writes name and address, the latter in its normal form.
pub fn set_identity(conn: &mut Conn, id: AccountId, email: &str, name: &str) -> Result<()> {
    let changes = (accounts::email.eq(email), accounts::name.eq(name), accounts::email_verified_at.eq(None::<i64>));
    diesel::update(accounts::table.find(id.to_string())).set(changes).execute(conn)?;
    Ok(())
}

/// Writes the address, in its normal form, which its owner has confirmed at this time.
pub fn set_verified_email(conn: &mut Conn, id: AccountId, email: &str, at: Timestamp) -> Result<()> {
    let changes = (accounts::email.eq(email), accounts::email_verified_at.eq(Some(at.as_micros())));
    diesel::update(accounts::table.find(id.to_string())).set(changes).execute(conn)?;
    Ok(())
}

/// Writes another address, in its normal form, which nobody has confirmed yet.
pub fn set_email(conn: &mut Conn, id: AccountId, email: &str) -> Result<()> {
    let changes = (accounts::email.eq(email), accounts::email_verified_at.eq(None::<i64>));
    diesel::update(accounts::table.find(id.to_string())).set(changes).execute(conn)?;
    Ok(())
}

/// Returns the address of an account, and when its owner confirmed it.
pub fn email_of(conn: &mut Conn, id: AccountId) -> Result<(String, Option<Timestamp>)> {
    let (email, verified_at): (String, Option<i64>) =
        accounts::table.find(id.to_string()).select((accounts::email, accounts::email_verified_at)).first(conn)?;
    Ok((email, verified_at.map(Timestamp::from)))
}

/// Returns the account that has this address and has confirmed it.
pub fn confirmed_owner(conn: &mut Conn, email: &str) -> Result<Option<AccountId>> {
    let confirmed = accounts::table.filter(accounts::email.eq(email)).filter(accounts::email_verified_at.is_not_null());
    let id: Option<String> = confirmed.select(accounts::id).first(conn).optional()?;
    id.map(parsed).transpose()
}

/// The account with this id.
pub fn find(conn: &mut Conn, id: AccountId) -> Result<Option<Account>> {
    let row: Option<Row> = accounts::table.find(id.to_string()).select(COLUMNS).first(conn).optional()?;
    row.map(|row| account(conn, row)).transpose()
}

/// The account with this address, in its normal form.
pub fn by_email(conn: &mut Conn, email: &str) -> Result<Option<Account>> {
    let row: Option<Row> = accounts::table.filter(accounts::email.eq(email)).select(COLUMNS).first(conn).optional()?;
    row.map(|row| account(conn, row)).transpose()
}

/// The hash of an account's password.
pub fn password_hash(conn: &mut Conn, id: AccountId) -> Result<String> {
    Ok(accounts::table.find(id.to_string()).select(accounts::password_hash).first(conn)?)
}

/// Gives an account another password, by its hash.
pub fn set_password(conn: &mut Conn, id: AccountId, hash: &str) -> Result<()> {
    let changes = (accounts::password_hash.eq(hash), accounts::has_password.eq(true));
    diesel::update(accounts::table.find(id.to_string())).set(changes).execute(conn)?;
    Ok(())
}

fn account(conn: &mut Conn, (id, email, name, created_at): Row) -> Result<Account> {
    let id = parsed(id)?;
    let organizer = !organizer_roles::of_account(conn, id)?.is_empty();
    Ok(Account { id, email, name, organizer, created_at: Timestamp::from_micros(created_at) })
}
