//! Seasons, tasks and test sets, as organizers make them and everybody sees them.

use serde_json::{Value, json};

use crate::arena::Arena;
use crate::people::Person;
use crate::test_app::{Answer, TestApp};

const OPEN: &str = "2012-07-10T00:00:00Z";
const FAR: &str = "2999-01-01T00:00:00Z";

fn new_season(slug: &str) -> Value {
    json!({ "season": slug, "title": "A season", "rules": "# Rules", "opens": OPEN, "closes": FAR })
}

fn settings() -> Value {
    json!({ "title": "Classification", "metric": "top5_error", "accepts": ["predictions"] })
}

fn with(mut value: Value, field: &str, new: Value) -> Value {
    value[field] = new;
    value
}

impl TestApp {
    fn patch_season(&self, organizer: &Person, slug: &str, changes: &Value) -> Answer {
        self.send("PATCH", &format!("/seasons/{slug}"), Some(&organizer.token), Some(changes))
    }

    fn make_task(&self, organizer: &Person, season: &str) {
        self.post("/seasons", Some(&organizer.token), &new_season(season)).expect(201);
        let task = json!({ "task": "classification", "settings": settings() });
        self.post(&format!("/seasons/{season}/tasks"), Some(&organizer.token), &task).expect(201);
    }

    fn put_test_set(&self, organizer: &Person, classes: &str, labels: &str) -> Answer {
        let classes = self.upload(&organizer.token, classes.as_bytes());
        let labels = self.upload(&organizer.token, labels.as_bytes());
        let body = json!({ "classes": classes, "labels": labels });
        self.send("PUT", &format!("{TASK}/test-set"), Some(&organizer.token), Some(&body))
    }

    fn board_version(&self) -> i64 {
        self.number("SELECT board_version AS number FROM tasks")
    }

    fn audited(&self, organizer: &Person) -> Vec<String> {
        let page = self.get("/organizer/audit?limit=200", Some(&organizer.token)).expect(200).json();
        let actions =
            page["items"].as_array().unwrap().iter().map(|entry| entry["action"].as_str().unwrap().to_owned());
        actions.rev().filter(|action| !action.starts_with("account.")).collect()
    }
}

const TASK: &str = "/seasons/demo/tasks/classification";
const CLASSES: &str = "1\tn01\tcat\n2\tn02\tdog\n3\tn03\tfox\n";

/// Labels of 30 images, ten of each class, in two shuffled orders of rows.
fn labels(reversed: bool) -> String {
    let mut rows: Vec<String> = (0..30).map(|i| format!("img_{i:02}.png,{}", i % 3 + 1)).collect();
    if reversed {
        rows.reverse();
    }
    format!("image,class\n{}\n", rows.join("\n"))
}

#[test]
fn an_organizer_makes_and_changes_a_season() {
    let app = TestApp::start();
    let organizer = app.organizer();
    let made = app.post("/seasons", Some(&organizer.token), &new_season("demo")).expect(201).json();
    assert_eq!((&made["state"], &made["tasks"], &made["frozen_at"]), (&json!("open"), &json!([]), &Value::Null));
    let shown = app.get("/seasons/demo", None).expect(200).json();
    assert_eq!(shown, made);

    let changes = json!({ "title": "Another", "paused": true, "closes": null });
    let changed = app.patch_season(&organizer, "demo", &changes).expect(200).json();
    assert_eq!(
        (&changed["title"], &changed["paused"], &changed["closes"]),
        (&json!("Another"), &json!(true), &Value::Null)
    );
    assert_eq!(changed["rules"], json!("# Rules"), "what is omitted stays");
    app.patch_season(&organizer, "demo", &changes).expect(200);
    assert_eq!(app.audited(&organizer), ["season.create", "season.update"], "nothing changed the second time");
}

#[test]
fn only_organizers_make_and_change_seasons() {
    let app = TestApp::start();
    let (organizer, ada) = (app.organizer(), app.person("ada"));
    app.make_task(&organizer, "demo");
    let task = json!({ "task": "other", "settings": settings() });
    let set = json!({ "classes": organizer.id, "labels": organizer.id });
    for (method, path, body) in [
        ("POST", "/seasons", new_season("other")),
        ("PATCH", "/seasons/demo", json!({ "paused": true })),
        ("POST", "/seasons/demo/tasks", task),
        ("PUT", TASK, settings()),
        ("PUT", "/seasons/demo/tasks/classification/test-set", set),
    ] {
        app.send(method, path, Some(&ada.token), Some(&body)).expect(403);
        app.send(method, path, None, Some(&body)).expect(401);
    }
    app.get(&format!("{TASK}/test-set/labels"), Some(&ada.token)).expect(403);
}

#[test]
fn drafts_are_for_organizers() {
    let app = TestApp::start();
    let (organizer, ada) = (app.organizer(), app.person("ada"));
    app.make_task(&organizer, "demo");
    app.patch_season(&organizer, "demo", &json!({ "draft": true })).expect(200);
    for path in ["/seasons/demo", "/seasons/demo/tasks", TASK, "/seasons/demo/tasks/classification/classes"] {
        for token in [None, Some(ada.token.as_str())] {
            assert!(app.get(path, token).expect(404).text.contains("season `demo`"));
        }
    }
    assert_eq!(app.get("/seasons", None).expect(200).json()["items"], json!([]));
    let seen = app.get("/seasons", Some(&organizer.token)).expect(200).json();
    assert_eq!(
        (&seen["items"][0]["state"], &seen["items"][0]["tasks"][0]["task"]),
        (&json!("draft"), &json!("classification"))
    );
    app.get(TASK, Some(&organizer.token)).expect(200);
    app.patch_season(&organizer, "demo", &json!({ "draft": false })).expect(200);
    app.get(TASK, None).expect(200);
}

#[test]
fn the_clock_opens_and_closes_and_organizers_freeze_and_publish() {
    let app = TestApp::start();
    let organizer = app.organizer();
    app.make_task(&organizer, "demo");
    let state = |changes: Value| app.patch_season(&organizer, "demo", &changes).expect(200).json()["state"].clone();
    assert_eq!(state(json!({ "opens": "2998-01-01T00:00:00Z" })), "draft");
    app.get("/seasons/demo", None).expect(200);
    assert_eq!(state(json!({ "opens": OPEN })), "open");

    let early = app.patch_season(&organizer, "demo", &json!({ "published": true })).expect(409);
    assert!(early.code() == "wrong_state" && early.text.contains("2999"), "{}", early.text);
    let before = app.board_version();
    let frozen = app.patch_season(&organizer, "demo", &json!({ "frozen": true })).expect(200).json();
    let again = app.patch_season(&organizer, "demo", &json!({ "frozen": true })).expect(200).json();
    assert!(frozen["frozen_at"].is_string());
    assert_eq!(again["frozen_at"], frozen["frozen_at"], "frozen once");
    assert_eq!(app.board_version(), before + 1);
    assert_eq!(app.patch_season(&organizer, "demo", &json!({ "frozen": false })).json()["frozen_at"], Value::Null);

    assert_eq!(state(json!({ "closes": "2012-09-30T23:00:00Z" })), "closed");
    let before = app.board_version();
    assert_eq!(state(json!({ "published": true })), "published");
    assert_eq!(app.board_version(), before + 1);
    for closes in [json!("2090-01-01T00:00:00Z"), json!(null)] {
        let refused = app.patch_season(&organizer, "demo", &json!({ "closes": closes })).expect(409).json();
        assert_eq!(refused["error"]["reason"], "season_published", "{refused}");
    }
    assert_eq!(state(json!({ "published": false })), "closed");
    assert_eq!(state(json!({ "closes": null })), "open");
}

#[test]
fn seasons_are_checked_field_by_field() {
    let app = TestApp::start();
    let organizer = app.organizer();
    app.post("/seasons", Some(&organizer.token), &new_season("taken")).expect(201);
    let field = |answer: Answer| answer.json()["error"]["detail"]["field"].clone();
    for (name, value) in [
        ("title", json!("")),
        ("title", json!("x".repeat(201))),
        ("rules", json!("x".repeat((256 << 10) + 1))),
        ("closes", json!(OPEN)),
        ("closes", json!("2011-01-01T00:00:00Z")),
    ] {
        let answer = app.post("/seasons", Some(&organizer.token), &with(new_season("demo"), name, value.clone()));
        assert_eq!(field(answer.expect(422)), json!(name));
        assert_eq!(field(app.patch_season(&organizer, "taken", &json!({ name: value })).expect(422)), json!(name));
    }
    for (name, value) in [("season", json!("Not a slug")), ("opens", json!("yesterday")), ("draft", json!("no"))] {
        let answer = app.post("/seasons", Some(&organizer.token), &with(new_season("demo"), name, value)).expect(422);
        assert_eq!(answer.code(), "invalid_value");
    }
    app.patch_season(&organizer, "taken", &json!({ "tittle": "typo" })).expect(422);
    app.patch_season(&organizer, "none", &json!({})).expect(404);
    let taken = app.post("/seasons", Some(&organizer.token), &new_season("taken")).expect(409);
    assert!(taken.code() == "already_exists" && taken.text.contains("`taken`"));
    assert_eq!(app.count("seasons"), 1);
}

#[test]
fn a_repeated_creation_is_one_season() {
    let app = TestApp::start();
    let organizer = app.organizer();
    let headers = [("content-type", "application/json"), ("idempotency-key", "k1")];
    let body = new_season("demo").to_string();
    let send =
        || app.send_raw("POST", "/seasons", Some(&organizer.token), &headers, Some(body.as_bytes())).expect(201).text;
    assert_eq!(send(), send());
    assert_eq!(app.audited(&organizer), ["season.create"]);
}

#[test]
fn tasks_keep_their_order_and_page() {
    let app = TestApp::start();
    let organizer = app.organizer();
    app.post("/seasons", Some(&organizer.token), &new_season("demo")).expect(201);
    let names = ["zebra", "apple", "mango"];
    for name in names {
        let task = json!({ "task": name, "settings": settings() });
        app.post("/seasons/demo/tasks", Some(&organizer.token), &task).expect(201);
        assert_eq!(app.post("/seasons/demo/tasks", Some(&organizer.token), &task).expect(409).code(), "already_exists");
    }
    let (mut found, mut path) = (Vec::new(), "/seasons/demo/tasks?limit=1".to_owned());
    loop {
        let page = app.get(&path, None).expect(200).json();
        found.extend(page["items"].as_array().unwrap().iter().map(|task| task["task"].as_str().unwrap().to_owned()));
        let Some(cursor) = page["next_cursor"].as_str() else { break };
        path = format!("/seasons/demo/tasks?limit=1&cursor={cursor}");
    }
    assert_eq!(found, names);
    app.get("/seasons/demo/tasks/none", None).expect(404);
    app.get("/seasons/none/tasks", None).expect(404);
}

#[test]
fn a_tasks_settings_are_replaced_and_checked() {
    let app = TestApp::start();
    let organizer = app.organizer();
    app.make_task(&organizer, "demo");
    let put = |settings: &Value| app.send("PUT", TASK, Some(&organizer.token), Some(settings));
    for (name, value, field) in [
        ("accepts", json!([]), "accepts"),
        ("accepts", json!(["torchscript"]), "input"),
        ("split", json!({ "public": 1.0 }), "split.public"),
        ("quota", json!({ "submissions": 0, "per_seconds": 60 }), "quota.submissions"),
        ("limits", json!({ "wall_seconds": 0 }), "limits.wall_seconds"),
    ] {
        let refused = put(&with(settings(), name, value)).expect(422);
        assert_eq!(refused.json()["error"]["detail"]["field"], json!(field));
    }
    put(&with(settings(), "unknown", json!(1))).expect(422);
    let before = app.board_version();
    let quota = json!({ "submissions": 3, "per_seconds": 3600 });
    let replaced = put(&with(settings(), "quota", quota.clone())).expect(200).json();
    assert_eq!((&replaced["quota"], &replaced["title"]), (&quota, &json!("Classification")));
    assert_eq!(app.board_version(), before, "a board does not show the quota");
    put(&with(settings(), "metric", json!("top1_error"))).expect(200);
    assert_eq!(app.board_version(), before + 1);
    assert_eq!(app.audited(&organizer), ["season.create", "task.create", "task.update", "task.update"]);
}

#[test]
fn a_test_set_is_versioned_by_its_content_and_split() {
    let app = TestApp::start();
    let (organizer, ada) = (app.organizer(), app.person("ada"));
    app.make_task(&organizer, "demo");
    for path in ["classes", "images", "test-set/labels", "test-set/images"] {
        app.get(&format!("{TASK}/{path}"), Some(&organizer.token)).expect(404);
    }
    let first = app.put_test_set(&organizer, CLASSES, &labels(false)).expect(200).json();
    assert_eq!((&first["version"], &first["classes"], &first["images"]), (&json!(1), &json!(3), &json!(30)));
    assert_eq!(first["public_images"], json!(30));
    let resolution = first["typical_resolution"].as_f64().unwrap();
    assert!((resolution - 6.0 / 30.0).abs() < 1e-12, "{resolution}: fewer than six images are never significant");
    let again = app.put_test_set(&organizer, CLASSES, &labels(true)).expect(200).json();
    assert_eq!(again, first, "the same content in another order is the same test set");

    let before = app.board_version();
    let split = with(settings(), "split", json!({ "public": 0.3, "seed": 7 }));
    let task = app.send("PUT", TASK, Some(&organizer.token), Some(&split)).expect(200).json();
    let second = &task["test_set"];
    assert_eq!((&second["version"], &second["public_images"]), (&json!(2), &json!(9)));
    assert_eq!(second["commitment"], first["commitment"], "the content is the same");
    assert_eq!(app.board_version(), before + 1);
    app.send("PUT", TASK, Some(&organizer.token), Some(&split)).expect(200);
    assert_eq!(app.count("test_sets"), 2);
    assert_eq!(app.number("SELECT COUNT(DISTINCT sha256) AS number FROM test_sets"), 1);

    let third =
        app.put_test_set(&organizer, CLASSES, &labels(false).replace("img_00.png,1", "img_00.png,2")).expect(200);
    assert_eq!(third.json()["version"], json!(3));
    assert_ne!(third.json()["commitment"], first["commitment"]);
    assert_eq!(app.get(TASK, Some(&ada.token)).expect(200).json()["test_set"], third.json());
}

/// Returns how many versions have the mask that labels and seed give without the secret salt.
fn guessed_masks(app: &TestApp, seed: u64) -> i64 {
    let labels: Vec<u16> = (0..30).map(|i| i % 3 + 1).collect();
    let mask = holdout_evaluation::public_mask(&labels, 3, 0.3, seed).unwrap().to_bytes();
    let digits: String = mask.iter().map(|byte| format!("{byte:02x}")).collect();
    let literal = if app.on_postgres() { format!("'\\x{digits}'") } else { format!("X'{digits}'") };
    app.number(&format!("SELECT COUNT(*) AS number FROM test_sets WHERE public_mask = {literal}"))
}

#[test]
fn the_seed_of_a_split_is_secret_and_does_not_tell_the_public_part() {
    let app = TestApp::start();
    let (organizer, ada) = (app.organizer(), app.person("ada"));
    app.make_task(&organizer, "demo");
    app.put_test_set(&organizer, CLASSES, &labels(false)).expect(200);
    let put = |split: Value| {
        let body = with(settings(), "split", split);
        app.send("PUT", TASK, Some(&organizer.token), Some(&body)).expect(200).json()
    };
    let drawn = put(json!({ "public": 0.3 }))["split"]["seed"].as_u64().unwrap();
    assert!(drawn > 1000 && drawn < 1 << 53, "{drawn}");
    let kept = put(json!({ "public": 0.3 }));
    assert_eq!((kept["split"]["seed"].as_u64(), &kept["test_set"]["version"]), (Some(drawn), &json!(2)));

    let given = put(json!({ "public": 0.3, "seed": 7 }));
    assert_eq!(given["split"]["seed"], json!(7));
    assert_eq!(app.number("SELECT COUNT(*) AS number FROM test_sets WHERE public_mask IS NOT NULL"), 2);
    assert_eq!((guessed_masks(&app, 7), guessed_masks(&app, drawn)), (0, 0), "the salt is mixed in");
    // Nobody but organizers sees it, whatever the route.
    for path in [TASK, "/seasons/demo/tasks", "/seasons/demo", "/seasons"] {
        for token in [None, Some(ada.token.as_str())] {
            let text = app.get(path, token).expect(200).text;
            assert!(text.contains(r#""split":{"public":0.3,"seed":null}"#), "{path}: {text}");
        }
        assert!(app.get(path, Some(&organizer.token)).expect(200).text.contains(r#""seed":7"#), "{path}");
    }
    let closed = json!({ "closes": "2012-07-11T00:00:00Z" });
    app.patch_season(&organizer, "demo", &closed).expect(200);
    app.patch_season(&organizer, "demo", &json!({ "published": true })).expect(200);
    assert_eq!(app.get(TASK, None).expect(200).json()["split"]["seed"], json!(7), "published with the results");
}

#[test]
fn classes_and_image_names_are_public_labels_are_not() {
    let app = TestApp::start();
    let organizer = app.organizer();
    app.make_task(&organizer, "demo");
    app.put_test_set(&organizer, CLASSES, &labels(true)).expect(200);
    let classes = app.get(&format!("{TASK}/classes"), None).expect(200);
    assert_eq!(
        (classes.text.as_str(), classes.header("content-type")),
        (CLASSES, Some("text/tab-separated-values; charset=utf-8"))
    );
    let images = app.get(&format!("{TASK}/images"), None).expect(200);
    let names: Vec<String> = (0..30).map(|i| format!("img_{i:02}.png")).collect();
    assert_eq!(images.text.lines().collect::<Vec<_>>(), names);
    app.get(&format!("{TASK}/test-set/labels"), None).expect(401);
    let labels = app.get(&format!("{TASK}/test-set/labels"), Some(&organizer.token)).expect(200);
    assert_eq!(labels.header("content-type"), Some("application/octet-stream"));
    let is_canonical = |path| String::from_utf8_lossy(&std::fs::read(path).unwrap()) == labels.text;
    assert!(labels.text.contains("fox") && app.stored("blobs").iter().any(is_canonical));
}

#[test]
fn organizers_get_the_archive_of_images_back_and_the_audit_log_has_it() {
    let arena = Arena::start();
    let path = "/seasons/demo/tasks/classification/test-set/images";
    arena.app.get(path, None).expect(401);
    arena.app.get(path, Some(&arena.alice.token)).expect(403);
    let archive = arena.app.get(path, Some(&arena.organizer.token)).expect(200);
    let sent = archive.text.clone();
    assert_eq!(archive.header("content-disposition"), Some("attachment; filename=\"images\""));
    let range = [("Range", "bytes=2-5")];
    let part = arena.app.send_raw("GET", path, Some(&arena.organizer.token), &range, None).expect(206);
    assert_eq!(part.text.as_bytes(), &sent.as_bytes()[2..6]);
    assert_eq!(arena.app.audited(&arena.organizer).iter().filter(|what| *what == "test_set.download").count(), 2);
}

#[test]
fn faults_in_an_organizers_files_are_told_by_line() {
    let app = TestApp::start();
    let organizer = app.organizer();
    app.make_task(&organizer, "demo");
    let wrong = labels(false).replace(",1\n", ",9\n");
    let refused = app.put_test_set(&organizer, CLASSES, &wrong).expect(422);
    let detail = refused.json()["error"]["detail"].clone();
    assert_eq!(
        (&detail["field"], &detail["lines"][0]["line"], &detail["total"]),
        (&json!("labels"), &json!(2), &json!(10))
    );
    assert_eq!(
        detail["lines"][0],
        json!({ "line": 2, "code": "class", "number": 3, "value": "9", "problem": "class",
            "allowed": "a class number from 1 to 3 or the id of a class of the list" })
    );
    let refused = app.put_test_set(&organizer, "1\tn01\n", &labels(false)).expect(422);
    assert_eq!(refused.json()["error"]["detail"]["field"], json!("classes"));
    let many = labels(false)
        .lines()
        .skip(1)
        .fold("image,class\n".to_owned(), |text, row| text + row.trim_end_matches(['1', '2', '3']) + "x\n");
    let detail = app.put_test_set(&organizer, CLASSES, &many).expect(422).json()["error"]["detail"].clone();
    assert!(detail["lines"].as_array().unwrap().len() == 20 && detail["total"].as_u64() >= Some(30), "{detail}");
    assert_eq!(app.count("test_sets"), 0);
}

#[test]
fn a_test_set_takes_complete_uploads_of_the_caller_only() {
    let app = TestApp::start();
    let (organizer, ada) = (app.organizer(), app.person("ada"));
    app.make_task(&organizer, "demo");
    let put = |classes: &str, labels: &str| {
        let body = json!({ "classes": classes, "labels": labels });
        app.send("PUT", &format!("{TASK}/test-set"), Some(&organizer.token), Some(&body))
    };
    let classes = app.upload(&organizer.token, CLASSES.as_bytes());
    let begun = app.begin_upload(&organizer.token, 100);
    assert_eq!(put(&classes, &begun).expect(409).code(), "wrong_state");
    let foreign = app.upload(&ada.token, labels(false).as_bytes());
    assert_eq!(put(&classes, &foreign).expect(404).code(), "not_found");
}

#[test]
fn images_come_as_an_archive_where_models_are_accepted() {
    let app = TestApp::start();
    let organizer = app.organizer();
    app.make_task(&organizer, "demo");
    let (classes, labels) = (CLASSES.as_bytes().to_vec(), labels(false).into_bytes());
    let put = |images: &[u8]| {
        let [classes, labels, images] = [&classes[..], &labels, images].map(|file| app.upload(&organizer.token, file));
        let body = json!({ "classes": classes, "labels": labels, "images": images });
        app.send("PUT", &format!("{TASK}/test-set"), Some(&organizer.token), Some(&body))
    };
    let zip = b"PK\x03\x04 and so on";
    assert_eq!(put(zip).expect(422).json()["error"]["detail"]["field"], json!("images"));
    let input = json!({ "resize": 256, "crop": 224, "mean": [0.485, 0.456, 0.406], "std": [0.229, 0.224, 0.225] });
    let models = with(with(settings(), "accepts", json!(["predictions", "torchscript"])), "input", input);
    app.send("PUT", TASK, Some(&organizer.token), Some(&models)).expect(200);
    assert!(put(b"GIF89a").expect(422).text.contains("zip"));
    assert_eq!(put(zip).expect(200).json()["version"], json!(1));
    assert_eq!(put(zip).expect(200).json()["version"], json!(1));
    assert_eq!(put(b"PK\x03\x04 others").expect(200).json()["version"], json!(2));

    // The uploads go, what the test sets name stays.
    app.execute("UPDATE uploads SET expires_at = 1");
    app.sweep(std::time::Duration::ZERO);
    assert_eq!((app.count("uploads"), app.stored("blobs").len()), (0, 3));
    app.get(&format!("{TASK}/classes"), None).expect(200);
}

#[test]
fn a_misspelt_field_is_refused_by_its_path_and_changes_nothing() {
    let app = TestApp::start();
    let organizer = app.organizer();
    app.make_task(&organizer, "demo");
    let token = Some(organizer.token.as_str());
    let limits = with(settings(), "limits", json!({ "wall_second": 5 }));
    for (method, path, body, field, nearest) in [
        ("POST", "/seasons", with(new_season("other"), "draf", json!(true)), "draf", json!("draft")),
        ("PATCH", "/seasons/demo", json!({ "titel": "Other" }), "titel", json!("title")),
        ("PUT", TASK, limits.clone(), "limits.wall_second", json!("wall_seconds")),
        (
            "POST",
            "/seasons/demo/tasks",
            json!({ "task": "other", "settings": limits }),
            "settings.limits.wall_second",
            json!("wall_seconds"),
        ),
        ("POST", "/seasons/demo/teams", json!({ "name": "A", "affilation": "B" }), "affilation", json!("affiliation")),
        ("POST", "/sessions", json!({ "email": "a@example.org", "pasword": "x" }), "pasword", json!("password")),
    ] {
        let refused = app.send(method, path, token, Some(&body)).expect(422).json();
        let error = &refused["error"];
        assert_eq!((&error["code"], &error["reason"]), (&json!("invalid_value"), &json!("unknown_field")), "{error}");
        assert_eq!((&error["detail"]["field"], &error["detail"]["nearest"]), (&json!(field), &nearest), "{error}");
    }
    let season = app.get("/seasons/demo", None).expect(200).json();
    assert_eq!((&season["title"], season["tasks"].as_array().unwrap().len()), (&json!("A season"), 1));
}
