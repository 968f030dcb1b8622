//! How e-mail is sent: mail servers that are away, slow or refuse, and servers that die.

use std::time::{Duration, Instant};

use serde_json::{Value, json};

use crate::arena::{Arena, predictions};
use crate::mail_world::{MESSAGES, announce, arena, items, recipients, wait_for_state};
use crate::people::text;
use crate::smtp::{self, MailServer, Manner};
use crate::test_app::TestApp;

#[test]
fn a_mail_server_that_is_away_costs_no_message_and_is_seen() {
    let gone = MailServer::start();
    let address = gone.address;
    drop(gone);
    let arena = Arena::start_with(10, |config| smtp::configure(config, address));
    arena.app.execute("UPDATE accounts SET email_verified_at = 1");
    announce(&arena, "One", "Text");
    let began = Instant::now();
    let warned = || arena.app.get("//readyz", None).expect(200).text.contains("the mail server did not take them");
    while !warned() {
        assert!(began.elapsed() < Duration::from_secs(60));
        std::thread::sleep(Duration::from_millis(100));
    }
    let metrics = arena.app.get("//metrics", Some(&arena.organizer.token)).expect(200).text;
    assert!(metrics.contains("holdout_messages{state=\"waiting\"} 5"), "{metrics}");
    // Each of the messages is tried on its own.
    let newest = || items(&arena.app, MESSAGES, &arena.organizer)[0].clone();
    while newest()["error"].is_null() {
        assert!(began.elapsed() < Duration::from_secs(40));
        std::thread::sleep(Duration::from_millis(100));
    }
    let newest = newest();
    assert!(newest["attempts"].as_u64().unwrap() >= 1 && newest["next_try_at"].is_string(), "{newest}");
    assert!(text(&newest["error"]).to_lowercase().contains("refused"), "{newest}");
    // The person is not told what mail servers say.
    assert_eq!(items(&arena.app, "/me/messages", &arena.alice)[0]["error"], Value::Null);
    let server = MailServer::start_at(address);
    assert_eq!(recipients(&server.wait_for(5)).len(), 5);
}

#[test]
fn a_message_is_tried_again_after_longer_and_longer_pauses_or_given_up() {
    let server = MailServer::start();
    let arena = arena(&server);
    arena.app.execute("UPDATE accounts SET email_verified_at = NULL WHERE email = 'bob@example.org'");
    for manner in [Manner::Busy, Manner::BreaksOff, Manner::Slow(Duration::from_secs(7))] {
        let before = server.tries();
        server.behave(manner);
        announce(&arena, "One", "Text");
        std::thread::sleep(Duration::from_millis(8500));
        let tries = server.tries() - before;
        assert!((1..=4).contains(&tries), "{manner:?}: {tries} tries");
        server.behave(Manner::Takes);
        let mails = server.wait_for(1);
        assert_eq!(recipients(&mails), ["alice@example.org"], "{manner:?}");
        server.clear();
    }
    // What is refused for good is not tried again, until somebody says so.
    server.behave(Manner::Refuses);
    let before = server.tries();
    announce(&arena, "Two", "Text");
    let app = &arena.app;
    let began = Instant::now();
    let failed = loop {
        let all = items(app, MESSAGES, &arena.organizer);
        if let Some(failed) = all.iter().find(|message| message["state"] == "failed") {
            break failed.clone();
        }
        assert!(began.elapsed() < Duration::from_secs(20), "{all:?}");
        std::thread::sleep(Duration::from_millis(50));
    };
    assert!(text(&failed["error"]).contains("nobody has this address"), "{failed}");
    std::thread::sleep(Duration::from_millis(1500));
    assert_eq!(server.tries() - before, 1);
    server.behave(Manner::Takes);
    let path = format!("{MESSAGES}/{}/send", text(&failed["id"]));
    app.post(&path, Some(&arena.alice.token), &json!({})).expect(403);
    app.post(&path, Some(&arena.organizer.token), &json!({})).expect(200);
    server.wait_for(1);
}

#[test]
fn a_server_that_was_killed_leaves_no_message_unsent_and_two_servers_send_each_once() {
    let server = MailServer::start();
    let mut arena = arena(&server);
    server.behave(Manner::Busy);
    announce(&arena, "One", "Text");
    wait_for_state(&arena, "waiting");
    arena.app.restart();
    server.behave(Manner::Takes);
    server.wait_for(2);
    server.clear();

    // Claimed by a server that died: taken when the claim has expired, and not before.
    server.behave(Manner::Busy);
    announce(&arena, "Two", "Text");
    arena.app.execute("UPDATE messages SET attempts = 7, next_try_at = 9000000000000000 WHERE state = 'waiting'");
    server.behave(Manner::Takes);
    std::thread::sleep(Duration::from_millis(1500));
    server.wait_for(0);
    arena.app.execute("UPDATE messages SET next_try_at = 1 WHERE state = 'waiting'");
    server.wait_for(2);
    server.clear();

    let _second = arena.app.second_server();
    for number in 0..10 {
        announce(&arena, &format!("Number {number}"), "Text");
    }
    let ids: std::collections::HashSet<String> =
        server.wait_for(20).iter().map(|mail| mail.header("message-id").to_owned()).collect();
    assert_eq!(ids.len(), 20);
}

#[test]
fn a_mail_server_that_hangs_holds_up_nothing_else() {
    let server = MailServer::start();
    let mut arena = arena(&server);
    server.behave(Manner::Slow(Duration::from_secs(60)));
    for _ in 0..5 {
        announce(&arena, "One", "Text");
    }
    let began = Instant::now();
    while server.tries() < 4 {
        assert!(began.elapsed() < Duration::from_secs(20), "{} tries", server.tries());
        std::thread::sleep(Duration::from_millis(20));
    }
    let began = Instant::now();
    arena.submit(&arena.alice, &predictions()).expect(201);
    arena.score(&arena.claim().unwrap(), [0xff, 0xff, 0x0f], [0xff, 0xff, 0x0f]).expect(200);
    arena.app.get("//readyz", None).expect(200);
    assert!(began.elapsed() < Duration::from_secs(4), "{:?}", began.elapsed());
    let began = Instant::now();
    arena.app.restart();
    assert!(began.elapsed() < Duration::from_secs(15), "{:?}", began.elapsed());
}

#[test]
fn a_link_that_a_person_waits_for_goes_before_announcements() {
    let server = MailServer::start();
    let arena = arena(&server);
    server.behave(Manner::Busy);
    for number in 0..10 {
        announce(&arena, &format!("Number {number}"), "Text");
    }
    arena.app.execute("UPDATE messages SET next_try_at = 9000000000000000 WHERE state = 'waiting'");
    arena.app.post("/password-resets", None, &json!({ "email": "alice@example.org" })).expect(204);
    // Attempts that are under way end first.
    std::thread::sleep(Duration::from_millis(1500));
    arena.app.execute("UPDATE messages SET next_try_at = 9000000000000000 WHERE state = 'waiting'");
    server.behave(Manner::Takes);
    arena.app.execute("UPDATE messages SET next_try_at = CASE WHEN secret THEN 2 ELSE 1 END WHERE state = 'waiting'");
    let mails = server.wait_for(21);
    let place = mails.iter().position(|mail| mail.header("subject") == "Set a new password").unwrap();
    assert!(place < 4, "it came as number {place}");
}

#[test]
fn nothing_is_told_to_a_mail_server_that_cannot_encrypt() {
    let server = MailServer::start();
    let app = TestApp::start_with(|config| {
        server.configure(config);
        config.mail.tls = holdout_server::MailTls::Starttls;
    });
    app.person("ann");
    std::thread::sleep(Duration::from_millis(2500));
    assert_eq!(server.tries(), 0);
    server.wait_for(0);
}
