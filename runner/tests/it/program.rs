//! What the program says to people and to scorers that ask.

use std::process::{Command, Output};

use holdout_protocol::{Layer, RunnerDevices};
use serde_json::Value;

fn program(arguments: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_holdout-runner")).args(arguments).output().unwrap()
}

fn text(bytes: &[u8]) -> &str {
    str::from_utf8(bytes).unwrap()
}

#[test]
fn it_says_what_it_is() {
    let version = program(&["--version"]);
    assert!(version.status.success());
    assert_eq!(text(&version.stdout), format!("holdout-runner {}\n", env!("CARGO_PKG_VERSION")));
    let help = program(&["--help"]);
    assert!(help.status.success());
    for command in ["run", "devices", "layers"] {
        assert!(text(&help.stdout).contains(command));
    }
}

#[test]
fn wrong_use_is_a_sentence_and_exit_code_2() {
    for (arguments, said) in [
        (&[][..], "a command is missing"),
        (&["fly"], "there is no command `fly`"),
        (&["run", "model.pt"], "`run` does not take `model.pt`"),
        (&["devices", "--cuda-libraries"], "`devices` does not take `--cuda-libraries`"),
        (&["layers", "--yaml"], "`layers` does not take `--yaml`"),
    ] {
        let output = program(arguments);
        assert_eq!(output.status.code(), Some(2), "{arguments:?}");
        assert!(text(&output.stderr).contains(said), "{}", text(&output.stderr));
        assert!(output.stdout.is_empty());
    }
}

#[test]
fn the_processor_is_always_a_device() {
    for arguments in [&["devices"][..], &["devices", "--cuda-libraries", "/nonexistent"]] {
        let output = program(arguments);
        assert!(output.status.success());
        let RunnerDevices { devices, no_gpu } = serde_json::from_slice(&output.stdout).unwrap();
        assert_eq!(devices.len(), 1);
        assert!(no_gpu.is_some_and(|reason| reason.contains(';')), "the reason, and what to do");
        assert_eq!(devices[0].device, "cpu");
        assert!(devices[0].threads.is_some_and(|threads| threads > 0));
        assert!(devices[0].memory_bytes.is_some_and(|bytes| bytes > 1 << 20));
        assert!(!devices[0].name.is_empty());
    }
}

#[test]
fn every_layer_is_tried() {
    let output = program(&["layers", "--json"]);
    let trials: Vec<Value> = serde_json::from_slice(&output.stdout).unwrap();
    let names: Vec<_> = trials.iter().map(|trial| trial["layer"].as_str().unwrap().to_owned()).collect();
    assert_eq!(names, Layer::ALL.iter().map(|layer| layer.as_str()).collect::<Vec<_>>());
    let missing = trials.iter().any(|trial| trial["available"] == false);
    assert_eq!(output.status.code(), Some(i32::from(missing)));
    let table = program(&["layers"]);
    assert_eq!(text(&table.stdout).lines().filter(|line| !line.starts_with(' ')).count(), Layer::ALL.len());
}
