//! The commitment to hidden labels: its salt is kept, is for organizers only, and opens it.

use serde_json::{Value, json};
use sha2::{Digest as _, Sha256};

use crate::people::{Person, text};
use crate::test_app::TestApp;

const TASK: &str = "/seasons/demo/tasks/classification";
const OPENING: &str = "/organizer/seasons/demo/tasks/classification/commitment";

fn task_with_test_set(app: &TestApp, organizer: &Person) -> Value {
    let send = |method: &str, path: &str, body: &Value| app.send(method, path, Some(&organizer.token), Some(body));
    let season = json!({ "season": "demo", "title": "A season", "rules": "", "opens": "2012-07-10T00:00:00Z" });
    send("POST", "/seasons", &season).expect(201);
    let settings = json!({ "title": "Classification", "metric": "top5_error", "accepts": ["predictions"] });
    send("POST", "/seasons/demo/tasks", &json!({ "task": "classification", "settings": settings })).expect(201);
    put_labels(app, organizer, "image,class\na.png,1\nb.png,2\nc.png,1\n")
}

fn put_labels(app: &TestApp, organizer: &Person, labels: &str) -> Value {
    let classes = app.upload(&organizer.token, b"1\tn01\tcat\n2\tn02\tdog\n");
    let labels = app.upload(&organizer.token, labels.as_bytes());
    let body = json!({ "classes": classes, "labels": labels });
    app.send("PUT", &format!("{TASK}/test-set"), Some(&organizer.token), Some(&body)).expect(200).json()
}

fn bytes_of(digits: &str) -> Vec<u8> {
    assert_eq!(digits.len(), 64, "{digits}");
    (0..32).map(|i| u8::from_str_radix(&digits[2 * i..2 * i + 2], 16).unwrap()).collect()
}

#[test]
fn the_salt_and_the_labels_open_the_commitment() {
    let app = TestApp::start();
    let organizer = app.organizer();
    let first = task_with_test_set(&app, &organizer);
    let second = put_labels(&app, &organizer, "image,class\na.png,2\nb.png,2\nc.png,1\n");
    assert_ne!(first["commitment"], second["commitment"]);

    let answer = app.get(OPENING, Some(&organizer.token)).expect(200);
    assert!(answer.header("cache-control").unwrap().contains("no-store"));
    let versions = answer.json()["versions"].clone();
    let of = |field: &str| versions.as_array().unwrap().iter().map(|it| it[field].clone()).collect::<Vec<_>>();
    assert_eq!(of("version"), [json!(1), json!(2)]);
    assert_eq!(of("commitment"), [first["commitment"].clone(), second["commitment"].clone()]);

    let labels = app.get(&format!("{TASK}/test-set/labels"), Some(&organizer.token)).expect(200).text;
    let salt = bytes_of(versions[1]["salt"].as_str().unwrap());
    let digest = Sha256::new().chain_update(salt).chain_update(labels).finalize();
    let digits: String = digest.iter().map(|byte| format!("{byte:02x}")).collect();
    assert_eq!(second["commitment"], json!(digits));
    let audit = app.get("/organizer/audit?q=commitment.read", Some(&organizer.token)).expect(200).json();
    assert_eq!(audit["items"].as_array().unwrap().len(), 1);
    assert!(!audit.to_string().contains(versions[1]["salt"].as_str().unwrap()), "the audit log holds no secrets");
}

#[test]
fn nobody_but_organizers_sees_the_salt() {
    let app = TestApp::start();
    let organizer = app.organizer();
    task_with_test_set(&app, &organizer);
    let ada = app.person("ada");
    app.get(OPENING, None).expect(401);
    app.get(OPENING, Some(&ada.token)).expect(403);
    app.get("/organizer/seasons/demo/tasks/none/commitment", Some(&organizer.token)).expect(404);
    app.get("/organizer/seasons/none/tasks/none/commitment", Some(&organizer.token)).expect(404);
    let salt = text(&app.get(OPENING, Some(&organizer.token)).expect(200).json()["versions"][0]["salt"]);
    for path in ["/seasons", "/seasons/demo", TASK, &format!("{TASK}/leaderboard"), "/organizer/audit"] {
        for token in [None, Some(&ada.token), Some(&organizer.token)] {
            let shown = app.get(path, token.map(String::as_str)).text;
            assert!(!shown.contains(&salt), "{path}");
        }
    }
}
