//! Places and expected starts against what a slow scorer really does.

use std::time::{Duration, Instant};

use holdout_protocol::Timestamp;
use serde_json::Value;

use crate::arena::{Arena, predictions};
use crate::people::{Person, text};

/// How long the scorer takes.
const LENGTH: Duration = Duration::from_millis(700);

/// Takes what is next, as a scorer that needs its time; returns which submission it was.
fn work(arena: &Arena) -> Option<String> {
    let claim = arena.claim()?;
    std::thread::sleep(LENGTH);
    arena.score(&claim, [0; 3], [0; 3]).expect(200);
    Some(text(&claim["submission"]))
}

fn submit(arena: &Arena, person: &Person) -> String {
    text(&arena.submit(person, &predictions()).expect(201).json()["id"])
}

fn place(arena: &Arena, id: &str) -> (Value, Duration) {
    let queue = arena.submission(&arena.organizer, id)["queue"].clone();
    let start: Timestamp = text(&queue["expected_start"]).parse().unwrap();
    (queue["position"].clone(), start.since(Timestamp::now()))
}

#[test]
fn the_place_is_that_of_the_fair_order_and_the_start_comes_when_it_was_expected() {
    let arena = Arena::start();
    // The pace, and a team that had two evaluations lately.
    for _ in 0..2 {
        submit(&arena, &arena.alice);
        work(&arena).unwrap();
    }
    let of_alice: Vec<String> = (0..4).map(|_| submit(&arena, &arena.alice)).collect();
    let of_bob: Vec<String> = (0..2).map(|_| submit(&arena, &arena.bob)).collect();
    // Bob came last and had nothing yet: both of his go first.
    let expected = [&of_bob[..], &of_alice].concat();
    let began = Instant::now();
    let told: Vec<(Value, Duration)> = expected.iter().map(|id| place(&arena, id)).collect();
    let positions: Vec<u64> = told.iter().map(|(position, _)| position.as_u64().unwrap()).collect();
    assert_eq!(positions, [1, 2, 3, 4, 5, 6]);
    let mut starts = Vec::new();
    for _ in &expected {
        let start = began.elapsed();
        starts.push((work(&arena).unwrap(), start));
    }
    for ((id, (_, told)), (taken, start)) in expected.iter().zip(&told).zip(&starts) {
        assert_eq!(id, taken, "{starts:?}");
        let off = told.abs_diff(*start);
        assert!(off < LENGTH / 2 + start.mul_f64(0.5), "told {told:?}, began after {start:?}");
    }
}

#[test]
fn what_runs_is_waited_for_and_a_team_that_runs_lets_others_go_first() {
    let arena = Arena::start();
    submit(&arena, &arena.alice);
    work(&arena).unwrap();
    submit(&arena, &arena.alice);
    let running = arena.claim().unwrap();
    let (alice, bob) = (submit(&arena, &arena.alice), submit(&arena, &arena.bob));
    let ((second, later), (first, soon)) = (place(&arena, &alice), place(&arena, &bob));
    assert_eq!((first, second), (Value::from(1), Value::from(2)));
    assert!(soon <= LENGTH * 2 && later >= soon + LENGTH / 2, "{soon:?} {later:?}");
    arena.score(&running, [0; 3], [0; 3]).expect(200);
    assert_eq!(work(&arena).unwrap(), bob);
}
