//! Two entries on the same images: exact McNemar tests, Holm's correction, the resolution of a test
//! set, the ladder.

use crate::binomial::lower_tail;
use crate::{Bits, SizeMismatch};

/// On how many images exactly one of two entries is right.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Discordant {
    /// Images that only the first has right.
    pub first: u32,
    /// Images that only the second has right.
    pub second: u32,
}

/// The result of an exact two-sided McNemar test.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct McNemar {
    /// The counts it rests on.
    pub discordant: Discordant,
    /// min(1, 2·P[Bin(b + c, ½) ≤ min(b, c)]); 0 if it is below the smallest number there is.
    pub p: f64,
    /// Its natural logarithm, which is never lost.
    pub ln_p: f64,
}

/// Counts the images on which exactly one of two entries is right, within the mask if there is one.
///
/// # Errors
///
/// If the sizes differ.
pub fn compare(first: &Bits, second: &Bits, mask: Option<&Bits>) -> Result<Discordant, SizeMismatch> {
    let mismatch = |found: &Bits| SizeMismatch { wanted: first.len(), found: found.len() };
    let all = first.count_differing(second, mask).ok_or_else(|| match mask {
        Some(mask) if first.len() == second.len() => mismatch(mask),
        _ => mismatch(second),
    })?;
    let only_first = match mask {
        None => first.count_and_not(second),
        Some(mask) => first.and(mask).and_then(|first| first.count_and_not(second)),
    };
    let only_first = only_first.ok_or_else(|| mismatch(second))?;
    let count = |count: usize| u32::try_from(count).unwrap_or(u32::MAX);
    Ok(Discordant { first: count(only_first), second: count(all - only_first) })
}

/// Returns the exact two-sided McNemar test: whether one of two entries is better than chance
/// explains.
#[must_use]
pub fn mcnemar(discordant: Discordant) -> McNemar {
    let less = discordant.first.min(discordant.second);
    let trials = discordant.first.saturating_add(discordant.second);
    // From here on the two tails meet or overlap, and the doubled tail is 1 or more.
    let ln_p = if trials - less <= less.saturating_add(1) {
        0.0
    } else {
        (lower_tail(less, trials, 0.5).ln + std::f64::consts::LN_2).min(0.0)
    };
    McNemar { discordant, p: ln_p.exp(), ln_p }
}

/// Holm's step-down at level `alpha`: which of several tests are significant together, in their
/// order.
#[must_use]
pub fn holm(p_values: &[f64], alpha: f64) -> Vec<bool> {
    let mut order: Vec<(usize, f64)> = p_values.iter().copied().enumerate().collect();
    order.sort_by(|(_, a), (_, b)| a.total_cmp(b));
    let mut significant = vec![false; p_values.len()];
    for (rank, (index, p)) in order.iter().enumerate() {
        let left = u32::try_from(p_values.len() - rank).unwrap_or(u32::MAX);
        // A p that is no number is never significant.
        if p.is_nan() || *p > alpha / f64::from(left) {
            break;
        }
        if let Some(place) = significant.get_mut(*index) {
            *place = true;
        }
    }
    significant
}

/// The fewest images on which an exact McNemar test is significant at 5 %: 2·½⁶ = 3.1 %.
const FEWEST_SIGNIFICANT: f64 = 6.0;

/// Returns the smallest difference of error rates that `n` images tell apart at 5 % if two entries
/// disagree on a share `q` of them: 1.96·√(q/n), but no less than six images, because the exact
/// test finds nothing in fewer (2·½⁵ > 5 %). Infinite for no images.
#[must_use]
pub fn resolution(n: u32, q: f64) -> f64 {
    if n == 0 {
        return f64::INFINITY;
    }
    let n = f64::from(n);
    (1.96 * (q / n).sqrt()).max(FEWEST_SIGNIFICANT / n)
}

/// Returns the ladder's rule (Blum and Hardt, 2015): whether an entry beats the team's best by more
/// than one standard deviation of the difference, so that noise alone seldom moves a published
/// score. With b images only the new entry has right, c only the best, and n images, that is (b −
/// c)/n > s/√n with s² = (b + c − (b − c)²/n)/(n − 1).
#[must_use]
pub fn beats_own_best(new_to_best: Discordant, n: u32) -> bool {
    let (b, c) = (f64::from(new_to_best.first), f64::from(new_to_best.second));
    if n < 2 {
        return b > c;
    }
    let n = f64::from(n);
    let gain = b - c;
    let variance = (b + c - gain * gain / n) / (n - 1.0);
    gain > 0.0 && gain * gain > n * variance
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::SplitMix64;

    fn test(first: u32, second: u32) -> McNemar {
        mcnemar(Discordant { first, second })
    }

    #[test]
    fn p_values_agree_with_the_definition() {
        for trials in 0..=60_u32 {
            // Exact, because all binomial coefficients of 60 are below 2^60.
            let mut coefficients = vec![1_u64];
            for k in 0..u64::from(trials) {
                let last = u128::from(*coefficients.last().unwrap());
                let next = last * u128::from(u64::from(trials) - k) / u128::from(k + 1);
                coefficients.push(u64::try_from(next).unwrap());
            }
            for first in 0..=trials {
                let less = usize::try_from(first.min(trials - first)).unwrap();
                let tail: u128 = coefficients[..=less].iter().map(|c| u128::from(*c)).sum();
                let exact = (2.0 * to_float(tail) / to_float(1 << trials)).min(1.0);
                let found = test(first, trials - first);
                assert!((found.p / exact - 1.0).abs() < 1e-12, "{first} {trials}: {} {exact}", found.p);
            }
        }
    }

    #[expect(clippy::as_conversions, clippy::cast_precision_loss, reason = "tests")]
    fn to_float(number: u128) -> f64 {
        number as f64
    }

    #[test]
    fn nothing_underflows() {
        let found = test(0, 1_000_000);
        assert_eq!(found.p.to_bits(), 0.0_f64.to_bits());
        assert!((found.ln_p / (-999_999.0 * std::f64::consts::LN_2) - 1.0).abs() < 1e-12);
        let found = test(400_000, 600_000);
        assert!((-20_200.0..-20_100.0).contains(&found.ln_p), "{}", found.ln_p);
        assert!((test(499_999, 500_001).p - 1.0).abs() < 0.01);
        assert_eq!(test(u32::MAX, u32::MAX).p.to_bits(), 1.0_f64.to_bits());
    }

    #[test]
    fn p_rises_with_the_number_of_disagreements() {
        for gap in 1..40 {
            for both in 0..400 {
                assert!(test(both, both + gap).ln_p <= test(both + 1, both + gap + 1).ln_p + 1e-12);
            }
        }
    }

    #[test]
    fn comparisons_count_images() {
        let mut random = SplitMix64::new(8);
        let mut make = |n| Bits::from_fn(n, |_| random.below(2) == 0);
        let (a, b, mask) = (make(500), make(500), make(500));
        let all = || a.iter().zip(b.iter()).zip(mask.iter());
        let count = |found: usize| u32::try_from(found).unwrap();
        let plain = compare(&a, &b, None).unwrap();
        assert_eq!(plain.first, count(all().filter(|((a, b), _)| *a && !*b).count()));
        assert_eq!(plain.second, count(all().filter(|((a, b), _)| !*a && *b).count()));
        let masked = compare(&a, &b, Some(&mask)).unwrap();
        assert_eq!(masked.first, count(all().filter(|((a, b), m)| *a && !*b && *m).count()));
        assert_eq!(masked.second, count(all().filter(|((a, b), m)| !*a && *b && *m).count()));
        assert_eq!(compare(&a, &make(499), None), Err(SizeMismatch { wanted: 500, found: 499 }));
        assert_eq!(compare(&a, &b, Some(&make(7))), Err(SizeMismatch { wanted: 500, found: 7 }));
    }

    #[test]
    fn holm_agrees_with_its_definition() {
        assert_eq!(holm(&[0.01, 0.04, 0.03, 0.005], 0.05), [true, false, false, true]);
        assert_eq!(holm(&[0.05], 0.05), [true]);
        assert_eq!(holm(&[f64::NAN, 0.01], 0.05), [false, true]);
        assert_eq!(holm(&[], 0.05), Vec::<bool>::new());
        let mut random = SplitMix64::new(4);
        for _ in 0..300 {
            let count = 1 + u32::try_from(random.below(7)).unwrap();
            let p: Vec<f64> = (0..count).map(|_| f64::from(u32::try_from(random.below(40)).unwrap()) / 400.0).collect();
            let found = holm(&p, 0.05);
            // By adjusted p-values: the largest of (m − i + 1)·p over the sorted values up to this
            // one.
            for (value, significant) in p.iter().zip(found) {
                let mut sorted = p.clone();
                sorted.sort_by(f64::total_cmp);
                let up_to = sorted.iter().take_while(|other| *other <= value).count();
                let first_equal = sorted.iter().take_while(|other| *other < value).count();
                let adjusted = (0..=first_equal.min(up_to - 1))
                    .map(|i| f64::from(count - u32::try_from(i).unwrap()) * sorted[i])
                    .fold(0.0, f64::max);
                if (adjusted - 0.05).abs() > 1e-12 {
                    assert_eq!(significant, adjusted < 0.05, "{value} of {p:?}");
                }
            }
        }
    }

    #[test]
    fn resolution_is_as_published() {
        assert!((resolution(100_000, 0.05) - 0.001_385_9).abs() < 1e-6);
        assert!(resolution(0, 0.05).is_infinite());
        // Entries with the same mistakes: as many images as make a test significant, one fewer does
        // not.
        assert!((resolution(1000, 0.0) - 0.006).abs() < 1e-12);
        assert!(mcnemar(Discordant { first: 6, second: 0 }).p < 0.05);
        assert!(mcnemar(Discordant { first: 5, second: 0 }).p > 0.05);
    }

    #[test]
    fn the_ladder_asks_for_one_standard_deviation() {
        let beats = |first, second, n| beats_own_best(Discordant { first, second }, n);
        assert!(!beats(0, 0, 100) && !beats(5, 5, 100) && !beats(0, 9, 100));
        assert!(!beats(10, 7, 100_000));
        assert!(beats(13, 7, 100_000));
        assert!(beats(100, 0, 100));
        // By the definition, over the losses themselves.
        let mut random = SplitMix64::new(6);
        for _ in 0..500 {
            let n = 2 + u32::try_from(random.below(40)).unwrap();
            let first = u32::try_from(random.below(u64::from(n))).unwrap();
            let second = u32::try_from(random.below(u64::from(n - first) + 1)).unwrap();
            let gains = |index| f64::from(u8::from(index < first)) - f64::from(u8::from(index >= n - second));
            let mean = (0..n).map(gains).sum::<f64>() / f64::from(n);
            let variance = (0..n).map(|i| (gains(i) - mean).powi(2)).sum::<f64>() / f64::from(n - 1);
            let margin = mean - (variance / f64::from(n)).sqrt();
            if margin.abs() > 1e-12 {
                assert_eq!(beats(first, second, n), margin > 0.0, "{first} {second} {n}");
            }
        }
    }
}
