//! Brings the tables up to date.

use diesel::connection::SimpleConnection;
use diesel::migration::MigrationSource;
use diesel::prelude::*;
use diesel::sql_types::Text;
use diesel_migrations::{EmbeddedMigrations, MigrationHarness, embed_migrations};

use super::conn::Conn;
use crate::error::{Error, Result};

const MIGRATIONS: EmbeddedMigrations = embed_migrations!("migrations");

/// Runs the migrations that are missing, on one server at a time.
pub(super) fn migrate(conn: &mut Conn) -> Result<()> {
    match conn {
        Conn::Postgresql(pg) => {
            // Several servers may start at once.
            pg.batch_execute("SELECT pg_advisory_lock(4813070912)")?;
            let tables = diesel::sql_query(
                "SELECT table_name::text AS name FROM information_schema.tables WHERE table_schema = current_schema()",
            );
            let done = tables.load(pg).map_err(Into::into).and_then(check_own).and_then(|()| bring_up_to_date(pg));
            pg.batch_execute("SELECT pg_advisory_unlock(4813070912)")?;
            done
        }
        Conn::Sqlite(sqlite) => {
            let tables =
                "SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE 'sqlite\\_%' ESCAPE '\\'";
            check_own(diesel::sql_query(tables).load(sqlite)?)?;
            bring_up_to_date(sqlite)
        }
    }
}

/// A table of a database.
#[derive(QueryableByName)]
struct Table {
    #[diesel(sql_type = Text)]
    name: String,
}

/// Refuses a database that another program uses.
fn check_own(tables: Vec<Table>) -> Result<()> {
    if tables.is_empty() || tables.iter().any(|table| table.name == "__diesel_schema_migrations") {
        return Ok(());
    }
    let mut names: Vec<String> = tables.into_iter().map(|table| format!("`{}`", table.name)).collect();
    names.sort_unstable();
    names.truncate(3);
    Err(Error::Unfit(format!(
        "the database has tables that are not Holdout's ({}, for example): it belongs to another program. Give a database of its own",
        names.join(", ")
    )))
}

/// Runs the migrations that are missing. Refuses a database with one that this program does not
/// know, because a newer program made it, and this one would write rows that lack what the newer
/// one relies on.
fn bring_up_to_date<B: diesel::backend::Backend, C: MigrationHarness<B>>(conn: &mut C) -> Result<()> {
    let failed = |error| Error::Connection(format!("the tables cannot be brought up to date: {error}"));
    let all = MigrationSource::<B>::migrations(&MIGRATIONS).map_err(failed)?;
    let known: Vec<String> = all.iter().map(|migration| migration.name().version().to_string()).collect();
    let applied = conn.applied_migrations().map_err(failed)?;
    if let Some(newer) = applied.iter().map(ToString::to_string).find(|version| !known.contains(version)) {
        return Err(Error::Unfit(format!(
            "the database was used by a newer version of Holdout (its schema has `{newer}`, and this is version {}); start \
             that version or a later one, or restore a backup from before the upgrade",
            env!("CARGO_PKG_VERSION")
        )));
    }
    conn.run_pending_migrations(MIGRATIONS).map(drop).map_err(failed)
}
