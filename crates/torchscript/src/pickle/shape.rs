//! Tensors as views of storages: whether every element lies inside.

pub(super) const MAX_DIMENSIONS: usize = 64;

/// Returns true if a view of `sizes` and `strides` from `offset` on stays inside a storage of
/// `elements`.
pub(crate) fn is_inside(elements: u64, offset: i64, sizes: &[i64], strides: &[i64]) -> bool {
    last_element(offset, sizes, strides).is_some_and(|last| match last {
        Some(last) => last < elements,
        // Without elements, only the offset has to make sense.
        None => u64::try_from(offset).is_ok_and(|offset| offset <= elements),
    })
}

/// Index of the last element; the inner `None` if there are no elements, the outer if the numbers
/// make no sense.
#[expect(clippy::option_option, reason = "two kinds of absence, told apart in the only place of use")]
fn last_element(offset: i64, sizes: &[i64], strides: &[i64]) -> Option<Option<u64>> {
    if sizes.len() != strides.len() || sizes.len() > MAX_DIMENSIONS {
        return None;
    }
    let mut last = u64::try_from(offset).ok()?;
    let mut count = 1u64;
    for (size, stride) in sizes.iter().zip(strides) {
        let (size, stride) = (u64::try_from(*size).ok()?, u64::try_from(*stride).ok()?);
        count = count.checked_mul(size)?;
        last = last.checked_add(size.saturating_sub(1).checked_mul(stride)?)?;
    }
    // An element count that torch itself could not hold.
    i64::try_from(count).ok()?;
    Some((count > 0).then_some(last))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn views_stay_inside() {
        assert!(is_inside(6, 0, &[2, 3], &[3, 1]));
        assert!(is_inside(6, 5, &[], &[]));
        assert!(is_inside(6, 0, &[1000, 1], &[0, 1]), "an expanded view");
        assert!(is_inside(0, 0, &[0, 3], &[3, 1]));
        assert!(is_inside(6, 6, &[0], &[1]));
        assert!(!is_inside(5, 0, &[2, 3], &[3, 1]));
        assert!(!is_inside(6, 6, &[], &[]));
        assert!(!is_inside(6, 1, &[2, 3], &[3, 1]));
        assert!(!is_inside(6, 0, &[2, 3], &[i64::MAX, 1]));
        assert!(!is_inside(6, 7, &[0], &[1]));
    }

    #[test]
    fn senseless_numbers_are_outside() {
        assert!(!is_inside(6, -1, &[2], &[1]));
        assert!(!is_inside(6, 0, &[-2], &[1]));
        assert!(!is_inside(6, 5, &[2], &[-1]));
        assert!(!is_inside(6, 0, &[2], &[1, 1]));
        assert!(!is_inside(6, 0, &[i64::MAX, i64::MAX, i64::MAX], &[0, 0, 0]));
        assert!(!is_inside(6, 0, &[1; 65], &[1; 65]));
    }
}
