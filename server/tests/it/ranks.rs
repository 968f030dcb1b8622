//! What a board shows of its rows: ranks, ranges of ranks, and comparisons with the best and with
//! baselines.

use serde_json::{Value, json};

use crate::board_rows::{BOARD, Scored, column, eventually};
use crate::test_app::TestApp;

#[test]
fn equal_errors_share_a_rank_and_a_team_has_its_best_row() {
    let app = TestApp::start();
    let rows = app.board_rows(&"1".repeat(10));
    rows.add_all(&[
        Scored::of("Delta", "1111111000", 1),
        Scored::of("Bravo", "0011111111", 2),
        Scored::of("Charlie", "1111111100", 3),
        Scored::of("Alpha", "0000000000", 4),
    ]);
    let best = rows.add(&Scored::of("Alpha", "0111111111", 5));
    rows.add(&Scored::of("Alpha", "1111111110", 6));
    let board = app.get(BOARD, None).expect(200).json();
    assert_eq!(column(&board, "team"), ["Alpha", "Bravo", "Charlie", "Delta"]);
    assert_eq!(column(&board, "rank"), [1, 2, 2, 4]);
    assert_eq!(column(&board, "wrong"), [1, 2, 2, 3]);
    assert_eq!(column(&board, "error"), [0.1, 0.2, 0.2, 0.3]);
    assert_eq!(column(&board, "entries"), [3, 1, 1, 1]);
    assert_eq!(board["rows"][0]["submission"], best, "of two equal ones the earlier");
    assert_eq!((&board["n"], &board["metric"], &board["split"]), (&json!(10), &json!("top5_error"), &json!("public")));
    // Clopper–Pearson of 1 in 10, from printed tables.
    let interval = &board["rows"][0]["interval"];
    assert!((interval["low"].as_f64().unwrap() - 0.002_53).abs() < 1e-5, "{interval}");
    assert!((interval["high"].as_f64().unwrap() - 0.445_02).abs() < 1e-5, "{interval}");
    assert_eq!(board["rows"][0]["interval_999"]["level"], 0.999);
    assert!((board["rows"][3]["gap_to_best"].as_f64().unwrap() - 0.2).abs() < 1e-12);
    let all = app.get(&format!("{BOARD}?all=true"), None).expect(200).json();
    assert_eq!(column(&all, "wrong"), [1, 1, 2, 2, 3, 10]);
    assert_eq!(column(&all, "rank"), [1, 1, 3, 3, 5, 6]);
}

#[test]
fn rank_ranges_are_what_paired_tests_leave_open() {
    let app = TestApp::start();
    let rows = app.board_rows(&"1".repeat(40));
    let (right, wrong) = ("1".repeat(40), "0".repeat(20));
    // Three disagreements of 40 mean nothing (p = 0.25); twenty against three or none do (p <
    // 0.001).
    rows.add_all(&[
        Scored::of("First", &right, 1),
        Scored::of("Near", &format!("000{}", &right[3..]), 2),
        Scored::of("Far", &format!("{}{wrong}", &right[20..]), 3),
    ]);
    let board = app.get(BOARD, None).expect(200).json();
    assert_eq!(column(&board, "team"), ["First", "Near", "Far"]);
    assert_eq!(column(&board, "rank_range"), [json!([1, 2]), json!([1, 2]), json!([3, 3])]);
    // Neighbours disagree on 3 and on 23 of 40 images; the median is 13: 1.96·√(0.325/40).
    assert!((board["resolution"].as_f64().unwrap() - 1.96 * (0.325_f64 / 40.0).sqrt()).abs() < 1e-12);
    let gap = &board["gaps"][0];
    assert_eq!(board["gaps"].as_array().unwrap().len(), 1);
    assert!((gap["p_value"].as_f64().unwrap() - 0.25).abs() < 1e-12, "{gap}");
    assert_eq!(gap["statement"], "First is 7.500 points ahead of Near, p = 0.250");
}

#[test]
fn the_best_of_each_team_is_one_row_whoever_entered_it() {
    let app = TestApp::start();
    let rows = app.board_rows(&"1".repeat(1000));
    let bits = |wrong: usize| format!("{}{}", "0".repeat(wrong), "1".repeat(1000 - wrong));
    let entries = [
        ("SuperVision", 153, false),
        ("SuperVision", 164, false),
        ("ISI", 262, false),
        ("ISI", 266, false),
        ("SuperVision", 300, false),
        ("Organizers", 400, true),
        ("Organizers", 500, true),
        ("ISI", 200, true),
    ];
    for (place, (team, wrong, baseline)) in entries.into_iter().enumerate() {
        let bits = bits(wrong);
        let method = format!("{wrong}");
        let scored = Scored::of(team, &bits, i64::try_from(place).unwrap());
        rows.add(&Scored { entered: true, baseline, method: Some(&method), note: Some("replay"), ..scored });
    }
    let board = app.get(BOARD, None).expect(200).json();
    assert_eq!(column(&board, "wrong"), [153, 200, 262, 400]);
    assert_eq!(column(&board, "team"), ["SuperVision", "ISI", "ISI", "Organizers"]);
    assert_eq!(column(&board, "baseline"), [false, true, false, true]);
    assert_eq!(column(&board, "entries"), [3, 3, 3, 2]);
    assert_eq!(board["rows"][0]["note"], "replay");
    let statements = |board: &Value| -> Vec<Value> {
        board["gaps"].as_array().unwrap().iter().map(|gap| gap["statement"].clone()).collect()
    };
    let first = "SuperVision (153) is 10.900 points ahead of ISI (262), p = 3.1e-33";
    assert_eq!(statements(&board), [first]);
    let all = app.get(&format!("{BOARD}?all=true"), None).expect(200).json();
    assert_eq!(column(&all, "wrong"), [153, 164, 200, 262, 266, 300, 400, 500]);
    assert_eq!(statements(&all), [first, "SuperVision (164) is 9.800 points ahead of ISI (262), p = 6.3e-30"]);
}

#[test]
fn rows_with_the_same_mistakes_are_not_told_apart_by_nothing() {
    let app = TestApp::start();
    let rows = app.board_rows(&"1".repeat(1000));
    let bits = format!("{}{}", "0".repeat(10), "1".repeat(990));
    rows.add_all(&[Scored::of("One", &bits, 1), Scored::of("Two", &bits, 2)]);
    let board = app.get(BOARD, None).expect(200).json();
    // Fewer than six images on which two entries differ are never significant at 5 %.
    assert!((board["resolution"].as_f64().unwrap() - 0.006).abs() < 1e-12);
    assert_eq!(board["gaps"][0]["statement"], "One is level with Two, p = 1.000");
}

#[test]
fn baselines_are_shown_unranked() {
    let app = TestApp::start();
    let rows = app.board_rows("11111111");
    rows.add(&Scored { baseline: true, entered: true, ..Scored::of("Organizers", "11111111", 1) });
    rows.add(&Scored::of("Team", "11111110", 2));
    let board = app.get(BOARD, None).expect(200).json();
    assert_eq!(column(&board, "rank"), [Value::Null, json!(1)]);
    assert_eq!(column(&board, "rank_range"), [Value::Null, json!([1, 1])]);
    assert_eq!(column(&board, "baseline"), [true, false]);
    assert_eq!(column(&board, "gap_to_best"), [-0.125, 0.0]);
    assert_eq!(board["gaps"], json!([]));
}

#[test]
fn baselines_are_tested_apart_from_the_teams() {
    let app = TestApp::start();
    let rows = app.board_rows(&"1".repeat(1000));
    let bits = |wrong: usize| format!("{}{}", "0".repeat(wrong), "1".repeat(1000 - wrong));
    let baseline = |wrong: usize, method| {
        let bits = bits(wrong);
        let scored =
            Scored { baseline: true, entered: true, method: Some(method), ..Scored::of("Organizers", &bits, 1) };
        rows.add(&scored)
    };
    rows.add_all(&[Scored::of("One", &bits(100), 2), Scored::of("Two", &bits(110), 3)]);
    let alone = app.get(BOARD, None).expect(200).json();
    assert_eq!(alone["baseline_gap"], Value::Null);
    assert_eq!(column(&alone, "baseline_p_value"), [Value::Null, Value::Null]);

    let weak = baseline(108, "bag of words");
    let board = eventually(|| {
        let board = app.get(BOARD, None).expect(200).json();
        (!board["baseline_gap"].is_null()).then_some(board)
    });
    // The gap between the teams is what it was; the baseline is tested beside it and changes no
    // range.
    assert_eq!(board["gaps"], alone["gaps"]);
    let ranges = |board: &Value| -> Vec<Value> {
        column(board, "rank_range").into_iter().filter(|range| !range.is_null()).collect()
    };
    assert_eq!(ranges(&board), ranges(&alone));
    let gap = &board["baseline_gap"];
    assert_eq!(gap["better"], board["rows"][0]["submission"]);
    assert_eq!(gap["other"], weak);
    // Eight images that only the better one has right: 2·½⁸.
    let close = |found: &Value, wanted: f64| (found.as_f64().unwrap() - wanted).abs() < 1e-12;
    assert!(close(&gap["p_value"], 0.007_812_5), "{gap}");
    let statement = "One is 0.800 points ahead of the best baseline, Organizers (bag of words), p = 0.008";
    assert_eq!(gap["statement"], statement);
    // Each ranked row against the best baseline, the ones behind it, too.
    let chances = column(&board, "baseline_p_value");
    assert!(close(&chances[0], 0.007_812_5) && chances[1].is_null() && close(&chances[2], 0.5), "{chances:?}");
    let differences = column(&board, "gap_to_baseline");
    assert!(close(&differences[0], -0.008) && differences[1].is_null() && close(&differences[2], 0.002));
    let csv = app.get(&format!("{BOARD}.csv"), None).expect(200).text;
    let line = csv.lines().nth(1).unwrap();
    assert!(csv.lines().next().unwrap().contains(",final,gap_to_baseline,baseline_p_value,entered_at,late,"), "{csv}");
    assert!(close(&json!(line.rsplit(',').nth(4).unwrap().parse::<f64>().unwrap()), 0.007_812_5), "{line}");

    // A better baseline takes its place, and may be ahead.
    let strong = baseline(90, "AlexNet");
    let board = eventually(|| {
        let board = app.get(BOARD, None).expect(200).json();
        (board["baseline_gap"]["better"] == strong).then_some(board)
    });
    let statement = "The best baseline, Organizers (AlexNet), is 1.000 points ahead of One, p = 0.002";
    assert_eq!(board["baseline_gap"]["statement"], statement);
    assert_eq!(board["gaps"], alone["gaps"]);
    let all = app.get(&format!("{BOARD}?all=true"), None).expect(200).json();
    assert_eq!(all["baseline_gap"], board["baseline_gap"]);
}

#[test]
fn a_single_team_is_compared_with_the_baseline_of_the_part_that_is_shown() {
    let app = TestApp::start();
    let rows = app.board_rows("1111111100000000");
    rows.add(&Scored { baseline: true, entered: true, ..Scored::of("Organizers", "0000000011111111", 1) });
    rows.add(&Scored::of("Team", "1111111111110000", 2));
    let organizer = app.organizer();
    let public = app.get(BOARD, None).expect(200).json();
    assert_eq!(public["gaps"], json!([]));
    assert_eq!(
        public["baseline_gap"]["statement"],
        "Team is 100.000 points ahead of the best baseline, Organizers, p = 0.008"
    );
    let private = app.get(&format!("{BOARD}?split=private"), Some(&organizer.token)).expect(200).json();
    assert_eq!(
        private["baseline_gap"]["statement"],
        "The best baseline, Organizers, is 50.000 points ahead of Team, p = 0.125"
    );
}
