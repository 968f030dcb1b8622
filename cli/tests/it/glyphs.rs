//! The live gap: the season `glyphs-1000` as it comes with the product, its models really run.

use std::collections::HashMap;
use std::time::Duration;

use holdout_fixtures::glyphs::models::{Name, Records};
use holdout_fixtures::glyphs::season;
use serde_json::Value;

use crate::program::{Server, wait_until_within};

/// Pictures of 10,000 whose fifth and sixth scores are so close that another processor's rounding
/// may turn them round.
const CLOSE: u64 = 5;

#[test]
fn the_board_has_the_errors_that_were_measured_after_training() {
    let server = Server::up_with_models(&[]);
    let organizer = server.organizer();
    for file in &season::season(&|_| ()).unwrap().files {
        organizer.write(&format!("glyphs/{}", file.path), &file.bytes);
    }
    organizer.run(&["season", "apply", "glyphs", "--yes"]).done();
    let mut board = Value::Null;
    wait_until_within(Duration::from_secs(1800), "five models to be scored", || {
        board = organizer.json(&["leaderboard", "--season", "glyphs-1000", "--task", "classification", "--all"]);
        board["rows"].as_array().unwrap().len() == Name::ALL.len()
    });
    let rows = board["rows"].as_array().unwrap();
    let wrong: HashMap<u64, &Value> = rows.iter().map(|row| (row["wrong"].as_u64().unwrap(), row)).collect();
    for record in Records::kept().unwrap().models {
        let measured = u64::try_from(record.test.top5_wrong).unwrap();
        let near = wrong.iter().find(|(wrong, _)| wrong.abs_diff(measured) <= CLOSE);
        let (_, row) = near.unwrap_or_else(|| panic!("{}: {measured} were wrong: {board:#}", record.name.file()));
        let parameters = row["measures"]["parameters"].as_u64().unwrap();
        assert!((1..=record.numbers).contains(&parameters), "{}: {row}", record.name.file());
        assert!(row["measures"]["images_per_second"].as_f64().unwrap() > 0.0, "{row}");
    }
    assert_eq!(rows[0]["rank_range"], serde_json::json!([1, 1]), "the gap is wide: {board:#}");
    let gap = board["gaps"].as_array().unwrap().iter().find(|gap| gap["other"] == rows[2]["submission"]).unwrap();
    assert!(gap["difference"].as_f64().unwrap() > 0.2 && gap["p_value"].as_f64().unwrap() < 1e-9, "{gap}");
}
