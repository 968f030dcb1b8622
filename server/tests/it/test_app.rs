//! A server of one's own for one test.

use std::sync::{Arc, mpsc};
use std::thread::JoinHandle;
use std::time::Duration;

use holdout_server::Config;
use serde_json::Value;

/// A running server; stopped and removed when dropped.
pub struct TestApp {
    /// `http://127.0.0.1:port`.
    pub origin: String,
    /// Its data folder.
    pub data: tempfile::TempDir,
    database: Option<TestDatabase>,
    config: Config,
    app: Arc<holdout_server::App>,
    stop: Option<tokio::sync::oneshot::Sender<()>>,
    thread: Option<JoinHandle<()>>,
    agent: ureq::Agent,
}

/// An answer.
#[derive(Debug)]
pub struct Answer {
    /// HTTP status.
    pub status: u16,
    /// Headers, names in lower case.
    pub headers: Vec<(String, String)>,
    /// Body as text.
    pub text: String,
    /// Body as it came.
    pub bytes: Vec<u8>,
}

impl Answer {
    /// The body as JSON.
    pub fn json(&self) -> Value {
        serde_json::from_str(&self.text).unwrap_or_else(|error| panic!("{error}: {}", self.text))
    }

    /// The error code of the body.
    pub fn code(&self) -> String {
        self.json()["error"]["code"].as_str().unwrap_or_else(|| panic!("no code: {}", self.text)).to_owned()
    }

    /// A header's value.
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.iter().find(|(known, _)| known == name).map(|(_, value)| value.as_str())
    }

    /// The answer, which has to have this status.
    #[track_caller]
    pub fn expect(self, status: u16) -> Self {
        assert_eq!(self.status, status, "{}", self.text);
        self
    }
}

impl TestApp {
    /// Starts a server with defaults and generous rate limits.
    pub fn start() -> Self {
        Self::start_with(|_| ())
    }

    /// Starts a server; `configure` changes its configuration.
    pub fn start_with(configure: impl FnOnce(&mut Config)) -> Self {
        let data = tempfile::tempdir().unwrap();
        let database = TestDatabase::from_environment();
        let mut config = Config {
            listen: "127.0.0.1:0".parse().unwrap(),
            data: data.path().to_owned(),
            database: database.as_ref().map(TestDatabase::url),
            workers: 2,
            ..Config::default()
        };
        config.rates.registrations_per_minute = 10_000;
        config.rates.logins_per_minute = 10_000;
        config.rates.submissions_per_minute = 10_000;
        config.rates.uploads_per_minute = 10_000;
        config.rates.preflights_per_minute = 10_000;
        config.rates.news_seen_per_minute = 10_000;
        config.rates.refusals_per_hour = 10_000;
        config.rates.edits_per_hour = 10_000;
        config.rates.secrets_per_hour = 10_000;
        config.rates.questions_per_hour = 10_000;
        config.rates.announcements_per_hour = 10_000;
        config.uploads.unused_per_account = 10_000;
        config.uploads.unused_bytes_without_team = 1 << 40;
        config.uploads.unused_bytes_per_account = 1 << 40;
        configure(&mut config);
        let server = Server::start(config.clone());
        let agent = ureq::Agent::config_builder().http_status_as_error(false).build().new_agent();
        let (origin, app, stop, thread) = (server.origin, server.app, Some(server.stop), Some(server.thread));
        Self { origin, data, database, config, app, stop, thread, agent }
    }

    /// Starts another server on the same data; it runs until it is dropped.
    pub fn second_server(&self) -> SecondServer {
        let server = Server::start(self.config.clone());
        SecondServer { origin: server.origin, stop: Some(server.stop), thread: Some(server.thread) }
    }

    /// Stops the server and starts another one on the same data.
    pub fn restart(&mut self) {
        self.stop();
        let server = Server::start(self.config.clone());
        (self.origin, self.app) = (server.origin, server.app);
        (self.stop, self.thread) = (Some(server.stop), Some(server.thread));
    }

    /// Tells the server to stop, and does not wait for it.
    pub fn begin_stop(&mut self) {
        if let Some(stop) = self.stop.take() {
            stop.send(()).ok();
        }
    }

    fn stop(&mut self) {
        self.begin_stop();
        let ended = self.thread.take().map(JoinHandle::join);
        if let Some(Err(_)) = ended
            && !std::thread::panicking()
        {
            panic!("the server's thread panicked");
        }
    }

    /// Sweeps once; files younger than `grace` are left alone.
    pub fn sweep(&self, grace: Duration) -> holdout_server::SweepReport {
        let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(1).enable_all().build().unwrap();
        runtime.block_on(self.app.sweep(grace)).unwrap()
    }

    /// The address of a route below `/api/v1`, or of any path that begins with `//`.
    pub fn url(&self, path: &str) -> String {
        path.strip_prefix('/')
            .filter(|rest| rest.starts_with('/'))
            .map_or_else(|| format!("{}/api/v1{path}", self.origin), |rest| format!("{}{rest}", self.origin))
    }

    /// Sends a request with a body of JSON, if any.
    pub fn send(&self, method: &str, path: &str, token: Option<&str>, body: Option<&Value>) -> Answer {
        let bytes = body.map(|body| body.to_string().into_bytes());
        let kind = [("content-type", "application/json")];
        self.send_raw(method, path, token, if body.is_some() { &kind } else { &[] }, bytes.as_deref())
    }

    /// Sends any request.
    pub fn send_raw(
        &self,
        method: &str,
        path: &str,
        token: Option<&str>,
        headers: &[(&str, &str)],
        body: Option<&[u8]>,
    ) -> Answer {
        let mut request = ureq::http::Request::builder().method(method).uri(self.url(path));
        if let Some(token) = token {
            request = request.header("authorization", format!("Bearer {token}"));
        }
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        let sent = match body {
            Some(body) => self.agent.run(request.body(body).unwrap()),
            None => self.agent.run(request.body(()).unwrap()),
        };
        let mut response = sent.unwrap_or_else(|error| panic!("{method} {path}: {error}"));
        let headers = response.headers().iter();
        let headers = headers.map(|(name, value)| (name.to_string(), value.to_str().unwrap().to_owned())).collect();
        let bytes = response.body_mut().read_to_vec().unwrap();
        let text = String::from_utf8_lossy(&bytes).into_owned();
        Answer { status: response.status().as_u16(), headers, text, bytes }
    }

    /// The status of an answer whose body is not read.
    pub fn status(&self, method: &str, path: &str, token: Option<&str>, body: Option<&Value>) -> u16 {
        let mut request = ureq::http::Request::builder().method(method).uri(self.url(path));
        if let Some(token) = token {
            request = request.header("authorization", format!("Bearer {token}"));
        }
        let request = request.header("content-type", "application/json").header("tus-resumable", "1.0.0");
        let sent = match body {
            Some(body) => self.agent.run(request.body(body.to_string()).unwrap()),
            None => self.agent.run(request.body(()).unwrap()),
        };
        sent.unwrap_or_else(|error| panic!("{method} {path}: {error}")).status().as_u16()
    }

    /// GET.
    pub fn get(&self, path: &str, token: Option<&str>) -> Answer {
        self.send("GET", path, token, None)
    }

    /// POST with JSON.
    pub fn post(&self, path: &str, token: Option<&str>, body: &Value) -> Answer {
        self.send("POST", path, token, Some(body))
    }

    /// The database's URL.
    pub fn database_url(&self) -> String {
        self.database
            .as_ref()
            .map_or_else(|| self.data.path().join("holdout.db").display().to_string(), TestDatabase::url)
    }
}

impl Drop for TestApp {
    fn drop(&mut self) {
        self.stop();
    }
}

/// Another server on the data of a [`TestApp`].
pub struct SecondServer {
    /// `http://127.0.0.1:port`.
    pub origin: String,
    stop: Option<tokio::sync::oneshot::Sender<()>>,
    thread: Option<JoinHandle<()>>,
}

impl Drop for SecondServer {
    fn drop(&mut self) {
        self.stop.take().map(|stop| stop.send(()));
        self.thread.take().map(JoinHandle::join);
    }
}

/// A server in a thread of its own.
struct Server {
    origin: String,
    app: Arc<holdout_server::App>,
    stop: tokio::sync::oneshot::Sender<()>,
    thread: JoinHandle<()>,
}

impl Server {
    fn start(config: Config) -> Self {
        let (stop, stopped) = tokio::sync::oneshot::channel();
        let (ready, started) = mpsc::channel();
        let thread = std::thread::spawn(move || {
            actix_web::rt::System::new().block_on(async move {
                let running = holdout_server::start(config).await.expect("the server starts");
                ready.send((running.address, Arc::clone(&running.app))).unwrap();
                stopped.await.ok();
                running.stop().await;
            });
        });
        let (address, app) = started.recv().expect("the server starts");
        Self { origin: format!("http://{address}"), app, stop, thread }
    }
}

/// A database of one's own in a PostgreSQL cluster.
struct TestDatabase {
    server: String,
    name: String,
}

impl TestDatabase {
    fn from_environment() -> Option<Self> {
        let server = std::env::var("HOLDOUT_TEST_POSTGRES").ok().filter(|url| !url.is_empty())?;
        let name = format!("holdout_{}", uuid::Uuid::now_v7().simple());
        let database = Self { server, name };
        database.administer(&format!("CREATE DATABASE {}", database.name));
        Some(database)
    }

    fn url(&self) -> String {
        format!("{}/{}", self.server.trim_end_matches('/'), self.name)
    }

    fn administer(&self, statement: &str) {
        use diesel::prelude::*;
        let url = format!("{}/postgres", self.server.trim_end_matches('/'));
        let mut conn = diesel::PgConnection::establish(&url).expect("the PostgreSQL cluster answers");
        diesel::sql_query(statement).execute(&mut conn).expect("the statement works");
    }
}

impl Drop for TestDatabase {
    fn drop(&mut self) {
        self.administer(&format!("DROP DATABASE {} WITH (FORCE)", self.name));
    }
}
