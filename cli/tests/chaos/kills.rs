//! Server, scorer and clients are killed at random, at least a hundred times. Afterwards nothing
//! accepted is lost, nothing is scored twice or charged twice, and no file is there that no row
//! names.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Mutex;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use crate::support::supervised::{LONGEST, Random, StopAtEnd, Victims, insist, supervise};
use crate::support::{Installation, Season, Team};

const KILLS: usize = 100;
const TEAMS: u64 = 3;
#[test]
fn nothing_is_lost_scored_twice_or_charged_twice() {
    let seed = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).unwrap().as_secs() | 1;
    println!("seed {seed}");
    let installation = Installation::new();
    let season = Season::small(200, 10);
    // Leases end soon, and no number of kills may use up the attempts.
    let environment = [
        ("HOLDOUT_QUEUE__LEASE_SECONDS", "2"),
        ("HOLDOUT_QUEUE__HEARTBEAT_SECONDS", "1"),
        ("HOLDOUT_QUEUE__ATTEMPTS", "1000"),
        ("HOLDOUT_QUEUE__RETRY_SECONDS", "0"),
        ("HOLDOUT_QUEUE__QUEUED_PER_TEAM", "10000"),
        ("HOLDOUT_UPLOADS__PART_BYTES", "512"),
        ("HOLDOUT_UPLOADS__SWEEP_SECONDS", "1"),
        ("HOLDOUT_UPLOADS__SWEEP_GRACE_SECONDS", "1"),
        ("HOLDOUT_RATES__REGISTRATIONS_PER_MINUTE", "10000"),
        ("HOLDOUT_RATES__LOGINS_PER_MINUTE", "10000"),
        ("HOLDOUT_RATES__SUBMISSIONS_PER_MINUTE", "10000"),
    ];
    let victims = Victims::default();
    let stop = AtomicBool::new(false);
    let kills = AtomicUsize::new(0);
    let accepted: Mutex<BTreeMap<String, u64>> = Mutex::default();
    {
        let (installation, season, victims, stop) = (&installation, &season, &victims, &stop);
        let (kills, accepted) = (&kills, &accepted);
        std::thread::scope(|scope| {
            let _stop = StopAtEnd(stop);
            scope.spawn(move || supervise(victims, "server", || installation.serve(&environment), stop));
            installation.wait_until_ready();
            installation.apply(season);
            let scorer = installation.scorer_token();
            let teams: Vec<_> = (0..TEAMS).map(|team| installation.team(season, &format!("team {team}"))).collect();
            scope.spawn(move || supervise(victims, "scorer", || installation.score(&scorer), stop));
            let work = |(number, team): (u64, Team)| {
                scope.spawn(move || {
                    let mut round = 0;
                    while kills.load(Ordering::Relaxed) < KILLS {
                        // Every file is another one and has its own number of wrong answers.
                        let wrong = (round * TEAMS + number) % 150;
                        let file = season.answers(team.folder(), round, wrong);
                        let output = team.folder().join("output.json");
                        let command = || team.submit(installation, season, &file);
                        let text = insist(victims, &format!("client {number}"), command, &output);
                        let answer: serde_json::Value = serde_json::from_str(&text).unwrap();
                        let id = answer["id"].as_str().unwrap().to_owned();
                        assert!(accepted.lock().unwrap().insert(id, wrong).is_none(), "two files, one submission");
                        round += 1;
                    }
                })
            };
            let clients: Vec<_> = (0..).zip(teams).map(work).collect();
            let begun = Instant::now();
            let mut random = Random(seed);
            while kills.load(Ordering::Relaxed) < KILLS && begun.elapsed() < LONGEST {
                std::thread::sleep(Duration::from_millis(20 + random.below(250)));
                // A client that gives up ends the test.
                if clients.iter().any(|client| client.is_finished()) {
                    break;
                }
                let name = match random.below(10) {
                    0..=2 => "server".to_owned(),
                    3..=5 => "scorer".to_owned(),
                    _ => format!("client {}", random.below(TEAMS)),
                };
                if victims.kill(&name) {
                    kills.fetch_add(1, Ordering::Relaxed);
                }
            }
            for client in clients {
                client.join().unwrap();
            }
            installation.wait_until_drained(season, LONGEST);
        });
    }
    victims.end_all();

    let accepted = accepted.into_inner().unwrap();
    println!("{} kills, {} submissions", kills.load(Ordering::Relaxed), accepted.len());
    assert!(kills.load(Ordering::Relaxed) >= KILLS);
    assert!(accepted.len() >= 9, "the teams got through {} submissions only", accepted.len());

    let after = installation.serve(&environment).spawn().unwrap();
    victims.enter("server", after);
    installation.wait_until_ready();
    let submissions = installation.all_submissions(&season);
    let ids: BTreeSet<_> = submissions.iter().map(|submission| submission["id"].as_str().unwrap().to_owned()).collect();
    assert_eq!(ids.len(), submissions.len());
    assert_eq!(ids, accepted.keys().cloned().collect(), "accepted and recorded submissions differ");
    for submission in &submissions {
        let id = submission["id"].as_str().unwrap();
        assert_eq!(submission["state"], "scored", "{submission}");
        assert_eq!(submission["scores"]["public"]["wrong"].as_u64(), accepted.get(id).copied(), "{submission}");
        assert_eq!(submission["charge"]["state"], "committed", "{submission}");
    }
    installation.assert_one_result_and_one_charge_each(accepted.len());
    installation.assert_one_entry_of_the_log_each(accepted.len());
    installation.assert_no_unnamed_file();
    victims.end_all();
}
