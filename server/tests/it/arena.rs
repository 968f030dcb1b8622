//! A season with a task to submit to, two teams, an organizer and a scorer, for tests.
//!
//! The test set has a hundred classes and twenty images; image i (from 0) is of class i % 10 + 1.
//! The first ten images are the public part.

use std::sync::atomic::{AtomicU32, Ordering};

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use holdout_evaluation::{ClassList, TestSet};
use holdout_protocol::Sha256;
use holdout_server::Config;
use serde_json::{Value, json};
use sha2::Digest as _;

use crate::people::{Person, text};
use crate::test_app::{Answer, TestApp};

/// The task's submissions.
pub const SUBMISSIONS: &str = "/seasons/demo/tasks/classification/submissions";
/// The task's quota.
pub const QUOTA: &str = "/seasons/demo/tasks/classification/quota";

/// A zip archive of files, each with its content.
pub fn archive(files: &[(&str, &[u8])]) -> Vec<u8> {
    let (mut bytes, mut directory) = (Vec::new(), Vec::new());
    for (name, content) in files {
        let length = u16::try_from(name.len()).unwrap().to_le_bytes();
        let size = u32::try_from(content.len()).unwrap().to_le_bytes();
        let facts = [&[20, 0, 0, 0, 0, 0, 0, 0, 0, 0][..], &[0; 4], &size, &size, &length, &[0, 0]].concat();
        let offset = u32::try_from(bytes.len()).unwrap().to_le_bytes();
        directory.extend([b"PK\x01\x02\x14\0", &facts[..], &[0; 10], &offset, name.as_bytes()].concat());
        bytes.extend([b"PK\x03\x04", &facts[..], name.as_bytes(), content].concat());
    }
    let count = u16::try_from(files.len()).unwrap().to_le_bytes();
    let place = [directory.len(), bytes.len()].map(|value| u32::try_from(value).unwrap().to_le_bytes());
    let end = [b"PK\x05\x06\0\0\0\0", &count[..], &count, &place[0], &place[1], &[0, 0]].concat();
    [bytes, directory, end].concat()
}

/// An archive with the names of a TorchScript model: more of it the door does not look at. `byte`
/// tells it from others.
pub fn model(byte: u8) -> Vec<u8> {
    archive(&[("m/data.pkl", &[byte; 100]), ("m/constants.pkl", b""), ("m/code/__torch__.py", b"")])
}

/// The images of the test set: nobody looks into them here.
const IMAGES: &[u8] = b"PK\x03\x04 and so on";

/// See the module.
pub struct Arena {
    /// The server.
    pub app: TestApp,
    /// Runs the season.
    pub organizer: Person,
    /// Captain of the team `Alpha`.
    pub alice: Person,
    /// Captain of the team `Beta`.
    pub bob: Person,
    scorer: String,
    scorer_id: String,
}

impl Arena {
    /// With a quota and a queue that are in nobody's way.
    pub fn start() -> Self {
        Self::start_with(1000, |config| config.queue.queued_per_team = 1000)
    }

    /// With so many submissions an hour.
    pub fn start_with(quota: u32, configure: impl FnOnce(&mut Config)) -> Self {
        let app = TestApp::start_with(|config| {
            config.uploads.unfinished_per_account = 1000;
            configure(config);
        });
        let organizer = app.organizer();
        app.season("demo");
        let (alice, bob) = (app.person("alice"), app.person("bob"));
        for (person, team) in [(&alice, "Alpha"), (&bob, "Beta")] {
            app.post("/seasons/demo/teams", Some(&person.token), &json!({ "name": team })).expect(201);
        }
        let name = json!({ "name": "tests" });
        let created = app.post("/organizer/scorer-tokens", Some(&organizer.token), &name).expect(201).json();
        let (scorer, scorer_id) = (text(&created["secret"]), uuid::Uuid::now_v7().to_string());
        let arena = Self { app, organizer, alice, bob, scorer, scorer_id };
        arena.add_task("classification", quota);
        arena
    }

    /// Adds a task with the test set described above.
    pub fn add_task(&self, slug: &str, quota: u32) {
        let settings = json!({
            "title": "Classification", "metric": "top5_error", "accepts": ["predictions", "torchscript"],
            "input": { "crop": 8, "mean": [0, 0, 0], "std": [1, 1, 1] },
            "quota": { "submissions": quota, "per_seconds": 3600 },
        });
        let id = uuid::Uuid::now_v7();
        self.app.execute(&format!(
            "INSERT INTO tasks (id, season_id, slug, position, settings, board_version, created_at) \
             SELECT '{id}', id, '{slug}', 0, '{settings}', 1, 1 FROM seasons WHERE slug = 'demo'"
        ));
        self.add_test_set(slug, 1);
    }

    /// Lets the settings of all tasks name the split that their test sets have.
    pub fn name_split(&self) {
        self.app.execute(
            "UPDATE tasks SET settings = REPLACE(settings, '\"metric\"', '\"split\":{\"public\":0.5,\"seed\":1},\"metric\"')",
        );
    }

    /// Gives a task a new version of its test set.
    pub fn add_test_set(&self, slug: &str, version: u32) {
        self.replace_test_set(slug, version, &test_set());
    }

    /// Gives a task this test set as a new version; the first half of the images is the public
    /// part.
    pub fn replace_test_set(&self, slug: &str, version: u32, test_set: &TestSet) {
        let canonical = test_set.to_canonical();
        // Uploading them is the shortest way into the blob store.
        self.upload(&self.organizer, &canonical);
        self.upload(&self.organizer, IMAGES);
        let images = Sha256::from_bytes(sha2::Sha256::digest(IMAGES).into());
        let (id, sha256, size) = (uuid::Uuid::now_v7(), test_set.sha256(), canonical.len());
        let postgres = self.app.database_url().starts_with("postgres");
        let (n, classes) = (test_set.len(), test_set.shape().classes.len());
        let byte = |at: usize| (0..8).filter(|bit| at * 8 + bit < n / 2).fold(0_u8, |byte, bit| byte | 1 << bit);
        let mask: String = (0..n.div_ceil(8)).map(|at| format!("{:02x}", byte(at))).collect();
        let mask = if postgres { format!(r"'\x{mask}'::bytea") } else { format!("X'{mask}'") };
        self.app.execute(&format!(
            "INSERT INTO test_sets (id, task_id, version, sha256, size, images_sha256, images_size, classes, images, \
             public_mask, salt, commitment, created_at) SELECT '{id}', id, {version}, '{sha256}', {size}, '{images}', {}, \
             {classes}, {n}, {mask}, '', '{sha256}', 1 FROM tasks WHERE slug = '{slug}';
             UPDATE tasks SET test_set_id = '{id}' WHERE slug = '{slug}'",
            IMAGES.len()
        ));
    }

    /// Changes the season's row.
    pub fn set_season(&self, assignment: &str) {
        self.app.execute(&format!("UPDATE seasons SET {assignment} WHERE slug = 'demo'"));
    }

    /// Uploads a file; the upload's id.
    pub fn upload(&self, person: &Person, bytes: &[u8]) -> String {
        let length = bytes.len().to_string();
        let headers = [
            ("tus-resumable", "1.0.0"),
            ("upload-length", length.as_str()),
            ("content-type", "application/offset+octet-stream"),
        ];
        let answer = self.app.send_raw("POST", "/uploads", Some(&person.token), &headers, Some(bytes)).expect(201);
        answer.header("location").unwrap().rsplit('/').next().unwrap().to_owned()
    }

    /// Submits an upload as predictions, whether or not the team has submitted the file before;
    /// `more` are further fields of the request.
    pub fn submit_upload(&self, person: &Person, upload: &str, more: Value, key: Option<&str>) -> Answer {
        let mut body = json!({ "upload": upload, "kind": "predictions", "again": true });
        body.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        let mut headers = vec![("content-type", "application/json")];
        headers.extend(key.map(|key| ("idempotency-key", key)));
        self.app.send_raw("POST", SUBMISSIONS, Some(&person.token), &headers, Some(body.to_string().as_bytes()))
    }

    /// Uploads a file and submits it as predictions.
    pub fn submit(&self, person: &Person, bytes: &[u8]) -> Answer {
        self.submit_upload(person, &self.upload(person, bytes), json!({}), None)
    }

    /// A submission.
    pub fn submission(&self, person: &Person, id: &str) -> Value {
        self.app.get(&format!("/submissions/{id}"), Some(&person.token)).expect(200).json()
    }

    /// A scorer takes work, if there is some.
    pub fn claim(&self) -> Option<Value> {
        self.claim_as(&self.scorer_id, &[], &["predictions", "torchscript"])
    }

    /// A scorer with these devices takes work of these kinds, if there is some.
    pub fn claim_as(&self, scorer: &str, devices: &[&str], kinds: &[&str]) -> Option<Value> {
        let body = json!({
            "scorer": scorer, "name": "tests", "version": "1", "protocol": 1, "devices": devices, "kinds": kinds,
            "wait_seconds": 0,
        });
        let answer = self.app.post("/scorer/claims", Some(&self.scorer), &body);
        (answer.status == 200).then(|| answer.json())
    }

    /// A scorer tells how far it is.
    pub fn heartbeat(&self, claim: &Value, done: u32) -> Answer {
        self.progress(claim, json!({ "stage": "checking", "done": done, "total": 20 }))
    }

    /// A scorer tells how far it is, in full.
    pub fn progress(&self, claim: &Value, progress: Value) -> Answer {
        let path = format!("/scorer/evaluations/{}/heartbeat", text(&claim["evaluation"]));
        self.app.post(&path, Some(&self.scorer), &json!({ "attempt": claim["attempt"], "progress": progress }))
    }

    /// A scorer tells which of the twenty images are right: as the first label, and among the five.
    pub fn score(&self, claim: &Value, top1: [u8; 3], top5: [u8; 3]) -> Answer {
        let outcome = json!({
            "kind": "scored", "n": 20, "top1": STANDARD.encode(top1), "top5": STANDARD.encode(top5),
        });
        self.report(claim, outcome, json!({}))
    }

    /// A scorer tells the labels that a prediction file has, and which of them are right.
    pub fn score_file(&self, claim: &Value, set: &TestSet, file: &[u8]) -> Answer {
        let answers = holdout_evaluation::check(set.shape(), file, 1 << 20).unwrap();
        let correctness = holdout_evaluation::score(&answers, set.labels()).unwrap().to_protocol();
        let outcome = json!({
            "kind": "scored", "n": correctness.n, "top1": correctness.top1, "top5": correctness.top5,
            "answers": answers.pack_base64().unwrap(),
        });
        self.report(claim, outcome, json!({}))
    }

    /// A scorer tells how an attempt ended, and what it measured.
    pub fn report(&self, claim: &Value, outcome: Value, measures: Value) -> Answer {
        let attempt = &claim["attempt"];
        let report = json!({ "attempt": attempt, "scorer_version": "1", "outcome": outcome, "measures": measures });
        self.send_report(claim, &report)
    }

    /// A scorer sends just this report.
    pub fn send_report(&self, claim: &Value, report: &Value) -> Answer {
        let path = format!("/scorer/evaluations/{}/outcome", text(&claim["evaluation"]));
        self.app.post(&path, Some(&self.scorer), report)
    }
}

/// The test set described above.
pub fn test_set() -> TestSet {
    let classes: String = (1..=100).map(|class| format!("{class}\tn{class:08}\tclass {class}\n")).collect();
    let labels: String = (0..20).map(|image| format!("{}\n", image % 10 + 1)).collect();
    TestSet::parse_labels(ClassList::parse(classes.as_bytes()).unwrap(), labels.as_bytes()).unwrap()
}

/// A correct prediction file, each call another one.
pub fn predictions() -> Vec<u8> {
    static NEXT: AtomicU32 = AtomicU32::new(0);
    let mut number = NEXT.fetch_add(1, Ordering::Relaxed);
    let row = |_| {
        let label = number % 10 + 1;
        number /= 10;
        format!("{label}\n")
    };
    (0..20).map(row).collect::<String>().into_bytes()
}

/// The bytes, compressed by gzip.
pub fn gzip(bytes: &[u8]) -> Vec<u8> {
    use std::io::Write as _;
    let mut encoder = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
    encoder.write_all(bytes).unwrap();
    encoder.finish().unwrap()
}
