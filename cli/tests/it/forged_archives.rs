//! What somebody with nothing but an archive could change in it: each change is found by
//! `holdout verify`, although the manifest fits.

use std::sync::OnceLock;

use holdout_evaluation::commitment;
use holdout_protocol::Sha256;
use serde_json::{Value, json};

use crate::archives::{checkpoint, get, with_results};
use crate::forged::{Files, Forger, files_of};
use crate::program::{Ended, Person, Server, wait_until};

/// An archive with all that there can be in one, its key, and one from before the last submission
/// of the season.
struct Honest {
    files: Files,
    earlier: Files,
    key: String,
    checkpoint: String,
}

fn honest() -> &'static Honest {
    static HONEST: OnceLock<Honest> = OnceLock::new();
    HONEST.get_or_init(|| {
        let server = Server::up();
        let organizer = with_results(&server);
        let export = |name: &str| {
            organizer.run(&["season", "export", "small", "--labels", "--submissions", "--output", name]).done();
            files_of(&std::fs::read(organizer.home.path().join(name)).unwrap())
        };
        let earlier = export("earlier.tar.zst");
        let disqualified = id_of(&earlier, "disqualified");
        organizer.run(&["judge", "restore", &disqualified, "--yes"]).done();
        wait_until("the decision has its place", || checkpoint(&server).lines().nth(1) == Some("7"));
        let files = export("season.tar.zst");
        Honest { files, earlier, key: get(&server, "/log/key").trim().to_owned(), checkpoint: checkpoint(&server) }
    })
}

/// The submission of `entries.csv` whose line has a word.
fn id_of(files: &Files, word: &str) -> String {
    let list = String::from_utf8(files["entries.csv"].clone()).unwrap();
    list.lines().find(|line| line.contains(word)).unwrap().split(',').next().unwrap().to_owned()
}

/// An archive of these files, with the manifest that lists them.
pub fn archive_of(mut files: Files) -> Vec<u8> {
    let mut manifest: Value = serde_json::from_slice(&files.remove("manifest.json").unwrap()).unwrap();
    let listed = files.iter().map(
        |(name, bytes)| json!({ "name": name, "size": bytes.len(), "sha256": holdout::digest_of(bytes).to_string() }),
    );
    manifest["files"] = listed.collect();
    files.insert("manifest.json".to_owned(), manifest.to_string().into_bytes());
    let files: Vec<(&str, &[u8])> = files.iter().map(|(name, bytes)| (name.as_str(), bytes.as_slice())).collect();
    Forger.packed(&files)
}

fn verify(files: Files, key: &str, more: &[&str]) -> Ended {
    let reader = Person::at("http://127.0.0.1:9");
    reader.write("season.tar.zst", archive_of(files));
    reader.write("kept.txt", &honest().checkpoint);
    reader.run(&[&["verify", "season.tar.zst", "--key", key], more].concat())
}

/// Changes the archive, and expects that the change is found.
#[track_caller]
fn is_found(change: impl FnOnce(&mut Files), said: &str) {
    let mut files = honest().files.clone();
    change(&mut files);
    assert!(files != honest().files, "nothing was changed");
    verify(files, &honest().key, &[]).failed(1, said);
}

pub fn edit(files: &mut Files, name: &str, change: impl FnOnce(&mut Value)) {
    let mut value: Value = serde_json::from_slice(&files[name]).unwrap();
    change(&mut value);
    files.insert(name.to_owned(), value.to_string().into_bytes());
}

fn replace(files: &mut Files, name: &str, from: &str, to: &str) {
    let text = String::from_utf8(files[name].clone()).unwrap();
    assert!(text.contains(from), "`{name}` has no `{from}`");
    files.insert(name.to_owned(), text.replacen(from, to, 1).into_bytes());
}

/// The lines of the log, of which the first one is the header.
fn edit_log(files: &mut Files, change: impl FnOnce(&mut Vec<Vec<String>>)) {
    let text = String::from_utf8(files["log/entries.csv"].clone()).unwrap();
    let mut lines: Vec<Vec<String>> = text.lines().map(|line| line.split(',').map(str::to_owned).collect()).collect();
    change(&mut lines);
    let text: String = lines.iter().map(|line| format!("{}\n", line.join(","))).collect();
    files.insert("log/entries.csv".to_owned(), text.into_bytes());
}

const BOARD: &str = "boards/classification/public.json";
const ALL: &str = "boards/classification/public-all.json";

/// Takes the rows of a submission off a board.
fn drop_rows(files: &mut Files, id: &str) {
    for board in ["public", "public-all", "private", "private-all"] {
        edit(files, &format!("boards/classification/{board}.json"), |board| {
            board["rows"].as_array_mut().unwrap().retain(|row| row["submission"] != id);
        });
    }
    for board in ["public", "private"] {
        drop_lines(files, &format!("boards/classification/{board}.csv"), id);
    }
}

fn drop_lines(files: &mut Files, name: &str, word: &str) {
    let text = String::from_utf8(files[name].clone()).unwrap();
    let kept: String = text.split_inclusive('\n').filter(|line| !line.contains(word)).collect();
    files.insert(name.to_owned(), kept.into_bytes());
}

#[test]
fn an_archive_that_nobody_changed_is_proved() {
    verify(honest().files.clone(), &honest().key, &["--earlier", "kept.txt"]).done();
    verify(honest().earlier.clone(), &honest().key, &[]).done();
}

#[test]
fn an_edited_score_is_found() {
    let better = |row: &mut Value| {
        let (wrong, n) = (row["wrong"].as_u64().unwrap() - 1, row["n"].as_u64().unwrap());
        row["wrong"] = json!(wrong);
        row["error"] = json!(f64::from(u32::try_from(wrong).unwrap()) / f64::from(u32::try_from(n).unwrap()));
    };
    is_found(|files| edit(files, BOARD, |board| better(&mut board["rows"][3])), "wrong; its receipt has");
    is_found(|files| edit(files, BOARD, |board| board["rows"][3]["error"] = json!(0.0)), "has the error 0");
    is_found(
        |files| edit(files, BOARD, |board| board["rows"][0]["rank"] = json!(2)),
        "has rank 2; by its error it is 1",
    );
    is_found(
        |files| edit(files, BOARD, |board| board["rows"][3]["interval"]["low"] = json!(0.0)),
        "confidence interval",
    );
    is_found(|files| edit(files, BOARD, |board| board["rows"].as_array_mut().unwrap().swap(0, 1)), "is before that of");
    let table = "boards/classification/private.csv";
    is_found(|files| replace(files, table, "\n1,", "\n2,"), "is not that of the board in JSON");
    let counted = format!("receipts/{}.json", id_of(&honest().files, "Team ben"));
    let edited = |files: &mut Files| {
        edit(files, &counted, |bundle| {
            let note = bundle["receipts"][0]["note"].as_str().unwrap().replace("\"top5_wrong\":", "\"top5_wrong\":1");
            bundle["receipts"][0]["note"] = json!(note);
        });
    };
    is_found(edited, "the signature of");
    let opened = |files: &mut Files| {
        edit(files, &counted, |bundle| {
            let opening = &mut bundle["receipts"][0]["opening"];
            opening["counts"] = json!("{\"n\":20,\"top1_wrong\":20,\"top5_wrong\":20}");
        });
    };
    is_found(opened, "not those that the receipt commits to");
}

#[test]
fn a_dropped_submission_is_found() {
    let id = id_of(&honest().files, "Team ben");
    is_found(|files| drop_rows(files, &id), "counts by its receipts, and has no row");
    is_found(|files| drop_lines(files, "entries.csv", &id), "has receipts, and is left out");
    let leaving_no_trace = |files: &mut Files| {
        drop_rows(files, &id);
        drop_lines(files, "entries.csv", &id);
        files.retain(|name, _| !name.contains(&id));
    };
    is_found(leaving_no_trace, "has no receipt here: a submission was left out");
    let with_the_list = |files: &mut Files| {
        leaving_no_trace(files);
        let index = receipts(&honest().files, &id)["receipts"][0]["index"].clone();
        edit(files, "log/season.json", |log| log["entries"].as_array_mut().unwrap().retain(|entry| *entry != index));
    };
    is_found(with_the_list, "not those that the server signed as this season's");
    is_found(|files| drop(files.remove("log/season.json")), "`log/season.json` is missing");
    let a_decision = |files: &mut Files| {
        let name = format!("receipts/{}.json", id_of(&honest().earlier, "disqualified"));
        edit(files, &name, |bundle| drop(bundle["receipts"].as_array_mut().unwrap().remove(1)));
    };
    is_found(a_decision, "a receipt is missing or moved");
}

fn receipts(files: &Files, id: &str) -> Value {
    serde_json::from_slice(&files[&format!("receipts/{id}.json")]).unwrap()
}

#[test]
fn a_changed_label_is_found() {
    const SET: &str = "test-sets/classification/1/test-set.bin";
    let labels = "test-sets/classification/1/labels.csv";
    is_found(|files| replace(files, labels, "image-00.png,1", "image-00.png,2"), "a label was changed");
    // The last bytes are the labels.
    let changed = |files: &mut Files| {
        let last = files.get_mut(SET).unwrap().last_mut().unwrap();
        *last ^= 1;
    };
    is_found(changed, "do not open the commitment: a label was changed");
    let committed_again = |files: &mut Files| {
        changed(files);
        let set = files[SET].clone();
        edit(files, "test-sets/classification/1/opening.json", |opening| {
            let salt: Sha256 = opening["salt"].as_str().unwrap().parse().unwrap();
            opening["commitment"] = json!(commitment(salt.as_bytes(), &set));
        });
    };
    is_found(committed_again, "names the commitment");
    let said_otherwise = |files: &mut Files| {
        edit(files, "season.json", |season| season["tasks"][0]["test_set"]["commitment"] = json!("ab".repeat(32)));
    };
    is_found(
        said_otherwise,
        "`season.json` says that version 1 of the test set of classification has the commitment abab",
    );
    // The file of the other team is compressed.
    let id = id_of(&honest().files, "Team ann");
    let file = format!("submissions/classification/{id}.predictions");
    is_found(|files| replace(files, &file, "1\n", "2\n"), "it is not the file that was submitted");
}

#[test]
fn a_reordered_log_is_found() {
    is_found(|files| edit_log(files, |lines| lines.swap(2, 3)), "entry 1 is missing or moved");
    let renumbered = |files: &mut Files| {
        edit_log(files, |lines| {
            lines.swap(2, 3);
            (lines[2][0], lines[3][0]) = ("1".to_owned(), "2".to_owned());
        });
    };
    is_found(renumbered, "An entry was changed, replaced or moved");
}

#[test]
fn a_forked_log_is_found() {
    let other = "47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=";
    let replaced = |files: &mut Files| edit_log(files, |lines| lines[7][3] = other.to_owned());
    is_found(replaced, "An entry was changed, replaced or moved");
    // Its own receipts agree with the fork.
    let with_its_head = |files: &mut Files| {
        replaced(files);
        replace(files, "log/checkpoint.txt", "\n7\n", "\n7\n\n");
    };
    is_found(with_its_head, "another checkpoint than the one in the manifest");
}

#[test]
fn a_truncated_log_is_found() {
    is_found(|files| edit_log(files, |lines| drop(lines.pop())), "the log is cut: its signed head has 7 entries");
    let with_an_older_head = |files: &mut Files| {
        edit_log(files, |lines| drop(lines.pop()));
        let older = honest().earlier["log/checkpoint.txt"].clone();
        edit(files, "manifest.json", |manifest| manifest["checkpoint"] = json!(String::from_utf8_lossy(&older)));
        files.insert("log/checkpoint.txt".to_owned(), older);
    };
    is_found(with_an_older_head, "another head of the log than the archive's");
    // A whole archive from before is found by who kept a later head.
    let kept = ["--earlier", "kept.txt"];
    let said = "the checkpoint that you kept has 7 entries of the log, and the archive only 6";
    verify(honest().earlier.clone(), &honest().key, &kept).failed(1, said);
}

#[test]
fn a_swapped_receipt_is_found() {
    let names = ["Team ben", "Alpha"].map(|team| format!("receipts/{}.json", id_of(&honest().files, team)));
    let files_swapped = |files: &mut Files| {
        let [one, other] = names.each_ref().map(|name| files[name].clone());
        files.insert(names[0].clone(), other);
        files.insert(names[1].clone(), one);
    };
    is_found(files_swapped, "is about another submission");
    let other: Value = serde_json::from_slice(&honest().files[&names[1]]).unwrap();
    let note_swapped = |files: &mut Files| {
        edit(files, &names[0], |bundle| bundle["receipts"][0]["note"] = other["receipts"][0]["note"].clone());
    };
    is_found(note_swapped, "the log has the hash of another text");
}

#[test]
fn a_back_dated_entry_is_found() {
    let earlier = "2020-01-01T00:00:00Z";
    is_found(|files| edit_log(files, |lines| lines[4][2] = earlier.to_owned()), "it was back-dated");
    let id = id_of(&honest().files, "Team ben");
    let index = receipts(&honest().files, &id)["receipts"][0]["index"].as_u64().unwrap();
    let in_both_places = |files: &mut Files| {
        edit_log(files, |lines| lines[usize::try_from(index).unwrap() + 1][2] = earlier.to_owned());
        edit(files, &format!("receipts/{id}.json"), |bundle| bundle["receipts"][0]["at"] = json!(earlier));
    };
    is_found(in_both_places, "the receipt says otherwise");
}

#[test]
fn another_key_is_found() {
    let stranger = "PeterNeumann+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW";
    verify(honest().files.clone(), stranger, &[]).failed(1, "another key than the one that you trust");
    let named_in_it = |files: &mut Files| {
        files.insert("log/key.txt".to_owned(), format!("{stranger}\n").into_bytes());
        edit(files, "manifest.json", |manifest| manifest["key"] = json!(stranger));
    };
    is_found(named_in_it, "another key than the one that you trust");
    let mut files = honest().files.clone();
    named_in_it(&mut files);
    verify(files, stranger, &[]).failed(1, "none of the trusted keys signed");
}

#[test]
fn a_file_that_the_manifest_does_not_know_is_found() {
    let mut files = honest().files.clone();
    let mut archive = |change: &dyn Fn(&mut Files), said: &str| {
        let manifest = files["manifest.json"].clone();
        change(&mut files);
        let listed: Vec<(&str, &[u8])> = files.iter().map(|(name, bytes)| (name.as_str(), bytes.as_slice())).collect();
        let reader = Person::at("http://127.0.0.1:9");
        reader.write("season.tar.zst", Forger.packed(&listed));
        reader.run(&["verify", "season.tar.zst", "--key", &honest().key]).failed(1, said);
        files = honest().files.clone();
        assert_eq!(manifest, files["manifest.json"]);
    };
    archive(&|files| drop(files.insert("more.txt".to_owned(), Vec::new())), "`more.txt` is not in the manifest");
    archive(&|files| drop(files.remove("rules.md")), "`rules.md` is missing, which the manifest lists");
    archive(&|files| drop(files.insert("rules.md".to_owned(), b"x".to_vec())), "it was changed");
}

#[test]
fn all_entries_have_to_be_there_for_the_choice_of_teams() {
    let id = id_of(&honest().files, "Team ben");
    let only_from_the_teams = |files: &mut Files| {
        edit(files, BOARD, |board| {
            board["rows"].as_array_mut().unwrap().retain(|row| row["submission"] != id.as_str())
        });
    };
    is_found(only_from_the_teams, "stands for its team and has no ranked row");
    is_found(|files| drop(files.remove(ALL)), "the board of all entries is missing");
}

#[test]
fn a_decision_that_the_list_does_not_show_is_found() {
    let mut files = honest().earlier.clone();
    let list = String::from_utf8(files["entries.csv"].clone()).unwrap();
    assert!(list.contains(",disqualified,"), "{list}");
    files.insert("entries.csv".to_owned(), list.replace(",disqualified,", ",counted,").into_bytes());
    verify(files, &honest().key, &[]).failed(1, "listed as counted, and its receipts say disqualified");
}
