//! What a season holds, as tables and lists.

use serde_json::{Value, json};

use crate::arena::{Arena, predictions};
use crate::people::text;

const EXPORT: &str = "/organizer/seasons/demo/export";

fn rows(csv: &str) -> Vec<Vec<String>> {
    let mut reader = csv::ReaderBuilder::new().has_headers(false).from_reader(csv.as_bytes());
    reader.records().map(|record| record.unwrap().iter().map(str::to_owned).collect()).collect()
}

#[test]
fn a_table_and_a_list_have_the_same_rows_and_no_formulas() {
    let arena = Arena::start();
    let (app, token) = (&arena.app, Some(arena.organizer.token.as_str()));
    let name = json!({ "name": "=HYPERLINK(1)" });
    app.send("PATCH", "/me", Some(&arena.alice.token), Some(&name)).expect(200);
    let upload = arena.upload(&arena.alice, &predictions());
    arena.submit_upload(&arena.alice, &upload, json!({ "method": "@SUM(A1), \"two\"" }), None).expect(201);
    let claim = arena.claim().unwrap();
    arena.score(&claim, [0xff, 0, 0], [0xff, 3, 0]).expect(200);
    arena.submit(&arena.bob, &predictions()).expect(201);
    for table in ["participants", "submissions", "evaluations", "audit"] {
        let csv = app.get(&format!("{EXPORT}/{table}?format=csv"), token).expect(200);
        assert_eq!(csv.header("content-type"), Some("text/csv; charset=utf-8"));
        let named = format!("attachment; filename=\"demo-{table}.csv\"");
        assert_eq!(csv.header("content-disposition"), Some(named.as_str()));
        let csv = rows(&csv.text);
        let list = app.get(&format!("{EXPORT}/{table}?format=json"), token).expect(200).json();
        let list = list.as_array().unwrap();
        assert!(list.len() >= 2, "{table}: {list:?}");
        assert_eq!(csv.len(), list.len() + 1, "{table}");
        for (cells, row) in csv[1..].iter().zip(list) {
            for (field, cell) in csv[0].iter().zip(cells) {
                assert!(!cell.starts_with(['=', '+', '-', '@']), "{table}.{field}: {cell}");
                let plain = match &row[field] {
                    Value::Null => String::new(),
                    Value::String(said) => said.clone(),
                    other => other.to_string(),
                };
                assert_eq!(cell.trim_start_matches('\''), plain, "{table}.{field}");
            }
        }
    }
    let submissions = app.get(&format!("{EXPORT}/submissions?format=json"), token).expect(200).json();
    let scored = submissions.as_array().unwrap().iter().find(|row| row["state"] == "scored").unwrap().clone();
    assert_eq!((&scored["public_top5_error"], &scored["public_images"]), (&json!(0.0), &json!(10)));
    assert_eq!(scored["private_top1_error"], json!(1.0));
    let table = app.get(&format!("{EXPORT}/submissions"), token).expect(200).text;
    assert!(table.contains("\"'@SUM(A1), \"\"two\"\"\""), "{table}");
    app.get(&format!("{EXPORT}/submissions?format=xml"), token).expect(422);
    app.get(&format!("{EXPORT}/secrets"), token).expect(404);
    app.get("/organizer/seasons/nowhere/export/submissions", token).expect(404);
}

#[test]
fn an_export_has_every_row_of_a_large_season_once() {
    let arena = Arena::start();
    let (app, token) = (&arena.app, Some(arena.organizer.token.as_str()));
    let file = arena.upload(&arena.organizer, &predictions());
    for number in 0..205 {
        let more = json!({ "team": format!("Team {number}"), "create_team": true });
        arena.submit_upload(&arena.organizer, &file, more, None).expect(201);
    }
    let list = app.get(&format!("{EXPORT}/submissions?format=json"), token).expect(200).json();
    let mut ids: Vec<String> = list.as_array().unwrap().iter().map(|row| text(&row["id"])).collect();
    assert_eq!(ids.len(), 205);
    ids.sort_unstable();
    ids.dedup();
    assert_eq!(ids.len(), 205);
    assert_eq!(rows(&app.get(&format!("{EXPORT}/submissions"), token).expect(200).text).len(), 206);
}

#[test]
fn exported_submissions_say_how_they_stand() {
    let arena = Arena::start();
    let (app, token) = (&arena.app, Some(arena.organizer.token.as_str()));
    let ids: Vec<String> = (0..4)
        .map(|_| {
            let id = text(&arena.submit(&arena.alice, &predictions()).expect(201).json()["id"]);
            arena.score(&arena.claim().unwrap(), [0xff, 0, 0], [0xff, 3, 0]).expect(200);
            id
        })
        .collect();
    let waits = text(&arena.submit(&arena.bob, &predictions()).expect(201).json()["id"]);
    let judge = |id: &str, action: &str| {
        let said = json!({ "submission": id, "action": action, "reason": "why", "public_reason": "rule 3" });
        app.post("/organizer/judgements", token, &said).expect(200);
    };
    judge(&ids[1], "disqualify");
    judge(&ids[2], "hide");
    app.post(&format!("/submissions/{}/withdraw", ids[3]), Some(&arena.alice.token), &json!({})).expect(200);
    let flag = json!({ "submission": ids[0], "action": "flag", "reason": "ask for the code" });
    app.post("/organizer/judgements", token, &flag).expect(200);
    let list = app.get(&format!("{EXPORT}/submissions?format=json"), token).expect(200).json();
    let row = |id: &str| list.as_array().unwrap().iter().find(|row| row["id"] == id).unwrap().clone();
    for (id, standing) in ids.iter().zip(["counted", "disqualified", "hidden", "withdrawn"]) {
        assert_eq!(row(id)["standing"], standing);
    }
    assert_eq!(row(&waits)["standing"], Value::Null);
    assert_eq!((&row(&ids[1])["reason"], &row(&ids[1])["public_reason"]), (&json!("why"), &json!("rule 3")));
    assert_eq!(row(&ids[0])["flag"], "ask for the code");
    assert_eq!((&row(&ids[0])["late"], &row(&ids[0])["baseline"]), (&json!(false), &json!(false)));
    let team = app.get("/seasons/demo/teams/Alpha", token).expect(200).json();
    assert_eq!(row(&ids[0])["team_id"], team["id"]);
}

#[test]
fn an_observer_gets_no_e_mail_address() {
    let arena = Arena::start();
    let app = &arena.app;
    let (observer, judge) = (app.person("olga"), app.person("jude"));
    app.appoint(&observer, "observer", Some("demo"));
    app.appoint(&judge, "judge", Some("demo"));
    let get = |token: &str, table: &str| app.get(&format!("{EXPORT}/{table}?format=json"), Some(token));
    let seen = get(&observer.token, "participants").expect(200);
    assert!(!seen.text.contains('@') && seen.text.contains("alice"), "{}", seen.text);
    assert!(get(&judge.token, "participants").expect(200).text.contains("alice@example.org"));
    get(&observer.token, "audit").expect(403);
    get(&judge.token, "audit").expect(200);
    get(&arena.alice.token, "participants").expect(403);
}
