//! Announcements of organizers, questions of teams, and answers.

use serde_json::{Value, json};

use crate::arena::Arena;
use crate::people::{Person, text};
use crate::test_app::TestApp;

const ANNOUNCEMENTS: &str = "/seasons/demo/announcements";
const ANNOUNCE: &str = "/organizer/seasons/demo/announcements";
const QUESTIONS: &str = "/seasons/demo/questions";

fn items(app: &TestApp, path: &str, token: Option<&str>) -> Vec<Value> {
    app.get(path, token).expect(200).json()["items"].as_array().unwrap().clone()
}

fn announce(arena: &Arena, title: &str, text: &str) -> Value {
    let body = json!({ "title": title, "text": text });
    arena.app.post(ANNOUNCE, Some(&arena.organizer.token), &body).expect(201).json()
}

fn change(arena: &Arena, id: &str, changes: &Value) -> Value {
    let path = format!("{ANNOUNCE}/{id}");
    arena.app.send("PATCH", &path, Some(&arena.organizer.token), Some(changes)).expect(200).json()
}

fn ask(arena: &Arena, person: &Person, body: &Value) -> String {
    text(&arena.app.post(QUESTIONS, Some(&person.token), body).expect(201).json()["id"])
}

fn answer(arena: &Arena, id: &str, said: &str, public: bool) -> Value {
    let path = format!("/organizer/seasons/demo/questions/{id}/answer");
    let body = json!({ "text": said, "public": public });
    arena.app.send("PUT", &path, Some(&arena.organizer.token), Some(&body)).expect(200).json()
}

#[test]
fn an_announcement_is_read_edited_and_withdrawn() {
    let arena = Arena::start();
    let (app, alice) = (&arena.app, Some(arena.alice.token.as_str()));
    let first = announce(&arena, "Disk replaced", "One.\r\n<b>Two</b>\u{202e}.");
    let second = announce(&arena, "Again", "Text");
    let seen = items(app, ANNOUNCEMENTS, alice);
    assert_eq!(seen.iter().map(|one| text(&one["title"])).collect::<Vec<_>>(), ["Again", "Disk replaced"]);
    assert_eq!(seen[1]["text"], "One.\n<b>Two</b>\u{202e}.");
    assert!(seen.iter().all(|one| one["unread"] == true));
    assert!(items(app, ANNOUNCEMENTS, None).iter().all(|one| one["unread"] == false), "nobody is logged in");
    // Who wrote it has read it.
    assert!(items(app, ANNOUNCEMENTS, Some(&arena.organizer.token)).iter().all(|one| one["unread"] == false));

    let until = json!({ "announcements": seen[0]["updated_at"] });
    app.send("PUT", "/seasons/demo/news-seen", alice, Some(&until)).expect(204);
    assert!(items(app, ANNOUNCEMENTS, alice).iter().all(|one| one["unread"] == false));
    // Neither an earlier time nor one to come changes what is unread.
    for until in ["2001-01-01T00:00:00Z", "2100-01-01T00:00:00Z"] {
        app.send("PUT", "/seasons/demo/news-seen", alice, Some(&json!({ "announcements": until }))).expect(204);
    }
    app.send("PUT", "/seasons/demo/news-seen", None, Some(&until)).expect(401);

    let (first, second) = (text(&first["id"]), text(&second["id"]));
    assert_eq!(change(&arena, &first, &json!({ "title": "Disk replaced" }))["edited_at"], Value::Null, "no change");
    assert!(change(&arena, &first, &json!({ "text": "Three." }))["edited_at"].is_string());
    change(&arena, &second, &json!({ "withdrawn": true }));
    let seen = items(app, ANNOUNCEMENTS, alice);
    assert_eq!((&seen[1]["text"], &seen[1]["unread"]), (&json!("Three."), &json!(true)), "an edit is news");
    assert!(seen[0]["withdrawn_at"].is_string() && seen[0]["title"].is_null() && seen[0]["text"].is_null());
    assert_eq!(items(app, ANNOUNCEMENTS, Some(&arena.organizer.token))[0]["title"], "Again");
    let told: Vec<Value> =
        items(app, "/me/messages", alice).into_iter().filter(|one| one["kind"] == "announcement").collect();
    let said = |at: usize| format!("{} {}", text(&told[at]["subject"]), text(&told[at]["text"]));
    assert!(said(0).contains("Withdrawn announcement") && !said(0).contains("Again"), "{}", said(0));
    assert!(said(1).contains("Disk replaced") && said(1).contains("Three."), "{}", said(1));
    assert_eq!(change(&arena, &second, &json!({ "withdrawn": false }))["withdrawn_at"], Value::Null);

    let audit = app.get("/organizer/audit?season=demo", Some(&arena.organizer.token)).expect(200).text;
    assert!(audit.contains("announcement.create") && audit.contains("announcement.update"), "{audit}");
}

#[test]
fn an_announcement_that_cannot_be_shown_is_refused() {
    let arena = Arena::start();
    let (app, token) = (&arena.app, Some(arena.organizer.token.as_str()));
    for (title, said, field) in [
        ("", "text", "title"),
        ("  ", "text", "title"),
        ("two\nlines", "text", "title"),
        (&*"x".repeat(201), "text", "title"),
        ("title", "", "text"),
        ("title", "\n \t", "text"),
        ("title", "\u{1b}[2J", "text"),
        ("title", &*"x".repeat(10_001), "text"),
    ] {
        let refused = app.post(ANNOUNCE, token, &json!({ "title": title, "text": said })).expect(422);
        assert_eq!(refused.json()["error"]["detail"]["field"], field, "{title:?} {said:?}");
    }
    assert!(items(app, ANNOUNCEMENTS, None).is_empty());
    app.post(ANNOUNCE, token, &json!({ "title": "ü".repeat(200), "text": "ü".repeat(10_000) })).expect(201);
    app.season("other");
    let id = text(&announce(&arena, "Here", "Text")["id"]);
    let elsewhere = format!("/organizer/seasons/other/announcements/{id}");
    app.send("PATCH", &elsewhere, token, Some(&json!({ "withdrawn": true }))).expect(404);
}

#[test]
fn an_announcement_is_made_once_and_not_without_end() {
    let arena = Arena::start_with(10, |config| {
        config.rates.announcements_per_hour = 2;
        config.rates.questions_per_hour = 2;
    });
    let app = &arena.app;
    let headers = [("content-type", "application/json"), ("idempotency-key", "k")];
    let body = json!({ "title": "Once", "text": "Text" }).to_string();
    let send = || app.send_raw("POST", ANNOUNCE, Some(&arena.organizer.token), &headers, Some(body.as_bytes()));
    assert_eq!(send().expect(201).json()["id"], send().expect(201).json()["id"]);
    let id = text(&announce(&arena, "Twice", "Text")["id"]);
    let path = format!("{ANNOUNCE}/{id}");
    let changes = json!({ "text": "Other" });
    app.send("PATCH", &path, Some(&arena.organizer.token), Some(&changes)).expect(429);
    let question = json!({ "text": "When?" });
    let statuses: Vec<u16> = (0..3).map(|_| app.post(QUESTIONS, Some(&arena.alice.token), &question).status).collect();
    assert_eq!(statuses, [201, 201, 429]);
    app.post(QUESTIONS, Some(&arena.bob.token), &question).expect(201);
}

#[test]
fn a_question_and_its_private_answer_are_for_the_team_alone() {
    let arena = Arena::start();
    let (app, alice, bob) = (&arena.app, &arena.alice, &arena.bob);
    let stranger = app.person("dave");
    let body = json!({ "text": "Is\nit 224?", "task": "classification" });
    app.post(QUESTIONS, None, &body).expect(401);
    app.post(QUESTIONS, Some(&stranger.token), &body).expect(403);
    app.post(QUESTIONS, Some(&alice.token), &json!({ "text": "?", "task": "nothing" })).expect(404);
    app.post(QUESTIONS, Some(&alice.token), &json!({ "text": "x".repeat(2001) })).expect(422);
    let id = ask(&arena, alice, &body);
    let own = items(app, QUESTIONS, Some(&alice.token));
    let first = (&own[0]["text"], &own[0]["task"], &own[0]["team"], &own[0]["answer"]);
    assert_eq!(first, (&json!("Is\nit 224?"), &json!("classification"), &json!("Alpha"), &Value::Null));
    assert_eq!(items(app, &format!("{QUESTIONS}?open=true"), Some(&arena.organizer.token)).len(), 1);

    answer(&arena, &id, "Yes.", false);
    assert!(items(app, &format!("{QUESTIONS}?open=true"), Some(&arena.organizer.token)).is_empty());
    let own = items(app, QUESTIONS, Some(&alice.token));
    assert_eq!((&own[0]["answer"]["text"], &own[0]["unread"]), (&json!("Yes."), &json!(true)));
    for other in [None, Some(&bob.token), Some(&stranger.token)] {
        assert!(items(app, QUESTIONS, other.map(String::as_str)).is_empty());
    }
    let until = json!({ "answers": own[0]["answer"]["at"] });
    app.send("PUT", "/seasons/demo/news-seen", Some(&alice.token), Some(&until)).expect(204);
    assert_eq!(items(app, QUESTIONS, Some(&alice.token))[0]["unread"], false);
}

#[test]
fn a_public_answer_does_not_name_the_team() {
    let arena = Arena::start();
    let (app, alice, bob) = (&arena.app, &arena.alice, &arena.bob);
    let id = ask(&arena, alice, &json!({ "text": "How many?" }));
    answer(&arena, &id, "Ten.", true);
    for (token, team) in [(None, Value::Null), (Some(&bob.token), Value::Null), (Some(&alice.token), json!("Alpha"))] {
        let listed = app.get(QUESTIONS, token.map(String::as_str)).expect(200);
        let seen = &listed.json()["items"][0];
        assert_eq!((&seen["team"], &seen["answer"]["text"]), (&team, &json!("Ten.")));
        assert_eq!(listed.text.contains("Alpha"), team != Value::Null, "{}", listed.text);
        assert!(!listed.text.contains(&alice.id) && !listed.text.contains("alice"), "{}", listed.text);
    }
    // Answered again: the later answer is the one that counts, also if it is private now.
    answer(&arena, &id, "Twelve.", false);
    assert!(items(app, QUESTIONS, None).is_empty());
    let audit = app.get("/organizer/audit?season=demo", Some(&arena.organizer.token)).expect(200).text;
    assert!(audit.contains("question.ask") && audit.contains("question.answer"), "{audit}");
}

#[test]
fn what_is_said_in_a_draft_is_for_its_organizers() {
    let arena = Arena::start();
    let app = &arena.app;
    announce(&arena, "Soon", "Text");
    arena.set_season("draft = TRUE");
    for path in [ANNOUNCEMENTS, QUESTIONS] {
        app.get(path, None).expect(404);
        app.get(path, Some(&arena.alice.token)).expect(404);
        app.get(path, Some(&arena.organizer.token)).expect(200);
    }
    let body = json!({ "text": "?" });
    let status = app.post(QUESTIONS, Some(&arena.alice.token), &body).status;
    assert!(status == 403 || status == 404, "{status}");
}
