//! Models through the front door: a season with images, checked and uploaded; models submitted, run
//! behind the sandbox, and scored or rejected.

use std::time::Duration;

use serde_json::{Value, json};

use crate::program::{Person, Server, wait_until, wait_until_within};
use crate::shades::{Packing, Shades, square};

const TASK: [&str; 4] = ["--season", "shades", "--task", "classification"];

pub fn with_task<'a>(arguments: &[&'a str]) -> Vec<&'a str> {
    [arguments, &TASK].concat()
}

impl Server {
    /// The season is there, with its images packed so.
    pub fn with_shades(self, packing: Packing) -> Self {
        let organizer = self.organizer();
        organizer.write_shades(packing, "");
        organizer.run(&["season", "apply", "shades", "--yes"]).done();
        self
    }
}

/// Submits a model; its submission.
pub fn submit(person: &Person, file: &str, content: &[u8]) -> Value {
    person.write(file, content);
    person.json(&with_task(&["submit", file, "--kind", "torchscript", "--method", file]))
}

/// Waits until a submission is as asked for.
pub fn wait_for(person: &Person, submission: &Value, what: &str, is_so: impl Fn(&Value) -> bool) -> Value {
    let id = submission["id"].as_str().unwrap();
    let mut found = Value::Null;
    // On a machine with much else to do a model takes its time.
    wait_until_within(Duration::from_secs(600), what, || {
        found = person.json(&["status", id]);
        is_so(&found)
    });
    found
}

/// Waits until a submission has ended.
pub fn ended(person: &Person, submission: &Value) -> Value {
    wait_for(person, submission, "the submission to end", |found| {
        !matches!(found["state"].as_str(), Some("queued" | "running"))
    })
}

#[test]
fn a_model_is_scored_on_images_from_a_folder() {
    let server = Server::up_with_models(&[]).with_shades(Packing::Folder);
    let ann = server.captain_in("ann", "shades");
    ann.write("net.pt", Shades::model(3));
    let done = ann.run(&with_task(&["submit", "net.pt", "--method", "net", "--wait"])).done();
    assert!(done.output.contains("15 of 40 images wrong"), "{done:?}");
    assert!(done.output.contains("measured 16.4 k parameters, "), "{done:?}");
    let board = ann.json(&with_task(&["leaderboard"]));
    let row = &board["rows"][0];
    assert_eq!((&row["error"], &row["wrong"], &row["n"]), (&json!(0.375), &json!(15), &json!(40)));
    let measures = &row["measures"];
    assert!(measures["images_per_second"].as_f64().unwrap() > 0.0, "{measures}");
    assert!(measures["peak_memory_bytes"].as_u64().unwrap() > 0 && measures["device"].is_string(), "{measures}");
    let table = ann.run(&with_task(&["leaderboard"])).done().output;
    assert!(table.contains("images/s"), "{table}");

    // Predictions are scored beside models.
    let right: String = (0..40).map(|image| format!("{}\n", image % 8 + 1)).collect();
    ann.write("right.txt", right);
    ann.run(&with_task(&["submit", "right.txt", "--wait"])).done();
    assert_eq!(ann.json(&with_task(&["leaderboard", "--all"]))["rows"][0]["error"], json!(0.0));
}

#[test]
fn images_come_as_zip_or_tar_with_entries_that_are_models() {
    let server = Server::up_with_models(&[]);
    for packing in [Packing::Zip, Packing::TarGz] {
        let organizer = server.organizer();
        let entries = "  - { team: Alpha, method: all right, task: classification, file: entries/a.pt }\n  \
                       - { team: Beta, task: classification, file: entries/b.model, kind: torchscript, baseline: true }\n";
        organizer.write_shades(packing, entries);
        organizer.write("shades/entries/a.pt", Shades::model(0));
        organizer.write("shades/entries/b.model", Shades::model(8));
        let season = format!("shades-{}", format!("{packing:?}").to_lowercase());
        let path = organizer.home.path().join("shades/season.yaml");
        let text = std::fs::read_to_string(&path).unwrap().replace("season: shades", &format!("season: {season}"));
        std::fs::write(&path, text).unwrap();
        let applied = organizer.json(&["season", "apply", "shades", "--yes"]);
        for entry in applied["submissions"].as_array().unwrap() {
            let id = json!({ "id": entry["submission"] });
            assert_eq!(ended(&organizer, &id)["state"], "scored", "{packing:?}");
        }
        let board = organizer.json(&["leaderboard", "--season", &season, "--task", "classification"]);
        let of = |team: &str| board["rows"].as_array().unwrap().iter().find(|row| row["team"] == team).unwrap();
        assert_eq!((&of("Alpha")["wrong"], &of("Beta")["wrong"]), (&json!(0), &json!(40)), "{packing:?}");
        let again = organizer.run(&["season", "apply", "shades", "--yes"]).done();
        assert!(again.output.ends_with("Nothing to change.\n"), "{again:?}");
    }
}

#[test]
fn images_that_cannot_be_used_are_named_and_nothing_is_sent() {
    let server = Server::without_scorer();
    let organizer = server.organizer();
    organizer.write_shades(Packing::Folder, "");
    organizer.write("shades/images/image-03.png", b"\x89PNG no more");
    organizer.write("shades/images/image-05.png", square(7, 0));
    organizer.write("shades/images/image-07.png", b"plain text");
    std::fs::remove_file(organizer.home.path().join("shades/images/image-09.png")).unwrap();
    let apply = ["season", "apply", "shades", "--yes"];
    let failure = organizer.run(&apply).failed(1, "shades/season.yaml:13: tasks[0].test_set.images: `image-03.png`");
    for name in ["`image-07.png`", "image-09.png"] {
        assert!(failure.errors.contains(name), "{name}: {failure:?}");
    }
    assert!(!failure.errors.contains("image-04.png"), "{failure:?}");
    organizer.run(&["season", "show", "shades"]).failed(1, "shades");

    // Fewer images than the crop has pixels are refused, too, if they are not resized.
    organizer.write_shades(Packing::Folder, "");
    let path = organizer.home.path().join("shades/season.yaml");
    let text = std::fs::read_to_string(&path).unwrap();
    std::fs::write(&path, text.replace("resize: 10, crop: 8", "crop: 13")).unwrap();
    let failure = organizer.run(&apply).failed(1, "`image-00.png`");
    assert!(failure.errors.contains("and 20 more"), "{failure:?}");

    // Without images the task takes predictions only; without being told to, nothing is left out.
    std::fs::write(&path, text.replace("      images: images\n", "")).unwrap();
    organizer.run(&apply).failed(1, "shades/season.yaml:12: tasks[0].test_set.images: is missing");
    std::fs::write(&path, &text).unwrap();
    organizer.run(&apply).done();
    let known = organizer.home.path().join(".local/state/holdout/images");
    let checked = std::fs::read_dir(known)
        .unwrap()
        .filter(|entry| entry.as_ref().unwrap().file_name().to_str().unwrap().starts_with("checked-"));
    assert_eq!(checked.count(), 1, "images that were seen to be good are not looked at again");
}

#[test]
fn verdicts_say_what_was_found_and_are_charged_after_hidden_images() {
    let server = Server::up_with_models(&[]).with_shades(Packing::Zip);
    let ann = server.captain_in("ann", "shades");
    let quota = || ann.json(&with_task(&["quota"]))["used"].clone();
    let cases: [(&str, Vec<u8>, &str, &str); 4] = [
        ("width.pt", Shades::with(0, "    return torch.narrow(scores, 1, 0, 3)\n"), "wrong_output", "3"),
        (
            "nan.pt",
            Shades::with(0, "    return torch.div(torch.sub(scores, scores), torch.sub(scores, scores))\n"),
            "non_finite_output",
            "",
        ),
        ("raise.pt", Shades::with(0, "    return torch.reshape(scores, [7, 7])\n"), "model_error", ""),
        // Its answers depend on what else is in a batch.
        (
            "batch.pt",
            Shades::with(0, "    return torch.mul(scores, torch.sign(torch.sub(torch.mean(m), 0.5)))\n"),
            "not_reproducible",
            "",
        ),
    ];
    for (file, content, code, found) in &cases {
        let submission = ended(&ann, &submit(&ann, file, content));
        assert_eq!(
            (&submission["state"], &submission["verdict"]["code"]),
            (&json!("rejected"), &json!(code)),
            "{file}"
        );
        assert!(submission["verdict"]["detail"].to_string().contains(found), "{submission}");
        // What fails on noise has seen no hidden image.
        let (charge, used) = if *code == "not_reproducible" { ("committed", 1) } else { ("refunded", 0) };
        assert_eq!((&submission["charge"]["state"], quota()), (&json!(charge), json!(used)), "{file}");
    }
    // At the door, without a charge.
    ann.write("notes.pt", "notes");
    let refused = ann.run(&with_task(&["submit", "notes.pt", "--no-check", "--json"])).failed_as("not_torchscript");
    let submission: Value = serde_json::from_str(&refused.output).unwrap();
    assert_eq!((&submission["state"], &submission["verdict"]["code"]), (&json!("rejected"), &json!("not_torchscript")));
    assert_eq!((&submission["charge"]["state"], quota()), (&json!("refunded"), json!(1)));
    let shown = ann.run(&["status", submission["id"].as_str().unwrap()]).done().output;
    assert!(shown.contains("begin with `note") && shown.contains("not charged"), "{shown}");
}

#[test]
fn what_the_check_of_the_file_refuses_is_not_sent() {
    let server = Server::up_with_models(&[]).with_shades(Packing::Zip);
    let ann = server.captain_in("ann", "shades");
    let (hostile, submit) =
        (Shades::with(0, "    print(scores)\n    return scores\n"), ["submit", "print.pt", "--wait"]);
    ann.write("print.pt", hostile);
    let refused = ann.run(&with_task(&submit)).failed(1, "`print.pt` is not sent: ");
    assert!(refused.errors.contains("advice: Remove the operator named"), "{refused:?}");
    assert_eq!(ann.json(&with_task(&["submissions"])), json!([]));
    // If it is sent anyway, the scorer refuses it, before it has run, so that nothing is charged.
    let rejected =
        ann.run(&with_task(&[&submit[..], &["--no-check", "--json"]].concat())).failed_as("forbidden_operator");
    let submission: Value = serde_json::from_str(&rejected.output).unwrap();
    assert_eq!(submission["charge"]["state"], json!("refunded"));
    assert!(submission["verdict"]["detail"]["operator"].as_str().unwrap().contains("Print"), "{submission}");
    let shown = ann.run(&["status", submission["id"].as_str().unwrap()]).done().output;
    assert!(shown.contains("verdict  forbidden_operator: ") && shown.contains("prim::Print"), "{shown}");
}

#[test]
fn weights_that_are_slow_without_a_gpu_are_remarked_on_before_a_model_is_sent() {
    let server = Server::without_scorer().with_shades(Packing::Zip);
    let ann = server.captain_in("ann", "shades");
    let hint = "hint: the weights are float16, which takes about thirty times as long as float32 without a GPU";
    ann.write("half.pt", Shades::half());
    let sent = ann.run(&with_task(&["submit", "half.pt"])).done();
    assert!(sent.errors.contains(hint) && sent.output.contains("receipt"), "{sent:?}");
    ann.write("net.pt", Shades::model(2));
    let sent = ann.run(&with_task(&["submit", "net.pt"])).done();
    assert!(!sent.errors.contains("float16"), "{sent:?}");
}

#[test]
fn a_model_that_is_too_large_is_better_sent_in_bfloat16() {
    let server = Server::without_scorer();
    let organizer = server.organizer();
    organizer.write_shades(Packing::Zip, "");
    let path = organizer.home.path().join("shades/season.yaml");
    let text = std::fs::read_to_string(&path).unwrap().replace("wall: 2m", "model: 1KiB, wall: 2m");
    std::fs::write(&path, text).unwrap();
    organizer.run(&["season", "apply", "shades", "--yes"]).done();
    let ann = server.captain_in("ann", "shades");
    ann.write("net.pt", Shades::model(2));
    for command in ["submit", "check"] {
        let refused = ann.run(&with_task(&[command, "net.pt"])).failed(1, "of at most 1 KiB");
        assert!(refused.errors.contains("`model.bfloat16()`"), "{refused:?}");
    }
}

#[test]
fn without_a_runner_predictions_are_scored_and_models_wait() {
    let organizer = Person::at("http://127.0.0.1:9");
    let folder = organizer.home.path();
    // Alone in a folder of its own.
    let alone = folder.join("holdout");
    std::fs::copy(env!("CARGO_BIN_EXE_holdout"), &alone).unwrap();
    let data = folder.join("data");
    let mut command = std::process::Command::new(&alone);
    command.env_clear().env("HOME", folder).arg("up").arg("--data").arg(&data).args(["--listen", "127.0.0.1:0"]);
    let server = Server::of(command, data, None, None);
    assert!(server.said().contains(&format!("models are not evaluated: there is no `{}-runner`", alone.display())));
    assert!(server.said().contains("HOLDOUT_RUNNER"));
    let server = server.with_shades(Packing::Zip);
    let ann = server.captain_in("ann", "shades");
    let model = submit(&ann, "net.pt", &Shades::model(0));
    ann.write("a.txt", "1\n".repeat(40));
    let bob = server.captain_in("bob", "shades");
    bob.write("a.txt", "1\n".repeat(40));
    bob.run(&with_task(&["submit", "a.txt", "--wait"])).done();
    let waiting = ann.json(&["status", model["id"].as_str().unwrap()]);
    assert_eq!((&waiting["state"], &waiting["queue"]["expected_start"]), (&json!("queued"), &Value::Null));
}

#[test]
fn a_runner_or_a_device_that_comes_late_is_found() {
    let organizer = Person::at("http://127.0.0.1:9");
    let folder = organizer.home.path();
    let (late, data) = (folder.join("late-runner"), folder.join("data"));
    let mut command = std::process::Command::new(env!("CARGO_BIN_EXE_holdout"));
    command.env_clear().env("HOME", folder).env("HOLDOUT_RUNNER", &late).env("HOLDOUT_SCORER__SELF_TEST_SECONDS", "1");
    command.args(["up", "--device", "cpu", "--device", "cuda:63", "--listen", "127.0.0.1:0", "--data"]).arg(&data);
    let server = Server::of(command, data, None, None);
    assert!(server.said().contains("models are not evaluated: HOLDOUT_RUNNER is `"), "{}", server.said());
    let server = server.with_shades(Packing::Zip);
    let organizer = server.organizer();
    let trouble_of = |device: &str| {
        let scorers = organizer.json(&["scorers"]);
        let named = |scorer: &&Value| scorer["devices"] == json!([device]);
        let scorer = scorers.as_array().unwrap().iter().find(named).cloned();
        scorer.and_then(|scorer| scorer["trouble"].as_str().map(str::to_owned))
    };
    wait_until("the missing runner is reported", || trouble_of("cpu").is_some_and(|why| why.contains("late-runner")));
    let ann = server.captain_in("ann", "shades");
    let model = submit(&ann, "net.pt", &Shades::model(0));
    std::os::unix::fs::symlink(crate::program::runner(), &late).unwrap();
    wait_for(&ann, &model, "the model to be scored", |submission| submission["state"] == json!("scored"));
    let why = trouble_of("cuda:63").expect("a device that is not there is reported");
    assert!(why.contains("there is no device `cuda:63`; there is `cpu`"), "{why}");
    assert_eq!(trouble_of("cpu"), None);
}
