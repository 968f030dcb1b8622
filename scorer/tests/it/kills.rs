//! Runners that are killed by somebody else, and runs that are given up.

use std::ops::ControlFlow;
use std::thread;
use std::time::{Duration, Instant};

use holdout_protocol::{Progress, Stage};
use holdout_scorer::ScorerError;
use holdout_scorer::local::{LocalImages, run_model};
use rustix::process::{Pid, Signal, kill_process};

use crate::models::{forward, honest};
use crate::pictures::{best, prepared, prepared_again};
use crate::world::{OwnRunner, file, task};

const PICTURES: usize = 60;

/// A model whose loading and running take a while.
fn slow() -> Vec<u8> {
    forward(
        "    n = 0\n    while torch.lt(n, 20000):\n      n = torch.add(n, 1)\n    return torch.add(scores, torch.mul(n, 0))",
    )
}

fn kill(id: i32) {
    // It may have ended by itself.
    kill_process(Pid::from_raw(id).unwrap(), Signal::KILL).ok();
}

#[test]
fn a_runner_killed_at_any_moment_is_a_fault_or_was_not_needed_any_more() {
    let folder = tempfile::tempdir().unwrap();
    drop(prepared(folder.path(), PICTURES));
    let (runner, model) = (OwnRunner::new(), slow());
    let config = runner.config();
    let run = || {
        let images = LocalImages::Prepared(prepared_again(folder.path()));
        run_model(&config, &file(&model), &task(), images, |_: &Progress| ControlFlow::Continue(()))
    };
    let begun = Instant::now();
    run().unwrap();
    let usual = begun.elapsed();
    let (mut faults, mut scores) = (0, 0);
    for round in 0..36 {
        let moment = usual.mul_f64(rand::random::<f64>());
        let ended = thread::scope(|scope| {
            let running = scope.spawn(run);
            thread::sleep(moment);
            let processes = runner.processes();
            if !processes.is_empty() {
                // Keepers and children in turn.
                kill(if round % 2 == 0 { processes[0] } else { processes[processes.len() - 1] });
            }
            running.join().unwrap()
        });
        match ended {
            // The second is the program that lists the devices, killed before there was a runner.
            Err(ScorerError::Fault(_) | ScorerError::Runner(_)) => faults += 1,
            Ok(outcome) => {
                assert_eq!(outcome.verdict, None, "a kill is never the model's fault, {moment:?} after its start");
                for (number, row) in outcome.answers.unwrap().rows().enumerate() {
                    let (expected, gap) = best(number);
                    assert!(row == expected || gap < 1e-4, "picture {number}, {moment:?} after the start");
                }
                scores += 1;
            }
            Err(other) => panic!("{other}"),
        }
        runner.assert_gone(Duration::from_secs(5));
    }
    println!("{faults} faults, {scores} right scores, usually {usual:?}");
    assert!(faults > 0, "no kill came in time");
}

#[test]
fn a_run_that_is_given_up_ends_at_once() {
    let endless = "    n = 0\n    while torch.gt(n, -1):\n      n = torch.add(n, 1)\n    return torch.add(scores, n)";
    let runner = OwnRunner::new();
    let mut given_up: Option<Instant> = None;
    let progress = |progress: &Progress| {
        // It computes for ever on the pictures of noise that come before the images.
        if progress.stage != Stage::Loading {
            return ControlFlow::Continue(());
        }
        given_up.get_or_insert_with(Instant::now);
        ControlFlow::Break(())
    };
    let ended = run_model(&runner.config(), &file(&forward(endless)), &task(), LocalImages::Sample(20), progress);
    assert!(matches!(ended, Err(ScorerError::Interrupted)), "{ended:?}");
    println!("ended {:?} after it was given up", given_up.unwrap().elapsed());
    runner.assert_gone(Duration::ZERO);
}

#[test]
fn a_scorer_that_is_killed_takes_its_runners_along() {
    // A process of its own that is killed while its runner is at work: this test, started again.
    const VARIABLE: &str = "HOLDOUT_TEST_SCORER_TO_KILL";
    if let Some(program) = std::env::var_os(VARIABLE) {
        let mut config = crate::world::config();
        config.program = program.into();
        let endless =
            "    n = 0\n    while torch.gt(n, -1):\n      n = torch.add(n, 1)\n    return torch.add(scores, n)";
        let going_on = |_: &Progress| ControlFlow::Continue(());
        run_model(&config, &file(&forward(endless)), &task(), LocalImages::Sample(20), going_on).unwrap();
        return;
    }
    let runner = OwnRunner::new();
    let mut scorer = std::process::Command::new(std::env::current_exe().unwrap());
    scorer.args(["--exact", "kills::a_scorer_that_is_killed_takes_its_runners_along"]);
    scorer.env(VARIABLE, runner.config().program).stdout(std::process::Stdio::null());
    let mut scorer = scorer.spawn().unwrap();
    let until = Instant::now() + Duration::from_secs(60);
    while runner.processes().len() < 2 && Instant::now() < until {
        thread::sleep(Duration::from_millis(5));
    }
    thread::sleep(Duration::from_millis(300));
    assert!(runner.processes().len() >= 2, "a keeper and its child are at work");
    scorer.kill().unwrap();
    scorer.wait().unwrap();
    runner.assert_gone(Duration::from_secs(5));
}

#[test]
fn nothing_is_left_of_a_run() {
    let runner = OwnRunner::new();
    for model in [honest(), forward("    return torch.div(scores, 0)"), b"no archive".to_vec()] {
        let going_on = |_: &Progress| ControlFlow::Continue(());
        run_model(&runner.config(), &file(&model), &task(), LocalImages::Sample(20), going_on).unwrap();
        runner.assert_gone(Duration::ZERO);
    }
}
