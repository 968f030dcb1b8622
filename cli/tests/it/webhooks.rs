//! Webhooks on the command line.

use serde_json::{Value, json};

use crate::program::{Server, wait_until};
use crate::receiver::{Manner, Receiver};

#[test]
fn an_organizer_makes_tests_and_changes_a_webhook() {
    let receiver = Receiver::start();
    let server = Server::without_scorer_with(&[("HOLDOUT_WEBHOOKS__ALLOWED_NETWORKS", "127.0.0.1")]);
    let organizer = server.organizer();
    organizer.apply_small();
    let (url, add) = (receiver.url(), ["webhook", "add", "small"]);
    organizer.run(&[&add[..], &[&url, "--kinds", "leader,nothing"]].concat()).failed(2, "there are opened, closed,");
    organizer.run(&[&add[..], &["https://127.0.0.2/"]].concat()).failed(1, "webhooks are sent to public addresses");
    let made = organizer.json(&[&add[..], &[&url, "--kinds", "announced", "--description", "Chat"]].concat());
    let (id, secret) =
        (made["webhook"]["id"].as_str().unwrap().to_owned(), made["secret"].as_str().unwrap().to_owned());
    let listed = organizer.run(&["webhook", "list", "small"]).done().output;
    assert!(listed.contains("enabled") && listed.contains("Chat") && !listed.contains(&secret), "{listed}");
    server.person("ann").run(&["webhook", "list", "small"]).failed(1, "only organizers");

    let on = |command: &'static str| ["webhook", command, "small", &id].map(str::to_owned);
    let run = |command: &'static str, more: &[&str]| {
        let words = on(command);
        let words: Vec<&str> = words.iter().map(String::as_str).chain(more.iter().copied()).collect();
        organizer.run(&words)
    };
    assert!(run("test", &[]).done().output.contains("The test was delivered (204)."));
    assert!(receiver.deliveries()[0].is_signed_with(&secret));
    receiver.behave(Manner::Answers(500));
    run("test", &[]).failed(1, "the test failed: status, the receiver answered 500");
    receiver.behave(Manner::Answers(200));

    receiver.clear();
    organizer.run(&["announce", "small", "--title", "Disk replaced", "--text", "All is well."]).done();
    assert_eq!(receiver.wait_for(1)[0].json()["data"]["title"], "Disk replaced");
    let log = || organizer.json(&["webhook", "deliveries", "small", &id]);
    wait_until("the delivery to be settled", || log()[0]["state"] == "delivered");
    let delivery = log()[0]["id"].as_str().unwrap().to_owned();
    assert!(run("deliveries", &["--limit", "1"]).done().output.contains("announced"));
    run("resend", &[&delivery]).done();
    assert_eq!(receiver.wait_for(2)[1].header("webhook-id"), delivery);

    let replaced: Value = organizer.json(&["webhook", "rotate-secret", "small", &id, "--overlap-hours", "0"]);
    assert_ne!(replaced["secret"], json!(secret));
    run("edit", &[]).failed(2, "--url");
    assert!(run("edit", &["--disable"]).done().output.contains("disabled"));
    run("resend", &[&delivery]).failed(1, "the webhook is disabled");
    run("remove", &[]).failed(2, "Run it with `--yes`.");
    run("remove", &["--yes"]).done();
    assert!(organizer.run(&["webhook", "list", "small"]).done().output.contains("No webhooks."));
}
