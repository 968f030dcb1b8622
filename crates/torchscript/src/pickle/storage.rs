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

    /// Numbers in all of them. Single whole numbers are left out, because they only count, as in a batch norm.
    pub(crate) fn numbers(&self) -> u64 {
        let counts = self.0.values().filter(|storage| storage.numbers > 1 || !storage.integers);
        counts.fold(0, |sum, storage| sum.saturating_add(storage.numbers))
    }
}
