use holdout_evaluation::SplitMix64;
use serde_json::json;

use super::*;
use crate::samples::at;

const N: usize = 200;

/// A row that has as many images wrong as the bits within the part say.
fn row_of(right: &Bits, part: &Bits) -> BoardRow {
    let n = part.count();
    let wrong = n - right.count_and(part).unwrap();
    let interval = json!({ "level": 0.95, "low": 0.0, "high": 1.0 });
    let row = json!({ "rank": 1, "rank_range": null, "team": "Team", "method": null, "submission": SubmissionId::new(),
        "error": 0.5, "wrong": wrong, "n": n, "gap_to_best": 0.0, "interval": interval, "interval_999": interval,
        "baseline": false, "note": null, "entries": 1, "submitted_at": at(1) });
    serde_json::from_value(row).unwrap()
}

fn board(n: usize) -> Leaderboard {
    let board = json!({ "season": "s", "task": "t", "metric": "top5_error", "split": "private", "version": 3, "n": n,
        "resolution": 1.0, "updated_at": null, "as_of": null, "gaps": [], "rows": [] });
    serde_json::from_value(board).unwrap()
}

/// Entries of these bits, with the public part.
fn read_of(rights: &[Bits], public: Option<Bits>, split: BoardSplit) -> (Read, Vec<BoardRow>) {
    let mut read = Read { images: u32::try_from(N).unwrap(), public, right: HashMap::new() };
    let part = read.part(split);
    let rows: Vec<BoardRow> = rights.iter().map(|right| row_of(right, &part)).collect();
    read.right = rows.iter().map(|row| row.submission).zip(rights.iter().cloned()).collect();
    (read, rows)
}

fn compared(rights: &[Bits], public: Option<Bits>, split: BoardSplit) -> Comparison {
    let (read, rows) = read_of(rights, public, split);
    let sides: Vec<Side> = rows.into_iter().map(|row| read.side(row, split).unwrap()).collect();
    let part = read.part(split);
    compute(&board(part.count()), &sides, &part).unwrap()
}

fn random(random: &mut SplitMix64, share: u64) -> Bits {
    Bits::from_fn(N, |_| random.next_u64() % 100 < share)
}

#[test]
fn every_count_is_that_of_the_images_of_the_part() {
    let mut source = SplitMix64::new(7);
    let public = random(&mut source, 40);
    let rights = [80, 75, 30, 50].map(|share| random(&mut source, share));
    for (public, split) in
        [(None, BoardSplit::Public), (Some(public.clone()), BoardSplit::Public), (Some(public), BoardSplit::Private)]
    {
        let found = compared(&rights, public.clone(), split);
        let counts = |image: &usize| match (&public, split) {
            (None, _) => true,
            (Some(mask), BoardSplit::Public) => mask.get(*image).unwrap(),
            (Some(mask), BoardSplit::Private) => !mask.get(*image).unwrap(),
        };
        let images: Vec<Vec<bool>> =
            (0..N).filter(counts).map(|image| rights.iter().map(|right| right.get(image).unwrap()).collect()).collect();
        let number =
            |is: &dyn Fn(&[bool]) -> bool| u32::try_from(images.iter().filter(|right| is(right)).count()).unwrap();
        assert_eq!(found.n, u32::try_from(images.len()).unwrap());
        assert_eq!(found.all_right, number(&|right| right.iter().all(|right| *right)));
        assert_eq!(found.none_right, number(&|right| right.iter().all(|right| !*right)));
        for (place, entry) in found.entries.iter().enumerate() {
            let alone = |value: bool| {
                number(&|right: &[bool]| right.iter().enumerate().all(|(at, r)| (*r == value) == (at == place)))
            };
            assert_eq!((entry.only_right, entry.only_wrong), (alone(true), alone(false)), "{place}");
        }
        let places = [(0, 1), (0, 2), (0, 3), (1, 2), (1, 3), (2, 3)];
        assert_eq!(found.pairs.len(), places.len());
        for (pair, (first, second)) in found.pairs.iter().zip(places) {
            assert_eq!(pair.first, found.entries[first].submission);
            assert_eq!(pair.second, found.entries[second].submission);
            let of = |a: bool, b: bool| number(&|right: &[bool]| right[first] == a && right[second] == b);
            let counted = [pair.both_right, pair.first_right, pair.second_right, pair.none_right];
            assert_eq!(counted, [of(true, true), of(true, false), of(false, true), of(false, false)]);
            let errors = f64::from(found.entries[second].wrong) - f64::from(found.entries[first].wrong);
            assert!((pair.difference - errors / f64::from(found.n)).abs() < 1e-12);
            assert!(pair.low <= pair.difference && pair.difference <= pair.high);
        }
    }
}

#[test]
fn differences_are_significant_after_holms_correction_over_the_pairs() {
    // 6 of 6 images in favour of one: p = 3.1 %, which two of three tests leave above 5 %.
    let first = |right: usize| Bits::from_fn(N, |image| image < right);
    let alone = compared(&[first(106), first(100)], None, BoardSplit::Public);
    assert!(alone.pairs[0].significant && (alone.pairs[0].p_value - 0.03125).abs() < 1e-12);
    let three = compared(&[first(106), first(100), first(100)], None, BoardSplit::Public);
    assert!(three.pairs.iter().all(|pair| !pair.significant), "{:?}", three.pairs);
}

#[test]
fn a_row_that_is_not_of_the_bits_is_refused_rather_than_shown() {
    let right = Bits::from_fn(N, |image| image < 150);
    let (read, rows) = read_of(&[right], None, BoardSplit::Public);
    let other = BoardRow { wrong: rows[0].wrong + 1, ..rows[0].clone() };
    for row in [other, BoardRow { submission: SubmissionId::new(), ..rows[0].clone() }] {
        let refused = read.side(row, BoardSplit::Public).err().unwrap();
        assert_eq!(refused.code(), holdout_protocol::ErrorCode::Unavailable);
    }
    assert!(read.side(rows[0].clone(), BoardSplit::Public).is_ok());
}
