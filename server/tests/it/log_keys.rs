//! Changes of the log's key, as owners make them and readers follow them.

use std::time::{Duration, Instant};

use holdout_protocol::{LogKeys, LoggedReceipt, SubmissionReceipts};
use holdout_receipts::{Checkpoint, KeyChain, KeyChange, Note, VerifyingKey, verify_extension, verify_season};
use serde_json::json;

use crate::arena::Arena;
use crate::receipts::{hashes, key, leaves, receipts, score_one};
use crate::test_app::Answer;

fn rotate(arena: &Arena, replaces: &VerifyingKey, days: u32) -> Answer {
    let body = json!({ "replaces": replaces.to_string(), "overlap_days": days });
    arena.app.post("/log/keys", Some(&arena.organizer.token), &body)
}

/// Changes the key, and returns the new one.
#[track_caller]
fn rotated(arena: &Arena, days: u32) -> VerifyingKey {
    let keys: LogKeys = serde_json::from_value(rotate(arena, &key(arena), days).expect(201).json()).unwrap();
    keys.keys.last().unwrap().key.parse().unwrap()
}

fn head(arena: &Arena) -> String {
    arena.app.get("/log/checkpoint", None).expect(200).text
}

fn signatures(note: &str) -> usize {
    note.rsplit_once("\n\n").unwrap().1.lines().count()
}

fn changes(logged: &[LoggedReceipt]) -> Vec<KeyChange> {
    let change = |one: &LoggedReceipt| {
        let proof = one.proof.iter().map(|hash| hash.parse().unwrap()).collect();
        KeyChange { index: one.index, note: one.note.clone().unwrap(), proof }
    };
    logged.iter().map(change).collect()
}

/// Follows the changes of a bundle from a key that is known, and verifies its receipts.
#[track_caller]
fn follow(bundle: &SubmissionReceipts, known: &VerifyingKey) -> Checkpoint {
    let (chain, checkpoint) = KeyChain::follow(known, &changes(&bundle.key_changes), &bundle.checkpoint).unwrap();
    assert_eq!(chain.latest().to_string(), bundle.key);
    for logged in &bundle.receipts {
        let found = chain.verify_receipt(logged.note.as_ref().unwrap(), logged.index).unwrap();
        assert_eq!(found.leaf.to_string(), logged.leaf);
    }
    checkpoint
}

fn list_keys(arena: &Arena) -> LogKeys {
    serde_json::from_value(arena.app.get("/log/keys", None).expect(200).json()).unwrap()
}

/// Waits until the present head has this many signatures.
#[track_caller]
fn wait_for_signatures(arena: &Arena, wanted: usize) {
    let began = Instant::now();
    while signatures(&head(arena)) != wanted {
        assert!(began.elapsed() < Duration::from_secs(20), "{}", head(arena));
        std::thread::sleep(Duration::from_millis(50));
    }
}

#[test]
fn whoever_knows_one_key_follows_to_the_others() {
    let arena = Arena::start();
    let first = score_one(&arena);
    let before = leaves(&arena, 1);
    let (old, earlier) = (key(&arena), head(&arena));
    let new = rotated(&arena, 30);
    assert_eq!(leaves(&arena, 2)[0], before[0]);
    assert!(new != old && key(&arena) == new && new.name() == old.name());
    let second = score_one(&arena);
    leaves(&arena, 3);
    let newest = rotated(&arena, 7);
    leaves(&arena, 4);

    for id in [&first, &second] {
        let bundle = receipts(&arena, Some(&arena.alice), id);
        assert_eq!(bundle.key_changes.iter().map(|change| change.index).collect::<Vec<_>>(), [1, 3]);
        for known in [&old, &new, &newest] {
            assert_eq!(follow(&bundle, known).size, 4);
        }
        let own = if *id == first { &old } else { &new };
        Note::open(bundle.receipts[0].note.as_ref().unwrap(), std::slice::from_ref(own)).unwrap();
    }
    // While the old keys sign heads, too, who knows one of them needs nothing else.
    for known in [&old, &new, &newest] {
        let proof = hashes(&arena, "/log/proofs/consistency?from=1&to=4");
        verify_extension(&earlier, &head(&arena), &proof, &[old.clone(), known.clone()]).unwrap();
        Note::open(&head(&arena), std::slice::from_ref(known)).unwrap();
    }
    let keys = list_keys(&arena);
    let told: Vec<(String, bool, Option<u64>, bool)> = keys
        .keys
        .iter()
        .map(|key| {
            (key.key.clone(), key.first, key.entry.as_ref().map(|entry| entry.index), key.signs_heads_until.is_some())
        })
        .collect();
    let expected = [(&old, true, None, true), (&new, false, Some(1), true), (&newest, false, Some(3), false)];
    assert_eq!(told, expected.map(|(key, first, index, retired)| (key.to_string(), first, index, retired)));
    let entries: Vec<LoggedReceipt> = keys.keys.iter().filter_map(|key| key.entry.clone()).collect();
    KeyChain::follow(&old, &changes(&entries), &keys.checkpoint).unwrap();
    assert_eq!((keys.keys[1].since, keys.keys[2].since), (entries[0].at, entries[1].at));
    let kinds = arena.app.get("/log/entries?start=1&end=2", None).expect(200).json();
    assert_eq!(kinds["entries"][0]["kind"], "key");
    let audit = arena.app.get("/organizer/audit", Some(&arena.organizer.token)).expect(200).json();
    let last = &audit["items"][0];
    assert_eq!((&last["action"], &last["object"]), (&json!("log_key.rotate"), &json!(newest.to_string())));
    assert_eq!((&last["detail"]["replaces"], &last["detail"]["index"]), (&json!(new.to_string()), &json!(3)));
}

#[test]
fn a_log_whose_key_was_never_changed_tells_of_no_change() {
    let arena = Arena::start();
    let id = score_one(&arena);
    leaves(&arena, 1);
    let bundle = arena.app.get(&format!("/submissions/{id}/receipts"), Some(&arena.alice.token)).expect(200).text;
    assert!(!bundle.contains("key_changes"), "{bundle}");
    let keys = list_keys(&arena).keys;
    assert_eq!((keys.len(), keys[0].first, &keys[0].entry), (1, true, &None));
    assert_eq!((keys[0].key.clone(), signatures(&head(&arena))), (key(&arena).to_string(), 1));
}

#[test]
fn after_the_overlap_only_the_new_key_signs_and_the_secret_of_the_old_one_is_gone() {
    let mut arena = Arena::start();
    let id = score_one(&arena);
    leaves(&arena, 1);
    let old = key(&arena);
    let new = rotated(&arena, 30);
    let during = head(&arena);
    assert_eq!((signatures(&during), arena.app.count("log_retired_keys WHERE seed IS NOT NULL")), (2, 1));
    for path in ["/log/keys".to_owned(), format!("/submissions/{id}/receipts")] {
        let answer = arena.app.get(&path, Some(&arena.organizer.token)).expect(200).text;
        let secret = "log_retired_keys WHERE seed IN (SELECT value FROM settings)";
        assert!(!answer.contains("seed"), "{path}");
        assert_eq!(arena.app.count(secret), 0, "the new key has a seed of its own");
    }
    arena.app.execute("UPDATE log_retired_keys SET signs_until = 1");
    wait_for_signatures(&arena, 1);
    assert_eq!(arena.app.count("log_retired_keys WHERE seed IS NOT NULL"), 0);
    let after = head(&arena);
    verify_extension(&during, &after, &[], std::slice::from_ref(&new)).unwrap();
    Note::open(&after, std::slice::from_ref(&old)).unwrap_err();
    arena.app.restart();
    score_one(&arena);
    leaves(&arena, 3);
    assert_eq!(signatures(&head(&arena)), 1);
    follow(&receipts(&arena, Some(&arena.alice), &id), &old);
}

#[test]
fn without_an_overlap_the_old_key_signs_nothing_more() {
    let arena = Arena::start();
    let old = key(&arena);
    let new = rotated(&arena, 0);
    assert_eq!((signatures(&head(&arena)), arena.app.count("log_retired_keys WHERE seed IS NOT NULL")), (1, 0));
    let keys = list_keys(&arena);
    let entry = keys.keys[1].entry.clone().unwrap();
    let (chain, _) = KeyChain::follow(&old, &changes(&[entry]), &keys.checkpoint).unwrap();
    assert_eq!(chain.latest(), &new);
    arena.app.season("other");
    let log = arena.app.get("/organizer/seasons/other/log", Some(&arena.organizer.token)).expect(200).json();
    let statement = log["statement"].as_str().unwrap();
    assert_eq!(verify_season(statement, std::slice::from_ref(&new)).unwrap().size, 1);
    verify_season(statement, std::slice::from_ref(&old)).unwrap_err();
}

#[test]
fn without_an_overlap_no_key_of_before_signs_any_more() {
    let arena = Arena::start();
    score_one(&arena);
    rotated(&arena, 30);
    rotated(&arena, 30);
    assert_eq!(signatures(&head(&arena)), 3);
    rotated(&arena, 0);
    assert_eq!(signatures(&head(&arena)), 1, "anyone with the database has all their secrets");
    assert_eq!(arena.app.count("log_retired_keys WHERE seed IS NOT NULL"), 0);
}

#[test]
fn a_change_that_cannot_be_made_is_refused_and_changes_nothing() {
    let arena = Arena::start();
    let (old, before) = (key(&arena), head(&arena));
    let error = rotate(&arena, &old, 366).expect(422).json()["error"].clone();
    assert_eq!(error["message"], "`overlap_days` is 366; 0 to 365 are allowed");
    let stranger: VerifyingKey = "PeterNeumann+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW".parse().unwrap();
    let error = rotate(&arena, &stranger, 30).expect(409).json()["error"].clone();
    assert_eq!((&error["code"], &error["detail"]["key"]), (&json!("wrong_state"), &json!(old.to_string())), "{error}");
    assert_eq!((key(&arena), head(&arena)), (old.clone(), before));
    for signers in 2..=4 {
        rotated(&arena, 30);
        assert_eq!(signatures(&head(&arena)), signers);
    }
    let error = rotate(&arena, &key(&arena), 30).expect(409).json()["error"].clone();
    assert!(
        error["message"].as_str().unwrap().starts_with("4 keys sign heads of the log now, and at most 4 may; "),
        "{error}"
    );
    assert!(
        error["message"].as_str().unwrap().ends_with("With `overlap_days` 0 the key can be replaced now"),
        "{error}"
    );
    // A key in strange hands can always be replaced, because that adds no signature.
    rotated(&arena, 0);
    assert_eq!(signatures(&head(&arena)), 1);
    // A request that was sent again after its answer was lost does not change the key once more.
    rotate(&arena, &old, 30).expect(409);
    leaves(&arena, 4);
}

#[test]
fn a_change_is_made_as_a_whole_or_not_at_all() {
    let arena = Arena::start();
    score_one(&arena);
    leaves(&arena, 1);
    let (old, before) = (key(&arena), head(&arena));
    // The last thing that is written.
    arena.app.execute("ALTER TABLE audit_log RENAME TO away");
    rotate(&arena, &old, 30).expect(500);
    arena.app.execute("ALTER TABLE away RENAME TO audit_log");
    assert_eq!((key(&arena), head(&arena)), (old, before));
    assert_eq!((arena.app.count("log_retired_keys"), arena.app.count("log_entries")), (0, 1));
    rotated(&arena, 30);
    leaves(&arena, 2);
}

#[test]
fn two_servers_sign_with_the_key_in_the_database() {
    let arena = Arena::start();
    let second = arena.app.second_server();
    let old = key(&arena);
    let mut ids = Vec::new();
    for round in 0..3 {
        ids.extend((0..3).map(|_| score_one(&arena)));
        if round < 2 {
            rotated(&arena, 30);
        }
    }
    leaves(&arena, 11);
    for id in &ids {
        follow(&receipts(&arena, Some(&arena.alice), id), &old);
    }
    drop(second);
}
