//! Another version of a test set while there are results: counted beside the board, looked at,
//! applied or dropped.

use std::time::{Duration, Instant};

use serde_json::{Value, json};

use crate::arena::{Arena, model, test_set};
use crate::people::{Person, text};
use crate::test_app::Answer;

const TASK: &str = "/seasons/demo/tasks/classification";
const RESCORING: &str = "/organizer/seasons/demo/tasks/classification/rescoring";

/// A prediction file with one label an image: class `label(image)`.
fn file(label: impl Fn(usize) -> usize) -> Vec<u8> {
    (0..20).map(|image| format!("{}\n", label(image))).collect::<String>().into_bytes()
}

/// Right but for the first `wrong` images.
fn right_after(wrong: usize) -> Vec<u8> {
    file(|image| if image < wrong { 99 } else { image % 10 + 1 })
}

/// The images and classes of the arena with other labels; images without one are left out.
fn labelled(label: impl Fn(usize) -> Option<usize>) -> String {
    let row = |image: usize| label(image).map(|label| format!("{:08},{label}\n", image + 1));
    format!("image,class\n{}", (0..20).filter_map(row).collect::<String>())
}

fn classes() -> String {
    (1..=100).map(|class| format!("{class}\tn{class:08}\tclass {class}\n")).collect()
}

fn put(arena: &Arena, labels: &str, query: &str) -> Answer {
    let [classes, labels, images] = [classes().as_bytes(), labels.as_bytes(), b"PK\x03\x04 and so on"]
        .map(|file| arena.upload(&arena.organizer, file));
    let body = json!({ "classes": classes, "labels": labels, "images": images });
    arena.app.send("PUT", &format!("{TASK}/test-set{query}"), Some(&arena.organizer.token), Some(&body))
}

/// Submits a file and lets a scorer tell its answers.
fn score(arena: &Arena, person: &Person, file: &[u8]) -> String {
    let id = text(&arena.submit(person, file).expect(201).json()["id"]);
    let claim = arena.claim().unwrap();
    arena.score_file(&claim, &test_set(), file).expect(200);
    id
}

fn preview(arena: &Arena, query: &str) -> Value {
    arena.app.get(&format!("{RESCORING}{query}"), Some(&arena.organizer.token)).expect(200).json()
}

/// The preview as soon as nothing is left to be counted here.
#[track_caller]
fn counted(arena: &Arena) -> Value {
    let began = Instant::now();
    loop {
        let found = preview(arena, "");
        if found["counts"]["left"] == 0 {
            return found;
        }
        assert!(began.elapsed() < Duration::from_secs(20), "{found}");
        std::thread::sleep(Duration::from_millis(50));
    }
}

fn apply(arena: &Arena, id: &Value, body: Value) -> Answer {
    arena.app.post(&format!("/organizer/rescorings/{}/apply", text(id)), Some(&arena.organizer.token), &body)
}

fn drop_it(arena: &Arena, id: &Value) -> Answer {
    arena.app.send("DELETE", &format!("/organizer/rescorings/{}", text(id)), Some(&arena.organizer.token), None)
}

/// Teams and wrong answers of a board, once its version is `version`.
#[track_caller]
fn board(arena: &Arena, query: &str, version: u32) -> Vec<(String, u64)> {
    let began = Instant::now();
    loop {
        let found =
            arena.app.get(&format!("{TASK}/leaderboard{query}"), Some(&arena.organizer.token)).expect(200).json();
        if found["version"] == version {
            let rows = found["rows"].as_array().unwrap();
            return rows.iter().map(|row| (text(&row["team"]), row["wrong"].as_u64().unwrap())).collect();
        }
        assert!(began.elapsed() < Duration::from_secs(5), "{found}");
        std::thread::sleep(Duration::from_millis(50));
    }
}

fn rows(of: &[(&str, u64)]) -> Vec<(String, u64)> {
    of.iter().map(|(team, wrong)| ((*team).to_owned(), *wrong)).collect()
}

#[test]
fn a_corrected_label_is_counted_from_kept_answers_and_applied_in_one_step() {
    let arena = Arena::start();
    // Bob says 77 for the first two images, which is what the corrected labels say.
    let alice = score(&arena, &arena.alice, &right_after(1));
    score(&arena, &arena.bob, &file(|image| if image < 2 { 77 } else { image % 10 + 1 }));
    assert_eq!(board(&arena, "", 1), rows(&[("Alpha", 1), ("Beta", 2)]));
    let corrected = labelled(|image| Some(if image < 2 { 77 } else { image % 10 + 1 }));
    let staged = put(&arena, &corrected, "").expect(202).json();
    assert_eq!((&staged["version"], &staged["staged"]), (&json!(2), &json!(true)), "{staged}");
    // The same files again change nothing.
    assert_eq!(put(&arena, &corrected, "").expect(202).json()["id"], staged["id"]);

    let found = counted(&arena);
    assert_eq!(
        found["counts"],
        json!({ "total": 2, "scored": 2, "waiting": 0, "rejected": 0, "stalled": 0, "left": 0 })
    );
    assert_eq!((&found["ready"], &found["from_version"], &found["to_version"]), (&json!(true), &json!(1), &json!(2)));
    let moves: Vec<_> = found["rows"]
        .as_array()
        .unwrap()
        .iter()
        .map(|row| {
            let place = |of: &str| (row[of]["rank"].as_u64().unwrap(), row[of]["wrong"].as_u64().unwrap());
            (text(&row["team"]), place("before"), place("after"))
        })
        .collect();
    assert_eq!(moves, [("Beta".to_owned(), (2, 2), (1, 0)), ("Alpha".to_owned(), (1, 1), (2, 2))]);
    assert!(arena.claim().is_none(), "no scorer is needed");
    // Nobody sees any of it yet.
    assert_eq!(board(&arena, "", 1), rows(&[("Alpha", 1), ("Beta", 2)]));
    arena.app.get(&format!("{TASK}/leaderboard?version=2"), None).expect(404);
    let task = |token| arena.app.get(TASK, token).expect(200).json();
    assert_eq!(task(None)["staged"], Value::Null);
    assert_eq!(task(Some(&arena.organizer.token))["staged"]["version"], 2);

    let applied = apply(&arena, &found["id"], json!({})).expect(200).json();
    assert_eq!((&applied["version"], &applied["staged"]), (&json!(2), &json!(false)));
    assert_eq!(board(&arena, "", 2), rows(&[("Beta", 0), ("Alpha", 2)]));
    assert_eq!(board(&arena, "?version=1", 1), rows(&[("Alpha", 1), ("Beta", 2)]), "the version before can be shown");
    assert_eq!(task(None)["versions"], json!([1, 2]));
    let submission = arena.submission(&arena.alice, &alice);
    assert_eq!((&submission["version"], &submission["scores"]["public"]["wrong"]), (&json!(2), &json!(2)));
    let audit = arena.app.get("/organizer/audit?q=rescoring", Some(&arena.organizer.token)).expect(200).json();
    let actions: Vec<_> = audit["items"].as_array().unwrap().iter().map(|entry| text(&entry["action"])).collect();
    assert_eq!(actions, ["rescoring.apply", "rescoring.begin"]);
    arena.app.get(RESCORING, Some(&arena.organizer.token)).expect(404);

    // Back to the first version: nothing has to be counted again.
    let back = json!({ "version": 1 });
    let found = arena.app.post(RESCORING, Some(&arena.organizer.token), &back).expect(201).json();
    assert_eq!((&found["counts"]["scored"], &found["ready"]), (&json!(2), &json!(true)), "{found}");
    apply(&arena, &found["id"], json!({})).expect(200);
    assert_eq!(board(&arena, "", 1), rows(&[("Alpha", 1), ("Beta", 2)]));
    assert_eq!(arena.app.count("answers"), 2, "answers are kept once");
}

#[test]
fn results_without_answers_are_read_from_the_file_and_models_wait_behind_all_others() {
    let arena = Arena::start();
    // Results from before answers were kept.
    let bytes = right_after(1);
    arena.submit(&arena.alice, &bytes).expect(201);
    arena.score(&arena.claim().unwrap(), [254, 255, 15], [254, 255, 15]).expect(200);
    let upload = arena.upload(&arena.bob, &model(1));
    let body = json!({ "kind": "torchscript" });
    let sent = text(&arena.submit_upload(&arena.bob, &upload, body, None).expect(201).json()["id"]);
    arena.score(&arena.claim().unwrap(), [255, 255, 15], [255, 255, 15]).expect(200);
    put(&arena, &labelled(|image| Some(if image == 0 { 99 } else { image % 10 + 1 })), "").expect(202);
    let found = counted(&arena);
    assert_eq!((&found["counts"]["scored"], &found["counts"]["waiting"]), (&json!(1), &json!(1)), "{found}");
    assert_eq!(found["ready"], false);
    let refused = apply(&arena, &found["id"], json!({})).expect(409).json();
    assert_eq!(refused["error"]["reason"], "rescoring_waits", "{refused}");
    assert_eq!(refused["error"]["detail"]["waiting"], 1);
    assert_eq!(arena.submission(&arena.bob, &sent)["state"], "scored", "its team sees nothing of it");

    // What comes later goes first.
    arena.submit(&arena.alice, &right_after(3)).expect(201);
    let normal = arena.claim().unwrap();
    assert_eq!(normal["kind"], "predictions");
    arena.score_file(&normal, &test_set(), &right_after(3)).expect(200);
    let again = arena.claim().unwrap();
    assert_eq!((&again["submission"], &again["kind"]), (&json!(sent), &json!("torchscript")));
    arena.score(&again, [254, 255, 15], [254, 255, 15]).expect(200);
    let found = counted(&arena);
    assert_eq!((&found["counts"]["scored"], &found["ready"]), (&json!(3), &json!(true)), "{found}");
    apply(&arena, &found["id"], json!({})).expect(200);
    assert_eq!(board(&arena, "?all=true", 2), rows(&[("Alpha", 0), ("Beta", 1), ("Alpha", 2)]));
    let quota = arena.app.get(crate::arena::QUOTA, Some(&arena.bob.token)).expect(200).json();
    assert_eq!(quota["used"], 1, "nobody pays for it");
}

#[test]
fn what_waits_can_be_left_off_the_board_until_it_is_scored() {
    let arena = Arena::start();
    let upload = arena.upload(&arena.bob, &model(2));
    arena.submit_upload(&arena.bob, &upload, json!({ "kind": "torchscript" }), None).expect(201);
    arena.score(&arena.claim().unwrap(), [255, 255, 15], [255, 255, 15]).expect(200);
    score(&arena, &arena.alice, &right_after(2));
    put(&arena, &labelled(|image| Some(if image == 9 { 50 } else { image % 10 + 1 })), "").expect(202);
    let found = counted(&arena);
    apply(&arena, &found["id"], json!({ "incomplete": true })).expect(200);
    assert_eq!(board(&arena, "", 2), rows(&[("Alpha", 3)]));
    arena.score(&arena.claim().unwrap(), [255, 255, 15], [255, 255, 15]).expect(200);
    let began = Instant::now();
    while board(&arena, "", 2).len() != 2 {
        assert!(began.elapsed() < Duration::from_secs(5));
        std::thread::sleep(Duration::from_millis(50));
    }
}

#[test]
fn a_dropped_rescoring_changes_nothing_and_takes_its_work_back() {
    let arena = Arena::start();
    let upload = arena.upload(&arena.bob, &model(3));
    arena.submit_upload(&arena.bob, &upload, json!({ "kind": "torchscript" }), None).expect(201);
    arena.score(&arena.claim().unwrap(), [255, 255, 15], [255, 255, 15]).expect(200);
    let corrected = labelled(|image| Some(if image == 0 { 99 } else { image % 10 + 1 }));
    let first = put(&arena, &corrected, "").expect(202).json();
    let found = counted(&arena);
    let running = arena.claim().unwrap();
    drop_it(&arena, &found["id"]).expect(204);
    assert_eq!(arena.score(&running, [254, 255, 15], [254, 255, 15]).expect(409).code(), "stale_attempt");
    assert!(arena.claim().is_none());
    assert_eq!(board(&arena, "", 1), rows(&[("Beta", 0)]));
    for again in [drop_it(&arena, &found["id"]), apply(&arena, &found["id"], json!({}))] {
        assert_eq!(again.expect(409).json()["error"]["reason"], "rescoring_ended");
    }
    // The same files are the same version.
    let second = put(&arena, &corrected, "").expect(202).json();
    assert_eq!((&second["id"], arena.app.count("test_sets")), (&first["id"], 2));
    assert_eq!(counted(&arena)["counts"]["waiting"], 1);
}

#[test]
fn two_organizers_do_not_stage_two_versions_and_apply_once() {
    let arena = Arena::start();
    score(&arena, &arena.alice, &right_after(1));
    put(&arena, &labelled(|image| Some(if image == 0 { 99 } else { image % 10 + 1 })), "").expect(202);
    for query in ["", "?discard_results=true"] {
        let refused = put(&arena, &labelled(|image| Some(if image == 1 { 99 } else { image % 10 + 1 })), query);
        let refused = refused.expect(409).json();
        assert_eq!(refused["error"]["reason"], "rescoring_open", "{refused}");
        assert_eq!(refused["error"]["detail"]["version"], 2);
    }
    let id = counted(&arena)["id"].clone();
    let (first, second) = std::thread::scope(|scope| {
        let both = [(); 2].map(|()| scope.spawn(|| apply(&arena, &id, json!({})).status));
        let [first, second] = both.map(|thread| thread.join().unwrap());
        (first, second)
    });
    assert_eq!([first.min(second), first.max(second)], [200, 409]);
    assert_eq!(board(&arena, "", 2), rows(&[("Alpha", 0)]));
}

#[test]
fn what_a_killed_server_left_is_counted_later_and_results_that_come_meanwhile_are_not_forgotten() {
    let arena = Arena::start();
    for wrong in 1..4 {
        score(&arena, &arena.alice, &right_after(wrong));
    }
    put(&arena, &labelled(|image| Some(if image == 0 { 99 } else { image % 10 + 1 })), "").expect(202);
    counted(&arena);
    // As a server leaves it that was killed after the first one.
    arena.app.execute(
        "DELETE FROM results WHERE evaluation_id IN (SELECT id FROM evaluations WHERE rescoring AND id > \
         (SELECT MIN(id) FROM evaluations WHERE rescoring)); \
         DELETE FROM evaluations WHERE rescoring AND id NOT IN (SELECT evaluation_id FROM results)",
    );
    assert_eq!(counted(&arena)["counts"]["scored"], 3);
    score(&arena, &arena.bob, &right_after(5));
    let id = preview(&arena, "")["id"].clone();
    apply(&arena, &id, json!({})).expect(200);
    assert_eq!(board(&arena, "", 2), rows(&[("Alpha", 0), ("Beta", 4)]));
}

#[test]
fn removed_images_leave_the_others_in_their_part() {
    let arena = Arena::start();
    let submission = score(&arena, &arena.alice, &right_after(3));
    // The first half is public; the first image and the last one go.
    put(&arena, &labelled(|image| (1..19).contains(&image).then_some(image % 10 + 1)), "").expect(202);
    let found = counted(&arena);
    assert_eq!(
        found["rows"][0]["after"],
        json!({ "rank": 1, "submission": submission, "method": null,
        "error": 2.0 / 9.0, "wrong": 2, "n": 9, "final": false }),
        "{found}"
    );
    apply(&arena, &found["id"], json!({})).expect(200);
    assert_eq!(board(&arena, "", 2), rows(&[("Alpha", 2)]));
    // An image that nobody has seen cannot be counted: a scorer looks at the file, and says what it
    // lacks.
    let more = labelled(|image| Some(image % 10 + 1)) + "new,1\n";
    put(&arena, &more, "").expect(202);
    assert_eq!(counted(&arena)["counts"]["waiting"], 1);
    let claim = arena.claim().unwrap();
    let verdict =
        json!({ "kind": "rejected", "code": "too_few_rows", "message": "20 rows of 21", "detail": { "faults": 1 } });
    arena.report(&claim, verdict, json!({})).expect(200);
    let found = counted(&arena);
    assert_eq!((&found["counts"]["rejected"], &found["rows"][0]["after"]), (&json!(1), &Value::Null), "{found}");
    drop_it(&arena, &found["id"]).expect(204);
}

#[test]
fn another_split_is_counted_from_the_results_alone() {
    let arena = Arena::start();
    arena.submit(&arena.alice, &right_after(4)).expect(201);
    arena.score(&arena.claim().unwrap(), [240, 255, 15], [240, 255, 15]).expect(200);
    let mut settings = arena.app.get(TASK, Some(&arena.organizer.token)).expect(200).json();
    for field in ["season", "task", "test_set", "versions", "staged"] {
        settings.as_object_mut().unwrap().remove(field);
    }
    settings["split"] = json!({ "public": 0.5, "seed": 3 });
    settings["title"] = json!("Another title");
    let kept = arena.app.send("PUT", TASK, Some(&arena.organizer.token), Some(&settings)).expect(200).json();
    assert_eq!((&kept["split"], &kept["title"]), (&Value::Null, &json!("Another title")), "the title changes at once");
    assert_eq!(kept["staged"]["public_images"], 10);
    let found = counted(&arena);
    assert_eq!((&found["counts"]["scored"], &found["ready"]), (&json!(1), &json!(true)), "{found}");
    apply(&arena, &found["id"], json!({})).expect(200);
    let task = arena.app.get(TASK, Some(&arena.organizer.token)).expect(200).json();
    assert_eq!((&task["split"]["public"], &task["test_set"]["version"]), (&json!(0.5), &json!(2)));
    let part = |split: &str| board(&arena, &format!("?split={split}"), 2)[0].1;
    assert_eq!(part("public") + part("private"), 4);
}

#[test]
fn only_organizers_rescore() {
    let arena = Arena::start();
    score(&arena, &arena.alice, &right_after(1));
    put(&arena, &labelled(|image| Some(if image == 0 { 99 } else { image % 10 + 1 })), "").expect(202);
    let id = text(&counted(&arena)["id"]);
    let path = format!("/organizer/rescorings/{id}");
    for (token, status) in [(Some(&arena.alice.token), 403), (None, 401)] {
        arena.app.get(RESCORING, token.map(String::as_str)).expect(status);
        arena.app.post(RESCORING, token.map(String::as_str), &json!({ "version": 1 })).expect(status);
        arena.app.post(&format!("{path}/apply"), token.map(String::as_str), &json!({})).expect(status);
        arena.app.send("DELETE", &path, token.map(String::as_str), None).expect(status);
    }
    let bad = |answers: &str| {
        arena.submit(&arena.bob, &right_after(2)).expect(201);
        let claim = arena.claim().unwrap();
        let outcome = json!({ "kind": "scored", "n": 20, "top1": "////", "top5": "////", "answers": answers });
        let refused = arena.report(&claim, outcome, json!({})).status;
        arena.score(&claim, [255, 255, 15], [255, 255, 15]).expect(200);
        refused
    };
    assert_eq!(bad("?"), 422);
    assert_eq!(bad("AQ=="), 422);
}
