//! The public part of a test set: a seeded choice, balanced over the classes, that can be made
//! again for ever.

use crate::{Bits, SplitMix64};

/// Smallest share of a part; the other part's is at least this, too.
const LEAST_SHARE: f64 = 1e-6;

/// A split that cannot be made.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
pub enum SplitError {
    /// The share is out of range.
    #[error("a public share of {0}; allowed is 0.000001 to 0.999999")]
    Share(f64),
    /// There are too few images for two parts.
    #[error("{0} images; two parts need at least 2")]
    TooFew(usize),
    /// A label is not a class number.
    #[error("the label of image {0} is not a class number")]
    Label(usize),
}

/// Chooses the public images: a 1 is public.
///
/// Of `n` images, round(`share`·n) are public, at least one and at most n − 1. Each class has
/// floor(`share`·its images); those that are left go to the classes with the largest remainders,
/// lower class numbers first. Within a class, in the order of class numbers, the images are chosen
/// by the first steps of a Fisher–Yates shuffle of their ascending positions: step `k` swaps place
/// `k` with place `k` + `below(count − k)`, of one [`SplitMix64`] with this seed.
///
/// For example, 40 % of three classes with 3, 3 and 1 images is one image of each: two by the
/// floors, and the third because its class has the largest remainder.
///
/// # Errors
///
/// If the share is out of range, there are fewer than two images, or a label is not 1..`classes`.
pub fn public_mask(labels: &[u16], classes: u16, share: f64, seed: u64) -> Result<Bits, SplitError> {
    if !(LEAST_SHARE..=1.0 - LEAST_SHARE).contains(&share) {
        return Err(SplitError::Share(share));
    }
    if labels.len() < 2 {
        return Err(SplitError::TooFew(labels.len()));
    }
    let mut members = members(labels, classes)?;
    let quotas = quotas(&members, share, labels.len());
    let mut random = SplitMix64::new(seed);
    let mut mask = Bits::zeros(labels.len());
    for (images, quota) in members.iter_mut().zip(quotas) {
        choose(images, quota, &mut random).for_each(|image| mask.set(image));
    }
    Ok(mask)
}

/// Returns the images of each class, ascending.
fn members(labels: &[u16], classes: u16) -> Result<Vec<Vec<usize>>, SplitError> {
    let mut members = vec![Vec::new(); usize::from(classes)];
    for (image, label) in labels.iter().enumerate() {
        let class = usize::from(*label).checked_sub(1).and_then(|index| members.get_mut(index));
        class.ok_or(SplitError::Label(image))?.push(image);
    }
    Ok(members)
}

/// Returns how many images of each class are public.
fn quotas(members: &[Vec<usize>], share: f64, n: usize) -> Vec<usize> {
    let total = whole_number((share * float(n)).round()).clamp(1, n - 1);
    let exact: Vec<f64> = members.iter().map(|images| share * float(images.len())).collect();
    let mut quotas: Vec<usize> = exact.iter().map(|exact| whole_number(exact.floor())).collect();
    let mut by_remainder: Vec<(usize, f64)> = exact.iter().map(|exact| exact.fract()).enumerate().collect();
    by_remainder.sort_by(|(_, a), (_, b)| b.total_cmp(a));
    let left = total.saturating_sub(quotas.iter().sum());
    for (class, _) in by_remainder.into_iter().take(left) {
        if let Some(quota) = quotas.get_mut(class) {
            *quota += 1;
        }
    }
    quotas
}

fn choose<'a>(images: &'a mut [usize], quota: usize, random: &mut SplitMix64) -> impl Iterator<Item = usize> + 'a {
    for place in 0..quota.min(images.len()) {
        let left = u64::try_from(images.len() - place).unwrap_or(u64::MAX);
        images.swap(place, place + usize::try_from(random.below(left)).unwrap_or(0));
    }
    images.iter().copied().take(quota)
}

/// Counts of images are far below 2^32.
fn float(count: usize) -> f64 {
    f64::from(u32::try_from(count).unwrap_or(u32::MAX))
}

#[expect(
    clippy::as_conversions,
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "a whole number from 0 to the count of images"
)]
fn whole_number(number: f64) -> usize {
    number as usize
}

#[cfg(test)]
mod tests {
    use super::*;

    fn counts(labels: &[u16], mask: &Bits, classes: u16) -> Vec<usize> {
        let public = || labels.iter().zip(mask.iter()).filter(|(_, public)| *public);
        (1..=classes).map(|class| public().filter(|(label, _)| **label == class).count()).collect()
    }

    #[test]
    fn every_class_has_its_share() {
        let labels: Vec<u16> = (0..100_000_u32).map(|image| u16::try_from(image * 7 % 1000 + 1).unwrap()).collect();
        let mask = public_mask(&labels, 1000, 0.3, 0).unwrap();
        assert_eq!(counts(&labels, &mask, 1000), [30; 1000]);
        assert_ne!(public_mask(&labels, 1000, 0.3, 1).unwrap(), mask);
    }

    #[test]
    fn totals_and_remainders_are_right_for_uneven_classes() {
        let mut random = SplitMix64::new(5);
        for round in 0..500 {
            let n = 2 + usize::try_from(random.below(200)).unwrap();
            let labels: Vec<u16> = (0..n).map(|_| u16::try_from(random.below(9) + 1).unwrap()).collect();
            let share = float(usize::try_from(1 + random.below(999)).unwrap()) / 1000.0;
            let mask = public_mask(&labels, 10, share, round).unwrap();
            assert_eq!(mask.count(), whole_number((share * float(n)).round()).clamp(1, n - 1));
            for (class, public) in (1..=10).zip(counts(&labels, &mask, 10)) {
                let exact = share * float(labels.iter().filter(|label| **label == class).count());
                assert!((float(public) - exact).abs() < 1.0, "{public} of {exact}");
            }
        }
    }

    #[test]
    fn both_parts_have_an_image() {
        for share in [LEAST_SHARE, 1.0 - LEAST_SHARE] {
            for n in [2, 3, 100] {
                let count = public_mask(&vec![1; n], 2, share, 9).unwrap().count();
                assert_eq!(count, if share < 0.5 { 1 } else { n - 1 });
            }
        }
    }

    #[test]
    fn the_choice_is_the_same_for_ever() {
        // A change here would move images between the parts of running seasons.
        let labels: Vec<u16> = (0..24).map(|image| image % 3 + 1).collect();
        let chosen = public_mask(&labels, 3, 0.4, 2012).unwrap();
        let public: Vec<usize> = chosen.iter().enumerate().filter(|(_, bit)| *bit).map(|(i, _)| i).collect();
        assert_eq!(public, [0, 4, 5, 6, 10, 14, 16, 18, 20, 21]);
    }

    #[test]
    fn what_cannot_be_split_is_refused() {
        assert_eq!(public_mask(&[1], 1, 0.5, 0), Err(SplitError::TooFew(1)));
        assert_eq!(public_mask(&[1, 0], 1, 0.5, 0), Err(SplitError::Label(1)));
        assert_eq!(public_mask(&[1, 2], 1, 0.5, 0), Err(SplitError::Label(1)));
        for share in [0.0, 1.0, -0.5, 2.0, f64::INFINITY] {
            assert_eq!(public_mask(&[1, 1], 1, share, 0), Err(SplitError::Share(share)));
        }
        assert!(public_mask(&[1, 1], 1, f64::NAN, 0).is_err());
    }
}
