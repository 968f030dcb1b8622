//! Receipts and the transparency log, as teams, organizers and strangers get them.

use std::time::{Duration, Instant};

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use holdout_protocol::{LogEntries, LogProof, LoggedReceipt, SeasonLog, SubmissionReceipts};
use holdout_receipts::{
    Checkpoint, Counts, Decision, Hash, Nonce, Note, Opening, Receipt, SigningKey, Statement, VerifyingKey, root_of,
    verify_extension, verify_in_log, verify_receipt, verify_season,
};
use serde_json::json;

use crate::arena::{Arena, predictions};
use crate::people::{Person, text};
use crate::rescoring_speed::multiply;

/// All images of the public part are right; of the ten private ones, one by its first label and
/// three among the five.
const TOP1: [u8; 3] = [255, 7, 0];
const TOP5: [u8; 3] = [255, 31, 0];
const PRIVATE: Counts = Counts { n: 10, top1_wrong: 9, top5_wrong: 7 };

pub fn score_one(arena: &Arena) -> String {
    let id = text(&arena.submit(&arena.alice, &predictions()).expect(201).json()["id"]);
    arena.score(&arena.claim().unwrap(), TOP1, TOP5).expect(200);
    id
}

pub fn key(arena: &Arena) -> VerifyingKey {
    arena.app.get("/log/key", None).expect(200).text.trim().parse().unwrap()
}

fn head(arena: &Arena) -> (String, Checkpoint) {
    let note = arena.app.get("/log/checkpoint", None).expect(200).text;
    let checkpoint = Note::open(&note, &[key(arena)]).unwrap().text.parse().unwrap();
    (note, checkpoint)
}

/// Waits until the log has so many entries, and returns the hashes of all.
#[track_caller]
pub fn leaves(arena: &Arena, wanted: u64) -> Vec<Hash> {
    let began = Instant::now();
    while head(arena).1.size < wanted {
        assert!(began.elapsed() < Duration::from_secs(60), "the log has {} entries", head(arena).1.size);
        std::thread::sleep(Duration::from_millis(20));
    }
    let (_, checkpoint) = head(arena);
    let path = format!("/log/entries?start=0&end={}", checkpoint.size);
    let listed: LogEntries = serde_json::from_value(arena.app.get(&path, None).expect(200).json()).unwrap();
    let indices: Vec<u64> = listed.entries.iter().map(|entry| entry.index).collect();
    assert_eq!(indices, (0..checkpoint.size).collect::<Vec<_>>(), "the places are consecutive");
    let leaves: Vec<Hash> = listed.entries.iter().map(|entry| entry.leaf.parse().unwrap()).collect();
    assert_eq!(root_of(leaves.iter().copied()), checkpoint.root, "the head has just these entries");
    assert_eq!(checkpoint.size, wanted);
    leaves
}

pub fn receipts(arena: &Arena, person: Option<&Person>, id: &str) -> SubmissionReceipts {
    let answer = arena.app.get(&format!("/submissions/{id}/receipts"), person.map(|person| &*person.token));
    serde_json::from_value(answer.expect(200).json()).unwrap()
}

/// Verifies a receipt and its place, and returns what it says.
#[track_caller]
fn proved(arena: &Arena, bundle: &SubmissionReceipts, logged: &LoggedReceipt) -> Receipt {
    let keys = [key(arena)];
    let verified = verify_receipt(logged.note.as_ref().unwrap(), &keys).unwrap();
    let proof: Vec<Hash> = logged.proof.iter().map(|hash| hash.parse().unwrap()).collect();
    verify_in_log((verified.leaf, logged.index), &proof, &bundle.checkpoint, &keys).unwrap();
    assert_eq!(verified.leaf.to_string(), logged.leaf);
    verified.receipt
}

/// Returns what all receipts of a bundle say, which have to be one unbroken sequence.
#[track_caller]
fn chain(arena: &Arena, bundle: &SubmissionReceipts) -> Vec<Statement> {
    let mut previous = None;
    let said = bundle.receipts.iter().map(|logged| {
        let receipt = proved(arena, bundle, logged);
        assert_eq!(receipt.previous, previous);
        previous = Some(logged.leaf.parse().unwrap());
        receipt.statement
    });
    said.collect()
}

pub fn hashes(arena: &Arena, path: &str) -> Vec<Hash> {
    let proof: LogProof = serde_json::from_value(arena.app.get(path, None).expect(200).json()).unwrap();
    proof.hashes.iter().map(|hash| hash.parse().unwrap()).collect()
}

#[test]
fn a_result_has_a_receipt_that_is_in_the_log() {
    let arena = Arena::start();
    assert_eq!(head(&arena).1.root, Hash::of_empty_tree());
    let id = score_one(&arena);
    let earlier = leaves(&arena, 1);
    let before = head(&arena).0;
    let bundle = receipts(&arena, Some(&arena.alice), &id);
    assert_eq!((bundle.key.clone(), bundle.receipts.len()), (key(&arena).to_string(), 1));
    let Statement::Result(result) = proved(&arena, &bundle, &bundle.receipts[0]).statement else { panic!("a result") };
    assert_eq!((result.submission.as_str(), result.season.as_str(), result.test_set), (id.as_str(), "demo", 1));
    assert_eq!(result.public, Counts { n: 10, top1_wrong: 0, top5_wrong: 0 });
    let submission = arena.submission(&arena.alice, &id);
    assert_eq!((json!(result.file_sha256), result.rescored), (submission["sha256"].clone(), false));
    // The log grows, and continues what it was.
    score_one(&arena);
    assert_eq!(leaves(&arena, 2)[0], earlier[0]);
    let proof = hashes(&arena, "/log/proofs/consistency?from=1&to=2");
    verify_extension(&before, &head(&arena).0, &proof, &[key(&arena)]).unwrap();
    let proof = hashes(&arena, "/log/proofs/inclusion?index=0&size=2");
    verify_in_log((earlier[0], 0), &proof, &head(&arena).0, &[key(&arena)]).unwrap();
}

#[test]
fn private_counts_are_nowhere_until_they_are_published_and_are_then_those_that_were_committed_to() {
    let arena = Arena::start();
    let id = score_one(&arena);
    leaves(&arena, 1);
    let path = format!("/submissions/{id}/receipts");
    let team = arena.app.get(&path, Some(&arena.alice.token)).expect(200).text;
    let mut told = vec![team];
    for path in
        [&path, "/log/checkpoint", "/log/key", "/log/entries?start=0&end=1", "/log/proofs/inclusion?index=0&size=1"]
    {
        told.push(arena.app.get(path, None).text);
    }
    for text in &told {
        assert!(!text.contains("top5_wrong\\\":7") && !text.contains("top1_wrong\\\":9"), "{text}");
        assert!(!text.contains("\"nonce\":\"") && !text.contains("\"counts\""), "no opening: {text}");
    }
    // Whoever has the receipt cannot try all counts: the receipt's own nonce does not open the
    // commitment.
    let bundle = receipts(&arena, Some(&arena.alice), &id);
    let receipt = proved(&arena, &bundle, &bundle.receipts[0]);
    let Statement::Result(result) = receipt.statement else { panic!("a result") };
    assert_ne!(Opening::new(receipt.nonce, PRIVATE).unwrap().commitment(), result.private.unwrap());
    let organizers = receipts(&arena, Some(&arena.organizer), &id);
    assert!(organizers.receipts[0].opening.is_some(), "organizers see the private part");
    arena.set_season("published_at = 2");
    let bundle = receipts(&arena, Some(&arena.alice), &id);
    let opening = bundle.receipts[0].opening.clone().unwrap();
    let opening = Opening { nonce: Nonce::try_from(opening.nonce).unwrap(), counts: opening.counts };
    assert_eq!(result.open(&opening), Ok(PRIVATE));
}

#[test]
fn strangers_get_what_the_board_shows_now() {
    let arena = Arena::start();
    let id = score_one(&arena);
    leaves(&arena, 1);
    let path = format!("/submissions/{id}/receipts");
    let status = |person: Option<&Person>| arena.app.get(&path, person.map(|person| &*person.token)).status;
    let wait = |wanted: u16| {
        let began = Instant::now();
        while status(None) != wanted {
            assert!(began.elapsed() < Duration::from_secs(20), "{}", status(None));
            std::thread::sleep(Duration::from_millis(50));
        }
    };
    wait(200);
    let public = receipts(&arena, None, &id);
    assert_eq!(chain(&arena, &public).len(), 1);
    assert_eq!(public.receipts, receipts(&arena, Some(&arena.bob), &id).receipts);
    let judge = |action: &str| {
        let body = json!({ "action": action, "submission": id, "reason": "copied" });
        arena.app.post("/organizer/judgements", Some(&arena.organizer.token), &body).expect(200);
    };
    judge("hide");
    leaves(&arena, 2);
    wait(404);
    assert_eq!((status(Some(&arena.bob)), status(Some(&arena.alice))), (404, 200));
    judge("restore");
    leaves(&arena, 3);
    wait(200);
    assert_eq!(receipts(&arena, None, &id).receipts.len(), 1, "what organizers looked into is not told");
    let said = chain(&arena, &receipts(&arena, Some(&arena.alice), &id));
    let decided = |decision| Statement::Decision { submission: id.clone(), decision };
    assert_eq!(said[1..], [decided(Decision::Hidden), decided(Decision::Restored)]);
    // A result that came after a freeze is not on the board, and neither is its receipt.
    arena.set_season("frozen_at = 1");
    wait(404);
    assert_eq!(arena.app.get(&path.replace(&id[..8], "00000000"), None).status, 404);
}

#[test]
fn a_team_that_waits_for_approval_gets_no_counts() {
    let arena = Arena::start();
    let id = score_one(&arena);
    leaves(&arena, 1);
    arena.app.execute(&format!("UPDATE submissions SET ruling = 'held', ruled_at = 1 WHERE id = '{id}'"));
    let bundle = receipts(&arena, Some(&arena.alice), &id);
    assert_eq!((bundle.receipts.len(), &bundle.receipts[0].note), (1, &None));
    assert!(receipts(&arena, Some(&arena.organizer), &id).receipts[0].note.is_some());
}

#[test]
fn withdrawals_and_decisions_follow_the_result_they_are_about() {
    let arena = Arena::start();
    let (id, other) = (score_one(&arena), score_one(&arena));
    arena.app.post(&format!("/submissions/{id}/withdraw"), Some(&arena.alice.token), &json!({})).expect(200);
    let body = json!({ "action": "disqualify", "season": "demo", "team": "Alpha", "reason": "copied" });
    arena.app.post("/organizer/judgements", Some(&arena.organizer.token), &body).expect(200);
    let flag = json!({ "action": "flag", "submission": id, "reason": "a note of organizers" });
    arena.app.post("/organizer/judgements", Some(&arena.organizer.token), &flag).expect(200);
    leaves(&arena, 5);
    let decided = |id: &str, decision| Statement::Decision { submission: id.to_owned(), decision };
    let said = chain(&arena, &receipts(&arena, Some(&arena.alice), &id));
    assert_eq!(said[1..], [decided(&id, Decision::Withdrawn), decided(&id, Decision::Disqualified)]);
    let said = chain(&arena, &receipts(&arena, Some(&arena.alice), &other));
    assert_eq!(said[1..], [decided(&other, Decision::Disqualified)]);
}

#[test]
fn results_that_count_again_for_another_version_are_entries_of_their_own() {
    let arena = Arena::start();
    let id = score_one(&arena);
    leaves(&arena, 1);
    let task = "/seasons/demo/tasks/classification";
    let classes: String = (1..=100).map(|class| format!("{class}\tn{class:08}\tclass {class}\n")).collect();
    let put = |last: usize| {
        let label = |image: usize| if image == 19 { last } else { image % 10 + 1 };
        let labels: String = (0..20).map(|image| format!("{}\n", label(image))).collect();
        let [classes, labels, images] = [classes.as_bytes(), labels.as_bytes(), b"PK\x03\x04 and so on"]
            .map(|file| arena.upload(&arena.organizer, file));
        let body = json!({ "classes": classes, "labels": labels, "images": images });
        let path = format!("{task}/test-set?discard_results=true");
        arena.app.send("PUT", &path, Some(&arena.organizer.token), Some(&body)).expect(200);
    };
    // The result is discarded, and comes back with the labels of before.
    put(77);
    leaves(&arena, 2);
    put(10);
    leaves(&arena, 4);
    let bundle = receipts(&arena, Some(&arena.alice), &id);
    let said = chain(&arena, &bundle);
    let rescored = said.iter().map(|said| matches!(said, Statement::Result(result) if result.rescored));
    assert_eq!(rescored.collect::<Vec<_>>(), [false, true]);
    assert_eq!(bundle.receipts.iter().map(|logged| logged.index).collect::<Vec<_>>(), [0, 3]);
    // Others see the one that counts now: what the team sees in between would be missing in theirs.
    let public = receipts(&arena, None, &id);
    assert_eq!(public.receipts.iter().map(|logged| logged.index).collect::<Vec<_>>(), [3]);
    has_just_these_entries(&arena);
}

/// The server signs that the four entries of the log are those of the season, and hands out the
/// texts of both corrections.
#[track_caller]
fn has_just_these_entries(arena: &Arena) {
    arena.app.season("other");
    let of_season = |season: &str| {
        let answer = arena.app.get(&format!("/organizer/seasons/{season}/log"), Some(&arena.organizer.token));
        let log: SeasonLog = serde_json::from_value(answer.expect(200).json()).unwrap();
        let statement = verify_season(&log.statement, &[key(arena)]).unwrap();
        assert_eq!((statement.season.as_str(), statement.size), (season, 4));
        (log, statement)
    };
    let (log, statement) = of_season("demo");
    assert_eq!((log.entries, statement.entries, statement.root), (vec![0, 1, 2, 3], 4, root_of(leaves(arena, 4))));
    for correction in &log.corrections {
        let receipt = verify_receipt(&correction.note, &[key(arena)]).unwrap();
        assert_eq!(receipt.leaf, leaves(arena, 4)[usize::try_from(correction.index).unwrap()]);
        assert!(matches!(receipt.receipt.statement, Statement::Correction { .. }));
    }
    assert_eq!(log.corrections.iter().map(|correction| correction.index).collect::<Vec<_>>(), [1, 2]);
    let (log, statement) = of_season("other");
    assert_eq!((log.entries, log.corrections.len(), statement.entries), (Vec::new(), 0, 0));
}

/// As if the task had just taken up the version that its results are on.
fn put_into_backlog(arena: &Arena) {
    arena.app.execute(
        "INSERT INTO log_backlog (evaluation_id, submission_id, task_id, at)
         SELECT evaluation_id, id, task_id, created_at FROM submissions",
    );
}

#[test]
fn a_decision_follows_the_results_that_counted_before_it() {
    let arena = Arena::start();
    let id = score_one(&arena);
    leaves(&arena, 1);
    put_into_backlog(&arena);
    arena.app.post(&format!("/submissions/{id}/withdraw"), Some(&arena.alice.token), &json!({})).expect(200);
    leaves(&arena, 3);
    let said = chain(&arena, &receipts(&arena, Some(&arena.alice), &id));
    assert!(matches!(&said[1], Statement::Result(result) if result.rescored), "{said:?}");
    assert_eq!(said[2], Statement::Decision { submission: id, decision: Decision::Withdrawn });
}

#[test]
fn a_backlog_of_many_results_is_worked_off_after_a_restart_and_each_gets_one_receipt() {
    let mut arena = Arena::start();
    let id = score_one(&arena);
    leaves(&arena, 1);
    multiply(&arena, 450);
    // Twice: the version was taken up, left, and taken up again.
    put_into_backlog(&arena);
    arena.app.execute(
        "INSERT INTO log_backlog (evaluation_id, submission_id, task_id, at)
         SELECT evaluation_id, submission_id, task_id, at + 1000000 FROM log_backlog",
    );
    arena.app.restart();
    leaves(&arena, 901);
    assert_eq!(arena.app.count("log_backlog"), 0);
    assert_eq!(chain(&arena, &receipts(&arena, Some(&arena.alice), &id)).len(), 3);
    let single = "submissions WHERE (SELECT COUNT(*) FROM log_entries WHERE submission_id = submissions.id) <> 2";
    assert_eq!(arena.app.count(single), 1, "only the first has the receipt of its first result, too");
}

#[test]
fn a_result_and_its_entry_are_written_together_or_not_at_all() {
    let arena = Arena::start();
    let id = text(&arena.submit(&arena.alice, &predictions()).expect(201).json()["id"]);
    let claim = arena.claim().unwrap();
    arena.app.execute("ALTER TABLE log_entries RENAME TO away");
    arena.score(&claim, TOP1, TOP5).expect(500);
    assert_eq!(arena.submission(&arena.alice, &id)["state"], "running");
    assert_eq!(arena.app.count("results"), 0);
    arena.app.execute("ALTER TABLE away RENAME TO log_entries");
    arena.score(&claim, TOP1, TOP5).expect(200);
    leaves(&arena, 1);
}

#[test]
fn an_entry_that_had_no_place_when_the_server_ended_gets_one_and_no_second_one() {
    let mut arena = Arena::start();
    score_one(&arena);
    leaves(&arena, 1);
    let before = head(&arena).0;
    // Places cannot be given, in the midst of the transaction that gives them.
    arena.app.execute("ALTER TABLE log_nodes RENAME TO away");
    let id = score_one(&arena);
    score_one(&arena);
    assert_eq!(head(&arena).0, before);
    arena.app.restart();
    arena.app.execute("ALTER TABLE away RENAME TO log_nodes");
    leaves(&arena, 3);
    let bundle = receipts(&arena, Some(&arena.alice), &id);
    assert_eq!(chain(&arena, &bundle).len(), 1);
    // The result sent again, as a scorer does that did not get the answer, is no second entry.
    arena.app.restart();
    score_one(&arena);
    leaves(&arena, 4);
    let proof = hashes(&arena, "/log/proofs/consistency?from=1&to=4");
    verify_extension(&before, &head(&arena).0, &proof, &[key(&arena)]).unwrap();
}

#[test]
fn two_servers_give_each_place_once() {
    let arena = Arena::start();
    // Two programs share one SQLite file, too, but wait for each other in it.
    let second = arena.app.second_server();
    let ids: Vec<String> = (0..12).map(|_| score_one(&arena)).collect();
    leaves(&arena, 12);
    for id in &ids {
        assert_eq!(chain(&arena, &receipts(&arena, Some(&arena.alice), id)).len(), 1);
    }
    drop(second);
}

#[test]
fn what_the_log_does_not_have_is_refused_with_what_it_has() {
    let arena = Arena::start();
    score_one(&arena);
    leaves(&arena, 1);
    for (path, said) in [
        ("/log/entries?start=1&end=0", "`start` is 1 and `end` is 0; `end` is `start` or up to 1000 more"),
        ("/log/entries?start=0&end=1001", "`start` is 0 and `end` is 1001; `end` is `start` or up to 1000 more"),
        ("/log/entries?start=0&end=2", "`end` is 2; the log has 1 entries"),
        ("/log/proofs/inclusion?index=0&size=2", "`size` is 2; the log has 1 entries"),
        (
            "/log/proofs/inclusion?index=1&size=1",
            "the index is 1; a tree of 1 leaves has no such leaf, because indices begin with 0",
        ),
        (
            "/log/proofs/inclusion?index=0&size=0",
            "the index is 0; a tree of 0 leaves has no such leaf, because indices begin with 0",
        ),
        ("/log/proofs/consistency?from=0&to=2", "`to` is 2; the log has 1 entries"),
        (
            "/log/proofs/consistency?from=1&to=0",
            "`from` is 1 and `to` is 0; a log only grows, so `from` is at most `to`",
        ),
        (
            "/log/proofs/consistency?from=0&to=18446744073709551615",
            "`to` is 18446744073709551615; the log has 1 entries",
        ),
    ] {
        let answer = arena.app.get(path, None).expect(422).json();
        assert_eq!(answer["error"]["message"], said, "{path}");
    }
    for path in ["/log/entries", "/log/entries?start=-1&end=0", "/log/proofs/inclusion?index=0&size=1&more=1"] {
        arena.app.get(path, None).expect(422);
    }
}

#[test]
fn the_key_that_signs_stays_in_the_database() {
    let arena = Arena::start();
    let seed = STANDARD.encode([7; 32]);
    arena.app.execute(&format!("UPDATE settings SET value = '{seed}' WHERE name = 'log-key'"));
    let id = score_one(&arena);
    let began = Instant::now();
    while arena.app.get("/log/entries?start=0&end=1", None).status != 200 {
        assert!(began.elapsed() < Duration::from_secs(20), "the entry has no place");
        std::thread::sleep(Duration::from_millis(20));
    }
    let own = SigningKey::from_seed(key(&arena).name().clone(), &[7; 32]).unwrap();
    assert_eq!(key(&arena), own.verifying_key(), "the key is read when it is needed");
    for path in ["/log/key".to_owned(), "/log/checkpoint".to_owned(), format!("/submissions/{id}/receipts")] {
        let answer = arena.app.get(&path, Some(&arena.organizer.token)).expect(200).text;
        assert!(!answer.contains(&seed), "{path}");
    }
}
