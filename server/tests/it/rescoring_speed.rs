//! How long a corrected label takes with 100,000 stored results, and how the board answers
//! meanwhile. Not run by default:
//!
//! ```text
//! cargo test --release -p holdout-server --test it -- --ignored --nocapture rescoring_speed
//! ```

use std::fmt::Write as _;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use holdout_evaluation::{ClassList, SplitMix64, TestSet};
use serde_json::{Value, json};

use crate::arena::Arena;
use crate::people::text;

const IMAGES: usize = 1000;
const CLASSES: u64 = 1000;
const RESULTS: usize = 100_000;
const TEAMS: usize = 1000;
const TASK: &str = "/seasons/demo/tasks/classification";

fn classes() -> String {
    (1..=CLASSES).map(|class| format!("{class}\tn{class:08}\tclass {class}\n")).collect()
}

fn labels(first: u64) -> String {
    let mut random = SplitMix64::new(1);
    let label = |image| {
        let drawn = random.below(CLASSES) + 1;
        format!("{}\n", if image == 0 { first } else { drawn })
    };
    (0..IMAGES).map(label).collect()
}

/// Five different labels an image: what a model gives.
fn file() -> String {
    let mut random = SplitMix64::new(2);
    let mut text = String::new();
    for _ in 0..IMAGES {
        let first = random.below(CLASSES - 5) + 1;
        let row: Vec<String> = (0..5).map(|place| (first + place).to_string()).collect();
        writeln!(text, "{}", row.join(" ")).unwrap();
    }
    text
}

/// Copies the one result that there is until there are this many, under names of their own and for
/// up to a thousand teams.
pub fn multiply(arena: &Arena, results: usize) {
    let teams = results.min(TEAMS);
    let postgres = arena.app.database_url().starts_with("postgres");
    let id = |group: u32| {
        let number = if postgres { "lpad(to_hex(i), 8, '0')" } else { "printf('%08x', i)" };
        format!("{number} || '-0000-7000-8000-{group:012}'")
    };
    let team = format!(
        "CASE WHEN i % {teams} = 0 THEN team_id ELSE {} END",
        id(1).replace("(i", &format!("(i % {teams}")).replace(", i)", &format!(", i % {teams})"))
    );
    let numbers =
        |most: usize| format!("WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < {most})");
    arena.app.execute(&format!(
        "{} INSERT INTO teams (id, season_id, name, name_key, look_key, created_at, status)
         SELECT {}, season_id, 'Team ' || i, 'team ' || i, '', created_at, status FROM n, teams WHERE name = 'Alpha'",
        numbers(teams - 1),
        id(1)
    ));
    let numbers = numbers(results - 1);
    arena.app.execute(&format!(
        "{numbers} INSERT INTO submissions (id, season_id, task_id, team_id, account_id, kind, sha256, size, links, baseline,
         evaluation_id, created_at) SELECT {}, season_id, task_id, {team}, account_id, kind, sha256, size, links, baseline, {},
         created_at + i FROM n, submissions",
        id(2),
        id(3)
    ));
    arena.app.execute(&format!(
        "{numbers} INSERT INTO evaluations (id, submission_id, task_id, team_id, test_set_id, kind, state, attempt, failures,
         done, total, queued_at, finished_at, scorer_version, rescoring) SELECT {}, {}, task_id, {team}, test_set_id, kind,
         state, attempt, failures, done, total, queued_at, finished_at + i, scorer_version, rescoring FROM n, evaluations",
        id(3),
        id(2)
    ));
    arena.app.execute(&format!(
        "{numbers} INSERT INTO answers (evaluation_id, test_set_id, packed) SELECT {}, test_set_id, packed FROM n, answers",
        id(3)
    ));
    arena.app.execute(&format!(
        "{numbers} INSERT INTO results (evaluation_id, task_id, n, top1_wrong, top5_wrong, public_n, public_top1_wrong,
         public_top5_wrong, board_version, top1, top5, answers_of) SELECT {0}, task_id, n, top1_wrong, top5_wrong, public_n,
         public_top1_wrong, public_top5_wrong, board_version, top1, top5, {0} FROM n, results",
        id(3)
    ));
}

#[test]
#[ignore = "takes minutes"]
fn a_hundred_thousand_results_after_one_corrected_label() {
    let arena = Arena::start();
    let set = TestSet::parse_labels(ClassList::parse(classes().as_bytes()).unwrap(), labels(1).as_bytes()).unwrap();
    arena.replace_test_set("classification", 2, &set);
    arena.app.execute(
        "UPDATE tasks SET settings = REPLACE(settings, '\"predictions\", \"torchscript\"', '\"predictions\"')",
    );
    let file = file();
    arena.submit(&arena.alice, file.as_bytes()).expect(201);
    arena.score_file(&arena.claim().unwrap(), &set, file.as_bytes()).expect(200);
    multiply(&arena, RESULTS);
    assert_eq!(arena.app.count("results"), i64::try_from(RESULTS).unwrap());
    let [classes, labels, images] = [classes().as_bytes(), labels(2).as_bytes(), b"PK\x03\x04 and so on"]
        .map(|file| arena.upload(&arena.organizer, file));
    let body = json!({ "classes": classes, "labels": labels, "images": images });
    let token = Some(arena.organizer.token.as_str());
    let board = || arena.app.get(&format!("{TASK}/leaderboard"), None).expect(200);
    board();

    let done = AtomicBool::new(false);
    let (mut times, counting, preview) = std::thread::scope(|scope| {
        let viewer = scope.spawn(|| {
            let mut times = Vec::new();
            while !done.load(Ordering::Relaxed) {
                let began = Instant::now();
                board();
                times.push(began.elapsed());
                std::thread::sleep(Duration::from_millis(20));
            }
            times
        });
        let began = Instant::now();
        arena.app.send("PUT", &format!("{TASK}/test-set"), token, Some(&body)).expect(202);
        // Counted in the database, so that looking costs the server nothing.
        while arena.app.count("results") < i64::try_from(2 * RESULTS).unwrap() {
            assert!(began.elapsed() < Duration::from_secs(1200));
            std::thread::sleep(Duration::from_millis(200));
        }
        let counting = began.elapsed();
        done.store(true, Ordering::Relaxed);
        let began = Instant::now();
        let found = arena.app.get("/organizer/seasons/demo/tasks/classification/rescoring", token).expect(200).json();
        (viewer.join().unwrap(), counting, (found, began.elapsed()))
    });
    times.sort_unstable();
    let at = |share: usize| times[(times.len() - 1) * share / 100];
    let (found, previewing): (Value, Duration) = preview;
    assert_eq!(found["counts"]["scored"], RESULTS, "{}", found["counts"]);
    let began = Instant::now();
    arena.app.post(&format!("/organizer/rescorings/{}/apply", text(&found["id"])), token, &json!({})).expect(200);
    let applying = began.elapsed();
    println!(
        "{RESULTS} results of {IMAGES} images: counted in {counting:.1?}, previewed in {previewing:.1?}, applied in {applying:.1?}"
    );
    while arena.app.count("log_backlog") + arena.app.count("log_entries WHERE position IS NULL") > 0 {
        assert!(began.elapsed() < Duration::from_secs(900));
        std::thread::sleep(Duration::from_millis(200));
    }
    println!("all receipts in the log {:.1?} after that", began.elapsed() - applying);
    println!(
        "board meanwhile, {} requests: median {:.1?}, p99 {:.1?}, longest {:.1?}",
        times.len(),
        at(50),
        at(99),
        at(100)
    );
    while board().json()["version"] != 3 {
        std::thread::sleep(Duration::from_millis(50));
    }
}
