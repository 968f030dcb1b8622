//! Running the program: a server of its own for each test, and people with homes of their own.

use std::fs;
use std::io::{BufRead, BufReader, Write};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use serde_json::Value;
use tempfile::TempDir;

const PASSWORD: &str = "correct horse battery";

use crate::database::TestDatabase;
use crate::said::Said;

/// The program with an environment that has nothing of the developer's.
pub fn program() -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_holdout"));
    command.env_clear().stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped());
    command
}

/// The program that runs models, which lies beside this one.
pub fn runner() -> PathBuf {
    let path = Path::new(env!("CARGO_BIN_EXE_holdout")).with_file_name("holdout-runner");
    assert!(path.is_file(), "there is no `{}`: build it with `cargo build -p holdout-runner`", path.display());
    path
}

/// A server that runs until it is dropped.
pub struct Server {
    process: Child,
    data: PathBuf,
    /// Removed after the process has ended.
    _folder: Option<TempDir>,
    /// Its address.
    pub address: String,
    said: Said,
    /// Dropped after the process has ended.
    _database: Option<TestDatabase>,
}

impl Server {
    /// Server and scorer.
    pub fn up() -> Self {
        Self::start("up", &[], &[])
    }

    /// A server without a scorer: what is submitted stays in the queue.
    pub fn without_scorer() -> Self {
        Self::start("serve", &["--tokens"], &[])
    }

    /// A server without a scorer, with further settings.
    pub fn without_scorer_with(settings: &[(&str, &str)]) -> Self {
        Self::start("serve", &["--tokens"], settings)
    }

    /// Server and scorer with further settings.
    pub fn up_with(settings: &[(&str, &str)]) -> Self {
        Self::start("up", &[], settings)
    }

    fn start(command: &str, flags: &[&str], settings: &[(&str, &str)]) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let mut started = program();
        started.arg(command).args(["--listen", "127.0.0.1:0", "--log-format", "text", "--data"]).arg(folder.path());
        // Most tests need no models; those that do name a device.
        started.env("HOLDOUT_SCORER__DEVICES", "none").env("HOME", folder.path()).env("RUST_LOG", "info");
        started.args(flags).envs(settings.iter().copied());
        let database = TestDatabase::from_environment();
        started.envs(database.iter().map(|database| ("HOLDOUT_DATABASE", database.url())));
        Self::of(started, folder.path().to_owned(), Some(folder), database)
    }

    /// The server that a command starts, with its data in this folder.
    pub fn of(mut command: Command, data: PathBuf, folder: Option<TempDir>, database: Option<TestDatabase>) -> Self {
        command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped());
        let mut process = loop {
            match command.spawn() {
                // A test that copies a program runs beside others that fork, and they hold its file
                // open for a moment.
                Err(error) if error.kind() == std::io::ErrorKind::ExecutableFileBusy => {
                    std::thread::sleep(std::time::Duration::from_millis(20));
                }
                spawned => break spawned.unwrap(),
            }
        };
        let output = process.stdout.take().unwrap();
        std::thread::spawn(move || BufReader::new(output).lines().for_each(drop));
        let said = Said::of(process.stderr.take().unwrap());
        let address = said.address();
        let server = Self { process, data, _folder: folder, address, said, _database: database };
        server.wait_for_token();
        server
    }

    /// The folder of its data.
    pub fn data(&self) -> &Path {
        &self.data
    }

    /// The id of its process.
    pub fn process_id(&self) -> u32 {
        self.process.id()
    }

    /// Returns what it said on standard error so far.
    pub fn said(&self) -> String {
        self.said.text()
    }

    fn wait_for_token(&self) {
        wait_until("the organizer's token", || self.data().join("organizer-token").exists());
    }

    /// Somebody with a home of their own and the organizer's token.
    pub fn organizer(&self) -> Person {
        let token = fs::read_to_string(self.data().join("organizer-token")).unwrap().trim().to_owned();
        Person { token: Some(token), ..Person::at(&self.address) }
    }

    /// Somebody with an account, logged in.
    pub fn person(&self, name: &str) -> Person {
        let person = Person::at(&self.address);
        person.register(name).done();
        person
    }

    /// Server and scorer that runs models too.
    pub fn up_with_models(settings: &[(&str, &str)]) -> Self {
        runner();
        Self::start(
            "up",
            &[],
            &[&[("HOLDOUT_SCORER__DEVICES", "cpu"), ("HOLDOUT_SCORER__THREADS", "1")], settings].concat(),
        )
    }

    /// Somebody with a team in the season `small`.
    pub fn captain(&self, name: &str) -> Person {
        self.captain_in(name, "small")
    }

    /// Somebody with a team in a season.
    pub fn captain_in(&self, name: &str, season: &str) -> Person {
        let person = self.person(name);
        person.run(&["team", "create", &format!("Team {name}"), "--season", season]).done();
        person
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        // It may have ended already.
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

/// Waits for something that happens soon.
pub fn wait_until(what: &str, happened: impl FnMut() -> bool) {
    wait_until_within(Duration::from_secs(60), what, happened);
}

/// Waits for something that happens; a bound, so that a broken program ends the test.
pub fn wait_until_within(longest: Duration, what: &str, mut happened: impl FnMut() -> bool) {
    let begun = Instant::now();
    while !happened() {
        assert!(begun.elapsed() < longest, "waited {longest:?} for {what}");
        std::thread::sleep(Duration::from_millis(20));
    }
}

/// Somebody at a terminal, with a home of their own.
pub struct Person {
    /// Their home.
    pub home: TempDir,
    pub server: String,
    token: Option<String>,
}

impl Person {
    /// Somebody who uses the server at `address`.
    pub fn at(address: &str) -> Self {
        Self { home: tempfile::tempdir().unwrap(), server: address.to_owned(), token: None }
    }

    /// The same person over another address.
    pub fn over(mut self, address: &str) -> Self {
        self.server = address.to_owned();
        self
    }

    /// With a personal token instead of a session.
    pub fn with_token(mut self, token: &str) -> Self {
        self.token = Some(token.to_owned());
        self
    }

    /// Registers, which also logs in.
    pub fn register(&self, name: &str) -> Ended {
        let email = format!("{name}@example.org");
        self.run_with_input(&["register", "--email", &email, "--name", name, "--password-stdin"], PASSWORD)
    }

    /// Logs in with the password of [`Person::register`].
    pub fn login(&self, name: &str) -> Ended {
        self.run_with_input(&["login", "--email", &format!("{name}@example.org"), "--password-stdin"], PASSWORD)
    }

    /// The command, not started yet.
    pub fn command(&self, arguments: &[&str]) -> Command {
        let mut command = program();
        command.args(arguments).env("HOME", self.home.path()).env("HOLDOUT_SERVER", &self.server);
        command.current_dir(self.home.path());
        if let Some(token) = &self.token {
            command.env("HOLDOUT_TOKEN", token);
        }
        command
    }

    /// Runs a command to its end.
    pub fn run(&self, arguments: &[&str]) -> Ended {
        Ended::of(self.command(arguments).output().unwrap())
    }

    /// Runs a command with something on its standard input.
    pub fn run_with_input(&self, arguments: &[&str], input: &str) -> Ended {
        let mut child = self.command(arguments).stdin(Stdio::piped()).spawn().unwrap();
        // A command that reads nothing may have ended.
        let _ = child.stdin.take().unwrap().write_all(input.as_bytes());
        Ended::of(child.wait_with_output().unwrap())
    }

    /// Runs a command with `--json` and reads its result.
    pub fn json(&self, arguments: &[&str]) -> Value {
        let ended = self.run(&[arguments, &["--json"]].concat());
        let ended = ended.done();
        serde_json::from_str(&ended.output).unwrap_or_else(|error| panic!("{error}: {}", ended.output))
    }

    /// Writes a file into their home.
    pub fn write(&self, name: &str, content: impl AsRef<[u8]>) -> PathBuf {
        let path = self.home.path().join(name);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(&path, content).unwrap();
        path
    }

    /// Writes the season `small` into their home and applies it.
    pub fn apply_small(&self) {
        self.write_small();
        self.run(&["season", "apply", "small", "--yes"]).done();
    }

    /// Writes the season `small` into their home: 40 images, 4 classes, two entries.
    pub fn write_small(&self) {
        let classes: String = (1..=4).map(|class| format!("{class}\tn{class:08}\tclass {class}\n")).collect();
        self.write("small/classes.tsv", classes);
        let labels: String = (0..40).map(|image| format!("image-{image:02}.png,{}\n", image % 4 + 1)).collect();
        self.write("small/labels.csv", format!("image,class\n{labels}"));
        self.write("small/rules.md", "# Rules\n\nBe fair.\n");
        self.write("small/entries/a.txt", predictions(4));
        self.write("small/entries/b.txt", predictions(20));
        self.write("small/season.yaml", SMALL);
    }
}

/// A season that is open.
pub const SMALL: &str = "\
season: small
title: A small season
rules: rules.md
opens: 2020-01-01T00:00:00Z
closes: 2090-01-01T00:00:00Z
tasks:
  - task: classification
    title: Classification
    metric: top1_error
    accepts: [predictions]
    classes: classes.tsv
    test_set:
      labels: labels.csv
    quota: { submissions: 3, per: 7d }
entries:
  - { team: Alpha, method: \"a, first\", task: classification, file: entries/a.txt, note: made for a test }
  - { team: Beta, task: classification, file: entries/b.txt, baseline: true }
";

/// Predictions for the season `small` of which the first `wrong` are wrong.
pub fn predictions(wrong: usize) -> String {
    (0..40).map(|image| format!("{}\n", (image + usize::from(image < wrong)) % 4 + 1)).collect()
}

/// How a command ended.
#[derive(Debug)]
pub struct Ended {
    /// Exit code; `None` if a signal ended it.
    pub code: Option<i32>,
    /// Standard output.
    pub output: String,
    /// Standard error.
    pub errors: String,
}

impl Ended {
    /// From what the system says.
    pub fn of(output: std::process::Output) -> Self {
        let text = |bytes: Vec<u8>| String::from_utf8(bytes).unwrap();
        Self { code: output.status.code(), output: text(output.stdout), errors: text(output.stderr) }
    }

    /// It did what it should.
    #[track_caller]
    pub fn done(self) -> Self {
        assert_eq!(self.code, Some(0), "{self:?}");
        self
    }

    /// It failed with this exit code, saying this, with an advice.
    #[track_caller]
    pub fn failed(self, code: i32, part: &str) -> Self {
        assert_eq!(self.code, Some(code), "{self:?}");
        assert!(self.errors.contains("error: ") && self.errors.contains(part), "{self:?}");
        self
    }

    /// It was refused with this code, as `--json` has it.
    #[track_caller]
    pub fn failed_as(self, code: &str) -> Self {
        assert_eq!((self.code, self.error_json()["error"]["code"].as_str()), (Some(1), Some(code)), "{self:?}");
        self
    }

    /// The error as `--json` has it.
    #[track_caller]
    pub fn error_json(&self) -> Value {
        let line = self.errors.lines().last().unwrap_or_default();
        serde_json::from_str(line).unwrap_or_else(|error| panic!("{error}: {self:?}"))
    }
}
