//! Links with codes that are sent by e-mail: they confirm addresses, set passwords and invite.

use serde_json::{Value, json};

use crate::bootstrap::bootstrap;
use crate::mail_world::{MESSAGES, arena, arena_with, items, recipients};
use crate::people::{PASSWORD, text};
use crate::smtp::MailServer;
use crate::test_app::TestApp;

#[test]
fn an_address_is_confirmed_by_a_link_that_works_once() {
    let server = MailServer::start();
    let app = TestApp::start_with(|config| server.configure(config));
    let ann = app.person("ann");
    let mails = server.wait_for(1);
    let mail = &mails[0];
    assert_eq!(mail.to, ["ann@example.org"]);
    assert_eq!(mail.header("from"), "Holdout <holdout@holdout.test>");
    assert!(mail.header("message-id").ends_with("@holdout.test>") && !mail.header("date").is_empty());
    assert!(!mail.headers.iter().any(|(name, _)| name.eq_ignore_ascii_case("list-unsubscribe")));
    let code = mail.link().strip_prefix("/verify/").unwrap().to_owned();
    let settings = || app.get("/me/mail", Some(&ann.token)).expect(200).json();
    assert_eq!((&settings()["verified_at"], &settings()["sends"]), (&Value::Null, &json!(true)));
    app.post("/email-verifications/hv_guess", None, &json!({})).expect(404);
    app.post(&format!("/email-verifications/{code}"), None, &json!({})).expect(204);
    app.post(&format!("/email-verifications/{code}"), None, &json!({})).expect(410);
    assert!(settings()["verified_at"].is_string());
    let again = app.post("/me/email-verification", Some(&ann.token), &json!({})).expect(409).json();
    assert_eq!(again["error"]["reason"], "email_verified");
    let listed = app.get("/me/messages", Some(&ann.token)).expect(200).json();
    let facts = listed["items"][0]["facts"].as_object().unwrap();
    assert!(facts.len() == 1 && facts["expires_at"].is_string(), "{facts:?}");
    // Nobody reads the code but who gets the e-mail, and it is not kept.
    assert!(!app.get("/me/messages", Some(&ann.token)).expect(200).text.contains("hv_"));
    assert_eq!(app.number("SELECT count(*) AS number FROM messages WHERE path LIKE '%hv_%'"), 0);
}

#[test]
fn an_address_changes_when_the_new_one_is_confirmed() {
    let server = MailServer::start();
    let app = TestApp::start_with(|config| server.configure(config));
    let (ann, bob) = (app.person("ann"), app.person("bob"));
    server.wait_for(2);
    server.clear();
    let change = |email: &str, password: &str| {
        app.send("PUT", "/me/email", Some(&ann.token), Some(&json!({ "email": email, "password": password })))
    };
    change("ann@example.com", "wrong password").expect(401);
    change(&bob.email, PASSWORD).expect(409);
    change("nothing", PASSWORD).expect(422);
    let settings = change("Ann@Example.com", PASSWORD).expect(200).json();
    assert_eq!((&settings["email"], &settings["pending"]), (&json!("ann@example.org"), &json!("ann@example.com")));
    let mails = server.wait_for(1);
    assert_eq!(mails[0].to, ["ann@example.com"]);
    let code = mails[0].link().strip_prefix("/verify/").unwrap();
    app.post(&format!("/email-verifications/{code}"), None, &json!({})).expect(204);
    assert_eq!(app.get("/me", Some(&ann.token)).expect(200).json()["account"]["email"], "ann@example.com");
    let mails = server.wait_for(2);
    assert_eq!((mails[1].to[0].as_str(), mails[1].header("subject")), (&*ann.email, "Your e-mail address was changed"));
    app.log_in("ann@example.com");
}

#[test]
fn a_forgotten_password_is_set_by_a_link_and_nobody_learns_who_has_an_account() {
    let server = MailServer::start();
    let app = TestApp::start_with(|config| server.configure(config));
    let ann = app.person("ann");
    server.wait_for(1);
    server.clear();
    let forget = |email: &str| app.post("/password-resets", None, &json!({ "email": email })).expect(204);
    assert_eq!(forget("nobody@example.org").text, forget("ann@example.org").text);
    let mails = server.wait_for(1);
    let code = mails[0].link().strip_prefix("/reset/").unwrap();
    let new = json!({ "password": "another horse battery" });
    app.post(&format!("/password-resets/{code}"), None, &new).expect(204);
    app.post(&format!("/password-resets/{code}"), None, &new).expect(410);
    app.get("/me", Some(&ann.token)).expect(401);
    let session = json!({ "email": ann.email, "password": "another horse battery" });
    let token = text(&app.post("/sessions", None, &session).expect(201).json()["access_token"]);
    // The link came by e-mail, so the address is theirs.
    assert!(app.get("/me/mail", Some(&token)).expect(200).json()["verified_at"].is_string());
    app.post("/password-resets", None, &json!({ "email": "x" })).expect(422);
}

#[test]
fn only_a_link_that_came_by_e_mail_confirms_an_address() {
    let server = MailServer::start();
    let arena = arena(&server);
    let (app, organizer) = (&arena.app, &arena.organizer);
    app.execute("UPDATE accounts SET email_verified_at = NULL");
    // Organizers make links for themselves too, and these prove nothing about the address.
    let path = "/organizer/password-resets";
    let made = app.post(path, Some(&organizer.token), &json!({ "email": organizer.email })).expect(201).json();
    let new = json!({ "password": "another horse battery" });
    app.post(&format!("/password-resets/{}", text(&made["code"])), None, &new).expect(204);
    assert_eq!(app.number("SELECT count(*) AS number FROM accounts WHERE email_verified_at IS NOT NULL"), 0);
    server.wait_for(0);
}

#[test]
fn nothing_is_sent_to_the_address_of_the_organizer_that_the_first_start_makes() {
    let server = MailServer::start();
    let app = TestApp::start_with(|config| server.configure(config));
    bootstrap(&app);
    for email in ["organizer@localhost", " Organizer@LOCALHOST "] {
        app.post("/password-resets", None, &json!({ "email": email })).expect(204);
    }
    assert_eq!(app.number("SELECT count(*) AS number FROM messages"), 0);
}

#[test]
fn few_links_are_sent_to_one_address_and_the_answer_stays_the_same() {
    let server = MailServer::start();
    let app = TestApp::start_with(|config| {
        server.configure(config);
        config.rates.links_per_address_per_hour = 2;
    });
    let ann = app.person("ann");
    server.wait_for(1);
    for _ in 0..4 {
        app.post("/password-resets", None, &json!({ "email": "ann@example.org" })).expect(204);
    }
    server.wait_for(3);
    // Nobody keeps another person from confirming an address by asking for passwords.
    app.post("/me/email-verification", Some(&ann.token), &json!({})).expect(200);
    server.wait_for(4);
    let refused = app.post("/me/email-verification", Some(&ann.token), &json!({})).expect(429);
    assert!(refused.text.contains("more than 2 links sent to this e-mail address in an hour"), "{}", refused.text);
}

#[test]
fn one_account_has_few_links_sent_to_strangers() {
    let server = MailServer::start();
    let arena = arena_with(&server, |config| config.rates.links_per_account_per_hour = 3);
    let app = &arena.app;
    let change = |name: &str| {
        let body = json!({ "email": format!("{name}@example.net"), "password": PASSWORD });
        app.send("PUT", "/me/email", Some(&arena.alice.token), Some(&body))
    };
    change("one").expect(200);
    change("two").expect(200);
    let invite = |name: &str| {
        let body = json!({ "email": format!("{name}@example.net") });
        app.post("/seasons/demo/teams/Alpha/invitations", Some(&arena.alice.token), &body).expect(201);
    };
    invite("three");
    assert_eq!(recipients(&server.wait_for(3)), ["one@example.net", "three@example.net", "two@example.net"]);
    let refused = change("four").expect(429);
    assert!(refused.text.contains("more than 3 links that this account had sent in an hour"), "{}", refused.text);
    // The captain passes the link on.
    invite("five");
    server.wait_for(3);
}

#[test]
fn strangers_get_no_words_of_a_captain_and_nothing_before_the_address_of_the_captain_is_confirmed() {
    let server = MailServer::start();
    let arena = arena(&server);
    let app = &arena.app;
    app.execute("UPDATE accounts SET email_verified_at = NULL WHERE email = 'alice@example.org'");
    let invite = || {
        let body = json!({ "email": "zoe@example.net" });
        app.post("/seasons/demo/teams/Alpha/invitations", Some(&arena.alice.token), &body).expect(201);
    };
    invite();
    server.wait_for(0);
    app.execute("UPDATE accounts SET email_verified_at = 1");
    invite();
    let mails = server.wait_for(1);
    assert_eq!(mails[0].header("subject"), "[Season] Invitation to a team");
    assert!(!mails[0].text.contains("Alpha") && !mails[0].text.contains("alice"), "{}", mails[0].text);
}

#[test]
fn an_address_with_a_line_break_is_none() {
    let server = MailServer::start();
    let arena = arena(&server);
    let app = &arena.app;
    for email in ["eve@example.org\r\nBcc: bob@example.org", "eve\r\n@example.org", "eve@example.org, bob@example.org"]
    {
        let account = json!({ "email": email, "name": "Eve", "password": PASSWORD });
        app.post("/accounts", None, &account).expect(422);
        app.post("/password-resets", None, &json!({ "email": email })).expect(422);
        let body = json!({ "email": email });
        app.post("/seasons/demo/teams/Alpha/invitations", Some(&arena.alice.token), &body).expect(422);
        let change = json!({ "email": email, "password": PASSWORD });
        app.send("PUT", "/me/email", Some(&arena.alice.token), Some(&change)).expect(422);
    }
    server.wait_for(0);
}

#[test]
fn a_link_for_a_password_ends_when_the_address_changes() {
    let server = MailServer::start();
    let app = TestApp::start_with(|config| server.configure(config));
    let ann = app.person("ann");
    server.wait_for(1);
    app.post("/password-resets", None, &json!({ "email": "ann@example.org" })).expect(204);
    let reset = format!("/password-resets/{}", server.wait_for(2)[1].link().rsplit('/').next().unwrap());
    app.get(&reset, None).expect(200);
    let change = json!({ "email": "ann@example.com", "password": PASSWORD });
    app.send("PUT", "/me/email", Some(&ann.token), Some(&change)).expect(200);
    let code = server.wait_for(3)[2].link().rsplit('/').next().unwrap().to_owned();
    app.post(&format!("/email-verifications/{code}"), None, &json!({})).expect(204);
    app.get(&reset, None).expect(410);
}

#[test]
fn invitations_go_to_their_address_and_their_codes_are_not_shown() {
    let server = MailServer::start();
    let arena = arena(&server);
    let app = &arena.app;
    let invite = json!({ "email": "zoe@example.org" });
    let created =
        app.post("/seasons/demo/teams/Alpha/invitations", Some(&arena.alice.token), &invite).expect(201).json();
    let mails = server.wait_for(1);
    assert_eq!(mails[0].to, ["zoe@example.org"]);
    assert_eq!(mails[0].link(), format!("/invitations/{}", text(&created["code"])));
    let listed = app.get(MESSAGES, Some(&arena.organizer.token)).expect(200);
    assert!(!listed.text.contains("hi_"), "{}", listed.text);
    let facts = json!({ "season": "Season", "expires_at": created["invitation"]["expires_at"] });
    assert_eq!(listed.json()["items"][0]["facts"], facts, "no word of the captain");
    let id = text(&listed.json()["items"][0]["id"]);
    let again = app.post(&format!("{MESSAGES}/{id}/send"), Some(&arena.organizer.token), &json!({})).expect(409).json();
    assert_eq!(again["error"]["reason"], "message_link_over");

    server.clear();
    let role = json!({ "email": "yan@example.org", "role": "judge" });
    let path = "/organizer/seasons/demo/invitations";
    let created = app.post(path, Some(&arena.organizer.token), &role).expect(201).json();
    let mails = server.wait_for(1);
    assert_eq!(mails[0].link(), format!("/organizer-invitations/{}", text(&created["code"])));
    assert!(mails[0].text.contains("judge"));
    let facts = json!({ "season": "Season", "role": "judge", "expires_at": created["invitation"]["expires_at"] });
    assert_eq!(items(app, MESSAGES, &arena.organizer)[0]["facts"], facts);
}
