//! Numbers, sizes, spans and times as people read them.

use std::time::Duration;

use holdout_protocol::{Timestamp, format_duration, plural};

/// Returns a whole number with commas between thousands, for example `1,234`.
#[must_use]
pub(crate) fn grouped(number: u64) -> String {
    let digits = number.to_string();
    let mut text = String::new();
    for (index, digit) in digits.chars().enumerate() {
        if index > 0 && (digits.len() - index).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    text
}

/// Returns a number of things whose plural takes an `s`: `1 result`, `1,000 results`.
pub(crate) fn counted(number: u64, thing: &str) -> String {
    format!("{} {}", grouped(number), plural(number, thing))
}

/// Decimal places that show the difference one of `n` images makes to a percentage: 1 to 4, as on
/// the pages.
#[must_use]
pub(crate) fn decimals(n: u32) -> usize {
    match n {
        0..=1_000 => 1,
        1_001..=10_000 => 2,
        10_001..=100_000 => 3,
        _ => 4,
    }
}

/// Returns a share as a percentage, without the sign: for example `25.0` for 0.25 with one decimal.
#[must_use]
pub(crate) fn percent(share: f64, decimals: usize) -> String {
    format!("{:.decimals$}", share * 100.0)
}

/// Returns the number of items a second, rounded for people.
#[must_use]
pub(crate) fn rate(items: u64, time: Duration) -> String {
    pace(approximate(items) / time.as_secs_f64().max(0.001))
}

/// Returns a number of items a second, to three digits at least.
#[must_use]
pub(crate) fn pace(per_second: f64) -> String {
    match per_second {
        slow if slow < 10.0 => format!("{slow:.2}"),
        slow if slow < 100.0 => format!("{slow:.1}"),
        fast => match Duration::try_from_secs_f64(fast) {
            Ok(whole) => grouped(whole.as_secs()),
            Err(_) => format!("{fast:.0}"),
        },
    }
}

/// Returns a large count, to three digits.
#[must_use]
pub(crate) fn scaled(count: u64) -> String {
    let value = approximate(count);
    // What would be rounded to 1000 of a unit is 1 of the next.
    let is_unit = |unit: f64| value >= if unit > 1e3 { unit - unit / 2e3 } else { unit };
    match [(1e9, " G"), (1e6, " M"), (1e3, " k")].iter().find(|(unit, _)| is_unit(*unit)) {
        Some((unit, name)) => {
            let value = value / unit;
            let decimals = if value >= 100.0 { 0 } else { usize::from(value < 10.0) + 1 };
            format!("{value:.decimals$}{name}")
        }
        None => count.to_string(),
    }
}

/// Returns a count as a floating-point number.
#[expect(clippy::as_conversions, clippy::cast_precision_loss, reason = "only shown, and exact below 2^53")]
#[must_use]
pub(crate) fn approximate(count: u64) -> f64 {
    count as f64
}

/// Returns a point in time to the second, UTC.
#[must_use]
pub(crate) fn time(at: Timestamp) -> String {
    let text = at.to_string();
    let seconds = text.split('.').next().unwrap_or_default().trim_end_matches('Z');
    format!("{} UTC", seconds.replacen('T', " ", 1))
}

/// Returns the day of a point in time, in UTC: `2012-09-30`.
#[must_use]
pub(crate) fn day(at: Timestamp) -> String {
    at.to_string().split('T').next().unwrap_or_default().to_owned()
}

/// Returns a point in time with how far away it is.
#[must_use]
pub(crate) fn time_from(at: Timestamp, now: Timestamp) -> String {
    let (ahead, ago) = (at.since(now), now.since(at));
    if ahead.as_secs() > 0 {
        format!("{} (in {})", time(at), format_duration(ahead))
    } else if ago.as_secs() > 0 {
        format!("{} ({} ago)", time(at), format_duration(ago))
    } else {
        format!("{} (now)", time(at))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_grouped() {
        assert_eq!(grouped(0), "0");
        assert_eq!(grouped(999), "999");
        assert_eq!(grouped(100_000), "100,000");
        assert_eq!(grouped(1_234_567), "1,234,567");
    }

    #[test]
    fn percentages_show_a_single_image() {
        assert_eq!(percent(0.15315, decimals(100_000)), "15.315");
        assert_eq!(percent(0.25, decimals(40)), "25.0");
    }

    #[test]
    fn paces_and_counts_have_three_digits() {
        assert_eq!(rate(20, Duration::from_secs(8)), "2.50");
        assert_eq!(["31.25", "2310.4", "250000"].map(|text| pace(text.parse().unwrap())), ["31.2", "2,310", "250,000"]);
        let counts = [999, 1000, 12_345, 61_100_840, 143_667_240, 2_000_000_000];
        assert_eq!(counts.map(scaled), ["999", "1.00 k", "12.3 k", "61.1 M", "144 M", "2.00 G"]);
    }

    #[test]
    fn times_are_to_the_second() {
        let at: Timestamp = "2012-09-30T23:00:00.25Z".parse().unwrap();
        assert_eq!(time(at), "2012-09-30 23:00:00 UTC");
        assert_eq!(time_from(at, at.minus(Duration::from_secs(90))), "2012-09-30 23:00:00 UTC (in 1 min 30 s)");
    }

    #[test]
    fn one_thing_is_counted_without_an_s_and_thousands_with_commas() {
        assert_eq!([0, 1, 2, 1000].map(|number| counted(number, "row")), ["0 rows", "1 row", "2 rows", "1,000 rows"]);
    }

    #[test]
    fn as_many_decimals_are_shown_as_one_image_changes() {
        let images = [1, 1000, 1001, 10_000, 10_001, 100_000, 100_001, u32::MAX];
        assert_eq!(images.map(decimals), [1, 1, 2, 2, 3, 3, 4, 4]);
    }

    #[test]
    fn a_pace_has_no_decimals_from_a_hundred_on_and_any_size() {
        let paces = [0.0, 9.99, 10.0, 99.94, 100.0, 1234.5, f64::INFINITY];
        assert_eq!(paces.map(pace), ["0.00", "9.99", "10.0", "99.9", "100", "1,234", "inf"]);
        assert_eq!(pace(1e20), "100000000000000000000");
        assert_eq!(rate(5, Duration::ZERO), "5,000", "nothing is done in no time at all");
    }

    #[test]
    fn a_count_keeps_its_digits_below_a_thousand_and_three_of_them_above() {
        let counts = [0, 9990, 99_900, 100_000, 1_000_000, 999_000_000, 1_000_000_000];
        assert_eq!(counts.map(scaled), ["0", "9.99 k", "99.9 k", "100 k", "1.00 M", "999 M", "1.00 G"]);
    }

    #[test]
    fn a_time_that_is_over_is_told_from_one_to_come() {
        let at: Timestamp = "2012-09-30T23:00:00Z".parse().unwrap();
        let from = |now: Timestamp| time_from(at, now).replacen(&time(at), "", 1);
        assert_eq!(from(at.plus(Duration::from_secs(3661))), " (1 h 1 min ago)");
        assert_eq!(from(at.minus(Duration::from_secs(1))), " (in 1 s)");
        assert_eq!(from(at.plus(Duration::from_millis(900))), " (now)");
    }
}
