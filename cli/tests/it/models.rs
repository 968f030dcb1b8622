//! Models through the front door: a season with images, checked and uploaded; models checked here, submitted, run behind the
//! sandbox and scored.

use std::time::Duration;

use serde_json::{Value, json};

use crate::program::{Person, Server, runner, wait_until};
use crate::shades::{Packing, Shades, square};

const TASK: [&str; 4] = ["--season", "shades", "--task", "classification"];

fn with_task<'a>(arguments: &[&'a str]) -> Vec<&'a str> {
    [arguments, &TASK].concat()
}

/// An organizer has applied the season with these images.
fn server(packing: Packing) -> Server {
    let server = Server::up_with_models(&[("HOLDOUT_QUEUE__HEARTBEAT_SECONDS", "1")]);
    let organizer = server.organizer();
    organizer.write_shades(packing, "");
    organizer.run(&["season", "apply", "shades", "--yes"]).done();
    server
}

fn submit(person: &Person, file: &str, content: &[u8]) -> Value {
    person.write(file, content);
    person.json(&with_task(&["submit", file, "--method", file]))
}

/// Waits until a submission has ended.
fn ended(person: &Person, submission: &Value) -> Value {
    let id = submission["id"].as_str().unwrap();
    let mut found = Value::Null;
    wait_until("the submission to end", || {
        found = person.json(&["status", id]);
        !matches!(found["state"].as_str(), Some("queued" | "running"))
    });
    found
}

#[test]
fn a_model_is_scored_on_images_from_a_folder() {
    let server = server(Packing::Folder);
    let ann = server.captain_in("ann", "shades");
    ann.write("net.pt", Shades::model(3));
    let done = ann.run(&with_task(&["submit", "net.pt", "--method", "net", "--wait"])).done();
    assert!(done.output.contains("15 of 40 images wrong"), "{done:?}");
    assert!(
        done.output.contains("measured 16.4 k parameters") || done.output.contains("measured 8 parameters"),
        "{done:?}"
    );
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
