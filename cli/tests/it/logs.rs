//! What a server writes to standard error: with JSON logs, lines of JSON only.

use std::io::{BufRead, BufReader};
use std::process::{Child, Command};
use std::sync::mpsc::{Receiver, channel};
use std::time::Duration;

use serde_json::Value;

use crate::program::{Person, program};

/// Ends the server with the test.
struct Running(Child);

impl Drop for Running {
    fn drop(&mut self) {
        self.0.kill().ok();
        self.0.wait().ok();
    }
}

fn serve(data: &std::path::Path, listen: &str, settings: &[(&str, &str)]) -> Command {
    let mut command = program();
    command.args(["serve", "--listen", listen, "--log-format", "json", "--data"]).arg(data);
    command.env("HOME", data).envs(settings.iter().copied());
    command
}

fn lines(running: &mut Running) -> Receiver<String> {
    let (sender, lines) = channel();
    let said = BufReader::new(running.0.stderr.take().unwrap());
    std::thread::spawn(move || said.lines().map_while(Result::ok).try_for_each(|line| sender.send(line)));
    lines
}

/// The next line with this message, and every line before it is JSON.
#[track_caller]
fn next(lines: &Receiver<String>, message: &str) -> Value {
    loop {
        let line = lines.recv_timeout(Duration::from_secs(30)).unwrap_or_else(|_| panic!("no `{message}`"));
        let value: Value = serde_json::from_str(&line).unwrap_or_else(|error| panic!("{error}: {line}"));
        if value["message"].as_str().is_some_and(|found| found.starts_with(message)) {
            return value;
        }
    }
}

#[test]
fn every_line_is_json_and_a_failed_login_has_its_reason() {
    let folder = tempfile::tempdir().unwrap();
    let settings = [("HOLDOUT_RATES__LOGINS_PER_MINUTE", "3"), ("HOLDOUT_RATES__TRUSTED_PROXIES", "127.0.0.1")];
    let mut running = Running(serve(folder.path(), "127.0.0.1:0", &settings).spawn().unwrap());
    let said = lines(&mut running);
    let served = next(&said, "serving on ");
    let address = served["message"].as_str().unwrap().trim_start_matches("serving on ").to_owned();
    let ann = Person::at(&address);
    ann.register("ann").done();
    let log_in = |from: &str, email: &str| {
        let body = serde_json::json!({ "email": email, "password": "a wrong password" });
        let request = ureq::post(format!("{address}/api/v1/sessions")).config().http_status_as_error(false).build();
        request.header("x-forwarded-for", from).send_json(body).unwrap().status().as_u16()
    };
    assert_eq!(log_in("203.0.113.1", "ann@example.org"), 401);
    let failed = next(&said, "login failed");
    assert_eq!((failed["reason"].as_str(), failed["client"].as_str()), (Some("wrong password"), Some("203.0.113.1")));
    assert!(failed["account"].is_string(), "{failed}");
    let answered = next(&said, "answered");
    assert_eq!((answered["client"].as_str(), answered["status"].as_u64()), (Some("203.0.113.1"), Some(401)));
    assert_eq!(log_in("203.0.113.2", "nobody@example.org"), 401);
    assert_eq!(next(&said, "login failed")["reason"], "unknown account");
    while log_in("203.0.113.3", "nobody@example.org") != 429 {}
    while next(&said, "login failed")["reason"] != "rate" {}

    // A start that fails says so in JSON as well.
    let listen = address.trim_start_matches("http://");
    let other = tempfile::tempdir().unwrap();
    let refused = serve(other.path(), listen, &[]).output().unwrap();
    let text = String::from_utf8(refused.stderr).unwrap();
    assert!(!text.is_empty() && text.contains(listen), "{text}");
    for line in text.lines() {
        let line: Value = serde_json::from_str(line).unwrap_or_else(|error| panic!("{error}: {line}"));
        assert!(line["timestamp"].is_string() && line["level"].is_string() && line["message"].is_string(), "{line}");
    }
}
