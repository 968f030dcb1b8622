//! A real server with a task for models, and scorers that work for it.

use std::path::Path;
use std::sync::Arc;
use std::sync::mpsc::{Receiver, channel};
use std::time::{Duration, Instant};

use holdout_scorer::{RunnerConfig, ScorerConfig, ScorerError, StopSignal};
use holdout_server::{Config, Hosted, QueueConfig};
use serde_json::{Value, json};

use crate::pictures::{archive, best, name};
use crate::world::{CLASSES, SIDE};

/// The task's routes.
const TASK: &str = "/seasons/s/tasks/t";
/// How long anything may take on a busy machine.
const PATIENCE: Duration = Duration::from_secs(120);

/// A server with the task `s/t`.
pub struct Arena {
    data: tempfile::TempDir,
    server: Option<Hosted>,
    address: String,
    token: String,
    agent: ureq::Agent,
}

impl Arena {
    /// Starts a server whose task has this many pictures. Its labels are the best classes of the
    /// honest model, but every third is wrong; with `named` they come with the pictures' names.
    pub fn start(pictures: usize, named: bool) -> Self {
        Self::start_with(pictures, named, |_| ())
    }

    /// The same with another configuration of the queue.
    pub fn start_with(pictures: usize, named: bool, configure: impl FnOnce(&mut QueueConfig)) -> Self {
        let data = tempfile::tempdir().unwrap();
        let mut config = Config { data: data.path().to_owned(), workers: 2, ..Config::default() };
        configure(&mut config.queue);
        // Tests send more than a person does.
        (config.rates.submissions_per_minute, config.rates.uploads_per_minute) = (100_000, 100_000);
        config.listen = "127.0.0.1:0".parse().unwrap();
        let server = Hosted::start(config, Some(data.path().to_owned())).unwrap();
        let token = std::fs::read_to_string(data.path().join("organizer-token")).unwrap().trim().to_owned();
        let agent = ureq::Agent::config_builder().http_status_as_error(false).proxy(None).build().new_agent();
        let address = format!("http://{}", server.address);
        let arena = Self { data, server: Some(server), address, token, agent };
        arena.make_task(pictures, named);
        arena
    }

    fn make_task(&self, pictures: usize, named: bool) {
        self.post("/seasons", &json!({ "season": "s", "title": "S", "opens": "2020-01-01T00:00:00Z" }));
        let settings = json!({
            "title": "T", "metric": "top5_error", "accepts": ["predictions", "torchscript"],
            "input": { "crop": SIDE, "mean": [0, 0, 0], "std": [1, 1, 1] },
            "quota": { "submissions": 10_000, "per_seconds": 3600 },
            "limits": { "wall_seconds": 60, "memory_bytes": 1 << 30 },
        });
        self.post("/seasons/s/tasks", &json!({ "task": "t", "settings": settings }));
        // The order of the lines is that of the model's outputs: class number 10 is output 0.
        let classes: String = (0..CLASSES).map(|at| format!("{0}\tn{0}\tclass {0}\n", CLASSES - at)).collect();
        let row = |number: usize| {
            let label = CLASSES - label(number);
            if named { format!("{},{label}\n", name(number)) } else { format!("{label}\n") }
        };
        let header = if named { "image,class\n" } else { "" };
        let labels = format!("{header}{}", (0..pictures).map(row).collect::<String>());
        let [classes, labels, images] =
            [classes.into_bytes(), labels.into_bytes(), archive(pictures)].map(|bytes| self.upload(&bytes));
        let test_set = json!({ "classes": classes, "labels": labels, "images": images });
        self.call("PUT", &format!("{TASK}/test-set"), Some(&test_set));
    }

    fn upload(&self, bytes: &[u8]) -> String {
        let request = self.agent.post(format!("{}/api/v1/uploads", self.address));
        let request =
            request.header("authorization", format!("Bearer {}", self.token)).header("tus-resumable", "1.0.0");
        let request = request.header("upload-length", bytes.len().to_string());
        let answer = request.content_type("application/offset+octet-stream").send(bytes).unwrap();
        assert_eq!(answer.status(), 201);
        answer.headers()["location"].to_str().unwrap().rsplit('/').next().unwrap().to_owned()
    }

    fn call(&self, method: &str, path: &str, body: Option<&Value>) -> Value {
        let request = ureq::http::Request::builder().method(method).uri(format!("{}/api/v1{path}", self.address));
        let request = request.header("authorization", format!("Bearer {}", self.token));
        let bytes = body.map(|body| serde_json::to_vec(body).unwrap()).unwrap_or_default();
        let request = request.header("content-type", "application/json").body(bytes).unwrap();
        let mut answer = self.agent.run(request).unwrap();
        let text = answer.body_mut().read_to_string().unwrap();
        assert!(answer.status().is_success(), "{method} {path}: {text}");
        serde_json::from_str(&text).unwrap_or(Value::Null)
    }

    fn post(&self, path: &str, body: &Value) -> Value {
        self.call("POST", path, Some(body))
    }

    /// Sends something on behalf of a team; the submission's id.
    pub fn submit(&self, team: &str, kind: &str, bytes: &[u8]) -> String {
        let body = json!({ "upload": self.upload(bytes), "kind": kind, "team": team, "create_team": true });
        self.post(&format!("{TASK}/submissions"), &body)["id"].as_str().unwrap().to_owned()
    }

    /// A submission as it stands.
    pub fn submission(&self, id: &str) -> Value {
        self.call("GET", &format!("/submissions/{id}"), None)
    }

    /// A submission's state.
    pub fn state(&self, id: &str) -> String {
        self.submission(id)["state"].as_str().unwrap().to_owned()
    }

    /// Withdraws a submission.
    pub fn cancel(&self, id: &str) {
        self.call("POST", &format!("/submissions/{id}/cancel"), None);
    }

    /// Waits until something holds.
    #[track_caller]
    pub fn wait_until(&self, what: &str, holds: impl Fn(&Self) -> bool) {
        let until = Instant::now() + PATIENCE;
        while !holds(self) {
            assert!(Instant::now() < until, "{what}: not after {PATIENCE:?}");
            std::thread::sleep(Duration::from_millis(20));
        }
    }

    /// Waits for a submission's end.
    #[track_caller]
    pub fn end_of(&self, id: &str) -> Value {
        self.wait_until("an end", |arena| !matches!(arena.state(id).as_str(), "queued" | "running"));
        self.submission(id)
    }

    /// The fleet as organizers see it.
    pub fn scorers(&self) -> Vec<Value> {
        self.call("GET", "/organizer/scorers", None)["items"].as_array().unwrap().clone()
    }

    /// A scorer for this server.
    pub fn scorer(&self, runner: Option<RunnerConfig>) -> Scorer {
        let mut config = ScorerConfig::new(self.address(), self.scorer_token(), self.cache());
        config.runner = runner;
        Scorer::start(config)
    }

    /// The token of scorers.
    pub fn scorer_token(&self) -> String {
        std::fs::read_to_string(self.data.path().join("scorer-token")).unwrap().trim().to_owned()
    }

    /// Returns where the server answers.
    pub fn address(&self) -> &str {
        &self.address
    }

    /// The server's folder.
    pub fn data(&self) -> &Path {
        self.data.path()
    }

    /// Its cache folder.
    pub fn cache(&self) -> std::path::PathBuf {
        self.data().join("cache")
    }
}

impl Drop for Arena {
    fn drop(&mut self) {
        self.server.take().unwrap().stop().unwrap();
    }
}

/// The label of a picture as a model's output, from 0: right for two pictures in three.
fn label(number: usize) -> u16 {
    let first = best(number).0[0];
    if number.is_multiple_of(3) { best(number).0.iter().max().unwrap().wrapping_add(1) % CLASSES } else { first }
}

/// So many of these pictures are not recognised at the first place.
pub fn wrong_top1(pictures: usize) -> u64 {
    (0..pictures).filter(|number| best(*number).0[0] != label(*number)).count().try_into().unwrap()
}

/// Returns how many are not recognised at all.
pub fn wrong_top5(pictures: usize) -> u64 {
    (0..pictures).filter(|number| !best(*number).0.contains(&label(*number))).count().try_into().unwrap()
}

/// A scorer on a thread of its own; stopped when dropped.
pub struct Scorer {
    stop: Arc<StopSignal>,
    ended: Receiver<Result<(), ScorerError>>,
}

impl Scorer {
    fn start(config: ScorerConfig) -> Self {
        let (stop, (sender, ended)) = (Arc::new(StopSignal::new()), channel());
        let stopping = Arc::clone(&stop);
        std::thread::spawn(move || sender.send(holdout_scorer::run(config, stopping)));
        Self { stop, ended }
    }

    /// Stops it; how long that took.
    #[track_caller]
    pub fn stop(&self) -> Duration {
        let begun = Instant::now();
        self.stop.stop();
        self.ended.recv_timeout(Duration::from_secs(30)).expect("the scorer stops").expect("without an error");
        begun.elapsed()
    }
}

impl Drop for Scorer {
    fn drop(&mut self) {
        self.stop.stop();
    }
}

/// Every file of a folder, below it too.
pub fn files(folder: &Path) -> Vec<std::path::PathBuf> {
    let Ok(entries) = std::fs::read_dir(folder) else { return Vec::new() };
    let paths = entries.map(|entry| entry.unwrap().path());
    paths.flat_map(|path| if path.is_dir() { files(&path) } else { vec![path] }).collect()
}
