//! `check` of models: run here as a scorer would, on images if they are at hand, otherwise on
//! noise.

use serde_json::json;

use crate::models::with_task;
use crate::program::{Ended, Person, Server, program, runner};
use crate::shades::{Packing, Shades};

/// Somebody without a server who has the season's files.
fn alone() -> Person {
    runner();
    let person = Person::at("http://127.0.0.1:9");
    person.write_shades(Packing::Folder, "");
    person
}

const HERE: [&str; 4] = ["--task-file", "shades/season.yaml", "--device", "cpu"];

fn here<'a>(arguments: &[&'a str]) -> Vec<&'a str> {
    [arguments, &HERE].concat()
}

#[test]
fn a_model_is_run_and_scored_where_images_and_labels_are_at_hand() {
    let person = alone();
    person.write("net.pt", Shades::model(2));
    let ended = person.run(&here(&["check", "net.pt"])).done();
    assert!(ended.output.contains("`net.pt` runs: answers for 40 images."), "{ended:?}");
    assert!(
        ended.output.contains("measured 16.4 k parameters, ") && ended.output.contains(" images a second"),
        "{ended:?}"
    );
    assert!(ended.output.contains("top-1 error 25.0 % (10 wrong)"), "{ended:?}");
    let found = person.json(&here(&["check", "net.pt"]));
    assert_eq!((&found["kind"], &found["sampled"]), (&json!("torchscript"), &json!(false)));
    assert_eq!(found["scores"][0]["top1"]["wrong"], json!(10));
    assert!(found["measures"]["peak_memory_bytes"].as_u64().unwrap() > 0, "{found}");
}

#[test]
fn weights_that_are_slow_on_a_cpu_are_told() {
    let person = alone();
    person.write("half.pt", Shades::half());
    let ended = person.run(&here(&["check", "half.pt"])).done();
    assert!(ended.output.contains("hint: the weights are float16, which takes about thirty times"), "{ended:?}");
    person.write("net.pt", Shades::model(2));
    let ended = person.run(&here(&["check", "net.pt"])).done();
    assert!(!ended.output.contains("float16"), "{ended:?}");
}

#[test]
fn prepared_images_are_for_their_owner_only() {
    use std::os::unix::fs::PermissionsExt as _;
    let person = alone();
    person.write("net.pt", Shades::model(2));
    let kept = person.home.path().join(".cache/holdout/check");
    std::fs::create_dir_all(&kept).unwrap();
    std::fs::set_permissions(&kept, std::fs::Permissions::from_mode(0o755)).unwrap();
    person.run(&here(&["check", "net.pt"])).done();
    let mut folders = vec![kept, person.home.path().join(".local/state/holdout")];
    let mut files = 0;
    while let Some(folder) = folders.pop() {
        let mode = |path: &std::path::Path| std::fs::metadata(path).unwrap().permissions().mode() & 0o777;
        assert_eq!(mode(&folder), 0o700, "{}", folder.display());
        for entry in std::fs::read_dir(&folder).unwrap().map(|entry| entry.unwrap().path()) {
            if entry.is_dir() {
                folders.push(entry);
                continue;
            }
            assert_eq!(mode(&entry), 0o600, "{}", entry.display());
            files += 1;
        }
    }
    assert!(files > 0, "nothing is kept");
}

#[test]
fn a_model_that_would_be_rejected_has_its_verdict_and_advice() {
    let person = alone();
    person.write("width.pt", Shades::with(0, "    return torch.narrow(scores, 1, 0, 3)\n"));
    let ended = person.run(&here(&["check", "width.pt"])).failed(1, "`width.pt` would be refused: ");
    assert!(ended.errors.contains("advice: Return scores of shape [N, classes]"), "{ended:?}");
    person.run(&here(&["check", "width.pt", "--json"])).failed_as("wrong_output");
    person.write("notes.pt", "notes");
    person
        .run(&here(&["check", "notes.pt"]))
        .failed(1, "advice: Save the model with torch.jit.save or torch.export.save.");
}

#[test]
fn without_a_runner_the_file_of_a_model_is_checked_alone() {
    let person = alone();
    // Beside this copy of the program there is no runner.
    let copy = person.home.path().join("holdout");
    std::fs::copy(program().get_program(), &copy).unwrap();
    let run = |arguments: &[&str]| {
        let mut command = std::process::Command::new(&copy);
        command.args(here(arguments)).env_clear().env("HOME", person.home.path()).current_dir(person.home.path());
        Ended::of(command.output().unwrap())
    };
    person.write("net.pt", Shades::model(2));
    let ended = run(&["check", "net.pt"]).done();
    assert!(ended.output.contains("`net.pt` passes the check of its file. It was not run: there is no `"), "{ended:?}");
    let found: serde_json::Value = serde_json::from_str(&run(&["check", "net.pt", "--json"]).done().output).unwrap();
    assert_eq!((&found["accepted"], &found["scores"]), (&json!(true), &json!(null)));
    assert!(found["not_run"].as_str().unwrap().ends_with("/holdout-runner`"), "{found}");
    assert_eq!(found["hints"], json!([]));
    person.write("half.pt", Shades::half());
    let ended = run(&["check", "half.pt"]).done();
    assert!(ended.output.contains("\nhint: the weights are float16"), "{ended:?}");
    person.write("notes.pt", "notes");
    run(&["check", "notes.pt"]).failed(1, "advice: Save the model with torch.jit.save or torch.export.save.");
    person.write("open.pt", Shades::with(0, "    y = aten::from_file(\"/etc/passwd\")\n    return scores\n"));
    run(&["check", "open.pt"]).failed(1, "`open.pt` would be refused: ");
}

#[test]
fn a_model_that_fails_is_explained_by_libtorch() {
    let person = alone();
    let mismatch = "    _0 = torch.matmul(scores, torch.zeros([5, 5]))\n    return _0\n";
    person.write("sizes.pt", Shades::with(0, mismatch));
    let ended = person.run(&here(&["check", "sizes.pt"])).failed(1, "`forward` raised an error");
    assert!(ended.output.contains("libtorch: RuntimeError: mat1 and mat2 shapes cannot be multiplied"), "{ended:?}");
    assert!(ended.output.contains("torch.matmul(scores, torch.zeros([5, 5]))"), "{ended:?}");
    assert!(!ended.output.contains("/torch/csrc/") && !ended.output.contains("frame #"), "{ended:?}");
    let ended = person.run(&here(&["check", "sizes.pt", "--json"])).failed_as("model_error");
    let found: serde_json::Value = serde_json::from_str(&ended.output).unwrap();
    assert!(found["cause"].as_str().unwrap().contains("mat1 and mat2"), "{found}");
    assert!(!found["verdict"].to_string().contains("mat1"), "the text is no part of the verdict: {found}");
}

#[test]
fn a_check_that_crashes_says_how_to_find_the_operator_and_not_to_check_again() {
    let person = alone();
    // The least integer divided by -1 does not fit into 64 bits, which the processor refuses.
    let divided = "    ones = torch.ones_like(scores, dtype=4)\n    \
                   least = torch.bitwise_left_shift(ones, torch.mul(ones, 63))\n    \
                   return torch.add(scores, torch.div(least, torch.neg(ones), rounding_mode=\"trunc\"))\n";
    person.write("divides.pt", Shades::with(0, divided));
    let ended = person.run(&here(&["check", "divides.pt"])).failed(1, "the model ended its process by SIGFPE");
    assert!(ended.errors.contains("advice: Find the operator in Python") && ended.errors.contains("`gdb"), "{ended:?}");
    assert!(ended.errors.contains("torch.randn(N, 3, 8, 8)") && !ended.errors.contains("holdout check"), "{ended:?}");
    let ended = person.run(&here(&["check", "divides.pt", "--json"])).failed_as("crashed");
    let found: serde_json::Value = serde_json::from_str(&ended.output).unwrap();
    assert!(found["verdict"]["advice"].as_str().unwrap().starts_with("Find the operator"), "{found}");
}

#[test]
fn what_a_model_says_does_not_reach_the_terminal_as_it_is() {
    let person = alone();
    let raised = "    text = torch.format(\"{}[2Jcleared{}\", chr(27), chr(7))\n    \
                  ops.prim.RaiseException(text, \"builtins.ValueError\")\n    return scores\n";
    person.write("raises.pt", Shades::with(0, raised));
    let ended = person.run(&here(&["check", "raises.pt"])).failed(1, "`forward` raised an error");
    assert!(ended.output.contains("[2Jcleared"), "{ended:?}");
    assert!(!ended.output.contains(['\u{1b}', '\u{7}']), "{ended:?}");
}

#[test]
fn noise_is_enough_without_images() {
    let person = alone();
    let path = person.home.path().join("shades/season.yaml");
    let text = std::fs::read_to_string(&path).unwrap();
    std::fs::write(&path, text.replace("      images: images\n", "")).unwrap();
    person.write("net.pt", Shades::model(2));
    let ended = person.run(&here(&["check", "net.pt"])).done();
    assert!(ended.output.contains("answers for 100 pictures of noise"), "{ended:?}");
    assert!(!ended.output.contains("error"), "{ended:?}");
    std::fs::write(&path, text.replace("accepts: [predictions, torchscript]", "accepts: [predictions]")).unwrap();
    person.run(&here(&["check", "net.pt"])).failed(1, "does not take models");
}

#[test]
fn a_teams_model_is_checked_against_the_servers_task() {
    runner();
    let server = Server::without_scorer().with_shades(Packing::Zip);
    let ann = server.captain_in("ann", "shades");
    ann.write("net.pt", Shades::model(2));
    let found = ann.json(&with_task(&["check", "net.pt", "--threads", "1"]));
    assert_eq!((&found["accepted"], &found["sampled"], &found["scores"]), (&json!(true), &json!(true), &json!(null)));
    ann.write("width.pt", Shades::with(0, "    return torch.narrow(scores, 1, 0, 3)\n"));
    ann.run(&with_task(&["check", "width.pt"])).failed(1, "8");
    assert_eq!(ann.json(&with_task(&["quota"]))["used"], json!(0));
}

#[test]
fn a_runner_or_layer_that_is_not_there_is_told() {
    let person = alone();
    person.write("net.pt", Shades::model(2));
    let mut command = person.command(&here(&["check", "net.pt"]));
    command.env("HOLDOUT_RUNNER", "/nowhere/runner");
    let ended = crate::program::Ended::of(command.output().unwrap()).failed(1, "HOLDOUT_RUNNER is `/nowhere/runner`");
    assert!(ended.errors.contains("advice: Put `holdout-runner` beside `holdout`"), "{ended:?}");
    let ended = person.run(&here(&["check", "net.pt", "--without-layer", "lndlock"]));
    assert_eq!(ended.code, Some(2));
    assert!(ended.errors.contains("`lndlock` is no layer") && ended.errors.contains("system_calls"), "{ended:?}");
    person.run(&["check", "net.pt", "--task-file", "shades", "--device", "cuda:99"]).failed(1, "cuda:99");
}
