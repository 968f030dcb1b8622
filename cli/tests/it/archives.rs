//! Archives of a season: written, the same each time, and verified by somebody who has nothing
//! else.

use std::collections::BTreeMap;

use serde_json::Value;

use crate::forged::{Files, Forger, files_of};
use crate::forged_archives::{archive_of, edit};
use crate::program::{Ended, Person, SMALL, Server, predictions, wait_until};

const TASK: [&str; 4] = ["--season", "small", "--task", "classification"];

/// A season with a private part, in which two teams have three results, one of which is
/// disqualified.
pub fn with_results(server: &Server) -> Person {
    let organizer = server.organizer();
    organizer.write_small();
    let split = SMALL.replace("    quota:", "    split: { public: 0.5 }\n    quota:");
    organizer.write("small/season.yaml", split);
    organizer.run(&["season", "apply", "small", "--yes"]).done();
    let submit = |person: &Person, wrong: usize| {
        // One is compressed, to fewer bytes than the format check may read.
        let (name, bytes) = match wrong {
            3 => ("mine.txt.zst", zstd::encode_all(predictions(wrong).as_bytes(), 19).unwrap()),
            _ => ("mine.txt", predictions(wrong).into_bytes()),
        };
        person.write(name, bytes);
        person.run(&[&["submit", name, "--wait"], &TASK[..]].concat()).done();
        person.json(&[&["submissions"], &TASK[..]].concat())[0]["id"].as_str().unwrap().to_owned()
    };
    let (ann, ben) = (server.captain("ann"), server.captain("ben"));
    submit(&ann, 1);
    submit(&ben, 3);
    let copied = submit(&ann, 0);
    organizer.run(&["judge", "disqualify", &copied, "--reason", "copied", "--yes"]).done();
    organizer.run(&["announce", "small", "--title", "Welcome", "--text", "All the best."]).done();
    wait_until("all entries have their places", || checkpoint(server).lines().nth(1) == Some("6"));
    organizer
}

pub fn checkpoint(server: &Server) -> String {
    get(server, "/log/checkpoint")
}

pub fn get(server: &Server, path: &str) -> String {
    ureq::get(format!("{}/api/v1{path}", server.address)).call().unwrap().body_mut().read_to_string().unwrap()
}

fn text(files: &Files, name: &str) -> String {
    String::from_utf8(files[name].clone()).unwrap()
}

#[test]
fn an_organizers_archive_is_proved_without_the_server() {
    let server = Server::up();
    let organizer = with_results(&server);
    organizer.run(&["season", "close", "small", "--yes"]).done();
    organizer.run(&["season", "publish", "small", "--yes"]).done();
    let key = get(&server, "/log/key").trim().to_owned();
    organizer.write("kept.txt", checkpoint(&server));
    let all = ["season", "export", "small", "--labels", "--submissions", "--answers"];
    let said = organizer.run(&all).done().output;
    let images = ["season", "export", "small", "--labels", "--images", "--output", "images.tar.zst"];
    let said_too = organizer.run(&images).done().output;
    assert!(said_too.contains("no images: the test sets of small have none"), "{said_too}");
    assert!(said.contains("small.tar.zst: season small, files: ") && said.contains("submissions: 5"), "{said}");
    assert!(said.contains("not everybody may see: results that are not on the board"), "{said}");
    organizer.run(&all).failed(1, "exists already");
    organizer.run(&[&all[..], &["--output", "again.tar.zst"]].concat()).done();
    drop(server);

    let read = |name: &str| std::fs::read(organizer.home.path().join(name)).unwrap();
    assert!(read("small.tar.zst") == read("again.tar.zst"), "two archives of one season have the same bytes");
    let said = organizer.run(&["verify", "small.tar.zst"]).done().output;
    assert!(said.contains("The key came with the file"), "{said}");
    let said = organizer.run(&["verify", "small.tar.zst", "--key", &key, "--earlier", "kept.txt"]).done().output;
    for part in [
        "Archive of season small:",
        "has the 6 entries of the archive in their order",
        "continues the one of 6 entries that you kept",
        "6 receipts of 5 submissions are signed",
        "No result and no decision was left out: the server signed that 6 entries",
        "Board `boards/classification/private`: ",
        "The labels of 1 versions of test sets are those that were committed to.",
        "Not proved: season, rules, announcements",
        "5 submitted files are those of their receipts; 5 results of prediction files were counted again",
        "Not proved: which images are in the public part",
    ] {
        assert!(said.contains(part), "{part}: {said}");
    }
    let facts = organizer.json(&["verify", "small.tar.zst", "--key", &key]);
    assert_eq!((&facts["proved"], &facts["season"]), (&Value::from(true), &Value::from("small")));
    let files = files_of(&read("small.tar.zst"));
    let answers = files.keys().filter(|name| name.starts_with("answers/") && name.ends_with(".parquet")).count();
    assert_eq!(answers, 5);
    for name in
        ["README.md", "season/season.yaml", "season/classification/labels.csv", "announcements.json", "rules.md"]
    {
        assert!(files.contains_key(name), "{name}");
    }
    assert!(text(&files, "README.md").contains("holdout verify FILE --key KEY"));
    for (name, bytes) in &files {
        assert!(!String::from_utf8_lossy(bytes).contains("example.org"), "`{name}` has an address of a person");
    }
}

#[test]
fn the_public_gets_what_the_board_shows_and_nothing_that_is_hidden() {
    let server = Server::up();
    let organizer = with_results(&server);
    let stranger = Person::at(&server.address);
    stranger.run(&["season", "export", "small", "--labels"]).failed(1, "for organizers of the season");
    stranger.run(&["season", "export", "small"]).done();
    stranger.run(&["season", "export", "small", "--labels", "submissions"]).failed(2, "cannot be used with");
    organizer.run(&["season", "export", "small", "--public", "--output", "public.tar.zst"]).done();
    let said = organizer.run(&["season", "export", "small"]).done().output;
    assert!(said.contains("private scores that are not published"), "{said}");
    let read = |person: &Person, name: &str| std::fs::read(person.home.path().join(name)).unwrap();
    let public = read(&stranger, "small.tar.zst");
    assert!(read(&organizer, "public.tar.zst") == public, "`--public` is what a stranger gets");
    let files: BTreeMap<_, _> = files_of(&public);
    for hidden in ["boards/classification/private.json", "log/season.json", "season/season.yaml"] {
        assert!(!files.contains_key(hidden), "{hidden}");
    }
    assert!(!files.keys().any(|name| name.starts_with("test-sets/") || name.starts_with("submissions/")));
    let key = get(&server, "/log/key").trim().to_owned();
    drop(server);
    let said = stranger.run(&["verify", "small.tar.zst", "--key", &key]).done().output;
    assert!(said.contains("Not proved: that nothing was left out"), "{said}");
    organizer.run(&["verify", "small.tar.zst", "--key", &key]).done();
}

#[test]
fn changes_of_the_key_are_followed_in_an_archive() {
    let server = Server::up();
    let organizer = with_results(&server);
    let key = || get(&server, "/log/key").trim().to_owned();
    let old = key();
    organizer.write("kept.txt", checkpoint(&server));
    organizer.run(&["log", "rotate-key", "--yes"]).done();
    let new = key();
    let ann = server.captain("cleo");
    ann.write("mine.txt", predictions(2));
    ann.run(&[&["submit", "mine.txt", "--wait"], &TASK[..]].concat()).done();
    wait_until("all entries have their places", || checkpoint(&server).lines().nth(1) == Some("8"));
    organizer.run(&["season", "export", "small"]).done();
    drop(server);

    for (known, earlier) in [(&old, true), (&new, true), (&old, false), (&new, false)] {
        let kept: &[&str] = if earlier { &["--earlier", "kept.txt"] } else { &[] };
        let said = organizer.run(&[&["verify", "small.tar.zst", "--key", known], kept].concat()).done().output;
        assert!(said.contains("an entry that both keys signed: changes: 1.") && said.contains("7 receipts"), "{said}");
    }
    let stranger = "PeterNeumann+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW";
    organizer.run(&["verify", "small.tar.zst", "--key", stranger]).failed(1, "is not linked to the key that signs now");

    let honest = files_of(&std::fs::read(organizer.home.path().join("small.tar.zst")).unwrap());
    let forged = |change: &dyn Fn(&mut Files), said: &str| {
        let mut files = honest.clone();
        change(&mut files);
        organizer.write("forged.tar.zst", archive_of(files));
        organizer.run(&["verify", "forged.tar.zst", "--key", &old]).failed(1, said);
    };
    let changes = "log/key-changes.json";
    forged(&|files| drop(files.remove(changes)), "signed with another key than the one that you trust");
    // Without the signature of the old key, or of the new one.
    for line in [0, 1] {
        let unsigned = |change: &mut Value| {
            let (text, signatures) = change["note"].as_str().unwrap().rsplit_once("\n\n").unwrap();
            change["note"] = format!("{text}\n\n{}\n", signatures.lines().nth(line).unwrap()).into();
        };
        forged(&|files| edit(files, changes, |list| unsigned(&mut list[0])), "the change of key at entry 6");
    }
}

#[test]
fn what_is_no_archive_of_a_season_is_not_read() {
    let reader = Person::at("http://127.0.0.1:9");
    let forger = Forger;
    let refused = |what: &str, bytes: Vec<u8>, said: &str| -> Ended {
        reader.write("x.tar.zst", bytes);
        let ended = reader.run(&["verify", "x.tar.zst"]);
        assert_eq!(ended.code, Some(2), "{what}: {ended:?}");
        assert!(ended.errors.contains(said), "{what}: {ended:?}");
        ended
    };
    refused("no manifest", forger.packed(&[("a.txt", b"a")]), "it has no `manifest.json`");
    refused("another format", forger.packed(&[("manifest.json", b"{\"format\":\"x\"}")]), "says the format is `x`");
    refused("traversal", forger.named(b"../../etc/passwd"), "leads out of the archive");
    refused("absolute", forger.named(b"/etc/passwd"), "leads out of the archive");
    refused("odd name", forger.named(b"a\\b"), "is not allowed");
    refused("symbolic link", forger.link(tar::EntryType::Symlink), "is a link, a folder or something else");
    refused("hard link", forger.link(tar::EntryType::Link), "is a link, a folder or something else");
    refused("long name", forger.link(tar::EntryType::GNULongName), "is a link, a folder or something else");
    refused("twice", forger.packed(&[("a", b"1"), ("a", b"2")]), "the archive has `a` twice");
    refused("bomb", forger.bomb(), "unpacks to more than");
    refused("large list", forger.large("entries.csv"), "too much for a file of its kind");
    let whole = forger.packed(&[("a.txt", &[7; 4096])]);
    refused("cut", whole[..whole.len() / 2].to_vec(), "cannot be unpacked");
    refused("damaged", [&whole[..8], &[0xff; 64]].concat(), "cannot be unpacked");
}
