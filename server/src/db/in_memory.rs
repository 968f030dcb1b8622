//! A database for unit tests.

use diesel::Connection as _;
use diesel::r2d2::CustomizeConnection as _;

use super::conn::{Conn, Setup};
use super::migrations::migrate;
use super::outage::Outage;

/// An empty database with all tables, which is gone with its connection.
pub fn in_memory() -> Conn {
    let address = ":memory:";
    let mut conn = Conn::Sqlite(diesel::SqliteConnection::establish(address).unwrap());
    Setup { outage: Outage::of(address, None) }.on_acquire(&mut conn).unwrap();
    migrate(&mut conn).unwrap();
    conn
}
