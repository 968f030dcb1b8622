//! How long files have been without a row, by this process's own watch.

use std::collections::HashMap;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

/// Files that the sweeps of this process found without a row, and since when.
///
/// The wall clock does not come into it, because one that is set ahead, or that of a bucket's host,
/// would make a file old that somebody is writing just now.
#[derive(Debug, Default)]
pub struct Sightings(Mutex<Seen>);

#[derive(Debug, Default)]
struct Seen {
    round: u64,
    /// The first and the last sweep that found each of them.
    files: HashMap<File, (Instant, u64)>,
}

/// A file as it lies there; one that is written to is another one.
#[derive(Debug, PartialEq, Eq, Hash)]
struct File {
    name: String,
    /// Microseconds; compared with itself only.
    modified: i64,
}

/// One sweep. Files that it does not find are forgotten when it ends.
#[derive(Debug)]
pub struct Round<'a> {
    sightings: &'a Sightings,
    number: u64,
}

impl Sightings {
    /// Begins a sweep.
    pub fn begin(&self) -> Round<'_> {
        let mut seen = self.seen();
        seen.round += 1;
        Round { sightings: self, number: seen.round }
    }

    fn seen(&self) -> MutexGuard<'_, Seen> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Round<'_> {
    /// Notes a file without a row; tells whether it has been so, unchanged, for `grace`.
    pub fn is_over(&self, name: &str, modified: i64, grace: Duration) -> bool {
        let file = File { name: name.to_owned(), modified };
        let mut seen = self.sightings.seen();
        let (first, last) = seen.files.entry(file).or_insert_with(|| (Instant::now(), self.number));
        *last = self.number;
        first.elapsed() >= grace
    }
}

impl Drop for Round<'_> {
    fn drop(&mut self) {
        self.sightings.seen().files.retain(|_, (_, last)| *last >= self.number);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const GRACE: Duration = Duration::from_millis(50);

    #[test]
    fn a_file_is_over_when_it_was_found_twice_and_the_grace_lies_between() {
        let sightings = Sightings::default();
        assert!(!sightings.begin().is_over("a", 1, GRACE), "however old its own time says it is");
        std::thread::sleep(GRACE);
        let round = sightings.begin();
        assert!(round.is_over("a", 1, GRACE));
        assert!(!round.is_over("b", 1, GRACE));
        assert!(round.is_over("c", 1, Duration::ZERO));
    }

    #[test]
    fn a_file_that_was_written_to_or_had_a_row_begins_anew() {
        let sightings = Sightings::default();
        sightings.begin().is_over("written", 1, GRACE);
        std::thread::sleep(GRACE);
        assert!(!sightings.begin().is_over("written", 2, GRACE));
        assert!(!sightings.begin().is_over("named", 1, GRACE));
        // A sweep that finds a row for it does not ask.
        drop(sightings.begin());
        std::thread::sleep(GRACE);
        assert!(!sightings.begin().is_over("named", 1, GRACE));
    }
}
