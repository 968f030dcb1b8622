//! Rows of a board that a decision changes.

use holdout_protocol::{BoardPlace, ChangedRow};

use super::table::Table;
use crate::console::Console;
use crate::failure::Failure;
use crate::text::visible;

/// Prints the rows before and after; `changed` is how many there are, with those that the server left out.
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

/// A value before and after; once if it stays.
fn change(row: &ChangedRow, value: impl Fn(&BoardPlace) -> String) -> String {
    let shown = |place: Option<&BoardPlace>| place.map_or_else(|| "off".to_owned(), &value);
    let (before, after) = (shown(row.before.as_ref()), shown(row.after.as_ref()));
    if before == after { after } else { format!("{before} → {after}") }
}
