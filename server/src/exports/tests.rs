use holdout_protocol::{Interval, Judgement, Ruling, Score, Scores};

use super::*;
use crate::samples::{at, season, shown_submission, submission};

fn export(table: Table, format: ExportFormat) -> Export {
    let looking = Looking { organizer: true, running_per_team: 1 };
    Export {
        season: season(),
        table,
        format,
        looking,
        tasks: VecDeque::new(),
        cursor: None,
        began: false,
        has_rows: false,
        over: false,
    }
}

fn row(export: &Export, fields: Value) -> Row {
    export.row(fields).unwrap()
}

#[test]
fn how_a_result_stands_is_decided_by_organizers_before_its_team_and_the_team_before_the_score() {
    let scored = Submission { state: SubmissionState::Scored, ..shown_submission() };
    assert_eq!(standing(&scored), Some("counted"));
    assert_eq!(standing(&shown_submission()), None, "it waits");
    let withdrawn = Submission { withdrawn_at: Some(at(9)), ..scored };
    assert_eq!(standing(&withdrawn), Some("withdrawn"));
    for ruling in [Ruling::Held, Ruling::Hidden, Ruling::Disqualified] {
        let judgement = Some(Judgement { ruling, reason: None, public_reason: None, at: at(9) });
        assert_eq!(standing(&Submission { judgement, ..withdrawn.clone() }), Some(ruling.as_str()));
    }
}

#[test]
fn the_scores_of_both_parts_and_the_decision_stand_beside_the_other_fields() {
    let interval = || Interval { level: 0.95, low: 0.0, high: 1.0 };
    let score = |top1_error, top5_error, n| Score {
        top1_error,
        top5_error,
        wrong: 1,
        n,
        interval: interval(),
        interval_999: interval(),
    };
    let judgement = Judgement {
        ruling: Ruling::Disqualified,
        reason: Some("leaked".to_owned()),
        public_reason: Some("rules".to_owned()),
        at: at(9),
    };
    let view = Submission {
        scores: Some(Scores { public: score(0.5, 0.25, 10), private: Some(score(0.75, 0.125, 20)) }),
        judgement: Some(judgement),
        ..shown_submission()
    };
    let stored = db::submissions::Submission { baseline: true, ..submission() };
    let found = row(&export(Table::Submissions, ExportFormat::Json), flattened(view, &stored).unwrap());
    let expected = [
        ("public_top1_error", json!(0.5)),
        ("public_top5_error", json!(0.25)),
        ("public_images", json!(10)),
        ("private_top1_error", json!(0.75)),
        ("private_top5_error", json!(0.125)),
        ("private_images", json!(20)),
        ("standing", json!("disqualified")),
        ("reason", json!("leaked")),
        ("public_reason", json!("rules")),
        ("team_id", json!(stored.team)),
        ("baseline", json!(true)),
    ];
    for (name, value) in expected {
        assert_eq!(found[name], value, "{name}");
    }
}

#[test]
fn a_row_has_the_fields_of_its_table_and_no_others() {
    let of_submissions = export(Table::Evaluations, ExportFormat::Json);
    let found = row(&of_submissions, json!({ "secret": 1, "team": "Team", "verdict": { "code": "bad_label" } }));
    assert_eq!(found.len(), EVALUATION_FIELDS.len());
    assert_eq!(
        (&found["team"], &found["verdict"], &found["method"]),
        (&json!("Team"), &json!("bad_label"), &Value::Null)
    );
    assert!(of_submissions.row(json!([])).is_err());
}

#[test]
fn addresses_of_participants_are_exported_only_to_those_who_may_see_them() {
    let fields = |addresses| Table::Participants(addresses).fields();
    assert!(fields(true).contains(&"email") && !fields(false).contains(&"email"));
    assert_eq!(fields(true).len(), fields(false).len() + 1, "all else is the same");
}

/// Returns the text of an export that is read in pages of these sizes.
fn sent(format: ExportFormat, pages: &[usize]) -> String {
    let mut export = export(Table::Audit, format);
    let mut text = String::new();
    for (index, rows) in pages.iter().enumerate() {
        export.over = index + 1 == pages.len();
        let rows: Vec<Row> = (0..*rows).map(|row| self::row(&export, json!({ "id": row }))).collect();
        text.push_str(std::str::from_utf8(&export.write(&rows).unwrap()).unwrap());
    }
    text
}

#[test]
fn the_pages_of_a_table_are_one_list_in_json() {
    for (pages, rows) in [(&[2, 1][..], 3), (&[1], 1), (&[0], 0), (&[2, 0], 2)] {
        let list: Vec<Value> = serde_json::from_str(&sent(ExportFormat::Json, pages)).unwrap();
        assert_eq!(list.len(), rows, "{pages:?}");
    }
}

#[test]
fn a_list_is_valid_if_its_first_page_has_no_rows_and_a_later_one_has() {
    let list: Vec<Value> = serde_json::from_str(&sent(ExportFormat::Json, &[0, 2, 1])).unwrap();
    assert_eq!(list.len(), 3);
}

#[test]
fn the_pages_of_a_table_have_one_header_in_csv() {
    let text = sent(ExportFormat::Csv, &[2, 1]);
    let lines: Vec<&str> = text.split("\r\n").collect();
    assert_eq!(lines, ["id,at,account,name,action,object,detail", "0,,,,,,", "1,,,,,,", "0,,,,,,", ""]);
    assert_eq!(sent(ExportFormat::Csv, &[0]), "id,at,account,name,action,object,detail\r\n");
}

#[test]
fn no_cell_is_a_formula_and_numbers_stay_numbers() {
    assert_eq!([json!("=1"), json!("@x"), json!("x")].map(|value| cell(&value)), ["'=1", "'@x", "x"]);
    assert_eq!([json!(-0.5), json!(true), json!(null)].map(|value| cell(&value)), ["-0.5", "true", ""]);
    assert_eq!(cell(&json!(["-a"])), "[\"-a\"]");
}
