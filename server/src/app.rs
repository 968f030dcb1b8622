//! What every handler and background task works with.

use std::sync::Arc;
use std::sync::atomic::AtomicBool;
use std::time::{Duration, Instant};

use crate::auth::keys::AccessKeys;
use crate::blobs::{Blobs, Sightings};
use crate::changes::Changes;
use crate::config::Config;
use crate::db::{self, Db};
use crate::error::{Error, Result};
use crate::intake::checker::Checker;
use crate::load::{Answers, Bodies, Streams};
use crate::messages::keys::UnsubscribeKeys;
use crate::messages::mailer::Mailer;
use crate::metrics::Metrics;
use crate::ranking::boards::Boards;
use crate::rates::FullBuckets;
use crate::seasons::lists::Lists;
use crate::similar::kept::Similar;
use crate::stand_ins::StandIns;
use crate::store_owner;
use crate::submissions::feeds::Feeds;
use crate::uploads::turns::UploadTurns;
use crate::uploads::writers::Writers;
use crate::webhooks::Client;

/// How long the start waits for the blob store.
const FOR_THE_STORE: Duration = Duration::from_secs(10);

/// The parts of a running server. Nothing here is the only copy of anything: another server on the
/// same database and blob store answers the same.
pub struct App {
    /// The configuration.
    pub config: Config,
    pub(crate) db: Db,
    pub(crate) blobs: Blobs,
    pub(crate) keys: AccessKeys,
    /// The mail server, if one is set.
    pub(crate) mailer: Option<Mailer>,
    pub(crate) unsubscribe_keys: UnsubscribeKeys,
    /// Sends to webhooks.
    pub(crate) webhooks: Client,
    pub(crate) changes: Changes,
    pub(crate) checker: Checker,
    pub(crate) boards: Boards,
    pub(crate) stand_ins: StandIns,
    pub(crate) metrics: Metrics,
    pub(crate) finishing: UploadTurns,
    pub(crate) writers: Writers,
    pub(crate) full: FullBuckets,
    pub(crate) bodies: Bodies,
    pub(crate) answers: Answers,
    pub(crate) streams: Streams,
    pub(crate) feeds: Feeds,
    pub(crate) lists: Lists,
    pub(crate) sightings: Sightings,
    pub(crate) similar: Similar,
    /// When the database last took a write that was only to find out whether it does.
    pub(crate) last_write: tokio::sync::Mutex<Option<Instant>>,
    /// How many of the files that scorers need next were missing at the last look, of how many.
    pub(crate) needed_files: tokio::sync::Mutex<Option<(Instant, usize, usize)>>,
    /// Set when the server is told to stop: from then on it is not ready.
    pub(crate) stopping: AtomicBool,
}

impl App {
    /// Opens database and blob store.
    ///
    /// # Errors
    /// If one of them cannot be reached, or the configuration has values that cannot work.
    pub async fn open(config: Config) -> Result<Arc<Self>> {
        config.check().map_err(Error::Config)?;
        let mailer = Mailer::open(&config)?;
        config.prepare_database()?;
        let (url, connections) = (config.database_url(), config.database_connections);
        // Opening migrates, which may take its time: not on a thread that answers requests.
        let db = tokio::task::spawn_blocking(move || Db::open(&url, connections)).await.map_err(Error::internal)??;
        let blobs = Blobs::at(&config.blobs_url())?;
        // Before anything is written, so that a database that was refused is still a new one.
        let blobs_url = config.blobs_url();
        let owned = tokio::time::timeout(FOR_THE_STORE, store_owner::check(&db, &blobs, &blobs_url)).await;
        match owned.map_err(Error::internal).flatten() {
            Err(error @ Error::Unfit(_)) => return Err(error),
            Err(error) if db.read(store_owner::is_new).await? => return Err(store_owner::unseen(&blobs_url, &error)),
            // It starts without its store, says so in `readyz`, and checks before it removes.
            Err(error) => tracing::warn!(%error, "cannot see whose files are in the blob store"),
            Ok(()) => (),
        }
        let keys = db.write(|conn| {
            let key = |conn: &mut _, name| db::settings::get_or_insert(conn, name, &crate::secret::random());
            Ok((key(conn, "access-key")?, key(conn, "unsubscribe-key")?))
        });
        let (access_key, unsubscribe_key) = keys.await?;
        db.write(crate::receipts::prepare).await?;
        Ok(Arc::new(Self {
            db,
            blobs,
            keys: AccessKeys::new(access_key.as_bytes()),
            mailer,
            unsubscribe_keys: UnsubscribeKeys::new(unsubscribe_key.as_bytes()),
            webhooks: Client::new(&config),
            changes: Changes::default(),
            checker: Checker::default(),
            boards: Boards::default(),
            stand_ins: StandIns::default(),
            metrics: Metrics::default(),
            finishing: UploadTurns::default(),
            writers: Writers::default(),
            full: FullBuckets::default(),
            bodies: Bodies::default(),
            answers: Answers::default(),
            streams: Streams::default(),
            feeds: Feeds::default(),
            lists: Lists::default(),
            sightings: Sightings::default(),
            similar: Similar::default(),
            last_write: tokio::sync::Mutex::default(),
            needed_files: tokio::sync::Mutex::default(),
            stopping: AtomicBool::new(false),
            config,
        }))
    }
}
