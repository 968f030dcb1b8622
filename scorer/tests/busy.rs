//! Models on a machine that is busy with other things. A binary of its own, so that its load
//! disturbs no other test.
#![expect(clippy::unwrap_used, clippy::indexing_slicing, clippy::panic, reason = "tests")]

#[path = "it/models.rs"]
#[expect(dead_code, reason = "the other tests use the rest")]
mod models;
#[path = "it/world.rs"]
#[expect(dead_code, reason = "the other tests use the rest")]
mod world;

use std::ops::ControlFlow;
use std::process::{Child, Command, Stdio};
use std::sync::{Mutex, PoisonError};

use holdout_protocol::{Progress, Stage, VerdictCode};
use holdout_scorer::ScorerError;
use holdout_scorer::local::{LocalImages, LocalTask, run_model};
use holdout_torchscript::write::{Attribute, TensorData};
use models::{forward, forward_text, with};
use world::{config, file, run, run_until_judged, task};

/// One test at a time makes the machine busy.
static TURN: Mutex<()> = Mutex::new(());

/// Images, and how often the heavy model goes around for each batch of them.
const IMAGES: u32 = 64;

/// Processes that do nothing but take processor time; they end with this.
struct Spinners(Vec<Child>);

impl Spinners {
    fn start(for_each_core: usize) -> Self {
        let cores = std::thread::available_parallelism().unwrap().get();
        let spin = || Command::new("sh").args(["-c", "while :; do :; done"]).stdin(Stdio::null()).spawn().unwrap();
        Self((0..cores * for_each_core).map(|_| spin()).collect())
    }
}

impl Drop for Spinners {
    fn drop(&mut self) {
        for spinner in &mut self.0 {
            spinner.kill().ok();
            spinner.wait().ok();
        }
    }
}

/// A model that computes for a while.
fn heavy(rounds: u32) -> Vec<u8> {
    forward(&format!(
        "    n = 0\n    while torch.lt(n, {rounds}):\n      n = torch.add(n, 1)\n    \
         return torch.add(scores, torch.mul(n, 0))"
    ))
}

/// A model that computes for ever once it has seen more pictures than the trial on noise has,
/// however often the runner shows it those.
fn endless_on_images() -> Vec<u8> {
    let text = "    seen = torch.add_(self.seen, torch.size(x, 0))\n    n = 0\n    while torch.lt(n, torch.mul(int(torch.gt(torch.sum(seen), 20.)), 2000000000)):\n      \
                n = torch.add(n, 1)\n    return torch.add(scores, torch.mul(n, 0))";
    with(&[("seen", Attribute::buffer(&[1], TensorData::F32(&[0.0])))], &forward_text(text))
}

/// Processor time of all children that have ended, seconds.
fn children_seconds() -> f64 {
    let stat = std::fs::read_to_string("/proc/self/stat").unwrap();
    let fields: Vec<&str> = stat.rsplit_once(')').unwrap().1.split_whitespace().collect();
    let ticks: u32 = fields[13].parse::<u32>().unwrap() + fields[14].parse::<u32>().unwrap();
    f64::from(ticks) / 100.0
}

/// The load of others costs a team nothing, and does not give a model more than its time either.
#[test]
fn a_busy_machine_decides_nothing() {
    let _turn = TURN.lock().unwrap_or_else(PoisonError::into_inner);
    // About three seconds a run, on whatever machine this is.
    let before = children_seconds();
    run(&config(), &heavy(100_000), &task(), IMAGES);
    let seconds = children_seconds() - before;
    let rounds = 100_000.0 * (3.0 / (seconds / 2.0)).clamp(1.0, 30.0);
    let model = heavy(format!("{rounds:.0}").parse().unwrap());
    let before = children_seconds();
    run(&config(), &model, &LocalTask { limits: limits(600), ..task() }, IMAGES);
    // Two runs and their preparation: a single run has about twice the time that it needs.
    let limit = format!("{:.0}", (children_seconds() - before).ceil()).parse().unwrap();
    let spinners = Spinners::start(2);
    let outcome = run_until_judged(&config(), &model, &LocalTask { limits: limits(limit), ..task() }, IMAGES);
    assert_eq!(outcome.verdict.map(|verdict| verdict.code), None, "with a limit of {limit} s");
    let endless = heavy(2_000_000_000);
    let verdict = run_until_judged(&config(), &endless, &LocalTask { limits: limits(2), ..task() }, IMAGES)
        .verdict
        .expect("a verdict");
    assert_eq!(verdict.code, VerdictCode::TimeLimit);
    drop(spinners);
}

fn limits(wall_seconds: u64) -> holdout_protocol::Limits {
    holdout_protocol::Limits { wall_seconds, ..task().limits }
}

/// A model that hardly gets a processor at all is not judged.
#[test]
fn a_starved_model_is_a_fault_of_the_machine() {
    let _turn = TURN.lock().unwrap_or_else(PoisonError::into_inner);
    let mut spinners = None;
    let progress = |progress: &Progress| {
        // The runner prepares itself before.
        if progress.stage == Stage::Running && spinners.is_none() {
            spinners = Some(Spinners::start(60));
        }
        ControlFlow::Continue(())
    };
    // Long enough for all the spinners to have begun before the model has had its time.
    let task = LocalTask { limits: limits(10), ..task() };
    let ended = run_model(&config(), &file(&endless_on_images()), &task, LocalImages::Sample(IMAGES), progress);
    let Err(ScorerError::Fault(cause)) = ended else { panic!("no fault: {ended:?}") };
    assert!(cause.contains("too busy"), "{cause}");
}
