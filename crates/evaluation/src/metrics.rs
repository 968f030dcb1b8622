//! Top-1 and top-5 errors: which images an entry got right, and how many it did not.

use holdout_protocol::{self as protocol, Hint, HintCode, SubmissionKind};

use crate::{Bits, BitsError, Predictions};

/// Which images an entry got right, in the order of the images.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Correctness {
    /// Images whose class is the first label.
    pub top1: Bits,
    /// Images whose class is among the labels.
    pub top5: Bits,
}

/// Two things of one test set that have different sizes.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{found} rows for a test set of {wanted} images")]
pub struct SizeMismatch {
    /// Images of the test set.
    pub wanted: usize,
    /// Rows found.
    pub found: usize,
}

impl Correctness {
    /// Returns the bits that the metric counts.
    #[must_use]
    pub const fn by(&self, metric: protocol::Metric) -> &Bits {
        match metric {
            protocol::Metric::Top1Error => &self.top1,
            protocol::Metric::Top5Error => &self.top5,
        }
    }

    /// Returns it in the form of the protocol.
    #[must_use]
    pub fn to_protocol(&self) -> protocol::Correctness {
        let n = u32::try_from(self.top1.len()).unwrap_or(u32::MAX);
        protocol::Correctness { n, top1: self.top1.to_base64(), top5: self.top5.to_base64(), answers: None }
    }

    /// Reads what [`Correctness::to_protocol`] wrote.
    ///
    /// # Errors
    ///
    /// If the bits are not base64 of exactly `n` bits.
    pub fn from_protocol(carried: &protocol::Correctness) -> Result<Self, BitsError> {
        let n = usize::try_from(carried.n).map_err(|_| BitsError::TooMany(usize::MAX))?;
        Ok(Self { top1: Bits::from_base64(n, &carried.top1)?, top5: Bits::from_base64(n, &carried.top5)? })
    }
}

/// Compares predictions with the labels of the test set.
///
/// # Errors
///
/// If there are not as many rows as labels.
pub fn score(predictions: &Predictions, labels: &[u16]) -> Result<Correctness, SizeMismatch> {
    let rows = predictions.rows();
    let (wanted, found) = (labels.len(), rows.len());
    if wanted != found {
        return Err(SizeMismatch { wanted, found });
    }
    let words = wanted.div_ceil(64);
    let (mut top1, mut top5) = (Vec::with_capacity(words), Vec::with_capacity(words));
    for (rows, labels) in rows.chunks(64).zip(labels.chunks(64)) {
        let (mut first, mut any) = (0_u64, 0_u64);
        for (index, (row, label)) in rows.iter().zip(labels).enumerate() {
            let [a, b, c, d, e] = row.map(|given| given == *label);
            first |= u64::from(a) << index;
            any |= u64::from(a | b | c | d | e) << index;
        }
        top1.push(first);
        top5.push(any);
    }
    Ok(Correctness { top1: Bits::from_words(wanted, top1), top5: Bits::from_words(wanted, top5) })
}

/// Returns the error rate, 0 to 1: for example 0.25 if 2 of 8 images are wrong, and 0 for no
/// images.
#[must_use]
pub fn error_rate(wrong: u32, n: u32) -> f64 {
    if n == 0 { 0.0 } else { f64::from(wrong) / f64::from(n) }
}

/// The images of one class.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct ClassCount {
    /// Images of the class.
    pub n: u32,
    /// Those at fault.
    pub wrong: u32,
}

/// Counts of each class 1..=`classes`, in the order of their numbers, within the mask if there is
/// one.
///
/// # Errors
///
/// If bits, labels and mask differ in size.
pub fn per_class(
    correct: &Bits,
    labels: &[u16],
    classes: u16,
    mask: Option<&Bits>,
) -> Result<Vec<ClassCount>, SizeMismatch> {
    for found in [Some(correct), mask].into_iter().flatten().map(Bits::len) {
        if found != labels.len() {
            return Err(SizeMismatch { wanted: labels.len(), found });
        }
    }
    let mut counts = vec![ClassCount::default(); usize::from(classes)];
    for (image, (label, right)) in labels.iter().zip(correct.iter()).enumerate() {
        let masked_out = mask.is_some_and(|mask| mask.get(image) != Some(true));
        let class = usize::from(*label).checked_sub(1).and_then(|index| counts.get_mut(index));
        if let Some(count) = class.filter(|_| !masked_out) {
            count.n += 1;
            count.wrong += u32::from(!right);
        }
    }
    Ok(counts)
}

/// Returns a hint if the errors on `n` images are as high as guessing gives, 1 − k/C with k = 5 and
/// with k = 1, or within three standard errors of that. Both have to be: with six classes, a top-5
/// error near 1/6 says nothing, and a low top-1 error shows that the order is right. `None` for
/// tasks of at most five classes, where five guesses are always right.
#[must_use]
pub fn class_order_hint(
    (top1_wrong, top5_wrong): (u32, u32),
    classes: u16,
    n: u32,
    kind: SubmissionKind,
) -> Option<Hint> {
    if classes <= 5 || n == 0 {
        return None;
    }
    let chance_of = |guesses: f64| 1.0 - guesses / f64::from(classes);
    let is_guessed = |wrong: u32, chance: f64| {
        let standard_error = (chance * (1.0 - chance) / f64::from(n)).sqrt();
        error_rate(wrong, n) >= chance - 3.0 * standard_error
    };
    let (error, chance) = (error_rate(top5_wrong, n), chance_of(5.0));
    let code = match kind {
        SubmissionKind::Predictions => HintCode::GuessedLabels,
        SubmissionKind::Torchscript => HintCode::GuessedOutputs,
    };
    (is_guessed(top5_wrong, chance) && is_guessed(top1_wrong, chance_of(1.0))).then(|| {
        let percent = |share: f64| format!("{:.3}", 100.0 * share);
        Hint::from(code).with("error", percent(error)).with("classes", classes).with("chance", percent(chance))
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::SplitMix64;

    #[test]
    fn an_error_rate_is_the_share_that_is_wrong() {
        assert_eq!([error_rate(1, 8), error_rate(3, 4), error_rate(5, 5)], [0.125, 0.75, 1.0]);
        assert_eq!([error_rate(0, 3), error_rate(0, 0)], [0.0, 0.0]);
    }

    #[test]
    fn scores_agree_with_the_definition() {
        let mut random = SplitMix64::new(2);
        let mut draw = |below| u16::try_from(random.below(below)).unwrap();
        for n in [0, 1, 63, 64, 65, 1000] {
            let labels: Vec<u16> = (0..n).map(|_| draw(9) + 1).collect();
            let rows: Vec<[u16; 5]> = (0..n).map(|_| [0; 5].map(|_: u16| draw(10))).collect();
            let correct = score(&Predictions::from_rows(rows.clone()), &labels).unwrap();
            for (index, (row, label)) in rows.iter().zip(&labels).enumerate() {
                assert_eq!(correct.top1.get(index), Some(row[0] == *label));
                assert_eq!(correct.top5.get(index), Some(row.contains(label)));
            }
            assert_eq!(Correctness::from_protocol(&correct.to_protocol()).unwrap(), correct);
            let counts = per_class(&correct.top5, &labels, 9, None).unwrap();
            assert_eq!(counts.iter().map(|count| count.n).sum::<u32>(), u32::try_from(n).unwrap());
            let wrong: u32 = counts.iter().map(|count| count.wrong).sum();
            assert_eq!(usize::try_from(wrong).unwrap(), correct.top5.not().count());
        }
    }

    #[test]
    fn sizes_must_agree() {
        let predictions = Predictions::from_rows(vec![[1, 0, 0, 0, 0]]);
        assert_eq!(score(&predictions, &[1, 2]), Err(SizeMismatch { wanted: 2, found: 1 }));
        assert!(per_class(&Bits::zeros(2), &[1], 1, None).is_err());
        assert!(per_class(&Bits::zeros(1), &[1], 1, Some(&Bits::zeros(2))).is_err());
    }

    #[test]
    fn masked_classes_count_masked_images() {
        let right = Bits::from_fn(4, |i| i == 0);
        let mask = Bits::from_fn(4, |i| i < 3);
        let counts = per_class(&right, &[2, 2, 1, 1], 2, Some(&mask)).unwrap();
        assert_eq!(counts, [ClassCount { n: 1, wrong: 1 }, ClassCount { n: 2, wrong: 1 }]);
    }

    #[test]
    fn only_errors_near_chance_get_the_hint() {
        let hint = |wrong, classes, n| class_order_hint((n, wrong), classes, n, SubmissionKind::Predictions);
        assert!(hint(99_500, 1000, 100_000).unwrap().to_string().contains("99.500 %"));
        assert!(hint(99_450, 1000, 100_000).is_some());
        assert!(hint(100, 1000, 100).is_some());
        assert!(hint(99_000, 1000, 100_000).is_none());
        assert!(hint(41_000, 1000, 100_000).is_none());
        assert!(hint(0, 5, 100).is_none());
        assert!(hint(0, 1000, 0).is_none());
    }

    #[test]
    fn few_classes_and_images_give_no_hint_to_those_who_are_right() {
        let hint = |top1, top5, n| class_order_hint((top1, top5), 6, n, SubmissionKind::Predictions);
        assert!(hint(0, 0, 12).is_none(), "all right");
        assert!(hint(3, 0, 12).is_none(), "guessing makes ten of twelve errors");
        assert!(hint(10, 2, 12).is_some());
    }

    #[test]
    fn models_get_the_advice_for_models() {
        let hint = |kind| class_order_hint((100, 100), 1000, 100, kind).unwrap().to_string();
        assert!(hint(SubmissionKind::Predictions).contains("CSV file"));
        let model = hint(SubmissionKind::Torchscript);
        assert!(model.contains("outputs in the order") && !model.contains("CSV") && !model.contains("ids"), "{model}");
    }
}
