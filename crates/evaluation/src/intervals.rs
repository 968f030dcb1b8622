//! Clopper–Pearson intervals: the exact confidence interval of an error rate.

use holdout_protocol::Interval;

use crate::binomial::lower_tail;

/// An interval that does not exist.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
pub enum IntervalError {
    /// More images are wrong than there are, or there are no images.
    #[error("{wrong} wrong of {n}; there must be at least one image and no more wrong than images")]
    Counts {
        /// Images at fault.
        wrong: u32,
        /// Images.
        n: u32,
    },
    /// A confidence level outside 0 to 1.
    #[error("a confidence level of {0}; allowed is above 0 and below 1")]
    Level(f64),
}

/// Returns the Clopper–Pearson interval at `level` (0 to 1) of an error rate of `wrong` of `n`.
///
/// With α = 1 − `level`, the upper end is the p at which P[Bin(n, p) ≤ `wrong`] = α/2, or 1 if all
/// are wrong; the lower end likewise from P[Bin(n, p) ≥ `wrong`], or 0 if none is (Clopper and
/// Pearson, Biometrika 26, 1934).
///
/// # Errors
///
/// If there are no images, more wrong than images, or `level` is not within 0 and 1.
pub fn clopper_pearson(wrong: u32, n: u32, level: f64) -> Result<Interval, IntervalError> {
    if n == 0 || wrong > n {
        return Err(IntervalError::Counts { wrong, n });
    }
    if !(level > 0.0 && level < 1.0) {
        return Err(IntervalError::Level(level));
    }
    let ln_tail = ((1.0 - level) / 2.0).ln();
    // The lower end is the upper end of the share that is right, seen from the other side.
    Ok(Interval { level, low: 1.0 - upper_end(n - wrong, n, ln_tail), high: upper_end(wrong, n, ln_tail) })
}

/// Returns the p at which ln P[Bin(n, p) ≤ k] = `ln_tail`.
///
/// That function of p falls and is concave, so Newton's method comes to the root from any point,
/// from above after the first step; the start is Wilson's interval with a continuity correction,
/// which is close already.
fn upper_end(k: u32, n: u32, ln_tail: f64) -> f64 {
    if k == n {
        return 1.0;
    }
    if k == 0 {
        return -(ln_tail / f64::from(n)).exp_m1();
    }
    let mut p = wilson(k, n, normal_deviate(ln_tail));
    for _ in 0..100 {
        let tail = lower_tail(k, n, p);
        let next = p - (tail.ln - ln_tail) / tail.slope;
        let next = if next >= 1.0 { p.midpoint(1.0) } else { next };
        let step = (next - p).abs();
        p = next;
        if step <= 1e-14 * p {
            break;
        }
    }
    p
}

/// Upper end of Wilson's interval, within the open interval from k/n to 1.
fn wilson(k: u32, n: u32, z: f64) -> f64 {
    let trials = f64::from(n);
    let share = (f64::from(k) + 0.5) / trials;
    let square = z * z / trials;
    let root = (share * (1.0 - share) * square + square * square / 4.0).max(0.0).sqrt();
    let end = (share + square / 2.0 + root) / (1.0 + square);
    let middle = f64::from(k) / trials;
    end.clamp(middle + (1.0 - middle) * 1e-6, 1.0 - (1.0 - middle) * 1e-6)
}

/// Returns the z with upper tail exp(`ln_tail`) of the standard normal, to three digits (Abramowitz
/// and Stegun, 26.2.23).
fn normal_deviate(ln_tail: f64) -> f64 {
    let t = (-2.0 * ln_tail).sqrt();
    let above = 2.515_517 + t * (0.802_853 + t * 0.010_328);
    let below = 1.0 + t * (1.432_788 + t * (0.189_269 + t * 0.001_308));
    (t - above / below).max(0.0)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::binomial::ln_probability;

    /// P[X ≤ k], summed term by term.
    fn at_most(k: u32, n: u32, p: f64) -> f64 {
        (0..=k).map(|i| ln_probability(i, n, p).exp()).sum()
    }

    #[test]
    fn ends_meet_the_definition() {
        for n in [1, 2, 3, 10, 57, 300] {
            for level in [0.01, 0.5, 0.95, 0.999, 1.0 - 1e-9] {
                let half = (1.0 - level) / 2.0;
                for wrong in 0..=n {
                    let Interval { low, high, .. } = clopper_pearson(wrong, n, level).unwrap();
                    assert!(0.0 <= low && low <= f64::from(wrong) / f64::from(n));
                    assert!(f64::from(wrong) / f64::from(n) <= high && high <= 1.0);
                    // The end lies where the tail is α/2: just below it the tail is larger, just
                    // above it smaller.
                    for (end, wrong) in [(high, wrong), (1.0 - low, n - wrong)] {
                        if wrong == n {
                            assert_eq!(end.to_bits(), 1.0_f64.to_bits());
                            continue;
                        }
                        assert!(at_most(wrong, n, end - 1e-10) > half, "{wrong} {n} {level}");
                        assert!(end + 1e-10 >= 1.0 || at_most(wrong, n, end + 1e-10) < half, "{wrong} {n} {level}");
                    }
                }
            }
        }
    }

    #[test]
    fn the_published_intervals_are_met() {
        let published = [
            (15_315, 0.1494, 0.1569),
            (16_422, 0.1604, 0.1681),
            (26_172, 0.2571, 0.2663),
            (26_979, 0.2652, 0.2744),
            (27_058, 0.2660, 0.2752),
            (29_576, 0.2910, 0.3005),
            (34_464, 0.3397, 0.3496),
        ];
        for (wrong, low, high) in published {
            let interval = clopper_pearson(wrong, 100_000, 0.999).unwrap();
            assert!((interval.low - low).abs() <= 0.00006, "{wrong} {interval:?}");
            assert!((interval.high - high).abs() <= 0.00006, "{wrong} {interval:?}");
        }
    }

    #[test]
    fn large_samples_meet_the_definition() {
        for (wrong, n) in [(1, 100_000), (16_422, 100_000), (99_999, 100_000), (500_000, 1_000_000)] {
            let interval = clopper_pearson(wrong, n, 0.95).unwrap();
            let tail = at_most(wrong, n, interval.high);
            assert!((tail / 0.025 - 1.0).abs() < 1e-7, "{wrong} {tail}");
        }
    }

    #[test]
    fn no_and_all_wrong_have_closed_forms() {
        let none = clopper_pearson(0, 100, 0.95).unwrap();
        assert_eq!(none.low.to_bits(), 0.0_f64.to_bits());
        assert!((none.high - (1.0 - 0.025_f64.powf(0.01))).abs() < 1e-14);
        let all = clopper_pearson(100, 100, 0.95).unwrap();
        assert_eq!(all.high.to_bits(), 1.0_f64.to_bits());
        assert!((all.low - 0.025_f64.powf(0.01)).abs() < 1e-14);
    }

    #[test]
    fn nonsense_is_refused() {
        assert!(clopper_pearson(0, 0, 0.95).is_err());
        assert!(clopper_pearson(2, 1, 0.95).is_err());
        for level in [0.0, 1.0, -1.0, f64::NAN] {
            assert!(clopper_pearson(1, 2, level).is_err());
        }
    }
}
