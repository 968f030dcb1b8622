//! The real programs, with folders and a port of their own.
#![expect(dead_code, reason = "each test binary uses a part of it")]

mod database;
pub mod supervised;

use std::collections::BTreeSet;
use std::ffi::OsString;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use database::TestDatabase;
use serde_json::Value;

/// The folders and the port of a server, its scorer and its users.
pub struct Installation {
    folder: tempfile::TempDir,
    port: u16,
    database: Option<TestDatabase>,
    surroundings: Surroundings,
}

/// Where an installation runs, if not simply here.
#[derive(Default)]
pub struct Surroundings {
    /// The command that starts each program, such as `nsenter …`; empty for none.
    pub starter: Vec<OsString>,
    /// The folder below which this process sees the files of the installation; `/` if it is `None`.
    pub root: Option<PathBuf>,
    /// Environment of the server.
    pub environment: Vec<(&'static str, String)>,
    /// The folder that holds the objects, if it is not below the data folder.
    pub objects: Option<PathBuf>,
}

/// A season of one task, as files.
pub struct Season {
    folder: tempfile::TempDir,
    slug: String,
    labels: Vec<u32>,
    classes: u32,
}

/// A team of one person, with folders of its own.
pub struct Team {
    folder: PathBuf,
    token: String,
}

impl Team {
    /// Its API token.
    pub fn token(&self) -> &str {
        &self.token
    }

    /// Returns where its files and its program's state are.
    pub fn folder(&self) -> &Path {
        &self.folder
    }

    /// The command that submits a file.
    pub fn submit(&self, installation: &Installation, season: &Season, file: &Path) -> Command {
        let mut command = self.holdout(installation);
        command.args(["--json", "submit", "--season", season.slug(), "--task", "classification", "--method"]);
        command.arg(file.file_name().unwrap()).arg(file);
        command
    }

    /// The program as this team runs it.
    pub fn holdout(&self, installation: &Installation) -> Command {
        let mut command = installation.holdout(&self.folder);
        command.env("HOLDOUT_TOKEN", &self.token).env("HOLDOUT_SERVER", installation.origin());
        command
    }
}

impl Season {
    /// So many images of so many classes.
    pub fn small(images: u32, classes: u32) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let labels: Vec<u32> = (0..images).map(|image| 1 + (image * 7 + image / 3) % classes).collect();
        let path = folder.path();
        let write = |name: &str, text: String| std::fs::write(path.join(name), text).unwrap();
        write("classes.tsv", (1..=classes).map(|class| format!("{class}\tn{class:08}\tclass {class}\n")).collect());
        let rows = labels.iter().enumerate().map(|(image, label)| format!("image{image:05}.png,{label}\n"));
        write("labels.csv", "image,class\n".to_owned() + &rows.collect::<String>());
        write("rules.md", "# Rules\n\nBe fair.\n".to_owned());
        write(
            "season.yaml",
            "season: small\ntitle: Small\nrules: rules.md\nopens: 2020-01-01T00:00:00Z\ncloses: 2099-01-01T00:00:00Z\n\
             tasks:\n  - task: classification\n    title: Classification\n    metric: top5_error\n    \
             accepts: [predictions]\n    classes: classes.tsv\n    test_set:\n      labels: labels.csv\n    \
             quota: { submissions: 10000, per: 7d }\n"
                .to_owned(),
        );
        Self { folder, slug: "small".to_owned(), labels, classes }
    }

    /// The files of a season's folder, as links; images are left out.
    pub fn copied(from: &Path, slug: &str) -> Self {
        let folder = tempfile::tempdir().unwrap();
        for entry in std::fs::read_dir(from).unwrap() {
            let path = entry.unwrap().path();
            std::os::unix::fs::symlink(&path, folder.path().join(path.file_name().unwrap())).unwrap();
        }
        Self { folder, slug: slug.to_owned(), labels: Vec::new(), classes: 0 }
    }

    /// Its name.
    pub fn slug(&self) -> &str {
        &self.slug
    }

    /// Its folder.
    pub fn folder(&self) -> &Path {
        self.folder.path()
    }

    /// Writes a prediction file with `wrong` wrong images. Files of different rounds differ,
    /// because the same file again would be the same submission.
    pub fn answers(&self, folder: &Path, round: u64, wrong: u64) -> PathBuf {
        let classes = u64::from(self.classes);
        let mut text = String::new();
        for (image, label) in (0_u64..).zip(&self.labels) {
            let label = u64::from(*label) - 1;
            // Five neighbours of the right class, without or with it. In which of their 120 orders,
            // the round says: its last digit to the base of 120 for the first image, and so on.
            let first = if image < wrong { 1 } else { 0 };
            let digit = round.checked_div(120_u64.saturating_pow(u32::try_from(image).unwrap())).unwrap();
            let (mut left, mut order): (Vec<u64>, u64) = ((0..5).collect(), digit);
            let offsets = (1..=5).rev().map(|count| {
                let place = usize::try_from(order % count).unwrap();
                order /= count;
                first + left.remove(place)
            });
            let row: Vec<String> = offsets.map(|offset| (1 + (label + offset) % classes).to_string()).collect();
            text += &(row.join(" ") + "\n");
        }
        // A file no other round has: the method's name is the file's.
        let path = folder.join(format!("answers-{round}-{wrong}.txt"));
        std::fs::write(&path, text).unwrap();
        path
    }
}

impl Installation {
    /// With nothing running yet.
    pub fn new() -> Self {
        let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
        let port = listener.local_addr().unwrap().port();
        let (folder, database) = (tempfile::tempdir().unwrap(), TestDatabase::from_environment());
        Self { folder, port, database, surroundings: Surroundings::default() }
    }

    /// The same, running elsewhere. `surroundings` gets the data folder and the database's address.
    pub fn within(mut self, surroundings: impl FnOnce(&Path, Option<String>) -> Surroundings) -> Self {
        let database = self.database.as_ref().map(TestDatabase::url);
        self.surroundings = surroundings(&self.data_argument(), database);
        self
    }

    /// Returns where the server answers.
    pub fn origin(&self) -> String {
        format!("http://127.0.0.1:{}", self.port)
    }

    /// The server's data folder, as the server sees it.
    fn data_argument(&self) -> PathBuf {
        self.folder.path().join("data")
    }

    /// The server's data folder, as this process sees it.
    pub fn data(&self) -> PathBuf {
        let folder = self.data_argument();
        match &self.surroundings.root {
            Some(root) => root.join(folder.strip_prefix("/").unwrap()),
            None => folder,
        }
    }

    /// Returns true if the database is an SQLite file.
    pub fn is_on_sqlite(&self) -> bool {
        self.database.is_none()
    }

    /// The program, with its user's folders below `home`.
    pub fn holdout(&self, home: &Path) -> Command {
        let program = OsString::from(env!("CARGO_BIN_EXE_holdout"));
        let mut words = self.surroundings.starter.iter().chain([&program]);
        let mut command = Command::new(words.next().unwrap());
        command
            .args(words)
            .env_clear()
            .env("PATH", std::env::var_os("PATH").unwrap_or_default())
            .env("HOME", home)
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(Stdio::null());
        command
    }

    /// The command that runs the server.
    pub fn serve(&self, environment: &[(&str, &str)]) -> Command {
        let mut command = self.holdout(self.folder.path());
        command.args(["serve", "--tokens", "--listen", &format!("127.0.0.1:{}", self.port), "--data"]);
        command
            .arg(self.data_argument())
            .envs(environment.iter().copied())
            .env("RUST_LOG", "error,holdout_server::sweeper=info");
        if let Some(database) = &self.database {
            command.env("HOLDOUT_DATABASE", database.url());
        }
        command.envs(self.surroundings.environment.iter().map(|(name, value)| (name, value)));
        self.log(&mut command, "server.log");
        command
    }

    /// The command that runs a scorer.
    pub fn score(&self, token: &str) -> Command {
        let mut command = self.holdout(self.folder.path());
        command.args(["score", "--cache"]).arg(self.folder.path().join("cache"));
        command.env("HOLDOUT_SCORER_TOKEN", token).env("HOLDOUT_SERVER", self.origin()).env("RUST_LOG", "error");
        command.env("HOLDOUT_SCORER__DEVICES", "none");
        self.log(&mut command, "scorer.log");
        command
    }

    fn log(&self, command: &mut Command, name: &str) {
        let path = self.folder.path().join(name);
        let file = std::fs::File::options().create(true).append(true).open(path).unwrap();
        command.stderr(file);
    }

    /// Waits until the server answers and its tokens are written.
    pub fn wait_until_ready(&self) {
        let begun = Instant::now();
        while self.get("/readyz", None).is_none() || !self.data().join("scorer-token").exists() {
            assert!(begun.elapsed() < Duration::from_secs(60), "no server: {}", self.logs());
            std::thread::sleep(Duration::from_millis(10));
        }
    }

    /// Returns what server and scorer logged.
    pub fn logs(&self) -> String {
        ["server.log", "scorer.log"]
            .map(|name| std::fs::read_to_string(self.folder.path().join(name)).unwrap_or_default())
            .concat()
    }

    /// GET by anybody or with a token; `None` if the server is not there or refuses.
    pub fn get(&self, path: &str, token: Option<&str>) -> Option<Value> {
        self.call("GET", path, token, None)
    }

    fn call(&self, method: &str, path: &str, token: Option<&str>, body: Option<&Value>) -> Option<Value> {
        let agent: ureq::Agent =
            ureq::Agent::config_builder().timeout_global(Some(Duration::from_secs(20))).build().new_agent();
        let mut request = ureq::http::Request::builder().method(method).uri(self.origin() + path);
        if let Some(token) = token {
            request = request.header("authorization", format!("Bearer {token}"));
        }
        let body = body.map(ToString::to_string).unwrap_or_default();
        let request = request.header("content-type", "application/json").body(body).unwrap();
        let mut response = agent.run(request).ok()?;
        let text = response.body_mut().read_to_string().ok()?;
        Some(serde_json::from_str(&text).unwrap_or(Value::Null))
    }

    fn insist(&self, method: &str, path: &str, token: Option<&str>, body: &Value) -> Value {
        let begun = Instant::now();
        loop {
            if let Some(answer) = self.call(method, path, token, Some(body)) {
                return answer;
            }
            assert!(begun.elapsed() < Duration::from_secs(60), "{method} {path}: {}", self.logs());
            std::thread::sleep(Duration::from_millis(50));
        }
    }

    /// The organizer's token.
    pub fn organizer_token(&self) -> String {
        std::fs::read_to_string(self.data().join("organizer-token")).unwrap().trim().to_owned()
    }

    /// The token of the scorer.
    pub fn scorer_token(&self) -> String {
        std::fs::read_to_string(self.data().join("scorer-token")).unwrap().trim().to_owned()
    }

    /// Applies a season with the program.
    pub fn apply(&self, season: &Season) {
        let output = self
            .holdout(self.folder.path())
            .args(["season", "apply", "--yes", "--without-images"])
            .arg(season.folder())
            .env("HOLDOUT_TOKEN", self.organizer_token())
            .env("HOLDOUT_SERVER", self.origin())
            .stderr(Stdio::piped())
            .output()
            .unwrap();
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    }

    /// A new person with a new team.
    pub fn team(&self, season: &Season, name: &str) -> Team {
        let email = format!("{}@example.org", name.replace(' ', "."));
        let password = "correct horse battery";
        let account = serde_json::json!({"email": email, "name": name, "password": password});
        self.insist("POST", "/api/v1/accounts", None, &account);
        let login = serde_json::json!({"email": email, "password": password});
        let session = self.insist("POST", "/api/v1/sessions", None, &login);
        let access = session["access_token"].as_str().unwrap().to_owned();
        let token = self.insist("POST", "/api/v1/me/tokens", Some(&access), &serde_json::json!({"name": "test"}));
        let token = token["secret"].as_str().unwrap().to_owned();
        let path = format!("/api/v1/seasons/{}/teams", season.slug());
        self.insist("POST", &path, Some(&token), &serde_json::json!({"name": name}));
        let folder = self.folder.path().join(name);
        std::fs::create_dir_all(&folder).unwrap();
        Team { folder, token }
    }

    /// All submissions of a season's task, as the organizer sees them.
    pub fn all_submissions(&self, season: &Season) -> Vec<Value> {
        let token = self.organizer_token();
        let mut all = Vec::new();
        let mut cursor = String::new();
        loop {
            let path = format!("/api/v1/seasons/{}/tasks/classification/submissions?limit=200{cursor}", season.slug());
            let page = self.get(&path, Some(&token)).unwrap();
            all.extend(page["items"].as_array().unwrap().iter().cloned());
            match page["next_cursor"].as_str() {
                Some(next) => cursor = format!("&cursor={next}"),
                None => return all,
            }
        }
    }

    /// Waits until nothing is queued or running.
    pub fn wait_until_drained(&self, season: &Season, longest: Duration) {
        let begun = Instant::now();
        loop {
            if self.get("/readyz", None).is_some() {
                let open = |submission: &Value| matches!(submission["state"].as_str(), Some("queued" | "running"));
                if !self.all_submissions(season).iter().any(open) {
                    return;
                }
            }
            assert!(begun.elapsed() < longest, "the queue is not drained: {}", self.logs());
            std::thread::sleep(Duration::from_millis(100));
        }
    }

    /// A number from the database.
    pub fn count(&self, sql: &str) -> i64 {
        let found = self.texts(&format!("SELECT CAST(COUNT(*) AS TEXT) AS text FROM {sql}"));
        found.iter().next().unwrap().parse().unwrap()
    }

    /// The different values of the column `text` of a query.
    fn texts(&self, sql: &str) -> BTreeSet<String> {
        use diesel::prelude::*;
        #[derive(QueryableByName)]
        struct Row {
            #[diesel(sql_type = diesel::sql_types::Text)]
            text: String,
        }
        match &self.database {
            Some(database) => {
                let mut conn = diesel::PgConnection::establish(&database.url()).unwrap();
                diesel::sql_query(sql).load::<Row>(&mut conn).unwrap().into_iter().map(|row| row.text).collect()
            }
            None => self.texts_where_it_runs(sql),
        }
    }

    /// SQLite follows links before it opens a file, and would end up outside a mount namespace: so
    /// it is asked inside.
    fn texts_where_it_runs(&self, sql: &str) -> BTreeSet<String> {
        let ask = "import sqlite3, sys; [print(row[0]) for row in sqlite3.connect(sys.argv[1]).execute(sys.argv[2])]";
        let output = self.python(ask).arg(sql).output().unwrap();
        assert!(output.status.success(), "{sql}: {}", String::from_utf8_lossy(&output.stderr));
        String::from_utf8_lossy(&output.stdout).lines().map(str::to_owned).collect()
    }

    /// A Python program with the path of the SQLite database as its first argument, where the
    /// installation runs.
    pub fn python(&self, program: &str) -> Command {
        let python = OsString::from("python3");
        let mut words = self.surroundings.starter.iter().chain([&python]);
        let mut command = Command::new(words.next().unwrap());
        command.args(words).args(["-c", program]).arg(self.data_argument().join("holdout.db"));
        command
    }

    /// Every submission has one result and one entry in the ledger.
    pub fn assert_one_result_and_one_charge_each(&self, submissions: usize) {
        let submissions = i64::try_from(submissions).unwrap();
        assert_eq!(self.count("submissions"), submissions);
        assert_eq!(self.count("evaluations"), submissions);
        assert_eq!(self.count("results"), submissions);
        assert_eq!(self.count("quota_ledger WHERE state = 'committed'"), submissions);
        assert_eq!(self.count("quota_ledger"), submissions);
    }

    /// Every result has one entry of the log, and all entries have their places, one after the
    /// other.
    pub fn assert_one_entry_of_the_log_each(&self, results: usize) {
        let begun = Instant::now();
        while self.count("log_entries WHERE position IS NULL") > 0 {
            assert!(begun.elapsed() < Duration::from_secs(60), "entries of the log wait for their places");
            std::thread::sleep(Duration::from_millis(100));
        }
        let results = i64::try_from(results).unwrap();
        assert_eq!(self.count("log_entries"), results);
        assert_eq!(self.count("(SELECT DISTINCT evaluation_id FROM log_entries) AS evaluations"), results);
        assert_eq!(self.count(&format!("log_entries WHERE position < {results}")), results);
        assert_eq!(self.count("log_nodes WHERE level = 0"), results);
        assert_eq!(self.count(&format!("log_checkpoints WHERE size = {results}")), 1);
    }

    /// After two rounds of the sweeper every file of the store is named by a row.
    pub fn assert_no_unnamed_file(&self) {
        let begun = Instant::now();
        loop {
            let unnamed = self.unnamed_files();
            if unnamed.is_empty() {
                return;
            }
            assert!(begun.elapsed() < Duration::from_secs(30), "unnamed files stay: {unnamed:?}\n{}", self.logs());
            std::thread::sleep(Duration::from_millis(250));
        }
    }

    fn unnamed_files(&self) -> BTreeSet<PathBuf> {
        let mut found = BTreeSet::new();
        let mut folders = vec![self.surroundings.objects.clone().unwrap_or_else(|| self.data().join("blobs"))];
        while let Some(folder) = folders.pop() {
            let entries = match std::fs::read_dir(&folder) {
                Ok(entries) => entries,
                // The sweeper has removed the folder, which was empty, since it was listed.
                Err(error) if error.kind() == std::io::ErrorKind::NotFound => continue,
                Err(error) => panic!("{}: {error}", folder.display()),
            };
            for entry in entries {
                let path = entry.unwrap().path();
                if path.is_dir() {
                    folders.push(path);
                } else {
                    found.insert(path);
                }
            }
        }
        // Looked up after the files: what is stored and named meanwhile does not count.
        let named = self.texts(
            "SELECT sha256 AS text FROM submissions UNION SELECT sha256 FROM test_sets UNION SELECT images_sha256 FROM test_sets \
             WHERE images_sha256 IS NOT NULL UNION SELECT sha256 FROM uploads WHERE sha256 IS NOT NULL UNION SELECT object FROM \
             upload_parts",
        );
        let names: BTreeSet<&str> = named.iter().filter_map(|name| name.rsplit('/').next()).collect();
        found.retain(|path| {
            let name = path.file_name().unwrap().to_str().unwrap();
            // `database` marks whose store it is; the test's S3 server keeps its own notes beside
            // the objects.
            name != "database" && !name.starts_with('.') && !names.contains(name)
        });
        found
    }
}
