//! The platform fails at random while teams submit: processes are killed, the disk is full, the
//! database, the bucket or its network is away, the clock steps. After each trouble a submission is
//! scored again, with the same scorer and without anybody's help. In the end every accepted
//! submission was scored once and charged once.
//!
//! `HOLDOUT_TEST_TROUBLES` says how often each kind strikes (default 1). The seed is printed.

use std::collections::{BTreeMap, BTreeSet};
use std::fs::File;
use std::io::{BufRead as _, BufReader};
use std::net::{SocketAddr, ToSocketAddrs};
use std::path::Path;
use std::process::{Child, Stdio};
use std::sync::Mutex;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use crate::bucket::Bucket;
use crate::clock::Clock;
use crate::disk::SmallDisk;
use crate::line::Line;
use crate::support::supervised::{LONGEST, Random, StopAtEnd, Victims, supervise};
use crate::support::{Installation, Season, Surroundings, Team};

const TEAMS: u64 = 2;
/// How long a submission may take to be accepted and scored after a trouble is over: a lease, a
/// pause between attempts and the pace of this machine, several times over.
const RECOVERY: Duration = Duration::from_secs(90);

/// One kind of trouble: what begins it, and what ends it.
struct Trouble<'a> {
    name: &'static str,
    begin: Box<dyn Fn(&mut Random) + Sync + 'a>,
    end: Box<dyn Fn() + Sync + 'a>,
}

impl<'a> Trouble<'a> {
    fn new(name: &'static str, begin: impl Fn(&mut Random) + Sync + 'a, end: impl Fn() + Sync + 'a) -> Self {
        Self { name, begin: Box::new(begin), end: Box::new(end) }
    }
}

fn often() -> usize {
    std::env::var("HOLDOUT_TEST_TROUBLES").map_or(1, |text| text.parse().expect("HOLDOUT_TEST_TROUBLES is a number"))
}

/// One machine: the database, unless it is PostgreSQL, and the blobs lie on a small disk.
#[test]
fn one_machine_recovers_from_every_trouble_by_itself() {
    let folder = tempfile::tempdir().unwrap();
    let mut disk = None;
    let clock = Clock::new(&folder.path().join("clock"));
    let installation = Installation::new().within(|data, _| {
        let mounted = disk.insert(SmallDisk::over(data, 48));
        let (starter, root) = (mounted.starter(), Some(mounted.root()));
        Surroundings { starter, root, environment: clock.environment(), objects: None }
    });
    let disk = disk.unwrap();
    let lock = Mutex::new(None);
    let mut troubles = vec![
        Trouble::new("disk full", |_| disk.fill(), || disk.free()),
        Trouble::new("clock steps", |random| clock.set(hours(random)), || ()),
    ];
    if installation.is_on_sqlite() {
        let take = |_: &mut Random| *lock.lock().unwrap() = Some(DatabaseLock::take(&installation));
        troubles.push(Trouble::new("database locked", take, || drop(lock.lock().unwrap().take())));
    }
    endure(&installation, &troubles);
}

/// A cluster's storage: an S3 bucket, and PostgreSQL if the tests run on it, each at the end of a
/// line that can be cut.
#[test]
fn a_server_recovers_when_its_storage_was_away() {
    let folder = tempfile::tempdir().unwrap();
    let bucket = Bucket::below(folder.path());
    let to_bucket = Line::to(bucket.address());
    let mut to_database = None;
    let installation = Installation::new().within(|_, database| {
        let mut environment = Bucket::environment(to_bucket.address());
        if let Some(url) = database {
            let (line, url) = through_a_line(&url);
            to_database = Some(line);
            environment.push(("HOLDOUT_DATABASE", url));
        }
        Surroundings { environment, objects: Some(bucket.objects()), ..Surroundings::default() }
    });
    let mut troubles = vec![Trouble::new("bucket away", |_| to_bucket.cut(), || to_bucket.mend())];
    if let Some(line) = &to_database {
        troubles.push(Trouble::new("database away", |_| line.cut(), || line.mend()));
    }
    endure(&installation, &troubles);
}

/// Up to two hours ahead or behind, as seconds.
fn hours(random: &mut Random) -> i64 {
    i64::try_from(random.below(4 * 3600)).unwrap() - 2 * 3600
}

/// Another program that holds the lock of an SQLite database against every writer.
struct DatabaseLock(Child);

impl DatabaseLock {
    fn take(installation: &Installation) -> Self {
        let program = "import sqlite3, sys; c = sqlite3.connect(sys.argv[1], isolation_level=None, timeout=30); \
                       c.execute('BEGIN EXCLUSIVE'); print('locked', flush=True); sys.stdin.read()";
        let mut command = installation.python(program);
        let mut holder = command.stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().unwrap();
        let mut line = String::new();
        BufReader::new(holder.stdout.take().unwrap()).read_line(&mut line).unwrap();
        assert_eq!(line, "locked\n");
        Self(holder)
    }
}

impl Drop for DatabaseLock {
    fn drop(&mut self) {
        self.0.kill().ok();
        self.0.wait().ok();
    }
}

/// A line to a PostgreSQL server, and the address of the database through it.
fn through_a_line(url: &str) -> (Line, String) {
    let (before, rest) = url.split_once('@').unwrap();
    let (host, name) = rest.split_once('/').unwrap();
    let target: SocketAddr = host.to_socket_addrs().unwrap().next().unwrap();
    let line = Line::to(target);
    let url = format!("{before}@{}/{name}", line.address());
    (line, url)
}

/// What the teams know: their accepted submissions with the number of wrong answers, and how often
/// they were put off.
#[derive(Default)]
struct Known {
    accepted: Mutex<BTreeMap<String, u64>>,
    put_off: Mutex<BTreeMap<String, usize>>,
    /// A team met an answer that it must not get.
    failed: AtomicBool,
    /// There was enough trouble.
    stop: AtomicBool,
}

/// Notes that a team's thread failed, so that the test ends.
struct NoteFailure<'a>(&'a Known);

impl Drop for NoteFailure<'_> {
    fn drop(&mut self) {
        if std::thread::panicking() {
            self.0.failed.store(true, Ordering::Relaxed);
        }
    }
}

/// Lets every trouble strike while teams submit, and looks at the result.
fn endure(installation: &Installation, troubles: &[Trouble<'_>]) {
    let seed = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).unwrap().as_secs() | 1;
    println!("seed {seed}");
    let season = Season::small(200, 10);
    let environment = [
        ("HOLDOUT_QUEUE__LEASE_SECONDS", "2"),
        ("HOLDOUT_QUEUE__HEARTBEAT_SECONDS", "1"),
        ("HOLDOUT_QUEUE__ATTEMPTS", "1000"),
        ("HOLDOUT_QUEUE__QUEUED_PER_TEAM", "10000"),
        ("HOLDOUT_UPLOADS__PART_BYTES", "512"),
        ("HOLDOUT_UPLOADS__SWEEP_SECONDS", "1"),
        ("HOLDOUT_UPLOADS__SWEEP_GRACE_SECONDS", "5"),
        ("HOLDOUT_RATES__REGISTRATIONS_PER_MINUTE", "10000"),
        ("HOLDOUT_RATES__LOGINS_PER_MINUTE", "10000"),
        ("HOLDOUT_RATES__SUBMISSIONS_PER_MINUTE", "10000"),
    ];
    let (victims, known) = (Victims::default(), Known::default());
    {
        let (victims, stop, known, season, environment) = (&victims, &known.stop, &known, &season, &environment);
        let killed = Trouble::new("server killed", move |_| assert!(victims.kill("server")), || ());
        std::thread::scope(|scope| {
            let _stop = StopAtEnd(stop);
            scope.spawn(move || supervise(victims, "server", || installation.serve(environment), stop));
            installation.wait_until_ready();
            installation.apply(season);
            let token = installation.scorer_token();
            let mut scorer = Scorer(installation.score(&token).spawn().unwrap());
            for number in 0..TEAMS {
                let team = installation.team(season, &format!("team {number}"));
                scope.spawn(move || submit_all(installation, season, &team, number, known));
            }
            let mut random = Random(seed);
            for round in 0..often() {
                for trouble in troubles.iter().chain([&killed]) {
                    strike(trouble, &mut random);
                    await_recovery(installation, season, known, &format!("{} ({round})", trouble.name));
                    assert!(scorer.is_alive(), "the scorer ended after {}: {}", trouble.name, installation.logs());
                }
            }
            stop.store(true, Ordering::Relaxed);
        });
    }
    victims.end_all();
    println!("{} submissions; put off: {:?}", known.accepted.lock().unwrap().len(), known.put_off.lock().unwrap());
    look_at_the_result(installation, &season, &environment, &known);
}

fn strike(trouble: &Trouble<'_>, random: &mut Random) {
    (trouble.begin)(random);
    std::thread::sleep(Duration::from_millis(200 + random.below(3000)));
    (trouble.end)();
}

/// A scorer that nobody starts again.
struct Scorer(Child);

impl Scorer {
    fn is_alive(&mut self) -> bool {
        self.0.try_wait().unwrap().is_none()
    }
}

impl Drop for Scorer {
    fn drop(&mut self) {
        self.0.kill().ok();
        self.0.wait().ok();
    }
}

/// Submits file after file, each with its own number of wrong answers.
fn submit_all(installation: &Installation, season: &Season, team: &Team, number: u64, known: &Known) {
    let _failure = NoteFailure(known);
    let mut round = 0;
    while !known.stop.load(Ordering::Relaxed) {
        let wrong = (round * TEAMS + number) % 150;
        let file = season.answers(team.folder(), round, wrong);
        if let Some(id) = submit_one(installation, season, team, &file, known) {
            let twice = known.accepted.lock().unwrap().insert(id, wrong);
            assert!(twice.is_none(), "two files, one submission");
        }
        round += 1;
        std::thread::sleep(Duration::from_millis(50));
    }
}

/// Runs the same command until it is done, as a user would: what stops it must say that it is for
/// now only. Returns `None` if the test ended meanwhile and the file was never accepted.
fn submit_one(installation: &Installation, season: &Season, team: &Team, file: &Path, known: &Known) -> Option<String> {
    let errors = team.folder().join("errors");
    loop {
        let mut command = team.submit(installation, season, file);
        let output = command.stdout(Stdio::piped()).stderr(File::create(&errors).unwrap()).output().unwrap();
        if output.status.success() {
            let answer: serde_json::Value = serde_json::from_slice(&output.stdout).unwrap();
            return Some(answer["id"].as_str().unwrap().to_owned());
        }
        let said = std::fs::read_to_string(&errors).unwrap();
        let code = match output.status.code() {
            Some(3) => "unreachable".to_owned(),
            _ => code_of(&said),
        };
        assert!(FOR_NOW.contains(&code.as_str()), "exit {:?}: {said}\n{}", output.status.code(), installation.logs());
        *known.put_off.lock().unwrap().entry(code).or_default() += 1;
        if known.stop.load(Ordering::Relaxed) {
            return None;
        }
        std::thread::sleep(Duration::from_millis(100));
    }
}

/// The errors with which a server that is in trouble may put a team off.
const FOR_NOW: [&str; 3] = ["unreachable", "unavailable", "no_space"];

fn code_of(said: &str) -> String {
    let error: Option<serde_json::Value> = said.lines().find_map(|line| serde_json::from_str(line).ok());
    error.and_then(|error| error["error"]["code"].as_str().map(str::to_owned)).unwrap_or_else(|| said.to_owned())
}

/// Waits until a submission that was accepted after this moment is scored, and the board is there.
fn await_recovery(installation: &Installation, season: &Season, known: &Known, after: &str) {
    let before: BTreeSet<String> = known.accepted.lock().unwrap().keys().cloned().collect();
    let begun = Instant::now();
    let path = format!("/api/v1/seasons/{}/tasks/classification/leaderboard", season.slug());
    let token = installation.organizer_token();
    loop {
        assert!(!known.failed.load(Ordering::Relaxed), "a team met an answer that it must not get");
        let new: Vec<String> =
            known.accepted.lock().unwrap().keys().filter(|id| !before.contains(*id)).cloned().collect();
        let scored = new.iter().any(|id| {
            let submission = installation.get(&format!("/api/v1/submissions/{id}"), Some(&token));
            submission.is_some_and(|submission| submission["state"] == "scored")
        });
        if scored && installation.get(&path, None).is_some() {
            return;
        }
        assert!(begun.elapsed() < RECOVERY, "nothing is scored after {after}: {new:?}\n{}", installation.logs());
        std::thread::sleep(Duration::from_millis(100));
    }
}

/// Every accepted submission has its own result and one charge; a file whose acceptance no team saw
/// may be there besides.
fn look_at_the_result(installation: &Installation, season: &Season, environment: &[(&str, &str)], known: &Known) {
    let victims = Victims::default();
    victims.enter("server", installation.serve(environment).spawn().unwrap());
    installation.wait_until_ready();
    let _scorer = Scorer(installation.score(&installation.scorer_token()).spawn().unwrap());
    installation.wait_until_drained(season, LONGEST);
    let submissions = installation.all_submissions(season);
    let accepted = known.accepted.lock().unwrap();
    let mut seen = BTreeSet::new();
    for submission in &submissions {
        let id = submission["id"].as_str().unwrap();
        assert!(seen.insert(id.to_owned()), "{id} is there twice");
        assert_eq!(submission["state"], "scored", "{submission}");
        assert_eq!(submission["charge"]["state"], "committed", "{submission}");
        if let Some(wrong) = accepted.get(id) {
            assert_eq!(submission["scores"]["public"]["wrong"].as_u64(), Some(*wrong), "{submission}");
        }
    }
    let lost: Vec<_> = accepted.keys().filter(|id| !seen.contains(*id)).collect();
    assert!(lost.is_empty(), "accepted and not there: {lost:?}");
    assert!(submissions.len() <= accepted.len() + usize::try_from(TEAMS).unwrap(), "more submissions than files");
    installation.assert_one_result_and_one_charge_each(submissions.len());
    installation.assert_no_unnamed_file();
}
