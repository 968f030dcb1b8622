//! Uploads over connections that break: everything that arrived counts, at once, and nothing is
//! lost or doubled.

use std::io::{Read as _, Write as _};
use std::net::TcpStream;
use std::time::Duration;

use crate::test_app::TestApp;
use crate::tus::{Break, bytes, checksum, eventually, sha256};

fn small_parts() -> TestApp {
    TestApp::start_with(|config| config.uploads.part_bytes = 1000)
}

fn status_of(mut stream: TcpStream) -> String {
    stream.set_read_timeout(Some(Duration::from_secs(20))).unwrap();
    let mut answer = vec![0; 12];
    // A connection that was reset has no answer.
    stream.read_exact(&mut answer).map(|()| String::from_utf8_lossy(&answer).into_owned()).unwrap_or_default()
}

#[test]
fn what_a_silent_connection_brought_counts_at_once() {
    let app = small_parts();
    let token = app.person("ada").token;
    let file = bytes(5000);
    let id = app.begin_upload(&token, file.len());
    let mut silent = app.patch_and_stall(&token, &id, 0, (&file[..3333], file.len()), "");
    eventually("the server has what came", || app.offset(&token, &id) == 3333);
    let last = app.patch(&token, &id, 3333, &file[3333..]).expect(204);
    assert_eq!(last.header("upload-sha256"), Some(sha256(&file).as_str()));
    // What the old connection still brings changes nothing.
    silent.write_all(&[0; 1667]).ok();
    assert_ne!(status_of(silent), "HTTP/1.1 204");
    assert_eq!(std::fs::read(&app.stored("blobs")[0]).unwrap(), file);
    assert_eq!((app.count("upload_parts"), app.stored("uploads").len()), (0, 0));
}

#[test]
fn a_new_piece_takes_over_from_a_silent_connection() {
    let app = TestApp::start();
    let token = app.person("ada").token;
    let file = bytes(5000);
    let id = app.begin_upload(&token, file.len());
    let old = app.patch_and_stall(&token, &id, 0, (&file[..3333], file.len()), "");
    // Without asking first: the refusal says where the upload is.
    let refused = app.patch(&token, &id, 0, &file).expect(409);
    assert_eq!(refused.json()["error"]["detail"]["offset"], 3333);
    app.patch(&token, &id, 3333, &file[3333..4000]).expect(204);
    assert!(status_of(old).ends_with("409"), "the old connection is ended");
    let last = app.patch(&token, &id, 4000, &file[4000..]).expect(204);
    assert_eq!(last.header("upload-sha256"), Some(sha256(&file).as_str()));
}

#[test]
fn a_connection_that_carries_bytes_is_not_replaced() {
    let app = TestApp::start();
    let token = app.person("ada").token;
    let file = bytes(5000);
    let id = app.begin_upload(&token, file.len());
    let mut alive = app.patch_and_stall(&token, &id, 0, (&file[..1000], file.len()), "");
    app.patch(&token, &id, 0, &file).expect(409);
    alive.write_all(&file[1000..]).unwrap();
    assert!(status_of(alive).ends_with("204"));
    assert_eq!(std::fs::read(&app.stored("blobs")[0]).unwrap(), file);
}

#[test]
fn another_server_takes_over_and_the_old_connection_records_nothing_more() {
    let mut app = small_parts();
    let second = app.second_server();
    let token = app.person("ada").token;
    let file = bytes(5000);
    let id = app.begin_upload(&token, file.len());
    let mut old = app.patch_and_stall(&token, &id, 0, (&file[..1500], file.len()), "");
    app.origin = second.origin.clone();
    eventually("the other server has what the first one got", || app.offset(&token, &id) == 1500);
    app.patch(&token, &id, 1500, &file[1500..2600]).expect(204);
    // Other bytes, and enough to be recorded.
    old.write_all(&[7; 2000]).ok();
    assert!(status_of(old).ends_with("409"));
    assert_eq!(app.offset(&token, &id), 2600);
    let last = app.patch(&token, &id, 2600, &file[2600..]).expect(204);
    assert_eq!(last.header("upload-sha256"), Some(sha256(&file).as_str()));
    assert_eq!(app.stored("uploads").len(), 0);
}

#[test]
fn a_piece_with_a_checksum_that_breaks_off_is_kept_and_a_damaged_one_is_not() {
    let app = small_parts();
    let token = app.person("ada").token;
    let file = bytes(6000);
    let id = app.begin_upload(&token, file.len());
    let right = format!("Upload-Checksum: {}\r\n", checksum(&file[..4000]));
    app.patch_and_hang_up(&token, &id, 0, (&file[..2500], 4000), &right);
    eventually("the bytes that came are kept", || app.offset(&token, &id) == 2500);

    let wrong = format!("Upload-Checksum: {}\r\n", checksum(b"something else"));
    let mut damaged = app.patch_and_stall(&token, &id, 2500, (&file[2500..4000], 3500), &wrong);
    eventually("all that arrived counts while the piece is incomplete", || app.offset(&token, &id) == 4000);
    damaged.write_all(&file[4000..]).unwrap();
    assert!(status_of(damaged).ends_with("460"));
    assert_eq!(app.offset(&token, &id), 2500, "nothing of a damaged piece is kept");
    assert_eq!(app.stored("uploads").len(), usize::try_from(app.count("upload_parts")).unwrap());

    let rest = checksum(&file[2500..]);
    let last = app.patch_with(&token, &id, 2500, &file[2500..], &[("upload-checksum", &rest)]).expect(204);
    assert_eq!(last.header("upload-sha256"), Some(sha256(&file).as_str()));
}

#[test]
fn every_connection_makes_progress_however_it_breaks() {
    let app = TestApp::start();
    let token = app.person("ada").token;
    let file = bytes(400_000);
    for checked in [false, true] {
        let id = app.begin_upload(&token, file.len());
        let mut open = Vec::new();
        let mut offset = 0;
        for (round, way) in [Break::Fin, Break::Reset, Break::Silent].into_iter().cycle().enumerate() {
            let count = (1000 + round * 3001 % 20_000).min(file.len() - offset);
            if offset + count == file.len() {
                break;
            }
            let rest = &file[offset..];
            let header = if checked { format!("Upload-Checksum: {}\r\n", checksum(rest)) } else { String::new() };
            let stream = app.patch_and_stall(&token, &id, offset, (&rest[..count], rest.len()), &header);
            open.extend(way.apply(stream));
            eventually("the server notices", || app.offset(&token, &id) == offset + count);
            offset += count;
        }
        let last = app.patch(&token, &id, offset, &file[offset..]).expect(204);
        assert_eq!(last.header("upload-sha256"), Some(sha256(&file).as_str()));
    }
    assert_eq!((app.count("upload_parts"), app.stored("uploads").len()), (0, 0));
}

#[test]
fn many_small_pieces_leave_few_parts() {
    let app = TestApp::start();
    let token = app.person("ada").token;
    let file = bytes(3000);
    let id = app.begin_upload(&token, file.len());
    for piece in 0..299 {
        app.patch(&token, &id, piece * 10, &file[piece * 10..][..10]).expect(204);
    }
    let parts = app.count("upload_parts");
    assert!(parts <= 10, "{parts} parts");
    assert_eq!(app.stored("uploads").len(), usize::try_from(parts).unwrap(), "merged parts are deleted");
    let last = app.patch(&token, &id, 2990, &file[2990..]).expect(204);
    assert_eq!(last.header("upload-sha256"), Some(sha256(&file).as_str()));
}
