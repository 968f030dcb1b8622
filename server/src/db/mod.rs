//! The only place with SQL: connections, transactions, and a file per table.
//!
//! Functions here take a connection and typed values, and know nothing of HTTP. One text of SQL serves SQLite and
//! PostgreSQL; what differs (locks, the mode of a transaction) is in this file.

pub mod accounts;
pub mod attempts;
pub mod audit;
pub mod boards;
pub mod evaluation_records;
pub mod evaluations;
pub mod idempotency;
pub mod invitations;
pub mod named;
pub mod operations;
pub mod organizers;
pub mod password_resets;
pub mod queue;
pub mod queue_places;
pub mod quota;
pub mod rates;
pub mod registrations;
pub mod results;
pub mod schema;
pub mod scorer_tokens;
pub mod scorers;
mod search;
pub mod seasons;
pub mod sessions;
pub mod settings;
pub mod submission_members;
pub mod submission_parts;
pub mod submission_versions;
pub mod submissions;
pub mod tasks;
pub mod team_changes;
pub mod teams;
pub mod test_sets;
#[cfg(unix)]
mod tls;
pub mod tokens;
pub mod uploads;

pub use search::Search;

use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use diesel::connection::SimpleConnection;
use diesel::migration::MigrationSource;
use diesel::prelude::*;
use diesel::r2d2::{ConnectionManager, CustomizeConnection, Pool};
use diesel_migrations::{EmbeddedMigrations, MigrationHarness, embed_migrations};

use holdout_protocol::{Page, PageQuery};

use crate::error::{Error, Result};

/// How long a request waits for a connection.
const PATIENCE: Duration = Duration::from_secs(10);
const MIGRATIONS: EmbeddedMigrations = embed_migrations!("migrations");

/// A connection to either database.
#[derive(diesel::MultiConnection)]
pub enum Conn {
    /// PostgreSQL.
    Postgresql(diesel::PgConnection),
    /// SQLite.
    Sqlite(diesel::SqliteConnection),
}

type Manager = ConnectionManager<Conn>;

/// The database: runs closures on the blocking pool, each on one connection.
#[derive(Clone)]
pub struct Db {
    pool: Pool<Manager>,
    /// SQLite has one writer: waiting here is fair and costs nothing, waiting in SQLite is neither.
    writer: Option<Arc<tokio::sync::Mutex<()>>>,
    /// One for each connection kept for reading. Waiting for one here costs nothing; waiting in the pool costs a thread.
    readers: Arc<tokio::sync::Semaphore>,
    /// Connections go through it if the address asks for TLS; kept open as long as the pool.
    #[cfg(unix)]
    _tunnel: Option<Arc<tls::Tunnel>>,
}

impl Db {
    /// Opens the database and brings its tables up to date.
    ///
    /// # Errors
    /// If it cannot be reached, or a migration fails.
    pub fn open(url: &str, connections: u32) -> Result<Self> {
        let postgres = is_postgres(url);
        #[cfg(unix)]
        let tunnel = if postgres { tls::Tunnel::open(url)? } else { None };
        #[cfg(unix)]
        let (url, behind) = tunnel.as_ref().map_or((url, None), |tunnel| (tunnel.address(), Some(tunnel.server())));
        #[cfg(not(unix))]
        let behind = None;
        check_address(url, behind)?;
        if !postgres && let Some(folder) = Path::new(url).parent() {
            std::fs::create_dir_all(folder)
                .and_then(|()| private(Path::new(url)))
                .map_err(|error| Error::Connection(format!("cannot make `{}`: {error}", folder.display())))?;
        }
        let pool = Pool::builder()
            .max_size(connections.max(1) + u32::from(!postgres))
            .min_idle(Some(1))
            .connection_timeout(PATIENCE)
            .connection_customizer(Box::new(Setup))
            .build(Manager::new(url))
            .map_err(|error| Error::Connection(error.to_string()))?;
        let readers = Arc::new(tokio::sync::Semaphore::new(usize::try_from(connections.max(1)).unwrap_or(1)));
        let db = Self {
            pool,
            writer: (!postgres).then(Arc::default),
            readers,
            #[cfg(unix)]
            _tunnel: tunnel.map(Arc::new),
        };
        let mut conn = db.connection()?;
        migrate(&mut conn)?;
        teams::complete_names(&mut conn)?;
        drop(conn);
        Ok(db)
    }

    /// Runs `work` on a connection, outside a transaction: for reading.
    ///
    /// # Errors
    /// Those of `work`, and [`Error::Connection`].
    pub async fn read<T: Send + 'static>(
        &self,
        work: impl FnOnce(&mut Conn) -> Result<T> + Send + 'static,
    ) -> Result<T> {
        let turn = self.turn().await?;
        let db = self.clone();
        blocking(move || {
            let _turn = turn;
            work(&mut *db.connection()?)
        })
        .await
    }

    /// Runs `work` in one transaction that is undone if it fails; on SQLite one at a time, in order of arrival.
    ///
    /// # Errors
    /// Those of `work`, and [`Error::Connection`].
    pub async fn write<T: Send + 'static>(
        &self,
        work: impl FnOnce(&mut Conn) -> Result<T> + Send + 'static,
    ) -> Result<T> {
        let (turn, place) = match &self.writer {
            Some(writer) => {
                let waiting = tokio::time::timeout(PATIENCE, Arc::clone(writer).lock_owned());
                let busy = |_| Error::Connection("the database is held by another program".to_owned());
                (Some(waiting.await.map_err(busy)?), None)
            }
            None => (None, Some(self.turn().await?)),
        };
        let db = self.clone();
        blocking(move || {
            // Held by the thread, not by the request: a client that hangs up does not let the next writer in early.
            let _held = (turn, place);
            transaction(&mut *db.connection()?, work)
        })
        .await
    }

    /// Waits for the use of a connection, as long as for the connection itself.
    async fn turn(&self) -> Result<tokio::sync::OwnedSemaphorePermit> {
        let waiting = tokio::time::timeout(PATIENCE, Arc::clone(&self.readers).acquire_owned());
        let busy = |_| Error::Connection("all connections are in use".to_owned());
        waiting.await.map_err(busy)?.map_err(Error::internal)
    }

    fn connection(&self) -> Result<diesel::r2d2::PooledConnection<Manager>> {
        self.pool.get().map_err(|error| Error::Connection(error.to_string()))
    }
}

/// Makes sure that the files of an SQLite database, which hold password hashes, are readable for their owner only.
fn private(path: &Path) -> std::io::Result<()> {
    #[cfg(unix)]
    for suffix in ["", "-wal", "-shm"] {
        use std::os::unix::fs::{OpenOptionsExt as _, PermissionsExt as _};
        let mut file = path.as_os_str().to_owned();
        file.push(suffix);
        // SQLite gives the other two the mode of the database.
        if suffix.is_empty() {
            std::fs::OpenOptions::new().create(true).append(true).mode(0o600).open(&file)?;
        }
        match std::fs::set_permissions(&file, std::fs::Permissions::from_mode(0o600)) {
            Err(error) if error.kind() != std::io::ErrorKind::NotFound => return Err(error),
            _ => (),
        }
    }
    Ok(())
}

/// Whether the URL is one of PostgreSQL's.
#[must_use]
pub fn is_postgres(url: &str) -> bool {
    url.starts_with("postgres://") || url.starts_with("postgresql://")
}

async fn blocking<T: Send + 'static>(work: impl FnOnce() -> Result<T> + Send + 'static) -> Result<T> {
    let span = tracing::Span::current();
    tokio::task::spawn_blocking(move || span.in_scope(work)).await.map_err(Error::internal)?
}

fn transaction<T>(conn: &mut Conn, work: impl FnOnce(&mut Conn) -> Result<T>) -> Result<T> {
    match conn {
        Conn::Postgresql(_) => conn.transaction(work),
        Conn::Sqlite(_) => immediate(conn, work),
    }
}

/// An immediate transaction takes the write lock at its start, so that none fails half-way because another writes.
fn immediate<T>(conn: &mut Conn, work: impl FnOnce(&mut Conn) -> Result<T>) -> Result<T> {
    conn.batch_execute("BEGIN IMMEDIATE")?;
    // A panic must not leave the connection inside its transaction: the pool would hand it on.
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

/// Refuses an address that cannot be a database, and a PostgreSQL server that does not let this program in, with its own
/// words. The pool would try for ten seconds and then know only that it had no connection. `behind` is the server if the
/// address is that of a tunnel.
fn check_address(url: &str, behind: Option<String>) -> Result<()> {
    if !is_postgres(url) {
        // Not the whole address, because it may hold a password.
        return match url.split_once("://") {
            Some((scheme, _)) => Err(Error::Config(format!(
                "`{scheme}://` is no database that Holdout can use; give `postgres://USER@HOST/DATABASE` or the path of an \
                 SQLite file"
            ))),
            None => Ok(()),
        };
    }
    match diesel::PgConnection::establish(&with_timeout(url)) {
        Ok(_) => Ok(()),
        Err(error) => Err(Error::Connection(explain(&error.to_string(), behind))),
    }
}

/// Returns the address with a limit on the time that connecting takes, unless it has one.
fn with_timeout(url: &str) -> String {
    if url.contains("connect_timeout=") {
        return url.to_owned();
    }
    let sign = if url.contains('?') { '&' } else { '?' };
    format!("{url}{sign}connect_timeout={}", PATIENCE.as_secs())
}

/// Returns PostgreSQL's message on one line, with what to do if the server demands TLS. It names the server that is `behind`
/// a tunnel instead of the tunnel's socket.
fn explain(message: &str, behind: Option<String>) -> String {
    let line = message.split_whitespace().collect::<Vec<_>>().join(" ");
    // The client library's errors about an address quote from it, and so perhaps the password.
    if ["percent-encoded", " URI", "URI query"].iter().any(|part| line.contains(part)) {
        return "the database's address is not one that PostgreSQL's client understands: `postgres://USER:PASSWORD@HOST/DATABASE`; \
                write `@`, `/` and `%` in a password as `%40`, `%2F` and `%25`"
            .to_owned();
    }
    let line = match (behind, line.split_once("on socket \"")) {
        (Some(server), Some((start, rest))) => {
            let rest = rest.split_once('"').map_or(rest, |(_socket, rest)| rest);
            format!("{start}at {server} over TLS{rest}")
        }
        _ => line,
    };
    if line.contains("no encryption") {
        return format!(
            "{line}. If the server accepts only connections with TLS, add `?sslmode=verify-full` to the address (and \
             `&sslrootcert=FILE` if its certificate comes from an authority of your own)"
        );
    }
    line
}

fn migrate(conn: &mut Conn) -> Result<()> {
    match conn {
        Conn::Postgresql(pg) => {
            // Several servers may start at once.
            pg.batch_execute("SELECT pg_advisory_lock(4813070912)")?;
            let done = bring_up_to_date(pg);
            pg.batch_execute("SELECT pg_advisory_unlock(4813070912)")?;
            done
        }
        Conn::Sqlite(sqlite) => bring_up_to_date(sqlite),
    }
}

/// Runs the migrations that are missing. Refuses a database with one that this program does not know: a newer program made
/// it, and this one would write rows that lack what the newer one relies on.
fn bring_up_to_date<B: diesel::backend::Backend, C: MigrationHarness<B>>(conn: &mut C) -> Result<()> {
    let failed = |error| Error::Connection(format!("the tables cannot be brought up to date: {error}"));
    let all = MigrationSource::<B>::migrations(&MIGRATIONS).map_err(failed)?;
    let known: Vec<String> = all.iter().map(|migration| migration.name().version().to_string()).collect();
    let applied = conn.applied_migrations().map_err(failed)?;
    if let Some(newer) = applied.iter().map(ToString::to_string).find(|version| !known.contains(version)) {
        return Err(Error::Config(format!(
            "the database was used by a newer version of Holdout (its schema has `{newer}`, and this is version {}); start \
             that version or a later one, or restore a backup from before the upgrade",
            env!("CARGO_PKG_VERSION")
        )));
    }
    conn.run_pending_migrations(MIGRATIONS).map(drop).map_err(failed)
}

/// What a transaction may exclude others from; see [`lock`].
#[derive(Debug, Clone, Copy)]
pub enum Lock<'a> {
    /// What a team or a person uses in a task: quota, places in the queue, finals.
    Quota(&'a str),
    /// Claims of work.
    Claims,
    /// A blob's being named and its being swept.
    Blob(&'a str),
    /// A season and its teams, tasks and test sets.
    Season(&'a str),
    /// The number of an account's uploads.
    Uploads(&'a str),
    /// The settings that all servers share.
    Settings,
    /// A bucket of a rate limit.
    Rate(&'a str),
    /// An account's `Idempotency-Key`.
    Once(&'a str),
    /// An account's password and the links that set it.
    Passwords(&'a str),
    /// Who is an organizer, and the set-up of the first one.
    Organizers,
}

impl<'a> Lock<'a> {
    /// The two numbers that PostgreSQL knows a lock by; of the second one, the text that is hashed.
    const fn class_and_key(self) -> (i32, &'a str) {
        match self {
            Lock::Quota(key) => (1, key),
            Lock::Claims => (2, ""),
            Lock::Blob(key) => (3, key),
            Lock::Season(key) => (4, key),
            Lock::Settings => (5, ""),
            Lock::Rate(key) => (6, key),
            Lock::Uploads(key) => (7, key),
            Lock::Once(key) => (8, key),
            Lock::Passwords(key) => (9, key),
            Lock::Organizers => (10, ""),
        }
    }
}

/// Excludes other transactions that lock the same, until this one ends. On SQLite a writer is alone anyway.
pub fn lock(conn: &mut Conn, lock: Lock<'_>) -> Result<()> {
    advisory(conn, "SELECT pg_advisory_xact_lock($1, hashtext($2))", lock)
}

/// As [`lock`], but together with others that share it: only those that take it with [`lock`] are kept out. A transaction
/// that shares a lock must not take it for itself later, because two of them would wait for each other.
pub fn lock_shared(conn: &mut Conn, lock: Lock<'_>) -> Result<()> {
    advisory(conn, "SELECT pg_advisory_xact_lock_shared($1, hashtext($2))", lock)
}

fn advisory(conn: &mut Conn, statement: &str, lock: Lock<'_>) -> Result<()> {
    if let Conn::Postgresql(pg) = conn {
        let (class, key) = lock.class_and_key();
        diesel::sql_query(statement)
            .bind::<diesel::sql_types::Integer, _>(class)
            .bind::<diesel::sql_types::Text, _>(key)
            .execute(pg)?;
    }
    Ok(())
}

/// Locks the quotas of these keys, as [`lock`] does for one. They are taken in the order of their hashes, the same for
/// everybody, so that two transactions with common keys never wait for each other.
pub fn lock_quotas(conn: &mut Conn, keys: &[String]) -> Result<()> {
    if let Conn::Postgresql(pg) = conn {
        let (class, _) = Lock::Quota("").class_and_key();
        let statement = "SELECT pg_advisory_xact_lock($1, hash) FROM \
             (SELECT DISTINCT hashtext(key) AS hash FROM unnest($2) AS key ORDER BY hash) AS hashes";
        diesel::sql_query(statement)
            .bind::<diesel::sql_types::Integer, _>(class)
            .bind::<diesel::sql_types::Array<diesel::sql_types::Text>, _>(keys)
            .execute(pg)?;
    }
    Ok(())
}

#[derive(Debug)]
struct Setup;

impl CustomizeConnection<Conn, diesel::r2d2::Error> for Setup {
    fn on_acquire(&self, conn: &mut Conn) -> Result<(), diesel::r2d2::Error> {
        if let Conn::Sqlite(sqlite) = conn {
            // FULL: an accepted submission survives a loss of power too, not only of the process.
            sqlite
                .batch_execute(
                    "PRAGMA busy_timeout = 5000; PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL; \
                     PRAGMA foreign_keys = ON; PRAGMA temp_store = MEMORY;",
                )
                .map_err(diesel::r2d2::Error::QueryError)?;
            search::register(sqlite).map_err(diesel::r2d2::Error::QueryError)?;
        }
        Ok(())
    }
}

/// A value of the database as its type; one that does not parse was not written by this program.
///
/// # Errors
/// [`Error::Internal`] if it does not parse.
pub fn parsed<T>(text: String) -> Result<T>
where
    T: TryFrom<String>,
    T::Error: std::fmt::Display,
{
    T::try_from(text).map_err(Error::internal)
}

/// A count of the database as another integer type.
///
/// # Errors
/// [`Error::Internal`] if it does not fit.
pub fn int<A, B>(value: A) -> Result<B>
where
    B: TryFrom<A>,
    B::Error: std::fmt::Display,
{
    B::try_from(value).map_err(Error::internal)
}

/// Rows to fetch for a page: one more than it shows, to know whether there is a next one.
pub fn rows_to_fetch(query: &PageQuery) -> i64 {
    i64::from(query.limit()) + 1
}

/// Makes a page of the rows fetched; `cursor` is what the next page begins after.
pub fn page_of<T>(mut items: Vec<T>, query: &PageQuery, cursor: impl Fn(&T) -> String) -> Page<T> {
    let limit = usize::try_from(query.limit()).unwrap_or(usize::MAX);
    let more = items.len() > limit;
    items.truncate(limit);
    let next_cursor = if more { items.last().map(cursor) } else { None };
    Page { items, next_cursor }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn refusal(url: &str) -> String {
        Db::open(url, 1).err().unwrap_or_else(|| panic!("{url} was opened")).to_string()
    }

    #[test]
    fn an_address_of_another_database_is_refused_by_its_scheme() {
        for url in ["mysql://u:secret@h/x", "sqlite://data/x.db", "http://h/x"] {
            let error = refusal(url);
            let scheme = url.split(':').next().unwrap();
            assert!(error.contains(&format!("`{scheme}://` is no database")) && !error.contains("secret"), "{error}");
        }
    }

    #[test]
    fn a_server_that_is_not_there_is_named_at_once() {
        let free = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
        let began = std::time::Instant::now();
        let error = refusal(&format!("postgres://u@{free}/x"));
        assert!(error.contains("Connection refused") && error.contains(&free.port().to_string()), "{error}");
        assert!(began.elapsed() < PATIENCE / 2);
    }

    #[test]
    fn an_address_that_is_not_understood_is_not_quoted() {
        for url in [
            "postgres://u:zq%ong@127.0.0.1/x",
            "postgres://u:zqong%00@127.0.0.1/x",
            "postgres://u:zq@ng]@[127.0.0.1/x",
            "postgres://u:zqong@127.0.0.1/x?a=b=c",
            "postgres://u:zqong@127.0.0.1/x?nothing",
        ] {
            let error = refusal(url);
            assert!(!error.contains("zq"), "{url}: {error}");
        }
    }

    /// On PostgreSQL, with what its server says itself.
    #[test]
    fn a_missing_database_or_role_is_named() {
        let Ok(url) = std::env::var("HOLDOUT_TEST_POSTGRES") else { return };
        let error = refusal(&format!("{url}/nowhere"));
        assert!(error.contains("\"nowhere\" does not exist"), "{error}");
        let stranger = refusal(&format!("{}/postgres", url.replace("holdout@", "stranger@")));
        assert!(stranger.contains("\"stranger\" does not exist"), "{stranger}");
    }

    #[test]
    fn a_database_of_a_newer_version_is_refused() {
        let folder = tempfile::tempdir().unwrap();
        let url = folder.path().join("holdout.db").display().to_string();
        let db = Db::open(&url, 1).unwrap();
        let newer = "INSERT INTO __diesel_schema_migrations (version) VALUES ('9999')";
        diesel::sql_query(newer).execute(&mut *db.connection().unwrap()).unwrap();
        drop(db);
        let error = refusal(&url);
        assert!(error.contains("newer version") && error.contains("9999"), "{error}");
    }
}
