use super::ranges::{LEAST_SQUARE, Test};
use super::*;
use crate::paired::{Discordant, mcnemar};
use crate::{SplitMix64, compare, holm};

/// Returns which pairs are significant by Holm's definition, and their ln p: those of the second
/// row, the third and so on.
fn significant_pairs(rows: &[Bits], mask: Option<&Bits>) -> (Vec<bool>, Vec<f64>) {
    let pairs = (0..rows.len()).flat_map(|a| (0..a).map(move |b| (a, b)));
    let tests: Vec<_> = pairs.map(|(a, b)| mcnemar(compare(&rows[a], &rows[b], mask).unwrap())).collect();
    let p: Vec<f64> = tests.iter().map(|test| test.p).collect();
    (holm(&p, ALPHA), tests.iter().map(|test| test.ln_p).collect())
}

/// Ranks by the definitions, pair by pair.
fn by_definition(rows: &[Bits], mask: Option<&Bits>) -> Vec<Standing> {
    let part = mask.map_or_else(|| Part::all(count(rows[0].len())), Part::of);
    let wrong: Vec<u32> = rows.iter().map(|row| part.wrong(row).unwrap()).collect();
    let pairs: Vec<(usize, usize)> = (0..rows.len()).flat_map(|a| (0..a).map(move |b| (a, b))).collect();
    let (significant, _) = significant_pairs(rows, mask);
    let standing = |row: usize| {
        let of = |better: bool| {
            let tests = pairs.iter().zip(&significant).filter(|(_, significant)| **significant);
            let others = tests.filter_map(|(&(a, b), _)| if a == row { Some(b) } else { (b == row).then_some(a) });
            count(others.filter(|other| (wrong[*other] < wrong[row]) == better).count())
        };
        let rank = 1 + count(wrong.iter().filter(|other| **other < wrong[row]).count());
        Standing { rank, range: Some([1 + of(true), count(rows.len()) - of(false)]) }
    };
    (0..rows.len()).map(standing).collect()
}

fn entries<'a>(rows: &'a [Bits], part: Part<'_>) -> Vec<Entry<'a, usize>> {
    let entry = |(key, correct)| Entry { key, wrong: part.wrong(correct).unwrap(), correct };
    rows.iter().enumerate().map(entry).collect()
}

/// Entries of various strengths on images of various difficulties.
fn random_rows(count: u64, n: usize, random: &mut SplitMix64) -> Vec<Bits> {
    let difficulty: Vec<u64> = (0..n).map(|_| random.below(100)).collect();
    let row = |_| {
        let strength = 20 + random.below(60);
        Bits::from_fn(n, |i| random.below(40) + strength > difficulty[i] + 20)
    };
    (0..count).map(row).collect()
}

#[test]
fn rankings_agree_with_the_definition() {
    let mut random = SplitMix64::new(31);
    let mut spread = 0;
    for round in 0..150 {
        let n = [40, 200, 1000][round % 3];
        let number = 1 + random.below(12);
        let rows = random_rows(number, n, &mut random);
        let mask = Bits::from_fn(n, |_| random.below(2) == 0);
        for mask in [None, Some(&mask)] {
            let part = mask.map_or_else(|| Part::all(count(n)), Part::of);
            let ranking = rank(&entries(&rows, part), part, &mut PairCache::new()).unwrap();
            let (found, critical) = (ranking.standings, ranking.significant_ln_p);
            assert_eq!(found, by_definition(&rows, mask), "round {round}");
            let (expected, ln_p) = significant_pairs(&rows, mask);
            let significant: Vec<bool> = ln_p.iter().map(|ln_p| *ln_p <= critical).collect();
            assert_eq!(significant, expected, "round {round}: {critical}");
            spread += found.iter().filter(|s| s.range.is_some_and(|[best, worst]| best < worst)).count();
        }
    }
    assert!(spread > 100, "{spread}");
}

#[test]
fn equal_errors_share_a_rank() {
    let n = 10;
    let rows: Vec<Bits> = [9, 8, 8, 2].map(|right| Bits::from_fn(n, |i| i < right)).into();
    let part = Part::all(10);
    let ranking = rank(&entries(&rows, part), part, &mut PairCache::new()).unwrap();
    assert_eq!(ranking.standings.iter().map(|s| s.rank).collect::<Vec<_>>(), [1, 2, 2, 4]);
    // Neighbours disagree on 1, 0 and 6 of 10 images; no fewer than six are significant.
    assert!((ranking.resolution - 0.6).abs() < 1e-12);
}

#[test]
fn a_cache_changes_nothing_but_time() {
    let mut random = SplitMix64::new(77);
    let rows = random_rows(30, 500, &mut random);
    let mask = Bits::from_fn(500, |_| random.below(3) > 0);
    let mut cache = PairCache::new();
    for round in 0..200 {
        let part = if round % 20 < 15 { Part::of(&mask) } else { Part::all(500) };
        let mut chosen = entries(&rows, part);
        chosen.retain(|_| random.below(3) > 0);
        let fresh = rank(&chosen, part, &mut PairCache::new()).unwrap();
        assert_eq!(rank(&chosen, part, &mut cache).unwrap(), fresh);
        assert_eq!(cache.len(), chosen.len());
    }
}

#[test]
fn pairs_are_counted_once() {
    let mut random = SplitMix64::new(7);
    let rows = random_rows(12, 300, &mut random);
    let part = Part::all(300);
    let mut cache = PairCache::new();
    let first = rank(&entries(&rows, part), part, &mut cache).unwrap();
    // The same keys with other bits: nothing is counted again, so the old answers come back.
    let blank = Bits::zeros(300);
    let mut forged = entries(&rows, part);
    forged.iter_mut().for_each(|entry| entry.correct = &blank);
    assert_eq!(rank(&forged, part, &mut cache).unwrap(), first);
}

#[test]
fn small_gaps_are_never_significant() {
    // What the shortcuts skip must have a p above 5 %.
    for m in 0..3000_u32 {
        let gap =
            (0..=m).filter(|gap| (m - gap) % 2 == 0 && f64::from(*gap).powi(2) < LEAST_SQUARE * f64::from(m)).max();
        let first = (m - gap.unwrap_or(0)) / 2;
        assert!(mcnemar(Discordant { first, second: m - first }).p > ALPHA, "{m}");
    }
    assert!(mcnemar(Discordant { first: 0, second: 5 }).p > ALPHA);
}

#[test]
fn certain_pairs_are_significant() {
    for m in 1..2000_u32 {
        for gap in (m % 2..=m).step_by(2) {
            let first = (m - gap) / 2;
            let bound = 2.0_f64.ln() - f64::from(gap).powi(2) / (2.0 * f64::from(m));
            assert!(mcnemar(Discordant { first, second: m - first }).ln_p <= bound.max(0.0) + 1e-9, "{m} {gap}");
        }
    }
}

#[test]
fn the_lower_bound_of_p_holds() {
    let board = Board { rows: Vec::new(), part: Part::all(700) };
    for m in 1..=700_u32 {
        for gap in (m % 2..=m).step_by(2).filter(|gap| *gap > 0) {
            let test = Test { better: 0, worse: 1, gap, differing: m };
            let first = (m - gap) / 2;
            let exact = mcnemar(Discordant { first, second: m - first }).ln_p;
            assert!(board.ln_p_above(&test) <= exact + 1e-9, "{m} {gap}");
        }
    }
}

#[test]
fn what_does_not_fit_is_refused() {
    let (ten, nine) = (Bits::zeros(10), Bits::zeros(9));
    let part = Part::all(10);
    let entry = |key, wrong, correct| Entry { key, wrong, correct };
    let refused = |entries: &[Entry<'_, u32>]| rank(entries, part, &mut PairCache::new()).unwrap_err();
    assert_eq!(refused(&[entry(1, 10, &ten), entry(2, 9, &nine)]), RankingError::Size(1));
    assert_eq!(refused(&[entry(1, 11, &ten)]), RankingError::Size(0));
    assert_eq!(refused(&[entry(1, 10, &ten), entry(1, 10, &ten)]), RankingError::RepeatedKey(1));
    assert_eq!(refused(&[entry(1, 3, &ten), entry(2, 10, &ten)]), RankingError::Counts(0, 1));
    assert_eq!(part.wrong(&nine), None);
    assert_eq!(Part::of(&nine).wrong(&ten), None);
    let empty = rank::<u32>(&[], part, &mut PairCache::new()).unwrap();
    assert!(empty.standings.is_empty() && empty.resolution > 0.0);
}
