//! The confidence interval of a difference between two entries on the same images.

use holdout_protocol::Interval;

use crate::{Discordant, IntervalError};

/// The level of the interval, and the z with half of the rest of the standard normal above it.
const LEVEL: f64 = 0.95;
const Z: f64 = 1.959_963_984_540_054;

/// Halvings of a range of length 2 until it is as short as numbers near 1 are apart.
const HALVINGS: u32 = 55;

/// Returns Tango's score interval at 95 % of (first − second)/n: by how much the share of images
/// that the first entry has right exceeds that of the second, −1 to 1.
///
/// It holds the differences Δ that the score test does not refuse: those with (b − c − nΔ)² ≤
/// z²·n·(2q + Δ(1 − Δ)), where b and c count the images that only the first and only the second has
/// right, and q is the likeliest share of the latter under Δ (Tango, Statistics in Medicine 17,
/// 1998). Close to 5 %, it and the exact McNemar test can disagree on whether there is a
/// difference.
///
/// # Errors
///
/// If there are no images, or fewer than those on which the two disagree.
pub fn difference_interval(discordant: Discordant, n: u32) -> Result<Interval, IntervalError> {
    let Discordant { first, second } = discordant;
    let differing = first.saturating_add(second);
    if n == 0 || differing > n {
        return Err(IntervalError::Counts { wrong: differing, n });
    }
    let (b, c, n) = (f64::from(first), f64::from(second), f64::from(n));
    let middle = (b - c) / n;
    // Both fall as Δ rises. The root of the variance, not its inverse, because it is 0 at the ends.
    let score = |delta: f64, z: f64| b - c - n * delta - z * deviation(b, c, n, delta);
    let low = last_above_zero(-1.0, middle, |delta| score(delta, Z));
    let high = last_above_zero(middle, 1.0, |delta| score(delta, -Z));
    Ok(Interval { level: LEVEL, low, high })
}

/// The standard deviation of b − c if the difference is `delta`.
fn deviation(b: f64, c: f64, n: f64, delta: f64) -> f64 {
    (n * (2.0 * likeliest(b, c, n, delta) + delta * (1.0 - delta))).max(0.0).sqrt()
}

/// The likeliest share of images that only the second entry has right if the difference is `delta`:
/// the larger root of a quadratic.
fn likeliest(b: f64, c: f64, n: f64, delta: f64) -> f64 {
    let square = 2.0 * n;
    let linear = -b - c + (2.0 * n - b + c) * delta;
    let constant = -c * delta * (1.0 - delta);
    let root = (linear * linear - 4.0 * square * constant).max(0.0).sqrt();
    // Whichever form does not subtract numbers of the same size.
    let share = if linear > 0.0 { -2.0 * constant / (linear + root) } else { (root - linear) / (2.0 * square) };
    share.max(0.0).max(-delta)
}

/// Where a function that falls from `low` to `high` passes 0; an end if it does not.
fn last_above_zero(mut low: f64, mut high: f64, value: impl Fn(f64) -> f64) -> f64 {
    if value(high) > 0.0 {
        return high;
    }
    if value(low) < 0.0 {
        return low;
    }
    for _ in 0..HALVINGS {
        let middle = low.midpoint(high);
        if value(middle) > 0.0 {
            low = middle;
        } else {
            high = middle;
        }
    }
    low.midpoint(high)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn interval(first: u32, second: u32, n: u32) -> (f64, f64) {
        let Interval { level, low, high } = difference_interval(Discordant { first, second }, n).unwrap();
        assert_eq!(level.to_bits(), 0.95_f64.to_bits());
        (low, high)
    }

    fn near(found: f64, wanted: f64, tolerance: f64) {
        assert!((found - wanted).abs() <= tolerance, "{found} is not {wanted}");
    }

    #[test]
    fn a_published_interval_is_met() {
        // Airway hyper-responsiveness before and after a transplantation, in Fagerland, Lydersen
        // and Laake, Statistics in Medicine 33, 2014.
        let (low, high) = interval(1, 7, 21);
        near(low, -0.517, 0.0005);
        near(high, -0.026, 0.0005);
    }

    #[test]
    fn entries_that_never_disagree_have_an_interval_in_closed_form() {
        for n in [1, 2, 10, 1000, 100_000] {
            let end = Z * Z / (f64::from(n) + Z * Z);
            let (low, high) = interval(0, 0, n);
            near(low, -end, 1e-12);
            near(high, end, 1e-12);
        }
    }

    #[test]
    fn the_other_way_round_it_is_the_same_with_another_sign() {
        for (first, second, n) in [(0, 0, 1), (1, 0, 1), (3, 5, 20), (20, 0, 20), (19, 1, 20), (7000, 6000, 100_000)] {
            let ((low, high), (other_low, other_high)) = (interval(first, second, n), interval(second, first, n));
            near(low, -other_high, 1e-12);
            near(high, -other_low, 1e-12);
            let middle = (f64::from(first) - f64::from(second)) / f64::from(n);
            assert!(-1.0 <= low && low <= middle && middle <= high && high <= 1.0, "{first} {second} {n}");
        }
    }

    #[test]
    fn the_likeliest_share_is_where_the_likelihood_is_highest() {
        for (b, c, n) in [(3.0, 5.0, 20.0), (0.0, 4.0, 9.0), (4.0, 0.0, 9.0), (1.0, 1.0, 100.0)] {
            for step in -9..=9 {
                let delta = f64::from(step) / 10.0;
                let likelihood = |share: f64| {
                    let term = |count: f64, p: f64| if count == 0.0 { 0.0 } else { count * p.ln() };
                    term(b, share + delta) + term(c, share) + term(n - b - c, 1.0 - 2.0 * share - delta)
                };
                let best = likelihood(likeliest(b, c, n, delta));
                let (least, most) = ((-delta).max(0.0), (1.0 - delta) / 2.0);
                for place in 0..=1000 {
                    let share = least + (most - least) * f64::from(place) / 1000.0;
                    let other = likelihood(share);
                    assert!(other.is_nan() || other <= best + 1e-9, "{b} {c} {n} {delta}: {share} is likelier");
                }
            }
        }
    }

    #[test]
    fn about_95_of_100_intervals_hold_the_difference() {
        // All outcomes of 30 images, each with its probability.
        let n: u32 = 30;
        let ln_factorial = |k: u32| (2..=k).map(|i| f64::from(i).ln()).sum::<f64>();
        for (only_first, only_second) in [(0.1, 0.1), (0.2, 0.05), (0.3, 0.2), (0.5, 0.1)] {
            let both: f64 = 1.0 - only_first - only_second;
            let mut held = 0.0;
            for first in 0..=n {
                for second in 0..=n - first {
                    let rest = n - first - second;
                    let ways = ln_factorial(n) - ln_factorial(first) - ln_factorial(second) - ln_factorial(rest);
                    let (low, high) = interval(first, second, n);
                    if (low..=high).contains(&(only_first - only_second)) {
                        let powers = f64::from(first) * f64::ln(only_first) + f64::from(second) * f64::ln(only_second);
                        held += (ways + powers + f64::from(rest) * both.ln()).exp();
                    }
                }
            }
            assert!((0.93..=0.975).contains(&held), "{only_first} {only_second}: {held}");
        }
    }

    #[test]
    fn counts_that_cannot_be_are_refused() {
        let discordant = Discordant { first: 6, second: 5 };
        assert_eq!(difference_interval(discordant, 10), Err(IntervalError::Counts { wrong: 11, n: 10 }));
        let nothing = Discordant { first: 0, second: 0 };
        assert_eq!(difference_interval(nothing, 0), Err(IntervalError::Counts { wrong: 0, n: 0 }));
    }
}
