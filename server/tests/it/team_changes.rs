//! People who change teams: what they have used goes with them, and organizers see it.

use std::collections::HashSet;
use std::sync::atomic::{AtomicU32, Ordering};

use serde_json::{Value, json};

use crate::arena::{Arena, QUOTA, SUBMISSIONS, predictions};
use crate::people::{Person, text};
use crate::test_app::Answer;

/// A new name for a team.
fn team_name() -> String {
    static NEXT: AtomicU32 = AtomicU32::new(0);
    format!("Team {}", NEXT.fetch_add(1, Ordering::Relaxed))
}

fn found(arena: &Arena, person: &Person) -> Answer {
    arena.app.post("/seasons/demo/teams", Some(&person.token), &json!({ "name": team_name() }))
}

/// The team that a person is in, by its id.
fn team_of(arena: &Arena, person: &Person) -> Option<String> {
    let me = arena.app.get("/me", Some(&person.token)).expect(200).json();
    me["teams"].as_array().unwrap().first().map(|team| text(&team["id"]))
}

pub fn leave(arena: &Arena, person: &Person) -> Option<Answer> {
    let team = team_of(arena, person)?;
    let path = format!("/seasons/demo/teams/{team}/members/{}", person.id);
    Some(arena.app.send("DELETE", &path, Some(&person.token), None))
}

/// `guest` joins the team whose captain is `host`.
pub fn join(arena: &Arena, host: &Person, guest: &Person) -> Option<Answer> {
    let team = team_of(arena, host)?;
    let path = format!("/seasons/demo/teams/{team}/invitations");
    let invited = arena.app.post(&path, Some(&host.token), &json!({}));
    if invited.status != 201 {
        return None;
    }
    let code = text(&invited.json()["code"]);
    Some(arena.app.post(&format!("/invitations/{code}/accept"), Some(&guest.token), &json!({})))
}

fn quota(arena: &Arena, person: &Person) -> Value {
    arena.app.get(QUOTA, Some(&person.token)).expect(200).json()
}

/// So many teams an account may found that nothing but the quota is in the way.
fn start(quota: u32, configure: impl FnOnce(&mut holdout_server::Config)) -> Arena {
    let arena = Arena::start_with(quota, configure);
    arena.set_season(r#"registration = '{"teams_per_account":100}'"#);
    arena
}

fn roomy(config: &mut holdout_server::Config) {
    config.queue.queued_per_team = 1000;
}

#[test]
fn leaving_and_founding_gives_nothing() {
    let arena = start(2, roomy);
    for _ in 0..2 {
        arena.submit(&arena.alice, &predictions()).expect(201);
    }
    for round in 0..4 {
        leave(&arena, &arena.alice).unwrap().expect(204);
        found(&arena, &arena.alice).expect(201);
        let left = quota(&arena, &arena.alice);
        assert_eq!([&left["used"], &left["remaining"], &left["carried"]], [2, 0, 2], "round {round}");
        assert_eq!(left["carried_by"], json!(["alice"]));
        let refused = arena.submit(&arena.alice, &predictions()).expect(429);
        assert_eq!(refused.code(), "quota_exhausted");
        let error = refused.json()["error"].clone();
        assert!(text(&error["message"]).contains("2 of them by alice in another team"), "{error}");
        assert_eq!([&error["detail"]["carried"], &error["detail"]["carried_by"][0]], [&json!(2), &json!("alice")]);
    }
}

#[test]
fn joining_gives_the_larger_of_both_and_leaving_takes_it_away() {
    let arena = start(3, roomy);
    arena.submit(&arena.alice, &predictions()).expect(201);
    for _ in 0..2 {
        arena.submit(&arena.bob, &predictions()).expect(201);
    }
    leave(&arena, &arena.bob).unwrap().expect(204);
    join(&arena, &arena.alice, &arena.bob).unwrap().expect(200);
    // One of Alpha, two of Beta: two are used, not three.
    let both = quota(&arena, &arena.alice);
    assert_eq!([&both["used"], &both["remaining"], &both["carried"]], [2, 1, 1]);
    assert_eq!(both["carried_by"], json!(["bob"]));
    arena.submit(&arena.alice, &predictions()).expect(201);
    arena.submit(&arena.alice, &predictions()).expect(429);
    // Bob takes his three along; Alpha has its own two again.
    leave(&arena, &arena.bob).unwrap().expect(204);
    found(&arena, &arena.bob).expect(201);
    arena.submit(&arena.bob, &predictions()).expect(429);
    let alone = quota(&arena, &arena.alice);
    assert_eq!([&alone["used"], &alone["remaining"], &alone["carried"]], [2, 1, 0]);
}

#[test]
fn a_refund_gives_the_slot_back_to_all_who_hold_it() {
    let arena = start(1, roomy);
    let id = text(&arena.submit(&arena.alice, &predictions()).expect(201).json()["id"]);
    arena.app.post(&format!("/submissions/{id}/cancel"), Some(&arena.alice.token), &json!({})).expect(200);
    leave(&arena, &arena.alice).unwrap().expect(204);
    found(&arena, &arena.alice).expect(201);
    arena.submit(&arena.alice, &predictions()).expect(201);
    arena.submit(&arena.alice, &predictions()).expect(429);
}

#[test]
fn places_in_the_queue_and_running_go_along() {
    let arena = start(100, |config| config.queue.queued_per_team = 2);
    for _ in 0..2 {
        arena.submit(&arena.alice, &predictions()).expect(201);
    }
    leave(&arena, &arena.alice).unwrap().expect(204);
    found(&arena, &arena.alice).expect(201);
    let full = arena.submit(&arena.alice, &predictions()).expect(429);
    assert_eq!(full.code(), "queue_full");
    assert_eq!(full.json()["error"]["detail"], json!({ "waiting": 2, "limit": 2 }));
    // One of the old team begins, so that one of the new team may wait; but it does not run beside
    // it.
    let first = arena.claim().unwrap();
    let second = text(&arena.submit(&arena.alice, &predictions()).expect(201).json()["id"]);
    assert!(arena.claim().is_none(), "one runs already for the same person");
    let of_bob = text(&arena.submit(&arena.bob, &predictions()).expect(201).json()["id"]);
    assert_eq!(text(&arena.claim().unwrap()["submission"]), of_bob, "others are not held up");
    arena.score(&first, [0; 3], [0; 3]).expect(200);
    let next = arena.claim().unwrap();
    assert!(arena.claim().is_none());
    arena.score(&next, [0; 3], [0; 3]).expect(200);
    let last = arena.claim().unwrap();
    let ran = [text(&next["submission"]), text(&last["submission"])];
    assert!(ran.contains(&second), "{ran:?}");
}

#[test]
fn finals_stay_with_those_who_have_them() {
    let arena = start(100, roomy);
    let scored = |person: &Person| {
        let id = text(&arena.submit(person, &predictions()).expect(201).json()["id"]);
        arena.score(&arena.claim().unwrap(), [0; 3], [0; 3]).expect(200);
        id
    };
    let choose = |person: &Person, id: &str, yes: bool| {
        arena.app.send("PATCH", &format!("/submissions/{id}"), Some(&person.token), Some(&json!({ "final": yes })))
    };
    let left_behind = [scored(&arena.alice), scored(&arena.alice)];
    left_behind.iter().for_each(|id| drop(choose(&arena.alice, id, true).expect(200)));
    leave(&arena, &arena.alice).unwrap().expect(204);
    found(&arena, &arena.alice).expect(201);
    let new = scored(&arena.alice);
    let refused = choose(&arena.alice, &new, true).expect(409).json()["error"].clone();
    assert_eq!(refused["detail"], json!({ "finals": 2, "count": 2, "chosen": left_behind }));
    assert!(text(&refused["message"]).contains("in another one"), "{refused}");
    choose(&arena.organizer, &left_behind[0], false).expect(200);
    choose(&arena.alice, &new, true).expect(200);
}

#[test]
fn one_person_founds_so_many_teams() {
    let arena = Arena::start();
    // Alpha is the first one. A team without submissions is gone when it is left, but still counts.
    for _ in 0..2 {
        leave(&arena, &arena.alice).unwrap().expect(204);
        found(&arena, &arena.alice).expect(201);
    }
    leave(&arena, &arena.alice).unwrap().expect(204);
    let refused = found(&arena, &arena.alice).expect(409);
    assert_eq!(refused.code(), "wrong_state");
    assert_eq!(refused.json()["error"]["detail"], json!({ "founded": 3, "limit": 3 }));
    let status = arena.app.get("/seasons/demo/registration", Some(&arena.alice.token)).expect(200).json();
    assert_eq!([&status["teams_founded"], &status["teams_per_account"]], [3, 3]);
    join(&arena, &arena.bob, &arena.alice).unwrap().expect(200);
    arena.set_season(r#"registration = '{"teams_per_account":4}'"#);
    leave(&arena, &arena.alice).unwrap().expect(204);
    found(&arena, &arena.alice).expect(201);
}

#[test]
fn organizers_see_who_changed_teams_after_submitting() {
    let arena = start(100, roomy);
    let carol = arena.app.person("carol");
    join(&arena, &arena.bob, &carol).unwrap().expect(200);
    arena.submit(&arena.alice, &predictions()).expect(201);
    // What is not charged does not count as having submitted.
    let id = text(&arena.submit(&carol, &predictions()).expect(201).json()["id"]);
    arena.app.post(&format!("/submissions/{id}/cancel"), Some(&carol.token), &json!({})).expect(200);
    leave(&arena, &carol).unwrap().expect(204);
    leave(&arena, &arena.alice).unwrap().expect(204);
    join(&arena, &arena.bob, &arena.alice).unwrap().expect(200);
    let team = team_of(&arena, &arena.bob).unwrap();
    let path = format!("/seasons/demo/teams/{team}/members/{}", arena.alice.id);
    arena.app.send("DELETE", &path, Some(&arena.bob.token), None).expect(204);
    found(&arena, &arena.alice).expect(201);

    let path = "/organizer/seasons/demo/team-changes";
    arena.app.get(path, Some(&arena.bob.token)).expect(403);
    let listed = arena.app.get(path, Some(&arena.organizer.token)).expect(200).json();
    let changes = listed["items"].as_array().unwrap();
    let of = |field: &str| changes.iter().map(|change| change[field].clone()).collect::<Vec<_>>();
    assert_eq!(of("action"), [json!("founded"), json!("removed"), json!("joined"), json!("left")]);
    assert!(of("name").iter().all(|name| name == "alice") && of("submissions").iter().all(|count| *count == 1));
    assert_eq!(of("team_name")[1..], [json!("Beta"), json!("Beta"), json!("Alpha")]);
    assert_eq!(changes[0]["email"], json!("alice@example.org"));
    let first = arena.app.get(&format!("{path}?limit=1"), Some(&arena.organizer.token)).expect(200).json();
    let rest = format!("{path}?cursor={}", text(&first["next_cursor"]));
    let rest = arena.app.get(&rest, Some(&arena.organizer.token)).expect(200).json();
    assert_eq!(rest["items"].as_array().unwrap().as_slice(), &changes[1..]);
    let all = arena.app.get(&format!("{path}?all=true"), Some(&arena.organizer.token)).expect(200).json();
    assert_eq!(all["items"].as_array().unwrap().len(), 8, "two foundings, two of Carol's, four of Alice's: {all}");

    let audit = arena.app.get("/organizer/audit?q=team.leave", Some(&arena.organizer.token)).expect(200).json();
    let details: Vec<&Value> = audit["items"].as_array().unwrap().iter().map(|entry| &entry["detail"]).collect();
    assert_eq!(details[0], &json!({ "account": arena.alice.id, "submissions": 1 }));
    assert_eq!(details[1], &json!({ "account": carol.id }));
}

/// Scores everything that waits.
fn score_all(arena: &Arena) {
    while let Some(claim) = arena.claim() {
        arena.score(&claim, [0; 3], [0; 3]).expect(200);
    }
}

/// Scored submissions that are charged in the window, and all that were scored.
fn scored(arena: &Arena) -> (i64, i64) {
    let charged = "SELECT COUNT(*) AS number FROM evaluations JOIN quota_ledger ON quota_ledger.submission_id = \
                   evaluations.submission_id WHERE evaluations.state = 'scored' AND quota_ledger.state <> 'refunded'";
    let all = "SELECT COUNT(*) AS number FROM evaluations WHERE state = 'scored'";
    (arena.app.number(charged), arena.app.number(all))
}

/// Everything that one person can do to get another slot, in an order that changes with `step`.
fn trick(arena: &Arena, people: &[&Person], step: usize) {
    let me = people[step % people.len()];
    let other = people[(step * 7 + 3) % people.len()];
    match step % 9 {
        0 => drop(leave(arena, me)),
        1 => drop(found(arena, me)),
        2 => drop(join(arena, other, me)),
        // A slot given back and taken again, also by a file that is refused and under one key
        // twice.
        3 => {
            let sent = arena.submit(me, &predictions());
            if sent.status == 201 {
                let id = text(&sent.json()["id"]);
                arena.app.post(&format!("/submissions/{id}/cancel"), Some(&me.token), &json!({})).expect(200);
                arena.app.post(&format!("/submissions/{id}/cancel"), Some(&me.token), &json!({})).expect(409);
                let again = format!("/organizer/submissions/{id}/requeue");
                arena.app.post(&again, Some(&me.token), &json!({})).expect(403);
            }
        }
        4 => drop(arena.submit(me, b"0\n")),
        5 => {
            let upload = arena.upload(me, &predictions());
            let key = format!("key-{step}");
            let first = arena.submit_upload(me, &upload, json!({}), Some(&key));
            drop(leave(arena, me));
            drop(found(arena, me));
            let second = arena.submit_upload(me, &upload, json!({}), Some(&key));
            if first.status == 201 {
                assert_eq!(first.json()["id"], second.expect(201).json()["id"]);
            }
        }
        // In the name of another team, which only organizers may.
        6 => {
            let upload = arena.upload(me, &predictions());
            arena.submit_upload(me, &upload, json!({ "team": "Beta" }), None).expect(403);
        }
        7 => {
            // Takes the others out of the own team, to be its captain alone.
            let Some(team) = team_of(arena, me) else { return };
            for person in people {
                let path = format!("/seasons/demo/teams/{team}/members/{}", person.id);
                arena.app.send("DELETE", &path, Some(&me.token), None);
            }
        }
        _ => {
            let listed = arena.app.get(SUBMISSIONS, Some(&me.token));
            let items = if listed.status == 200 { listed.json()["items"].clone() } else { json!([]) };
            for item in items.as_array().unwrap() {
                let path = format!("/submissions/{}", text(&item["id"]));
                arena.app.send("PATCH", &path, Some(&me.token), Some(&json!({ "final": step.is_multiple_of(2) })));
            }
        }
    }
}

/// Lets `people` try everything and submit as much as they can; every slot that is used is scored.
fn attack(arena: &Arena, people: &[&Person], steps: usize) {
    for step in 0..steps {
        trick(arena, people, step);
        let me = people[(step * 5 + 1) % people.len()];
        if team_of(arena, me).is_none() {
            found(arena, me);
        }
        arena.submit(me, &predictions());
        score_all(arena);
    }
    // Whoever has a slot left uses it, so that the bound is met and not only kept.
    for person in people {
        leave(arena, person);
    }
    for person in people {
        leave(arena, person);
        found(arena, person);
        while arena.submit(person, &predictions()).status == 201 {}
        score_all(arena);
    }
}

#[test]
fn one_account_gets_its_quota_and_no_more_in_any_way() {
    let arena = start(2, roomy);
    attack(&arena, &[&arena.alice], 40);
    assert_eq!(scored(&arena), (2, 2));
}

#[test]
fn ten_accounts_get_ten_quotas_and_no_more_in_any_way() {
    let arena = start(2, roomy);
    let others: Vec<Person> = (0..9).map(|number| arena.app.person(&format!("sock{number}"))).collect();
    let mut people = vec![&arena.alice];
    people.extend(&others);
    attack(&arena, &people, 90);
    let (charged, all) = scored(&arena);
    assert_eq!(charged, all, "nothing is scored at no charge");
    assert!((2..=20).contains(&all), "{all} scored of 10 times 2");
    // Each of them for themselves has no more than two.
    let most = "SELECT COALESCE(MAX(uses), 0) AS number FROM (SELECT COUNT(*) AS uses FROM submission_members JOIN \
                quota_ledger ON quota_ledger.submission_id = submission_members.submission_id WHERE quota_ledger.state <> \
                'refunded' GROUP BY account_id) AS used";
    assert_eq!(arena.app.number(most), 2);
}

#[test]
fn ten_accounts_apart_meet_the_bound() {
    let arena = start(2, roomy);
    let people: Vec<Person> = (0..10).map(|number| arena.app.person(&format!("solo{number}"))).collect();
    attack(&arena, &people.iter().collect::<Vec<_>>(), 0);
    assert_eq!(scored(&arena), (20, 20));
}

#[test]
fn of_200_at_once_by_one_account_that_changes_teams_a_quota_of_3_takes_3() {
    let arena = start(3, roomy);
    let uploads: Vec<String> = (0..200).map(|_| arena.upload(&arena.alice, &predictions())).collect();
    let codes: Vec<String> = std::thread::scope(|scope| {
        let (arena, uploads) = (&arena, &uploads);
        let hopper = scope.spawn(move || {
            for _ in 0..20 {
                leave(arena, &arena.alice);
                found(arena, &arena.alice);
                // Most of the others arrive while she is in a team.
                std::thread::sleep(std::time::Duration::from_millis(20));
            }
        });
        let send = |part: &'_ [String]| -> Vec<String> {
            let code = |answer: Answer| if answer.status == 201 { String::new() } else { answer.code() };
            part.iter().map(|upload| code(arena.submit_upload(&arena.alice, upload, json!({}), None))).collect()
        };
        let senders: Vec<_> = uploads.chunks(20).map(|part| scope.spawn(move || send(part))).collect();
        let codes = senders.into_iter().flat_map(|sender| sender.join().unwrap()).collect();
        hopper.join().unwrap();
        codes
    });
    let known = HashSet::from(["", "quota_exhausted", "forbidden", "wrong_state"]);
    assert!(codes.iter().all(|code| known.contains(code.as_str())), "{codes:?}");
    let taken = || arena.app.number("SELECT COUNT(*) AS number FROM quota_ledger WHERE state <> 'refunded'");
    let accepted = codes.iter().filter(|code| code.is_empty()).count();
    assert!(accepted <= 3 && i64::try_from(accepted) == Ok(taken()), "{codes:?}");
    // However many of them found her without a team: what is left is there, and no more.
    while arena.submit(&arena.alice, &predictions()).status == 201 {}
    assert_eq!(taken(), 3);
}

#[test]
fn two_accounts_in_a_cycle_of_joins_get_two_quotas() {
    let arena = start(2, roomy);
    let (a, b) = (&arena.alice, &arena.bob);
    std::thread::scope(|scope| {
        for (me, other) in [(a, b), (b, a)] {
            let arena = &arena;
            scope.spawn(move || {
                for _ in 0..12 {
                    leave(arena, me);
                    join(arena, other, me);
                    arena.submit(me, &predictions());
                    leave(arena, me);
                    found(arena, me);
                    arena.submit(me, &predictions());
                }
            });
        }
    });
    let taken = arena.app.number("SELECT COUNT(*) AS number FROM quota_ledger WHERE state <> 'refunded'");
    assert!((2..=4).contains(&taken), "{taken} of 2 times 2");
    for person in [a, b] {
        let sql = format!("SELECT COUNT(*) AS number FROM submission_members WHERE account_id = '{}'", person.id);
        assert!(arena.app.number(&sql) <= 2);
    }
}

#[test]
fn what_was_there_before_is_attributed_and_listed() {
    let arena = start(100, roomy);
    let carol = arena.app.person("carol");
    arena.submit(&arena.alice, &predictions()).expect(201);
    join(&arena, &arena.alice, &carol).unwrap().expect(200);
    leave(&arena, &carol).unwrap().expect(204);
    join(&arena, &arena.alice, &carol).unwrap().expect(200);
    arena.submit(&arena.bob, &predictions()).expect(201);
    leave(&arena, &arena.bob).unwrap().expect(204);
    // An organizer's entry is nobody's.
    let upload = arena.upload(&arena.organizer, &predictions());
    arena.submit_upload(&arena.organizer, &upload, json!({ "team": "Alpha" }), None).expect(201);
    let listed = || {
        let path = "/organizer/seasons/demo/team-changes?all=true";
        let mut list = arena.app.get(path, Some(&arena.organizer.token)).expect(200).json()["items"].clone();
        for change in list.as_array_mut().unwrap() {
            let fields = change.as_object_mut().unwrap();
            fields.remove("id");
            fields.remove("at");
        }
        list
    };
    let before = listed();
    // As the migration finds it: with the audit log, and without what it makes.
    arena.app.execute(include_str!("../../migrations/00000000000004_attribution/down.sql"));
    arena.app.execute(include_str!("../../migrations/00000000000004_attribution/up.sql"));
    assert_eq!(listed(), before);
    assert_eq!(arena.app.number("SELECT COUNT(*) AS number FROM submission_members"), 3);
    assert_eq!(quota(&arena, &carol)["used"], 1, "a present member has used what the team has");
    found(&arena, &arena.bob).expect(201);
    assert_eq!([&quota(&arena, &arena.bob)["used"], &quota(&arena, &arena.bob)["carried"]], [1, 1]);
}
