//! Another season, from a folder to a rank by the program alone: another number of classes, labels
//! as numbers and as class ids, rows in order and shuffled, plain and compressed, right and wrong.

use std::path::Path;

use serde_json::json;

use crate::program::Server;

const TASK: [&str; 4] = ["--season", "demo", "--task", "classification"];

/// The demonstration season of the fixtures, as files.
fn write_demo(folder: &Path) {
    let arguments = holdout_fixtures::Arguments { classes: 37, images: 500, entries: 3, seed: 7 };
    let season = holdout_fixtures::demo::season(arguments, &|_| ()).unwrap();
    for file in &season.files {
        let path = folder.join(&file.path);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(path, &file.bytes).unwrap();
    }
}

#[test]
fn every_form_of_file_has_its_outcome() {
    let settings = [("HOLDOUT_RATES__SUBMISSIONS_PER_MINUTE", "1000"), ("HOLDOUT_QUEUE__QUEUED_PER_TEAM", "100")];
    let server = Server::up_with(&settings);
    let organizer = server.organizer();
    let folder = organizer.home.path().join("demo");
    write_demo(&folder);
    organizer.run(&["season", "apply", "demo", "--yes"]).done();
    let ann = server.person("ann");
    ann.run(&["team", "create", "Ann's team", "--season", "demo"]).done();
    let code = ann.run(&["team", "invite", "--season", "demo"]).done().output.trim().to_owned();
    let bob = server.person("bob");
    bob.run(&["team", "join", &code]).done();

    let expected = std::fs::read_to_string(folder.join("files/expected.tsv")).unwrap();
    let mut scored = 0;
    let mut least = u64::MAX;
    for line in expected.lines().skip(1) {
        let [file, outcome, detail] = line.split('\t').collect::<Vec<_>>().try_into().unwrap();
        let path = folder.join("files").join(file);
        let path = path.to_str().unwrap();
        if outcome == "scored" {
            // Some of them have the same answers in another form.
            let arguments = [&["submit", path, "--method", file, "--again", "--wait"], &TASK[..]].concat();
            let answer = bob.json(&arguments);
            let wrong = answer["scores"]["public"]["wrong"].as_u64().unwrap();
            assert_eq!((&answer["state"], wrong), (&json!("scored"), detail.parse().unwrap()), "{file}");
            assert_eq!(answer["charge"]["state"], json!("committed"), "{file}");
            (scored, least) = (scored + 1, least.min(wrong));
        } else {
            // Refused here, and by the server, with the same word; neither is charged.
            let checked = bob.run(&[&["check", path, "--json"], &TASK[..]].concat());
            assert!(
                checked.code == Some(1) && (checked.output.clone() + &checked.errors).contains(detail),
                "{file}: {checked:?}"
            );
            let sent = bob.run(&[&["submit", path, "--no-check", "--json"], &TASK[..]].concat());
            assert!(sent.code == Some(1) && (sent.output.clone() + &sent.errors).contains(detail), "{file}: {sent:?}");
        }
    }
    assert!(scored >= 10, "{scored} files were scored");
    let quota = ann.json(&[&["quota"], &TASK[..]].concat());
    assert_eq!(quota["used"], json!(scored), "refused files are not charged");
    let board = ann.json(&[&["leaderboard"], &TASK[..]].concat());
    let rows = board["rows"].as_array().unwrap();
    let ours = rows.iter().find(|row| row["team"] == json!("Ann's team")).unwrap();
    assert_eq!((&ours["wrong"], &ours["entries"]), (&json!(least), &json!(scored)), "the team's best is its row");
    let better = rows.iter().filter(|row| row["wrong"].as_u64().unwrap() < least).count();
    assert_eq!(ours["rank"], json!(better + 1));
}
