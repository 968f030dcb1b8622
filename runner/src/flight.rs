//! Batches that a device computes while the next ones are on their way to it.

use std::collections::VecDeque;

/// Batches that were given to the device and not answered yet, oldest first.
#[derive(Debug)]
pub(crate) struct Flight<T> {
    batches: VecDeque<T>,
    depth: usize,
}

impl<T> Flight<T> {
    /// Makes room for at most `depth` batches at once.
    pub(crate) const fn new(depth: usize) -> Self {
        Self { batches: VecDeque::new(), depth }
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.batches.is_empty()
    }

    /// Returns whether it is time to answer the oldest batch: no further one fits, or none has
    /// come.
    pub(crate) fn should_land(&self, has_next: impl FnOnce() -> bool) -> bool {
        !self.batches.is_empty() && (self.batches.len() >= self.depth || !has_next())
    }

    pub(crate) fn add(&mut self, batch: T) {
        self.batches.push_back(batch);
    }

    /// Returns the oldest batch.
    pub(crate) fn land(&mut self) -> Option<T> {
        self.batches.pop_front()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// What happens to `count` batches if the scorer never has more than `slots` on their way: `+2`
    /// is a batch that is given to the device, `-2` its answer.
    fn course(count: u32, slots: u32, depth: usize) -> Vec<String> {
        let (mut flight, mut seen, mut sent, mut answered) = (Flight::new(depth), Vec::new(), 0, 0);
        while answered < count {
            let has_next = sent < count && sent - answered < slots;
            if flight.should_land(|| has_next) {
                let number: u32 = flight.land().unwrap();
                assert_eq!(number, answered);
                answered += 1;
                seen.push(format!("-{number}"));
            } else {
                assert!(has_next, "it would wait for ever after {seen:?}");
                flight.add(sent);
                seen.push(format!("+{sent}"));
                sent += 1;
            }
        }
        assert!(flight.is_empty() && flight.land().is_none());
        seen
    }

    #[test]
    fn a_device_has_the_next_batches_while_it_computes() {
        assert_eq!(course(5, 3, 3).join(" "), "+0 +1 +2 -0 +3 -1 +4 -2 -3 -4");
        assert_eq!(course(3, 3, 2).join(" "), "+0 +1 -0 +2 -1 -2");
    }

    #[test]
    fn a_cpu_answers_a_batch_before_the_next_one() {
        assert_eq!(course(3, 3, 1).join(" "), "+0 -0 +1 -1 +2 -2");
    }

    #[test]
    fn it_never_waits_for_a_batch_that_waits_for_an_answer() {
        for (slots, depth) in [(1, 3), (2, 3), (3, 8)] {
            assert_eq!(course(20, slots, depth).len(), 40);
        }
    }
}
