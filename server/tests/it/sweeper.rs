//! The sweeper: nothing that no row names stays, nothing that a row names goes.

use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use serde_json::json;

use crate::arena::{Arena, predictions};
use crate::test_app::TestApp;
use crate::tus::{bytes, sha256};

#[test]
fn files_that_no_row_names_are_swept_after_their_grace() {
    let app = TestApp::start_with(|config| {
        config.uploads.part_bytes = 1000;
        config.uploads.sweep_grace_seconds = 1;
        config.uploads.sweep_seconds = 3600;
    });
    let token = app.person("ada").token;
    let kept = app.upload(&token, b"kept");
    app.upload(&token, b"unnamed soon");
    app.execute(&format!("DELETE FROM uploads WHERE id <> '{kept}'"));
    let unfinished = app.begin_upload(&token, 3000);
    app.patch(&token, &unfinished, 0, &bytes(1500)).expect(204);
    let folder = app.data.path().join("blobs");
    let orphan = folder.join(format!("uploads/{}/0-part", uuid::Uuid::now_v7()));
    let named = app.stored("blobs").into_iter().find(|path| path.ends_with(sha256(b"kept"))).unwrap();
    let left_behind = [folder.join("staging/half"), named.with_extension("x#1"), orphan.clone()];
    for path in &left_behind {
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
    }
    // What a write makes first. If it went at once, the write would find no folder.
    let waiting = app.begin_upload(&token, 10);
    let empty = folder.join("uploads").join(waiting.rsplit('/').next().unwrap());
    std::fs::create_dir_all(&empty).unwrap();
    let begun = [folder.join("staging/begun"), named.with_extension("y#1")];
    // As if the clock had been set ahead: by their times all of them are old.
    let written = |path: &std::path::PathBuf, hours: u64| {
        let time = std::time::SystemTime::now() - Duration::from_secs(3600 * hours);
        std::fs::File::create(path).unwrap().set_modified(time).unwrap();
    };
    begun.iter().chain(&left_behind).for_each(|path| written(path, 3));

    let early = app.sweep(Duration::from_secs(1));
    assert_eq!((early.blobs, early.staging, early.parts), (0, 0, 1), "parts of no upload need no grace");
    let emptied = orphan.parent().unwrap();
    assert!(!emptied.exists(), "an upload without a row never gets one");
    assert!(empty.exists(), "a part may just be on its way into it");
    std::thread::sleep(Duration::from_millis(1100));
    begun.iter().for_each(|path| written(path, 2));
    let late = app.sweep(Duration::from_secs(1));
    assert_eq!((late.blobs, late.staging, late.parts, late.uploads), (1, 2, 0, 0));
    assert!(begun.iter().all(|path| path.exists()), "what is being written stays");
    begun.iter().for_each(|path| std::fs::remove_file(path).unwrap());
    assert!(left_behind.iter().chain([&empty]).all(|path| !path.exists()));
    assert_eq!(app.stored("blobs"), [named]);
    assert_eq!(app.stored("uploads").len(), 2);
    assert_eq!(app.sweep(Duration::ZERO), holdout_server::SweepReport::default());
}

#[test]
fn a_named_blob_is_never_swept_however_the_two_meet() {
    let app = TestApp::start_with(|config| config.uploads.part_bytes = 1000);
    let token = app.person("ada").token;
    let done = AtomicBool::new(false);
    std::thread::scope(|scope| {
        let sweeping = scope.spawn(|| {
            let mut swept = 0;
            while !done.load(Ordering::Relaxed) {
                swept += app.sweep(Duration::ZERO).blobs;
                // Without a grace and without a pause no file would live long enough to be named on
                // a busy machine.
                std::thread::sleep(Duration::from_millis(20));
            }
            swept
        });
        // The same two files again and again: one in a piece, one in parts; named, unnamed, named.
        let uploading: Vec<_> = [bytes(500), bytes(2500)]
            .into_iter()
            .map(|file| {
                let (app, token) = (&app, &token);
                scope.spawn(move || {
                    for _ in 0..40 {
                        let id = app.upload(token, &file);
                        let blobs = app.stored("blobs");
                        assert!(blobs.iter().any(|path| path.ends_with(sha256(&file))), "the named blob is gone");
                        app.tus("DELETE", &format!("/uploads/{id}"), token, &[], None).expect(204);
                    }
                    app.upload(token, &file)
                })
            })
            .collect();
        let uploaded: Vec<_> = uploading.into_iter().map(std::thread::ScopedJoinHandle::join).collect();
        done.store(true, Ordering::Relaxed);
        assert!(uploaded.iter().all(Result::is_ok));
        assert!(sweeping.join().unwrap() > 0, "the sweeper never met an unnamed blob");
    });
    app.sweep(Duration::ZERO);
    assert_eq!(app.stored("blobs").len(), 2);
}

#[test]
fn the_server_sweeps_by_itself() {
    let app = TestApp::start_with(|config| {
        config.uploads.sweep_seconds = 1;
        config.uploads.sweep_grace_seconds = 0;
    });
    let token = app.person("ada").token;
    app.upload(&token, b"file");
    app.execute("UPDATE uploads SET expires_at = 1");
    crate::tus::eventually("the expired upload is gone", || {
        app.count("uploads") == 0 && app.stored("blobs").is_empty()
    });
}

#[test]
fn old_keys_limits_and_sessions_are_forgotten() {
    let app = TestApp::start();
    let person = app.person("ada");
    let headers = [("upload-length", "5"), ("idempotency-key", "k")];
    app.tus("POST", "/uploads", &person.token, &headers, None).expect(201);
    app.sweep(Duration::ZERO);
    assert_eq!((app.count("idempotency_keys"), app.count("sessions"), app.count("refresh_tokens")), (1, 1, 1));
    assert!(app.count("rate_limits") > 0);
    app.execute("UPDATE idempotency_keys SET created_at = 1; UPDATE rate_limits SET window_start = 1; UPDATE sessions SET expires_at = 1");
    assert!(app.sweep(Duration::ZERO).rows >= 4);
    let left = ["idempotency_keys", "rate_limits", "sessions", "refresh_tokens"].map(|table| app.count(table));
    assert_eq!(left, [0; 4]);
}

/// One account may have sixty files refused in an hour, free of charge: they must not stay for
/// ever.
#[test]
fn a_file_that_was_refused_before_a_scorer_saw_it_is_swept_and_one_that_was_taken_stays() {
    let arena = Arena::start_with(9, |config| config.uploads.sweep_seconds = 3600);
    let taken = predictions();
    arena.submit(&arena.alice, &taken).expect(201);
    let refused = b"no predictions\n".to_vec();
    let answer = arena.submit(&arena.alice, &refused).expect(201).json();
    assert_eq!(answer["state"], "rejected");
    let is_stored = |bytes: &[u8]| arena.app.stored("blobs").into_iter().any(|path| path.ends_with(sha256(bytes)));
    arena.app.sweep(Duration::ZERO);
    assert!(is_stored(&refused), "the upload is still there, and may be submitted again");
    arena.app.execute("DELETE FROM uploads");
    arena.app.sweep(Duration::ZERO);
    assert!(is_stored(&taken) && !is_stored(&refused));
    let id = answer["id"].as_str().unwrap();
    assert_eq!(arena.submission(&arena.alice, id)["verdict"], answer["verdict"], "what was said of it stays");
}

/// A model that a scorer refuses before it has seen hidden images costs its team nothing, so it
/// must not cost the disk anything for long either.
#[test]
fn files_that_were_free_count_until_they_are_swept() {
    let arena = Arena::start_with(9, |config| {
        config.uploads.sweep_seconds = 3600;
        config.uploads.unused_bytes_per_account = 150;
    });
    let faulty = |number: usize| format!("{}\n{number}\n", "x".repeat(60)).into_bytes();
    for number in 0..2 {
        assert_eq!(arena.submit(&arena.alice, &faulty(number)).expect(201).json()["state"], "rejected");
    }
    let third = arena.app.tus("POST", "/uploads", &arena.alice.token, &[("upload-length", "62")], None);
    assert_eq!(third.expect(409).json()["error"]["reason"], "uploads_unused_bytes");
    arena.app.execute("DELETE FROM uploads");
    arena.app.sweep(Duration::ZERO);
    // What was withdrawn before its evaluation began is free as well.
    let file = predictions();
    let withdrawn = arena.submit(&arena.alice, &file).expect(201).json();
    let is_stored = || arena.app.stored("blobs").into_iter().any(|path| path.ends_with(sha256(&file)));
    assert!(is_stored());
    let cancel = format!("/submissions/{}/cancel", withdrawn["id"].as_str().unwrap());
    arena.app.post(&cancel, Some(&arena.alice.token), &json!({})).expect(200);
    arena.app.execute("DELETE FROM uploads");
    arena.app.sweep(Duration::ZERO);
    assert!(!is_stored());
}
