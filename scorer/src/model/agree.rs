//! Whether two runs gave the same answers.

use crate::runner::{Answers, Order};

/// Fewest rows of which one may differ between two runs without optimisation.
const FEW: usize = 20;

/// Returns how many of `rows` may differ: a thousandth, because sums in another order round
/// differently.
///
/// Of fewer than a thousand rows of an optimised run, none may differ, because optimising is our doing and can be left out.
/// Otherwise a single row may, because batches of another size round differently as well, and there is nothing else to leave out.
pub(crate) const fn tolerated_differences(rows: usize, optimised: bool) -> usize {
    if rows >= 1000 {
        rows / 1000
    } else if optimised || rows < FEW {
        0
    } else {
        1
    }
}

/// Returns how many rows of a second run differ from the answers in test-set order: in the first
/// index, or in the set of all.
pub(crate) fn count_differences(first: &Answers, second: &Answers, order: &Order) -> usize {
    let pairs = order.images().iter().zip(second.rows());
    pairs.filter(|(image, row)| first.row(**image).is_none_or(|other| differ(other, row))).count()
}

fn differ(a: &[u16], b: &[u16]) -> bool {
    a.first() != b.first() || a.len() != b.len() || a.iter().any(|index| !b.contains(index))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sets_and_first_places_count_and_nothing_else() {
        let first = [4, 2, 7, 1, 9];
        let cases = [
            ([4, 2, 7, 1, 9], false),
            ([4, 9, 1, 7, 2], false),
            ([2, 4, 7, 1, 9], true),
            ([4, 2, 7, 1, 8], true),
            ([4, 8, 7, 1, 9], true),
        ];
        for (second, expected) in cases {
            assert_eq!(differ(&first, &second), expected, "{second:?}");
        }
    }

    #[test]
    fn a_second_run_is_compared_image_by_image() {
        let count = 40;
        let row = |image: u32| u16::try_from(image).unwrap();
        let first = Answers::new(1, (0..count).map(row).collect());
        let order = Order::second_run(count, 8, &mut rand::rng());
        let same = Answers::new(1, order.images().iter().copied().map(row).collect());
        assert_eq!(count_differences(&first, &same, &order), 0);
        let mut changed: Vec<u16> = same.rows().map(|row| row[0]).collect();
        changed[3] = 1000;
        changed[7] = 1000;
        assert_eq!(count_differences(&first, &Answers::new(1, changed), &order), 2);
    }

    #[test]
    fn a_thousandth_may_differ_and_nothing_in_small_sets() {
        let rows = [1, 19, 20, 999, 1000, 1999, 2000, 100_000];
        assert_eq!(rows.map(|rows| tolerated_differences(rows, true)), [0, 0, 0, 0, 1, 1, 2, 100]);
        assert_eq!(rows.map(|rows| tolerated_differences(rows, false)), [0, 0, 1, 1, 1, 1, 2, 100]);
    }
}
