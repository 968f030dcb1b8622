//! Making a team part of another one.

use holdout_protocol::Timestamp;
use serde_json::{Value, json};

use crate::arena::{Arena, QUOTA, SUBMISSIONS, predictions};
use crate::people::{Person, text};
use crate::team_changes::leave;
use crate::test_app::Answer;

const BOARD: &str = "/seasons/demo/tasks/classification/leaderboard";

fn merge_as(arena: &Arena, person: &Person, team: &str, more: &Value) -> Answer {
    let mut body = json!({ "into": "Alpha", "reason": "One group" });
    body.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
    arena.app.post(&format!("/organizer/seasons/demo/teams/{team}/merge"), Some(&person.token), &body)
}

fn merge(arena: &Arena, more: &Value) -> Value {
    merge_as(arena, &arena.organizer, "Beta", more).expect(200).json()
}

/// Submits for a person and has the result scored: so many of the ten public images are wrong.
fn enter(arena: &Arena, person: &Person, wrong: u32) -> String {
    let id = text(&arena.submit(person, &predictions()).expect(201).json()["id"]);
    score(arena, wrong);
    id
}

fn score(arena: &Arena, wrong: u32) {
    let [a, b, c, _] = (((1_u32 << 20) - 1) & !((1 << wrong) - 1)).to_le_bytes();
    arena.score(&arena.claim().unwrap(), [0, 0, 0], [a, b, c]).expect(200);
}

/// Team, wrong answers and entries of each row, once the board has the present version.
fn board(arena: &Arena, query: &str) -> Vec<Value> {
    // A board with another query is not kept, so it has what is in the database.
    let rows = arena.app.get(&format!("{BOARD}{query}"), None).expect(200).json()["rows"].clone();
    rows.as_array().unwrap().iter().map(|row| json!([row["team"], row["wrong"], row["entries"]])).collect()
}

#[track_caller]
fn eventually(mut holds: impl FnMut() -> bool) {
    let began = std::time::Instant::now();
    while !holds() {
        assert!(began.elapsed().as_secs() < 5, "not within five seconds");
        std::thread::sleep(std::time::Duration::from_millis(50));
    }
}

fn teams(arena: &Arena) -> Vec<String> {
    let listed = arena.app.get("/seasons/demo/teams", None).expect(200).json();
    listed["items"].as_array().unwrap().iter().map(|team| text(&team["name"])).collect()
}

fn quota(arena: &Arena, person: &Person) -> Value {
    arena.app.get(QUOTA, Some(&person.token)).expect(200).json()
}

#[test]
fn people_submissions_and_quota_of_both_are_one_teams() {
    let arena = Arena::start_with(4, |_| ());
    enter(&arena, &arena.alice, 3);
    enter(&arena, &arena.bob, 1);
    let waiting = text(&arena.submit(&arena.bob, &predictions()).expect(201).json()["id"]);
    eventually(|| board(&arena, "") == [json!(["Beta", 1, 1]), json!(["Alpha", 3, 1])]);

    let told = merge(&arena, &json!({ "dry_run": true }));
    assert_eq!([&told["from"], &told["into"], &told["members"][0]["name"]], ["Beta", "Alpha", "bob"]);
    assert_eq!([&told["submissions"], &told["dry_run"]], [&json!(2), &json!(true)]);
    let used = json!({ "task": "classification", "limit": 4, "from": 2, "into": 1, "together": 3, "remaining": 1 });
    assert_eq!(told["quotas"], json!([used]));
    let rows = told["boards"][0]["rows"].as_array().unwrap();
    let moves: Vec<_> =
        rows.iter().map(|row| json!([row["team"], row["before"]["rank"], row["after"]["rank"]])).collect();
    assert_eq!(moves, [json!(["Alpha", 2, 1]), json!(["Beta", 1, null])]);
    assert_eq!(teams(&arena), ["Alpha", "Beta"], "nothing was done yet");

    let before = Timestamp::now();
    let done = merge(&arena, &json!({ "reason": " One group " }));
    assert_eq!((&done["boards"], &done["dry_run"]), (&told["boards"], &json!(false)));
    assert_eq!(teams(&arena), ["Alpha"]);
    eventually(|| board(&arena, "") == [json!(["Alpha", 1, 2])]);
    let then = format!("?as_of={before}");
    assert_eq!(board(&arena, &then), [json!(["Beta", 1, 1]), json!(["Alpha", 3, 1])], "then there were two");

    // What waited is scored for the one team.
    score(&arena, 0);
    eventually(|| board(&arena, "") == [json!(["Alpha", 0, 3])]);
    let seen = arena.submission(&arena.alice, &waiting);
    assert_eq!([&seen["team"], &seen["state"]], ["Alpha", "scored"]);
    for person in [&arena.alice, &arena.bob] {
        let left = quota(&arena, person);
        assert_eq!([&left["team"], &left["used"], &left["remaining"]], [&json!("Alpha"), &json!(3), &json!(1)]);
    }
    arena.submit(&arena.bob, &predictions()).expect(201);
    arena.submit(&arena.alice, &predictions()).expect(429);

    // The name stands for the team, and nobody else gets it.
    let team = |token: Option<&str>| arena.app.get("/seasons/demo/teams/beta", token).expect(200).json();
    let own = team(Some(&arena.bob.token));
    let roles: Vec<_> =
        own["members"].as_array().unwrap().iter().map(|one| json!([one["name"], one["role"]])).collect();
    assert_eq!((&own["name"], &own["submissions"]), (&json!("Alpha"), &json!(4)));
    assert_eq!(roles, [json!(["alice", "captain"]), json!(["bob", "member"])]);
    assert_eq!([&own["merged"][0]["name"], &own["merged"][0]["reason"]], ["Beta", "One group"]);
    let public = team(None);
    assert_eq!([&public["merged"][0]["name"], &public["merged"][0]["reason"]], [&json!("Beta"), &Value::Null]);
    let carol = arena.app.person("carol");
    arena.app.post("/seasons/demo/teams", Some(&carol.token), &json!({ "name": "Beta" })).expect(409);
    let of = |team: &str, person: &Person| {
        let listed = arena.app.get(&format!("{SUBMISSIONS}?team={team}"), Some(&person.token)).expect(200).json();
        listed["items"].as_array().unwrap().len()
    };
    let counts = ["Alpha", "BETA", "Nobody"].map(|team| (of(team, &arena.organizer), of(team, &arena.bob)));
    assert_eq!(counts, [(4, 4), (4, 4), (0, 0)]);

    let listed = |path: &str| arena.app.get(path, Some(&arena.organizer.token)).expect(200).json()["items"].clone();
    let change = &listed("/organizer/seasons/demo/team-changes")[0];
    assert_eq!([&change["name"], &change["action"], &change["team_name"]], ["bob", "merged", "Alpha"]);
    let entry = &listed("/organizer/audit?q=team.merge")[0]["detail"];
    assert_eq!([&entry["merged"], &entry["team"], &entry["reason"]], ["Beta", "Alpha", "One group"]);
    assert_eq!((&entry["submissions"], &entry["accounts"]), (&json!(2), &json!([arena.bob.id])));
}

#[test]
fn a_running_evaluation_does_not_give_its_submission_back() {
    let arena = Arena::start();
    arena.submit(&arena.bob, &predictions()).expect(201);
    let claim = arena.claim().unwrap();
    merge(&arena, &json!({}));
    arena.heartbeat(&claim, 3).expect(200);
    arena.score(&claim, [0, 0, 0], [0xff, 0xff, 0x0f]).expect(200);
    let evaluations = arena.app.get("/organizer/evaluations", Some(&arena.organizer.token)).expect(200).json();
    assert_eq!([&evaluations["items"][0]["team"], &evaluations["items"][0]["state"]], ["Alpha", "scored"]);
    eventually(|| board(&arena, "") == [json!(["Alpha", 0, 1])]);
}

#[test]
fn finals_beyond_those_of_one_team_are_given_up_by_the_team_that_ends() {
    let arena = Arena::start();
    arena.app.execute(r#"UPDATE tasks SET settings = REPLACE(settings, '"title"', '"finals":1,"title"')"#);
    let choose = |person: &Person, wrong| {
        let id = enter(&arena, person, wrong);
        let chosen = json!({ "final": true });
        arena.app.send("PATCH", &format!("/submissions/{id}"), Some(&person.token), Some(&chosen)).expect(200);
        id
    };
    let (kept, given_up) = (choose(&arena.alice, 4), choose(&arena.bob, 2));
    let before = Timestamp::now();
    assert_eq!(merge(&arena, &json!({}))["finals_given_up"], json!([given_up]));
    let is_final = |id: &str| arena.submission(&arena.alice, id)["final"].clone();
    assert_eq!([is_final(&kept), is_final(&given_up)], [true, false]);
    eventually(|| board(&arena, "") == [json!(["Alpha", 4, 2])]);
    assert_eq!(board(&arena, &format!("?as_of={before}")), [json!(["Beta", 2, 1]), json!(["Alpha", 4, 1])]);
    // It can choose the other one instead.
    let change = |id: &str, chosen: bool| {
        let body = json!({ "final": chosen });
        arena.app.send("PATCH", &format!("/submissions/{id}"), Some(&arena.bob.token), Some(&body))
    };
    change(&given_up, true).expect(409);
    change(&kept, false).expect(200);
    change(&given_up, true).expect(200);
}

#[test]
fn what_was_given_to_a_team_and_asked_by_it_goes_along() {
    let arena = Arena::start_with(1, |_| ());
    let token = Some(arena.organizer.token.as_str());
    let until = Timestamp::from_micros(Timestamp::now().as_micros() + 3_600_000_000);
    let extra = json!({ "team": "Beta", "until": until, "attempts": 2, "reason": "power cut" });
    arena.app.post("/organizer/seasons/demo/extensions", token, &extra).expect(201);
    let question = json!({ "text": "May we use flips?" });
    arena.app.post("/seasons/demo/questions", Some(&arena.bob.token), &question).expect(201);
    let invitations = "/seasons/demo/teams/Beta/invitations";
    let invited = arena.app.post(invitations, Some(&arena.bob.token), &json!({})).expect(201).json();
    let quotas = merge(&arena, &json!({}))["quotas"].clone();
    assert_eq!(quotas, json!([]), "nothing was used");
    assert_eq!(quota(&arena, &arena.alice)["remaining"], json!(3));
    let questions = arena.app.get("/seasons/demo/questions", Some(&arena.alice.token)).expect(200).json();
    assert_eq!([&questions["items"][0]["team"], &questions["items"][0]["text"]], ["Alpha", "May we use flips?"]);
    let code = text(&invited["code"]);
    let carol = arena.app.person("carol");
    let refused = arena.app.post(&format!("/invitations/{code}/accept"), Some(&carol.token), &json!({}));
    assert_eq!(refused.json()["error"]["reason"], json!("invitation_revoked"));
}

#[test]
fn a_team_of_nobody_gets_a_captain_and_names_lead_to_the_last_team() {
    let arena = Arena::start();
    let carol = arena.app.person("carol");
    arena.app.post("/seasons/demo/teams", Some(&carol.token), &json!({ "name": "Gamma" })).expect(201);
    arena.submit(&carol, &predictions()).expect(201);
    leave(&arena, &carol).unwrap().expect(204);
    merge(&arena, &json!({ "into": "Gamma" }));
    let place = || {
        let own = arena.app.get("/me", Some(&arena.bob.token)).expect(200).json()["teams"][0].clone();
        (text(&own["team"]), text(&own["role"]))
    };
    assert_eq!(place(), ("Gamma".to_owned(), "captain".to_owned()), "nobody else was in it");
    merge_as(&arena, &arena.organizer, "Gamma", &json!({})).expect(200);
    for name in ["Beta", "gamma", "Alpha"] {
        let team = arena.app.get(&format!("/seasons/demo/teams/{name}"), Some(&arena.bob.token)).expect(200).json();
        let merged: Vec<_> = team["merged"].as_array().unwrap().iter().map(|was| text(&was["name"])).collect();
        assert_eq!((text(&team["name"]), merged), ("Alpha".to_owned(), vec!["Beta".to_owned(), "Gamma".to_owned()]));
    }
    let listed = arena.app.get("/organizer/audit?q=team.merge", Some(&arena.organizer.token)).expect(200).json();
    assert_eq!(listed["items"].as_array().unwrap().len(), 2);
    assert_eq!(place(), ("Alpha".to_owned(), "member".to_owned()));
    // The last one who left `Gamma` does not get it back.
    let again = arena.app.post("/seasons/demo/teams", Some(&carol.token), &json!({ "name": "Gamma" }));
    assert_eq!(again.expect(409).json()["error"]["reason"], json!("team_taken"));
}

#[test]
fn organizers_alone_merge_two_different_teams_that_are_not_banned() {
    let arena = Arena::start();
    let refused = |team: &str, more: Value, status: u16| {
        let body = merge_as(&arena, &arena.organizer, team, &more).expect(status).json();
        let error = &body["error"];
        (text(&error["reason"]), text(&error["message"]), error["detail"]["field"].clone())
    };
    let same = refused("Alpha", json!({}), 422);
    let said = "`Alpha` is team `Alpha`, which `into` names; name two teams".to_owned();
    assert_eq!(same, ("same_team".to_owned(), said, json!("into")));
    assert_eq!(refused("Beta", json!({ "reason": "  " }), 422).0, "text_required");
    assert_eq!(refused("Nobody", json!({}), 404).0, "absent");
    assert_eq!(refused("Beta", json!({ "into": "Nobody" }), 404).0, "absent");
    merge_as(&arena, &arena.alice, "Beta", &json!({})).expect(403);
    let ban = json!({ "season": "demo", "team": "Beta", "reason": "Two accounts" });
    arena.app.post("/organizer/bans", Some(&arena.organizer.token), &ban).expect(200);
    for (team, into) in [("Beta", "Alpha"), ("Alpha", "Beta")] {
        let (reason, message, _) = refused(team, json!({ "into": into }), 403);
        assert_eq!(reason, "team_banned");
        assert!(message.contains("Two accounts"), "{message}");
    }
    assert_eq!(teams(&arena), ["Alpha", "Beta"]);
}

#[test]
fn a_team_that_was_merged_is_no_team_to_enter_for() {
    let arena = Arena::start();
    merge(&arena, &json!({}));
    let upload = arena.upload(&arena.organizer, &predictions());
    let body = json!({ "upload": upload, "kind": "predictions", "team": "Beta" });
    let entered = arena.app.post(SUBMISSIONS, Some(&arena.organizer.token), &body).expect(201).json();
    assert_eq!(entered["team"], json!("Alpha"), "its name stands for the team that it became part of");
}

#[test]
fn the_last_one_leaves_a_team_that_was_given_something_or_banned() {
    let arena = Arena::start();
    let token = Some(arena.organizer.token.as_str());
    let until = Timestamp::from_micros(Timestamp::now().as_micros() + 3_600_000_000);
    let extra = json!({ "team": "Alpha", "until": until, "attempts": 2, "reason": "power cut" });
    arena.app.post("/organizer/seasons/demo/extensions", token, &extra).expect(201);
    leave(&arena, &arena.alice).unwrap().expect(204);
    let ban = json!({ "season": "demo", "team": "Beta", "reason": "Two accounts" });
    arena.app.post("/organizer/bans", token, &ban).expect(200);
    leave(&arena, &arena.bob).unwrap().expect(204);
    assert_eq!(teams(&arena), ["Beta"], "nobody gets rid of a ban by leaving");
}
