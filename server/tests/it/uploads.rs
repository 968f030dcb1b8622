//! Uploads by tus: resuming, checksums, races, caps, expiry, termination, and what a dead server
//! leaves.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde_json::json;
use sha1::Digest as _;

use crate::test_app::TestApp;
use crate::tus::{PIECE, RESUMABLE, bytes, checksum, eventually, sha256};

/// A server whose parts are small, so that small files have many.
fn small_parts() -> TestApp {
    TestApp::start_with(|config| config.uploads.part_bytes = 1000)
}

#[test]
fn the_server_tells_what_it_offers() {
    let app = TestApp::start_with(|config| config.uploads.max_bytes = 12_345);
    let answer = app.send("OPTIONS", "/uploads", None, None).expect(204);
    assert_eq!(answer.header("tus-version"), Some("1.0.0"));
    assert_eq!(answer.header("tus-resumable"), Some("1.0.0"));
    assert_eq!(answer.header("tus-max-size"), Some("12345"));
    assert_eq!(answer.header("tus-checksum-algorithm"), Some("sha256,sha1"));
    assert_eq!(answer.header("tus-extension"), Some("creation,creation-with-upload,checksum,expiration,termination"));
}

#[test]
fn a_file_in_pieces_becomes_one_blob_with_a_receipt() {
    let app = small_parts();
    let token = app.person("ada").token;
    let file = bytes(4321);
    let id = app.begin_upload(&token, file.len());
    let first = app.patch(&token, &id, 0, &file[..2500]).expect(204);
    assert_eq!(first.header("upload-offset"), Some("2500"));
    assert_eq!(first.header("upload-sha256"), None);
    assert!(first.header("upload-expires").unwrap().ends_with(" GMT"));
    assert_eq!((app.count("upload_parts"), app.stored("uploads").len()), (3, 3));

    let last = app.patch(&token, &id, 2500, &file[2500..]).expect(204);
    assert_eq!(last.header("upload-sha256"), Some(sha256(&file).as_str()));
    let head = app.tus("HEAD", &format!("/uploads/{id}"), &token, &[], None).expect(200);
    assert_eq!(head.header("upload-sha256"), Some(sha256(&file).as_str()));
    assert_eq!(head.header("upload-length"), Some("4321"));
    assert_eq!(head.header("cache-control"), Some("no-store"));
    let shown = app.get(&format!("/uploads/{id}"), Some(&token)).expect(200).json();
    assert_eq!((&shown["offset"], &shown["sha256"]), (&json!(4321), &json!(sha256(&file))));

    let blobs = app.stored("blobs");
    assert_eq!(blobs.len(), 1);
    assert_eq!(std::fs::read(&blobs[0]).unwrap(), file);
    assert_eq!((app.count("upload_parts"), app.stored("uploads").len(), app.stored("staging").len()), (0, 0, 0));
}

#[test]
fn an_empty_and_a_whole_file_come_with_their_creation() {
    let app = small_parts();
    let token = app.person("ada").token;
    for length in [0, 1, 1000, 1001] {
        let file = bytes(length);
        app.upload(&token, &file);
        let named = app.stored("blobs").into_iter().filter(|path| path.ends_with(sha256(&file))).count();
        assert_eq!(named, 1, "{length}");
    }
    app.begin_upload(&token, 0);
    assert_eq!(app.count("uploads WHERE sha256 IS NULL"), 0);
}

#[test]
fn a_file_larger_than_what_is_written_at_once_stays_as_it_is() {
    let app = TestApp::start_with(|config| config.uploads.part_bytes = 3_000_000);
    let token = app.person("ada").token;
    let file = bytes(20_000_001);
    let id = app.begin_upload(&token, file.len());
    app.patch(&token, &id, 0, &file[..13]).expect(204);
    let last = app.patch(&token, &id, 13, &file[13..]).expect(204);
    assert_eq!(last.header("upload-sha256"), Some(sha256(&file).as_str()));
    assert!(std::fs::read(&app.stored("blobs")[0]).unwrap() == file);
}

#[test]
fn what_came_over_a_broken_connection_is_kept() {
    let app = small_parts();
    let token = app.person("ada").token;
    let file = bytes(5000);
    let id = app.begin_upload(&token, file.len());
    app.patch_and_hang_up(&token, &id, 0, (&file[..3333], file.len()), "");
    eventually("the bytes that came are kept", || app.offset(&token, &id) == 3333);
    let last = app.patch(&token, &id, 3333, &file[3333..]).expect(204);
    assert_eq!(last.header("upload-sha256"), Some(sha256(&file).as_str()));
}

#[test]
fn a_restarted_server_goes_on_where_the_other_stopped() {
    let mut app = small_parts();
    let token = app.person("ada").token;
    let file = bytes(5000);
    let id = app.begin_upload(&token, file.len());
    app.patch(&token, &id, 0, &file[..2000]).expect(204);
    app.restart();
    assert_eq!(app.offset(&token, &id), 2000);
    app.patch(&token, &id, 2000, &file[2000..4000]).expect(204);
    // As if the server had died after the last part, before it made the blob.
    app.execute("UPDATE uploads SET length = 4000");
    app.restart();
    let shown = app.get(&format!("/uploads/{id}"), Some(&token)).expect(200).json();
    assert_eq!(shown["sha256"], json!(sha256(&file[..4000])));
    assert_eq!(std::fs::read(&app.stored("blobs")[0]).unwrap(), &file[..4000]);
    assert_eq!((app.count("upload_parts"), app.stored("uploads").len()), (0, 0));
}

#[test]
fn a_piece_with_a_wrong_checksum_is_not_kept() {
    let app = small_parts();
    let token = app.person("ada").token;
    let file = bytes(5000);
    let id = app.begin_upload(&token, file.len());
    let wrong = checksum(b"something else");
    let refused = app.patch_with(&token, &id, 0, &file[..2500], &[("upload-checksum", &wrong)]).expect(460);
    assert_eq!(refused.code(), "checksum_mismatch");
    assert_eq!(refused.header("tus-resumable"), Some("1.0.0"));
    assert_eq!((app.offset(&token, &id), app.stored("uploads").len()), (0, 0));

    let right = checksum(&file[..4000]);
    app.patch_with(&token, &id, 0, &file[..4000], &[("upload-checksum", &right)]).expect(204);
    let sha1 = format!("sha1 {}", STANDARD.encode(sha1::Sha1::digest(&file[4000..])));
    let last = app.patch_with(&token, &id, 4000, &file[4000..], &[("upload-checksum", &sha1)]).expect(204);
    assert_eq!(last.header("upload-sha256"), Some(sha256(&file).as_str()));

    let id = app.begin_upload(&token, 10);
    for header in ["md5 1B2M2Y8AsgTpgAmY7PhCfg==", "sha256", "sha256 AAAA", "sha256 ***"] {
        let refused = app.patch_with(&token, &id, 0, b"0123456789", &[("upload-checksum", header)]).expect(400);
        assert!(refused.text.contains("sha256,sha1"), "{}", refused.text);
    }
}

#[test]
fn of_two_pieces_at_once_one_wins_and_nothing_is_mixed() {
    let app = small_parts();
    let token = app.person("ada").token;
    for round in 0..5 {
        let id = app.begin_upload(&token, 6000);
        let files: Vec<Vec<u8>> = (0..4_u8).map(|i| vec![i + 10 * round; 6000]).collect();
        let answers: Vec<_> = std::thread::scope(|scope| {
            let running: Vec<_> = files.iter().map(|file| scope.spawn(|| app.patch(&token, &id, 0, file))).collect();
            running.into_iter().map(|thread| thread.join().unwrap()).collect()
        });
        let won: Vec<_> = answers.iter().zip(&files).filter(|(answer, _)| answer.status == 204).collect();
        assert_eq!(won.len(), 1, "{answers:?}");
        assert_eq!(won[0].0.header("upload-sha256"), Some(sha256(won[0].1).as_str()));
        assert!(answers.iter().filter(|answer| answer.status != 204).all(|answer| answer.code() == "offset_mismatch"));
    }
    assert_eq!(app.stored("uploads").len(), 0);
}

#[test]
fn the_offset_has_to_be_the_uploads() {
    let app = small_parts();
    let token = app.person("ada").token;
    let id = app.begin_upload(&token, 3000);
    app.patch(&token, &id, 0, &bytes(1500)).expect(204);
    for offset in [0, 1499, 1501, 3000] {
        let refused = app.patch(&token, &id, offset, b"x").expect(409);
        assert_eq!(
            (refused.code().as_str(), &refused.json()["error"]["detail"]["offset"]),
            ("offset_mismatch", &json!(1500))
        );
    }
    assert_eq!(app.patch(&token, &id, 1500, &bytes(1501)).expect(413).code(), "too_large");
    assert_eq!(app.offset(&token, &id), 1500);
    app.patch(&token, &id, 1500, b"").expect(204);
}

#[test]
fn uploads_over_a_cap_are_refused_at_their_creation() {
    let app = TestApp::start_with(|config| {
        config.uploads.max_bytes = 1 << 20;
        config.uploads.unfinished_per_account = 2;
    });
    let token = app.person("ada").token;
    let refused = app.tus("POST", "/uploads", &token, &[("upload-length", "2147483648")], None).expect(413);
    assert!(refused.text.contains("2147483648") && refused.text.contains("1048576"), "{}", refused.text);
    app.begin_upload(&token, 10);
    let second = app.begin_upload(&token, 10);
    let refused = app.tus("POST", "/uploads", &token, &[("upload-length", "10")], None).expect(409);
    assert_eq!(refused.code(), "wrong_state");
    app.patch(&token, &second, 0, b"0123456789").expect(204);
    app.begin_upload(&token, 10);
    app.begin_upload(&app.person("bob").token, 10);
}

#[test]
fn an_upload_is_its_owners_alone() {
    let app = TestApp::start();
    let (ada, bob) = (app.person("ada").token, app.person("bob").token);
    let id = app.begin_upload(&ada, 10);
    let path = format!("/uploads/{id}");
    app.tus("HEAD", &path, &bob, &[], None).expect(404);
    app.get(&path, Some(&bob)).expect(404);
    app.patch(&bob, &id, 0, b"0123456789").expect(404);
    app.tus("DELETE", &path, &bob, &[], None).expect(404);
    app.get(&path, None).expect(401);
    assert_eq!(app.offset(&ada, &id), 0);
}

#[test]
fn an_upload_expires_and_is_swept() {
    let app = small_parts();
    let token = app.person("ada").token;
    let id = app.begin_upload(&token, 3000);
    app.patch(&token, &id, 0, &bytes(1500)).expect(204);
    app.execute("UPDATE uploads SET expires_at = 1000000");
    app.tus("HEAD", &format!("/uploads/{id}"), &token, &[], None).expect(410);
    assert_eq!(app.patch(&token, &id, 1500, b"x").expect(410).code(), "gone");
    let report = app.sweep(std::time::Duration::from_secs(3600));
    assert_eq!(report.uploads, 1);
    assert_eq!((app.count("uploads"), app.count("upload_parts"), app.stored("uploads").len()), (0, 0, 0));
    app.tus("HEAD", &format!("/uploads/{id}"), &token, &[], None).expect(404);
}

#[test]
fn an_upload_of_which_the_store_lost_a_part_is_gone_and_can_be_sent_again() {
    let app = small_parts();
    let token = app.person("ada").token;
    let id = app.begin_upload(&token, 3000);
    app.patch(&token, &id, 0, &bytes(2000)).expect(204);
    std::fs::remove_file(app.data.path().join("blobs").join(app.stored("uploads").remove(0))).unwrap();
    assert_eq!(app.patch(&token, &id, 2000, &bytes(1000)).expect(404).code(), "not_found");
    app.tus("HEAD", &format!("/uploads/{id}"), &token, &[], None).expect(404);
    assert_eq!((app.count("uploads"), app.count("upload_parts"), app.stored("uploads").len()), (0, 0, 0));
    app.upload(&token, &bytes(3000));
}

#[test]
fn a_terminated_upload_leaves_nothing() {
    let app = small_parts();
    let token = app.person("ada").token;
    let id = app.begin_upload(&token, 3000);
    app.patch(&token, &id, 0, &bytes(1500)).expect(204);
    app.tus("DELETE", &format!("/uploads/{id}"), &token, &[], None).expect(204);
    assert_eq!((app.count("uploads"), app.count("upload_parts"), app.stored("uploads").len()), (0, 0, 0));
    app.patch(&token, &id, 1500, b"x").expect(404);
    app.tus("DELETE", &format!("/uploads/{id}"), &token, &[], None).expect(404);
}

#[test]
fn the_method_can_be_told_in_a_header() {
    let app = TestApp::start();
    let token = app.person("ada").token;
    let id = app.begin_upload(&token, 10);
    let path = format!("/uploads/{id}");
    let headers = [("upload-offset", "0"), PIECE, ("x-http-method-override", "PATCH")];
    let answer = app.tus("POST", &path, &token, &headers, Some(b"0123456789")).expect(204);
    assert_eq!(answer.header("upload-sha256"), Some(sha256(b"0123456789").as_str()));
    app.tus("POST", &path, &token, &[("x-http-method-override", "PUT")], Some(b"")).expect(405);
    app.tus("POST", &path, &token, &[("x-http-method-override", "DELETE")], Some(b"")).expect(204);
}

#[test]
fn headers_are_taken_strictly() {
    let app = TestApp::start();
    let token = app.person("ada").token;
    let create = |headers: &[(&str, &str)]| app.tus("POST", "/uploads", &token, headers, None);
    let old = [("tus-resumable", "0.2.2"), ("upload-length", "1")];
    let refused = app.send_raw("POST", "/uploads", Some(&token), &old, None).expect(412);
    assert_eq!(refused.header("tus-version"), Some("1.0.0"));
    app.send_raw("POST", "/uploads", Some(&token), &[("upload-length", "1")], None).expect(412);
    create(&[]).expect(422);
    for length in ["", "-1", "+1", "1.5", "x", "99999999999999999999", "18446744073709551615"] {
        let refused = create(&[("upload-length", length)]).expect(422);
        assert_eq!(refused.json()["error"]["detail"]["field"], json!("Upload-Length"));
    }
    assert!(create(&[("upload-defer-length", "1")]).expect(422).text.contains("Upload-Defer-Length"));
    for metadata in ["filename ***", "filename YQ==,filename YQ==", ",", "filename /w==", "fïle YQ=="] {
        create(&[("upload-length", "1"), ("upload-metadata", metadata)]).expect(422);
    }
    let kind = [RESUMABLE, ("upload-length", "1"), ("content-type", "text/plain")];
    assert_eq!(
        app.send_raw("POST", "/uploads", Some(&token), &kind, Some(b"x")).expect(415).code(),
        "unsupported_media_type"
    );
}

#[test]
fn the_files_name_is_cleaned_and_told() {
    let app = TestApp::start();
    let token = app.person("ada").token;
    for (sent, kept) in [
        ("predictions.csv", Some("predictions.csv")),
        ("../../etc/passwd", Some("passwd")),
        ("C:\\models\\a\u{7}b.pt", Some("ab.pt")),
        ("a/", None),
    ] {
        let metadata = format!("is_private,filename {},type dGV4dA==", STANDARD.encode(sent));
        let headers = [("upload-length", "5"), ("upload-metadata", metadata.as_str())];
        let answer = app.tus("POST", "/uploads", &token, &headers, None).expect(201).json();
        assert_eq!(answer["filename"], json!(kept));
        let head = app.tus("HEAD", &format!("/uploads/{}", answer["id"].as_str().unwrap()), &token, &[], None);
        assert_eq!(
            head.header("upload-metadata").map(str::to_owned),
            kept.map(|name| format!("filename {}", STANDARD.encode(name)))
        );
    }
    let long = format!("filename {}", STANDARD.encode("ä".repeat(300)));
    let headers = [("upload-length", "5"), ("upload-metadata", long.as_str())];
    let answer = app.tus("POST", "/uploads", &token, &headers, None).expect(201).json();
    assert_eq!(answer["filename"].as_str().unwrap().chars().count(), 200);
}

#[test]
fn a_repeated_creation_is_one_upload() {
    let app = TestApp::start();
    let token = app.person("ada").token;
    let headers = [("upload-length", "10"), PIECE, ("idempotency-key", "k1")];
    let first = app.tus("POST", "/uploads", &token, &headers, Some(b"0123456789")).expect(201);
    let again = app.tus("POST", "/uploads", &token, &headers, Some(b"0123456789")).expect(201);
    assert_eq!(first.header("location"), again.header("location"));
    assert_eq!(again.header("upload-sha256"), Some(sha256(b"0123456789").as_str()));
    assert_eq!(app.count("uploads"), 1);
    let other = [("upload-length", "11"), ("idempotency-key", "k1")];
    assert_eq!(app.tus("POST", "/uploads", &token, &other, None).expect(409).code(), "idempotency_mismatch");
}
