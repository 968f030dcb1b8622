use std::collections::HashMap;

use holdout_protocol::{Interval, SubmissionId};
use serde_json::json;

use super::*;
use crate::samples::at;

/// A row in which no two values are the same.
fn row(id: SubmissionId) -> BoardRow {
    let interval = |level, low, high| Interval { level, low, high };
    BoardRow {
        rank: Some(1),
        rank_range: Some([2, 3]),
        team: "Team".parse().unwrap(),
        method: Some("5 CNNs".to_owned()),
        submission: id,
        error: 0.25,
        wrong: 4,
        n: 16,
        gap_to_best: 0.125,
        interval: interval(0.95, 0.11, 0.41),
        interval_999: interval(0.999, 0.06, 0.61),
        baseline: false,
        note: Some("noted".to_owned()),
        training_data: Some(TrainingData::Outside),
        ensemble: Some(false),
        is_final: true,
        entries: 5,
        submitted_at: at(60),
        entered_at: Some(at(120)),
        measures: Some(Measures {
            images_per_second: Some(7.5),
            peak_memory_bytes: Some(8),
            peak_device_memory_bytes: Some(9),
            parameters: Some(10),
            weights: Some("float16".to_owned()),
            device: Some("cpu".to_owned()),
            wall_seconds: Some(11.5),
            missing_layers: vec!["landlock".to_owned(), "empty_root".to_owned()],
        }),
        gap_to_baseline: Some(-0.5),
        baseline_p_value: Some(0.75),
        late: true,
        disqualified: None,
    }
}

fn rendered(rows: Vec<BoardRow>) -> String {
    let board = json!({ "season": "s", "task": "t", "metric": "top5_error", "split": "public", "n": 1, "resolution": 1.0,
        "updated_at": null, "as_of": null, "gaps": [], "rows": [] });
    let board: Leaderboard = serde_json::from_value(board).unwrap();
    String::from_utf8(render(&Leaderboard { rows, ..board }).unwrap()).unwrap()
}

/// The cells of the only row, by the names of their columns.
fn cells_of(row: BoardRow) -> HashMap<String, String> {
    let text = rendered(vec![row]);
    let mut reader = csv::Reader::from_reader(text.as_bytes());
    let rows: Vec<HashMap<String, String>> = reader.deserialize().collect::<Result<_, csv::Error>>().unwrap();
    assert_eq!(rows.len(), 1);
    rows.into_iter().next().unwrap()
}

#[test]
fn each_value_stands_in_the_column_of_its_name() {
    let id = SubmissionId::new();
    let found = cells_of(row(id));
    let expected = [
        ("rank", "1"),
        ("rank_best", "2"),
        ("rank_worst", "3"),
        ("team", "Team"),
        ("method", "5 CNNs"),
        ("error", "0.25"),
        ("wrong", "4"),
        ("n", "16"),
        ("low_95", "0.11"),
        ("high_95", "0.41"),
        ("low_999", "0.06"),
        ("high_999", "0.61"),
        ("gap_to_best", "0.125"),
        ("baseline", "false"),
        ("note", "noted"),
        ("entries", "5"),
        ("submission", &id.to_string()),
        ("submitted_at", "1970-01-01T00:01:00Z"),
        ("images_per_second", "7.5"),
        ("wall_seconds", "11.5"),
        ("parameters", "10"),
        ("device", "cpu"),
        ("peak_memory_bytes", "8"),
        ("peak_device_memory_bytes", "9"),
        ("missing_layers", "landlock empty_root"),
        ("final", "true"),
        ("gap_to_baseline", "-0.5"),
        ("baseline_p_value", "0.75"),
        ("entered_at", "1970-01-01T00:02:00Z"),
        ("late", "true"),
        ("training_data", "outside"),
        ("ensemble", "false"),
    ];
    assert_eq!(found.len(), expected.len());
    for (column, value) in expected {
        assert_eq!(found[column], value, "{column}");
    }
}

#[test]
fn what_is_not_there_is_an_empty_cell() {
    let bare = BoardRow {
        rank: None,
        rank_range: None,
        method: None,
        note: None,
        entered_at: None,
        training_data: None,
        ensemble: None,
        measures: None,
        gap_to_baseline: None,
        baseline_p_value: None,
        ..row(SubmissionId::new())
    };
    let mut empty: Vec<String> =
        cells_of(bare).into_iter().filter(|(_, cell)| cell.is_empty()).map(|(column, _)| column).collect();
    empty.sort_unstable();
    let expected = [
        "baseline_p_value",
        "device",
        "ensemble",
        "entered_at",
        "gap_to_baseline",
        "images_per_second",
        "method",
        "missing_layers",
        "note",
        "parameters",
        "peak_device_memory_bytes",
        "peak_memory_bytes",
        "rank",
        "rank_best",
        "rank_worst",
        "training_data",
        "wall_seconds",
    ];
    assert_eq!(empty, expected);
}

#[test]
fn what_people_and_scorers_wrote_is_no_formula() {
    let mut hostile = BoardRow {
        team: "=1".parse().unwrap(),
        method: Some("+2".to_owned()),
        note: Some("@3".to_owned()),
        ..row(SubmissionId::new())
    };
    hostile.measures = hostile.measures.map(|measures| Measures { device: Some("-4".to_owned()), ..measures });
    let found = cells_of(hostile);
    assert_eq!(["team", "method", "note", "device"].map(|column| found[column].as_str()), ["'=1", "'+2", "'@3", "'-4"]);
}

#[test]
fn a_board_without_rows_is_its_header_on_a_line_of_its_own() {
    assert_eq!(rendered(Vec::new()), format!("{}\r\n", HEADER.join(",")));
}
