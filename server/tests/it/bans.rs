//! Bans: who may not submit, found or join teams, and until when.

use serde_json::{Value, json};

use crate::arena::{Arena, SUBMISSIONS, predictions};
use crate::people::{Person, text};
use crate::test_app::Answer;

const TEAMS: &str = "/seasons/demo/teams";

fn ban(arena: &Arena, body: Value) -> Answer {
    arena.app.post("/organizer/bans", Some(&arena.organizer.token), &body)
}

fn lift(arena: &Arena, id: &Value) -> Answer {
    arena.app.send("DELETE", &format!("/organizer/bans/{}", text(id)), Some(&arena.organizer.token), None)
}

fn bans(arena: &Arena, query: &str) -> Vec<Value> {
    let page = arena.app.get(&format!("/organizer/bans{query}"), Some(&arena.organizer.token)).expect(200).json();
    page["items"].as_array().unwrap().clone()
}

#[track_caller]
fn refused(answer: Answer, reason: &str) -> Value {
    let error = answer.expect(403).json()["error"].clone();
    assert_eq!((&error["code"], &error["reason"]), (&json!("forbidden"), &json!(reason)), "{error}");
    error
}

fn leave(arena: &Arena, person: &Person, team: &str) {
    let account = text(&arena.app.get("/me", Some(&person.token)).expect(200).json()["account"]["id"]);
    arena.app.send("DELETE", &format!("{TEAMS}/{team}/members/{account}"), Some(&person.token), None).expect(204);
}

#[test]
fn a_banned_person_can_neither_submit_nor_be_in_another_team() {
    let arena = Arena::start();
    let scored = text(&arena.submit(&arena.alice, &predictions()).expect(201).json()["id"]);
    let claim = arena.claim().unwrap();
    arena.score(&claim, [0xff, 0xff, 0x0f], [0xff, 0xff, 0x0f]).expect(200);
    let waits = text(&arena.submit(&arena.alice, &predictions()).expect(201).json()["id"]);
    let request = json!({ "season": "demo", "email": arena.alice.email, "reason": "two accounts" });
    let mut dry = request.clone();
    dry["dry_run"] = json!(true);
    let preview = ban(&arena, dry).expect(200).json();
    assert_eq!((&preview["id"], &preview["waiting"]), (&Value::Null, &json!(1)));
    assert_eq!(preview["people"][0]["name"], json!("alice"));
    assert!(bans(&arena, "").is_empty(), "a dry run bans nobody");

    let made = ban(&arena, request).expect(200).json();
    let error = refused(arena.submit(&arena.alice, &predictions()), "banned");
    assert_eq!((&error["detail"]["why"], &error["detail"]["until"]), (&json!("two accounts"), &Value::Null));
    assert!(text(&error["message"]).contains("you are banned from season `demo`"), "{error}");
    let preflight = json!({ "kind": "predictions", "size": 10 });
    refused(arena.app.post(&format!("{SUBMISSIONS}/preflight"), Some(&arena.alice.token), &preflight), "banned");
    let me = arena.app.get("/me", Some(&arena.alice.token)).expect(200).json();
    assert_eq!(me["bans"], json!([{ "season": "demo", "team": null, "reason": "two accounts", "until": null }]));
    assert_eq!(arena.app.get("/me", Some(&arena.bob.token)).expect(200).json()["bans"], json!([]));

    // Another team does not evade it; nor does an invitation.
    leave(&arena, &arena.alice, "Alpha");
    refused(arena.app.post(TEAMS, Some(&arena.alice.token), &json!({ "name": "Gamma" })), "banned");
    refused(arena.app.post(TEAMS, Some(&arena.alice.token), &json!({ "name": "Alpha" })), "banned");
    let invited = arena.app.post(&format!("{TEAMS}/Beta/invitations"), Some(&arena.bob.token), &json!({})).expect(201);
    let accept = format!("/invitations/{}/accept", text(&invited.json()["code"]));
    refused(arena.app.post(&accept, Some(&arena.alice.token), &json!({})), "banned");
    // What was sent before stays.
    assert_eq!(arena.submission(&arena.organizer, &scored)["judgement"], Value::Null);
    assert_eq!(arena.submission(&arena.organizer, &waits)["state"], json!("queued"));

    lift(&arena, &made["id"]).expect(204);
    arena.app.post(&accept, Some(&arena.alice.token), &json!({})).expect(200);
    arena.submit(&arena.alice, &predictions()).expect(201);
    assert_eq!(lift(&arena, &made["id"]).expect(409).json()["error"]["reason"], json!("ban_over"));
    lift(&arena, &json!("01890a5d-ac96-774b-bcce-b302099a8057")).expect(404);
    assert!(bans(&arena, "").is_empty());
    assert_eq!(bans(&arena, "?all=true").len(), 1);
    let log = arena.app.get("/organizer/audit?limit=200", Some(&arena.organizer.token)).expect(200).json();
    let count =
        |action: &str| log["items"].as_array().unwrap().iter().filter(|entry| entry["action"] == action).count();
    assert_eq!((count("ban.create"), count("ban.lift")), (1, 1));
}

#[test]
fn a_banned_team_takes_its_members_along() {
    let arena = Arena::start();
    let carol = arena.app.person("carol");
    let code = |by: &Person, team: &str| {
        let made =
            arena.app.post(&format!("{TEAMS}/{team}/invitations"), Some(&by.token), &json!({})).expect(201).json();
        format!("/invitations/{}/accept", text(&made["code"]))
    };
    let (first, second) = (code(&arena.alice, "Alpha"), code(&arena.alice, "Alpha"));
    arena.app.post(&first, Some(&carol.token), &json!({})).expect(200);
    let made = ban(&arena, json!({ "season": "demo", "team": "alpha", "reason": "shared code" })).expect(200).json();
    let names: Vec<String> = made["people"].as_array().unwrap().iter().map(|person| text(&person["name"])).collect();
    assert_eq!(names, ["alice", "carol"]);
    for person in [&arena.alice, &carol] {
        refused(arena.submit(person, &predictions()), "banned");
    }
    // Neither a new team nor a new member gets around it.
    leave(&arena, &carol, "Alpha");
    refused(arena.app.post(TEAMS, Some(&carol.token), &json!({ "name": "Gamma" })), "banned");
    let dave = arena.app.person("dave");
    let error = refused(arena.app.post(&second, Some(&dave.token), &json!({})), "team_banned");
    assert_eq!(error["detail"]["team"], json!("Alpha"));
    let listed = bans(&arena, "?season=demo");
    assert_eq!((&listed[0]["team"], &listed[0]["season"]), (&json!("Alpha"), &json!("demo")));
    lift(&arena, &made["id"]).expect(204);
    arena.submit(&arena.alice, &predictions()).expect(201);
}

#[test]
fn a_ban_ends_by_itself_and_holds_for_the_address_too() {
    let arena = Arena::start();
    let until = "2999-01-01T00:00:00Z";
    let body = json!({ "everywhere": true, "email": arena.alice.email.to_uppercase(), "reason": "r", "until": until });
    ban(&arena, body).expect(200);
    let error = refused(arena.submit(&arena.alice, &predictions()), "banned");
    assert!(text(&error["message"]).contains(&format!("from this server until {until}")), "{error}");
    // An account that takes over the address of a banned one that is gone.
    arena.app.execute("UPDATE banned_people SET account_id = '01890a5d-ac96-774b-bcce-b302099a8057'");
    refused(arena.submit(&arena.alice, &predictions()), "banned");
    assert_eq!(bans(&arena, "?season=demo").len(), 1, "a ban of the server holds in each season");
    arena.app.execute("UPDATE bans SET until = 1");
    arena.submit(&arena.alice, &predictions()).expect(201);
    assert!(bans(&arena, "").is_empty());
}

#[test]
fn a_ban_says_whom_it_is_about() {
    let arena = Arena::start();
    let email = arena.alice.email.clone();
    let organizer = arena.app.get("/me", Some(&arena.organizer.token)).expect(200).json()["account"]["email"].clone();
    for (body, field, reason) in [
        (json!({ "season": "demo" }), "team", "ban_unclear"),
        (json!({ "season": "demo", "team": "Alpha", "email": email }), "team", "ban_unclear"),
        (json!({ "team": "Alpha", "everywhere": true }), "season", "ban_unclear"),
        (json!({ "email": email }), "season", "ban_unclear"),
        (json!({ "season": "demo", "email": email, "everywhere": true }), "everywhere", "ban_unclear"),
        (json!({ "season": "demo", "email": email, "reason": " " }), "reason", "text_required"),
        (json!({ "season": "demo", "email": email, "until": "2001-01-01T00:00:00Z" }), "until", "ban_in_past"),
        (json!({ "season": "demo", "email": organizer }), "email", "ban_of_organizer"),
        (json!({ "season": "demo", "email": "no address" }), "email", "bad_email"),
    ] {
        let mut request = json!({ "reason": "r" });
        request.as_object_mut().unwrap().extend(body.as_object().unwrap().clone());
        let error = ban(&arena, request).expect(422).json()["error"].clone();
        assert_eq!((&error["detail"]["field"], &error["reason"]), (&json!(field), &json!(reason)), "{body}: {error}");
    }
    ban(&arena, json!({ "season": "demo", "email": "nobody@example.org", "reason": "r" })).expect(404);
    ban(&arena, json!({ "season": "demo", "team": "Gamma", "reason": "r" })).expect(404);
    leave(&arena, &arena.alice, "Alpha");
    let gone = json!({ "season": "demo", "team": "Alpha", "reason": "r" });
    // Whether a team without submissions that lost its last member is still there is not this
    // test's matter.
    assert!([404, 422].contains(&ban(&arena, gone).status));
    assert!(bans(&arena, "?all=true").is_empty());
}

#[test]
fn the_same_ban_is_not_made_twice() {
    let arena = Arena::start();
    let until = "2100-01-01T00:00:00Z";
    for body in [
        json!({ "season": "demo", "email": arena.alice.email, "reason": "two accounts" }),
        json!({ "everywhere": true, "email": arena.alice.email, "reason": "two accounts", "until": until }),
        json!({ "season": "demo", "team": "Beta", "reason": "shared code" }),
    ] {
        let made = ban(&arena, body.clone()).expect(200).json();
        for dry_run in [true, false] {
            let mut again = body.clone();
            again["dry_run"] = json!(dry_run);
            let refused = ban(&arena, again).expect(409).json();
            let error = &refused["error"];
            assert_eq!((&error["reason"], &error["detail"]["ban"]), (&json!("same_ban"), &made["id"]), "{refused}");
        }
        lift(&arena, &made["id"]).expect(204);
        ban(&arena, body).expect(200);
    }
    // Another end is another ban.
    let longer = json!({ "season": "demo", "email": arena.alice.email, "reason": "two accounts", "until": until });
    ban(&arena, longer).expect(200);
}
