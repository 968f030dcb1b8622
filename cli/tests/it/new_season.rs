//! `season new`, from files as an organizer has them to the board.

use serde_json::json;

use crate::mat_file::{Synset, file_of, mat_file};
use crate::models::with_task;
use crate::program::{Person, Server};
use crate::shades::{CLASSES, IMAGES, Shades, grey, square};

/// The kit's number of the class at a model's output: another order than that of WordNet ids.
fn kit_number(output: usize) -> usize {
    output * 3 % CLASSES + 1
}

/// Writes an imitation of the development kit and of the validation images into somebody's home:
/// image i has the shade, and so the class, of output i % 8.
fn write_imagenet(person: &Person) {
    let wnids: Vec<String> = (0..CLASSES).map(|output| format!("n{:08}", 1_440_764 + output)).collect();
    let mut synsets: Vec<Synset<'_>> = (0..CLASSES)
        .map(|output| Synset {
            id: f64::from(u32::try_from(kit_number(output)).unwrap()),
            wnid: &wnids[output],
            words: "a shade, of grey",
            children: 0,
        })
        .collect();
    synsets.sort_by(|a, b| a.id.total_cmp(&b.id));
    synsets.push(Synset { id: 9.0, wnid: "n00001740", words: "entity", children: 8 });
    person.write("devkit/data/meta.mat", mat_file(&synsets, true));
    let truth: String = (0..IMAGES).map(|image| format!("{}\n", kit_number(image % CLASSES))).collect();
    person.write("devkit/data/ILSVRC2012_validation_ground_truth.txt", truth);
    for image in 0..IMAGES {
        person.write(&format!("val/{}", name(image)), square(12, grey(image % CLASSES)));
    }
}

fn name(image: usize) -> String {
    format!("ILSVRC2012_val_{:08}.JPEG", image + 1)
}

const NEW: [&str; 13] = [
    "season",
    "new",
    "--from",
    "imagenet",
    "--devkit",
    "devkit",
    "--images",
    "val",
    "--resize",
    "10",
    "--crop",
    "8",
    "--metric=top1_error",
];

#[test]
fn a_season_of_imagenet_is_made_applied_scored_and_shown() {
    let server = Server::up_with_models(&[]);
    let organizer = server.organizer();
    write_imagenet(&organizer);
    let made = organizer.run(&NEW).done();
    for part in ["8 classes, 40 images, top1_error", "sorted by WordNet id", "output 0 is n01440764 (a shade, of grey)"]
    {
        assert!(made.output.contains(part), "{part}: {made:?}");
    }
    assert!(made.output.ends_with("next: holdout season apply ilsvrc-2012-season\n"), "{made:?}");
    organizer.run(&NEW).failed(1, "`ilsvrc-2012-season` exists already, and is not overwritten");

    // As it is made, only organizers see it.
    organizer.run(&["season", "apply", "ilsvrc-2012-season", "--yes"]).done();
    let stranger = server.person("bob");
    stranger.run(&["season", "show", "ilsvrc-2012"]).failed(1, "ilsvrc-2012");
    let path = organizer.home.path().join("ilsvrc-2012-season/season.yaml");
    let text = std::fs::read_to_string(&path).unwrap();
    let text = text.replace("[0.485, 0.456, 0.406]", "[0, 0, 0]").replace("[0.229, 0.224, 0.225]", "[1, 1, 1]");
    std::fs::write(&path, text.replace("draft: true", "draft: false")).unwrap();
    organizer.run(&["season", "apply", "ilsvrc-2012-season", "--yes"]).done();

    let task = |arguments: &[&'static str]| {
        let of_shades = with_task(arguments);
        of_shades.into_iter().map(|word| if word == "shades" { "ilsvrc-2012" } else { word }).collect::<Vec<_>>()
    };
    let ann = server.captain_in("ann", "ilsvrc-2012");
    // Its outputs are in the order of WordNet ids; it takes the first three for one another.
    ann.write("net.pt", Shades::model(3));
    let done = ann.run(&task(&["submit", "net.pt", "--method", "net", "--wait"])).done();
    assert!(done.output.contains("15 of 40 images wrong"), "{done:?}");
    let rows: String =
        (0..IMAGES).map(|image| format!("{},n{:08}\n", name(image), 1_440_764 + image % CLASSES)).collect();
    ann.write("right.csv", format!("image,labels\n{rows}"));
    ann.run(&task(&["submit", "right.csv", "--wait"])).done();
    let board = ann.json(&task(&["leaderboard", "--all"]));
    let errors: Vec<_> = board["rows"].as_array().unwrap().iter().map(|row| row["error"].clone()).collect();
    assert_eq!(errors, [json!(0.0), json!(0.375)], "{board}");
    assert!(ann.run(&task(&["leaderboard"])).done().output.contains("Team ann"));
}

#[test]
fn nothing_is_left_of_a_season_that_cannot_be_made() {
    let organizer = Person::at("http://127.0.0.1:9");
    write_imagenet(&organizer);
    organizer.write("val/ILSVRC2012_val_00000003.JPEG", "<!doctype html>");
    let failure =
        organizer.run(&NEW).failed(1, "val/ILSVRC2012_val_00000003.JPEG: not a JPEG or PNG image: it is a web page");
    assert!(failure.errors.contains("advice: Correct the source; no folder was made."), "{failure:?}");
    organizer.write("devkit/data/meta.mat", file_of(b"", false));
    let refused = organizer.run(&[&NEW[..], &["--json"]].concat()).failed_as("invalid_source");
    assert!(
        refused.error_json()["error"]["message"].as_str().unwrap().contains("has no variable `synsets`"),
        "{refused:?}"
    );
    let left = std::fs::read_dir(organizer.home.path()).unwrap().map(|entry| entry.unwrap().file_name());
    let left: Vec<_> = left.filter(|name| name.to_string_lossy().contains("ilsvrc")).collect();
    assert!(left.is_empty(), "{left:?}");
}

#[test]
fn class_folders_become_a_season_with_the_folders_name() {
    let organizer = Person::at("http://127.0.0.1:9");
    for class in 0..2 {
        organizer.write(&format!("birds/class {class}/a.png"), square(12, grey(class)));
    }
    let new = ["season", "new", "--from", "folder", "--images", "birds", "--json"];
    let report = organizer.run(&new).done();
    let report: serde_json::Value = serde_json::from_str(&report.output).unwrap();
    assert_eq!((&report["season"], &report["folder"]), (&json!("birds"), &json!("birds-season")));
    assert_eq!(report["first_classes"], json!(["class_0 (class 0)", "class_1 (class 1)"]));
}
