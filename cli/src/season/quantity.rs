//! Sizes such as `4GiB` and durations such as `30m`, `7d`, `1h30m`.

/// What a size may look like.
pub(crate) const SIZE_ALLOWED: &str =
    "a size such as `512MiB`, `4GiB` or `2.5GB`, in B, KiB, MiB, GiB, TiB, kB, MB, GB or TB";
/// What a duration may look like.
pub(crate) const DURATION_ALLOWED: &str = "a duration such as `90s`, `30m`, `12h`, `7d` or `1h30m`, in s, m, h, d or w";

const UNITS: [(&str, u64); 10] = [
    ("", 1),
    ("B", 1),
    ("kB", 1000),
    ("MB", 1_000_000),
    ("GB", 1_000_000_000),
    ("TB", 1_000_000_000_000),
    ("KiB", 1 << 10),
    ("MiB", 1 << 20),
    ("GiB", 1 << 30),
    ("TiB", 1 << 40),
];

/// Returns the bytes of a size, for example 1,048,576 for `1MiB`; `None` if the text is not a size
/// or does not fit 63 bits.
#[must_use]
pub(crate) fn parse_size(text: &str) -> Option<u64> {
    let text = text.trim();
    let end = text.find(|c: char| !(c.is_ascii_digit() || c == '.')).unwrap_or(text.len());
    let (number, unit) = text.split_at_checked(end)?;
    let unit = unit.trim_start();
    let factor = UNITS.iter().find(|(name, _)| name.eq_ignore_ascii_case(unit))?.1;
    let (whole, fraction) = number.split_once('.').unwrap_or((number, ""));
    if number.ends_with('.') || fraction.len() > 9 {
        return None;
    }
    let mut bytes = u128::from(whole.parse::<u64>().ok()?) * u128::from(factor);
    if !fraction.is_empty() {
        let scale = 10_u128.pow(u32::try_from(fraction.len()).ok()?);
        bytes += u128::from(fraction.parse::<u64>().ok()?) * u128::from(factor) / scale;
    }
    u64::try_from(bytes).ok().filter(|bytes| i64::try_from(*bytes).is_ok())
}

/// Returns the seconds of a duration, for example 5,400 for `1h30m`; `None` if the text is not a
/// duration.
#[must_use]
pub(crate) fn parse_duration(text: &str) -> Option<u64> {
    let mut rest = text.trim();
    let mut seconds: u64 = 0;
    let mut shortest = u64::MAX;
    while !rest.is_empty() {
        let end = rest.find(|c: char| !c.is_ascii_digit())?;
        let (number, tail) = rest.split_at_checked(end)?;
        let length = match tail.chars().next()? {
            's' => 1,
            'm' => 60,
            'h' => 3600,
            'd' => 86_400,
            'w' => 604_800,
            _ => return None,
        };
        // Units come from the longest to the shortest, each once.
        if length >= shortest {
            return None;
        }
        shortest = length;
        seconds = seconds.checked_add(number.parse::<u64>().ok()?.checked_mul(length)?)?;
        rest = tail.get(1..)?;
    }
    (shortest != u64::MAX).then_some(seconds)
}

/// Seconds as `season.yaml` would have them.
#[must_use]
pub(crate) fn write_duration(seconds: u64) -> String {
    let units = [(86_400, "d"), (3600, "h"), (60, "m")];
    let exact = units.iter().find(|(length, _)| seconds > 0 && seconds.is_multiple_of(*length));
    match exact {
        Some((length, unit)) => format!("{}{unit}", seconds / length),
        None => format!("{seconds}s"),
    }
}

/// Bytes as `season.yaml` would have them.
#[must_use]
pub(crate) fn write_size(bytes: u64) -> String {
    let units = [(1_u64 << 40, "TiB"), (1 << 30, "GiB"), (1 << 20, "MiB"), (1 << 10, "KiB")];
    match units.iter().find(|(factor, _)| bytes > 0 && bytes.is_multiple_of(*factor)) {
        Some((factor, unit)) => format!("{}{unit}", bytes / factor),
        None => format!("{bytes}B"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sizes() {
        let cases = [
            ("4GiB", 4 << 30),
            ("512 MiB", 512 << 20),
            ("2.5GB", 2_500_000_000),
            ("1.5KiB", 1536),
            ("100", 100),
            ("64mib", 64 << 20),
            ("0B", 0),
        ];
        for (text, bytes) in cases {
            assert_eq!(parse_size(text), Some(bytes), "{text}");
        }
        for text in ["", "GiB", "-1GiB", "4 gigabytes", "1.", ".5GiB", "1.2.3B", "99999999TiB", "4Gi B", "1e9"] {
            assert_eq!(parse_size(text), None, "{text}");
        }
    }

    #[test]
    fn durations() {
        for (text, seconds) in
            [("90s", 90), ("30m", 1800), ("12h", 43_200), ("7d", 604_800), ("1h30m", 5400), ("1w", 604_800)]
        {
            assert_eq!(parse_duration(text), Some(seconds), "{text}");
        }
        for text in ["", "30", "m", "-1d", "30m1h", "1h1h", "7 days", "1.5h", "99999999999999999999d"] {
            assert_eq!(parse_duration(text), None, "{text}");
        }
    }

    #[test]
    fn what_is_written_is_read_again() {
        for seconds in [0, 1, 60, 90, 3600, 604_800] {
            assert_eq!(parse_duration(&write_duration(seconds)), Some(seconds));
        }
        for bytes in [0, 1, 1024, 1500, 4 << 30, 16 << 30] {
            assert_eq!(parse_size(&write_size(bytes)), Some(bytes));
        }
    }
}
