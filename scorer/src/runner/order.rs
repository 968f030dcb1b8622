//! In which order and in which batches a run sees the images. Every run has an order of its own,
//! which nobody can predict: a model whose answers depend on it answers differently in the second
//! run.

use rand::seq::SliceRandom;
use rand::{CryptoRng, RngExt};

/// Test sets up to this size are run a second time as a whole. Of larger ones, it is a tenth, and
/// at least as many.
///
/// An image of the second run costs about 2.4 times one of the first (ResNet-50 on two cores),
/// because nothing is optimised and batches are small. So a tenth costs a quarter of the first run.
/// A model that answers one image in 20 otherwise is still found with 100 images in 96.9 % of all
/// cases, though one image may differ.
const RUN_AGAIN_WHOLE: u32 = 100;

/// The images of a run in order, cut into batches.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Order {
    images: Vec<u32>,
    /// Images of each batch; their sum is the number of images.
    sizes: Vec<u32>,
    /// Batches in front, and images in them, that are pictures of noise: their numbers begin behind
    /// those of the test set.
    trial: Trial,
    /// Images at the end that only fill the last batch. They are pictures of noise as well.
    filling: usize,
}

/// Batches of noise in front of an order.
#[derive(Debug, Default, Clone, Copy, PartialEq, Eq)]
struct Trial {
    batches: usize,
    images: usize,
}

impl Order {
    /// All of `count` images in full batches.
    pub(crate) fn whole(count: u32, batch: u32, random: &mut impl CryptoRng) -> Self {
        let images = shuffled(count, random);
        let (full, rest) = (count / batch.max(1), count % batch.max(1));
        let mut sizes = vec![batch.max(1); usize::try_from(full).unwrap_or(0)];
        sizes.extend((rest > 0).then_some(rest));
        Self { images, sizes, trial: Trial::default(), filling: 0 }
    }

    /// A random sample of `count` images, or all of them if there are few, in batches of all sizes
    /// up to `batch`.
    pub(crate) fn second_run(count: u32, batch: u32, random: &mut impl CryptoRng) -> Self {
        let sample = if count <= RUN_AGAIN_WHOLE { count } else { RUN_AGAIN_WHOLE.max(count.div_ceil(10)) };
        let mut images = shuffled(count, random);
        images.truncate(usize::try_from(sample).unwrap_or(usize::MAX));
        Self { images, sizes: varied(sample, batch, random), trial: Trial::default(), filling: 0 }
    }

    /// The same images in batches of this size and no other. The last one is filled with pictures
    /// of noise, whose numbers begin behind those of a test set of `count` images.
    pub(crate) fn in_batches_of(self, size: u32, count: u32) -> Self {
        let size = size.max(1);
        let batches = self.len().div_ceil(size);
        let filling = batches.saturating_mul(size).saturating_sub(self.len());
        let images = self.images.into_iter().chain(count..count.saturating_add(filling)).collect();
        let sizes = vec![size; usize::try_from(batches).unwrap_or(0)];
        Self { images, sizes, trial: self.trial, filling: usize::try_from(filling).unwrap_or(usize::MAX) }
    }

    /// The same behind batches of noise of these sizes.
    ///
    /// What a model does wrong on noise can be told in full, because it has not seen a hidden image
    /// yet. Most mistakes show there, so little needs to be said about the others.
    pub(crate) fn after_trial(self, sizes: &[u32]) -> Self {
        let (first, count) = (self.len(), sizes.iter().sum::<u32>());
        let trial = Trial { batches: sizes.len(), images: usize::try_from(count).unwrap_or(usize::MAX) };
        let images = (first..first.saturating_add(count)).chain(self.images.iter().copied()).collect();
        Self { images, sizes: [sizes, &self.sizes].concat(), trial, ..self }
    }

    /// Returns the images of the test set in order.
    pub(crate) fn images(&self) -> &[u32] {
        let end = self.images.len().saturating_sub(self.filling);
        self.images.get(self.trial.images..end).unwrap_or_default()
    }

    /// Returns the number of images of the test set.
    pub(crate) fn len(&self) -> u32 {
        u32::try_from(self.images().len()).unwrap_or(u32::MAX)
    }

    /// Returns the number of batches of noise, which come first.
    pub(crate) const fn trial_batches(&self) -> usize {
        self.trial.batches
    }

    /// Returns the batches, from number 0; those of noise among them.
    pub(crate) fn batches(&self) -> impl ExactSizeIterator<Item = &[u32]> {
        let mut rest = self.images.as_slice();
        self.sizes.iter().map(move |size| {
            let size = usize::try_from(*size).unwrap_or(usize::MAX).min(rest.len());
            let (batch, left) = rest.split_at_checked(size).unwrap_or((rest, &[]));
            rest = left;
            batch
        })
    }
}

fn shuffled(count: u32, random: &mut impl CryptoRng) -> Vec<u32> {
    let mut images: Vec<u32> = (0..count).collect();
    images.shuffle(random);
    images
}

/// Sizes that are 1 for more images than may differ by chance, and any up to `most` for the others;
/// the last batch is a short one.
fn varied(count: u32, most: u32, random: &mut impl CryptoRng) -> Vec<u32> {
    let most = most.max(1);
    let singles = count.div_ceil(100).max(8).min(count.div_ceil(2));
    let mut sizes = vec![1; usize::try_from(singles).unwrap_or(0)];
    let mut left = count.saturating_sub(singles);
    let last = left.min(random.random_range(1..=most.div_ceil(2)));
    left = left.saturating_sub(last);
    while left > 0 {
        let size = random.random_range(1..=most).min(left);
        sizes.push(size);
        left -= size;
    }
    sizes.shuffle(random);
    sizes.extend((last > 0).then_some(last));
    sizes
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sorted(order: &Order) -> Vec<u32> {
        let mut images = order.images.clone();
        images.sort_unstable();
        images
    }

    #[test]
    fn a_run_sees_every_image_once_in_an_order_of_its_own() {
        let mut random = rand::rng();
        for (count, batch) in [(1, 1), (1, 64), (64, 64), (65, 64), (1000, 64), (10, 3)] {
            let order = Order::whole(count, batch, &mut random);
            assert_eq!(sorted(&order), (0..count).collect::<Vec<_>>());
            let batches: Vec<&[u32]> = order.batches().collect();
            assert_eq!(batches.concat(), order.images());
            let full = batches.iter().rev().skip(1).all(|one| one.len() == usize::try_from(batch).unwrap());
            assert!(full && batches.iter().all(|one| !one.is_empty()), "{batches:?}");
        }
        let orders: Vec<Order> = (0..8).map(|_| Order::whole(100, 10, &mut random)).collect();
        assert!((1..8).all(|index| orders[index] != orders[0]));
    }

    #[test]
    fn a_second_run_has_many_sizes_one_among_them_and_a_short_end() {
        let mut random = rand::rng();
        for (count, batch) in [(1, 64), (2, 64), (17, 1), (100, 64), (512, 64), (1001, 64), (10_000, 256)] {
            let order = Order::second_run(count, batch, &mut random);
            let expected = if count <= 100 { count } else { 100.max(count.div_ceil(10)) };
            assert_eq!(order.len(), expected, "{count}");
            let sizes: Vec<usize> = order.batches().map(<[u32]>::len).collect();
            assert_eq!(sizes.iter().sum::<usize>(), order.images().len());
            assert!(sizes.iter().all(|size| (1..=usize::try_from(batch).unwrap()).contains(size)), "{sizes:?}");
            let singles = sizes.iter().filter(|size| **size == 1).count();
            assert!(singles >= 8.min(order.images().len().div_ceil(2)), "{sizes:?}");
            if batch > 1 && count > 1 {
                assert!(*sizes.last().unwrap() <= usize::try_from(batch.div_ceil(2)).unwrap(), "{sizes:?}");
            }
            let mut once = sorted(&order);
            once.dedup();
            assert_eq!(once.len(), order.images().len());
            assert!(once.iter().all(|image| *image < count));
        }
    }

    #[test]
    fn batches_of_one_size_are_filled_with_noise() {
        for (count, size) in [(100, 16), (96, 16), (1, 8), (300, 7)] {
            for order in [Order::whole(count, 64, &mut rand::rng()), Order::second_run(count, 64, &mut rand::rng())] {
                let images = order.images().to_vec();
                let order = order.in_batches_of(size, count).after_trial(&[size, size]);
                assert_eq!(order.images(), images);
                let batches: Vec<&[u32]> = order.batches().collect();
                let full = usize::try_from(size).unwrap();
                assert!(batches.iter().all(|batch| batch.len() == full), "{batches:?}");
                assert_eq!(batches.len(), 2 + images.len().div_ceil(full));
                let filling = batches.concat().into_iter().skip(2 * full + images.len());
                assert!(filling.into_iter().all(|image| image >= count));
            }
        }
    }

    #[test]
    fn noise_comes_first_and_does_not_count() {
        let order = Order::whole(100, 16, &mut rand::rng()).after_trial(&[3, 1]);
        let batches: Vec<&[u32]> = order.batches().collect();
        assert_eq!(batches[..2], [&[100, 101, 102][..], &[103]]);
        assert_eq!((order.trial_batches(), order.len(), batches[2].len()), (2, 100, 16));
        let mut images = order.images().to_vec();
        images.sort_unstable();
        assert_eq!(images, (0..100).collect::<Vec<_>>());
    }

    #[test]
    fn single_images_are_more_than_may_differ() {
        let mut random = rand::rng();
        for count in [513, 5000, 50_000, 150_000] {
            let order = Order::second_run(count, 64, &mut random);
            let singles = order.batches().filter(|batch| batch.len() == 1).count();
            assert!(singles > 2 * crate::model::agree::tolerated_differences(order.images().len(), false));
        }
    }
}
