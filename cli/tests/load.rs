//! Everything that one caller can try on a server, at once, beside an honest team: its submissions
//! are accepted within a second and scored within five, and the server stays within 300 MB.
//!
//! Real processes on loopback, bounded in number and time. What is measured depends on the machine,
//! so the median of several submissions counts, and a busy machine gets further rounds.

#![expect(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic,
    reason = "a test that cannot go on fails, and its figures are for people"
)]

mod attackers;
mod support;

use std::process::{Child, Command};
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use attackers::{ATTACKS, Sender, Target, call, post, upload};
use support::{Installation, Season};

/// Rounds of measuring; one that is within the bounds is enough.
const ROUNDS: usize = 4;
/// Honest submissions in a round.
const SUBMISSIONS: usize = 5;
const ACCEPTED_WITHIN: Duration = Duration::from_secs(1);
const SCORED_WITHIN: Duration = Duration::from_secs(5);
const MOST_RSS: u64 = 300 << 20;

/// A process that is killed at the end, also of a test that fails.
struct Process(Child);

impl Process {
    fn start(command: &mut Command) -> Self {
        Self(command.spawn().unwrap())
    }

    /// Resident memory, bytes: now, or the most there ever was.
    fn memory(&self, field: &str) -> u64 {
        let status = std::fs::read_to_string(format!("/proc/{}/status", self.0.id())).unwrap();
        let line = status.lines().find(|line| line.starts_with(field)).unwrap();
        line.split_whitespace().nth(1).unwrap().parse::<u64>().unwrap() << 10
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        self.0.kill().ok();
        self.0.wait().ok();
    }
}

struct StopAtEnd<'a>(&'a AtomicBool);

impl Drop for StopAtEnd<'_> {
    fn drop(&mut self) {
        self.0.store(true, Ordering::Relaxed);
    }
}

/// A server with defaults but for what a short test needs: attackers get their accounts.
fn serve(installation: &Installation) -> Process {
    let server = Process::start(&mut installation.serve(&[
        ("HOLDOUT_RATES__TRUSTED_PROXIES", "127.0.0.1"),
        ("HOLDOUT_RATES__REGISTRATIONS_PER_MINUTE", "1000"),
        ("HOLDOUT_WORKERS", "2"),
        // Less than the default of 20, so that the test sees bodies given up.
        ("HOLDOUT_LIMITS__BODY_SECONDS", "4"),
    ]));
    installation.wait_until_ready();
    server
}

#[test]
fn an_honest_team_is_served_while_everything_is_tried_at_once() {
    let installation = Installation::new();
    let server = serve(&installation);
    let season = Season::small(5000, 100);
    installation.apply(&season);
    let _scorer = Process::start(&mut installation.score(&installation.scorer_token()));
    let honest = installation.team(&season, "Honest").token().to_owned();
    let evil: Vec<String> =
        ["Evil One", "Evil Two", "Evil Three"].map(|name| installation.team(&season, name).token().to_owned()).to_vec();
    let folder = tempfile::tempdir().unwrap();
    let target = Target::new(&installation.origin(), season.slug(), evil);
    let begun = server.memory("VmRSS");

    let stop = AtomicBool::new(false);
    std::thread::scope(|scope| {
        let _stop = StopAtEnd(&stop);
        for (_, attack, threads) in ATTACKS {
            for number in 0..*threads {
                let (target, stop) = (&target, &stop);
                scope.spawn(move || attack(target, number, stop));
            }
        }
        std::thread::sleep(Duration::from_secs(6));
        let mut files = (0..).map(|round| std::fs::read(season.answers(folder.path(), round, round)).unwrap());
        let mut rounds = (0..ROUNDS).map(|round| {
            let mut times: Vec<_> = (0..SUBMISSIONS)
                .map(|_| {
                    std::thread::sleep(Duration::from_millis(200));
                    submit(&target, &honest, &files.next().unwrap())
                })
                .collect();
            let (accepted, scored) = (median(&mut times, |time| time.0), median(&mut times, |time| time.1));
            let memory = server.memory("VmRSS");
            println!("round {round}: accepted in {accepted:?}, scored in {scored:?}, {} MB resident", memory >> 20);
            accepted <= ACCEPTED_WITHIN && scored <= SCORED_WITHIN && memory <= MOST_RSS
        });
        assert!(rounds.any(|good| good), "the honest team waits, or the server takes too much memory");
    });
    let most = server.memory("VmHWM");
    println!("server: {} MB resident at first, {} MB at most", begun >> 20, most >> 20);
    for (name, _, _) in ATTACKS {
        println!("{name}: {}", target.tally(name));
    }
    target.assert_all_were_at_work();
    assert!(most <= MOST_RSS, "the server had {} MB at most", most >> 20);
}

fn median(times: &mut [(Duration, Duration)], of: fn(&(Duration, Duration)) -> Duration) -> Duration {
    times.sort_by_key(of);
    of(&times[times.len() / 2])
}

/// Submits a file: how long until it was accepted, and until it was scored from then on.
fn submit(target: &Target, token: &str, file: &[u8]) -> (Duration, Duration) {
    let begun = Instant::now();
    let id = upload(target, token, "honest", file).1.expect("the honest team's upload is taken");
    let body = serde_json::json!({ "upload": id, "kind": "predictions" });
    let (status, text) = post(target, &target.path("submissions"), Some(token), "honest", &body);
    assert_eq!(status, 201, "{text}");
    let accepted = begun.elapsed();
    let submission: serde_json::Value = serde_json::from_str(&text).unwrap();
    let path = format!("/api/v1/submissions/{}", submission["id"].as_str().unwrap());
    let begun = Instant::now();
    loop {
        let (_, text) = call(target, "GET", &path, Sender { token: Some(token), from: "honest" }, None);
        if text.contains("\"state\":\"scored\"") {
            return (accepted, begun.elapsed());
        }
        assert!(begun.elapsed() < Duration::from_secs(120), "not scored: {text}");
        std::thread::sleep(Duration::from_millis(50));
    }
}

#[test]
fn the_memory_of_logins_is_given_back_or_used_again() {
    let installation = Installation::new();
    let server = serve(&installation);
    let target = Target::new(&installation.origin(), "none", Vec::new());
    let begun = server.memory("VmRSS");
    let mut computed = 0;
    for round in 0..2 {
        let statuses: Vec<u16> = std::thread::scope(|scope| {
            let logins: Vec<_> = (0..300)
                .map(|number| {
                    let target = &target;
                    scope.spawn(move || {
                        let body = serde_json::json!({ "email": "nobody@example.org", "password": "not the password" });
                        // Ten for each address, and each for an address without an account of its
                        // own.
                        let body = body.to_string().replace("nobody", &format!("nobody{round}-{number}"));
                        let from = format!("198.51.{round}.{}", number / 10);
                        call(
                            target,
                            "POST",
                            "/api/v1/sessions",
                            Sender { token: None, from: &from },
                            Some(("application/json", body.as_bytes())),
                        )
                        .0
                    })
                })
                .collect();
            logins.into_iter().map(|login| login.join().unwrap()).collect()
        });
        computed += statuses.iter().filter(|status| **status == 401).count();
        assert!(statuses.iter().all(|status| matches!(status, 401 | 429 | 503)), "{statuses:?}");
    }
    let after = server.memory("VmRSS");
    println!("{computed} logins computed: {} MB before, {} MB after", begun >> 20, after >> 20);
    assert!(computed >= 200, "{computed}");
    // The blocks of four turns of 19 MiB are kept, and some threads.
    assert!(after < begun + (120 << 20), "{} MB before, {} MB after", begun >> 20, after >> 20);
}
