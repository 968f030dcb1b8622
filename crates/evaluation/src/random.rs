//! A generator of random numbers whose sequence is fixed for ever, so that a seeded choice can be
//! made again.

/// SplitMix64 (Steele, Lea and Flood: Fast Splittable Pseudorandom Number Generators, OOPSLA 2014).
/// Not for secrets.
#[derive(Debug, Clone)]
pub struct SplitMix64 {
    state: u64,
}

impl SplitMix64 {
    /// A generator with this seed.
    #[must_use]
    pub const fn new(seed: u64) -> Self {
        Self { state: seed }
    }

    /// What the state grows by with each draw: the odd number nearest to 2⁶⁴ divided by the golden
    /// ratio.
    pub const GAMMA: u64 = 0x9E37_79B9_7F4A_7C15;

    /// Returns the next 64 bits.
    pub const fn next_u64(&mut self) -> u64 {
        self.state = self.state.wrapping_add(Self::GAMMA);
        Self::mix(self.state)
    }

    /// Returns the draw that a state stands for. Number *i* from 0 of a seed is
    /// `mix(seed + (i + 1)·GAMMA)`, so that the draws of a sequence can be made in any order.
    #[must_use]
    pub const fn mix(mut z: u64) -> u64 {
        z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        z ^ (z >> 31)
    }

    /// Returns a number below `bound`, each equally likely: draws above the last whole multiple of
    /// `bound` are drawn again. 0 if `bound` is 0.
    pub const fn below(&mut self, bound: u64) -> u64 {
        if bound == 0 {
            return 0;
        }
        // 2^64 mod bound, computed within 64 bits.
        let surplus = (u64::MAX % bound + 1) % bound;
        loop {
            let draw = self.next_u64();
            if draw <= u64::MAX - surplus {
                return draw % bound;
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_sequence_is_the_published_one() {
        // First outputs for seed 1234567, as the authors' reference program prints them.
        let mut generator = SplitMix64::new(1_234_567);
        let expected = [6_457_827_717_110_365_317, 3_203_168_211_198_807_973, 9_817_491_932_198_370_423];
        assert_eq!(expected.map(|_| generator.next_u64()), expected);
    }

    #[test]
    fn a_draw_can_be_made_by_its_number() {
        let mut generator = SplitMix64::new(u64::MAX - 3);
        for index in 0..100_u64 {
            let state = (u64::MAX - 3).wrapping_add(SplitMix64::GAMMA.wrapping_mul(index + 1));
            assert_eq!(SplitMix64::mix(state), generator.next_u64(), "{index}");
        }
    }

    #[test]
    fn draws_stay_below_the_bound() {
        let mut generator = SplitMix64::new(1);
        for bound in [1, 2, 3, 7, 1000, u64::MAX, 1 << 63, (1 << 63) + 1] {
            for _ in 0..100 {
                assert!(generator.below(bound) < bound);
            }
        }
        assert_eq!(generator.below(0), 0);
    }
}
