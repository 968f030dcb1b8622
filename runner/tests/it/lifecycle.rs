//! Beginning, end, and what the process that runs a model is in between.

use std::fs;
use std::io::Write;
use std::path::Path;
use std::process::Command;
use std::time::Duration;

use holdout_protocol::{FromRunner, Layer, RunnerFailure, RunnerSetup, ToRunner};
use rustix::process::{Pid, Signal, geteuid, kill_process};

use crate::models::{CLASSES, endless, image, scores};
use crate::support::{Runner, load, on_processor, setup};

/// The process that runs the model, from the answer to the setup.
fn process_of(hello: Option<FromRunner>) -> u32 {
    let all = Layer::ALL.iter().fold(0, |bits, layer| bits | layer.bit());
    match hello {
        Some(FromRunner::Hello { layers, process, .. }) if layers == all => process,
        other => panic!("{other:?}"),
    }
}

/// Waits until a process is gone; the test harness ends a test that waits for ever.
fn await_end(process: u32) {
    while Path::new(&format!("/proc/{process}")).exists() {
        std::thread::sleep(Duration::from_millis(5));
    }
}

#[test]
fn letting_go_of_the_lifeline_ends_an_endless_model() {
    let model = endless();
    let mut runner = Runner::start(&model, setup());
    let process = process_of(runner.prepare());
    runner.send(&ToRunner::Load(load(&model, CLASSES)));
    assert!(matches!(runner.receive(), Some(FromRunner::Loaded { .. })));
    runner.send(&ToRunner::Batch { number: 0, slot: 0, images: 1 });
    assert!(Path::new(&format!("/proc/{process}")).exists());
    assert_eq!(runner.end().code(), Some(128 + 9));
    await_end(process);
}

#[test]
fn the_child_does_not_outlive_its_keeper() {
    let mut runner = Runner::start(&endless(), setup());
    let process = process_of(runner.prepare());
    let keeper = Pid::from_child(&runner.child);
    kill_process(keeper, Signal::KILL).unwrap();
    runner.wait();
    assert_eq!(runner.receive(), None);
    await_end(process);
}

#[test]
fn the_control_socket_ends_with_the_child() {
    let mut runner = Runner::start(&scores(), setup());
    let process = process_of(runner.prepare());
    kill_process(Pid::from_raw(process.cast_signed()).unwrap(), Signal::KILL).unwrap();
    assert_eq!(runner.receive(), None);
    assert_eq!(runner.wait().code(), Some(128 + 9));
}

#[test]
fn a_runner_whose_scorer_is_gone_ends() {
    let mut runner = Runner::start(&scores(), setup());
    let process = process_of(runner.prepare());
    runner.control.shutdown(std::net::Shutdown::Both).unwrap();
    assert_eq!(runner.wait().code(), Some(2));
    await_end(process);
}

#[test]
fn setups_that_cannot_be_followed_are_refused() {
    for wrong in [
        RunnerSetup { protocol: 99, ..setup() },
        RunnerSetup { threads: 0, ..setup() },
        RunnerSetup { slots: 0, ..setup() },
        RunnerSetup { slot_bytes: u64::MAX, ..setup() },
        RunnerSetup { device: "tpu".into(), ..setup() },
    ] {
        let mut runner = Runner::start(&scores(), RunnerSetup { slots: 1, slot_bytes: 64, ..setup() });
        runner.send(&ToRunner::Setup(wrong.clone()));
        assert_eq!(runner.receive(), Some(FromRunner::Failed(RunnerFailure::Setup)), "{wrong:?}");
        assert_eq!(runner.wait().code(), Some(1));
    }
    let mut runner = Runner::start(&scores(), RunnerSetup { device: "cuda:0".into(), ..on_processor() });
    assert_eq!(runner.prepare(), Some(FromRunner::Failed(RunnerFailure::Device)), "without a folder of CUDA libraries");
}

#[test]
fn messages_out_of_order_end_the_runner() {
    let model = scores();
    let wrong_batches = [
        ToRunner::Batch { number: 1, slot: 0, images: 1 },
        ToRunner::Batch { number: 0, slot: 2, images: 1 },
        ToRunner::Batch { number: 0, slot: 0, images: 0 },
        ToRunner::Batch { number: 0, slot: 0, images: 4096 },
        ToRunner::Batch { number: 0, slot: u32::MAX, images: u32::MAX },
        ToRunner::Load(load(&model, CLASSES)),
    ];
    for wrong in wrong_batches {
        let mut runner = Runner::start(&model, setup());
        assert!(matches!(runner.load(load(&model, CLASSES)), Some(FromRunner::Loaded { .. })));
        runner.send(&wrong);
        assert_eq!(runner.receive(), None, "{wrong:?}");
        assert_eq!(runner.wait().code(), Some(2));
    }
    let mut early = Runner::start(&model, setup());
    early.send(&ToRunner::Finish);
    assert_eq!((early.receive(), early.wait().code()), (None, Some(2)));
    let mut noise = Runner::start(&model, setup());
    noise.control.write_all(&[0xff; 64]).unwrap();
    assert_eq!((noise.receive(), noise.wait().code()), (None, Some(2)));
}

#[test]
fn without_its_descriptors_the_program_says_nothing() {
    let status = Command::new(env!("CARGO_BIN_EXE_holdout-runner")).arg("run").status().unwrap();
    assert_eq!(status.code(), Some(2));
}

/// The value of a line of `/proc/…/status`.
fn status(process: u32, name: &str) -> String {
    let text = fs::read_to_string(format!("/proc/{process}/status")).unwrap();
    let value = text.lines().find_map(|line| line.strip_prefix(&format!("{name}:")));
    value.unwrap().trim().to_owned()
}

#[test]
fn the_process_has_no_privileges_and_a_filter() {
    let mut runner = Runner::start(&scores(), setup());
    let process = process_of(runner.prepare());
    for set in ["CapInh", "CapPrm", "CapEff", "CapBnd", "CapAmb"] {
        assert_eq!(status(process, set), "0000000000000000", "{set}");
    }
    assert_eq!(status(process, "NoNewPrivs"), "1");
    assert_eq!(status(process, "Seccomp"), "2");
    // It is process 1 of its own.
    assert!(status(process, "NSpid").ends_with("\t1"));
    let user = if geteuid().is_root() { 65_534 } else { geteuid().as_raw() };
    assert_eq!(status(process, "Uid"), format!("{user}\t{user}\t{user}\t{user}"));
    let keeper = runner.child.id();
    assert_eq!(status(keeper, "Uid"), status(process, "Uid"));
}

#[test]
fn only_the_control_socket_and_the_model_stay_open() {
    let mut runner = Runner::start(&scores(), on_processor());
    let process = process_of(runner.prepare());
    if !geteuid().is_root() {
        // Nobody but root looks into such a process, not even its own user.
        assert!(fs::read_dir(format!("/proc/{process}/fd")).is_err());
        return;
    }
    let links: Vec<String> = (0..=9)
        .filter_map(|number| fs::read_link(format!("/proc/{process}/fd/{number}")).ok())
        .map(|link| link.to_string_lossy().into_owned())
        .collect();
    let null = "/dev/null";
    assert_eq!(links[..3], [null, null, null]);
    assert!(links[3].starts_with("socket:"), "{links:?}");
    assert!(links[4].starts_with("/memfd:model"), "{links:?}");
    assert_eq!(links.len(), 5, "{links:?}");
    let keeper: Vec<_> = fs::read_dir(format!("/proc/{}/fd", runner.child.id())).unwrap().collect();
    assert!(keeper.len() <= 6, "{keeper:?}");
}

#[test]
fn the_environment_is_wiped() {
    let mut command = Command::new(env!("CARGO_BIN_EXE_holdout-runner"));
    let mut runner = Runner::start_with(command.arg("run"), &[("SECRET", "correct horse")], &scores(), setup());
    let process = process_of(runner.prepare());
    match fs::read(format!("/proc/{process}/environ")) {
        Ok(environment) => assert!(!environment.windows(5).any(|part| part == b"horse"), "the model can read it"),
        Err(error) => assert_eq!((error.kind(), geteuid().is_root()), (std::io::ErrorKind::PermissionDenied, false)),
    }
    let loaded = {
        let model = scores();
        runner.send(&ToRunner::Load(load(&model, CLASSES)));
        runner.receive()
    };
    assert!(matches!(loaded, Some(FromRunner::Loaded { .. })));
    assert!(matches!(runner.batch(&[image(&[1])]), Some(FromRunner::Predictions { .. })));
}
