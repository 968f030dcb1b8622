//! Measures how long a prediction file takes from its first byte to the interval of its error.
//!
//! `bench_score PREDICTIONS LABELS [CLASSES [REPEATS]]`: reads the kit's files of CLASSES classes
//! (1000 if omitted), REPEATS times (50). Prints a line for people on standard error and one of
//! JSON on standard output.

use std::error::Error;
use std::fs::File;
use std::time::{Duration, Instant};

use holdout_evaluation::{ClassList, Correctness, Part, TestSet, check, clopper_pearson, score};
use holdout_protocol::Interval;

const MAX_BYTES: u64 = 64 << 20;

fn main() -> Result<(), Box<dyn Error>> {
    let mut arguments = std::env::args().skip(1);
    let (Some(predictions), Some(labels)) = (arguments.next(), arguments.next()) else {
        return Err("usage: bench_score PREDICTIONS LABELS [CLASSES [REPEATS]]".into());
    };
    let classes: u32 = arguments.next().map_or(Ok(1000), |text| text.parse())?;
    let repeats: usize = arguments.next().map_or(Ok(50), |text| text.parse())?;

    let begin = Instant::now();
    let test_set = read_test_set(&labels, classes)?;
    let labels_time = begin.elapsed();
    let part = Part::all(u32::try_from(test_set.len())?);

    let mut times = Vec::new();
    let mut last = None;
    for _ in 0..repeats.max(1) {
        let begin = Instant::now();
        let predictions = check(test_set.shape(), File::open(&predictions)?, MAX_BYTES)?;
        let checked = begin.elapsed();
        let correct = score(&predictions, test_set.labels())?;
        let scored = begin.elapsed();
        let interval = interval(&correct, part)?;
        let all = begin.elapsed();
        times.push((all, checked, all.saturating_sub(scored)));
        last = Some((correct, interval));
    }
    times.sort_unstable();
    let (median, checked, interval_time) = times.get(times.len() / 2).copied().unwrap_or_default();
    let Some((correct, interval)) = last else { return Ok(()) };
    let wrong = |bits| part.wrong(bits).unwrap_or_default();
    let report = serde_json::json!({
        "name": "holdout",
        "images": part.n(),
        "top1_wrong": wrong(&correct.top1),
        "top5_wrong": wrong(&correct.top5),
        "interval": [interval.low, interval.high],
        "seconds": median.as_secs_f64(),
        "fastest_seconds": times.first().copied().unwrap_or_default().0.as_secs_f64(),
        "check_seconds": checked.as_secs_f64(),
        "interval_seconds": interval_time.as_secs_f64(),
        "labels_seconds": labels_time.as_secs_f64(),
        "repeats": times.len(),
    });
    eprintln!("check {}, in all {} (median of {})", milliseconds(checked), milliseconds(median), times.len());
    println!("{report}");
    Ok(())
}

fn read_test_set(labels: &str, classes: u32) -> Result<TestSet, Box<dyn Error>> {
    let tsv: String = (1..=classes).map(|number| format!("{number}\tn{number:08}\tclass {number}\n")).collect();
    Ok(TestSet::parse_labels(ClassList::parse(tsv.as_bytes())?, &std::fs::read(labels)?)?)
}

fn interval(correct: &Correctness, part: Part<'_>) -> Result<Interval, Box<dyn Error>> {
    let wrong = part.wrong(&correct.top5).ok_or("another number of images")?;
    Ok(clopper_pearson(wrong, part.n(), 0.95)?)
}

fn milliseconds(time: Duration) -> String {
    format!("{:.3} ms", time.as_secs_f64() * 1e3)
}
