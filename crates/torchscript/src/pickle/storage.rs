//! The storages that a pickle names.

use std::collections::BTreeMap;

use crate::refusal::{Refused, not_torchscript, shown};

/// The storages that a pickle names, by their keys.
#[derive(Debug, Default, PartialEq, Eq)]
pub(crate) struct Storages(pub(crate) BTreeMap<String, Storage>);

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Storage {
    /// The bytes that it must have.
    pub(crate) bytes: u64,
    /// Numbers in it, by the narrowest type that it is named with.
    pub(crate) numbers: u64,
    /// Whether it is only named as whole numbers.
    pub(crate) integers: bool,
    /// The type that it is named with first, if that is a real floating-point number: `float16`.
    pub(crate) float: Option<&'static str>,
}

impl Storages {
    /// Notes a storage. It may be named again, then with the same size.
    pub(super) fn add(&mut self, key: &str, storage: Storage) -> Result<(), Refused> {
        let known = self.0.entry(key.to_owned()).or_insert(storage);
        if known.bytes != storage.bytes {
            let (before, bytes) = (known.bytes, storage.bytes);
            let found = format!("the storage `{}` has {before} and {bytes} bytes", shown(key));
            return Err(not_torchscript(found, "one size for each storage"));
        }
        known.numbers = known.numbers.max(storage.numbers);
        known.integers &= storage.integers;
        Ok(())
    }

    /// Returns the floating-point type of most numbers. Returns `None` if there are none.
    pub(crate) fn weights(&self) -> Option<&'static str> {
        let mut counts = BTreeMap::<&'static str, u64>::new();
        for storage in self.0.values() {
            if let Some(float) = storage.float {
                let count = counts.entry(float).or_default();
                *count = count.saturating_add(storage.numbers);
            }
        }
        counts.into_iter().max_by_key(|(_, count)| *count).map(|(float, _)| float)
    }

    /// Numbers in all of them. Single whole numbers are left out, because they only count, as in a
    /// batch norm.
    pub(crate) fn numbers(&self) -> u64 {
        let counts = self.0.values().filter(|storage| storage.numbers > 1 || !storage.integers);
        counts.fold(0, |sum, storage| sum.saturating_add(storage.numbers))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn storages(named: &[(&str, Storage)]) -> Storages {
        let mut storages = Storages::default();
        named.iter().for_each(|(key, storage)| storages.add(key, *storage).unwrap());
        storages
    }

    fn floats(numbers: u64) -> Storage {
        Storage { bytes: 4 * numbers, numbers, integers: false, float: Some("float32") }
    }

    fn integers(numbers: u64) -> Storage {
        Storage { bytes: 8 * numbers, numbers, integers: true, float: None }
    }

    #[test]
    fn a_storage_named_twice_has_one_size() {
        let mut storages = storages(&[("0", floats(3))]);
        let refused = storages.add("0", floats(4)).unwrap_err();
        assert!(refused.message.contains("the storage `0` has 12 and 16 bytes"), "{}", refused.message);
        assert_eq!(storages.numbers(), 3);
    }

    #[test]
    fn a_storage_counts_by_the_narrowest_type_that_it_is_named_with() {
        let halves = Storage { bytes: 16, numbers: 8, integers: true, float: None };
        for order in [[("0", floats(4)), ("0", halves)], [("0", halves), ("0", floats(4))]] {
            let both = storages(&order);
            assert_eq!((both.numbers(), both.0["0"].integers), (8, false));
            assert_eq!(both.0["0"].float, order[0].1.float, "the first name counts");
        }
    }

    #[test]
    fn single_whole_numbers_only_count_and_are_no_parameters() {
        assert_eq!(storages(&[("0", integers(1)), ("1", integers(1)), ("2", floats(1))]).numbers(), 1);
        assert_eq!(storages(&[("0", integers(2)), ("1", floats(5))]).numbers(), 7);
    }

    #[test]
    fn the_weights_are_of_the_type_of_most_numbers_not_of_most_storages() {
        let half = Storage { bytes: 20, numbers: 10, integers: false, float: Some("float16") };
        let named = [("0", floats(3)), ("1", floats(3)), ("2", half), ("3", integers(99))];
        assert_eq!(storages(&named).weights(), Some("float16"));
        assert_eq!(storages(&named[..2]).weights(), Some("float32"));
        assert_eq!(storages(&named[3..]).weights(), None);
    }
}
