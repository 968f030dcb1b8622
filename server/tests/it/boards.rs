//! Boards: to whom they are shown, in which forms, and how they follow what comes in.

use std::io::{BufRead as _, BufReader, Write as _};
use std::net::TcpStream;
use std::time::{Duration, Instant};

use serde_json::{Value, json};

use crate::board_rows::{BOARD, Scored, column, eventually};
use crate::test_app::TestApp;

#[test]
fn an_earlier_board_can_be_asked_for_and_a_frozen_one_stays() {
    let app = TestApp::start();
    let organizer = app.organizer();
    let rows = app.board_rows("1111");
    rows.add_all(&[Scored::of("Early", "1100", 10), Scored::of("Late", "1111", 20)]);
    let at = |time: &str| app.get(&format!("{BOARD}?as_of={time}"), None).expect(200).json();
    let early = at("1970-01-01T00:15:00Z");
    assert_eq!(column(&early, "team"), ["Early"]);
    assert_eq!(early["as_of"], "1970-01-01T00:15:00Z");
    assert_eq!(early["updated_at"], "1970-01-01T00:10:30Z");
    assert_eq!(column(&at("1970-01-01T00:20:30Z"), "team"), ["Late", "Early"]);
    assert_eq!(column(&at("1970-01-01T00:00:00Z"), "team"), Vec::<Value>::new());
    rows.change_season(&format!("frozen_at = {}", 15 * 60_000_000_i64));
    let board = eventually(|| {
        let board = app.get(BOARD, None).expect(200).json();
        (board["rows"].as_array().unwrap().len() == 1).then_some(board)
    });
    assert_eq!(board["as_of"], "1970-01-01T00:15:00Z");
    assert_eq!(column(&at("2026-01-01T00:00:00Z"), "team"), ["Early"], "the freeze holds for what is asked for");
    assert_eq!(column(&at("1970-01-01T00:05:00Z"), "team"), Vec::<Value>::new());
    let seen = app.get(BOARD, Some(&organizer.token)).expect(200).json();
    assert_eq!(column(&seen, "team"), ["Late", "Early"]);
}

#[test]
fn private_scores_are_hidden_until_published() {
    let app = TestApp::start();
    let (organizer, person) = (app.organizer(), app.person("person"));
    let rows = app.board_rows("11110000");
    rows.add_all(&[Scored::of("Public", "11111100", 1), Scored::of("Private", "11101111", 2)]);
    let private = format!("{BOARD}?split=private");
    for path in [private.clone(), format!("{BOARD}.csv?split=private")] {
        assert_eq!(app.get(&path, None).expect(403).code(), "forbidden");
        assert_eq!(app.get(&path, Some(&person.token)).expect(403).code(), "forbidden");
    }
    let public = app.get(BOARD, None).expect(200).json();
    assert_eq!(
        (column(&public, "team"), column(&public, "wrong")),
        (vec![json!("Public"), json!("Private")], vec![json!(0), json!(1)])
    );
    assert_eq!(public["n"], 4);
    let seen = app.get(&private, Some(&organizer.token)).expect(200).json();
    assert_eq!(column(&seen, "team"), ["Private", "Public"]);
    assert_eq!(column(&seen, "wrong"), [0, 2]);
    rows.change_season("published_at = 2");
    let seen = eventually(|| Some(app.get(&private, None)).filter(|answer| answer.status == 200)).json();
    assert_eq!(column(&seen, "error"), [0.0, 0.5]);
    assert_eq!(seen["split"], "private");
}

#[test]
fn a_task_without_a_split_has_no_private_board_and_drafts_have_none() {
    let app = TestApp::start();
    let organizer = app.organizer();
    let rows = app.board_rows("11");
    let private = format!("{BOARD}?split=private");
    assert_eq!(app.get(&private, Some(&organizer.token)).expect(422).code(), "invalid_value");
    assert_eq!(app.get(&format!("{BOARD}?split=secret"), None).expect(422).code(), "invalid_value");
    assert_eq!(app.get(&format!("{BOARD}?al=true"), None).expect(422).code(), "invalid_value");
    assert_eq!(app.get("/seasons/s/tasks/none/leaderboard", None).expect(404).code(), "not_found");
    assert_eq!(app.get("/seasons/none/tasks/t/leaderboard", None).expect(404).code(), "not_found");
    let empty = app.get(BOARD, None).expect(200).json();
    assert_eq!((&empty["rows"], &empty["updated_at"], &empty["n"]), (&json!([]), &Value::Null, &json!(2)));
    rows.change_season("draft = TRUE");
    eventually(|| Some(app.get(BOARD, None)).filter(|answer| answer.status == 404));
    assert_eq!(app.get("//seasons/s/t", None).status, 404);
    assert!(!app.get("//", None).expect(200).text.contains("Classification"));
    app.get(BOARD, Some(&organizer.token)).expect(200);
    app.get(&format!("{BOARD}/events"), None).expect(404);
}

#[test]
fn a_board_that_has_not_changed_is_not_sent_again() {
    let app = TestApp::start();
    let rows = app.board_rows("1111");
    rows.add(&Scored::of("A", "1110", 1));
    let first = app.get(BOARD, None).expect(200);
    let etag = first.header("etag").unwrap().to_owned();
    assert!(etag.starts_with('"') && etag.ends_with('"'), "{etag}");
    assert_eq!(first.header("cache-control"), Some("no-cache"));
    for tags in [etag.clone(), format!("W/{etag}"), format!("\"other\", {etag}"), "*".to_owned()] {
        let again = app.send_raw("GET", BOARD, None, &[("if-none-match", &tags)], None);
        assert_eq!((again.status, again.text.as_str()), (304, ""), "{tags}");
        assert_eq!(again.header("etag"), Some(etag.as_str()));
    }
    app.send_raw("GET", BOARD, None, &[("if-none-match", "\"other\"")], None).expect(200);
    let csv = app.get(&format!("{BOARD}.csv"), None).expect(200);
    assert_ne!(csv.header("etag"), Some(etag.as_str()), "another form is another entity");
    rows.add(&Scored::of("B", "1111", 2));
    let changed = eventually(|| {
        let answer = app.send_raw("GET", BOARD, None, &[("if-none-match", &etag)], None);
        (answer.status == 200).then_some(answer)
    });
    assert_eq!(column(&changed.json(), "team"), ["B", "A"]);
}

#[test]
fn csv_is_safe_in_spreadsheets() {
    let app = TestApp::start();
    let rows = app.board_rows("1111");
    let method = "@SUM(A1:A9), \"quoted\"\r\nnext";
    rows.add(&Scored { method: Some(method), note: Some("+1"), ..Scored::of("=cmd|' /C calc'!A0", "1110", 1) });
    rows.add(&Scored::of("Ünïcode", "1100", 2));
    let answer = app.get(&format!("{BOARD}.csv"), None).expect(200);
    assert_eq!(answer.header("content-type"), Some("text/csv; charset=utf-8; header=present"));
    assert_eq!(answer.header("content-disposition"), Some("attachment; filename=\"s-t-leaderboard.csv\""));
    let header = "rank,rank_best,rank_worst,team,method,error,wrong,n,low_95,high_95,low_999,high_999,gap_to_best,\
                  baseline,note,entries,submission,submitted_at,images_per_second,wall_seconds,parameters,device,\
                  peak_memory_bytes,peak_device_memory_bytes,missing_layers,final,gap_to_baseline,\
                  baseline_p_value,entered_at,late,training_data,ensemble\r\n";
    assert!(answer.text.starts_with(header), "{}", answer.text);
    let document = app.get("/openapi.json", None).expect(200).json();
    let operation = &document["paths"]["/api/v1/seasons/{season}/tasks/{task}/leaderboard.csv"]["get"];
    let described: Vec<&str> = operation["description"].as_str().unwrap().split('`').skip(1).step_by(2).collect();
    assert_eq!(described, header.trim_end().split(',').collect::<Vec<_>>());
    let mut reader = csv::Reader::from_reader(answer.text.as_bytes());
    let records: Vec<csv::StringRecord> = reader.records().map(Result::unwrap).collect();
    assert_eq!(records.len(), 2);
    assert_eq!(&records[0][3], "'=cmd|' /C calc'!A0");
    assert_eq!(&records[0][4], format!("'{method}"));
    assert_eq!(&records[0][14], "'+1");
    assert_eq!(&records[0][5], "0.25");
    assert_eq!((&records[1][3], &records[1][4], &records[1][0]), ("Ünïcode", "", "2"));
}

#[test]
fn only_the_present_test_set_and_the_evaluation_that_counts_are_shown() {
    let app = TestApp::start();
    let rows = app.board_rows("1111");
    rows.add_all(&[Scored::of("A", "1110", 1), Scored::of("B", "1111", 2)]);
    assert_eq!(column(&app.get(BOARD, None).expect(200).json(), "team"), ["B", "A"]);
    // Another evaluation counts now, and it is not scored: the version moves without a result.
    let other = uuid::Uuid::now_v7();
    app.execute(&format!(
        "UPDATE submissions SET evaluation_id = '{other}' WHERE created_at = 120000000; \
         UPDATE tasks SET board_version = board_version + 1;"
    ));
    eventually(|| {
        let board = app.get(BOARD, None).expect(200).json();
        (column(&board, "team") == ["A"]).then_some(())
    });
    rows.new_test_set(2);
    eventually(|| {
        let board = app.get(BOARD, None).expect(200).json();
        board["rows"].as_array().unwrap().is_empty().then_some(())
    });
    rows.add(&Scored::of("C", "1100", 3));
    let board = eventually(|| {
        let board = app.get(BOARD, None).expect(200).json();
        (!board["rows"].as_array().unwrap().is_empty()).then_some(board)
    });
    assert_eq!(column(&board, "team"), ["C"]);
}

#[test]
fn viewers_are_told_of_changes() {
    let app = TestApp::start();
    let rows = app.board_rows("1111");
    rows.add(&Scored::of("A", "1110", 1));
    let etag = app.get(BOARD, None).expect(200).header("etag").unwrap().to_owned();
    let mut viewers: Vec<_> = (0..5).map(|_| Viewer::open(&app)).collect();
    for viewer in &mut viewers {
        let event = viewer.event();
        assert_eq!(event["etag"], etag);
        assert_eq!(event["updated_at"], "1970-01-01T00:01:30Z");
    }
    rows.add(&Scored::of("B", "1111", 2));
    for viewer in &mut viewers {
        let event = viewer.event();
        assert_ne!(event["etag"], etag);
        assert_eq!(event["updated_at"], "1970-01-01T00:02:30Z");
    }
    let began = Instant::now();
    drop(app);
    assert!(began.elapsed() < Duration::from_secs(5), "open streams do not delay the end of the server");
    for mut viewer in viewers {
        // Nothing more comes, and the stream ends with the server.
        while let Some(line) = viewer.line() {
            assert_eq!(line, "");
        }
    }
}

/// A stream of a board's changes.
struct Viewer(BufReader<TcpStream>);

impl Viewer {
    fn open(app: &TestApp) -> Self {
        let mut stream = TcpStream::connect(app.origin.strip_prefix("http://").unwrap()).unwrap();
        stream.set_read_timeout(Some(Duration::from_secs(10))).unwrap();
        write!(stream, "GET /api/v1{BOARD}/events HTTP/1.1\r\nHost: x\r\n\r\n").unwrap();
        let mut viewer = Self(BufReader::new(stream));
        assert!(viewer.line().unwrap().starts_with("HTTP/1.1 200"));
        let mut event_stream = false;
        loop {
            let line = viewer.line().unwrap();
            event_stream |= line.eq_ignore_ascii_case("content-type: text/event-stream");
            if line.is_empty() {
                break;
            }
        }
        assert!(event_stream);
        viewer
    }

    /// The next line; none at the end of the stream.
    fn line(&mut self) -> Option<String> {
        let mut line = String::new();
        let read = self.0.read_line(&mut line).unwrap();
        // The last, empty chunk.
        (read > 0 && line != "0\r\n").then(|| line.trim_end().to_owned())
    }

    /// The data of the next event.
    fn event(&mut self) -> Value {
        loop {
            let line = self.line().unwrap();
            if line == "event: leaderboard" {
                let data = self.line().unwrap();
                return serde_json::from_str(data.strip_prefix("data: ").unwrap()).unwrap();
            }
        }
    }
}

#[test]
fn what_comes_in_bit_by_bit_gives_the_same_board() {
    let app = TestApp::start();
    let n = 300;
    let rows = app.board_rows(&"1".repeat(n));
    let bits = |seed: usize| -> String {
        (0..n).map(|i| if (i * 7919 + seed * 104_729) % 97 < 8 + seed * 3 { '0' } else { '1' }).collect()
    };
    // Asked for again and again, so that each result is taken in alone.
    for seed in 0..6 {
        rows.add(&Scored::of(&format!("T{seed}"), &bits(5 - seed), i64::try_from(seed).unwrap()));
        eventually(|| {
            let board = app.get(BOARD, None).expect(200).json();
            (board["rows"].as_array().unwrap().len() == seed + 1).then_some(())
        });
    }
    let grown = app.get(BOARD, None).expect(200).json();
    // A time nobody asked for: this board is computed without what was remembered.
    let fresh = app.get(&format!("{BOARD}?as_of=2020-01-01T00:00:00Z"), None).expect(200).json();
    assert_eq!(grown["rows"], fresh["rows"]);
    assert_eq!(grown["resolution"], fresh["resolution"]);
    assert_eq!(grown["gaps"], fresh["gaps"]);
}

#[test]
fn a_team_without_finals_stands_with_what_the_public_board_shows() {
    let app = TestApp::start();
    let organizer = app.organizer();
    // The first four images are public. The second submission is better on the private ones alone.
    let rows = app.board_rows("11110000");
    let ids = rows.add_all(&[Scored::of("D", "11111000", 1), Scored::of("D", "11101111", 2)]);
    let row = |split: &str| {
        let board = app.get(&format!("{BOARD}?split={split}"), Some(&organizer.token)).expect(200).json();
        (board["rows"][0]["submission"].clone(), board["rows"][0]["wrong"].clone())
    };
    assert_eq!(row("public"), (json!(ids[0]), json!(0)));
    assert_eq!(row("private"), (json!(ids[0]), json!(3)), "the part that decides does not choose");
    app.execute(&format!(
        "UPDATE submissions SET final_at = 200000000 WHERE id = '{}'; UPDATE tasks SET board_version = board_version + 1",
        ids[1]
    ));
    let began = std::time::Instant::now();
    while row("private") != (json!(ids[1]), json!(0)) {
        assert!(began.elapsed() < std::time::Duration::from_secs(5), "{:?}", row("private"));
        std::thread::sleep(std::time::Duration::from_millis(50));
    }
}

#[test]
fn a_board_without_its_database_says_how_old_it_is() {
    let app = TestApp::start();
    let rows = app.board_rows("1111");
    rows.add(&Scored::of("A", "1110", 1));
    let shown = eventually(|| {
        let answer = app.get(BOARD, None).expect(200);
        (column(&answer.json(), "team") == ["A"]).then_some(answer)
    });
    assert_eq!(shown.header("age"), None);
    let around = ["/seasons", "/seasons/s", "/seasons/s/tasks", "/seasons/s/tasks/t"];
    let before: Vec<String> = around.iter().map(|path| app.get(path, None).expect(200).text).collect();
    let person = app.person("ada");
    app.execute("ALTER TABLE seasons RENAME TO away");
    let aged = eventually(|| {
        let answer = app.get(BOARD, None).expect(200);
        answer.header("age").is_some().then_some(answer)
    });
    let age: u64 = aged.header("age").unwrap().parse().unwrap();
    assert!((2..60).contains(&age), "{age}");
    assert_eq!(aged.text, shown.text);
    let etag = shown.header("etag").unwrap();
    assert!(app.send_raw("GET", BOARD, None, &[("if-none-match", etag)], None).expect(304).header("age").is_some());
    assert!(app.get(&format!("{BOARD}.csv"), None).expect(200).header("age").is_some());
    // What is around the board is shown too, to those who are logged in as well.
    for (path, before) in around.iter().zip(&before) {
        for token in [None, Some(person.token.as_str())] {
            let answer = app.get(path, token).expect(200);
            assert!(answer.header("age").is_some() && answer.text == *before, "{path}: {}", answer.text);
        }
    }
    assert!(app.get(BOARD, Some(&person.token)).expect(200).header("age").is_some());
    app.get(&format!("{BOARD}/events"), None).expect(503);
    app.execute("ALTER TABLE away RENAME TO seasons");
    eventually(|| app.get(BOARD, None).expect(200).header("age").is_none().then_some(()));
}
