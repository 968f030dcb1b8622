//! How many of something each caller has now.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};

/// Counts by key; a place is given back when it is dropped.
#[derive(Debug, Default, Clone)]
pub struct Tally(Arc<Mutex<Counts>>);

#[derive(Debug, Default)]
struct Counts {
    of: HashMap<String, usize>,
    total: usize,
}

/// One of the things counted.
#[derive(Debug)]
pub struct Place {
    tally: Tally,
    key: String,
}

/// Why there is no place.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Full {
    /// The caller has as many as one may.
    Own,
    /// All callers together have as many as there may be.
    All,
}

impl Tally {
    /// Takes a place for `key`, of which it may have `own`, and all keys together `all`.
    pub fn take(&self, key: String, own: usize, all: usize) -> Result<Place, Full> {
        let mut counts = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if counts.of.get(&key).is_some_and(|count| *count >= own) || own == 0 {
            return Err(Full::Own);
        }
        if counts.total >= all {
            return Err(Full::All);
        }
        counts.total += 1;
        *counts.of.entry(key.clone()).or_default() += 1;
        Ok(Place { tally: self.clone(), key })
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        let mut counts = self.tally.0.lock().unwrap_or_else(PoisonError::into_inner);
        counts.total = counts.total.saturating_sub(1);
        let left = counts.of.get_mut(&self.key).map_or(0, |count| {
            *count = count.saturating_sub(1);
            *count
        });
        if left == 0 {
            counts.of.remove(&self.key);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn places_are_bounded_for_one_and_for_all_and_given_back() {
        let tally = Tally::default();
        let take = |key: &str| tally.take(key.to_owned(), 2, 3);
        let (first, _second) = (take("a").unwrap(), take("a").unwrap());
        assert_eq!(take("a").unwrap_err(), Full::Own);
        let _third = take("b").unwrap();
        assert_eq!(take("b").unwrap_err(), Full::All);
        drop(first);
        take("b").unwrap();
    }
}
