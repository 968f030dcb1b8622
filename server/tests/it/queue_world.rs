//! A task with teams, submissions and scorers, for tests of the queue.

use std::time::{Duration, Instant};

use diesel::connection::SimpleConnection;
use diesel::prelude::*;
use holdout_evaluation::{ClassList, TestSet};
use holdout_protocol::Sha256;
use serde_json::{Value, json};
use sha2::Digest as _;

use crate::people::{Person, text};
use crate::test_app::{Answer, TestApp};

/// Images of the test set.
pub const IMAGES: usize = 10;

/// Leases that end as soon as they may.
pub fn short_leases(queue: &mut holdout_server::QueueConfig) {
    (queue.lease_seconds, queue.heartbeat_seconds) = (2, 1);
}

/// A server with the task `s/t` and a token of scorers.
pub struct World {
    /// The server.
    pub app: TestApp,
    /// Somebody who runs it.
    pub organizer: Person,
    /// The token of scorers.
    pub token: String,
    /// Digest of the test set.
    pub test_set: String,
    season: String,
    task: String,
    test_set_id: String,
}

/// A submission as rows.
#[derive(Debug, Clone)]
pub struct Sent {
    /// Submission.
    pub id: String,
    /// Its evaluation.
    pub evaluation: String,
    /// Digest of the file.
    pub sha256: String,
}

fn new_id() -> String {
    uuid::Uuid::now_v7().to_string()
}

impl World {
    /// Starts it with defaults.
    pub fn start() -> Self {
        Self::start_with(|_| ())
    }

    /// Starts it; `configure` changes the queue's configuration.
    pub fn start_with(configure: impl FnOnce(&mut holdout_server::QueueConfig)) -> Self {
        let app = TestApp::start_with(|config| {
            // Failed evaluations are tried again at once; tests of the pauses set them.
            config.queue.retry_seconds = 0;
            configure(&mut config.queue);
        });
        let organizer = app.organizer();
        app.season("s");
        let created = app.post("/organizer/scorer-tokens", Some(&organizer.token), &json!({ "name": "test" }));
        let token = text(&created.expect(201).json()["secret"]);
        let season = value(&app, "SELECT id AS text FROM seasons");
        let (task, test_set_id) = (new_id(), new_id());
        let settings = json!({ "title": "T", "metric": "top5_error", "accepts": ["predictions"] });
        app.execute(&format!(
            "INSERT INTO tasks (id, season_id, slug, position, settings, test_set_id, board_version, created_at)
             VALUES ('{task}', '{season}', 't', 0, '{settings}', '{test_set_id}', 0, 1)"
        ));
        let canonical = labels().to_canonical();
        let test_set = store(&app, &canonical);
        // Images 0, 1 and 9 are public.
        let mask = if app.database_url().starts_with("postgres") { r"'\x0302'" } else { "x'0302'" };
        app.execute(&format!(
            "INSERT INTO test_sets (id, task_id, version, sha256, size, classes, images, public_mask, salt, commitment,
             created_at) VALUES ('{test_set_id}', '{task}', 1, '{test_set}', {}, 6, {IMAGES}, {mask}, '', '{test_set}', 1)",
            canonical.len()
        ));
        Self { app, organizer, token, test_set, season, task, test_set_id }
    }

    /// Makes a team.
    pub fn team(&self, name: &str) -> String {
        let (id, season) = (new_id(), &self.season);
        self.app.execute(&format!(
            "INSERT INTO teams (id, season_id, name, name_key, created_at) VALUES ('{id}', '{season}', '{name}', '{name}', 1)"
        ));
        id
    }

    /// Puts a prediction file of a team into the queue.
    pub fn submit(&self, team: &str, file: &str) -> Sent {
        let sha256 = store(&self.app, file.as_bytes());
        let (id, evaluation) = (new_id(), new_id());
        let (season, task, test_set, account) = (&self.season, &self.task, &self.test_set_id, &self.organizer.id);
        let now = holdout_protocol::Timestamp::now().as_micros();
        self.app.execute(&format!(
            "INSERT INTO submissions (id, season_id, task_id, team_id, account_id, kind, sha256, size, links, baseline,
             evaluation_id, created_at) VALUES ('{id}', '{season}', '{task}', '{team}', '{account}', 'predictions',
             '{sha256}', {}, '[]', FALSE, '{evaluation}', {now});
             INSERT INTO evaluations (id, submission_id, task_id, team_id, test_set_id, kind, state, attempt, failures,
             done, total, queued_at) VALUES ('{evaluation}', '{id}', '{task}', '{team}', '{test_set}', 'predictions',
             'queued', 0, 0, 0, 0, {now});
             INSERT INTO quota_ledger (submission_id, task_id, team_id, state, reserved_at) VALUES ('{id}', '{task}',
             '{team}', 'reserved', {now})",
            file.len()
        ));
        Sent { id, evaluation, sha256 }
    }

    /// One submission of one new team.
    pub fn submit_one(&self) -> Sent {
        self.submit(&self.team("a"), &right_file())
    }

    /// Asks for work as a scorer.
    pub fn ask(&self, scorer: &str, wait_seconds: u32) -> Answer {
        self.ask_with(&claim_request(scorer, wait_seconds))
    }

    /// Asks for work with this body.
    pub fn ask_with(&self, request: &Value) -> Answer {
        self.app.post("/scorer/claims", Some(&self.token), request)
    }

    /// Claims work, which has to be there.
    #[track_caller]
    pub fn claim(&self, scorer: &str) -> Value {
        self.ask(scorer, 0).expect(200).json()
    }

    /// Reports how an attempt ended.
    pub fn report(&self, evaluation: &str, attempt: u64, outcome: &Value) -> Answer {
        let body = json!({ "attempt": attempt, "scorer_version": "1", "outcome": outcome, "measures": {} });
        self.app.post(&format!("/scorer/evaluations/{evaluation}/outcome"), Some(&self.token), &body)
    }

    /// Gives a sign of life.
    pub fn beat(&self, evaluation: &str, attempt: u64) -> Answer {
        let body = json!({ "attempt": attempt, "progress": { "stage": "scoring", "done": 1, "total": 2 } });
        self.app.post(&format!("/scorer/evaluations/{evaluation}/heartbeat"), Some(&self.token), &body)
    }

    /// State, attempt and failures of an evaluation.
    pub fn standing(&self, evaluation: &str) -> String {
        self.value(&format!(
            "SELECT state || ' ' || CAST(attempt AS TEXT) || ' ' || CAST(failures AS TEXT) AS text
             FROM evaluations WHERE id = '{evaluation}'"
        ))
    }

    /// Returns how a submission stands in the quota ledger.
    pub fn charge(&self, sent: &Sent) -> String {
        let id = &sent.id;
        self.value(&format!(
            "SELECT state || ' ' || COALESCE(reason, '-') AS text FROM quota_ledger WHERE submission_id = '{id}'"
        ))
    }

    /// One value of the database.
    pub fn value(&self, sql: &str) -> String {
        value(&self.app, sql)
    }

    /// Waits until an evaluation stands so.
    #[track_caller]
    pub fn wait_for(&self, evaluation: &str, standing: &str) {
        let until = Instant::now() + Duration::from_secs(20);
        while self.standing(evaluation) != standing {
            assert!(Instant::now() < until, "{} is not {standing}", self.standing(evaluation));
            std::thread::sleep(Duration::from_millis(20));
        }
    }
}

/// The request of a scorer that reads prediction files.
pub fn claim_request(scorer: &str, wait_seconds: u32) -> Value {
    json!({ "scorer": scorer, "name": "host", "version": "1", "protocol": 1, "devices": [], "kinds": ["predictions"],
            "wait_seconds": wait_seconds })
}

/// A new scorer.
pub fn scorer() -> String {
    new_id()
}

/// Ten images of six classes.
pub fn labels() -> TestSet {
    let classes = (1..=6).map(|class| format!("{class}\tn{class:08}\tclass {class}\n")).collect::<String>();
    let labels = (0..IMAGES).map(|image| format!("{}\n", image % 6 + 1)).collect::<String>();
    TestSet::parse_labels(ClassList::parse(classes.as_bytes()).unwrap(), labels.as_bytes()).unwrap()
}

/// Predictions that are right, but for image 9.
pub fn right_file() -> String {
    (0..IMAGES).map(|image| format!("{}\n", if image == 9 { 1 } else { image % 6 + 1 })).collect()
}

/// An outcome: image 9 is wrong by both, image 0 by its first label.
pub fn scored() -> Value {
    json!({ "kind": "scored", "n": IMAGES, "top1": "/gE=", "top5": "/wE=" })
}

/// Puts bytes into the blob store.
fn store(app: &TestApp, bytes: &[u8]) -> String {
    let sha256 = Sha256::from_bytes(sha2::Sha256::digest(bytes).into()).to_string();
    let folder = app.data.path().join("blobs/blobs").join(&sha256[..2]);
    std::fs::create_dir_all(&folder).unwrap();
    std::fs::write(folder.join(&sha256), bytes).unwrap();
    sha256
}

#[derive(QueryableByName)]
struct Text {
    #[diesel(sql_type = diesel::sql_types::Text)]
    text: String,
}

fn value(app: &TestApp, sql: &str) -> String {
    let url = app.database_url();
    let row: Text = if url.starts_with("postgres") {
        diesel::sql_query(sql).get_result(&mut PgConnection::establish(&url).unwrap()).unwrap()
    } else {
        let mut conn = SqliteConnection::establish(&url).unwrap();
        conn.batch_execute("PRAGMA busy_timeout = 10000").unwrap();
        diesel::sql_query(sql).get_result(&mut conn).unwrap()
    };
    row.text
}

/// A fault of the platform, as a scorer reports it.
pub fn fault(cause: &str) -> Value {
    json!({ "kind": "fault", "cause": cause })
}
