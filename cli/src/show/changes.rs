//! Rows of a board that a decision changes.

use holdout_protocol::{BoardPlace, BoardSplit, ChangedRow, JudgedBoard};

use super::table::Table;
use crate::console::Console;
use crate::failure::Failure;
use crate::text::visible;

/// Prints the rows before and after; `changed` is how many there are, with those that the server
/// left out.
pub(crate) fn changed_rows(console: Console, rows: &[ChangedRow], changed: u32) -> Result<(), Failure> {
    let mut table = Table::new(&["rank", "error", "team", "method"]);
    for row in rows {
        let shown = row.after.as_ref().or(row.before.as_ref());
        table.row(&[
            change(row, |place| place.rank.map_or("–".to_owned(), |rank| rank.to_string())),
            change(row, |place| format!("{:.3} %", place.error * 100.0)),
            visible(row.team.as_str()),
            visible(shown.and_then(|place| place.method.as_deref()).unwrap_or("")),
        ]);
    }
    console.say(table.render(console.columns()))?;
    let hidden = usize::try_from(changed).unwrap_or(usize::MAX).saturating_sub(rows.len());
    if hidden > 0 {
        console.remark(format!("{hidden} more rows change; --json has no more of them either"));
    }
    Ok(())
}

/// Prints which board changes, and its rows.
pub(crate) fn changed_board(console: Console, board: &JudgedBoard) -> Result<(), Failure> {
    console.say(format!("{}/{}, {}:", board.season, board.task, part_words(board.split)))?;
    changed_rows(console, &board.rows, board.changed)
}

/// The part of a test set that a board is about, as people call it.
pub(crate) const fn part_words(split: BoardSplit) -> &'static str {
    match split {
        BoardSplit::Public => "public part",
        BoardSplit::Private => "private part",
    }
}

/// A value before and after; once if it stays.
fn change(row: &ChangedRow, value: impl Fn(&BoardPlace) -> String) -> String {
    let shown = |place: Option<&BoardPlace>| place.map_or_else(|| "off".to_owned(), &value);
    let (before, after) = (shown(row.before.as_ref()), shown(row.after.as_ref()));
    if before == after { after } else { format!("{before} → {after}") }
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;

    const ID: &str = "0190a5d0-0000-7000-8000-000000000001";

    fn place(rank: Option<u32>) -> Value {
        json!({ "rank": rank, "submission": ID, "method": null, "error": 0.25, "wrong": 1, "n": 4 })
    }

    fn shown(before: &Value, after: &Value) -> String {
        let row = json!({ "team": "Alpha", "baseline": false, "before": before, "after": after });
        change(&serde_json::from_value(row).unwrap(), |place| {
            place.rank.map_or("–".to_owned(), |rank| rank.to_string())
        })
    }

    #[test]
    fn a_value_that_stays_is_said_once_and_another_before_and_after() {
        assert_eq!(shown(&place(Some(3)), &place(Some(3))), "3");
        assert_eq!(shown(&place(Some(3)), &place(Some(1))), "3 → 1");
        assert_eq!(shown(&place(None), &place(Some(1))), "– → 1");
    }

    #[test]
    fn a_row_that_comes_or_goes_is_off_the_board_on_one_side() {
        assert_eq!(shown(&Value::Null, &place(Some(1))), "off → 1");
        assert_eq!(shown(&place(Some(2)), &Value::Null), "2 → off");
    }
}
