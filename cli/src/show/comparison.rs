//! Entries of a board against each other.

use holdout_protocol::{ComparedEntry, ComparedPair, Comparison, SubmissionId, format_p_value};

use super::board::{SIGNIFICANT, metric, part};
use super::figures::{decimals, grouped, percent};
use super::table::Table;
use crate::text::visible;

/// Returns a comparison in lines, at most `columns` wide where only the last column is too wide.
/// `split` tells whether the task has two parts.
pub(crate) fn render_comparison(comparison: &Comparison, split: bool, columns: usize) -> String {
    let images = grouped(u64::from(comparison.n));
    let which = if split { part(comparison.split) } else { "" };
    let mut lines = vec![format!("{} on {images} test images{which}.", metric(comparison.metric)), String::new()];
    let mut table = Table::new(&["", "error, %", "95 %", "only it right", "only it wrong", "entry"]);
    let show = |share: f64| percent(share, decimals(comparison.n));
    for entry in &comparison.entries {
        table.row(&[
            letter_of(comparison, entry.submission),
            show(entry.error),
            format!("{}–{}", show(entry.interval.low), show(entry.interval.high)),
            grouped(u64::from(entry.only_right)),
            grouped(u64::from(entry.only_wrong)),
            name(entry),
        ]);
    }
    lines.push(table.render(columns));
    lines.push(String::new());
    for pair in &comparison.pairs {
        lines.extend(pair_lines(comparison, pair));
    }
    lines.push(format!(
        "All are right on {} images, none is on {}.",
        grouped(u64::from(comparison.all_right)),
        grouped(u64::from(comparison.none_right))
    ));
    lines.join("\n")
}

/// Returns what an entry is called below the table: `A` for the first.
fn letter_of(comparison: &Comparison, id: SubmissionId) -> String {
    let place = comparison.entries.iter().position(|entry| entry.submission == id);
    let letter = place.and_then(|place| ('A'..='Z').nth(place));
    letter.map_or_else(String::new, String::from)
}

fn name(entry: &ComparedEntry) -> String {
    let method = entry.method.as_ref().map(|method| format!(", {}", visible(method))).unwrap_or_default();
    let baseline = if entry.baseline { " (baseline)" } else { "" };
    format!("{}{method}{baseline}", visible(entry.team.as_str()))
}

fn pair_lines(comparison: &Comparison, pair: &ComparedPair) -> [String; 2] {
    let (first, second) = (letter_of(comparison, pair.first), letter_of(comparison, pair.second));
    let show = |share: f64| percent(share, decimals(comparison.n));
    let counts = format!(
        "   both right {}, only {first} {}, only {second} {}, neither {}",
        grouped(u64::from(pair.both_right)),
        grouped(u64::from(pair.first_right)),
        grouped(u64::from(pair.second_right)),
        grouped(u64::from(pair.none_right))
    );
    if pair.difference == 0.0 {
        let range = format!("{} to {}", show(pair.low), show(pair.high));
        return [format!("{first} is level with {second} (95 %: {range} points)."), counts];
    }
    let turned = pair.difference < 0.0;
    let (better, other) = if turned { (second, first) } else { (first, second) };
    let (low, high) = if turned { (-pair.high, -pair.low) } else { (pair.low, pair.high) };
    let verdict = if pair.significant {
        "the difference is real"
    } else if pair.p_value <= SIGNIFICANT {
        "among so many pairs this may be chance"
    } else {
        "this may be chance"
    };
    let sentence = format!(
        "{better} is {} points ahead of {other} (95 %: {} to {}; paired test, {}): {verdict}.",
        show(pair.difference.abs()),
        show(low),
        show(high),
        format_p_value(pair.p_value)
    );
    [sentence, counts]
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    /// A comparison of two entries with this difference between them.
    fn compared(difference: f64, p_value: f64, significant: bool) -> String {
        let ids = [SubmissionId::new(), SubmissionId::new()];
        let entry = |id: SubmissionId, team: &str, method: Option<&str>, baseline: bool| {
            json!({ "submission": id, "team": team, "method": method, "baseline": baseline, "error": 0.25, "wrong": 500,
                "interval": { "level": 0.95, "low": 0.2, "high": 0.3 }, "only_right": 1200, "only_wrong": 3 })
        };
        let pair = json!({ "first": ids[0], "second": ids[1], "difference": difference, "low": difference - 0.01,
            "high": difference + 0.02, "p_value": p_value, "significant": significant, "both_right": 1000,
            "first_right": 200, "second_right": 100, "none_right": 700 });
        let comparison = json!({ "season": "s", "task": "t", "metric": "top5_error", "split": "private", "version": 1,
            "n": 2000, "all_right": 1000, "none_right": 700, "pairs": [pair],
            "entries": [entry(ids[0], "One", Some("net"), false), entry(ids[1], "Two", Some("net\u{1b}"), true)] });
        render_comparison(&serde_json::from_value(comparison).unwrap(), true, 80)
    }

    #[test]
    fn the_better_entry_is_named_first_with_the_interval_as_it_sees_it() {
        let ahead = compared(0.05, 0.0001, true);
        let expected =
            "A is 5.00 points ahead of B (95 %: 4.00 to 7.00; paired test, p = 1.0e-4): the difference is real.";
        assert!(ahead.contains(expected), "{ahead}");
        let behind = compared(-0.05, 0.2, false);
        let expected = "B is 5.00 points ahead of A (95 %: 3.00 to 6.00; paired test, p = 0.200): this may be chance.";
        assert!(behind.contains(expected), "{behind}");
        assert!(compared(0.05, 0.04, false).contains("p = 0.040): among so many pairs this may be chance."));
        assert!(compared(0.0, 1.0, false).contains("A is level with B (95 %: -1.00 to 2.00 points)."));
    }

    #[test]
    fn entries_are_listed_with_what_each_has_alone() {
        let shown = compared(0.05, 0.0001, true);
        let lines: Vec<&str> = shown.lines().collect();
        assert_eq!(lines[0], "Top-5 error on 2,000 test images, the private part.");
        assert!(lines[3].starts_with("A  25.00") && lines[3].ends_with("One, net"), "{shown}");
        assert!(lines[3].contains("20.00–30.00") && lines[3].contains("1,200"), "{shown}");
        assert!(
            lines[4].contains("Two, net") && lines[4].ends_with("(baseline)") && !shown.contains('\u{1b}'),
            "{shown}"
        );
        assert!(shown.contains("both right 1,000, only A 200, only B 100, neither 700"), "{shown}");
        assert!(shown.ends_with("All are right on 1,000 images, none is on 700."), "{shown}");
    }
}
