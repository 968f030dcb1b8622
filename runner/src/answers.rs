//! From a model's output to ranked class indices.
//!
//! The output is checked in a fixed order (what it is, where it lies, type, shape, finiteness), and
//! nothing of it is copied before its shape is known to be right: a tensor of 10^15 elements can
//! take four bytes.

use std::cmp::Ordering;

use holdout_protocol::{FoundOutput, NearTies, OutputKind, RunnerFailure};

use crate::torch::{Form, Found, Model, Raised, Scores};

/// The output that a batch must have.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Wanted {
    /// Rows.
    pub images: usize,
    /// Columns of scores, 1 to 65,535.
    pub classes: u16,
    /// Columns of ranked indices, 1 to 255, at most `classes`.
    pub answers: u8,
    /// Part of the spread of an image's scores by which two of them may differ and still be nearly
    /// equal.
    pub tolerance: f32,
}

/// Ranked class indices, and where they were decided by nearly nothing.
#[derive(Debug, Default, Clone, PartialEq, Eq)]
pub struct Ranked {
    /// `images × answers` class indices, best first.
    pub indices: Vec<u16>,
    /// One for each image. Indices that the model ranked by itself have none.
    pub near_ties: Vec<NearTies>,
}

/// Buffers for outputs, kept from batch to batch.
#[derive(Debug, Default)]
pub struct Answers {
    single: Vec<f32>,
    double: Vec<f64>,
    integer: Vec<i64>,
}

impl Answers {
    /// Ranks the scores that a model gave, or takes its ranking.
    ///
    /// # Errors
    /// If the output is not one that a task takes.
    pub fn of(&mut self, pending: Pending) -> Result<Ranked, RunnerFailure> {
        let Pending { output, wanted } = pending;
        let width = usize::from(wanted.classes);
        match output {
            Output::Single(scores) => {
                scores.read(&mut self.single).map_err(in_forward)?;
                rank(&self.single, width, wanted)
            }
            Output::Double(scores) => {
                scores.read(&mut self.double).map_err(in_forward)?;
                rank(&self.double, width, wanted)
            }
            Output::Indices(found) => {
                found.read(&mut self.integer).map_err(in_forward)?;
                let indices = indices(&self.integer, wanted).ok_or_else(|| {
                    let shape = [wanted.images, usize::from(wanted.answers)];
                    let shape = shape.into_iter().filter_map(|size| i64::try_from(size).ok()).collect();
                    RunnerFailure::Output(FoundOutput { kind: OutputKind::Indices, shape })
                })?;
                Ok(Ranked { indices, near_ties: vec![NearTies::default(); wanted.images] })
            }
        }
    }
}

fn in_forward(raised: Raised) -> RunnerFailure {
    raised.or_unless_memory(RunnerFailure::Forward)
}

/// An output of the right form and shape on its way from the device.
#[derive(Debug)]
pub struct Pending {
    output: Output,
    wanted: Wanted,
}

#[derive(Debug)]
enum Output {
    Single(Scores<f32>),
    Double(Scores<f64>),
    Indices(Scores<i64>),
}

impl Pending {
    /// Takes the model's last output.
    ///
    /// # Errors
    /// If it is not one that a task takes.
    pub fn take(model: &mut Model, found: &Found, wanted: Wanted) -> Result<Self, RunnerFailure> {
        let count = |width: usize| wanted.images.checked_mul(width).ok_or(RunnerFailure::Forward);
        let output = match accept(found, wanted).map_err(RunnerFailure::Output)? {
            Accepted::Single => model.take_output(count(wanted.classes.into())?).map(Output::Single),
            Accepted::Double => model.take_output(count(wanted.classes.into())?).map(Output::Double),
            Accepted::Indices => model.take_output(count(wanted.answers.into())?).map(Output::Indices),
        };
        Ok(Self { output: output.map_err(in_forward)?, wanted })
    }
}

/// An output of the right form and shape.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Accepted {
    Single,
    Double,
    Indices,
}

/// Accepts scores `[images, classes]` and whole numbers `[images, answers]` of 64 bits.
fn accept(found: &Found, wanted: Wanted) -> Result<Accepted, FoundOutput> {
    let shape_is = |width: usize| {
        let sizes: Vec<_> = found.sizes.iter().map(|size| usize::try_from(*size).ok()).collect();
        found.dimensions == 2 && sizes == [Some(wanted.images), Some(width)]
    };
    let kind = match found.form {
        Form::Single if shape_is(wanted.classes.into()) => return Ok(Accepted::Single),
        Form::Double if shape_is(wanted.classes.into()) => return Ok(Accepted::Double),
        Form::Int64 if shape_is(wanted.answers.into()) => return Ok(Accepted::Indices),
        Form::NotTensor => OutputKind::NotTensor,
        Form::NotDense => OutputKind::Layout,
        Form::Elsewhere => OutputKind::Device,
        Form::OtherType => OutputKind::Type,
        Form::Single | Form::Double => OutputKind::Scores,
        Form::Int64 | Form::OtherInteger => OutputKind::Integers,
    };
    Err(FoundOutput { kind, shape: found.sizes.iter().take(FoundOutput::MAX_DIMENSIONS).copied().collect() })
}

/// A score: compared in its own precision, and never as something else.
trait Score: Copy + PartialOrd {
    /// Returns whether it has a place among others. Minus infinity has the last: so models mask
    /// classes that cannot be.
    fn has_a_place(self) -> bool;

    fn as_double(self) -> f64;
}

impl Score for f32 {
    fn has_a_place(self) -> bool {
        self < Self::INFINITY
    }

    fn as_double(self) -> f64 {
        self.into()
    }
}

impl Score for f64 {
    fn has_a_place(self) -> bool {
        self < Self::INFINITY
    }

    fn as_double(self) -> f64 {
        self
    }
}

/// Returns the best columns of each row of `width` scores; of equal scores, the lower column first.
fn rank<S: Score>(scores: &[S], width: usize, wanted: Wanted) -> Result<Ranked, RunnerFailure> {
    if !scores.iter().all(|score| score.has_a_place()) {
        return Err(RunnerFailure::NonFinite);
    }
    let answers = usize::from(wanted.answers);
    let mut ranked = Ranked::default();
    let mut best: Vec<(S, u16)> = Vec::with_capacity(answers + 2);
    for row in scores.chunks_exact(width.max(1)) {
        best.clear();
        for (index, score) in (0..=u16::MAX).zip(row) {
            // One more than there are places: whether it could have the last of them is of
            // interest, too.
            consider(&mut best, answers + 1, *score, index);
        }
        ranked.indices.extend(best.iter().take(answers).map(|(_, index)| *index));
        let margins = Margins::of(row, wanted.tolerance);
        let near = |place: usize| {
            let score = |place: usize| best.get(place).map(|(score, _)| score.as_double());
            score(place).zip(score(place + 1)).is_some_and(|(better, worse)| margins.are_nearly_equal(better, worse))
        };
        ranked.near_ties.push(NearTies { first: near(0), last: near(answers.saturating_sub(1)) });
    }
    Ok(ranked)
}

/// What "nearly equal" means for the scores of one image.
///
/// Rounding errors of a network's last layer are about the same for all its scores, and grow with
/// them. So a margin is compared with the spread of all scores, and neither a factor nor a summand
/// changes what is near. Scores that all lie between 0 and 1 are taken for probabilities and
/// compared by their logarithms, which are the network's own scores but for a summand: otherwise a
/// network that is sure of itself would have nothing but near ties behind the first place.
struct Margins {
    are_probabilities: bool,
    most: f64,
}

impl Margins {
    fn of<S: Score>(row: &[S], tolerance: f32) -> Self {
        let finite = || row.iter().map(|score| score.as_double()).filter(|score| score.is_finite());
        let are_probabilities = row.iter().all(|score| (0.0..=1.0).contains(&score.as_double()));
        let spread = |values: &mut dyn Iterator<Item = f64>| {
            let (least, most) = values
                .fold((f64::INFINITY, f64::NEG_INFINITY), |(least, most), value| (least.min(value), most.max(value)));
            if least < most { most - least } else { 0.0 }
        };
        let spread = if are_probabilities {
            spread(&mut finite().filter(|score| *score > 0.0).map(f64::ln))
        } else {
            spread(&mut finite())
        };
        Self { are_probabilities, most: spread * f64::from(tolerance) }
    }

    fn are_nearly_equal(&self, better: f64, worse: f64) -> bool {
        let (better, worse) = if self.are_probabilities { (better.ln(), worse.ln()) } else { (better, worse) };
        // Of two that are minus infinity the difference is no number: nothing gives such a score
        // another place.
        better - worse <= self.most
    }
}

/// Puts a score into its place among the best, if it has one. The columns come in rising order: an
/// equal one goes behind.
fn consider<S: Score>(best: &mut Vec<(S, u16)>, most: usize, score: S, index: u16) {
    let beats = |other: &(S, u16)| score.partial_cmp(&other.0) == Some(Ordering::Greater);
    if best.len() == most && !best.last().is_some_and(beats) {
        return;
    }
    let place = best.partition_point(|other| !beats(other));
    best.insert(place, (score, index));
    best.truncate(most);
}

/// Ranked indices as they are; `None` if one is outside the class list or twice in a row.
fn indices(found: &[i64], wanted: Wanted) -> Option<Vec<u16>> {
    let parse = |index: &i64| u16::try_from(*index).ok().filter(|index| *index < wanted.classes);
    let ranked: Vec<u16> = found.iter().map(parse).collect::<Option<_>>()?;
    let distinct =
        |row: &[u16]| row.iter().enumerate().all(|(place, index)| !row.iter().take(place).any(|i| i == index));
    ranked.chunks_exact(usize::from(wanted.answers).max(1)).all(distinct).then_some(ranked)
}

#[cfg(test)]
mod tests {
    use super::*;

    const WANTED: Wanted = Wanted { images: 2, classes: 6, answers: 5, tolerance: 0.01 };

    fn ranked<S: Score>(scores: &[S], classes: u16, answers: u8) -> Result<Vec<u16>, RunnerFailure> {
        rank(scores, classes.into(), Wanted { classes, answers, ..WANTED }).map(|ranked| ranked.indices)
    }

    /// Whether the first of three places and the last are near ties.
    fn near_ties<S: Score>(scores: &[S]) -> (bool, bool) {
        let classes = u16::try_from(scores.len()).unwrap();
        let ranked = rank(scores, scores.len(), Wanted { classes, answers: 3, ..WANTED }).unwrap();
        let [NearTies { first, last }] = ranked.near_ties[..] else { panic!("one image") };
        (first, last)
    }

    fn found(form: Form, sizes: &[i64]) -> Found {
        Found { form, dimensions: sizes.len(), sizes: sizes.to_vec() }
    }

    #[test]
    fn equal_scores_rank_by_column() {
        let scores = [1.0_f32, 3.0, 3.0, 2.0, 3.0, 1.0, -0.0, 0.0, -1.0, 0.0, 5.0, -2.0];
        assert_eq!(ranked(&scores, 6, 5).unwrap(), [1, 2, 4, 3, 0, 4, 0, 1, 3, 2]);
        assert_eq!(ranked(&scores, 6, 1).unwrap(), [1, 4]);
        assert_eq!(ranked(&scores, 2, 2).unwrap(), [1, 0, 0, 1, 0, 1, 0, 1, 1, 0, 0, 1]);
    }

    #[test]
    fn scores_are_compared_in_their_own_precision() {
        let near = [1.0_f64, 1.0 + f64::EPSILON, 1.0 - f64::EPSILON];
        assert_eq!(ranked(&near, 3, 3).unwrap(), [1, 0, 2]);
        let rounded = [1.0_f32; 3];
        assert_eq!(ranked(&rounded, 3, 3).unwrap(), [0, 1, 2]);
    }

    #[test]
    fn masked_classes_rank_last() {
        let masked = f32::NEG_INFINITY;
        assert_eq!(ranked(&[masked, 1.0, masked, -9.0, 2.0, masked], 6, 5).unwrap(), [4, 1, 3, 0, 2]);
        assert_eq!(ranked(&[masked; 6], 6, 5).unwrap(), [0, 1, 2, 3, 4]);
        assert_eq!(ranked(&[f64::NEG_INFINITY, f64::MIN], 2, 2).unwrap(), [1, 0]);
    }

    #[test]
    fn one_score_that_has_no_place_is_enough() {
        for odd in [f32::NAN, f32::INFINITY] {
            for place in 0..12 {
                let mut scores = [0.5_f32; 12];
                scores[place] = odd;
                assert_eq!(ranked(&scores, 6, 5), Err(RunnerFailure::NonFinite));
            }
        }
    }

    #[test]
    fn margins_are_measured_by_the_spread_of_the_scores() {
        // The spread is 10, so 0.1 is near.
        let scores = [0.0_f32, 10.0, 9.95, 5.0, 4.95, 1.0];
        assert_eq!(near_ties(&scores), (true, true));
        assert_eq!(near_ties(&[0.0_f32, 10.0, 9.8, 5.0, 4.8, 1.0]), (false, false));
        assert_eq!(near_ties(&[0.0_f32, 10.0, 9.8, 5.0, 4.95, 1.0]), (false, true));
        // Neither a factor nor a summand changes that.
        for (factor, summand) in [(1e-6, 0.0), (1e6, -3e6), (1.0, 50.0)] {
            let other: Vec<f64> = scores.iter().map(|score| f64::from(*score) * factor + summand).collect();
            assert_eq!(near_ties(&other), (true, true), "{factor} {summand}");
        }
        // There is no fourth class that could have the last place.
        assert_eq!(near_ties(&[1.0_f32, 1.0, 0.0]), (true, false));
    }

    #[test]
    fn probabilities_are_measured_as_the_scores_that_they_come_from() {
        for scores in
            [[0.0_f64, 10.0, 9.95, 5.0, 4.95, 1.0], [0.0, 10.0, 9.8, 5.0, 4.8, 1.0], [0.0, 30.0, 9.0, 5.0, 4.0, 1.0]]
        {
            let sum: f64 = scores.iter().map(|score| score.exp()).sum();
            let probabilities = scores.map(|score| score.exp() / sum);
            assert_eq!(near_ties(&probabilities), near_ties(&scores), "{probabilities:?}");
        }
    }

    #[test]
    fn masked_classes_are_no_near_ties() {
        let masked = f32::NEG_INFINITY;
        assert_eq!(near_ties(&[masked, 1.0, masked, -9.0, masked]), (false, false));
        assert_eq!(near_ties(&[masked; 5]), (false, false));
        assert_eq!(near_ties(&[0.0_f32, 1.0, 0.0, 0.0, 0.0]), (false, false), "probabilities of 0");
        assert_eq!(near_ties(&[2.0_f32; 5]), (true, true));
    }

    #[test]
    fn only_the_wanted_shapes_are_accepted() {
        assert_eq!(accept(&found(Form::Single, &[2, 6]), WANTED), Ok(Accepted::Single));
        assert_eq!(accept(&found(Form::Double, &[2, 6]), WANTED), Ok(Accepted::Double));
        assert_eq!(accept(&found(Form::Int64, &[2, 5]), WANTED), Ok(Accepted::Indices));
        for shape in [&[2, 5][..], &[6, 2], &[3, 6], &[2, 6, 1], &[12], &[], &[0, 6], &[2, -6]] {
            let refused = accept(&found(Form::Single, shape), WANTED).unwrap_err();
            assert_eq!(refused, FoundOutput { kind: OutputKind::Scores, shape: shape.to_vec() });
        }
        let logits = accept(&found(Form::Int64, &[2, 6]), WANTED).unwrap_err();
        assert_eq!(logits.kind, OutputKind::Integers);
        let bytes = accept(&found(Form::OtherInteger, &[2, 5]), WANTED).unwrap_err();
        assert_eq!(bytes.kind, OutputKind::Integers);
        // More dimensions than are told: the eight told ones must not pass for all of them.
        let deep = Found { form: Form::Single, dimensions: 9, sizes: vec![2; 8] };
        assert_eq!(accept(&deep, WANTED).unwrap_err().shape, [2; 8]);
    }

    #[test]
    fn ranked_indices_are_in_the_list_and_distinct() {
        let wanted = Wanted { answers: 3, ..WANTED };
        assert_eq!(indices(&[0, 5, 3, 2, 1, 0], wanted), Some(vec![0, 5, 3, 2, 1, 0]));
        assert_eq!(indices(&[0, 5, 3, 2, 2, 0], wanted), None);
        assert_eq!(indices(&[0, 5, 3, 2, 1, 2], wanted), None);
        for outside in [-1, 6, 65_536, i64::MAX, i64::MIN] {
            assert_eq!(indices(&[0, 5, 3, 2, 1, outside], wanted), None);
        }
    }
}
