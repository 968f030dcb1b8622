//! Measures in steps of about a tenth: the preferred numbers of the E24 series, 24 a decade.
//!
//! A model can choose how much memory and time it takes by what it sees, so every digit of a
//! measure carries bits of hidden images to its team. Steps of a tenth are enough to compare models
//! and carry few.

/// The numbers of a decade.
const STEPS: [&str; 24] = [
    "1.0", "1.1", "1.2", "1.3", "1.5", "1.6", "1.8", "2.0", "2.2", "2.4", "2.7", "3.0", "3.3", "3.6", "3.9", "4.3",
    "4.7", "5.1", "5.6", "6.2", "6.8", "7.5", "8.2", "9.1",
];

/// From a microsecond or an image in eleven days up to an exabyte.
const DECADES: std::ops::RangeInclusive<i32> = -6..=18;

/// Returns all steps in rising order.
pub(crate) fn all() -> impl Iterator<Item = f64> {
    DECADES.flat_map(|decade| STEPS.iter().filter_map(move |step| format!("{step}e{decade}").parse().ok()))
}

/// Returns the step that is closest to a value by their ratio; 0 for what is not above 0.
pub(crate) fn nearest(value: f64) -> f64 {
    if !(value > 0.0 && value.is_finite()) {
        return 0.0;
    }
    let distance = |step: &f64| (step / value).ln().abs();
    all().min_by(|one, other| distance(one).total_cmp(&distance(other))).unwrap_or(0.0)
}

/// Returns the same of bytes.
pub(crate) fn nearest_bytes(bytes: u64) -> u64 {
    let value = bytes.to_string().parse().map_or(0.0, nearest);
    format!("{value:.0}").parse().unwrap_or(0)
}

/// Returns the first step that is not below a value.
pub(crate) fn at_least(value: f64) -> f64 {
    all().find(|step| *step >= value).unwrap_or(value)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn steps_are_a_tenth_apart() {
        let steps: Vec<f64> = all().collect();
        assert!(steps.is_sorted() && steps.len() == 25 * 24);
        assert!(steps.windows(2).all(|pair| (1.05..1.16).contains(&(pair[1] / pair[0]))), "{steps:?}");
    }

    #[test]
    fn values_become_steps() {
        assert_eq!([82.1234, 25_049.0, 0.001_234_9, 0.0, 1.0].map(nearest), [82.0, 24_000.0, 0.0012, 0.0, 1.0]);
        assert_eq!([139 << 20, 1, 0, (16 << 30) + 4096].map(nearest_bytes), [150_000_000, 1, 0, 18_000_000_000]);
        assert_eq!([0.1, 0.101, 9.2, 1800.0].map(at_least), [0.1, 0.11, 10.0, 1800.0]);
        assert!(
            (1..2000).map(f64::from).all(|value| nearest(value) <= value * 1.08 && at_least(value) <= value * 1.16)
        );
    }
}
