//! The pages of the browser: served from inside the program, with their first data, under a strict
//! policy.

use std::io::Read as _;
use std::time::{Duration, Instant};

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use flate2::read::GzDecoder;
use serde_json::{Value, json};
use sha2::{Digest as _, Sha256};

use crate::board_rows::{Scored, eventually};
use crate::test_app::{Answer, TestApp};

const BROWSER: [(&str, &str); 1] = [("accept", "text/html,application/xhtml+xml,*/*;q=0.8")];

fn page(app: &TestApp, path: &str) -> Answer {
    app.send_raw("GET", &format!("/{path}"), None, &BROWSER, None)
}

/// The answers written into a page.
fn inlined(page: &Answer) -> Value {
    let begin = "<script type=\"application/json\" id=\"holdout-data\">";
    let (_, rest) = page.text.split_once(begin).unwrap_or_else(|| panic!("no data in the page: {}", page.text));
    serde_json::from_str(rest.split_once("</script>").unwrap().0).unwrap()
}

fn files(page: &Answer) -> Vec<String> {
    let names = page.text.split("href=\"").skip(1).map(|rest| rest.split('"').next().unwrap().to_owned());
    names.filter(|name| name.starts_with("/_app/")).collect()
}

#[test]
fn the_first_data_is_what_the_api_answers() {
    let app = TestApp::start();
    let rows = app.board_rows("1111");
    rows.add(&Scored { method: Some("</script><img src=x>"), ..Scored::of("A", "1110", 1) });
    rows.add(&Scored::of("A", "1000", 2));
    rows.add(&Scored::of("B", "1100", 3));
    let board = "/api/v1/seasons/s/tasks/t/leaderboard";
    for (path, asked) in [
        ("/", vec!["/api/v1/seasons".to_owned()]),
        ("/seasons/s", vec!["/api/v1/seasons/s".to_owned()]),
        ("/seasons/s/t", vec!["/api/v1/seasons/s".to_owned(), board.to_owned()]),
        ("/seasons/s/t?q=x&all=true", vec!["/api/v1/seasons/s".to_owned(), format!("{board}?all=true")]),
        ("/embed/s/t", vec!["/api/v1/seasons/s".to_owned(), board.to_owned()]),
    ] {
        let answers = inlined(&page(&app, path).expect(200));
        assert_eq!(answers.as_object().unwrap().len(), asked.len(), "{path}: {answers}");
        for address in asked {
            let own = app.get(&format!("/{address}"), None).expect(200);
            assert_eq!(answers[&address]["body"], own.json(), "{path}: {address}");
            assert_eq!(answers[&address]["etag"].as_str(), own.header("etag"), "{path}: {address}");
        }
    }
    let shown = page(&app, "/seasons/s/t").text;
    assert!(!shown.contains("<img"), "a name is no markup");
}

#[test]
fn a_shared_link_tells_what_it_is_about() {
    let empty = TestApp::start();
    empty.board_rows("11111111");
    let none = page(&empty, "/seasons/s/t").text;
    assert!(none.contains("<title>Classification · Season · Holdout</title>"), "{none}");
    assert!(none.contains("content=\"top-5 error on 8 images; no entry yet\""), "{none}");
    let app = TestApp::start();
    let rows = app.board_rows("11111111");
    rows.add(&Scored::of("First & <best>", "11111110", 1));
    rows.add(&Scored::of("Second", "10000000", 2));
    let board = app.get("/seasons/s/tasks/t/leaderboard", None).json();
    let gap = board["gaps"][0]["statement"].as_str().unwrap().replace('&', "&amp;").replace('<', "&lt;");
    let shown = page(&app, "/seasons/s/t").text.replace("&gt;", ">");
    assert!(shown.contains(&format!("<meta property=\"og:description\" content=\"{gap}\">")), "{gap}\n{shown}");
    assert_eq!(shown.matches("<title>").count(), 1);
    assert!(shown.contains("<noscript>") && shown.contains("/api/v1/seasons/s/tasks/t/leaderboard.csv"));
    assert!(page(&app, "/").text.contains("content=\"Open now: Season\""));
}

#[test]
fn a_shared_link_names_one_address_and_a_picture() {
    let app = TestApp::start();
    let rows = app.board_rows("1111");
    rows.add(&Scored::of("A", "1110", 1));
    let tags = |path: &str| {
        let text = page(&app, path).text;
        let value = |begin: &str| {
            let rest = text.split_once(begin).map(|(_, rest)| rest.split('"').next().unwrap().to_owned());
            rest.map(|address| address.split_once("://").unwrap().1.split_once('/').unwrap().1.to_owned())
        };
        let names =
            ["<link rel=\"canonical\" href=\"", "property=\"og:url\" content=\"", "property=\"og:image\" content=\""];
        names.map(value)
    };
    for (path, own) in [
        ("/", ""),
        ("/seasons/s?utm_source=x", "seasons/s"),
        ("/seasons/s/t?fbclid=abc&q=a", "seasons/s/t"),
        ("/seasons/s/t?x=1&all=true", "seasons/s/t?all=true"),
        ("/embed/s/t?theme=dark", "seasons/s/t"),
    ] {
        let [canonical, url, picture] = tags(path);
        assert_eq!((canonical.as_deref(), url.as_deref()), (Some(own), Some(own)), "{path}");
        assert_eq!(picture.as_deref(), Some("share.png"), "{path}");
    }
    let picture = app.send_raw("GET", "//share.png", None, &[], None);
    assert_eq!((picture.status, picture.header("content-type")), (200, Some("image/png")));
    // What is not there has no address to share.
    assert_eq!(tags("/seasons/none"), [None, None, None]);
}

#[test]
fn a_link_to_an_entry_tells_whose_it_is() {
    let app = TestApp::start();
    let rows = app.board_rows("11110000");
    rows.add(&Scored { method: Some("7 <nets>"), ..Scored::of("First", "11100000", 1) });
    rows.add(&Scored::of("Second", "00001111", 2));
    let board = app.get("/seasons/s/tasks/t/leaderboard", None).json();
    let id = board["rows"][0]["submission"].as_str().unwrap().to_owned();
    let shown = page(&app, &format!("/seasons/s/t/entries/{id}")).expect(200);
    assert!(shown.text.contains("<title>7 &lt;nets&gt; · First · Holdout</title>"), "{}", shown.text);
    let description = "rank 1 of all entries, top-5 error 25.000 % on 4 images · Season";
    assert!(shown.text.contains(&format!("<meta property=\"og:description\" content=\"{description}\">")));
    let answers = inlined(&shown);
    let asked = [
        "/api/v1/seasons/s".to_owned(),
        "/api/v1/seasons/s/tasks/t/leaderboard".to_owned(),
        format!("/api/v1/seasons/s/tasks/t/entries/{id}"),
    ];
    assert_eq!(answers.as_object().unwrap().len(), asked.len());
    for address in asked {
        let own = app.get(&format!("/{address}"), None).expect(200);
        assert_eq!(answers[&address]["body"], own.json(), "{address}");
    }
    // Not published yet: as if it were not there.
    page(&app, &format!("/seasons/s/t/entries/{id}?split=private")).expect(404);
}

#[test]
fn an_address_without_a_page_is_not_found() {
    let app = TestApp::start();
    app.board_rows("11");
    for path in [
        "/seasons/none",
        "/seasons/s/none",
        "/embed/s/none",
        "/nothing",
        "/seasons/s/t/u/v",
        "/seasons/S%20/t",
        "/seasons/s/t/entries/00000000-0000-7000-8000-000000000000",
        "/seasons/s/t/entries/x",
        "/team/none",
        "/submit/none/t",
        "/submit/s/none",
        "/seasons/s/none/compare",
        "/seasons/none/t/compare",
    ] {
        let answer = page(&app, path).expect(404);
        assert_eq!(answer.header("content-type"), Some("text/html; charset=utf-8"), "{path}");
        assert_eq!(inlined(&answer), serde_json::json!({}), "{path}");
    }
    for path in ["/login", "/account", "/submissions/x", "/seasons/s/t/", "/organizer/s", "/team/s", "/submit/s/t"] {
        page(&app, path).expect(200);
    }
    page(&app, "/seasons/s/t/compare?entries=x,y").expect(200);
    assert_eq!(app.get("//nothing", None).expect(404).code(), "not_found");
    assert_eq!(page(&app, "/api/v1/nothing").expect(404).code(), "not_found");
    assert_eq!(page(&app, "/_app/immutable/nothing.js").expect(404).code(), "not_found");
    for path in ["//", "//login", "//robots.txt"] {
        assert_eq!(app.send("POST", path, None, None).expect(405).code(), "method_not_allowed", "{path}");
    }
}

#[test]
fn what_is_hidden_is_not_in_a_page() {
    let app = TestApp::start();
    let rows = app.board_rows("1100");
    rows.add(&Scored::of("Hidden team", "1010", 1));
    let private = page(&app, "/seasons/s/t?split=private").expect(403);
    assert_eq!(inlined(&private), serde_json::json!({}));
    app.execute("UPDATE seasons SET draft = TRUE");
    let token = app.organizer().token;
    for path in ["/seasons/s", "/seasons/s/t"] {
        let draft = page(&app, path).expect(404);
        assert!(!draft.text.contains("Hidden team") && !draft.text.contains("Classification"), "{path}");
        let cookie = format!("holdout_access={token}");
        let own = app.send_raw("GET", &format!("/{path}"), None, &[BROWSER[0], ("cookie", &cookie)], None).expect(200);
        assert!(own.text.contains("Classification"), "{path}: organizers see their drafts");
    }
    let stale = [BROWSER[0], ("cookie", "holdout_access=stale")];
    app.send_raw("GET", "//", None, &stale, None).expect(200);
    assert_eq!(page(&app, "/").header("vary"), Some("Accept-Encoding, Cookie"));
}

#[test]
fn the_policy_allows_nothing_but_the_page_itself() {
    let app = TestApp::start();
    app.board_rows("11");
    for (path, framed) in [("/seasons/s/t", false), ("/login", false), ("/embed/s/t", true)] {
        let answer = page(&app, path).expect(200);
        let policy = answer.header("content-security-policy").unwrap();
        assert!(policy.starts_with("default-src 'none'; script-src 'self' 'sha256-"), "{policy}");
        assert!(!policy.contains("unsafe") && !policy.contains("http"), "{policy}");
        assert_eq!(policy.contains("frame-ancestors *"), framed, "{path}");
        assert_eq!(answer.header("x-frame-options"), if framed { None } else { Some("DENY") }, "{path}");
        let scripts: Vec<&str> =
            answer.text.split("<script>").skip(1).map(|rest| rest.split("</script>").next().unwrap()).collect();
        assert_eq!(scripts.len(), 2, "{path}");
        for script in scripts {
            let hash = STANDARD.encode(Sha256::digest(script.as_bytes()));
            assert!(policy.contains(&format!("'sha256-{hash}'")), "{path}: {script}");
        }
        let elsewhere =
            |text: &str| text.contains("src=\"http") || text.contains("href=\"http") || text.contains("=\"//");
        // The page's own address is named, and not fetched.
        let canonical = answer.text.split_once("<link rel=\"canonical\" href=\"").unwrap().1.split('"').next().unwrap();
        let loads = answer.text.replace(&format!("<link rel=\"canonical\" href=\"{canonical}\">"), "");
        assert!(!elsewhere(&loads), "{path}");
    }
}

#[test]
fn files_come_compressed_and_are_kept() {
    let app = TestApp::start();
    let names = files(&page(&app, "/"));
    assert!(
        names.iter().any(|name| name.ends_with(".js")) && names.iter().any(|name| name.ends_with(".css")),
        "{names:?}"
    );
    let mut sizes = [0, 0];
    for name in names {
        let path = format!("/{name}");
        let asked = |coding: &str| app.send_raw("GET", &path, None, &[("accept-encoding", coding)], None).expect(200);
        let (plain, gzip, brotli) = (asked("identity"), asked("gzip"), asked("gzip, br"));
        for answer in [&plain, &gzip, &brotli] {
            assert_eq!(answer.header("cache-control"), Some("public, max-age=31536000, immutable"), "{name}");
            assert_eq!(answer.header("vary"), Some("Accept-Encoding"), "{name}");
        }
        assert_eq!((plain.header("content-encoding"), brotli.header("content-encoding")), (None, Some("br")), "{name}");
        let mut unpacked = Vec::new();
        GzDecoder::new(&gzip.bytes[..]).read_to_end(&mut unpacked).unwrap();
        assert_eq!(unpacked, plain.bytes, "{name}");
        sizes = [sizes[0] + plain.bytes.len(), sizes[1] + brotli.bytes.len()];
    }
    assert!(sizes[1] * 2 < sizes[0], "{sizes:?}");
    assert_eq!(app.get("//icon.svg", None).expect(200).header("cache-control"), Some("public, no-cache"));
}

#[test]
fn boards_and_pages_come_compressed() {
    let app = TestApp::start();
    let rows = app.board_rows("11");
    for minute in 1..60 {
        rows.add(&Scored::of(&format!("Team {minute}"), "10", minute));
    }
    let gzip = [("accept-encoding", "gzip, br"), BROWSER[0]];
    let unpacked = |path: &str| {
        let answer = app.send_raw("GET", path, None, &gzip, None).expect(200);
        assert_eq!(answer.header("content-encoding"), Some("gzip"), "{path}");
        let mut text = String::new();
        GzDecoder::new(&answer.bytes[..]).read_to_string(&mut text).unwrap();
        (text, answer)
    };
    let path = "/seasons/s/tasks/t/leaderboard";
    // Whoever asked while the rows were written may be shown that board for a second.
    let began = Instant::now();
    let plain = loop {
        let plain = app.get(path, None).expect(200);
        if plain.json()["rows"].as_array().unwrap().len() == 59 {
            break plain;
        }
        assert!(began.elapsed() < Duration::from_secs(5), "{}", plain.text);
        std::thread::sleep(Duration::from_millis(50));
    };
    let (board, answer) = unpacked(path);
    assert_eq!(board, plain.text);
    assert!(answer.bytes.len() * 4 < plain.bytes.len());
    let tag = answer.header("etag").unwrap();
    assert_eq!(tag, format!("W/{}", plain.header("etag").unwrap()));
    app.send_raw("GET", path, None, &[("if-none-match", tag), gzip[0]], None).expect(304);
    assert_eq!(unpacked("//seasons/s/t").0, page(&app, "/seasons/s/t").text);
}

/// Whoever opens a page asks for nothing else: the answers come with it.
#[test]
fn a_page_that_somebody_opened_is_there_without_the_database() {
    let app = TestApp::start();
    app.board_rows("1111").add(&Scored::of("A", "1110", 1));
    let opened = || inlined(&page(&app, "/seasons/s/t").expect(200));
    eventually(|| (!opened()["/api/v1/seasons/s"].is_null()).then_some(()));
    app.execute("ALTER TABLE seasons RENAME TO away");
    for path in ["/seasons/s", "/seasons/s/tasks/t/leaderboard"] {
        let answer = eventually(|| {
            let answer = app.send_raw("GET", path, None, &[("accept-encoding", "br")], None);
            assert_eq!(answer.status, 200, "from the first request on: {path}");
            (answer.header("age").is_some()).then_some(answer)
        });
        assert_eq!(answer.expect(200).json()["season"], json!("s"), "{path}");
    }
    assert_eq!(opened(), json!({}), "the page asks, because an answer in it would have no age");
    // Whether there is such a task the database alone knows.
    app.get("/seasons/s/tasks/other/leaderboard", None).expect(503);
    app.execute("ALTER TABLE away RENAME TO seasons");
    eventually(|| (app.get("/seasons/s/tasks/other/leaderboard", None).status == 404).then_some(()));
}
