//! Results that organizers disqualify, hide, flag and restore, and results that a team withdraws.

use std::time::{Duration, Instant};

use serde_json::{Value, json};

use crate::arena::{Arena, QUOTA, SUBMISSIONS, gzip, predictions};
use crate::people::{Person, text};
use crate::test_app::Answer;

const TASK: &str = "/seasons/demo/tasks/classification";
const BOARD: &str = "/seasons/demo/tasks/classification/leaderboard";

/// A scored submission; `wrong` of the first images are wrong. The first ten are the public part.
fn scored(arena: &Arena, person: &Person, wrong: u32) -> String {
    let id = text(&arena.submit(person, &predictions()).expect(201).json()["id"]);
    let claim = arena.claim().unwrap();
    let bits = ((1_u32 << 20) - 1) & !((1 << wrong) - 1);
    let bytes: [u8; 3] = bits.to_le_bytes()[..3].try_into().unwrap();
    arena.score(&claim, bytes, bytes).expect(200);
    id
}

fn judge(arena: &Arena, body: Value) -> Answer {
    arena.app.post("/organizer/judgements", Some(&arena.organizer.token), &body)
}

fn withdraw(arena: &Arena, person: &Person, id: &str) -> Answer {
    arena.app.post(&format!("/submissions/{id}/withdraw"), Some(&person.token), &json!({}))
}

fn board(arena: &Arena, query: &str) -> Value {
    arena.app.get(&format!("{BOARD}{query}"), Some(&arena.organizer.token)).expect(200).json()
}

/// Rank, team and submission of each row.
fn rows(board: &Value) -> Vec<(Option<u64>, String, String)> {
    let row = |row: &Value| (row["rank"].as_u64(), text(&row["team"]), text(&row["submission"]));
    board["rows"].as_array().unwrap().iter().map(row).collect()
}

fn ids(of: &Value) -> Vec<String> {
    of.as_array().unwrap().iter().map(|row| text(&row["submission"])).collect()
}

/// The board as soon as its rows are those of these submissions; boards follow the database within
/// two seconds.
#[track_caller]
fn shows(arena: &Arena, query: &str, wanted: &[&str]) -> Value {
    let began = Instant::now();
    loop {
        let found = board(arena, query);
        if ids(&found["rows"]) == wanted {
            return found;
        }
        assert!(began.elapsed() < Duration::from_secs(5), "{query}: {found:#}");
        std::thread::sleep(Duration::from_millis(50));
    }
}

fn audit(arena: &Arena, action: &str) -> Vec<Value> {
    let log = arena.app.get("/organizer/audit?limit=200", Some(&arena.organizer.token)).expect(200).json();
    log["items"].as_array().unwrap().iter().filter(|entry| entry["action"] == action).cloned().collect()
}

#[test]
fn a_disqualified_result_leaves_every_ranking_and_stays_on_record() {
    let arena = Arena::start();
    let (first, second) = (scored(&arena, &arena.alice, 1), scored(&arena, &arena.bob, 2));
    let before = shows(&arena, "", &[&first, &second]);
    let then = text(&before["updated_at"]);
    let quota = arena.app.get(QUOTA, Some(&arena.alice.token)).expect(200).json();
    let (reason, public) = ("two accounts of one person", "rule 3");
    let request = json!({ "action": "disqualify", "submission": first, "reason": reason, "public_reason": public });

    let mut dry = request.clone();
    dry["dry_run"] = json!(true);
    let preview = judge(&arena, dry).expect(200).json();
    assert_eq!((&preview["submissions"], &preview["dry_run"]), (&json!([first]), &json!(true)));
    let splits: Vec<&Value> = preview["boards"].as_array().unwrap().iter().map(|board| &board["split"]).collect();
    assert_eq!(splits, [&json!("public")], "this task's settings name no private part");
    let changed = preview["boards"][0]["rows"].as_array().unwrap();
    let moves: Vec<(String, Option<u64>, Option<u64>)> = changed
        .iter()
        .map(|row| (text(&row["team"]), row["before"]["rank"].as_u64(), row["after"]["rank"].as_u64()))
        .collect();
    assert_eq!(moves, [("Beta".to_owned(), Some(2), Some(1)), ("Alpha".to_owned(), Some(1), None)]);
    assert_eq!(rows(&board(&arena, "")), rows(&before), "a dry run changes nothing");
    assert!(audit(&arena, "submission.disqualify").is_empty());

    judge(&arena, request.clone()).expect(200);
    let after = shows(&arena, "", &[&second]);
    assert_eq!(rows(&after), [(Some(1), "Beta".to_owned(), second.clone())]);
    assert_eq!((&after["gaps"], &after["rows"][0]["rank_range"]), (&json!([]), &json!([1, 1])));
    let out = &after["disqualified"][0];
    assert_eq!((&out["submission"], &out["rank"], &out["wrong"]), (&json!(first), &Value::Null, &json!(1)));
    assert_eq!(out["disqualified"]["reason"], json!(public));
    assert!(!after.to_string().contains(reason), "the reason for the team is not public");
    // Boards of the past follow, as do all forms of a board.
    shows(&arena, &format!("?as_of={then}"), &[&second]);
    shows(&arena, "?all=true", &[&second]);
    let csv = arena.app.get(&format!("{BOARD}.csv"), None).expect(200).text;
    assert!(csv.contains(&second) && !csv.contains(&first), "{csv}");
    let entry = arena.app.get(&format!("{TASK}/entries/{first}"), None).expect(200).json();
    assert_eq!((&entry["row"]["rank"], &entry["current"]), (&Value::Null, &json!(false)));
    assert_eq!(entry["row"]["disqualified"]["reason"], json!(public));

    let seen = arena.submission(&arena.alice, &first);
    let told = (&seen["judgement"]["ruling"], &seen["judgement"]["reason"], &seen["judgement"]["public_reason"]);
    assert_eq!(told, (&json!("disqualified"), &json!(reason), &json!(public)));
    assert_eq!((&seen["state"], &seen["charge"]["state"]), (&json!("scored"), &json!("committed")));
    assert_eq!(arena.app.get(QUOTA, Some(&arena.alice.token)).expect(200).json()["used"], quota["used"]);
    let listed = arena.app.get(&format!("{SUBMISSIONS}?ruling=disqualified"), Some(&arena.organizer.token));
    assert_eq!(ids_of(&listed.expect(200).json()), std::slice::from_ref(&first));

    // The same decision again changes nothing and is not recorded again.
    assert_eq!(judge(&arena, request).expect(200).json()["submissions"], json!([]));
    let log = audit(&arena, "submission.disqualify");
    assert_eq!(log.len(), 1);
    assert_eq!((&log[0]["object"], &log[0]["detail"]["reason"]), (&json!(first), &json!(reason)));

    judge(&arena, json!({ "action": "restore", "submission": first })).expect(200);
    let restored = shows(&arena, "", &[&first, &second]);
    assert_eq!((rows(&restored), &restored["disqualified"]), (rows(&before), &json!([])));
    assert_eq!(restored["gaps"], before["gaps"]);
    assert_eq!(arena.submission(&arena.alice, &first)["judgement"], Value::Null);
    assert_eq!(audit(&arena, "submission.restore").len(), 1);
}

fn ids_of(page: &Value) -> Vec<String> {
    page["items"].as_array().unwrap().iter().map(|item| text(&item["id"])).collect()
}

#[test]
fn a_decision_follows_on_the_private_part_and_moves_finals() {
    let arena = Arena::start();
    arena.name_split();
    // Wrong images of the private part begin at the eleventh.
    let (best, good, other) =
        (scored(&arena, &arena.alice, 11), scored(&arena, &arena.alice, 14), scored(&arena, &arena.bob, 13));
    for id in [&best, &good] {
        let body = json!({ "final": true });
        arena.app.send("PATCH", &format!("/submissions/{id}"), Some(&arena.alice.token), Some(&body)).expect(200);
    }
    shows(&arena, "?split=private", &[&best, &other]);
    let reply = judge(&arena, json!({ "action": "disqualify", "submission": best, "reason": "r", "dry_run": true }));
    let boards = reply.expect(200).json()["boards"].clone();
    let private = boards.as_array().unwrap().iter().find(|board| board["split"] == "private").unwrap().clone();
    let alpha = private["rows"].as_array().unwrap().iter().find(|row| row["team"] == "Alpha").unwrap().clone();
    assert_eq!((&alpha["before"]["submission"], &alpha["after"]["submission"]), (&json!(best), &json!(good)));
    assert_eq!((&alpha["before"]["final"], &alpha["after"]["final"]), (&json!(true), &json!(true)));
    assert_eq!((&alpha["before"]["rank"], &alpha["after"]["rank"]), (&json!(1), &json!(2)));

    judge(&arena, json!({ "action": "disqualify", "submission": best, "reason": "r" })).expect(200);
    let after = shows(&arena, "?split=private", &[&other, &good]);
    assert_eq!(after["disqualified"][0]["wrong"], json!(1));
    // A result that is off the board cannot be chosen again once it was given up.
    let path = format!("/submissions/{best}");
    let choose = |yes: bool| arena.app.send("PATCH", &path, Some(&arena.alice.token), Some(&json!({ "final": yes })));
    choose(false).expect(200);
    let refused = choose(true).expect(409).json();
    assert_eq!(refused["error"]["reason"], json!("final_off_board"));
}

#[test]
fn all_results_of_a_team_are_decided_at_once() {
    let arena = Arena::start();
    arena.add_task("second", 1000);
    let (one, two, other) =
        (scored(&arena, &arena.alice, 1), scored(&arena, &arena.alice, 3), scored(&arena, &arena.bob, 2));
    // What waits for a scorer is decided as well, and does not come to the board when it is scored.
    let waits = text(&arena.submit(&arena.alice, &predictions()).expect(201).json()["id"]);
    shows(&arena, "?all=true", &[&one, &other, &two]);
    let all = json!({ "action": "disqualify", "season": "demo", "team": "alpha", "reason": "shared code" });
    assert_eq!(judge(&arena, all).expect(200).json()["submissions"], json!([one, two, waits]));
    let claim = arena.claim().unwrap();
    arena.score(&claim, [0xff, 0xff, 0x0f], [0xff, 0xff, 0x0f]).expect(200);
    let after = shows(&arena, "?all=true", &[&other]);
    assert_eq!(ids(&after["disqualified"]), [waits.clone(), one.clone(), two.clone()]);
    assert_eq!(
        ids(&shows(&arena, "", &[&other])["disqualified"]),
        std::slice::from_ref(&waits),
        "of each team the best"
    );

    let elsewhere = json!({ "action": "restore", "season": "demo", "team": "Alpha", "task": "second" });
    assert_eq!(judge(&arena, elsewhere).expect(200).json()["submissions"], json!([]));
    let here = json!({ "action": "restore", "season": "demo", "team": "Alpha", "task": "classification" });
    assert_eq!(judge(&arena, here).expect(200).json()["submissions"], json!([one, two, waits]));
    shows(&arena, "?all=true", &[&waits, &one, &other, &two]);
    let log = audit(&arena, "team.disqualify");
    assert_eq!((log.len(), &log[0]["detail"]["submissions"]), (1, &json!([one, two, waits])));
}

#[test]
fn a_hidden_result_is_seen_by_its_team_and_organizers_only() {
    let arena = Arena::start();
    let (first, second) = (scored(&arena, &arena.alice, 1), scored(&arena, &arena.bob, 2));
    let before = shows(&arena, "", &[&first, &second]);
    judge(&arena, json!({ "action": "hide", "submission": second, "reason": "looks copied" })).expect(200);
    let after = shows(&arena, "", &[&first]);
    assert!(!after.to_string().contains(&second) && !after.to_string().contains("Beta"), "{after}");
    assert_ne!(after["updated_at"], before["updated_at"], "not even when it came");
    arena.app.get(&format!("{TASK}/entries/{second}"), None).expect(404);
    let seen = arena.submission(&arena.bob, &second);
    assert_eq!(seen["judgement"]["ruling"], json!("hidden"));
    assert_eq!(seen["judgement"]["reason"], Value::Null, "the team is not told what it is suspected of");
    assert!(seen["scores"].is_object());
    assert_eq!(arena.submission(&arena.organizer, &second)["judgement"]["reason"], json!("looks copied"));
    judge(&arena, json!({ "action": "restore", "submission": second })).expect(200);
    assert_eq!(rows(&shows(&arena, "", &[&first, &second])), rows(&before));
}

#[test]
fn a_flag_is_for_organizers_only() {
    let arena = Arena::start();
    let id = scored(&arena, &arena.alice, 1);
    let reply =
        judge(&arena, json!({ "action": "flag", "submission": id, "reason": "ask for the code" })).expect(200).json();
    assert_eq!((&reply["submissions"], &reply["boards"]), (&json!([id]), &json!([])));
    assert_eq!(arena.submission(&arena.organizer, &id)["flag"], json!("ask for the code"));
    assert_eq!(arena.submission(&arena.alice, &id)["flag"], Value::Null);
    shows(&arena, "", &[&id]);
    judge(&arena, json!({ "action": "restore", "submission": id })).expect(200);
    assert_eq!(arena.submission(&arena.organizer, &id)["flag"], Value::Null);
}

#[test]
fn a_team_withdraws_a_result_of_its_own_while_the_season_is_open() {
    let arena = Arena::start();
    let (first, second) = (scored(&arena, &arena.alice, 1), scored(&arena, &arena.alice, 2));
    let body = json!({ "final": true });
    arena.app.send("PATCH", &format!("/submissions/{first}"), Some(&arena.alice.token), Some(&body)).expect(200);
    shows(&arena, "", &[&first]);
    withdraw(&arena, &arena.bob, &first).expect(404);
    let withdrawn = withdraw(&arena, &arena.alice, &first).expect(200).json();
    assert_eq!((&withdrawn["final"], &withdrawn["charge"]["state"]), (&json!(false), &json!("committed")));
    assert!(withdrawn["withdrawn_at"].is_string());
    let after = shows(&arena, "?all=true", &[&second]);
    assert_eq!((&after["disqualified"], &after["rows"][0]["entries"]), (&json!([]), &json!(2)), "it was an attempt");
    let again = withdraw(&arena, &arena.alice, &first).expect(409).json();
    assert_eq!(again["error"]["reason"], json!("withdrawn"));

    let waits = text(&arena.submit(&arena.alice, &predictions()).expect(201).json()["id"]);
    let refused = withdraw(&arena, &arena.alice, &waits).expect(409).json();
    assert_eq!(refused["error"]["reason"], json!("not_withdrawable"));

    // A frozen board shows what counted when it was frozen; what organizers decide acts on it, too.
    arena
        .app
        .send("PATCH", "/seasons/demo", Some(&arena.organizer.token), Some(&json!({ "frozen": true })))
        .expect(200);
    withdraw(&arena, &arena.alice, &second).expect(200);
    let frozen = || ids(&arena.app.get(BOARD, None).expect(200).json()["rows"]);
    shows(&arena, "", &[]);
    assert_eq!(frozen(), std::slice::from_ref(&second));
    judge(&arena, json!({ "action": "disqualify", "submission": second, "reason": "r" })).expect(200);
    let began = Instant::now();
    while !frozen().is_empty() {
        assert!(began.elapsed() < Duration::from_secs(5));
        std::thread::sleep(Duration::from_millis(50));
    }

    let third = scored(&arena, &arena.bob, 3);
    arena.set_season("closes_at = 2, opens_at = 1");
    let refused = withdraw(&arena, &arena.bob, &third).expect(409).json();
    assert_eq!(refused["error"]["reason"], json!("withdrawal_closed"));
    withdraw(&arena, &arena.organizer, &third).expect(200);
    assert_eq!(audit(&arena, "submission.withdraw").len(), 1, "the team's own are not recorded");
    judge(&arena, json!({ "action": "restore", "submission": third })).expect(200);
    assert_eq!(arena.submission(&arena.bob, &third)["withdrawn_at"], Value::Null);
}

#[test]
fn a_decision_says_what_it_is_about_and_why() {
    let arena = Arena::start();
    let id = scored(&arena, &arena.alice, 1);
    let hide = |more: Value| {
        let mut body = json!({ "action": "hide", "reason": "r" });
        body.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        judge(&arena, body)
    };
    for (more, field, reason) in [
        (json!({}), "submission", "judgement_unclear"),
        (json!({ "season": "demo" }), "submission", "judgement_unclear"),
        (json!({ "team": "Alpha" }), "submission", "judgement_unclear"),
        (json!({ "submission": id, "team": "Alpha", "season": "demo" }), "team", "judgement_unclear"),
        (json!({ "submission": id, "reason": " " }), "reason", "text_required"),
        (json!({ "submission": id, "reason": null }), "reason", "text_required"),
        (json!({ "submission": id, "reason": "x".repeat(501) }), "reason", "text_too_long"),
        (json!({ "submission": id, "public_reason": "a\u{1b}[2J" }), "public_reason", "control_character"),
    ] {
        let refused = hide(more.clone()).expect(422).json();
        let error = &refused["error"];
        assert_eq!((&error["detail"]["field"], &error["reason"]), (&json!(field), &json!(reason)), "{more}: {refused}");
    }
    hide(json!({ "season": "demo", "team": "Gamma" })).expect(404);
    hide(json!({ "season": "none", "team": "Alpha" })).expect(404);
    hide(json!({ "season": "demo", "team": "Alpha", "task": "none" })).expect(404);
    hide(json!({ "submission": "01890a5d-ac96-774b-bcce-b302099a8057" })).expect(404);
    let body = json!({ "action": "hide", "submission": id, "reason": "r" });
    arena.app.post("/organizer/judgements", Some(&arena.alice.token), &body).expect(403);
    assert_eq!(arena.submission(&arena.organizer, &id)["judgement"], Value::Null);
}

#[test]
fn results_of_a_task_with_approval_wait_for_it() {
    let arena = Arena::start();
    let before = scored(&arena, &arena.bob, 3);
    let set = |on: bool| {
        let (from, to) = if on { ("\"title\"", "\"approval\":true,\"title\"") } else { ("\"approval\":true,", "") };
        arena.app.execute(&format!("UPDATE tasks SET settings = REPLACE(settings, '{from}', '{to}')"));
    };
    set(true);
    let (first, second) = (scored(&arena, &arena.alice, 1), scored(&arena, &arena.bob, 2));
    let shown = shows(&arena, "?all=true", &[&before]);
    assert!(!shown.to_string().contains("Alpha"), "{shown}");
    let seen = arena.submission(&arena.alice, &first);
    assert_eq!((&seen["state"], &seen["judgement"]["ruling"]), (&json!("scored"), &json!("held")));
    assert_eq!((&seen["scores"], &seen["hints"]), (&Value::Null, &json!([])), "its team does not see it either");
    let told = arena.app.get("/me/messages", Some(&arena.alice.token)).expect(200).text;
    assert!(told.contains("shown once an organizer has approved it") && !told.contains("for the result"), "{told}");
    let listed = arena.app.get(SUBMISSIONS, Some(&arena.alice.token)).expect(200).json();
    assert_eq!(listed["items"][0]["scores"], Value::Null);
    let events = arena.app.get(&format!("/submissions/{first}/events"), Some(&arena.alice.token)).expect(200).text;
    assert!(events.contains("\"scores\":null") && !events.contains("top5_error"), "{events}");
    assert!(arena.submission(&arena.organizer, &first)["scores"].is_object());
    let path = format!("/submissions/{first}");
    let choose = arena.app.send("PATCH", &path, Some(&arena.alice.token), Some(&json!({ "final": true })));
    assert_eq!(choose.expect(409).json()["error"]["reason"], json!("final_off_board"));

    // What waits when the setting is turned off still waits, and restoring is not approving.
    set(false);
    judge(&arena, json!({ "action": "restore", "season": "demo", "team": "Alpha" })).expect(200);
    shows(&arena, "?all=true", &[&before]);
    let listed = arena.app.get(&format!("{SUBMISSIONS}?ruling=held"), Some(&arena.organizer.token)).expect(200).json();
    assert_eq!(ids_of(&listed), [second.clone(), first.clone()]);

    // Whatever took it off the board would show its error.
    for action in ["disqualify", "hide"] {
        let one = json!({ "action": action, "submission": first, "reason": "r" });
        assert_eq!(judge(&arena, one).expect(409).json()["error"]["reason"], json!("result_waits"));
        let team = json!({ "action": action, "season": "demo", "team": "Alpha", "reason": "r" });
        assert_eq!(judge(&arena, team).expect(200).json()["submissions"], json!([]));
    }
    assert_eq!(arena.submission(&arena.alice, &first)["scores"], Value::Null);

    // What is refused stays unseen, and its team reads why; restored, it waits again.
    judge(&arena, json!({ "action": "refuse", "submission": second })).expect(422);
    let refuse = json!({ "action": "refuse", "submission": second, "reason": "not your own" });
    assert_eq!(judge(&arena, refuse).expect(200).json()["submissions"], json!([second]));
    let told = arena.submission(&arena.bob, &second);
    assert_eq!((&told["scores"], &told["judgement"]["ruling"]), (&Value::Null, &json!("refused")), "{told}");
    assert_eq!(told["judgement"]["reason"], "not your own");
    let all = json!({ "action": "approve", "season": "demo", "task": "classification", "dry_run": true });
    assert_eq!(judge(&arena, all).expect(200).json()["submissions"], json!([first]), "what was refused does not wait");
    shows(&arena, "?all=true", &[&before]);
    judge(&arena, json!({ "action": "restore", "submission": second })).expect(200);

    let one = json!({ "action": "approve", "submission": first });
    assert_eq!(judge(&arena, one).expect(200).json()["submissions"], json!([first]));
    shows(&arena, "?all=true", &[&first, &before]);
    assert!(arena.submission(&arena.alice, &first)["scores"].is_object());
    let all = json!({ "action": "approve", "season": "demo", "task": "classification", "dry_run": true });
    let preview = judge(&arena, all.clone()).expect(200).json();
    assert_eq!(preview["submissions"], json!([second]));
    let moved = &preview["boards"][0]["rows"][0];
    assert_eq!((&moved["before"]["submission"], &moved["after"]["submission"]), (&json!(before), &json!(second)));
    let mut all = all;
    all["dry_run"] = json!(false);
    judge(&arena, all).expect(200);
    shows(&arena, "?all=true", &[&first, &second, &before]);
    assert_eq!((audit(&arena, "submission.approve").len(), audit(&arena, "submissions.approve").len()), (1, 1));
    judge(&arena, json!({ "action": "hide", "season": "demo", "reason": "r" })).expect(422);
}

#[test]
fn organizers_download_what_a_team_sent() {
    let arena = Arena::start();
    let file = predictions();
    let id = text(&arena.submit(&arena.alice, &file).expect(201).json()["id"]);
    let path = format!("/organizer/submissions/{id}/file");
    let got = arena.app.get(&path, Some(&arena.organizer.token)).expect(200);
    assert_eq!(got.bytes, file);
    assert_eq!(got.header("content-disposition"), Some(format!("attachment; filename=\"{id}.predictions\"").as_str()));
    let part = arena.app.send_raw("GET", &path, Some(&arena.organizer.token), &[("range", "bytes=2-5")], None);
    assert_eq!(part.expect(206).bytes, file[2..6]);
    for person in [&arena.alice, &arena.bob] {
        arena.app.get(&path, Some(&person.token)).expect(403);
    }
    let none = "/organizer/submissions/01890a5d-ac96-774b-bcce-b302099a8057/file";
    arena.app.get(none, Some(&arena.organizer.token)).expect(404);
    assert_eq!(audit(&arena, "submission.download").len(), 2, "each look is recorded");
}

#[test]
fn the_same_work_of_two_teams_is_shown_to_judges_as_evidence() {
    let arena = Arena::start();
    let path = "/organizer/seasons/demo/identical-submissions";
    let found = || arena.app.get(path, Some(&arena.organizer.token)).expect(200).json();
    let file = predictions();
    let own = |person: &Person, file: &[u8]| text(&arena.submit(person, file).expect(201).json()["id"]);
    let first = own(&arena.alice, &file);
    own(&arena.alice, &file);
    assert_eq!(found(), json!({ "groups": [], "complete": true }), "a team's own repetition is nobody's business");
    let packed = own(&arena.bob, &gzip(&file));
    let groups = found()["groups"].clone();
    assert_eq!((&groups[0]["same"], groups.as_array().unwrap().len()), (&json!("answers"), 1), "{groups}");
    assert_eq!(
        (&groups[0]["submissions"][0]["submission"], &groups[0]["submissions"][2]["submission"]),
        (&json!(first), &json!(packed))
    );
    let same = own(&arena.bob, &file);
    let groups = found()["groups"].clone();
    let files = groups.as_array().unwrap().iter().find(|group| group["same"] == "file").unwrap();
    let teams: Vec<_> = files["submissions"].as_array().unwrap().iter().map(|it| text(&it["team"])).collect();
    assert_eq!(teams, ["Alpha", "Alpha", "Beta"], "{groups}");
    assert_eq!(files["submissions"][2]["submission"], json!(same));
    let entered = predictions();
    for team in ["Alpha", "Beta"] {
        let upload = arena.upload(&arena.organizer, &entered);
        arena.submit_upload(&arena.organizer, &upload, json!({ "team": team }), None).expect(201);
    }
    assert_eq!(found()["groups"], groups, "what organizers entered does not count");
    arena.app.get(path, Some(&arena.alice.token)).expect(403);
    arena.app.get("/organizer/seasons/nowhere/identical-submissions", Some(&arena.organizer.token)).expect(404);
}
