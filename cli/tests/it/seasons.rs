//! `season apply`: shown, agreed to, carried out once, completed after a break.

use std::time::Duration;

use serde_json::json;

use crate::program::{Person, SMALL, Server, predictions, wait_until};
use crate::shades::Packing;

#[test]
fn a_second_run_changes_nothing() {
    let server = Server::up();
    let organizer = server.organizer();
    organizer.write_small();
    let plan = organizer.run(&["season", "apply", "small", "--dry-run"]).done();
    assert!(
        plan.output.contains("+ season small") && plan.output.contains("+ entry of Alpha, a, first: a.txt"),
        "{plan:?}"
    );
    organizer.run(&["season", "show", "small"]).failed(1, "small");
    let limits = SMALL.replace("    quota:", "    limits: { memory: 1B }\n    quota:");
    organizer.write("small/season.yaml", limits);
    let refused = organizer.run(&["season", "apply", "small", "--dry-run"]).failed(1, "tasks[0].limits.memory");
    assert!(refused.errors.contains("small/season.yaml:14"), "{refused:?}");
    organizer.write_small();
    organizer.run(&["season", "apply", "small"]).failed(2, "nobody to ask");

    let first = organizer.json(&["season", "apply", "small", "--yes"]);
    assert_eq!((&first["applied"], first["submissions"].as_array().unwrap().len()), (&json!(true), 2));
    let second = organizer.run(&["season", "apply", "small", "--yes"]).done();
    assert!(second.output.ends_with("Nothing to change.\n"), "{second:?}");
    assert!(second.output.lines().all(|line| line.starts_with("= ") || line == "Nothing to change."), "{second:?}");
    let submissions = organizer.json(&["submissions", "--season", "small", "--task", "classification"]);
    assert_eq!(submissions.as_array().unwrap().len(), 2);
    let labels = organizer.run(&["season", "labels", "small", "--task", "classification"]).done().output;
    let written = std::fs::read_to_string(organizer.home.path().join("small/labels.csv")).unwrap();
    assert_eq!(labels, written);
    let stranger = server.person("ada");
    stranger.run(&["season", "labels", "small", "--task", "classification"]).failed(1, "organizer");
    let listed = |what| stranger.run(&["season", what, "small", "--task", "classification"]).done().output;
    let folder = organizer.home.path().join("small");
    assert_eq!(
        listed("classes").lines().count(),
        std::fs::read_to_string(folder.join("classes.tsv")).unwrap().lines().count()
    );
    let named: Vec<String> = written.lines().skip(1).map(|line| line.split(',').next().unwrap().to_owned()).collect();
    assert_eq!(listed("images").lines().collect::<Vec<_>>(), named);
    stranger.run(&["season", "images", "small", "--task", "none"]).failed(1, "there is no task");
}

#[test]
fn changes_are_shown_field_by_field() {
    let server = Server::up();
    let organizer = server.organizer();
    organizer.apply_small();
    let board = ["leaderboard", "--season", "small", "--task", "classification"];
    wait_until("both entries", || organizer.json(&board)["rows"].as_array().unwrap().len() == 2);
    let changed = SMALL
        .replace("title: A small season", "title: A changed season")
        .replace("per: 7d", "per: 1d")
        .replace("closes: 2090-01-01T00:00:00Z", "closes: 2091-01-01T00:00:00Z");
    organizer.write("small/season.yaml", changed);
    let labels: String = (0..40).map(|image| format!("image-{image:02}.png,{}\n", (image + 1) % 4 + 1)).collect();
    organizer.write("small/labels.csv", format!("image,class\n{labels}"));
    let shown = organizer.run(&["season", "apply", "small", "--yes", "--discard-results"]).done().output;
    for line in [
        "~ season small",
        "    title: A small season → A changed season",
        "    closes: 2090-01-01T00:00:00Z → 2091-01-01T00:00:00Z",
        "~ task classification",
        "    quota: 3 per 7d → 3 per 1d",
        "~ test set of classification: version 1 is replaced",
        "    labels: as they are → 40 changed",
    ] {
        assert!(shown.lines().any(|found| found == line), "{line}\n{shown}");
    }
    for entry in ["Alpha, a, first", "Beta"] {
        assert!(shown.contains(&format!("\n+ entry of {entry}: again, ")), "{shown}");
    }
    wait_until("both entries again", || organizer.json(&board)["rows"].as_array().unwrap().len() == 2);
    let again = organizer.run(&["season", "apply", "small", "--yes"]).done();
    assert!(again.output.ends_with("Nothing to change.\n"), "{again:?}");
    let document = std::fs::read_to_string(organizer.home.path().join("small/season.yaml")).unwrap();
    let document = document.replace("metric: top1_error", "finals: 1\n    metric: top5_error");
    organizer.write("small/season.yaml", document);
    let plan = organizer.run(&["season", "apply", "small", "--dry-run"]).done();
    assert!(plan.errors.contains("its `metric` changes, and 2 results on the board are ranked"), "{plan:?}");
    assert!(plan.errors.contains("its `finals` changes"), "{plan:?}");
    let season = organizer.json(&["season", "show", "small"]);
    assert_eq!((&season["title"], &season["tasks"][0]["test_set"]["version"]), (&json!("A changed season"), &json!(2)));
}

#[test]
fn unchanged_images_are_not_sent_again_from_another_machine() {
    let server = Server::without_scorer();
    let uploads = || server.said().lines().filter(|line| line.contains("POST") && line.contains("/uploads")).count();
    let first = server.organizer();
    first.write_shades(Packing::Folder, "");
    first.run(&["season", "apply", "shades", "--yes"]).done();
    let second = server.organizer();
    second.write_shades(Packing::Folder, "");
    let plan = second.run(&["season", "apply", "shades", "--yes"]).done();
    assert!(plan.output.ends_with("Nothing to change.\n"), "{plan:?}");
    let before = uploads();
    let path = second.home.path().join("shades/labels.csv");
    let labels = std::fs::read_to_string(&path).unwrap();
    std::fs::write(&path, labels.replacen("image-00.png,1", "image-00.png,2", 1)).unwrap();
    let plan = second.run(&["season", "apply", "shades", "--yes"]).done();
    assert!(plan.output.contains("1 changed") && !plan.output.contains("image files"), "{plan:?}");
    assert_eq!(uploads() - before, 2, "classes and labels: {}", server.said());
    let season = second.json(&["season", "show", "shades"]);
    assert_eq!(season["tasks"][0]["test_set"]["version"], json!(2));
}

#[test]
fn nothing_is_sent_where_a_file_is_wrong() {
    let server = Server::up();
    let organizer = server.organizer();
    organizer.write_small();
    organizer.write("small/entries/b.txt", predictions(3).replacen('1', "0", 1));
    let failure =
        organizer.run(&["season", "apply", "small", "--yes"]).failed(1, "small/season.yaml:17: entries[1].file");
    assert!(failure.errors.contains("line 5"), "{failure:?}");
    std::fs::remove_file(organizer.home.path().join("small/labels.csv")).unwrap();
    organizer.run(&["season", "apply", "small", "--yes"]).failed(1, "small/season.yaml:13: tasks[0].test_set.labels");
    organizer.run(&["season", "show", "small"]).failed(1, "small");
}

#[test]
fn a_killed_run_is_completed_by_the_next() {
    let server = Server::up_with(&[("HOLDOUT_RATES__SUBMISSIONS_PER_MINUTE", "1000")]);
    for (index, delay) in [0, 30, 60, 90, 120, 150, 180, 220, 260, 300].into_iter().enumerate() {
        let organizer = server.organizer();
        organizer.write_small();
        let name = format!("small-{index}");
        let entries: String = (0..8).map(|entry| entry_of(&organizer, entry)).collect();
        let document = format!("{}{entries}", SMALL.replace("season: small", &format!("season: {name}")));
        organizer.write("small/season.yaml", document);
        let mut child = organizer.command(&["season", "apply", "small", "--yes"]).spawn().unwrap();
        std::thread::sleep(Duration::from_millis(delay));
        child.kill().unwrap();
        child.wait().unwrap();
        organizer.run(&["season", "apply", "small", "--yes"]).done();
        let submissions = organizer.json(&["submissions", "--season", &name, "--task", "classification"]);
        assert_eq!(submissions.as_array().unwrap().len(), 10, "after {delay} ms");
        let season = organizer.json(&["season", "show", &name]);
        assert_eq!(season["tasks"][0]["test_set"]["version"], json!(1), "after {delay} ms");
        assert_eq!(season["draft"], json!(false), "after {delay} ms");
    }
}

#[test]
fn a_season_is_shown_when_everything_is_in_it() {
    let server = Server::without_scorer_with(&[("HOLDOUT_UPLOADS__MAX_BYTES", "300")]);
    let organizer = server.organizer();
    organizer.write_small();
    let refused = organizer.run(&["season", "apply", "small", "--yes"]);
    assert!(refused.code == Some(1) && refused.errors.contains("300"), "{refused:?}");
    let anybody = Person::at(&server.address);
    anybody.run(&["season", "show", "small"]).failed(1, "small");
    assert_eq!(organizer.json(&["season", "show", "small"])["draft"], json!(true));
    let labels: String = (0..40).map(|image| format!("{}\n", image % 4 + 1)).collect();
    organizer.write("small/labels.csv", labels);
    let plan = organizer.run(&["season", "apply", "small", "--yes"]).done();
    assert!(plan.output.contains("draft: true → false"), "{plan:?}");
    anybody.run(&["season", "show", "small"]).done();
    let again = organizer.run(&["season", "apply", "small", "--yes"]).done();
    assert!(again.output.ends_with("Nothing to change.\n"), "{again:?}");

    // A draft that an organizer wants stays one.
    let draft = SMALL.replace("season: small", "season: other").replace("opens:", "draft: true\nopens:");
    organizer.write("small/season.yaml", draft);
    organizer.run(&["season", "apply", "small", "--yes"]).done();
    anybody.run(&["season", "show", "other"]).failed(1, "other");
    organizer.write("small/season.yaml", SMALL.replace("season: small", "season: other"));
    let plan = organizer.run(&["season", "apply", "small", "--yes"]).done();
    assert!(plan.errors.contains("it stays a draft"), "{plan:?}");
    organizer.write(
        "small/season.yaml",
        SMALL.replace("season: small", "season: other").replace("opens:", "draft: false\nopens:"),
    );
    organizer.run(&["season", "apply", "small", "--yes"]).done();
    anybody.run(&["season", "show", "other"]).done();
}

fn entry_of(organizer: &Person, number: usize) -> String {
    organizer.write(&format!("small/entries/{number}.txt"), predictions(number + 5));
    format!("  - {{ team: Team {number}, task: classification, file: entries/{number}.txt }}\n")
}

#[test]
fn images_can_be_left_out() {
    let server = Server::up();
    let organizer = server.organizer();
    organizer.write_small();
    let models = SMALL
        .replace("accepts: [predictions]", "accepts: [predictions, torchscript]")
        .replace("    quota:", "    input: { crop: 8, mean: [0, 0, 0], std: [1, 1, 1] }\n    quota:");
    organizer.write("small/season.yaml", models);
    organizer.run(&["season", "apply", "small", "--yes"]).failed(1, "tasks[0].test_set.images: is missing");
    let ended = organizer.run(&["season", "apply", "small", "--yes", "--without-images"]).done();
    assert!(ended.errors.contains("accepts no models"), "{ended:?}");
    let season = organizer.json(&["season", "show", "small"]);
    assert_eq!(season["tasks"][0]["accepts"], json!(["predictions"]));
}

#[test]
fn an_organizer_runs_a_season() {
    let server = Server::up();
    let organizer = server.organizer();
    organizer.write_small();
    let split = SMALL.replace("    quota:", "    split: { public: 0.5 }\n    quota:");
    let future = split.replace("opens: 2020", "opens: 2080");
    organizer.write("small/season.yaml", future);
    organizer.run(&["season", "apply", "small", "--yes"]).done();
    let ann = server.captain("ann");
    ann.write("mine.txt", predictions(2));
    let submit = ["submit", "mine.txt", "--season", "small", "--task", "classification", "--wait"];
    ann.run(&submit).failed(1, "");
    assert!(organizer.run(&["season", "open", "small"]).done().output.contains("small is open"));
    assert!(organizer.run(&["season", "pause", "small"]).done().output.contains("paused"));
    ann.run(&submit).failed(1, "");
    organizer.run(&["season", "resume", "small"]).done();
    ann.run(&submit).done();
    assert!(organizer.run(&["season", "freeze", "small"]).done().output.contains("frozen"));
    assert!(!organizer.run(&["season", "unfreeze", "small"]).done().output.contains("frozen"));
    organizer.run(&["season", "close", "small"]).failed(2, "nobody to ask whether to close small");
    assert!(organizer.run(&["season", "close", "small", "--yes"]).done().output.contains("closed"));
    let closed = organizer.json(&["season", "show", "small"])["closes"].clone();
    let again = organizer.run(&["season", "close", "small"]).done().output;
    assert!(again.contains("small is closed already, since ") && again.contains("nothing was changed"), "{again}");
    assert_eq!(organizer.json(&["season", "show", "small"])["closes"], closed, "the deadline stays");
    let private = ["leaderboard", "--season", "small", "--task", "classification", "--split", "private"];
    ann.run(&private).failed(1, "");
    let moves = ["moves", "--season", "small", "--task", "classification"];
    ann.run(&moves).failed(1, "private scores are hidden");
    assert!(organizer.run(&moves).done().output.contains("on both parts"), "organizers see it before");
    organizer.run(&["season", "publish", "small"]).failed(2, "nobody to ask whether to publish small");
    assert!(organizer.run(&["season", "publish", "small", "--yes"]).done().output.contains("published"));
    let board = ann.run(&private).done().output;
    assert!(board.contains("20 test images, the private part"), "{board}");
    let moved = ann.json(&moves);
    assert_eq!((&moved[0]["public"]["n"], &moved[0]["private"]["n"]), (&json!(20), &json!(20)), "{moved}");
    let again = organizer.run(&["season", "publish", "small"]).done().output;
    assert!(again.contains("small is published already, since "), "{again}");
    organizer.run(&["season", "open", "small"]).failed(1, "holdout season unpublish small");
    organizer.run(&["season", "unpublish", "small"]).failed(2, "nobody to ask whether to hide the private scores");
    assert!(organizer.run(&["season", "unpublish", "small", "--yes"]).done().output.contains("small is closed"));
    assert!(
        organizer.run(&["season", "unpublish", "small"]).done().output.contains("not published; nothing was changed")
    );
    ann.run(&private).failed(1, "");
    let events = ann.run(&["events", "small"]).done().output;
    assert!(events.contains("Private scores were published") && events.contains("hidden again"), "{events}");
    organizer.run(&["season", "publish", "small", "--yes"]).done();
    let cited = ann.run(&["season", "cite", "small"]).done().output;
    assert!(cited.starts_with("@misc{small,") && cited.contains("title = {{A small season}}"), "{cited}");
    assert!(ann.run(&["season", "cite", "small", "--format", "cff"]).done().output.starts_with("cff-version: 1.2.0"));
    let list = ann.run(&["season", "list"]).done().output;
    assert!(list.contains("published") && list.contains("A small season"), "{list}");
}

#[test]
fn up_applies_the_seasons_it_is_given() {
    let folder = Person::at("http://127.0.0.1:9");
    folder.write_small();
    let data = folder.home.path().join("data");
    let mut command = folder.command(&["up", "--listen", "127.0.0.1:0", "--season", "small", "--data"]);
    let mut child = command.arg(&data).spawn().unwrap();
    let mut output = child.stdout.take().unwrap();
    let reader = std::thread::spawn(move || {
        let mut line = String::new();
        let mut lines = std::io::BufReader::new(&mut output);
        while std::io::BufRead::read_line(&mut lines, &mut line).unwrap_or(0) > 0 && !line.contains("range: ") {}
        line
    });
    wait_until("the board", || reader.is_finished());
    child.kill().unwrap();
    child.wait().unwrap();
    let shown = reader.join().unwrap();
    assert!(shown.contains("A small season · Classification") && shown.contains("Alpha"), "{shown}");
}

#[test]
fn a_season_is_saved_as_the_folder_that_it_came_from_and_makes_another_one() {
    let server = Server::up();
    let organizer = server.organizer();
    organizer.apply_small();
    // What a team submits stays its own.
    let ann = server.captain("ann");
    ann.write("mine.txt", crate::program::predictions(1));
    ann.run(&["submit", "mine.txt", "--wait", "--season", "small", "--task", "classification"]).done();
    ann.run(&["season", "show", "small", "--as-folder", "saved"]).failed(1, "organizer");
    assert!(!ann.home.path().join("saved").exists());

    let saved = organizer.run(&["season", "show", "small", "--as-folder", "saved"]).done();
    assert!(saved.output.contains("tasks: 1, entries of organizers: 2"), "{saved:?}");
    assert!(saved.output.contains("next: holdout season apply saved"), "{saved:?}");
    let again = organizer.run(&["season", "apply", "saved", "--dry-run"]).done();
    assert!(again.output.ends_with("Nothing to change.\n"), "{again:?}");
    organizer.run(&["season", "show", "small", "--as-folder", "saved"]).failed(1, "exists already");

    let file = organizer.home.path().join("saved/season.yaml");
    let text = std::fs::read_to_string(&file).unwrap();
    std::fs::write(&file, text.replacen("season: small", "season: copy", 1)).unwrap();
    organizer.run(&["season", "apply", "saved", "--yes"]).done();
    let board = |season| {
        let board = organizer.json(&["leaderboard", "--season", season, "--task", "classification"]);
        let rows = board["rows"].as_array().unwrap().iter();
        let row = |row: &serde_json::Value| [row["team"].clone(), row["method"].clone(), row["wrong"].clone()];
        rows.map(row).filter(|row| row[0] != "Team ann").collect::<Vec<_>>()
    };
    wait_until("both entries are scored", || board("copy").len() == 2);
    assert_eq!(board("copy"), board("small"));
}

#[test]
fn the_images_of_a_saved_season_are_the_archive_that_was_sent() {
    for (packing, file) in
        [(Packing::Folder, "images.tar"), (Packing::TarGz, "images.tar.gz"), (Packing::Zip, "images.zip")]
    {
        let server = Server::without_scorer().with_shades(packing);
        let organizer = server.organizer();
        organizer.run(&["season", "show", "shades", "--as-folder", "saved"]).done();
        let folder = organizer.home.path().join("saved");
        assert!(folder.join("classification").join(file).is_file(), "{file}");
        let again = organizer.run(&["season", "apply", "saved", "--dry-run"]).done();
        assert!(again.output.ends_with("Nothing to change.\n"), "{again:?}");
        let without = organizer.run(&["season", "show", "shades", "--as-folder", "light", "--without-images"]).done();
        assert!(without.output.contains("apply the folder with `--without-images`"), "{without:?}");
        assert_eq!(std::fs::read_dir(organizer.home.path().join("light/classification")).unwrap().count(), 2);
    }
}
