//! Ranked class indices: what a run gives.

use holdout_evaluation::{LABELS, Predictions};
use holdout_protocol::NearTies;

use super::order::Order;

/// Ranked class indices from 0, best first, `width` for each image.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Answers {
    width: usize,
    indices: Vec<u16>,
    /// One for each row.
    near_ties: Vec<NearTies>,
}

impl Answers {
    /// Takes indices, `width` a row, and which places of a row were decided by nearly nothing.
    pub(crate) fn new(width: u8, indices: Vec<u16>, near_ties: Vec<NearTies>) -> Self {
        Self { width: usize::from(width).max(1), indices, near_ties }
    }

    /// The rows in test-set order of a run over the whole test set.
    pub(crate) fn in_test_set_order(&self, order: &Order) -> Self {
        // There are more rows than images if the last batch was filled.
        let images = order.images().len();
        let indices = vec![0; images.saturating_mul(self.width)];
        let mut ordered = Self { width: self.width, indices, near_ties: vec![NearTies::default(); images] };
        ordered.adopt(self, order);
        ordered
    }

    /// Takes the rows of a second run for the images of its order.
    pub(crate) fn adopt(&mut self, second: &Self, order: &Order) {
        for ((row, near_ties), image) in second.rows().zip(&second.near_ties).zip(order.images()) {
            let image = usize::try_from(*image).unwrap_or(usize::MAX);
            let start = image.saturating_mul(self.width);
            if let Some(place) = self.near_ties.get_mut(image) {
                *place = *near_ties;
            }
            if let Some(place) = self.indices.get_mut(start..).and_then(|rest| rest.get_mut(..row.len())) {
                place.copy_from_slice(row);
            }
        }
    }

    /// Returns the rows, each of five indices or as many as there are classes.
    pub fn rows(&self) -> impl ExactSizeIterator<Item = &[u16]> {
        self.indices.chunks_exact(self.width)
    }

    /// Returns the row of an image.
    #[must_use]
    pub fn row(&self, image: u32) -> Option<&[u16]> {
        let start = usize::try_from(image).ok()?.checked_mul(self.width)?;
        self.indices.get(start..)?.get(..self.width)
    }

    /// Returns which places of an image's row were decided by nearly nothing.
    pub(crate) fn near_ties(&self, image: u32) -> NearTies {
        usize::try_from(image).ok().and_then(|image| self.near_ties.get(image)).copied().unwrap_or_default()
    }

    /// Returns the rows, each with the places that were decided by nearly nothing.
    pub(crate) fn rows_with_near_ties(&self) -> impl Iterator<Item = (&[u16], NearTies)> {
        self.rows().zip(self.near_ties.iter().copied())
    }

    /// Returns the labels that the indices stand for, given the class numbers in the order of the
    /// model's outputs; `None` if an index has no class.
    #[must_use]
    pub fn to_predictions(&self, numbers_in_output_order: &[u16]) -> Option<Predictions> {
        let label = |index: &u16| numbers_in_output_order.get(usize::from(*index)).copied();
        let labels = |row: &[u16]| {
            let mut labels = [0; LABELS];
            for (place, index) in labels.iter_mut().zip(row) {
                *place = label(index)?;
            }
            Some(labels)
        };
        self.rows().map(labels).collect::<Option<Vec<_>>>().map(Predictions::from_rows)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn answers(width: u8, indices: Vec<u16>) -> Answers {
        let near_ties = vec![NearTies::default(); indices.len() / usize::from(width)];
        Answers::new(width, indices, near_ties)
    }

    #[test]
    fn rows_go_to_their_images() {
        let order = Order::whole(50, 7, &mut rand::rng());
        let indices: Vec<u16> = order.images().iter().flat_map(|image| [u16::try_from(*image).unwrap(), 99]).collect();
        let answers = answers(2, indices).in_test_set_order(&order);
        for image in 0..50 {
            assert_eq!(answers.row(image).unwrap(), [u16::try_from(image).unwrap(), 99]);
        }
        assert_eq!((answers.row(50), answers.rows().len()), (None, 50));
    }

    #[test]
    fn rows_of_what_fills_a_batch_are_dropped() {
        let order = Order::whole(50, 7, &mut rand::rng()).in_batches_of(8, 50);
        let all: Vec<u16> = order.batches().flatten().map(|image| u16::try_from(*image).unwrap()).collect();
        assert_eq!(all.len(), 56);
        let answers = answers(1, all).in_test_set_order(&order);
        assert_eq!(answers.rows().len(), 50);
        assert!((0..50).all(|image| answers.row(image).unwrap() == [u16::try_from(image).unwrap()]));
    }

    #[test]
    fn rows_of_a_second_run_replace_those_of_the_first() {
        let order = Order::second_run(300, 8, &mut rand::rng());
        let mut first = answers(1, vec![1; 300]);
        first.adopt(&answers(1, vec![2; order.images().len()]), &order);
        for image in 0..300 {
            let expected = if order.images().contains(&image) { 2 } else { 1 };
            assert_eq!(first.row(image).unwrap(), [expected]);
        }
    }

    #[test]
    fn near_ties_go_with_their_rows() {
        let order = Order::whole(20, 7, &mut rand::rng());
        let tie = |image: u32| NearTies { first: image.is_multiple_of(2), last: image.is_multiple_of(3) };
        let near_ties = order.images().iter().copied().map(tie).collect();
        let ordered = Answers::new(1, vec![0; 20], near_ties).in_test_set_order(&order);
        assert!((0..20).all(|image| ordered.near_ties(image) == tie(image)));
    }

    #[test]
    fn indices_become_class_numbers_by_output_order() {
        let answers = answers(3, vec![0, 2, 1, 2, 1, 0]);
        let predictions = answers.to_predictions(&[30, 10, 20]).unwrap();
        assert_eq!(predictions.rows(), [[30, 20, 10, 0, 0], [20, 10, 30, 0, 0]]);
        assert!(answers.to_predictions(&[30, 10]).is_none());
    }
}
