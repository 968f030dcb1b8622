//! A bound on the CPU time that reading one file may take.

use std::io::{Error, Read, Result};
use std::time::Duration;

use rustix::time::{ClockId, clock_gettime};

/// Reads on until its thread has spent the allowed CPU time since the reader was made. Use it on
/// one thread.
///
/// Time on the wall would refuse honest files on a busy machine.
pub struct CpuBudget<R> {
    reader: R,
    end: Duration,
}

#[derive(Debug, thiserror::Error)]
#[error("the CPU time allowed for this file is spent")]
struct Exhausted;

/// Tells whether reading ended because the CPU time was spent.
pub fn is_exhausted(error: &Error) -> bool {
    error.get_ref().is_some_and(|cause| cause.is::<Exhausted>())
}

impl<R> CpuBudget<R> {
    /// Allows this thread so much CPU time from now on.
    pub fn new(reader: R, allowed: Duration) -> Self {
        Self { reader, end: cpu_time().saturating_add(allowed) }
    }
}

impl<R: Read> Read for CpuBudget<R> {
    fn read(&mut self, buffer: &mut [u8]) -> Result<usize> {
        if cpu_time() > self.end {
            return Err(Error::other(Exhausted));
        }
        self.reader.read(buffer)
    }
}

fn cpu_time() -> Duration {
    Duration::try_from(clock_gettime(ClockId::ThreadCPUTime)).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reading_ends_when_the_time_is_spent() {
        let mut reader = CpuBudget::new(std::io::repeat(1), Duration::from_millis(20));
        let mut buffer = [0; 4096];
        let error = loop {
            if let Err(error) = reader.read(&mut buffer) {
                break error;
            }
        };
        assert!(is_exhausted(&error));
        assert!(!is_exhausted(&Error::other("another")));
        assert_eq!(CpuBudget::new(&b"ab"[..], Duration::from_secs(60)).read(&mut buffer).unwrap(), 2);
    }
}
