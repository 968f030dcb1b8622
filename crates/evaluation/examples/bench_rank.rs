//! Measures how long a board takes to be ranked with its rank ranges, from nothing and after one
//! new result.
//!
//! `bench_rank [ROWS [IMAGES]]`: 1000 rows of 100,000 images by default. `spread` boards have
//! errors from 15 % to 41 %, as 2012 had; on `close` boards all errors are nearly equal, so that no
//! pair is decided by its counts.

use std::error::Error;
use std::time::Instant;

use holdout_evaluation::{Bits, Entry, PairCache, Part, SplitMix64, rank};

fn main() -> Result<(), Box<dyn Error>> {
    let mut arguments = std::env::args().skip(1);
    let rows: u64 = arguments.next().map_or(Ok(1000), |text| text.parse())?;
    let images: usize = arguments.next().map_or(Ok(100_000), |text| text.parse())?;
    let mut random = SplitMix64::new(2012);
    for (board, spread) in [("spread", 26_000), ("close", 600)] {
        let bits = board_of(rows, images, spread, &mut random);
        let part = Part::all(u32::try_from(images)?);
        let entries: Vec<_> = (0_u64..)
            .zip(&bits)
            .map(|(key, correct)| Entry { key, wrong: part.wrong(correct).unwrap_or_default(), correct })
            .collect();
        let mut cache = PairCache::new();
        let (newest, older) = entries.split_last().ok_or("no rows")?;
        let begin = Instant::now();
        rank(older, part, &mut cache)?;
        let all = begin.elapsed();
        let begin = Instant::now();
        let ranking = rank(&entries, part, &mut cache)?;
        let one = begin.elapsed();
        let tied = ranking.standings.iter().filter(|standing| standing.range.is_some_and(|[a, b]| a < b)).count();
        let report = serde_json::json!({
            "name": "rank", "board": board, "rows": rows, "images": images, "newest_wrong": newest.wrong, "tied": tied,
            "resolution": ranking.resolution, "seconds": all.as_secs_f64(), "seconds_after_one": one.as_secs_f64(),
        });
        println!("{report}");
    }
    Ok(())
}

/// Rows over one difficulty an image, so that they overlap as real entries do. Errors from 15 % on,
/// over `spread` of 100,000.
fn board_of(rows: u64, images: usize, spread: u64, random: &mut SplitMix64) -> Vec<Bits> {
    let difficulty: Vec<u64> = (0..images).map(|_| random.below(90_000)).collect();
    let row = |index: u64, random: &mut SplitMix64| {
        let error = 15_000 + spread * index / rows.max(1);
        let mut difficulty = difficulty.iter();
        // Right if a difficulty of one's own, half the common one and half noise, is below the
        // entry's strength.
        let strength = 2 * 90_000 - 2 * 90_000 * error / 100_000;
        Bits::from_fn(images, |_| difficulty.next().is_some_and(|common| common + random.below(90_000) < strength))
    };
    (0..rows).map(|index| row(index, random)).collect()
}
