//! What operators and browsers rely on: health, metrics, request ids, headers, refusals that are
//! JSON.

use std::io::{Read as _, Write as _};
use std::net::TcpStream;

use crate::board_rows::Scored;
use crate::queue_world::{World, scorer};
use crate::test_app::TestApp;

#[test]
fn health_and_readiness() {
    let app = TestApp::start();
    assert_eq!(app.get("//healthz", None).expect(200).json()["status"], "ok");
    let ready = app.get("//readyz", None).expect(200).json();
    assert_eq!((&ready["ready"], &ready["scorers"]["models"]), (&true.into(), &0.into()));
    assert_eq!(ready["warnings"], serde_json::json!([]), "nothing takes files yet");
    std::fs::remove_dir_all(app.data.path().join("blobs")).unwrap();
    let answer = app.get("//readyz", None).expect(503);
    assert_eq!(answer.header("retry-after"), Some("5"));
    let unready = answer.json();
    assert_eq!(
        (&unready["ready"], &unready["database"], &unready["blobs"]),
        (&false.into(), &true.into(), &false.into())
    );
    app.get("//healthz", None).expect(200);
}

/// The warnings of a server.
fn warnings(app: &TestApp) -> String {
    app.get("//readyz", None).expect(200).json()["warnings"].to_string()
}

#[test]
fn a_missing_scorer_is_missed_by_tasks_that_need_it() {
    let world = World::start();
    let told = warnings(&world.app);
    assert!(told.contains("no scorer takes prediction files") && !told.contains("takes models"), "{told}");
    world.ask(&scorer(), 0).expect(204);
    assert_eq!(warnings(&world.app), "[]");
    world.app.execute(
        r#"UPDATE tasks SET settings = '{"title":"T","metric":"top5_error","accepts":["predictions","torchscript"]}'"#,
    );
    assert!(warnings(&world.app).contains("no scorer takes models"));
    world.app.execute("UPDATE seasons SET closes_at = 2");
    assert_eq!(warnings(&world.app), "[]", "the season is over");
}

#[test]
fn what_stalled_and_files_that_are_missing_are_warned_of() {
    let world = World::start();
    world.ask(&scorer(), 0).expect(204);
    world.submit_one();
    world.app.execute("UPDATE evaluations SET state = 'stalled'");
    let told = warnings(&world.app);
    assert!(told.contains("stalled after faults of the platform: 1;") && !told.contains("blob store"), "{told}");

    let world = World::start();
    world.submit_one();
    let blobs = world.app.data.path().join("blobs/blobs");
    std::fs::remove_dir_all(&blobs).unwrap();
    std::fs::create_dir(&blobs).unwrap();
    let told = warnings(&world.app);
    assert!(told.contains("2 of the 2 files that scorers need next are not in the blob store"), "{told}");
}

#[test]
fn a_database_that_takes_no_writes_is_not_ready() {
    let app = TestApp::start();
    if app.on_postgres() {
        // Its triggers are made in another way; the code is the same.
        assert_eq!(app.get("//readyz", None).expect(200).json()["database"], true);
        return;
    }
    app.execute(
        "CREATE TRIGGER full BEFORE INSERT ON settings BEGIN SELECT RAISE(FAIL, 'database or disk is full'); END",
    );
    let unready = app.get("//readyz", None).expect(503).json();
    assert_eq!((&unready["ready"], &unready["database"]), (&false.into(), &false.into()));
    app.get("/seasons", None).expect(200);
    app.execute("DROP TRIGGER full");
    assert_eq!(app.get("//readyz", None).expect(200).json()["ready"], true);
}

#[test]
fn a_server_that_stops_is_not_ready_before_it_no_longer_listens() {
    let mut app = TestApp::start_with(|config| config.drain_seconds = 3);
    assert_eq!(app.get("//readyz", None).expect(200).json()["stopping"], false);
    app.begin_stop();
    let began = std::time::Instant::now();
    let unready = loop {
        let answer = app.get("//readyz", None);
        if answer.status == 503 {
            break answer.json();
        }
        assert!(began.elapsed() < std::time::Duration::from_secs(2), "{}", answer.text);
    };
    assert_eq!((&unready["stopping"], &unready["database"]), (&true.into(), &true.into()));
    app.get("/seasons", None).expect(200);
}

/// Every name and label that the guide tells operators to alert on.
#[test]
fn the_guide_names_metrics_that_there_are() {
    let app = TestApp::start();
    app.get("/seasons", None).expect(200);
    let organizer = app.organizer();
    let text = app.get("//metrics", Some(&organizer.token)).expect(200).text;
    let guide = include_str!("../../../docs/guide-operator.md");
    let is_of_name = |c: char| c.is_ascii_lowercase() || c == '_';
    let mut named = 0;
    for (at, _) in guide.match_indices("holdout_").filter(|(at, _)| !guide[..*at].ends_with(is_of_name)) {
        let rest = &guide[at..];
        let (name, rest) = rest.split_at(rest.find(|c| !is_of_name(c)).unwrap());
        if name == "holdout_server" {
            continue;
        }
        named += 1;
        assert!(text.contains(&format!("\n{name} ")) || text.contains(&format!("\n{name}{{")), "{name}\n{text}");
        if let Some((labels, _)) = rest.strip_prefix('{').and_then(|rest| rest.split_once('}')) {
            for label in labels.split(',').filter(|label| !label.contains('~')) {
                let has = |line: &str| line.starts_with(&format!("{name}{{")) && line.contains(label);
                assert!(text.lines().any(has), "{name}{{{label}}}\n{text}");
            }
        }
    }
    assert!(named > 5, "{named}");
}

#[test]
fn metrics_tell_of_requests_and_of_the_queue() {
    let app = TestApp::start();
    let rows = app.board_rows("11");
    rows.add(&Scored::of("A", "10", 1));
    app.get("/seasons/s/tasks/t/leaderboard", None).expect(200);
    app.get("/seasons/none/tasks/t/leaderboard?secret=hp_1", None);
    let mut stream = TcpStream::connect(app.origin.strip_prefix("http://").unwrap()).unwrap();
    stream.write_all(b"BREW /pot-12345 HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n").unwrap();
    let mut refused = String::new();
    stream.read_to_string(&mut refused).unwrap();
    assert!(refused.starts_with("HTTP/1.1 404"), "{refused}");
    let organizer = app.organizer();
    let answer = app.get("//metrics", Some(&organizer.token)).expect(200);
    assert!(answer.header("content-type").unwrap().starts_with("application/openmetrics-text"));
    let text = answer.text;
    assert!(text.ends_with("# EOF\n"));
    for line in text.lines().filter(|line| !line.starts_with('#')) {
        let (name, value) = line.rsplit_once(' ').unwrap();
        assert!(name.starts_with("holdout_"), "{line}");
        assert!(value.parse::<f64>().unwrap().is_finite(), "{line}");
    }
    let route = "/api/v1/seasons/{season}/tasks/{task}/leaderboard";
    let counted = format!("holdout_http_requests_total{{method=\"GET\",route=\"{route}\",status=\"200\"}} 1\n");
    assert!(text.contains(&counted), "{text}");
    assert!(
        text.contains("holdout_http_requests_total{method=\"OTHER\",route=\"unmatched\",status=\"404\"} 1\n"),
        "{text}"
    );
    assert!(text.contains("holdout_http_request_duration_seconds_bucket{"));
    assert!(text.contains("holdout_evaluations{state=\"scored\"} 1\n"), "{text}");
    assert!(text.contains("holdout_evaluations{state=\"queued\"} 0\n"), "{text}");
    assert!(text.contains("holdout_scorers{kind=\"torchscript\",state=\"ready\"} 0\n"), "{text}");
    assert!(text.contains("holdout_evaluation_attempts 1\n"), "{text}");
    assert!(text.contains("holdout_queue_oldest_age_seconds 0\n"), "{text}");
    for reason in ["starved", "files", "deadline", "device", "other", "lease_expired"] {
        let counter = format!("holdout_evaluation_faults_total{{reason=\"{reason}\"}} 0\n");
        assert!(text.contains(&counter), "before the first fault there is a counter too: {text}");
    }
    assert!(!text.contains("hp_1") && !text.contains("12345"), "nothing that callers make up becomes a label");
}

#[test]
fn what_a_path_or_query_may_be_is_said_without_words_of_libraries() {
    let app = TestApp::start();
    for limit in ["0", "201", "-1", "many"] {
        let refused = app.get(&format!("/seasons?limit={limit}"), None).expect(422).json();
        let message = refused["error"]["message"].as_str().unwrap().to_owned();
        assert!(message.contains(&format!("`limit` is `{limit}`; it takes a whole number from 1 to 200")), "{message}");
        assert!(!message.contains("deserialize error"), "{message}");
    }
    app.get("/seasons?limit=200", None).expect(200);
    let refused = app.get("/seasons/s/tasks/t/leaderboard?as_of=9999-12-31T23:59:59Z", None).expect(422).text;
    assert!(refused.contains("9999-12-30T22:00:00Z") && !refused.contains("deserialize error"), "{refused}");
    let refused = app.get("/submissions/x", Some(&app.organizer().token)).expect(404).text;
    assert!(!refused.contains("deserialize error"), "{refused}");
}

#[test]
fn requests_have_an_id() {
    let app = TestApp::start();
    let with = |id: &str| {
        let answer = app.send_raw("GET", "//healthz", None, &[("x-request-id", id)], None);
        answer.header("x-request-id").unwrap().to_owned()
    };
    assert_eq!(with("abc-DEF_1.2"), "abc-DEF_1.2");
    for bad in ["a b", "<x>", "", &"x".repeat(65)] {
        let made = with(bad);
        assert!(made.len() == 32 && made.bytes().all(|byte| byte.is_ascii_hexdigit()), "{bad}: {made}");
    }
    assert_ne!(with(""), with(""));
}

#[test]
fn a_fault_of_ours_names_the_request_and_not_the_cause() {
    let app = TestApp::start();
    app.execute("ALTER TABLE tasks RENAME TO gone");
    let path = "/seasons/s/tasks/t/leaderboard";
    let answer = app.send_raw("GET", path, None, &[("x-request-id", "find-me")], None).expect(500);
    assert_eq!(answer.code(), "internal");
    assert_eq!(answer.json()["error"]["detail"]["request_id"], "find-me");
    assert!(!answer.text.contains("tasks"), "{}", answer.text);
    app.execute("ALTER TABLE gone RENAME TO tasks");
    app.get(path, None).expect(404);
}

#[test]
fn what_is_not_there_is_refused_in_json() {
    let app = TestApp::start();
    for path in ["/nothing", "//nothing", "//api/v2/seasons", "/seasons/a/b/c/d", "//assets/style-0.css"] {
        let answer = app.get(path, None).expect(404);
        assert_eq!(answer.header("content-type"), Some("application/json"), "{path}");
        assert_eq!(answer.code(), "not_found");
    }
    for path in ["/seasons/s/tasks/t/leaderboard", "//healthz", "//", "/openapi.json", "/uploads"] {
        let answer = app.send("PATCH", path, None, None).expect(405);
        assert_eq!(answer.code(), "method_not_allowed", "{path}");
    }
}

#[test]
fn answers_carry_the_headers_that_browsers_want() {
    let app = TestApp::start();
    for path in ["//", "//docs/api", "//healthz", "/openapi.json", "/nothing"] {
        let answer = app.get(path, None);
        assert_eq!(answer.header("x-content-type-options"), Some("nosniff"), "{path}");
        assert_eq!(answer.header("x-frame-options"), Some("DENY"), "{path}");
        assert_eq!(answer.header("referrer-policy"), Some("no-referrer"), "{path}");
        let policy = answer.header("content-security-policy").unwrap();
        assert!(policy.contains("default-src 'none'") && policy.contains("frame-ancestors 'none'"), "{path}: {policy}");
        assert!(answer.header("x-request-id").is_some());
    }
}

#[test]
fn a_cursor_that_callers_make_up_is_refused() {
    let app = TestApp::start();
    app.board_rows("11");
    let token = app.organizer().token;
    let lists = [
        "/seasons",
        "/seasons/s/tasks",
        "/seasons/s/teams",
        "/seasons/s/tasks/t/submissions",
        "/me/tokens",
        "/organizer/audit",
        "/organizer/scorers",
        "/organizer/scorer-tokens",
        "/organizer/evaluations",
    ];
    for list in lists {
        app.get(list, Some(&token)).expect(200);
        for cursor in ["%00", "a%0Ab", &"x".repeat(201)] {
            let answer = app.get(&format!("{list}?cursor={cursor}"), Some(&token)).expect(422);
            assert_eq!(answer.code(), "invalid_value", "{list}: {cursor}");
        }
    }
}
