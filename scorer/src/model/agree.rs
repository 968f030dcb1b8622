//! Whether two runs gave the same answers.

use holdout_protocol::{Arithmetic, NearTies};

use crate::runner::{Answers, Order};

/// Fewest rows of which one may differ between two runs without optimisation.
const FEW: usize = 20;

/// Returns how many of `rows` may differ without a near tie: a thousandth, because sums in another
/// order round differently.
///
/// Of fewer than a thousand rows of an optimised run, none may differ, because optimising is our
/// doing and can be left out. Otherwise a single row may, because batches of another size round
/// differently as well, and there is nothing else to leave out.
pub(crate) const fn tolerated_differences(rows: usize, optimised: bool) -> usize {
    if rows >= 1000 {
        rows / 1000
    } else if optimised || rows < FEW {
        0
    } else {
        1
    }
}

/// What two runs of an honest model may differ in.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Agreement {
    /// Part of the spread of an image's scores by which two of them may differ and still be nearly
    /// equal.
    pub(crate) tolerance: f32,
    /// Of so many rows, one may differ by a near tie.
    rows_for_a_near_tie: usize,
}

impl Agreement {
    /// Returns what suits numbers of this precision: the coarser of how they are computed and of
    /// the type of the weights.
    ///
    /// A model that makes every place a near tie could answer by chance, so near ties have a share
    /// of the rows that they cannot exceed.
    pub(crate) fn suiting(arithmetic: Arithmetic, weights: Option<&str>) -> Self {
        match (arithmetic, weights) {
            (Arithmetic::Bfloat16, _) | (_, Some("bfloat16")) => Self { tolerance: 0.02, rows_for_a_near_tie: 5 },
            (Arithmetic::Tf32, _) | (_, Some("float16")) => Self { tolerance: 0.004, rows_for_a_near_tie: 10 },
            (Arithmetic::Float32, _) => Self { tolerance: 0.0001, rows_for_a_near_tie: 1000 },
        }
    }

    /// Returns whether so little differs of `rows` that both runs may be those of an honest model.
    /// Near ties beyond their share count like other differences, never for more.
    pub(crate) fn accepts(self, differences: Differences, rows: usize, optimised: bool) -> bool {
        let unexplained = differences.near.saturating_sub(rows / self.rows_for_a_near_tie);
        differences.beyond.saturating_add(unexplained) <= tolerated_differences(rows, optimised)
    }
}

/// Rows of a second run that differ from the answers in test-set order: in the first index, or in
/// the set of all.
#[derive(Debug, Default, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Differences {
    /// Those that a near tie explains.
    pub(crate) near: usize,
    /// The others.
    pub(crate) beyond: usize,
}

impl Differences {
    pub(crate) fn between(first: &Answers, second: &Answers, order: &Order) -> Self {
        let mut differences = Self::default();
        for (image, row) in order.images().iter().zip(second.rows_with_near_ties()) {
            let other = first.row(*image).map(|other| (other, first.near_ties(*image)));
            match other.map_or(Difference::Beyond, |other| compare(other, row)) {
                Difference::None => (),
                Difference::Near => differences.near += 1,
                Difference::Beyond => differences.beyond += 1,
            }
        }
        differences
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Difference {
    None,
    /// Both runs say that nearly nothing decided the place in which they differ, and what they put
    /// there is what a near tie can put there.
    Near,
    Beyond,
}

fn compare((a, ties_of_a): (&[u16], NearTies), (b, ties_of_b): (&[u16], NearTies)) -> Difference {
    if a.len() != b.len() {
        return Difference::Beyond;
    }
    let missing = a.iter().filter(|index| !b.contains(index)).count();
    let is_first_same = a.first() == b.first();
    if missing == 0 && is_first_same {
        return Difference::None;
    }
    // The second place became the first. If there is one place only, it is the last one, too.
    let in_both = |index: Option<&u16>| index.is_some_and(|index| a.contains(index) && b.contains(index));
    let may_be_first =
        ties_of_a.first && ties_of_b.first && (a.len() == 1 || (in_both(a.first()) && in_both(b.first())));
    // One class without a place took the last one.
    let may_be_last = ties_of_a.last && ties_of_b.last && missing == 1;
    if (is_first_same || may_be_first) && (missing == 0 || may_be_last) { Difference::Near } else { Difference::Beyond }
}

#[cfg(test)]
mod tests {
    use super::*;

    const NONE: NearTies = NearTies { first: false, last: false };
    const FIRST: NearTies = NearTies { first: true, last: false };
    const LAST: NearTies = NearTies { first: false, last: true };
    const BOTH: NearTies = NearTies { first: true, last: true };

    #[test]
    fn sets_and_first_places_count_and_nothing_else() {
        let first = [4, 2, 7, 1, 9];
        let cases = [
            ([4, 2, 7, 1, 9], Difference::None),
            ([4, 9, 1, 7, 2], Difference::None),
            ([2, 4, 7, 1, 9], Difference::Beyond),
            ([4, 2, 7, 1, 8], Difference::Beyond),
            ([4, 8, 7, 1, 9], Difference::Beyond),
        ];
        for (second, expected) in cases {
            assert_eq!(compare((&first, NONE), (&second, NONE)), expected, "{second:?}");
        }
        assert_eq!(compare((&first, BOTH), (&first[..4], BOTH)), Difference::Beyond);
    }

    #[test]
    fn a_near_tie_explains_what_it_can_and_no_more() {
        use Difference::{Beyond, Near};
        let first = [4, 2, 7, 1, 9];
        let cases = [
            ([2, 4, 7, 1, 9], FIRST, FIRST, Near),
            ([2, 4, 7, 1, 9], FIRST, LAST, Beyond),
            ([2, 4, 7, 1, 9], NONE, BOTH, Beyond),
            ([4, 2, 7, 1, 8], LAST, LAST, Near),
            ([4, 2, 7, 1, 8], LAST, NONE, Beyond),
            ([4, 2, 7, 1, 8], FIRST, FIRST, Beyond),
            ([2, 4, 7, 1, 8], BOTH, BOTH, Near),
            ([2, 4, 7, 1, 8], BOTH, FIRST, Beyond),
            // Two classes without a place, and a first place that was none before.
            ([4, 2, 7, 3, 8], BOTH, BOTH, Beyond),
            ([8, 4, 2, 7, 1], BOTH, BOTH, Beyond),
            ([2, 7, 1, 9, 8], BOTH, BOTH, Beyond),
        ];
        for (second, one, other, expected) in cases {
            assert_eq!(compare((&first, one), (&second, other)), expected, "{second:?} {one:?} {other:?}");
        }
        assert_eq!(compare((&[4], BOTH), (&[5], BOTH)), Near);
        assert_eq!(compare((&[4], LAST), (&[5], BOTH)), Beyond);
    }

    #[test]
    fn a_second_run_is_compared_image_by_image() {
        let count = 40;
        let row = |image: u32| u16::try_from(image).unwrap();
        let ties = |near: &[usize]| -> Vec<NearTies> {
            (0..40).map(|at| if near.contains(&at) { BOTH } else { NONE }).collect()
        };
        let first = Answers::new(1, (0..count).map(row).collect(), vec![BOTH; 40]);
        let order = Order::second_run(count, 8, &mut rand::rng());
        let mut rows: Vec<u16> = order.images().iter().copied().map(row).collect();
        let same = Answers::new(1, rows.clone(), ties(&[]));
        assert_eq!(Differences::between(&first, &same, &order), Differences::default());
        for at in [3, 7, 9] {
            rows[at] = 1000;
        }
        let second = Answers::new(1, rows, ties(&[7]));
        assert_eq!(Differences::between(&first, &second, &order), Differences { near: 1, beyond: 2 });
    }

    #[test]
    fn near_ties_have_a_share_that_grows_with_what_is_rounded_away() {
        let most = |arithmetic, weights| {
            let agreement = Agreement::suiting(arithmetic, weights);
            (0..=100).rev().find(|near| agreement.accepts(Differences { near: *near, beyond: 0 }, 100, true))
        };
        assert_eq!(most(Arithmetic::Float32, Some("float32")), Some(0));
        assert_eq!(most(Arithmetic::Float32, None), Some(0));
        assert_eq!(most(Arithmetic::Tf32, Some("float32")), Some(10));
        assert_eq!(most(Arithmetic::Float32, Some("float16")), Some(10));
        assert_eq!(most(Arithmetic::Tf32, Some("bfloat16")), Some(20));
        assert_eq!(most(Arithmetic::Bfloat16, Some("float32")), Some(20));
        let beyond = Differences { near: 0, beyond: 2 };
        assert!(!Agreement::suiting(Arithmetic::Tf32, None).accepts(beyond, 100, false));
    }

    #[test]
    fn a_near_tie_never_counts_for_more_than_another_difference() {
        let agreement = Agreement::suiting(Arithmetic::Float32, Some("float32"));
        let accepts = |near, beyond, rows| agreement.accepts(Differences { near, beyond }, rows, false);
        assert!(accepts(0, 1, 100) && accepts(1, 0, 100) && !accepts(1, 1, 100));
        assert!(accepts(1, 1, 1000) && accepts(2, 0, 1000) && !accepts(1, 2, 1000));
    }

    /// Returns how likely it is that a model passes that answers `cheats` of `count` images
    /// otherwise in the second run. If the first run was optimised, one without that decides.
    fn chance_to_pass(count: u32, cheats: u32) -> f64 {
        let rows = Order::second_run(count, 64, &mut rand::rng()).len();
        let most = u32::try_from(tolerated_differences(rows.try_into().unwrap(), false)).unwrap();
        // The hypergeometric distribution: so many of the sample are among those images.
        let logarithm = |from: u32, taken: u32| -> f64 {
            let factor = |at: u32| f64::from(from - at) / f64::from(taken - at);
            if taken > from { f64::NEG_INFINITY } else { (0..taken).map(|at| factor(at).ln()).sum() }
        };
        let chance = |found: u32| {
            let ways = logarithm(cheats, found) + logarithm(count - cheats, rows - found);
            (ways - logarithm(count, rows)).exp()
        };
        (0..=most.min(cheats)).map(chance).sum()
    }

    #[test]
    fn a_cheat_passes_as_rarely_as_the_decision_says() {
        // Decision 11 has this table.
        for (count, cheats, expected) in [
            (100, 2, 0.0),
            (400, 20, 0.022),
            (1000, 10, 0.736),
            (1000, 20, 0.389),
            (1000, 50, 0.031),
            (1000, 100, 0.0002),
            (50_000, 100, 0.057),
            (50_000, 500, 0.0),
        ] {
            let chance = chance_to_pass(count, cheats);
            assert!((chance - expected).abs() < 0.0005, "{cheats} of {count}: {chance}");
        }
    }

    #[test]
    fn a_thousandth_may_differ_and_nothing_in_small_sets() {
        let rows = [1, 19, 20, 999, 1000, 1999, 2000, 100_000];
        assert_eq!(rows.map(|rows| tolerated_differences(rows, true)), [0, 0, 0, 0, 1, 1, 2, 100]);
        assert_eq!(rows.map(|rows| tolerated_differences(rows, false)), [0, 0, 1, 1, 1, 1, 2, 100]);
    }
}
