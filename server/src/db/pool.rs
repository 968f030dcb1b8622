//! The connections, and the two ways to use one: [`Db::read`] and [`Db::write`].

use std::path::Path;
use std::sync::Arc;

use diesel::r2d2::{ConnectionManager, Pool};

use super::address::{PATIENCE, check_address, check_form, is_postgres};
use super::conn::{Conn, Setup, snapshot, transaction};
use super::file;
use super::migrations::migrate;
use super::outage::{ALL_IN_USE, Outage, Reporter};
use super::tables::teams;
#[cfg(unix)]
use super::tls;
use crate::blocking::blocking;
use crate::error::{Error, Result};
use crate::load::{FairTurns, Full, Most, Turn, whose};

type Manager = ConnectionManager<Conn>;

/// The database: runs closures on the blocking pool, each on one connection.
#[derive(Clone)]
pub struct Db {
    pool: Pool<Manager>,
    outage: Arc<Outage>,
    /// SQLite has one writer: waiting here is fair and costs nothing, waiting in SQLite is neither.
    writer: Option<Arc<FairTurns>>,
    /// One for each connection kept for reading. Waiting for one here costs nothing; waiting in the
    /// pool costs a thread.
    readers: Arc<FairTurns>,
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
        check_form(url)?;
        #[cfg(unix)]
        let tunnel = if postgres { tls::Tunnel::open(url)? } else { None };
        #[cfg(unix)]
        let (url, behind) = tunnel.as_ref().map_or((url, None), |tunnel| (tunnel.address(), Some(tunnel.server())));
        #[cfg(not(unix))]
        let behind = None;
        check_address(url, behind.clone())?;
        if !postgres {
            file::make(Path::new(url))?;
        }
        let outage = Outage::of(url, behind);
        let pool = Pool::builder()
            .max_size(connections.max(1) + u32::from(!postgres))
            .min_idle(Some(1))
            .connection_timeout(PATIENCE)
            .connection_customizer(Box::new(Setup { outage: Arc::clone(&outage) }))
            .error_handler(Box::new(Reporter(Arc::clone(&outage))))
            .build(Manager::new(url))
            .map_err(|_| outage.error())?;
        let turns = |at_once| Arc::new(FairTurns::new(most(at_once)));
        let db = Self {
            pool,
            outage,
            writer: (!postgres).then(|| turns(1)),
            readers: turns(usize::try_from(connections.max(1)).unwrap_or(1)),
            #[cfg(unix)]
            _tunnel: tunnel.map(Arc::new),
        };
        let mut conn = db.connection()?;
        migrate(&mut conn)?;
        teams::complete_names(&mut conn)?;
        drop(conn);
        Ok(db)
    }

    /// Runs `work`, which only reads, on one state of the database: what others write meanwhile is
    /// not seen.
    ///
    /// # Errors
    /// Those of `work`, and [`Error::Connection`].
    pub async fn read<T: Send + 'static>(
        &self,
        work: impl FnOnce(&mut Conn) -> Result<T> + Send + 'static,
    ) -> Result<T> {
        let turn = turn(&self.readers, ALL_IN_USE).await?;
        let db = self.clone();
        blocking(move || {
            let _turn = turn;
            snapshot(&mut *db.connection()?, work)
        })
        .await
    }

    /// Runs `work` in one transaction that is undone if it fails; on SQLite one at a time.
    ///
    /// # Errors
    /// Those of `work`, and [`Error::Connection`].
    pub async fn write<T: Send + 'static>(
        &self,
        work: impl FnOnce(&mut Conn) -> Result<T> + Send + 'static,
    ) -> Result<T> {
        let turn = match &self.writer {
            Some(writer) => turn(writer, "the database is held by another program").await?,
            None => turn(&self.readers, ALL_IN_USE).await?,
        };
        let db = self.clone();
        blocking(move || {
            // Held by the thread, not by the request, because a client that hangs up should not let
            // the next writer in early.
            let _turn = turn;
            transaction(&mut *db.connection()?, work)
        })
        .await
    }

    fn connection(&self) -> Result<diesel::r2d2::PooledConnection<Manager>> {
        self.pool.get_timeout(self.outage.patience()).map_err(|_| self.outage.error())
    }
}

/// One caller has at most half of the turns, so that another one never waits for more than one
/// piece of work to end.
fn most(at_once: usize) -> Most {
    Most { at_once, of_one: (at_once / 2).max(1), waiting_of_one: 256, waiting: 2048 }
}

/// Waits for the turn of whoever's work this is, as long as for a connection.
async fn turn(turns: &FairTurns, busy: &str) -> Result<Turn> {
    let keys = whose::keys();
    let own = || Error::too_many("too many requests of yours wait for the database; wait for some of them", 5);
    match tokio::time::timeout(PATIENCE, turns.take(keys.clone())).await {
        Ok(Ok(turn)) => Ok(turn),
        Ok(Err(Full::Own)) => Err(own()),
        Err(_) if turns.waits_for_own(&keys) => Err(own()),
        Ok(Err(Full::All)) | Err(_) => Err(Error::Connection(busy.to_owned())),
    }
}

#[cfg(test)]
mod tests {
    use diesel::{Connection as _, RunQueryDsl as _};

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
            "postgres://u:zq/ong@127.0.0.1:1/x",
            "postgres://u:zq@on:g@127.0.0.1:1/x",
            "postgres://u:zq@ong@127.0.0.1:1/x",
            "postgres://u:zq:ong/x",
            "postgres://u:zq?ong@127.0.0.1:1/x",
            "postgres://u:1/zq@127.0.0.1:1/x",
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
    fn a_database_of_another_program_is_refused_and_stays_as_it_was() {
        let folder = tempfile::tempdir().unwrap();
        let url = folder.path().join("holdout.db").display().to_string();
        let mut foreign = diesel::SqliteConnection::establish(&url).unwrap();
        diesel::sql_query("CREATE TABLE customers (x)").execute(&mut foreign).unwrap();
        for _ in 0..2 {
            let error = refusal(&url);
            assert!(error.contains("`customers`") && error.contains("another program"), "{error}");
        }
        assert!(refusal("postgres:/x").contains("write `postgres://USER@HOST/DATABASE`"));
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
