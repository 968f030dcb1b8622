//! The seasons and tasks there are and the versions of their boards, read from the database at most
//! about once a second: a request for a board costs no trip to it.

use std::collections::HashMap;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, RwLock};
use std::time::{Duration, Instant};

use tokio::sync::Mutex;

use crate::db::boards::SeasonHead;
use crate::db::tasks::Task;
use crate::db::{self, Db};
use crate::error::{Error, Result};
use crate::load::whose;
use crate::stand_ins::STANDS_IN;

/// From this age on a snapshot is renewed beside the request that finds it so.
const RENEW_AFTER: Duration = Duration::from_millis(500);
/// Beyond this age a snapshot is not used any more.
const GOOD_FOR: Duration = Duration::from_secs(1);

/// Above this age, which renewals do not reach, the database has not answered.
const STALE_AFTER: Duration = Duration::from_millis(2500);
/// A request waits so long for the database before it takes the snapshot that there is.
const PATIENCE: Duration = Duration::from_secs(3);
/// After the database did not answer, requests take the snapshot at once for so long.
const PAUSE: Duration = Duration::from_secs(2);

/// A task and its season, as they were a moment ago.
#[derive(Debug, Clone)]
pub struct Head {
    pub season: Arc<SeasonHead>,
    pub task: Arc<Task>,
    /// When both were read.
    pub read_at: Instant,
}

impl Head {
    /// Returns the age of what is shown if it stands in for a database that does not answer.
    #[must_use]
    pub fn stale(&self) -> Option<Duration> {
        stale(self.read_at)
    }
}

fn stale(read_at: Instant) -> Option<Duration> {
    Some(read_at.elapsed()).filter(|age| *age > STALE_AFTER)
}

/// All seasons and tasks at one moment.
#[derive(Debug, Clone)]
pub struct Snapshot {
    read_at: Instant,
    /// Whether something changed since, or may have, and the database does not answer.
    stands_in: bool,
    /// Seasons, the last one to open first, each with its tasks in the organizers' order.
    pub seasons: Vec<(Arc<SeasonHead>, Vec<Arc<Task>>)>,
    places: HashMap<String, usize>,
}

impl Snapshot {
    fn new(seasons: Vec<SeasonHead>, tasks: Vec<Task>, read_at: Instant) -> Self {
        let mut of_season: HashMap<_, Vec<Arc<Task>>> = HashMap::new();
        for task in tasks {
            of_season.entry(task.season).or_default().push(Arc::new(task));
        }
        let places = seasons.iter().enumerate().map(|(place, season)| (season.slug.to_string(), place)).collect();
        let seasons = seasons.into_iter().map(|season| {
            let tasks = of_season.remove(&season.id).unwrap_or_default();
            (Arc::new(season), tasks)
        });
        Self { read_at, stands_in: false, seasons: seasons.collect(), places }
    }

    /// Returns the same for requests that cannot wait for the database.
    fn standing_in(&self) -> Arc<Self> {
        Arc::new(Self { stands_in: true, ..self.clone() })
    }

    /// Returns its age if it stands in for a database that does not answer.
    #[must_use]
    pub fn stale(&self) -> Option<Duration> {
        stale(self.read_at)
    }

    /// The task of a season by their names. To others than organizers there is no draft, whichever
    /// task they name.
    ///
    /// # Errors
    /// `not_found` if there is no such task; `unavailable` if the database would have to say that.
    pub fn find(&self, season: &str, task: &str, organizer: bool) -> Result<Head> {
        self.known(season, task, organizer).map_err(|unknown| {
            // It may have been made since.
            if self.stands_in { Error::busy("the database does not answer; try again in a moment", 2) } else { unknown }
        })
    }

    fn known(&self, season: &str, task: &str, organizer: bool) -> Result<Head> {
        let (head, tasks) = self
            .places
            .get(season)
            .and_then(|place| self.seasons.get(*place))
            .filter(|(head, _)| organizer || !head.draft)
            .ok_or_else(|| Error::not_found("season", season))?;
        let found = tasks.iter().find(|known| known.slug.as_str() == task);
        let task = found.ok_or_else(|| Error::not_found("task", task))?;
        Ok(Head { season: Arc::clone(head), task: Arc::clone(task), read_at: self.read_at })
    }
}

#[derive(Debug, Clone)]
struct Known {
    snapshot: Arc<Snapshot>,
    /// The announcements of changed boards that had been made when it was read.
    announced: u64,
}

/// The snapshot in use.
#[derive(Debug, Default)]
pub struct Directory {
    known: RwLock<Option<Known>>,
    /// One reader of the database at a time; the others wait for what it finds.
    reading: Mutex<()>,
    renewing: AtomicBool,
    /// When the database did not answer last.
    failed_at: RwLock<Option<Instant>>,
}

impl Directory {
    /// The seasons and tasks as they are, at most [`GOOD_FOR`] old, and not older than `announced`,
    /// the number of changes announced on this server. While the database does not answer, as they
    /// were before: boards that were built can be seen without it.
    ///
    /// # Errors
    /// If the database fails and nothing was read lately.
    pub async fn snapshot(self: &Arc<Self>, db: &Db, announced: u64) -> Result<Arc<Snapshot>> {
        if let Some(known) = self.known().filter(|known| fresh(known, announced)) {
            if known.snapshot.read_at.elapsed() > RENEW_AFTER && !self.renewing.swap(true, Ordering::AcqRel) {
                let (directory, db) = (Arc::clone(self), db.clone());
                tokio::spawn(async move {
                    if let Err(error) = directory.read_snapshot(&db, announced, RENEW_AFTER).await {
                        tracing::warn!(%error, "the boards' versions cannot be read");
                    }
                    directory.renewing.store(false, Ordering::Release);
                });
            }
            return Ok(known.snapshot);
        }
        match self.known().filter(|known| known.snapshot.read_at.elapsed() <= STANDS_IN) {
            Some(known) => Ok(self.read_or(db, announced, known.snapshot).await),
            None => self.read_snapshot(db, announced, GOOD_FOR).await,
        }
    }

    /// A new snapshot, or this one if the database does not answer soon.
    async fn read_or(&self, db: &Db, announced: u64, older: Arc<Snapshot>) -> Arc<Snapshot> {
        let failed_at = *self.failed_at.read().unwrap_or_else(std::sync::PoisonError::into_inner);
        if failed_at.is_some_and(|at| at.elapsed() < PAUSE) {
            return older.standing_in();
        }
        let error = match tokio::time::timeout(PATIENCE, self.read_snapshot(db, announced, GOOD_FOR)).await {
            Ok(Ok(snapshot)) => return snapshot,
            Ok(Err(error)) => error.to_string(),
            Err(_) => "no answer".to_owned(),
        };
        tracing::warn!(error, "the boards' versions cannot be read; the boards are shown as they were");
        *self.failed_at.write().unwrap_or_else(std::sync::PoisonError::into_inner) = Some(Instant::now());
        older.standing_in()
    }

    fn known(&self) -> Option<Known> {
        self.known.read().unwrap_or_else(std::sync::PoisonError::into_inner).clone()
    }

    async fn read_snapshot(&self, db: &Db, announced: u64, max_age: Duration) -> Result<Arc<Snapshot>> {
        let _turn = self.reading.lock().await;
        let read_meanwhile =
            |known: &Known| known.announced >= announced && known.snapshot.read_at.elapsed() <= max_age;
        if let Some(known) = self.known().filter(read_meanwhile) {
            return Ok(known.snapshot);
        }
        let read_at = Instant::now();
        let (seasons, tasks) = whose::serve_all(db.read(db::boards::directory)).await?;
        let snapshot = Arc::new(Snapshot::new(seasons, tasks, read_at));
        let known = Known { snapshot: Arc::clone(&snapshot), announced };
        *self.known.write().unwrap_or_else(std::sync::PoisonError::into_inner) = Some(known);
        Ok(snapshot)
    }
}

fn fresh(known: &Known, announced: u64) -> bool {
    known.announced >= announced && known.snapshot.read_at.elapsed() <= GOOD_FOR
}

#[cfg(test)]
mod tests {
    use holdout_protocol::{ErrorCode, SeasonId};

    use super::*;
    use crate::samples::task;

    fn season(slug: &str, draft: bool) -> SeasonHead {
        SeasonHead { id: SeasonId::new(), slug: slug.parse().unwrap(), draft, frozen_at: None, published_at: None }
    }

    fn seconds_ago(seconds: u64) -> Instant {
        Instant::now().checked_sub(Duration::from_secs(seconds)).unwrap()
    }

    #[test]
    fn a_draft_is_there_for_organizers_only_whichever_task_they_name() {
        let draft = season("draft", true);
        let tasks = vec![task(draft.id)];
        let snapshot = Snapshot::new(vec![draft], tasks, Instant::now());
        assert!(snapshot.find("draft", "classification", true).is_ok());
        for named in ["classification", "other"] {
            let refused = snapshot.find("draft", named, false).unwrap_err().body().error;
            assert_eq!(refused.message, "there is no season `draft`");
        }
        assert_eq!(snapshot.find("draft", "other", true).unwrap_err().body().error.message, "there is no task `other`");
    }

    #[test]
    fn only_the_database_says_that_there_is_no_such_task() {
        let one = season("one", false);
        let snapshot = Snapshot::new(vec![one.clone()], vec![task(one.id)], Instant::now());
        for (season, task) in [("one", "other"), ("other", "classification")] {
            let code = |snapshot: &Snapshot| snapshot.find(season, task, false).unwrap_err().code();
            assert_eq!(code(&snapshot), ErrorCode::NotFound);
            assert_eq!(code(&snapshot.standing_in()), ErrorCode::Unavailable);
        }
        assert!(snapshot.standing_in().find("one", "classification", false).is_ok());
    }

    #[test]
    fn a_task_is_found_in_its_own_season() {
        let (one, other) = (season("one", false), season("other", false));
        let (first, second) = (task(one.id), task(other.id));
        let ids = [first.id, second.id];
        let snapshot = Snapshot::new(vec![one, other], vec![second, first], Instant::now());
        let found = ["one", "other"].map(|slug| snapshot.find(slug, "classification", false).unwrap());
        assert_eq!([found[0].task.id, found[1].task.id], ids);
        assert_eq!([found[0].season.slug.as_str(), found[1].season.slug.as_str()], ["one", "other"]);
    }

    #[test]
    fn tasks_keep_the_order_of_their_organizers() {
        let one = season("one", false);
        let tasks = [task(one.id), task(one.id), task(one.id)];
        let ids = tasks.each_ref().map(|task| task.id);
        let snapshot = Snapshot::new(vec![one], tasks.to_vec(), Instant::now());
        assert_eq!(snapshot.seasons[0].1.iter().map(|task| task.id).collect::<Vec<_>>(), ids);
    }

    #[test]
    fn a_snapshot_that_renewals_did_not_reach_is_known_to_be_old() {
        let of = |read_at| Snapshot::new(Vec::new(), Vec::new(), read_at).stale();
        assert_eq!(of(Instant::now()), None);
        assert!(of(seconds_ago(4)).is_some_and(|age| age >= Duration::from_secs(4)));
    }

    #[test]
    fn a_snapshot_is_used_if_it_is_young_and_nothing_was_announced_since() {
        let known = |read_at, announced| Known {
            snapshot: Arc::new(Snapshot::new(Vec::new(), Vec::new(), read_at)),
            announced,
        };
        assert!(fresh(&known(Instant::now() + Duration::from_secs(60), 3), 3));
        assert!(fresh(&known(Instant::now() + Duration::from_secs(60), 4), 3));
        assert!(!fresh(&known(Instant::now() + Duration::from_secs(60), 2), 3), "a board has changed");
        assert!(!fresh(&known(seconds_ago(2), 3), 3));
    }
}
