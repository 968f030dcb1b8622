//! What organizers do with webhooks, and who may.

use serde_json::{Value, json};

use crate::arena::Arena;
use crate::organizer_roles::with;
use crate::people::text;
use crate::receiver::Receiver;
use crate::test_app::Answer;
use crate::webhook_world::{WEBHOOKS, announce, arena, change, log, shown, webhook};

fn make(arena: &Arena, body: Value) -> Answer {
    arena.app.post(WEBHOOKS, Some(&arena.organizer.token), &body)
}

#[test]
fn a_webhook_is_made_changed_and_deleted_and_its_secret_is_shown_once() {
    let arena = arena();
    let body = json!({ "url": "https://Hooks.example.org/a/secret-path", "description": " Chat ", "kinds": ["closed", "opened", "closed"] });
    let made = make(&arena, body).expect(201).json();
    let (id, secret) = (text(&made["webhook"]["id"]), text(&made["secret"]));
    assert!(secret.starts_with("whsec_") && secret.len() == 50, "{secret}");
    let listed = shown(&arena, &id);
    assert_eq!(listed, made["webhook"]);
    assert_eq!(listed["url"], "https://hooks.example.org/a/secret-path");
    assert_eq!((&listed["kinds"], &listed["description"]), (&json!(["opened", "closed"]), &json!("Chat")));
    assert!(listed.get("secret").is_none());

    let all = make(&arena, json!({ "url": "https://hooks.example.org/" })).expect(201).json();
    assert_eq!(all["webhook"]["kinds"].as_array().unwrap().len(), 14, "all kinds but the test");
    let changed = change(&arena, &id, json!({ "kinds": ["leader"], "enabled": false })).expect(200).json();
    assert_eq!((&changed["kinds"], &changed["disabled_reason"]), (&json!(["leader"]), &json!("organizer")));
    assert_eq!(changed["url"], listed["url"]);
    assert_eq!(change(&arena, &id, json!({ "enabled": true })).expect(200).json()["disabled_at"], Value::Null);
    let path = format!("{WEBHOOKS}/{id}");
    arena.app.send("DELETE", &path, Some(&arena.organizer.token), None).expect(204);
    arena.app.send("DELETE", &path, Some(&arena.organizer.token), None).expect(404);
    change(&arena, &id, json!({})).expect(404);

    let audit = arena.app.get("/organizer/audit?season=demo", Some(&arena.organizer.token)).expect(200).text;
    for action in ["webhook.create", "webhook.update", "webhook.delete"] {
        assert!(audit.contains(action), "{audit}");
    }
    assert!(audit.contains("hooks.example.org") && !audit.contains("secret-path") && !audit.contains(&secret));
}

#[test]
fn what_no_webhook_can_have_is_refused() {
    let arena = arena();
    for (body, reason) in [
        (json!({ "url": "hooks.example.org" }), "bad_webhook_url"),
        (json!({ "url": "ftp://hooks.example.org" }), "bad_webhook_url"),
        (json!({ "url": "https://ada:geheim@hooks.example.org" }), "bad_webhook_url"),
        (json!({ "url": "https://169.254.169.254/latest" }), "webhook_address_refused"),
        (json!({ "url": "https://[::1]/" }), "webhook_address_refused"),
        (json!({ "url": "http://8.8.8.8/" }), "webhook_address_refused"),
        (json!({ "url": format!("https://a.example/{}", "a".repeat(2000)) }), "text_too_long"),
        (json!({ "url": "https://a.example/", "kinds": [] }), "webhook_kinds_wrong"),
        (json!({ "url": "https://a.example/", "kinds": ["test"] }), "webhook_kinds_wrong"),
        (json!({ "url": "https://a.example/", "description": "a\u{7}b" }), "control_character"),
        (json!({ "url": "https://a.example/", "description": "a".repeat(201) }), "text_too_long"),
    ] {
        let refused = make(&arena, body.clone()).expect(422);
        assert_eq!(refused.json()["error"]["reason"], reason, "{body}");
        assert!(!refused.text.contains("geheim"), "{}", refused.text);
    }
    make(&arena, json!({ "url": "https://a.example/", "kinds": ["nothing"] })).expect(422);
    for _ in 0..10 {
        make(&arena, json!({ "url": "https://a.example/" })).expect(201);
    }
    let full = make(&arena, json!({ "url": "https://a.example/" })).expect(409).json();
    assert_eq!((&full["error"]["reason"], &full["error"]["detail"]["most"]), (&json!("webhooks_full"), &json!(10)));
    // Without networks that the operator allows, nothing goes without TLS.
    let strict = Arena::start();
    let refused = make(&strict, json!({ "url": "http://127.0.0.1:9/" })).expect(422).json();
    assert_eq!(refused["error"]["reason"], "bad_webhook_url");
}

#[test]
fn webhooks_are_for_organizers_of_the_season_alone() {
    let (arena, receiver) = (arena(), Receiver::start());
    arena.app.season("other");
    let (id, _) = webhook(&arena, &receiver, &["announced"]);
    let own = with(&arena.app, "olga", "organizer", Some("demo"));
    arena.app.get(WEBHOOKS, Some(&own.token)).expect(200);
    arena.app.post(&format!("{WEBHOOKS}/{id}/test"), Some(&own.token), &json!({})).expect(200);
    for (name, role, season) in [("jude", "judge", "demo"), ("obi", "observer", "demo"), ("fred", "owner", "other")] {
        let person = with(&arena.app, name, role, Some(season));
        arena.app.get(WEBHOOKS, Some(&person.token)).expect(403);
        arena.app.get(&format!("{WEBHOOKS}/{id}/deliveries"), Some(&person.token)).expect(403);
        arena.app.post(&format!("{WEBHOOKS}/{id}/test"), Some(&person.token), &json!({})).expect(403);
    }
    // An id of another season's webhook is not found, whatever else the caller may.
    let elsewhere = format!("/organizer/seasons/other/webhooks/{id}");
    for (method, path) in
        [("PATCH", elsewhere.clone()), ("POST", format!("{elsewhere}/test")), ("POST", format!("{elsewhere}/secret"))]
    {
        arena.app.send(method, &path, Some(&arena.organizer.token), Some(&json!({}))).expect(404);
    }
    arena.app.get(&format!("{elsewhere}/deliveries"), Some(&arena.organizer.token)).expect(404);
    assert_eq!(receiver.deliveries().len(), 1);
}

#[test]
fn what_was_sent_can_be_sent_again_and_tests_are_counted() {
    let receiver = Receiver::start();
    let arena = Arena::start_with(10, |config| {
        config.webhooks.allowed_networks = "127.0.0.1".parse().unwrap();
        config.rates.secrets_per_hour = 4;
    });
    let (id, _) = webhook(&arena, &receiver, &["announced"]);
    announce(&arena, "One");
    let first = receiver.wait_for(1).remove(0);
    let sent = crate::webhook_world::wait_for_log(&arena, &id, |log| log[0]["state"] == "delivered");
    let path = format!("{WEBHOOKS}/{id}/deliveries/{}/send", text(&sent[0]["id"]));
    let again = arena.app.post(&path, Some(&arena.organizer.token), &json!({})).expect(200).json();
    assert_eq!((&again["state"], &again["attempts"]), (&json!("waiting"), &json!(0)));
    assert_eq!(receiver.wait_for(2)[1].header("webhook-id"), first.header("webhook-id"));
    arena.app.post(&path.replace(&text(&sent[0]["id"]), &id), Some(&arena.organizer.token), &json!({})).expect(404);
    let test = || arena.app.post(&format!("{WEBHOOKS}/{id}/test"), Some(&arena.organizer.token), &json!({}));
    test().expect(200);
    test().expect(200);
    test().expect(429);
    assert_eq!(log(&arena, &id).len(), 3);
}
