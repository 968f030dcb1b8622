//! Archives of a log alone, signed with a key that the test has: what whoever runs the server could
//! do.

use std::fs;

use holdout_protocol::{LogEntry, LogEntryKind, Timestamp};
use holdout_receipts::{Checkpoint, Hash, SigningKey, root_of, sign_note};
use tempfile::NamedTempFile;

use super::*;
use crate::archive::log::write_entries;
use crate::archive::manifest::FORMAT;
use crate::archive::names;
use crate::archive::writer::ArchiveWriter;

fn signer(seed: u8) -> SigningKey {
    SigningKey::from_seed("log.example".parse().unwrap(), &[seed; 32]).unwrap()
}

fn entries(words: &[&str]) -> Vec<LogEntry> {
    let entry = |(index, word): (u64, &&str)| {
        let leaf = Hash::of_leaf(word.as_bytes()).to_string();
        LogEntry { index, kind: LogEntryKind::Result, at: Timestamp::from(7), leaf }
    };
    (0..).zip(words).map(entry).collect()
}

fn head(words: &[&str], signer: &SigningKey) -> String {
    let root = root_of(words.iter().map(|word| Hash::of_leaf(word.as_bytes())));
    let size = u64::try_from(words.len()).unwrap();
    sign_note(&Checkpoint { origin: "log.example".to_owned(), size, root }.to_string(), signer)
}

/// An archive with the entries of `words` under the head of `signed`.
fn archive(words: &[&str], signed: &[&str]) -> NamedTempFile {
    let signer = signer(7);
    let (key, checkpoint) = (signer.verifying_key().to_string(), head(signed, &signer));
    let mut writer = ArchiveWriter::new(Vec::new()).unwrap();
    writer.add(names::KEY, key.as_bytes()).unwrap();
    writer.add(names::CHECKPOINT, checkpoint.as_bytes()).unwrap();
    writer.add(names::LOG, &write_entries(&entries(words)).unwrap()).unwrap();
    writer.add(names::ENTRIES, b"").unwrap();
    let season = serde_json::json!({ "season": "demo", "title": "Demo", "rules": "", "opens": "2026-01-01T00:00:00Z",
        "closes": null, "draft": false, "paused": false, "frozen_at": null, "published_at": null, "state": "open",
        "tasks": [], "registration": { "mode": "open", "domains": [], "teams_per_account": 1 } });
    writer.add(names::SEASON, season.to_string().as_bytes()).unwrap();
    let manifest = Manifest {
        format: FORMAT.to_owned(),
        season: "demo".parse().unwrap(),
        view: View::Public,
        program: String::new(),
        key,
        checkpoint,
        files: Vec::new(),
    };
    let file = NamedTempFile::new().unwrap();
    fs::write(file.path(), writer.finish(manifest).unwrap().0).unwrap();
    file
}

fn problem(file: &NamedTempFile, key: Option<&VerifyingKey>, earlier: Option<&str>) -> String {
    match verify_archive(file.path(), key, earlier).unwrap_err() {
        ArchiveFailure::NotProved(problems) => problems.join("\n"),
        ArchiveFailure::Unreadable(cause) => panic!("{cause}"),
    }
}

#[test]
fn a_log_that_continues_what_a_reader_kept_is_proved() {
    let words = ["a", "b", "c"];
    let file = archive(&words, &words);
    let kept = head(&words[..2], &signer(7));
    let proved = verify_archive(file.path(), Some(&signer(7).verifying_key()), Some(&kept)).unwrap();
    assert_eq!(proved.checkpoint.size, 3);
    let said = proved.proved.join("\n");
    assert!(said.contains("continues the one of 2 entries that you kept"), "{said}");
}

#[test]
fn a_log_that_its_owner_forked_is_found_with_a_kept_checkpoint() {
    let forked = ["a", "x", "c"];
    let file = archive(&forked, &forked);
    assert!(verify_archive(file.path(), None, None).is_ok(), "the fork agrees with itself");
    let kept = head(&["a", "b"], &signer(7));
    assert!(problem(&file, None, Some(&kept)).contains("the log is forked: its first 2 entries"));
}

#[test]
fn a_log_that_its_owner_cut_is_found_with_a_kept_checkpoint() {
    let cut = ["a", "b"];
    let file = archive(&cut, &cut);
    let kept = head(&["a", "b", "c"], &signer(7));
    let said = problem(&file, None, Some(&kept));
    assert!(said.contains("the checkpoint that you kept has 3 entries of the log, and the archive only 2"), "{said}");
}

#[test]
fn entries_that_are_not_those_of_the_head_are_found() {
    let signed = ["a", "b", "c"];
    assert!(problem(&archive(&["a", "b"], &signed), None, None).contains("the log is cut"));
    assert!(problem(&archive(&["b", "a", "c"], &signed), None, None).contains("changed, replaced or moved"));
}

#[test]
fn another_key_is_found_although_its_log_has_the_same_name() {
    let words = ["a"];
    let file = archive(&words, &words);
    let other = signer(8).verifying_key();
    assert!(problem(&file, Some(&other), None).contains("another key than the one that you trust"));
    let kept = head(&words, &signer(8));
    assert!(problem(&file, None, Some(&kept)).contains("the earlier checkpoint: none of the trusted keys"));
}
