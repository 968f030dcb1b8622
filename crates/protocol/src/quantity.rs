//! Sizes, durations and counts as people read them.

use std::time::Duration;

/// Returns a number of bytes in its largest binary unit: `64 MiB`, `12.52 KiB`, `1000 B`.
#[must_use]
pub fn format_bytes(count: u64) -> String {
    let units = [(40, "TiB"), (30, "GiB"), (20, "MiB"), (10, "KiB")];
    let hundredths = |shift: u32| (u128::from(count) * 100 + (1 << (shift - 1))) >> shift;
    // What would be rounded to 1024.00 of a unit is 1.00 of the next.
    let is_unit = |shift: u32| count >> shift > 0 || (shift > 10 && hundredths(shift - 10) >= 102_400);
    let Some((shift, unit)) = units.iter().find(|(shift, _)| is_unit(*shift)) else {
        return format!("{count} B");
    };
    if count >> shift > 0 && count.is_multiple_of(1 << shift) {
        return format!("{} {unit}", count >> shift);
    }
    let hundredths = hundredths(*shift);
    format!("{}.{:02} {unit}", hundredths / 100, hundredths % 100)
}

/// Returns a duration in its two largest units: `1 h 1 min`, `30 min`, `0 s`.
#[must_use]
pub fn format_duration(duration: Duration) -> String {
    let mut rest = duration.as_secs();
    let mut parts = Vec::new();
    for (length, unit) in [(86_400, "d"), (3600, "h"), (60, "min"), (1, "s")] {
        if rest >= length {
            parts.push(format!("{} {unit}", rest / length));
            rest %= length;
        }
    }
    parts.truncate(2);
    if parts.is_empty() { "0 s".to_owned() } else { parts.join(" ") }
}

/// Returns a p-value as papers print it: `p = 0.013`, `p = 1.2e-5`, `p < 1e-300`.
#[must_use]
pub fn format_p_value(p: f64) -> String {
    if p < 1e-300 {
        "p < 1e-300".to_owned()
    } else if p < 0.001 {
        format!("p = {p:.1e}")
    } else {
        format!("p = {p:.3}")
    }
}

/// Returns the word for this many of a thing whose plural takes an `s`: `row` for 1, `rows` for 0
/// and 3.
#[must_use]
pub fn plural(count: u64, thing: &str) -> String {
    if count == 1 { thing.to_owned() } else { format!("{thing}s") }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sizes_are_binary() {
        let sizes = [0, 1000, 1 << 10, 12_821, 1536 << 20, 64 << 20, 16 << 30, 3 << 40, u64::MAX];
        let expected =
            ["0 B", "1000 B", "1 KiB", "12.52 KiB", "1.50 GiB", "64 MiB", "16 GiB", "3 TiB", "16777216.00 TiB"];
        assert_eq!(sizes.map(format_bytes), expected);
    }

    #[test]
    fn one_thing_has_no_plural() {
        assert_eq!([0, 1, 2].map(|count| format!("{count} {}", plural(count, "row"))), ["0 rows", "1 row", "2 rows"]);
    }

    #[test]
    fn small_p_values_are_printed_with_an_exponent() {
        let printed = [1.0, 0.05, 0.001, 0.000_999, 1e-300, 0.9e-300].map(format_p_value);
        assert_eq!(printed, ["p = 1.000", "p = 0.050", "p = 0.001", "p = 1.0e-3", "p = 1.0e-300", "p < 1e-300"]);
    }

    #[test]
    fn durations_keep_two_units() {
        let durations = [0, 59, 90, 1800, 3661, 7200, 7 * 86_400, 86_400 + 59].map(Duration::from_secs);
        let expected = ["0 s", "59 s", "1 min 30 s", "30 min", "1 h 1 min", "2 h", "7 d", "1 d 59 s"];
        assert_eq!(durations.map(format_duration), expected);
    }

    #[test]
    fn a_unit_begins_with_one_of_it() {
        let sizes =
            [1023, 1024, 1025, (1 << 20) - 6, (1 << 20) - 1, 1 << 20, (1 << 30) - 1, 1 << 30, (1 << 40) - 1, 1 << 40];
        let expected = [
            "1023 B",
            "1 KiB",
            "1.00 KiB",
            "1023.99 KiB",
            "1.00 MiB",
            "1 MiB",
            "1.00 GiB",
            "1 GiB",
            "1.00 TiB",
            "1 TiB",
        ];
        assert_eq!(sizes.map(format_bytes), expected);
        let durations = [1, 60, 3599, 3600, 86_399, 86_400].map(Duration::from_secs);
        assert_eq!(durations.map(format_duration), ["1 s", "1 min", "59 min 59 s", "1 h", "23 h 59 min", "1 d"]);
    }
}
