//! Error rates with their intervals, from counts.

use holdout_evaluation::{class_order_hint, clopper_pearson, error_rate};
use holdout_protocol::{Hint, Metric, Score, Scores, SubmissionKind};

use crate::db::results::Counts;
use crate::db::submission_parts::PartCounts;
use crate::error::{Error, Result};

/// The level of the interval that people are used to.
const LEVEL: f64 = 0.95;
/// The level that the 2012 challenge printed.
const STRICT_LEVEL: f64 = 0.999;

/// Returns the scores of both parts; the private one only if it may be shown and there is a split.
///
/// # Errors
/// If the counts are not those of a result.
pub fn scores(counts: &PartCounts, metric: Metric, show_private: bool) -> Result<Scores> {
    let private = (show_private && counts.private.n > 0).then(|| score(&counts.private, metric)).transpose()?;
    Ok(Scores { public: score(&counts.public, metric)?, private })
}

fn score(counts: &Counts, metric: Metric) -> Result<Score> {
    let wrong = match metric {
        Metric::Top1Error => counts.top1_wrong,
        Metric::Top5Error => counts.top5_wrong,
    };
    let interval = |level| clopper_pearson(wrong, counts.n, level).map_err(Error::internal);
    Ok(Score {
        top1_error: error_rate(counts.top1_wrong, counts.n),
        top5_error: error_rate(counts.top5_wrong, counts.n),
        wrong,
        n: counts.n,
        interval: interval(LEVEL)?,
        interval_999: interval(STRICT_LEVEL)?,
    })
}

/// Returns what may explain the public score. The private part has no say, because a hint must not
/// tell of it.
pub fn hints(counts: &PartCounts, classes: u16, kind: SubmissionKind) -> Vec<Hint> {
    let Counts { n, top1_wrong, top5_wrong } = counts.public;
    class_order_hint((top1_wrong, top5_wrong), classes, n, kind).into_iter().collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn counts(public: [u32; 3], private: [u32; 3]) -> PartCounts {
        let counts = |[n, top1_wrong, top5_wrong]: [u32; 3]| Counts { n, top1_wrong, top5_wrong };
        PartCounts { public: counts(public), private: counts(private) }
    }

    #[test]
    fn the_private_part_is_shown_only_where_allowed_and_there() {
        let split = counts([10, 4, 2], [20, 9, 5]);
        assert_eq!(scores(&split, Metric::Top5Error, false).unwrap().private, None);
        let private = scores(&split, Metric::Top5Error, true).unwrap().private.unwrap();
        assert_eq!((private.wrong, private.n), (5, 20));
        let whole = counts([10, 4, 2], [0, 0, 0]);
        assert_eq!(scores(&whole, Metric::Top5Error, true).unwrap().private, None);
    }

    #[test]
    fn intervals_are_of_the_metric() {
        // 15,315 of 100,000: the winner of 2012, printed with 0.1494 to 0.1569.
        let result = counts([100_000, 30_000, 15_315], [0, 0, 0]);
        let public = scores(&result, Metric::Top5Error, false).unwrap().public;
        assert_eq!((public.top1_error, public.top5_error, public.wrong), (0.3, 0.15315, 15_315));
        assert_eq!((public.interval.level, public.interval_999.level), (0.95, 0.999));
        assert!((public.interval_999.low - 0.1494).abs() < 0.00006, "{public:?}");
        assert!((public.interval_999.high - 0.1569).abs() < 0.00006, "{public:?}");
        assert_eq!(scores(&result, Metric::Top1Error, false).unwrap().public.wrong, 30_000);
    }

    #[test]
    fn only_the_public_part_gives_a_hint() {
        assert_eq!(hints(&counts([1000, 1000, 995], [1000, 10, 1]), 1000, SubmissionKind::Predictions).len(), 1);
        assert!(hints(&counts([1000, 10, 1], [1000, 1000, 995]), 1000, SubmissionKind::Predictions).is_empty());
    }
}
