//! A season with a webhook, and its receiver.

use std::time::{Duration, Instant};

use serde_json::{Value, json};

use crate::arena::Arena;
use crate::people::text;
use crate::receiver::Receiver;
use crate::test_app::Answer;

/// The webhooks of the season.
pub const WEBHOOKS: &str = "/organizer/seasons/demo/webhooks";

/// A season whose webhooks may send to this machine. An attempt takes at most a second or two.
pub fn arena() -> Arena {
    Arena::start_with(1000, |config| {
        config.queue.queued_per_team = 1000;
        config.webhooks.allowed_networks = "127.0.0.1".parse().unwrap();
        config.webhooks.timeout_seconds = 2;
    })
}

/// Makes a webhook; its id and its secret.
pub fn webhook(arena: &Arena, receiver: &Receiver, kinds: &[&str]) -> (String, String) {
    let body = json!({ "url": receiver.url(), "kinds": kinds });
    let made = arena.app.post(WEBHOOKS, Some(&arena.organizer.token), &body).expect(201).json();
    (text(&made["webhook"]["id"]), text(&made["secret"]))
}

pub fn change(arena: &Arena, id: &str, changes: Value) -> Answer {
    arena.app.send("PATCH", &format!("{WEBHOOKS}/{id}"), Some(&arena.organizer.token), Some(&changes))
}

/// The webhook as organizers see it.
pub fn shown(arena: &Arena, id: &str) -> Value {
    let list = arena.app.get(WEBHOOKS, Some(&arena.organizer.token)).expect(200).json();
    list["items"].as_array().unwrap().iter().find(|webhook| webhook["id"] == id).unwrap().clone()
}

/// The log of deliveries, newest first.
pub fn log(arena: &Arena, id: &str) -> Vec<Value> {
    let path = format!("{WEBHOOKS}/{id}/deliveries");
    arena.app.get(&path, Some(&arena.organizer.token)).expect(200).json()["items"].as_array().unwrap().clone()
}

/// Waits until the log has what `is` looks for.
#[track_caller]
pub fn wait_for_log(arena: &Arena, id: &str, is: impl Fn(&[Value]) -> bool) -> Vec<Value> {
    let began = Instant::now();
    loop {
        let found = log(arena, id);
        if is(&found) {
            return found;
        }
        assert!(began.elapsed() < Duration::from_secs(60), "{found:?}");
        std::thread::sleep(Duration::from_millis(50));
    }
}

pub fn announce(arena: &Arena, title: &str) {
    let body = json!({ "title": title, "text": "Text" });
    arena.app.post("/organizer/seasons/demo/announcements", Some(&arena.organizer.token), &body).expect(201);
}

/// Ends the pauses between attempts.
pub fn hurry(arena: &Arena) {
    arena.app.execute("UPDATE webhooks SET next_try_at = 1");
}
