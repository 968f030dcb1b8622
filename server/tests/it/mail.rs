//! What people are told by e-mail, and which of it they want.

use std::time::Duration;

use serde_json::{Value, json};

use crate::arena::{Arena, predictions};
use crate::mail_world::{MESSAGES, announce, arena, items, recipients, wait_for_state};
use crate::people::{PASSWORD, text};
use crate::smtp::{MailServer, Manner, ORIGIN};

#[test]
fn each_kind_arrives_once_and_only_with_those_whom_it_is_for() {
    let server = MailServer::start();
    let arena = arena(&server);
    let app = &arena.app;
    let id = text(&arena.submit(&arena.alice, &predictions()).expect(201).json()["id"]);
    let claim = arena.claim().unwrap();
    arena.score(&claim, [0xff, 0xff, 0x0f], [0xff, 0xff, 0x0f]).expect(200);
    arena.score(&claim, [0xff, 0xff, 0x0f], [0xff, 0xff, 0x0f]).expect(200);
    let mails = server.wait_for(1);
    assert_eq!(recipients(&mails), ["alice@example.org"]);
    assert_eq!(mails[0].header("subject"), "[Season] Submission scored");
    assert_eq!(mails[0].link(), format!("/submissions/{id}"));
    assert_eq!(mails[0].header("list-unsubscribe-post"), "List-Unsubscribe=One-Click");

    server.clear();
    arena.submit(&arena.bob, &predictions()).expect(201);
    let verdict = json!({ "kind": "rejected", "code": "bad_label", "message": "line 1 is odd", "detail": { "lines": [], "faults": 1, "hints": [] } });
    arena.report(&arena.claim().unwrap(), verdict, json!({})).expect(200);
    let mails = server.wait_for(1);
    assert_eq!(
        (recipients(&mails), mails[0].header("subject")),
        (vec!["bob@example.org"], "[Season] Submission rejected")
    );

    server.clear();
    announce(&arena, "Disk <script>alert(1)</script> replaced", "One.\nTwo ü.");
    let mails = server.wait_for(2);
    assert_eq!(recipients(&mails), ["alice@example.org", "bob@example.org"]);
    assert!(mails[0].text.starts_with("One.\nTwo ü.\n") && mails[0].header("content-type").starts_with("text/plain"));

    server.clear();
    let asked = app.post("/seasons/demo/questions", Some(&arena.bob.token), &json!({ "text": "When?" })).expect(201);
    let path = format!("/organizer/seasons/demo/questions/{}/answer", text(&asked.json()["id"]));
    app.send("PUT", &path, Some(&arena.organizer.token), Some(&json!({ "text": "Soon.", "public": true }))).expect(200);
    app.send("PUT", &path, Some(&arena.organizer.token), Some(&json!({ "text": "Soon.", "public": true }))).expect(200);
    let mails = server.wait_for(1);
    assert_eq!(recipients(&mails), ["bob@example.org"]);
    assert!(mails[0].text.starts_with("> When?\n\nSoon.\n"), "{}", mails[0].text);

    // Everybody reads their own, and nobody else's.
    let own = items(app, "/me/messages", &arena.alice);
    let subjects: Vec<String> = own.iter().map(|message| text(&message["subject"])).collect();
    assert_eq!(subjects.len(), 3, "{subjects:?}");
    assert!(own.iter().all(|message| message["address"] == "alice@example.org" && message["state"] == "sent"));
    assert_eq!(items(app, MESSAGES, &arena.organizer).len(), 5);
    app.get(MESSAGES, Some(&arena.alice.token)).expect(403);
}

#[test]
fn a_message_has_the_facts_that_its_sentences_name() {
    let server = MailServer::start();
    let arena = arena(&server);
    let app = &arena.app;
    let newest = || items(app, "/me/messages", &arena.alice)[0].clone();
    let body = json!({ "method": "A \u{5d0}<b>" });
    let id = text(&arena.submit(&arena.alice, &predictions()).expect(201).json()["id"]);
    app.send("PATCH", &format!("/submissions/{id}"), Some(&arena.alice.token), Some(&body)).expect(200);
    let verdict = json!({ "kind": "rejected", "code": "bad_label", "message": "line 1 is odd", "detail": { "lines": [], "faults": 1, "hints": [] } });
    arena.report(&arena.claim().unwrap(), verdict, json!({})).expect(200);
    let task = app.get("/seasons/demo", None).expect(200).json()["tasks"][0]["title"].clone();
    let facts = json!({ "season": "Season", "task": task, "method": "A \u{5d0}<b>", "verdict": "bad_label" });
    assert_eq!(newest()["facts"], facts);
    assert!(text(&newest()["text"]).contains("\"A \u{5d0}<b>\" of your team"), "{}", newest());

    // The words of people are in the text, and what was withdrawn is nowhere any more.
    announce(&arena, "Disk replaced", "One.\nTwo.");
    assert_eq!(newest()["facts"], json!({ "season": "Season", "title": "Disk replaced" }));
    let listed = app.get("/seasons/demo/announcements", None).expect(200).json();
    let path = format!("/organizer/seasons/demo/announcements/{}", text(&listed["items"][0]["id"]));
    let change = |body: Value| app.send("PATCH", &path, Some(&arena.organizer.token), Some(&body)).expect(200);
    change(json!({ "title": "Disk full" }));
    assert_eq!(newest()["facts"], json!({ "season": "Season", "title": "Disk full" }));
    change(json!({ "withdrawn": true }));
    assert_eq!(newest()["facts"], json!({ "season": "Season", "withdrawn": true }));
    assert_eq!(app.number("SELECT count(*) AS number FROM messages WHERE facts LIKE '%Disk%'"), 0);

    // A row of an earlier version has none, and one that cannot be read hides no message.
    for facts in ["NULL", "'{'", "'{\"verdict\":\"of_another_version\"}'"] {
        app.execute(&format!("UPDATE messages SET facts = {facts}"));
        let message = newest();
        assert_eq!((&message["facts"], &message["text"]), (&Value::Null, &json!("This announcement was withdrawn.")));
    }
}

#[test]
fn teams_are_told_once_that_their_season_opens_and_closes_soon() {
    let server = MailServer::start();
    let arena = arena(&server);
    let now = arena.app.number("SELECT max(created_at) AS number FROM accounts");
    arena.set_season(&format!("opens_at = {}, closes_at = {}", now - 1_000_000, now + 3600 * 1_000_000));
    let mails = server.wait_for(4);
    let of = |subject: &str| mails.iter().filter(|mail| mail.header("subject") == subject).count();
    assert_eq!((of("[Season] Open"), of("[Season] Closes within a day")), (2, 2));
    let closes_at = arena.app.get("/seasons/demo", None).expect(200).json()["closes"].clone();
    for message in items(&arena.app, MESSAGES, &arena.organizer) {
        assert_eq!(message["facts"], json!({ "season": "Season", "closes_at": closes_at }));
    }
    let second = arena.app.second_server();
    server.wait_for(4);
    drop(second);
    // Another time is other news.
    arena.set_season(&format!("closes_at = {}", now + 7200 * 1_000_000));
    server.wait_for(6);
}

#[test]
fn one_click_stops_a_kind_and_the_account_can_take_it_back() {
    let server = MailServer::start();
    let arena = arena(&server);
    let app = &arena.app;
    announce(&arena, "One", "Text");
    let mails = server.wait_for(2);
    let mail = mails.iter().find(|mail| mail.to == ["alice@example.org"]).unwrap();
    let address = mail.header("list-unsubscribe").strip_prefix('<').and_then(|rest| rest.strip_suffix('>')).unwrap();
    let path = address.strip_prefix(ORIGIN).and_then(|path| path.strip_prefix("/api/v1")).unwrap().to_owned();
    assert!(mail.text.contains(&format!("{ORIGIN}/unsubscribe/{}", path.rsplit('/').next().unwrap())));
    let about = app.get(&path, None).expect(200).json();
    assert_eq!(about, json!({ "email": "alice@example.org", "kind": "announcement", "off": false }));
    let forged = format!("{}x", path);
    app.send_raw("POST", &forged, None, &[], Some(b"")).expect(404);
    // As mail programs send it.
    let form = [("content-type", "application/x-www-form-urlencoded")];
    for _ in 0..2 {
        app.send_raw("POST", &path, None, &form, Some(b"List-Unsubscribe=One-Click")).expect(200);
    }
    server.clear();
    announce(&arena, "Two", "Text");
    assert_eq!(recipients(&server.wait_for(1)), ["bob@example.org"]);
    let newest = &items(app, "/me/messages", &arena.alice)[0];
    assert_eq!((&newest["state"], &newest["text"]), (&json!("not_sent"), &json!("Text")), "it can still be read");

    let settings = app.get("/me/mail", Some(&arena.alice.token)).expect(200).json();
    assert_eq!(settings["off"], json!(["announcement"]));
    let put = |off: Value| app.send("PUT", "/me/mail", Some(&arena.alice.token), Some(&json!({ "off": off })));
    assert_eq!(put(json!(["password_reset"])).expect(422).json()["error"]["reason"], "mail_needed");
    put(json!(["nothing"])).expect(422);
    put(json!([])).expect(200);
    server.clear();
    announce(&arena, "Three", "Text");
    server.wait_for(2);
}

#[test]
fn an_address_that_nobody_confirmed_gets_nothing_but_what_is_about_the_account() {
    let server = MailServer::start();
    let arena = arena(&server);
    arena.app.execute("UPDATE accounts SET email_verified_at = NULL WHERE email = 'bob@example.org'");
    announce(&arena, "One", "Text");
    assert_eq!(recipients(&server.wait_for(1)), ["alice@example.org"]);
    let message = &items(&arena.app, "/me/messages", &arena.bob)[0];
    assert!(text(&message["error"]).contains("not confirmed"), "{message}");
    assert_eq!(message["unsent"], "unconfirmed");
}

#[test]
fn what_is_about_a_season_that_became_a_draft_is_neither_sent_nor_listed() {
    let server = MailServer::start();
    let arena = arena(&server);
    server.behave(Manner::Busy);
    announce(&arena, "One", "Text");
    arena.set_season("draft = TRUE");
    server.behave(Manner::Takes);
    let message = wait_for_state(&arena, "not_sent");
    assert_eq!((&message["error"], &message["unsent"]), (&json!("the season is a draft again"), &json!("draft")));
    server.wait_for(0);
    let about_it = || {
        let own = items(&arena.app, "/me/messages", &arena.alice);
        own.iter().filter(|message| message["kind"] == "announcement").count()
    };
    assert_eq!(about_it(), 0);
    arena.set_season("draft = FALSE");
    assert_eq!(about_it(), 1);
}

#[test]
fn messages_are_forgotten_half_a_year_after_they_ended() {
    let server = MailServer::start();
    let arena = arena(&server);
    announce(&arena, "One", "Text");
    wait_for_state(&arena, "sent");
    let month = 30 * 24 * 3600 * 1_000_000_i64;
    let age = |months: i64| {
        arena.app.execute(&format!("UPDATE messages SET ended_at = created_at - {}", months * month));
        arena.app.sweep(Duration::from_secs(3600));
        items(&arena.app, MESSAGES, &arena.organizer).len()
    };
    assert_eq!((age(5), age(7)), (2, 0));
}

#[test]
fn no_text_makes_a_header() {
    let server = MailServer::start();
    let arena = arena(&server);
    let (id, alice) = (uuid::Uuid::now_v7(), &arena.alice.id);
    let breaks = if arena.app.database_url().starts_with("postgres") {
        "E'A\\r\\nBcc: eve@example.org\\r\\n\\r\\n<b>'"
    } else {
        "'A' || char(13) || char(10) || 'Bcc: eve@example.org' || char(13) || char(10) || char(13) || char(10) || '<b>'"
    };
    arena.app.execute(&format!(
        "INSERT INTO messages (id, account_id, address, kind, subject, text, secret, created_at, state, attempts, \
         next_try_at, waiting_since) SELECT '{id}', '{alice}', 'alice@example.org', 'answer', {breaks}, \
         '.' , FALSE, created_at, 'waiting', 0, 1, created_at FROM accounts WHERE id = '{alice}'"
    ));
    let mails = server.wait_for(1);
    assert_eq!(mails[0].header("subject"), "A Bcc: eve@example.org <b>");
    assert!(!mails[0].headers.iter().any(|(name, _)| name == "Bcc"));
    assert_eq!(
        (mails[0].to.as_slice(), mails[0].text.lines().next()),
        (&["alice@example.org".to_owned()][..], Some("."))
    );
}

#[test]
fn without_a_mail_server_messages_are_read_on_the_pages_and_addresses_change_at_once() {
    let arena = Arena::start();
    let app = &arena.app;
    let refused = app.post("/password-resets", None, &json!({ "email": "alice@example.org" })).expect(409);
    assert_eq!(refused.json()["error"]["reason"], "no_mail");
    announce(&arena, "One", "Text");
    let message = wait_for_state(&arena, "not_sent");
    assert!(text(&message["error"]).contains("sends no e-mail"), "{message}");
    assert_eq!(message["unsent"], "no_mail");
    assert_eq!(items(app, "/me/messages", &arena.bob)[0]["text"], "Text");
    let change = json!({ "email": "alice@example.com", "password": PASSWORD });
    let settings = app.send("PUT", "/me/email", Some(&arena.alice.token), Some(&change)).expect(200).json();
    assert_eq!((&settings["email"], &settings["sends"]), (&json!("alice@example.com"), &json!(false)));
    app.log_in("alice@example.com");
}
