//! A season whose people have confirmed their addresses, and its messages.

use std::time::{Duration, Instant};

use holdout_server::Config;
use serde_json::{Value, json};

use crate::arena::Arena;
use crate::people::Person;
use crate::smtp::{Mail, MailServer};
use crate::test_app::TestApp;

const ANNOUNCE: &str = "/organizer/seasons/demo/announcements";
/// Messages about the season.
pub const MESSAGES: &str = "/organizer/seasons/demo/messages";

/// The season; what was sent for the addresses is forgotten.
pub fn arena(server: &MailServer) -> Arena {
    arena_with(server, |_| ())
}

/// The season on a server with further settings.
pub fn arena_with(server: &MailServer, more: impl FnOnce(&mut Config)) -> Arena {
    let arena = Arena::start_with(1000, |config| {
        config.queue.queued_per_team = 1000;
        server.configure(config);
        more(config);
    });
    server.wait_for(3);
    server.clear();
    arena.app.execute("UPDATE accounts SET email_verified_at = 1");
    arena
}

pub fn announce(arena: &Arena, title: &str, said: &str) {
    let body = json!({ "title": title, "text": said });
    arena.app.post(ANNOUNCE, Some(&arena.organizer.token), &body).expect(201);
}

pub fn items(app: &TestApp, path: &str, person: &Person) -> Vec<Value> {
    app.get(path, Some(&person.token)).expect(200).json()["items"].as_array().unwrap().clone()
}

/// Waits until the newest message of the season is in this state.
#[track_caller]
pub fn wait_for_state(arena: &Arena, state: &str) -> Value {
    let began = Instant::now();
    loop {
        let newest = items(&arena.app, MESSAGES, &arena.organizer).first().cloned().unwrap_or_default();
        if newest["state"] == state {
            return newest;
        }
        assert!(began.elapsed() < Duration::from_secs(30), "{newest}");
        std::thread::sleep(Duration::from_millis(50));
    }
}

pub fn recipients(mails: &[Mail]) -> Vec<&str> {
    let mut all: Vec<&str> = mails.iter().flat_map(|mail| mail.to.iter().map(String::as_str)).collect();
    all.sort_unstable();
    all
}
