//! A connection to SQLite or PostgreSQL, and one transaction on it.

use std::sync::Arc;

use diesel::connection::SimpleConnection;
use diesel::prelude::*;
use diesel::r2d2::CustomizeConnection;

use super::outage::Outage;
use super::search;
use crate::error::Result;

/// A connection to either database.
#[derive(diesel::MultiConnection)]
pub enum Conn {
    Postgresql(diesel::PgConnection),
    Sqlite(diesel::SqliteConnection),
}

/// Runs `work` in one transaction that is undone if it fails.
pub(super) fn transaction<T>(conn: &mut Conn, work: impl FnOnce(&mut Conn) -> Result<T>) -> Result<T> {
    match conn {
        Conn::Postgresql(_) => conn.transaction(work),
        // An immediate transaction takes the write lock at its start, so that none fails half-way
        // because another writes.
        Conn::Sqlite(_) => between(conn, "BEGIN IMMEDIATE", work),
    }
}

/// Runs `work` on one state of the database: what others write meanwhile is not seen, so that its
/// statements agree.
pub(super) fn snapshot<T>(conn: &mut Conn, work: impl FnOnce(&mut Conn) -> Result<T>) -> Result<T> {
    match conn {
        Conn::Postgresql(_) => between(conn, "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY", work),
        Conn::Sqlite(_) => between(conn, "BEGIN DEFERRED", work),
    }
}

/// Runs `work` in a transaction that `begin` opens, and undoes it if `work` fails.
fn between<T>(conn: &mut Conn, begin: &str, work: impl FnOnce(&mut Conn) -> Result<T>) -> Result<T> {
    conn.batch_execute(begin)?;
    // A panic must not leave the connection inside its transaction, because the pool would hand it
    // on.
    let outcome = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| work(conn)));
    match outcome {
        Ok(Ok(value)) => match conn.batch_execute("COMMIT") {
            Ok(()) => Ok(value),
            Err(error) => {
                conn.batch_execute("ROLLBACK").ok();
                Err(error.into())
            }
        },
        Ok(Err(error)) => {
            conn.batch_execute("ROLLBACK")?;
            Err(error)
        }
        Err(panic) => {
            conn.batch_execute("ROLLBACK").ok();
            std::panic::resume_unwind(panic)
        }
    }
}

/// What a new connection is told before its first use.
#[derive(Debug)]
pub(super) struct Setup {
    pub(super) outage: Arc<Outage>,
}

impl CustomizeConnection<Conn, diesel::r2d2::Error> for Setup {
    fn on_acquire(&self, conn: &mut Conn) -> Result<(), diesel::r2d2::Error> {
        if let Conn::Sqlite(sqlite) = conn {
            // FULL: an accepted submission survives a loss of power too, not only of the process.
            sqlite
                .batch_execute(
                    "PRAGMA busy_timeout = 5000; PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL; \
                     PRAGMA foreign_keys = ON; PRAGMA temp_store = MEMORY; PRAGMA secure_delete = FAST;",
                )
                .map_err(diesel::r2d2::Error::QueryError)?;
            search::register(sqlite).map_err(diesel::r2d2::Error::QueryError)?;
        }
        self.outage.end();
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::db::migrations::migrate;
    use crate::db::{in_memory, settings};

    #[test]
    fn what_fails_is_undone_and_what_succeeds_stays() {
        let mut conn = in_memory();
        let failed = transaction(&mut conn, |conn| {
            settings::set(conn, "a", "1")?;
            Err::<(), _>(crate::error::Error::internal("x"))
        });
        assert!(failed.is_err());
        assert_eq!(settings::get(&mut conn, "a").unwrap(), None);
        transaction(&mut conn, |conn| settings::set(conn, "a", "2")).unwrap();
        assert_eq!(settings::get(&mut conn, "a").unwrap().as_deref(), Some("2"));
    }

    #[test]
    fn a_snapshot_does_not_see_what_others_write_meanwhile() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("holdout.db").display().to_string();
        let open = || {
            let mut conn = Conn::Sqlite(diesel::SqliteConnection::establish(&path).unwrap());
            Setup { outage: Outage::of(&path, None) }.on_acquire(&mut conn).unwrap();
            conn
        };
        let (mut reader, mut writer) = (open(), open());
        migrate(&mut writer).unwrap();
        settings::set(&mut writer, "a", "1").unwrap();
        let seen = snapshot(&mut reader, |reader| {
            let first = settings::get(reader, "a")?;
            settings::set(&mut writer, "a", "2")?;
            Ok((first, settings::get(reader, "a")?))
        });
        assert_eq!(seen.unwrap(), (Some("1".to_owned()), Some("1".to_owned())));
        assert_eq!(settings::get(&mut reader, "a").unwrap().as_deref(), Some("2"));
    }

    /// On PostgreSQL, where a statement alone would see what was committed before it.
    #[test]
    fn a_snapshot_of_postgresql_is_one_state_and_only_reads() {
        let Ok(url) = std::env::var("HOLDOUT_TEST_POSTGRES") else { return };
        let mut conn = Conn::Postgresql(diesel::PgConnection::establish(&format!("{url}/postgres")).unwrap());
        let mut show = |what: &str| {
            let query = diesel::dsl::sql::<diesel::sql_types::Text>(&format!("current_setting('transaction_{what}')"));
            snapshot(&mut conn, |conn| Ok(diesel::select(query).get_result::<String>(conn)?)).unwrap()
        };
        assert_eq!((show("isolation"), show("read_only")), ("repeatable read".to_owned(), "on".to_owned()));
    }

    #[test]
    fn a_panic_leaves_no_transaction_open_behind_it() {
        let mut conn = in_memory();
        let panicked = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| {
            transaction(&mut conn, |conn| {
                settings::set(conn, "a", "1")?;
                if settings::get(conn, "a")?.is_some() {
                    std::panic::resume_unwind(Box::new("as a fault of ours would"));
                }
                Ok(())
            })
        }));
        assert!(panicked.is_err());
        transaction(&mut conn, |conn| settings::set(conn, "b", "2")).unwrap();
        assert_eq!(settings::get(&mut conn, "a").unwrap(), None);
    }
}
