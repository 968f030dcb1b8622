//! Ranked class indices: what a run gives.

use holdout_evaluation::{LABELS, Predictions};

use super::order::Order;

/// Ranked class indices from 0, best first, `width` for each image.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Answers {
    width: usize,
    indices: Vec<u16>,
}

impl Answers {
    /// Takes indices, `width` a row.
    pub(crate) fn new(width: u8, indices: Vec<u16>) -> Self {
        Self { width: usize::from(width).max(1), indices }
    }

    /// The rows in test-set order of a run over the whole test set.
    pub(crate) fn in_test_set_order(&self, order: &Order) -> Self {
        // There are more rows than images if the last batch was filled.
        let mut ordered = Self { width: self.width, indices: vec![0; order.images().len().saturating_mul(self.width)] };
        ordered.adopt(self, order);
        ordered
    }

    /// Takes the rows of a second run for the images of its order.
    pub(crate) fn adopt(&mut self, second: &Self, order: &Order) {
        for (row, image) in second.rows().zip(order.images()) {
            let start = usize::try_from(*image).unwrap_or(usize::MAX).saturating_mul(self.width);
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

    #[test]
    fn rows_go_to_their_images() {
        let order = Order::whole(50, 7, &mut rand::rng());
        let indices: Vec<u16> = order.images().iter().flat_map(|image| [u16::try_from(*image).unwrap(), 99]).collect();
        let answers = Answers::new(2, indices).in_test_set_order(&order);
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
        let answers = Answers::new(1, all).in_test_set_order(&order);
        assert_eq!(answers.rows().len(), 50);
        assert!((0..50).all(|image| answers.row(image).unwrap() == [u16::try_from(image).unwrap()]));
    }

    #[test]
    fn rows_of_a_second_run_replace_those_of_the_first() {
        let order = Order::second_run(300, 8, &mut rand::rng());
        let mut answers = Answers::new(1, vec![1; 300]);
        answers.adopt(&Answers::new(1, vec![2; order.images().len()]), &order);
        for image in 0..300 {
            let expected = if order.images().contains(&image) { 2 } else { 1 };
            assert_eq!(answers.row(image).unwrap(), [expected]);
        }
    }

    #[test]
    fn indices_become_class_numbers_by_output_order() {
        let answers = Answers::new(3, vec![0, 2, 1, 2, 1, 0]);
        let predictions = answers.to_predictions(&[30, 10, 20]).unwrap();
        assert_eq!(predictions.rows(), [[30, 20, 10, 0, 0], [20, 10, 30, 0, 0]]);
        assert!(answers.to_predictions(&[30, 10]).is_none());
    }
}
