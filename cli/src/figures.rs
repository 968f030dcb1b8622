//! Numbers, sizes, spans and times as people read them.

use std::time::Duration;

use holdout_protocol::Timestamp;

/// A whole number with commas between thousands.
#[must_use]
pub fn grouped(number: u64) -> String {
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

/// Decimal places that show the difference one of `n` images makes to a percentage: 1 to 3.
#[must_use]
pub fn decimals(n: u32) -> usize {
    match n {
        0..=1_000 => 1,
        1_001..=10_000 => 2,
        _ => 3,
    }
}

/// A share as a percentage, without the sign.
#[must_use]
pub fn percent(share: f64, decimals: usize) -> String {
    format!("{:.decimals$}", share * 100.0)
}

/// A number of bytes.
#[must_use]
pub fn bytes(count: u64) -> String {
    indicatif::BinaryBytes(count).to_string().replace(".00 ", " ")
}

/// A span in its two largest units.
#[must_use]
pub fn span(duration: Duration) -> String {
    let seconds = duration.as_secs();
    let parts = [(86_400, "d"), (3600, "h"), (60, "min"), (1, "s")];
    let mut text = Vec::new();
    let mut rest = seconds;
    for (length, unit) in parts {
        let count = rest / length;
        rest %= length;
        if count > 0 {
            text.push(format!("{count} {unit}"));
        }
    }
    text.truncate(2);
    if text.is_empty() { "0 s".to_owned() } else { text.join(" ") }
}

/// A point in time to the second, UTC.
#[must_use]
pub fn time(at: Timestamp) -> String {
    let text = at.to_string();
    let seconds = text.split('.').next().unwrap_or_default().trim_end_matches('Z');
    format!("{} UTC", seconds.replacen('T', " ", 1))
}

/// A point in time with how far away it is.
#[must_use]
pub fn time_from(at: Timestamp, now: Timestamp) -> String {
    let (ahead, ago) = (at.since(now), now.since(at));
    if ahead.as_secs() > 0 {
        format!("{} (in {})", time(at), span(ahead))
    } else if ago.as_secs() > 0 {
        format!("{} ({} ago)", time(at), span(ago))
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
    fn sizes_are_binary() {
        assert_eq!((bytes(64 << 20).as_str(), bytes(12_821).as_str()), ("64 MiB", "12.52 KiB"));
    }

    #[test]
    fn spans_keep_two_units() {
        assert_eq!(span(Duration::from_secs(0)), "0 s");
        assert_eq!(span(Duration::from_secs(3661)), "1 h 1 min");
        assert_eq!(span(Duration::from_secs(7 * 86_400)), "7 d");
    }

    #[test]
    fn times_are_to_the_second() {
        let at: Timestamp = "2012-09-30T23:00:00.25Z".parse().unwrap();
        assert_eq!(time(at), "2012-09-30 23:00:00 UTC");
        assert_eq!(time_from(at, at.minus(Duration::from_secs(90))), "2012-09-30 23:00:00 UTC (in 1 min 30 s)");
    }
}
