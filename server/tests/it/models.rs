//! Models: what the door says of them, who gets them, what is seen while they run and afterwards.

use serde_json::{Value, json};

use crate::arena::{Arena, SUBMISSIONS, archive, model, predictions};
use crate::people::{Person, text};

const TASK: &str = "/seasons/demo/tasks/classification";
const BOARD: &str = "/seasons/demo/tasks/classification/leaderboard";

fn submit(arena: &Arena, person: &Person, bytes: &[u8]) -> Value {
    let upload = arena.upload(person, bytes);
    let more = json!({ "kind": "torchscript", "method": "net" });
    arena.submit_upload(person, &upload, more, None).expect(201).json()
}

fn new_scorer() -> String {
    uuid::Uuid::now_v7().to_string()
}

/// A process for models, as a device of its own.
fn claim_model(arena: &Arena) -> Value {
    arena.claim_as(&new_scorer(), &["cuda:0"], &["torchscript"]).expect("a model waits")
}

fn scored() -> Value {
    json!({ "kind": "scored", "n": 20, "top1": "AAAA", "top5": "AQAA" })
}

fn measures() -> Value {
    json!({
        "images_per_second": 2310.5, "peak_memory_bytes": 1_288_490_188, "peak_device_memory_bytes": 734_003_200,
        "parameters": 61_100_840, "device": "NVIDIA H200", "wall_seconds": 3.5, "missing_layers": ["landlock"],
    })
}

#[test]
fn a_test_set_for_models_needs_images() {
    let arena = Arena::start();
    let organizer = &arena.organizer;
    let files = [b"1\ta\tA\n2\tb\tB\n".as_slice(), b"1\n2\n", b"PK\x03\x04"].map(|file| arena.upload(organizer, file));
    let put = |body: Value| arena.app.send("PUT", &format!("{TASK}/test-set"), Some(&organizer.token), Some(&body));
    let bare = json!({ "classes": files[0], "labels": files[1] });
    let refused = put(bare.clone()).expect(422).json();
    assert_eq!(refused["error"]["detail"]["field"], "images");
    assert!(text(&refused["error"]["message"]).contains("`classification` accepts `torchscript`"), "{refused}");
    put(json!({ "classes": files[0], "labels": files[1], "images": files[2] })).expect(200);

    let settings = json!({ "title": "T", "metric": "top5_error", "accepts": ["predictions"] });
    arena.app.send("PUT", TASK, Some(&organizer.token), Some(&settings)).expect(200);
    put(bare).expect(200);
    let mut models = settings;
    models["accepts"] = json!(["torchscript"]);
    models["input"] = json!({ "crop": 8, "mean": [0, 0, 0], "std": [1, 1, 1] });
    arena.app.send("PUT", TASK, Some(&organizer.token), Some(&models)).expect(200);
    let upload = arena.upload(&arena.alice, &model(1));
    let refused = arena.submit_upload(&arena.alice, &upload, json!({ "kind": "torchscript" }), None).expect(409);
    assert!(refused.text.contains("has no images"), "{}", refused.text);
}

#[test]
fn the_precision_is_one_of_two() {
    let arena = Arena::start();
    let put = |precision: Value| {
        let input = json!({ "crop": 8, "mean": [0, 0, 0], "std": [1, 1, 1], "precision": precision });
        let settings = json!({ "title": "T", "metric": "top5_error", "accepts": ["torchscript"], "input": input });
        arena.app.send("PUT", TASK, Some(&arena.organizer.token), Some(&settings))
    };
    for precision in ["float32", "tf32"] {
        assert_eq!(put(json!(precision)).expect(200).json()["input"]["precision"], precision);
    }
    let refused = put(json!("bfloat16")).expect(422).text;
    assert!(["bfloat16", "float32", "tf32"].iter().all(|word| refused.contains(word)), "{refused}");
}

/// Submits a file as a model with a quota of one, which stays free; the verdict.
fn refused_at_the_door(arena: &Arena, file: &[u8]) -> Value {
    let submission = submit(arena, &arena.alice, file);
    let verdict = submission["verdict"].clone();
    assert_eq!([&submission["state"], &verdict["code"]], ["rejected", "not_torchscript"], "{submission}");
    assert_eq!(submission["charge"], json!({ "state": "refunded", "reason": "format" }));
    assert_eq!(submission["quota"]["used"], 0);
    assert_eq!(verdict["detail"]["wanted"], "a zip archive as torch.jit.save or torch.export.save writes it");
    assert_eq!(verdict["advice"], "Save the model with torch.jit.save or torch.export.save.");
    verdict
}

#[test]
fn what_cannot_be_a_model_is_rejected_at_the_door_and_not_charged() {
    let arena = Arena::start_with(1, |_| ());
    let cases: Vec<(Vec<u8>, &str)> = vec![
        (b"".to_vec(), "it is empty, 0 bytes"),
        (b"PK\x03\x04".to_vec(), "the beginning of a zip archive"),
        (predictions(), "bytes that begin with"),
        ([b"\x1f\x8b".to_vec(), model(0)].concat(), "a compressed file"),
        (archive(&[("m/data.pkl", b"x"), ("m/data/0", b"x"), ("m/version", b"3")]), "a checkpoint of torch.save"),
        (archive(&[("m/data.pkl", b"\x80\x02c__main__\nNet\n")]), "a module of the class `__main__.Net`"),
        (archive(&[("serialized_exported_program.json", b"{}"), ("version", b"5")]), "a program of torch.export"),
        (archive(&[("p/archive_format", b"pt2"), ("p/data/aotinductor/model/a.so", b"x")]), "compiled code"),
        (archive(&[("a.csv", b"1\n")]), "a zip archive of the text file `a.csv`"),
        (archive(&[("[Content_Types].xml", b""), ("xl/workbook.xml", b"")]), "a spreadsheet"),
        (b"\x08\x08\x12\x07pytorch".to_vec(), "an ONNX model"),
        (b"version https://git-lfs.github.com/spec/v1\n".to_vec(), "a Git LFS pointer"),
        (b"<!DOCTYPE html><html>".to_vec(), "a web page"),
    ];
    for (file, what) in cases {
        let verdict = refused_at_the_door(&arena, &file);
        assert!(text(&verdict["message"]).contains(what), "{what}: {verdict}");
    }
    assert!(arena.claim().is_none(), "no scorer is asked");
    let program = archive(&[("p/models/model.json", b"{}"), ("p/archive_format", b"pt2")]);
    assert_eq!(submit(&arena, &arena.alice, &program)["state"], "queued", "a scorer reads it");
}

#[test]
fn a_checkpoint_is_told_the_two_lines_that_make_a_model() {
    let arena = Arena::start_with(1, |_| ());
    let verdict = refused_at_the_door(&arena, &archive(&[("m/data.pkl", b"x"), ("m/data/0", b"x")]));
    let hint = text(&verdict["detail"]["hints"][0]);
    assert!(hint.contains("torch.jit.script(net.eval())") && hint.contains("torch.jit.save(scripted"), "{hint}");
}

#[test]
fn a_zip_is_not_text_either() {
    let arena = Arena::start_with(1, |_| ());
    for file in [archive(&[("a.csv", b"1\n")]), model(1), archive(&[("m/data.pkl", b"x")])] {
        let submission = arena.submit(&arena.alice, &file).expect(201).json();
        assert_eq!([&submission["state"], &submission["verdict"]["code"]], ["rejected", "not_text"]);
        assert_eq!(submission["quota"]["used"], 0);
        assert!(!text(&submission["verdict"]["detail"]["hints"][0]).is_empty(), "{submission}");
    }
}

#[test]
fn a_verdict_on_a_model_is_charged_only_if_it_had_begun_to_run_on_hidden_images() {
    let arena = Arena::start_with(1, |config| config.queue.queued_per_team = 100);
    let cases = [
        ("not_torchscript", json!(false), false),
        ("forbidden_operator", json!(false), false),
        ("load_failed", json!(false), false),
        ("crashed", json!(false), false),
        ("load_failed", Value::Null, false),
        ("forbidden_operator", Value::Null, false),
        ("wrong_output", json!(true), true),
    ];
    for (index, (code, ran, charged)) in cases.into_iter().enumerate() {
        let id = text(&submit(&arena, &arena.alice, &model(u8::try_from(index).unwrap()))["id"]);
        let claim = claim_model(&arena);
        let verdict = json!({ "code": code, "message": "m", "detail": {} });
        let mut outcome = json!({ "kind": "rejected" });
        outcome.as_object_mut().unwrap().extend(verdict.as_object().unwrap().clone());
        let mut report = json!({
            "attempt": claim["attempt"], "scorer_version": "1", "outcome": outcome, "measures": {},
        });
        if ran != Value::Null {
            report["ran_on_images"] = ran;
        }
        arena.send_report(&claim, &report).expect(200);
        let state = arena.submission(&arena.alice, &id)["charge"]["state"].clone();
        assert_eq!(state, if charged { "committed" } else { "refunded" }, "{code}");
    }
}

#[test]
fn a_model_above_the_limit_is_not_taken() {
    let arena = Arena::start();
    let size = model(1).len();
    let limit = format!("\"limits\":{{\"model_bytes\":{}}},\"title\"", size - 1);
    arena.app.execute(&format!("UPDATE tasks SET settings = REPLACE(settings, '\"title\"', '{limit}')"));
    let upload = arena.upload(&arena.alice, &model(1));
    let refused = arena.submit_upload(&arena.alice, &upload, json!({ "kind": "torchscript" }), None).expect(413);
    assert_eq!(refused.json()["error"]["detail"], json!({ "size": size, "limit": size - 1 }));
    arena.submit(&arena.alice, &predictions()).expect(201);
}

#[test]
fn each_desk_of_a_scorer_gets_its_own_kind() {
    let arena = Arena::start_with(10, |config| config.queue.running_per_team = 10);
    let model = submit(&arena, &arena.alice, &model(1));
    let (reader, runner) = (new_scorer(), new_scorer());
    assert!(arena.claim_as(&reader, &[], &["predictions"]).is_none(), "a model waits for a desk with a device");
    let file = arena.submit(&arena.alice, &predictions()).expect(201).json();
    let claim = arena.claim_as(&reader, &[], &["predictions"]).unwrap();
    assert_eq!((&claim["submission"], &claim["kind"]), (&file["id"], &json!("predictions")));
    let claim = arena.claim_as(&runner, &["cpu"], &["torchscript"]).unwrap();
    assert_eq!((&claim["submission"], &claim["kind"]), (&model["id"], &json!("torchscript")));
    assert_eq!(claim["images"]["size"], 14);
    let input =
        json!({ "resize": null, "crop": 8, "mean": [0.0, 0.0, 0.0], "std": [1.0, 1.0, 1.0], "precision": "float32" });
    assert_eq!(claim["input"], input);
    assert_eq!(claim["limits"]["memory_bytes"], json!(16_u64 << 30));

    let list = arena.app.get("/organizer/scorers", Some(&arena.organizer.token)).expect(200).json();
    let desk = |id: &str| list["items"].as_array().unwrap().iter().find(|desk| desk["id"] == id).unwrap();
    assert_eq!((&desk(&reader)["kinds"], &desk(&reader)["devices"]), (&json!(["predictions"]), &json!([])));
    assert_eq!((&desk(&runner)["kinds"], &desk(&runner)["devices"]), (&json!(["torchscript"]), &json!(["cpu"])));
    assert_eq!(desk(&runner)["evaluation"], claim["evaluation"]);
}

#[test]
fn the_stages_of_a_model_are_seen_while_it_runs() {
    let arena = Arena::start();
    let id = text(&submit(&arena, &arena.alice, &model(1))["id"]);
    let claim = claim_model(&arena);
    let seen = |progress: Value| {
        arena.progress(&claim, progress).expect(200);
        arena.submission(&arena.alice, &id)["progress"].clone()
    };
    for (stage, done, pace) in
        [("preparing", 7, json!(31.5)), ("loading", 0, Value::Null), ("running", 12, json!(2310.25))]
    {
        let progress = json!({ "stage": stage, "done": done, "total": 20, "images_per_second": pace });
        assert_eq!(seen(progress.clone()), progress);
    }
    // A scorer that does not measure says nothing of it, one that measures nonsense is not
    // believed.
    let bare = json!({ "stage": "running", "done": 13, "total": 20 });
    assert_eq!(seen(bare)["images_per_second"], Value::Null);
    let odd = json!({ "stage": "running", "done": 14, "total": 20, "images_per_second": -1.0 });
    assert_eq!(seen(odd)["images_per_second"], Value::Null);
    arena.report(&claim, scored(), measures()).expect(200);
    assert_eq!(arena.submission(&arena.alice, &id)["progress"], Value::Null);
}

#[test]
fn measures_are_on_the_entry_and_on_the_board() {
    let arena = Arena::start();
    let id = text(&submit(&arena, &arena.alice, &model(1))["id"]);
    arena.report(&claim_model(&arena), scored(), measures()).expect(200);
    arena.submit(&arena.bob, &predictions()).expect(201);
    let reader = arena.claim_as(&new_scorer(), &[], &["predictions"]).unwrap();
    arena.report(&reader, scored(), json!({ "images_per_second": 1e6, "wall_seconds": 0.1 })).expect(200);

    assert_eq!(arena.submission(&arena.alice, &id)["measures"], measures());
    let board = arena.app.get(BOARD, None).expect(200).json();
    let row = |team: &str| board["rows"].as_array().unwrap().iter().find(|row| row["team"] == team).unwrap();
    assert_eq!(row("Alpha")["measures"], measures());
    assert_eq!(row("Beta")["measures"], Value::Null, "how fast a file was read says nothing of a method");
    let csv = arena.app.get(&format!("{BOARD}.csv"), None).expect(200).text;
    let lines: Vec<&str> = csv.lines().collect();
    let columns =
        "images_per_second,wall_seconds,parameters,device,peak_memory_bytes,peak_device_memory_bytes,missing_layers";
    assert!(
        lines[0].contains(&format!(",submitted_at,{columns},final,gap_to_baseline,baseline_p_value,entered_at,late,")),
        "{csv}"
    );
    assert!(
        lines[1].ends_with(",2310.5,3.5,61100840,NVIDIA H200,1288490188,734003200,landlock,false,,,,false,,"),
        "{csv}"
    );
    assert!(lines[2].ends_with("Z,,,,,,,,false,,,,false,,"), "{csv}");
    let bad = json!({ "missing_layers": ["a\u{7}b"] });
    submit(&arena, &arena.alice, &model(2));
    arena.report(&claim_model(&arena), scored(), bad).expect(422);
}

#[test]
fn a_verdict_on_a_model_keeps_its_details() {
    let arena = Arena::start();
    let id = text(&submit(&arena, &arena.alice, &model(1))["id"]);
    let detail = json!({
        "lines": [], "faults": 0, "hints": [], "operator": "aten::from_file", "found": "scores of shape [8, 3]",
        "wanted": "scores of shape [8, 100]",
    });
    let verdict = json!({ "code": "forbidden_operator", "message": "m", "detail": detail });
    let mut outcome = verdict.clone();
    outcome["kind"] = json!("rejected");
    arena.report(&claim_model(&arena), outcome, json!({})).expect(200);
    let submission = arena.submission(&arena.alice, &id);
    assert_eq!((&submission["state"], &submission["verdict"]), (&json!("rejected"), &verdict));
    assert_eq!(submission["charge"], json!({ "state": "refunded", "reason": "format" }));
}

/// A model that loops before it has seen a hidden image costs its team nothing, but everybody else
/// the time of a scorer.
#[test]
fn time_of_scorers_is_free_only_within_the_limit_on_refusals() {
    let arena = Arena::start_with(9, |config| config.rates.refusals_per_hour = 3);
    let refuse = |number: u8| {
        let upload = arena.upload(&arena.alice, &model(number));
        let more = json!({ "kind": "torchscript", "method": "net" });
        let sent = arena.submit_upload(&arena.alice, &upload, more, None);
        if sent.status == 201 {
            let claim = claim_model(&arena);
            let id = text(&claim["evaluation"]);
            arena.app.execute(&format!("UPDATE evaluations SET started_at = started_at - 25000000 WHERE id = '{id}'"));
            let outcome = json!({ "kind": "rejected", "code": "time_limit", "message": "m", "detail": {} });
            let report = json!({
                "attempt": claim["attempt"], "scorer_version": "1", "outcome": outcome, "measures": {}, "ran_on_images": false,
            });
            arena.send_report(&claim, &report).expect(200);
        }
        sent.status
    };
    // The hour may turn once between them.
    let statuses: Vec<u16> = (1..4).map(refuse).collect();
    assert!(statuses[0] == 201 && statuses.contains(&429), "{statuses:?}");
}

#[test]
fn those_who_wait_are_told_of_the_scorers_that_can_serve_them() {
    let arena = Arena::start();
    let place = |submission: &Value| {
        let page = arena.app.get(SUBMISSIONS, Some(&arena.organizer.token)).expect(200).json();
        let all = page["items"].as_array().unwrap();
        all.iter().find(|one| one["id"] == submission["id"]).unwrap()["queue"].clone()
    };
    let file = arena.submit(&arena.alice, &predictions()).expect(201).json();
    let model = submit(&arena, &arena.bob, &model(1));
    let nobody = json!({ "position": 1, "expected_start": null, "start_unknown": "no_scorer" });
    assert_eq!(place(&file), nobody);
    assert_eq!(place(&model), nobody, "the file is in nobody's way");
    // A reader of predictions comes and is at once at work: the model waits for somebody else.
    let reader = new_scorer();
    let claim = arena.claim_as(&reader, &[], &["predictions"]).unwrap();
    assert_eq!(place(&model)["expected_start"], Value::Null);
    arena.report(&claim, scored(), json!({})).expect(200);
    assert!(arena.claim_as(&reader, &[], &["predictions"]).is_none());
    let second = arena.submit(&arena.alice, &predictions()).expect(201).json();
    assert!(place(&second)["expected_start"].is_string());
    assert_eq!(place(&model)["expected_start"], Value::Null);
    // A runner that has nothing to do comes: a model that waits begins at once, whatever
    // predictions wait.
    let claim = arena.claim_as(&new_scorer(), &["cpu"], &["torchscript"]).unwrap();
    arena.report(&claim, scored(), measures()).expect(200);
    let third = submit(&arena, &arena.bob, &crate::arena::model(2));
    assert_eq!(place(&third)["position"], 1);
    assert!(place(&third)["expected_start"].is_string());
}
