//! What people really send, through the server's door: `make acceptance`. The files lie beside the
//! project, in `cases/predictions` and `cases/models` of the folder that `HOLDOUT_ACCEPTANCE_DIR`
//! names.
#![expect(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic,
    clippy::needless_pass_by_value,
    dead_code,
    reason = "a test that cannot go on fails; the helpers are those of another test program"
)]

#[path = "it/arena.rs"]
mod arena;
#[path = "it/people.rs"]
mod people;
#[path = "it/test_app.rs"]
mod test_app;

use std::collections::BTreeSet;
use std::path::PathBuf;

use arena::Arena;
use holdout_evaluation::{ClassList, TestSet};
use people::text;
use serde_json::{Value, json};

fn cases(folder: &str) -> PathBuf {
    let shared =
        std::env::var_os("HOLDOUT_ACCEPTANCE_DIR").expect("HOLDOUT_ACCEPTANCE_DIR names the folder of the inputs");
    PathBuf::from(shared).join("cases").join(folder)
}

fn names(folder: &str) -> BTreeSet<String> {
    let entries = std::fs::read_dir(cases(folder)).unwrap();
    entries.map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect()
}

/// Submits a file with a quota of one; what the server said.
fn submit(arena: &Arena, folder: &str, name: &str, kind: &str) -> Value {
    let upload = arena.upload(&arena.alice, &std::fs::read(cases(folder).join(name)).unwrap());
    let answer = arena.submit_upload(&arena.alice, &upload, json!({ "kind": kind }), None).expect(201).json();
    if answer["state"] == "rejected" {
        assert_eq!(answer["charge"], json!({ "state": "refunded", "reason": "format" }), "{name}");
        assert_eq!(answer["quota"]["used"], 0, "{name}: what the door refuses is free");
    } else {
        let path = format!("/submissions/{}/cancel", text(&answer["id"]));
        arena.app.post(&path, Some(&arena.alice.token), &json!({})).expect(200);
    }
    answer
}

/// Everything that a verdict says.
fn said(verdict: &Value) -> String {
    let hints = verdict["detail"]["hints"].as_array().unwrap().iter().map(text).collect::<Vec<_>>().join(" ");
    format!("{}. {} {hints}", text(&verdict["message"]), text(&verdict["advice"]))
}

/// A file, and if it is refused, the code and words of the message.
type Case<'a> = (&'a str, Option<(&'a str, &'a [&'a str])>);

/// Compares each file of a folder with what is wanted: nothing if it is accepted, else the code and
/// words of the verdict.
fn compare(arena: &Arena, folder: &str, kind: &str, wanted: &[Case<'_>]) {
    for (name, wanted) in wanted {
        let answer = submit(arena, folder, name, kind);
        let Some((code, words)) = wanted else {
            assert_eq!(answer["state"], "queued", "{name}: {}", answer["verdict"]);
            continue;
        };
        assert_eq!([&answer["state"], &answer["verdict"]["code"]], ["rejected", code], "{name}: {}", answer["verdict"]);
        let said = said(&answer["verdict"]);
        for word in *words {
            assert!(said.contains(word), "{name}: no `{word}` in {said}");
        }
    }
}

#[test]
#[ignore = "needs the inputs: make acceptance"]
fn prediction_files_that_people_send_are_accepted_or_named() {
    let arena = Arena::start_with(1, |config| config.rates.submissions_per_minute = 1000);
    let classes: String = (1..=100).map(|class| format!("{class}\tn{class:08}\tclass {class}\n")).collect();
    let ok = std::fs::read_to_string(cases("predictions").join("ok.csv")).unwrap();
    let labels: String = ok.lines().skip(1).map(|row| format!("{},1\n", row.split(',').next().unwrap())).collect();
    let labels = format!("image,class\n{labels}");
    let test_set = TestSet::parse_labels(ClassList::parse(classes.as_bytes()).unwrap(), labels.as_bytes()).unwrap();
    arena.replace_test_set("classification", 2, &test_set);
    let wanted: [Case<'_>; 11] = [
        ("ok.csv", None),
        ("blank1.csv", None),
        ("kit_blank_end.txt", None),
        ("noext.csv", None),
        ("semicolon.csv", Some(("bad_header", &["semicolons"]))),
        ("tab.tsv", Some(("bad_header", &["tabs"]))),
        ("cr_only.csv", Some(("bad_header", &["carriage returns"]))),
        ("nbsp.csv", Some(("bad_label", &["U+00A0", "57\\u{a0}80"]))),
        ("kaggle_loc.csv", Some(("label_out_of_range", &["localisation"]))),
        ("extra.csv", Some(("unknown_image", &["other.JPEG"]))),
        ("submission.zip", Some(("not_text", &["a zip archive of the text file `submission.csv`", "Unzip it"]))),
    ];
    compare(&arena, "predictions", "predictions", &wanted);
    assert_eq!(
        names("predictions"),
        wanted.iter().map(|(name, _)| (*name).to_owned()).collect(),
        "every file is tried"
    );
    let boxes = submit(&arena, "predictions", "kaggle_loc.csv", "predictions");
    assert!(!said(&boxes["verdict"]).contains("add 1"), "{boxes}");
    let extra = submit(&arena, "predictions", "extra.csv", "predictions");
    assert_eq!(extra["verdict"]["detail"]["faults"], 1, "the one name too many is counted once");
    let zipped = submit(&arena, "predictions", "submission.zip", "torchscript");
    assert_eq!(zipped["verdict"]["code"], "not_torchscript", "{zipped}");
}

#[test]
#[ignore = "needs the inputs: make acceptance"]
fn what_is_sent_as_a_model_is_taken_or_named_for_what_it_is() {
    let arena = Arena::start_with(1, |config| config.rates.submissions_per_minute = 1000);
    let refused = |words: &'static [&'static str]| Some(("not_torchscript", words));
    let named: [Case<'_>; 10] = [
        ("state_dict.pth", refused(&["a state dict", "torch.jit.script(net.eval())", "torch.jit.save(scripted"])),
        ("q_dynamic_script.pt", refused(&["a quantised", "save the float network"])),
        ("exported_dynamic.pt2", None),
        ("exported_fixed.pt2", None),
        ("tiny.pt2", None),
        ("tiny.onnx", refused(&["an ONNX model"])),
        ("keras.h5", refused(&["an HDF5 file", "Keras"])),
        ("tiny.safetensors", refused(&["a safetensors file", "no code"])),
        ("lfs.pt", refused(&["a Git LFS pointer", "git lfs pull"])),
        ("drive.pt", refused(&["a web page", "Download the file itself"])),
    ];
    compare(&arena, "models", "torchscript", &named);
    compare(&arena, "models", "torchscript", &[("tiny.pt.gz", refused(&["a compressed model", "Unpack it"]))]);
    let known: BTreeSet<_> =
        named.iter().map(|(name, _)| (*name).to_owned()).chain(["tiny.pt.gz".to_owned()]).collect();
    let models: Vec<String> = names("models").difference(&known).cloned().collect();
    assert!(models.len() >= 10, "{models:?}");
    for name in models {
        compare(&arena, "models", "torchscript", &[(name.as_str(), None)]);
        let answer = submit(&arena, "models", &name, "predictions");
        assert_eq!(answer["verdict"]["code"], "not_text", "{name}: a model is no text");
    }
}
