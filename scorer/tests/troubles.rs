//! Troubles of all kinds at random while submissions come in: runners and scorers are killed, the
//! cache folder cannot be used, the file store is away. Afterwards every accepted submission was
//! scored once or has visibly failed, no scorer had to be restarted that was not killed, and the
//! server has answered all the time.
//!
//! Each kind of trouble happens twice, or as often as `HOLDOUT_TROUBLES` says.
#![expect(clippy::unwrap_used, clippy::expect_used, clippy::indexing_slicing, clippy::panic, reason = "tests")]

#[path = "it/arena.rs"]
#[expect(dead_code, reason = "the other tests use the rest")]
mod arena;
#[path = "it/models.rs"]
mod models;
#[path = "it/pictures.rs"]
#[expect(dead_code, reason = "the other tests use the rest")]
mod pictures;
#[path = "it/world.rs"]
#[expect(dead_code, reason = "the other tests use the rest")]
mod world;

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::process::{Child, Command};
use std::sync::Arc;
use std::time::{Duration, Instant};

use arena::Arena;
use holdout_scorer::{RunnerConfig, ScorerConfig, StopSignal};
use models::{forward, honest};
use rand::seq::IndexedRandom;
use rand::{RngExt, SeedableRng, rngs::StdRng};
use rustix::process::{Pid, Signal, kill_process};
use serde_json::Value;
use world::OwnRunner;

const PICTURES: usize = 20;
const TEAMS: usize = 6;
/// How often each kind happens, if the variable does not say.
const EACH: u32 = 2;
/// After the last trouble submissions keep ending, at least one in this time. How long all of them
/// take depends on how many are still queued and on what else the machine does.
const PATIENCE: Duration = Duration::from_secs(180);

/// The kinds of trouble.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Trouble {
    /// A runner gets SIGKILL, as from a kernel that is out of memory.
    RunnerKilled,
    /// A scorer gets SIGKILL.
    ScorerKilled,
    /// The cache folder is a file for a while.
    CacheUnusable,
    /// The server's file store is not there for a while.
    StoreAway,
}

const KINDS: [Trouble; 4] = [Trouble::RunnerKilled, Trouble::ScorerKilled, Trouble::CacheUnusable, Trouble::StoreAway];

/// A scorer as a process of its own: this test, started again.
struct ScorerProcess {
    child: Child,
    command: Vec<(String, String)>,
}

const VARIABLES: [&str; 4] = ["HOLDOUT_TEST_SERVER", "HOLDOUT_TEST_TOKEN", "HOLDOUT_TEST_CACHE", "HOLDOUT_TEST_RUNNER"];

/// Runs a scorer as such a process. Returns false at once if the process is not one.
fn score_for_ever() -> bool {
    let [server, token, cache, runner] = VARIABLES.map(|name| std::env::var(name).unwrap_or_default());
    if server.is_empty() {
        return false;
    }
    let mut config = ScorerConfig::new(server, token, cache);
    (config.self_test_seconds, config.wait_seconds) = (1, 1);
    config.runner = Some(RunnerConfig { program: runner.into(), ..world::config() });
    panic!("the scorer has ended by itself: {:?}", holdout_scorer::run(config, Arc::new(StopSignal::new())));
}

impl ScorerProcess {
    fn start(arena: &Arena, cache: &std::path::Path, runner: &RunnerConfig) -> Self {
        let values = [
            arena.address().to_owned(),
            arena.scorer_token(),
            cache.display().to_string(),
            runner.program.display().to_string(),
        ];
        let command: Vec<(String, String)> = VARIABLES.iter().map(|name| (*name).to_owned()).zip(values).collect();
        Self { child: spawn(&command), command }
    }

    fn kill(&mut self) {
        self.child.kill().unwrap();
        self.child.wait().unwrap();
        self.child = spawn(&self.command);
    }

    /// A scorer that ended and was not killed would need somebody to restart it.
    fn assert_alive(&mut self) {
        let ended = self.child.try_wait().unwrap();
        assert!(ended.is_none(), "the scorer has ended by itself: {ended:?}");
    }
}

fn spawn(command: &[(String, String)]) -> Child {
    let mut process = Command::new(std::env::current_exe().unwrap());
    process.args(["--exact", "nothing_is_lost_in_any_trouble"]).envs(command.iter().cloned());
    process.stdout(std::process::Stdio::null()).spawn().unwrap()
}

impl Drop for ScorerProcess {
    fn drop(&mut self) {
        self.child.kill().ok();
        self.child.wait().ok();
    }
}

/// The server, its scorer, and what was accepted.
struct World {
    arena: Arena,
    runner: OwnRunner,
    scorer: ScorerProcess,
    cache: PathBuf,
    accepted: Vec<String>,
    random: StdRng,
}

impl World {
    fn start(seed: u64) -> Self {
        let arena = Arena::start_with(PICTURES, false, |queue| {
            (queue.lease_seconds, queue.heartbeat_seconds, queue.reap_seconds) = (4, 1, 1);
            (queue.retry_seconds, queue.queued_per_team) = (1, 100_000);
        });
        let (runner, cache) = (OwnRunner::new(), arena.data().join("cache"));
        let scorer = ScorerProcess::start(&arena, &cache, &runner.config());
        Self { arena, runner, scorer, cache, accepted: Vec::new(), random: StdRng::seed_from_u64(seed) }
    }

    /// A few submissions of both kinds, every one of them in order.
    fn submit(&mut self) {
        for number in 0..4 {
            let team = format!("team {}", self.random.random_range(0..TEAMS));
            let (kind, bytes) = if number == 0 {
                ("torchscript", if self.random.random() { honest() } else { forward("    return torch.neg(scores)") })
            } else {
                let label: u8 = self.random.random_range(1..=10);
                ("predictions", format!("{label}\n").repeat(PICTURES).into_bytes())
            };
            self.accepted.push(self.arena.submit(&team, kind, &bytes));
        }
    }

    fn pause(&mut self, milliseconds: std::ops::Range<u64>) {
        std::thread::sleep(Duration::from_millis(self.random.random_range(milliseconds)));
    }

    fn make(&mut self, trouble: Trouble) {
        match trouble {
            Trouble::RunnerKilled => {
                // Until there is one: the scorer may be about to start it.
                let until = Instant::now() + Duration::from_secs(30);
                while self.runner.processes().is_empty() && Instant::now() < until {
                    std::thread::sleep(Duration::from_millis(20));
                }
                if let Some(id) = self.runner.processes().choose(&mut self.random) {
                    kill_process(Pid::from_raw(*id).unwrap(), Signal::KILL).ok();
                }
            }
            Trouble::ScorerKilled => self.scorer.kill(),
            Trouble::CacheUnusable => {
                let aside = self.cache.with_extension("aside");
                if std::fs::rename(&self.cache, &aside).is_ok() {
                    std::fs::write(&self.cache, b"in the way").ok();
                    self.pause(500..2500);
                    // The scorer may have put a folder here in between.
                    std::fs::remove_file(&self.cache).or_else(|_| std::fs::remove_dir_all(&self.cache)).unwrap();
                    std::fs::rename(&aside, &self.cache).unwrap();
                }
            }
            Trouble::StoreAway => {
                let (store, away) = (self.arena.data().join("blobs"), self.arena.data().join("blobs.away"));
                std::fs::rename(&store, &away).unwrap();
                self.pause(500..2500);
                std::fs::remove_dir_all(&store).ok();
                std::fs::rename(&away, &store).unwrap();
            }
        }
    }

    fn assert_all_ended_well(&self) -> BTreeMap<String, usize> {
        let mut states = BTreeMap::new();
        let mut open = self.accepted.clone();
        let mut until = Instant::now() + PATIENCE;
        while !open.is_empty() {
            let before = open.len();
            open.retain(|id| match self.end(id) {
                Some(state) => {
                    *states.entry(state).or_default() += 1;
                    false
                }
                None => true,
            });
            if open.len() < before {
                until = Instant::now() + PATIENCE;
            }
            let first = open.first().map(|id| self.arena.submission(id));
            assert!(
                Instant::now() < until,
                "{} of {} have not ended; the first: {first:?}",
                open.len(),
                self.accepted.len()
            );
            std::thread::sleep(Duration::from_millis(200));
        }
        states
    }

    /// The state in which a submission has ended, if it has; a right file is scored, or fails by a
    /// fault that is not charged.
    fn end(&self, id: &str) -> Option<String> {
        let found = self.arena.submission(id);
        let state = found["state"].as_str().unwrap().to_owned();
        let charge = (&found["charge"]["state"], &found["charge"]["reason"]);
        match state.as_str() {
            "queued" | "running" => return None,
            // Organizers' entries are not charged.
            "scored" => assert!(charge.0 == "committed" || charge.0.is_null(), "{found}"),
            "stalled" => assert!(charge.1 == "platform_fault" || charge.0.is_null(), "{found}"),
            _ => panic!("a right file was not scored: {found}"),
        }
        Some(state)
    }
}

#[test]
fn nothing_is_lost_in_any_trouble() {
    if score_for_ever() {
        return;
    }
    let seed = rand::random();
    let each: u32 = std::env::var("HOLDOUT_TROUBLES").map_or(EACH, |text| text.parse().unwrap());
    println!("seed {seed}, {each} of each kind");
    let mut world = World::start(seed);
    let mut left: BTreeMap<Trouble, u32> = KINDS.iter().map(|kind| (*kind, each)).collect();
    let begun = Instant::now();
    while !left.is_empty() {
        world.submit();
        world.pause(0..1000);
        let kinds: Vec<Trouble> = left.keys().copied().collect();
        let trouble = *kinds.choose(&mut world.random).unwrap();
        world.make(trouble);
        world.scorer.assert_alive();
        let times = left.get_mut(&trouble).unwrap();
        *times -= 1;
        if *times == 0 {
            left.remove(&trouble);
        }
    }
    let troubled = begun.elapsed();
    let states = world.assert_all_ended_well();
    world.scorer.assert_alive();
    // It takes work: the last submission is scored in the first attempt.
    let last = world.arena.submit("last", "torchscript", &honest());
    let ended = world.arena.end_of(&last);
    assert_eq!((&ended["state"], &ended["attempts"]), (&Value::from("scored"), &Value::from(1)), "{ended}");
    println!(
        "{} submissions in {troubled:?} of trouble: {states:?}; all ended after {:?}",
        world.accepted.len(),
        begun.elapsed()
    );
}
