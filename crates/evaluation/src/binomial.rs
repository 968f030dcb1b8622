//! Binomial probabilities and tails, accurate to about 13 digits for up to 2^32 trials.

/// ln P[X = k] for X ~ Bin(n, p) and 0 ≤ k ≤ n, 0 < p < 1, by Loader's saddle-point expansion (Fast
/// and Accurate Computation of Binomial Probabilities, 2000), in which nothing large cancels.
pub(crate) fn ln_probability(k: u32, n: u32, p: f64) -> f64 {
    let (count, failures, trials) = (f64::from(k), f64::from(n - k), f64::from(n));
    if k == 0 {
        return trials * (-p).ln_1p();
    }
    if k == n {
        return trials * p.ln();
    }
    let errors = stirling_error(n) - stirling_error(k) - stirling_error(n - k);
    let deviances = deviance(count, trials * p) + deviance(failures, trials * (1.0 - p));
    errors - deviances - 0.5 * (std::f64::consts::TAU * count * (failures / trials)).ln()
}

/// ln n! less Stirling's formula, ln(√(2πn) (n/e)^n).
fn stirling_error(n: u32) -> f64 {
    let x = f64::from(n);
    if n <= 15 {
        let factorial: f64 = (1..=n).map(f64::from).product();
        return factorial.ln() - (0.5 * (std::f64::consts::TAU * x).ln() + x * x.ln() - x);
    }
    let square = x * x;
    (1.0 / 12.0 - (1.0 / 360.0 - (1.0 / 1260.0 - (1.0 / 1680.0 - 1.0 / (1188.0 * square)) / square) / square) / square)
        / x
}

/// x ln(x / mean) + mean − x, without cancellation if the two are close.
fn deviance(x: f64, mean: f64) -> f64 {
    let difference = x - mean;
    if difference.abs() >= 0.1 * (x + mean) {
        return x * (x / mean).ln() - difference;
    }
    let ratio = difference / (x + mean);
    let mut sum = difference * ratio;
    let mut term = 2.0 * x * ratio;
    for odd in (3..2001).step_by(2) {
        term *= ratio * ratio;
        let before = sum;
        sum += term / f64::from(odd);
        if sum.to_bits() == before.to_bits() {
            break;
        }
    }
    sum
}

/// The lower tail of Bin(n, p) at k.
#[derive(Debug, Clone, Copy)]
pub(crate) struct LowerTail {
    /// ln P[X ≤ k].
    pub(crate) ln: f64,
    /// d ln P[X ≤ k] / dp.
    pub(crate) slope: f64,
}

/// P[X ≤ k] for X ~ Bin(n, p) with k < n and k at most about the mean, if the fraction converges
/// fast.
///
/// P[X ≤ k] = I_q(n − k, k + 1) with q = 1 − p, the regularised incomplete beta function, as its
/// first factor p·P[X = k] times a continued fraction (Numerical Recipes, 6.4), of which also its
/// derivative is made.
pub(crate) fn lower_tail(k: u32, n: u32, p: f64) -> LowerTail {
    let (a, b, x) = (f64::from(n - k), f64::from(k) + 1.0, 1.0 - p);
    let fraction = beta_fraction(a, b, x);
    LowerTail { ln: p.ln() + ln_probability(k, n, p) + fraction.ln(), slope: -a / (x * p * fraction) }
}

/// Returns ln P[X ≥ k] for X ~ Bin(n, p), or 0 if k is no more than the mean, p is 0 or 1, or k >
/// n: nothing that could be evidence.
pub(crate) fn upper_tail(k: u32, n: u32, p: f64) -> f64 {
    // Seen from the other side it is a lower tail below the mean.
    if k == 0 || k > n || p <= 0.0 || p >= 1.0 || f64::from(k) <= f64::from(n) * p {
        return 0.0;
    }
    lower_tail(n - k, n, 1.0 - p).ln.min(0.0)
}

/// Returns the continued fraction of the incomplete beta function by Lentz's method.
fn beta_fraction(a: f64, b: f64, x: f64) -> f64 {
    const TINY: f64 = 1e-300;
    let away = |value: f64| if value.abs() < TINY { TINY } else { value };
    let mut c = 1.0;
    let mut d = 1.0 / away(1.0 - (a + b) * x / (a + 1.0));
    let mut fraction = d;
    for step in 1..100_000_u32 {
        let m = f64::from(step);
        let even = m * (b - m) * x / ((a + 2.0 * m - 1.0) * (a + 2.0 * m));
        d = 1.0 / away(1.0 + even * d);
        c = away(1.0 + even / c);
        fraction *= d * c;
        let odd = -(a + m) * (a + b + m) * x / ((a + 2.0 * m) * (a + 2.0 * m + 1.0));
        d = 1.0 / away(1.0 + odd * d);
        c = away(1.0 + odd / c);
        fraction *= d * c;
        if (d * c - 1.0).abs() < 1e-15 {
            break;
        }
    }
    fraction
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn probabilities_agree_with_products() {
        for n in [1_u32, 2, 5, 15, 16, 17, 40, 100] {
            for p in [0.001, 0.1, 0.5, 0.77, 0.999] {
                let mut choose = 1.0_f64;
                for k in 0..=n {
                    let exact = choose.ln() + f64::from(k) * f64::ln(p) + f64::from(n - k) * f64::ln(1.0 - p);
                    let found = ln_probability(k, n, p);
                    assert!((found - exact).abs() < 2e-12 * exact.abs().max(1.0), "{k} {n} {p}: {found} {exact}");
                    choose *= f64::from(n - k) / f64::from(k + 1);
                }
            }
        }
    }

    #[test]
    fn probabilities_sum_to_one_for_many_trials() {
        let sum: f64 = (0..=100_000).map(|k| ln_probability(k, 100_000, 0.265).exp()).sum();
        assert!((sum - 1.0).abs() < 1e-11, "{sum}");
    }

    #[test]
    fn tails_agree_with_sums() {
        for (n, p) in [(10, 0.3), (100, 0.5), (1000, 0.05), (100_000, 0.265), (100_000, 0.0001)] {
            let mean = f64::from(n) * p;
            let mut sum = 0.0;
            for k in 0..n {
                if f64::from(k) > mean {
                    break;
                }
                sum += ln_probability(k, n, p).exp();
                if sum > 1e-250 {
                    let found = lower_tail(k, n, p);
                    assert!((found.ln.exp() / sum - 1.0).abs() < 1e-10, "{k} {n} {p}: {} {sum}", found.ln.exp());
                    assert!((found.ln - lower_tail(k, n, p + 1e-9).ln + 1e-9 * found.slope).abs() < 1e-7);
                }
            }
        }
    }

    #[test]
    fn upper_tails_agree_with_sums() {
        for (n, p) in [(10, 0.3), (100, 0.5), (1000, 0.05), (300, 0.8)] {
            let mut sum = 0.0;
            for k in (1..=n).rev() {
                if f64::from(k) <= f64::from(n) * p {
                    break;
                }
                sum += ln_probability(k, n, p).exp();
                if sum > 1e-250 {
                    assert!((upper_tail(k, n, p).exp() / sum - 1.0).abs() < 1e-9, "{k} {n} {p}");
                }
            }
        }
        let nothing = [upper_tail(0, 10, 0.5), upper_tail(5, 10, 0.5), upper_tail(3, 3, 1.0), upper_tail(0, 0, 0.5)];
        assert_eq!(nothing, [0.0; 4], "no more than is expected");
    }

    #[test]
    fn tails_agree_with_another_implementation() {
        for (k, n, p) in [(3, 50, 0.2), (20, 200, 0.15), (0, 9, 0.4), (8, 9, 0.95)] {
            let other = statrs::function::beta::beta_reg(f64::from(n - k), f64::from(k + 1), 1.0 - p);
            assert!((lower_tail(k, n, p).ln.exp() / other - 1.0).abs() < 1e-11);
        }
    }
}
